//! What few counts need lies in a block that is made when it is first needed: until when the count is blocked, what leases hold of
//! it, as a sum and a ring by the deadlines, and how many live leases charge it, the last of them until when.

use crate::memory::Mode;
use crate::number::larger;
use crate::table::Table;

pub const EXTENSION: usize = 6;
const EXTENSION_CLASS: usize = 2;
const BLOCKED_UNTIL: usize = 0;
const HELD_TOTAL: usize = 1;
const HELD_RING: usize = 4;
const LEASED_UNTIL: usize = 4;
const LEASES: usize = 10;
const FIRST_HELD_CLASS: usize = 2;

/// The ring of what leases hold, which may be empty.
#[inline(always)]
pub fn held_ring_of(extended: usize) -> usize {
    extended * 4 + HELD_RING
}

impl<M: Mode> Table<M> {
    /// The extension of a count, or 0.
    #[inline(always)]
    pub fn extension_of(&self, count: usize) -> usize {
        self.memory.word(count * 4 + EXTENSION) as usize
    }

    /// The extension of a count, made if there is none; 0 when there is no room.
    pub fn some_extension(&self, count: usize) -> usize {
        let known = self.extension_of(count);
        if known != 0 {
            return known;
        }
        let block = self.allocate(self.shard_of_count(count), EXTENSION_CLASS);
        if block == 0 {
            return 0;
        }
        self.memory.fresh_clear(block * 4, 4 << EXTENSION_CLASS);
        self.memory.fresh_number(block * 2 + BLOCKED_UNTIL, f64::NEG_INFINITY);
        self.memory.fresh_number(block * 2 + LEASED_UNTIL, f64::NEG_INFINITY);
        self.memory.set_word(count * 4 + EXTENSION, block as u32);
        block
    }

    /// Gives back the extension of a count.
    pub fn free_extension(&self, count: usize) {
        let block = self.extension_of(count);
        if block == 0 {
            return;
        }
        let shard = self.shard_of_count(count);
        self.end_ring(shard, held_ring_of(block));
        self.free(shard, EXTENSION_CLASS, block);
        self.memory.set_word(count * 4 + EXTENSION, 0);
    }

    /// When a block ends; `NEG_INFINITY` for none.
    pub fn blocked_until_of(&self, extended: usize) -> f64 {
        self.memory.number(extended * 2 + BLOCKED_UNTIL)
    }

    /// Refuses everything until an instant.
    pub fn block_until(&self, extended: usize, until: f64) {
        self.memory.set_number(extended * 2 + BLOCKED_UNTIL, until);
    }

    /// All that leases hold.
    pub fn held_of(&self, extended: usize) -> f64 {
        self.memory.number(extended * 2 + HELD_TOTAL)
    }

    /// Adds to all that leases hold.
    pub fn add_held(&self, extended: usize, units: f64) {
        self.memory.set_number(extended * 2 + HELD_TOTAL, self.held_of(extended) + units);
    }

    /// The extension of a count, with room for what leases hold; 0 when there is none.
    pub fn extension_to_hold(&self, count: usize) -> usize {
        let block = self.some_extension(count);
        if block == 0 || self.memory.word(held_ring_of(block) + 3) != 0 {
            return block;
        }
        let shard = self.shard_of_count(count);
        if self.begin_ring(shard, held_ring_of(block), FIRST_HELD_CLASS) { block } else { 0 }
    }

    /// Counts one more live lease that charges a count until a deadline.
    pub fn add_lease(&self, count: usize, until: f64) {
        let block = self.some_extension(count);
        if block == 0 {
            return;
        }
        let at = block * 4 + LEASES;
        self.memory.set_word(at, self.memory.word(at).wrapping_add(1));
        self.prolong_lease(count, until);
    }

    /// Takes note that a live lease charges a count until a later deadline.
    pub fn prolong_lease(&self, count: usize, until: f64) {
        let block = self.extension_of(count);
        if block == 0 {
            return;
        }
        let at = block * 2 + LEASED_UNTIL;
        self.memory.set_number(at, larger(self.memory.number(at), until));
    }

    /// Counts one less.
    pub fn remove_lease_of(&self, extended: usize) {
        let at = extended * 4 + LEASES;
        if extended != 0 && self.memory.word(at) > 0 {
            self.memory.set_word(at, self.memory.word(at) - 1);
        }
    }

    /// Whether a lease that lives charges the count. Those that have expired are told by the last deadline of all.
    pub fn is_leased(&self, extended: usize, now: f64) -> bool {
        self.memory.word(extended * 4 + LEASES) > 0 && self.memory.number(extended * 2 + LEASED_UNTIL) > now
    }
}
