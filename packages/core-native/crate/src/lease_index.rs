//! Leases, whose blocks differ in size, are found through an index of their shard: open addressing with linear probing over pairs of
//! words, the second half of a hash and a block. The home of an entry is told by that half; the block begins with both.

use crate::hash::Hash;
use crate::memory::Mode;
use crate::table::{INDEX_WORD, MASK_WORD, Table, USED_WORD, header, shard_of, word_of};

const FIRST_CLASS: usize = 2;

impl<M: Mode> Table<M> {
    #[inline(always)]
    fn index_of(&self, shard: usize) -> (usize, u32) {
        (self.shard_word(shard, INDEX_WORD) as usize * 4, self.shard_word(shard, MASK_WORD))
    }

    #[inline(always)]
    fn leased_in(&self, index: usize, slot: u32) -> u32 {
        self.memory.word(index + slot as usize * 2 + 1)
    }

    /// The lease of a hash, or 0.
    pub fn find_lease(&self, hash: Hash) -> usize {
        let (index, mask) = self.index_of(shard_of(hash.a));
        if index == 0 {
            return 0;
        }
        let mut slot = hash.b & mask;
        loop {
            let lease = self.leased_in(index, slot) as usize;
            if lease == 0 {
                return 0;
            }
            if self.memory.word(index + slot as usize * 2) == hash.b && self.memory.word(lease * 4) == hash.a {
                return lease;
            }
            slot = slot.wrapping_add(1) & mask;
        }
    }

    /// The hash that a count or a lease begins with.
    #[inline(always)]
    pub fn hash_of(&self, block: usize) -> Hash {
        Hash { a: self.memory.word(block * 4), b: self.memory.word(block * 4 + 1) }
    }

    /// Puts a lease, which begins with its hash, into the index; false when there is no room.
    pub fn insert_lease(&self, lease: usize) -> bool {
        let hash = self.hash_of(lease);
        let shard = shard_of(hash.a);
        if !self.has_slot(shard) {
            return false;
        }
        self.place_lease(shard, hash.b, lease as u32);
        self.count_used(shard, 1);
        self.tally(header::LEASES, 1);
        true
    }

    /// Takes a lease out of the index, and moves up those behind it that are further from home than they need be.
    pub fn remove_lease(&self, lease: usize) {
        let memory = &self.memory;
        let hash = self.hash_of(lease);
        let shard = shard_of(hash.a);
        let (index, mask) = self.index_of(shard);
        let mut gap = hash.b & mask;
        while self.leased_in(index, gap) as usize != lease {
            gap = gap.wrapping_add(1) & mask;
        }
        let mut slot = gap.wrapping_add(1) & mask;
        while self.leased_in(index, slot) != 0 {
            let home = memory.word(index + slot as usize * 2) & mask;
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(gap) & mask {
                memory.copy_words(index + slot as usize * 2, index + gap as usize * 2, 2);
                gap = slot;
            }
            slot = slot.wrapping_add(1) & mask;
        }
        memory.set_word(index + gap as usize * 2 + 1, 0);
        self.count_used(shard, u32::MAX);
        self.tally(header::LEASES, -1);
    }

    /// The lease at a place of a shard's index, which goes round; 0 where there is none, `None` where there are none at all.
    pub fn lease_at(&self, shard: usize, at: u32) -> Option<usize> {
        if self.shard_word(shard, USED_WORD) == 0 {
            return None;
        }
        let (index, mask) = self.index_of(shard);
        Some(self.leased_in(index, at & mask) as usize)
    }

    fn count_used(&self, shard: usize, change: u32) {
        self.memory.set_word(word_of(shard, USED_WORD), self.shard_word(shard, USED_WORD).wrapping_add(change));
    }

    /// Sees to it that one more entry leaves a quarter of a shard's index empty, or at least one place.
    fn has_slot(&self, shard: usize) -> bool {
        let memory = &self.memory;
        let (old, mask) = self.index_of(shard);
        let used = u64::from(self.shard_word(shard, USED_WORD)) + 1;
        let slots = if old == 0 { 0 } else { u64::from(mask) + 1 };
        if used * 4 <= slots * 3 {
            return true;
        }
        // Two slots to a unit.
        let class = if slots == 0 { FIRST_CLASS } else { 64 - (slots / 2).leading_zeros() as usize };
        let block = self.allocate(shard, class);
        if block == 0 {
            return used < slots;
        }
        memory.fresh_clear(block * 4, 4 << class);
        memory.set_word(word_of(shard, INDEX_WORD), block as u32);
        memory.set_word(word_of(shard, MASK_WORD), (2u32 << class) - 1);
        for slot in 0..slots as usize {
            let lease = memory.word(old + slot * 2 + 1);
            if lease != 0 {
                self.place_lease(shard, memory.word(old + slot * 2), lease);
            }
        }
        if slots > 0 {
            self.free(shard, class - 1, old / 4);
        }
        true
    }

    fn place_lease(&self, shard: usize, hash_b: u32, lease: u32) {
        let (index, mask) = self.index_of(shard);
        let mut slot = hash_b & mask;
        while self.leased_in(index, slot) != 0 {
            slot = slot.wrapping_add(1) & mask;
        }
        self.memory.set_word(index + slot as usize * 2, hash_b);
        self.memory.set_word(index + slot as usize * 2 + 1, lease);
    }
}
