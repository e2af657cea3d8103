//! A ring of entries, an instant and an amount each, soonest first, in a block of its own. What is known of it stands where it is
//! used, as four words: its block, the place of the first entry, how many there are, and how many there is room for. `ring` is the
//! place of these words.

use crate::memory::{Mode, corrupt};
use crate::table::Table;

fn class_of(room: u32) -> usize {
    31 - (room | 1).leading_zeros() as usize
}

impl<M: Mode> Table<M> {
    /// The number of entries.
    #[inline(always)]
    pub fn ring_length(&self, ring: usize) -> usize {
        let length = self.memory.word(ring + 2);
        if M::CHECKED && length > self.memory.word(ring + 3) {
            corrupt();
        }
        length as usize
    }

    /// The place in numbers of the entry at `index`: its instant, and its amount in the next.
    #[inline(always)]
    pub fn ring_entry(&self, ring: usize, index: usize) -> usize {
        let first = self.memory.word(ring + 1);
        let mask = self.memory.word(ring + 3).wrapping_sub(1);
        (self.memory.word(ring) as usize + (first.wrapping_add(index as u32) & mask) as usize) * 2
    }

    #[inline(always)]
    fn ring_instant(&self, ring: usize, index: usize) -> f64 {
        self.memory.number(self.ring_entry(ring, index))
    }

    /// Begins an empty ring of a class of blocks; false when there is no room.
    pub fn begin_ring(&self, shard: usize, ring: usize, class: usize) -> bool {
        let block = self.allocate(shard, class);
        if block == 0 {
            return false;
        }
        self.memory.set_word(ring, block as u32);
        self.memory.set_word(ring + 1, 0);
        self.memory.set_word(ring + 2, 0);
        self.memory.set_word(ring + 3, 1 << class);
        true
    }

    /// Gives the block of a ring back.
    pub fn end_ring(&self, shard: usize, ring: usize) {
        let room = self.memory.word(ring + 3);
        if room != 0 {
            self.free(shard, class_of(room), self.memory.word(ring) as usize);
        }
    }

    /// Drops what has an instant of `until` or before, and says how much that was.
    pub fn drop_until(&self, ring: usize, until: f64) -> f64 {
        let mut dropped = 0.0;
        while self.ring_length(ring) > 0 {
            let entry = self.ring_entry(ring, 0);
            if self.memory.number(entry) > until {
                break;
            }
            dropped += self.memory.number(entry + 1);
            self.drop_first(ring);
        }
        dropped
    }

    /// Adds `amount`, more than 0, at an instant. Where the table cannot grow, the amount joins a later instant: that can only refuse
    /// for longer.
    pub fn add_at(&self, shard: usize, ring: usize, at: f64, amount: f64) {
        let length = self.ring_length(ring);
        let is_latest = length > 0 && self.ring_instant(ring, length - 1) < at;
        let index = if is_latest { length } else { self.search(ring, at) };
        if index < length {
            let entry = self.ring_entry(ring, index);
            if self.memory.number(entry) == at {
                self.memory.set_number(entry + 1, self.memory.number(entry + 1) + amount);
                return;
            }
        }
        self.insert_at(shard, ring, index, at, amount);
    }

    /// Takes up to `amount` that has exactly this instant, and says how much there was.
    pub fn take_at(&self, ring: usize, at: f64, amount: f64) -> f64 {
        let index = self.search(ring, at);
        if index == self.ring_length(ring) || self.ring_instant(ring, index) != at {
            return 0.0;
        }
        self.take_from(ring, index, amount)
    }

    /// Takes up to `amount`, the latest first, and says how much there was.
    pub fn take_latest(&self, ring: usize, amount: f64) -> f64 {
        let mut taken = 0.0;
        while taken < amount && self.ring_length(ring) > 0 {
            taken += self.take_from(ring, self.ring_length(ring) - 1, amount - taken);
        }
        taken
    }

    fn insert_at(&self, shard: usize, ring: usize, index: usize, at: f64, amount: f64) {
        let memory = &self.memory;
        let length = self.ring_length(ring);
        if length == memory.word(ring + 3) as usize && !self.enlarge(shard, ring) {
            let entry = self.ring_entry(ring, index.min(length - 1));
            if at > memory.number(entry) {
                memory.set_number(entry, at);
            }
            memory.set_number(entry + 1, memory.number(entry + 1) + amount);
            return;
        }
        memory.set_word(ring + 2, length as u32 + 1);
        if index * 2 < length {
            // The shorter side moves.
            let mask = memory.word(ring + 3).wrapping_sub(1);
            memory.set_word(ring + 1, memory.word(ring + 1).wrapping_sub(1) & mask);
            for to in 0..index {
                self.move_entry(ring, to + 1, to);
            }
        } else {
            for to in (index + 1..=length).rev() {
                self.move_entry(ring, to - 1, to);
            }
        }
        let entry = self.ring_entry(ring, index);
        memory.set_number(entry, at);
        memory.set_number(entry + 1, amount);
    }

    fn take_from(&self, ring: usize, index: usize, amount: f64) -> f64 {
        let entry = self.ring_entry(ring, index);
        let there = self.memory.number(entry + 1);
        if there > amount {
            self.memory.set_number(entry + 1, there - amount);
            return amount;
        }
        self.erase(ring, index);
        there
    }

    /// The index of the first entry at `at` or later.
    fn search(&self, ring: usize, at: f64) -> usize {
        let length = self.ring_length(ring);
        if length == 0 {
            return 0;
        }
        // Almost every charge is the latest.
        let latest = self.ring_instant(ring, length - 1);
        if latest <= at {
            return if latest < at { length } else { length - 1 };
        }
        let (mut low, mut high) = (0, length - 1);
        while low < high {
            let middle = (low + high) >> 1;
            if self.ring_instant(ring, middle) < at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn erase(&self, ring: usize, index: usize) {
        let last = self.ring_length(ring) - 1;
        if index * 2 < last {
            for to in (1..=index).rev() {
                self.move_entry(ring, to - 1, to);
            }
            self.drop_first(ring);
            return;
        }
        for to in index..last {
            self.move_entry(ring, to + 1, to);
        }
        self.memory.set_word(ring + 2, last as u32);
    }

    fn drop_first(&self, ring: usize) {
        let memory = &self.memory;
        let mask = memory.word(ring + 3).wrapping_sub(1);
        memory.set_word(ring + 1, memory.word(ring + 1).wrapping_add(1) & mask);
        memory.set_word(ring + 2, memory.word(ring + 2) - 1);
    }

    fn move_entry(&self, ring: usize, from: usize, to: usize) {
        self.memory.copy_words(self.ring_entry(ring, from) * 2, self.ring_entry(ring, to) * 2, 4);
    }

    /// Moves the entries to a block twice as large; false when there is none.
    fn enlarge(&self, shard: usize, ring: usize) -> bool {
        let memory = &self.memory;
        let class = class_of(memory.word(ring + 3));
        let block = self.allocate(shard, class + 1);
        if block == 0 {
            return false;
        }
        for index in 0..self.ring_length(ring) {
            memory.fresh_copy(self.ring_entry(ring, index) * 2, (block + index) * 4, 4);
        }
        self.free(shard, class, memory.word(ring) as usize);
        memory.set_word(ring, block as u32);
        memory.set_word(ring + 1, 0);
        memory.set_word(ring + 3, 2 << class);
        true
    }
}
