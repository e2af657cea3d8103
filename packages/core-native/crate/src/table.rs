//! The header, the shards and the blocks of a table, as docs/layout.md describes it. Blocks are named by a reference, their place in
//! units of 16 bytes; 0 is none. Where the mode is shared, whoever touches a shard holds its lock.

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use crate::memory::{Memory, Mode, corrupt};
use crate::store::Fault;

/// Words of the header.
pub mod header {
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 1;
    /// The size of the table, in units of 16 bytes.
    pub const SIZE: usize = 2;
    /// The first unit that no page has taken.
    pub const NEXT: usize = 3;
    pub const KEY0: usize = 4;
    pub const KEY1: usize = 5;
    pub const KEYS: usize = 6;
    pub const LEASES: usize = 7;
    pub const LIVE: usize = 8;
    pub const BIRTHS: usize = 9;
    pub const MAX_KEYS: usize = 12;
    pub const MAX_LEASES: usize = 13;
    /// Two words: milliseconds.
    pub const REMEMBER: usize = 14;
}

pub const MAGIC: u32 = 0x4543_4c53;
pub const VERSION: u32 = 1;

/// Shards are told by the lowest bits of a hash: each has its own lock, counts, leases and free blocks.
pub const SHARDS: usize = 64;
const SHARDS_AT: usize = 64;
/// How many words a shard has.
pub const SHARD_WORDS: usize = 48;
pub const LOCK_WORD: usize = 0;
pub const DIRECTORY_WORD: usize = 1;
pub const DEPTH_WORD: usize = 2;
pub const COUNT_CURSOR_WORD: usize = 3;
pub const INDEX_WORD: usize = 4;
pub const MASK_WORD: usize = 5;
pub const USED_WORD: usize = 6;
pub const LEASE_CURSOR_WORD: usize = 7;
/// Two words: the latest time that the shard has seen.
pub const TIME_WORD: usize = 8;
/// Where the page that small blocks are cut from has room, and where it ends.
const ROOM_WORD: usize = 10;
const ROOM_END_WORD: usize = 11;
/// For each class of blocks the first free one.
const FREE_WORD: usize = 16;
const CLASSES: usize = SHARD_WORDS - FREE_WORD;

/// A page is 4,096 bytes.
pub const PAGE_UNITS: usize = 256;
/// The class of a page.
pub const PAGE_CLASS: usize = 8;
const PAGE_BYTES: usize = PAGE_UNITS * 16;
const MOST_BYTES: usize = 1 << 32;

/// The first size of a table that one thread uses.
pub const FIRST_BYTES: usize = 16 * PAGE_BYTES;
/// The first size of a table that threads share.
pub const FIRST_SHARED_BYTES: usize = 1 << 20;

/// What a new table is made with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub key0: u32,
    pub key1: u32,
    pub max_keys: u32,
    pub max_leases: u32,
    pub remember_ms: f64,
    /// `FIRST_BYTES`, `FIRST_SHARED_BYTES`, or all there are where the table cannot grow.
    pub first_bytes: usize,
}

/// A table of blocks.
pub struct Table<M: Mode> {
    pub memory: Memory<M>,
    /// The lists that blocks were given back to since the last commit.
    freed: RefCell<Vec<u16>>,
}

/// The shard of a hash.
#[inline(always)]
pub fn shard_of(hash_a: u32) -> usize {
    hash_a as usize & (SHARDS - 1)
}

/// The place in words of a word of a shard.
#[inline(always)]
pub fn word_of(shard: usize, word: usize) -> usize {
    SHARDS_AT + shard * SHARD_WORDS + word
}

fn round_up(units: usize) -> usize {
    units.div_ceil(PAGE_UNITS) * PAGE_UNITS
}

impl<M: Mode> Table<M> {
    /// A new table in bytes that are all 0.
    pub fn create(memory: Memory<M>, options: &Options) -> Self {
        let bytes = options.first_bytes.min(memory.length()).min(MOST_BYTES - PAGE_BYTES);
        memory.begin();
        memory.commit(bytes);
        memory.fresh_word(header::VERSION, VERSION);
        memory.fresh_word(header::SIZE, (bytes / 16) as u32);
        memory.fresh_word(header::NEXT, round_up((SHARDS_AT + SHARDS * SHARD_WORDS) / 4) as u32);
        memory.fresh_word(header::KEY0, options.key0);
        memory.fresh_word(header::KEY1, options.key1);
        memory.fresh_word(header::MAX_KEYS, options.max_keys);
        memory.fresh_word(header::MAX_LEASES, options.max_leases);
        memory.fresh_number(header::REMEMBER / 2, options.remember_ms);
        for shard in 0..SHARDS {
            memory.fresh_number(word_of(shard, TIME_WORD) / 2, f64::NEG_INFINITY);
        }
        memory.atomic(header::MAGIC).store(MAGIC, Ordering::Release);
        Self { memory, freed: RefCell::default() }
    }

    /// The table that is there already.
    pub fn open(memory: Memory<M>) -> Result<Self, Fault> {
        memory.begin();
        let is_table = memory.length() >= FIRST_BYTES
            && memory.atomic(header::MAGIC).load(Ordering::Acquire) == MAGIC
            && memory.word(header::VERSION) == VERSION
            && memory.atomic(header::SIZE).load(Ordering::Acquire) as usize <= memory.length() / 16;
        if is_table { Ok(Self { memory, freed: RefCell::default() }) } else { Err(Fault::Corrupt) }
    }

    /// A word of a shard.
    #[inline(always)]
    pub fn shard_word(&self, shard: usize, word: usize) -> u32 {
        self.memory.word(word_of(shard, word))
    }

    /// A count in the header that others may be changing.
    #[inline(always)]
    pub fn head(&self, word: usize) -> u32 {
        self.memory.atomic(word).load(Ordering::Relaxed)
    }

    /// Adds to a count in the header that all shards share, and says what it was.
    #[inline(always)]
    pub fn tally(&self, word: usize, change: i32) -> u32 {
        self.memory.mode.tally(&self.memory, word, change as u32)
    }

    /// Lets what was done stand.
    #[inline(always)]
    pub fn commit(&self) {
        if M::TRACKED {
            self.freed.borrow_mut().clear();
        }
        self.memory.mode.commit(&self.memory);
        self.memory.begin();
    }

    /// Undoes what was done since the last commit, as far as the mode can.
    pub fn roll_back(&self) {
        self.memory.begin();
        self.freed.borrow_mut().clear();
        self.memory.mode.roll_back(&self.memory);
    }

    /// A block of `2 ** class` units, with whatever it held before, or 0 when the table can grow no further.
    pub fn allocate(&self, shard: usize, class: usize) -> usize {
        if class >= CLASSES {
            return 0;
        }
        let memory = &self.memory;
        let list = word_of(shard, FREE_WORD + class);
        let block = memory.word(list) as usize;
        // What was given back in this call must stay as it was, so that it can be undone.
        if block != 0 && !(M::TRACKED && self.freed.borrow().contains(&(list as u16))) {
            memory.mode.before(memory, block * 16, 4);
            memory.set_word(list, memory.word(block * 4));
            return block;
        }
        if class >= PAGE_CLASS {
            return self.take_pages(1 << (class - PAGE_CLASS));
        }
        let units = 1 << class;
        let room = word_of(shard, ROOM_WORD);
        let end = word_of(shard, ROOM_END_WORD);
        if memory.word(room) as usize + units > memory.word(end) as usize {
            let page = self.take_pages(1);
            if page == 0 {
                return 0;
            }
            memory.set_word(room, page as u32);
            memory.set_word(end, (page + PAGE_UNITS) as u32);
        }
        let cut = memory.word(room) as usize;
        memory.set_word(room, (cut + units) as u32);
        cut
    }

    /// Gives a block back to its shard, for the next of its class.
    pub fn free(&self, shard: usize, class: usize, block: usize) {
        if class >= CLASSES || block == 0 {
            corrupt();
        }
        let list = word_of(shard, FREE_WORD + class);
        if M::TRACKED {
            self.freed.borrow_mut().push(list as u16);
        }
        self.memory.set_word(block * 4, self.memory.word(list));
        self.memory.set_word(list, block as u32);
    }

    fn take_pages(&self, pages: usize) -> usize {
        let units = pages * PAGE_UNITS;
        let memory = &self.memory;
        if M::TRACKED {
            memory.mode.lock_header(memory);
        }
        let next = memory.atomic(header::NEXT);
        loop {
            let found = next.load(Ordering::Relaxed);
            if !self.grow(found as usize + units) {
                return 0;
            }
            let after = found + units as u32;
            if M::TRACKED || !M::SHARED {
                memory.set_word(header::NEXT, after);
                return found as usize;
            }
            if next.compare_exchange(found, after, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return found as usize;
            }
        }
    }

    /// Makes the table at least `units` long; false when it cannot be.
    fn grow(&self, units: usize) -> bool {
        let size = self.memory.atomic(header::SIZE);
        let before = size.load(Ordering::Relaxed) as usize;
        if units <= before {
            return true;
        }
        // Small ones by half, large ones by four megabytes.
        let wanted = round_up(units.max(before + (before >> 1).min(1 << 18))) * 16;
        let bytes = wanted.min(self.memory.length());
        if wanted > MOST_BYTES || bytes < units * 16 || !self.memory.commit(bytes) {
            return false;
        }
        // Only upwards: threads may come here out of order.
        size.fetch_max((bytes / 16) as u32, Ordering::Relaxed);
        true
    }
}
