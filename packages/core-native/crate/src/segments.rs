//! Counts lie in pages of one line of 64 bytes for the page and 63 for counts, found by linear probing: one look into memory, for a
//! hash whose count has not been used for long. A shard's directory finds the page by the highest bits of the hash, by as many as its
//! depth says. A page that fills up is split in two by one more bit (Fagin et al., Extendible Hashing, 1979): no call moves more than
//! one page, and none waits for the growth of the whole.

use crate::hash::Hash;
use crate::marks::MARKS;
use crate::memory::{Mode, corrupt};
use crate::table::{
    COUNT_CURSOR_WORD, DEPTH_WORD, DIRECTORY_WORD, PAGE_CLASS, PAGE_UNITS, Table, header, shard_of, word_of,
};

/// How many lines of a page may be counts.
pub const LINES: usize = 63;
const LINE_UNITS: usize = 4;
const LINE_WORDS: usize = LINE_UNITS * 4;
const PAGE_WORDS: usize = PAGE_UNITS * 4;
/// So that a search ends soon at a free line.
const SPLITS_AT: u32 = 51;
const DEEPEST: u32 = 18;
/// Words of a page.
const PAGE_DEPTH: usize = 0;
const PAGE_USED: usize = 1;

/// A page of a shard: its block, and the place in the directory of the one after it.
#[derive(Clone, Copy)]
pub struct PageAt {
    pub page: usize,
    pub next: usize,
}

#[inline(always)]
fn home_of(hash_b: u32) -> usize {
    1 + (((hash_b >> 16) as usize * LINES) >> 16)
}

#[inline(always)]
fn next(line: usize) -> usize {
    if line == LINES { 1 } else { line + 1 }
}

fn distance(from: usize, to: usize) -> usize {
    if to >= from { to - from } else { to + LINES - from }
}

/// The highest `depth` bits of a hash.
#[inline(always)]
fn place_in(hash_a: u32, depth: u32) -> usize {
    // A shift by 32 would be one by 0.
    ((hash_a >> 1) >> (31 - (depth & 31))) as usize
}

/// Of a directory of `2 ** depth` words.
fn directory_class(depth: u32) -> usize {
    depth.saturating_sub(2) as usize
}

impl<M: Mode> Table<M> {
    /// The count of a hash, or 0.
    #[inline(always)]
    pub fn find_count(&self, hash: Hash) -> usize {
        let shard = shard_of(hash.a);
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        if directory == 0 {
            return 0;
        }
        let depth = self.shard_word(shard, DEPTH_WORD);
        let page = self.memory.word(directory * 4 + place_in(hash.a, depth)) as usize;
        let mut line = home_of(hash.b);
        for _ in 0..=LINES {
            let count = page + line * LINE_UNITS;
            let word = count * 4;
            if self.memory.word(word + MARKS) == 0 {
                return 0;
            }
            if self.memory.word(word) == hash.a && self.memory.word(word + 1) == hash.b {
                return count;
            }
            line = next(line);
        }
        corrupt()
    }

    /// Asks for the word of the directory that leads to a hash.
    #[inline(always)]
    pub fn prefetch_directory(&self, hash: Hash) {
        let shard = shard_of(hash.a);
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        let depth = self.shard_word(shard, DEPTH_WORD);
        self.memory.prefetch(directory * 4 + place_in(hash.a, depth));
    }

    /// The line where the count of a hash is most likely; none where its shard has none.
    #[inline(always)]
    pub fn home_line(&self, hash: Hash) -> Option<usize> {
        let shard = shard_of(hash.a);
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        if directory == 0 {
            return None;
        }
        let depth = self.shard_word(shard, DEPTH_WORD);
        let page = self.memory.word(directory * 4 + place_in(hash.a, depth)) as usize;
        Some(page + home_of(hash.b) * LINE_UNITS)
    }

    /// Asks for the lines where the count of a hash is most likely.
    #[inline(always)]
    pub fn prefetch_count(&self, hash: Hash) {
        if let Some(count) = self.home_line(hash) {
            self.memory.prefetch(count * 4);
            // Behind the last line comes another page: asked for in vain, seldom.
            self.memory.prefetch((count + LINE_UNITS) * 4);
        }
    }

    /// An empty line for the count of a hash that has none, with its hash in it; 0 when there is no room. Other counts may move.
    pub fn insert_count(&self, hash: Hash) -> usize {
        let page = self.page_with_room(hash.a);
        if page == 0 {
            return 0;
        }
        let memory = &self.memory;
        let used = page * 4 + PAGE_USED;
        memory.set_word(used, memory.word(used).wrapping_add(1));
        self.tally(header::KEYS, 1);
        let count = self.free_line(page, hash.b);
        memory.clear_words(count * 4, LINE_WORDS);
        memory.fresh_word(count * 4, hash.a);
        memory.fresh_word(count * 4 + 1, hash.b);
        count
    }

    /// Takes a count out. Those behind it that are further from home than they need be move up.
    pub fn remove_count(&self, count: usize) {
        let memory = &self.memory;
        let page = count - count % PAGE_UNITS;
        let mut gap = (count - page) / LINE_UNITS;
        let mut line = next(gap);
        let mut left = LINES;
        while memory.word((page + line * LINE_UNITS) * 4 + MARKS) != 0 {
            let at = (page + line * LINE_UNITS) * 4;
            let home = home_of(memory.word(at + 1));
            if distance(home, line) >= distance(gap, line) {
                memory.copy_words(at, (page + gap * LINE_UNITS) * 4, LINE_WORDS);
                gap = line;
            }
            line = next(line);
            left -= 1;
            if left == 0 {
                corrupt();
            }
        }
        memory.set_word((page + gap * LINE_UNITS) * 4 + MARKS, 0);
        let used = page * 4 + PAGE_USED;
        memory.set_word(used, memory.word(used).wrapping_sub(1));
        self.tally(header::KEYS, -1);
    }

    /// The pages of a shard, one after the other, and round: that at the directory's place `at`.
    pub fn page_at(&self, shard: usize, at: usize) -> Option<PageAt> {
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        if directory == 0 {
            return None;
        }
        let depth = self.depth_of(shard);
        let places = 1 << depth;
        let place = if at < places { at } else { 0 };
        let page = self.memory.word(directory * 4 + place) as usize;
        let page_depth = self.memory.word(page * 4 + PAGE_DEPTH);
        if page_depth > depth {
            corrupt();
        }
        let step = 1 << (depth - page_depth);
        Some(PageAt { page, next: (place - place % step + step) & (places - 1) })
    }

    /// Has the counts of a shard looked at next where that of a hash will stand.
    pub fn aim_cursor(&self, hash: Hash) {
        let shard = shard_of(hash.a);
        let place = place_in(hash.a, self.shard_word(shard, DEPTH_WORD)) * 64 + home_of(hash.b);
        self.memory.set_word(word_of(shard, COUNT_CURSOR_WORD), place as u32);
    }

    /// The count in a line of a page, from 1 to 63, or 0.
    pub fn count_in(&self, page: usize, line: usize) -> usize {
        let count = page + line * LINE_UNITS;
        if self.memory.word(count * 4 + MARKS) == 0 { 0 } else { count }
    }

    fn depth_of(&self, shard: usize) -> u32 {
        let depth = self.shard_word(shard, DEPTH_WORD);
        if M::CHECKED && depth > DEEPEST {
            corrupt();
        }
        depth
    }

    fn free_line(&self, page: usize, hash_b: u32) -> usize {
        let mut line = home_of(hash_b);
        for _ in 0..LINES {
            if self.memory.word((page + line * LINE_UNITS) * 4 + MARKS) == 0 {
                return page + line * LINE_UNITS;
            }
            line = next(line);
        }
        corrupt()
    }

    /// The page that a hash belongs to, once it has a free line and a few more.
    fn page_with_room(&self, hash_a: u32) -> usize {
        let shard = shard_of(hash_a);
        if self.shard_word(shard, DIRECTORY_WORD) == 0 && !self.begin_directory(shard) {
            return 0;
        }
        loop {
            let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
            let depth = self.depth_of(shard);
            let page = self.memory.word(directory * 4 + place_in(hash_a, depth)) as usize;
            let used = self.memory.word(page * 4 + PAGE_USED);
            if used < SPLITS_AT {
                return page;
            }
            // Without room for more pages, this one may be filled but for one line.
            if !self.split(shard, page, hash_a) {
                return if used < LINES as u32 - 1 { page } else { 0 };
            }
        }
    }

    /// Gives a shard a directory of one page.
    fn begin_directory(&self, shard: usize) -> bool {
        let directory = self.allocate(shard, 0);
        let page = if directory == 0 { 0 } else { self.new_page(shard, 0) };
        if page == 0 {
            return false;
        }
        self.memory.fresh_word(directory * 4, page as u32);
        self.memory.set_word(word_of(shard, DIRECTORY_WORD), directory as u32);
        true
    }

    fn new_page(&self, shard: usize, depth: u32) -> usize {
        let page = self.allocate(shard, PAGE_CLASS);
        if page == 0 {
            return 0;
        }
        self.memory.fresh_clear(page * 4, PAGE_WORDS);
        self.memory.fresh_word(page * 4 + PAGE_DEPTH, depth);
        page
    }

    /// Splits a page by one more bit of the hashes; false when there is no room.
    fn split(&self, shard: usize, page: usize, hash_a: u32) -> bool {
        let memory = &self.memory;
        let depth = memory.word(page * 4 + PAGE_DEPTH).saturating_add(1);
        if depth > DEEPEST || (depth > self.depth_of(shard) && !self.double_directory(shard)) {
            return false;
        }
        let total = self.depth_of(shard);
        if depth > total {
            corrupt();
        }
        let other = self.new_page(shard, depth);
        if other == 0 {
            return false;
        }
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        // The new page takes the upper half of the old one's places.
        let places = 1 << (total - depth);
        let first = (place_in(hash_a, depth) | 1) << (total - depth);
        for place in first..first + places {
            memory.set_word(directory * 4 + place, other as u32);
        }
        let mut lines = [0; PAGE_WORDS];
        memory.read_words(page * 4, &mut lines);
        memory.clear_words(page * 4, PAGE_WORDS);
        memory.fresh_word(page * 4 + PAGE_DEPTH, depth);
        for line in lines.as_chunks::<LINE_WORDS>().0.iter().skip(1).filter(|line| line[MARKS] != 0) {
            let is_upper = (line[0] >> (32 - depth)) & 1 == 1;
            let home = if is_upper { other } else { page };
            let at = self.free_line(home, line[1]) * 4;
            for (word, &value) in line.iter().enumerate() {
                memory.fresh_word(at + word, value);
            }
            let used = home * 4 + PAGE_USED;
            memory.fresh_word(used, memory.word(used) + 1);
        }
        true
    }

    /// Looks at one more bit of the hashes: each page then has twice as many places.
    fn double_directory(&self, shard: usize) -> bool {
        let memory = &self.memory;
        let depth = self.depth_of(shard);
        let larger = self.allocate(shard, directory_class(depth + 1));
        if larger == 0 {
            return false;
        }
        let directory = self.shard_word(shard, DIRECTORY_WORD) as usize;
        for place in 0..2 << depth {
            memory.fresh_word(larger * 4 + place, memory.word(directory * 4 + (place >> 1)));
        }
        memory.set_word(word_of(shard, DIRECTORY_WORD), larger as u32);
        memory.set_word(word_of(shard, DEPTH_WORD), depth + 1);
        self.free(shard, directory_class(depth), directory);
        true
    }
}
