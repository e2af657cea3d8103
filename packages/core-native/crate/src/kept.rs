//! What a count keeps until it leaves: amounts by the slots they were charged in. Up to four stand in the count's own line, the lower
//! 32 bits of the slot and the amount in a word each; the slots all lie within 49 days before the time when nothing will be kept.
//! What does not fit so spills into a ring, and in its place stand the words of the ring, and the first slot: so that most calls need
//! not look there to see that nothing has left.

use crate::memory::Mode;
use crate::number::{larger, low_word, smaller};
use crate::table::{Table, shard_of};

pub const TOTAL: usize = 1;
pub const KEPT_UNTIL: usize = 2;
pub const ENTRIES: usize = 8;
pub const RING_WORDS: usize = 8;
pub const FIRST_SLOT: usize = 6;
pub const MOST_ENTRIES: usize = 4;
pub const MOST_UNITS: f64 = 4_294_967_296.0;
/// What two windows and two slots may be long to be told by 32 bits.
pub const LONGEST_MS: f64 = 4_294_967_296.0 - 134_217_728.0;
const FIRST_RING_CLASS: usize = 3;

/// The latest slot that has these lower 32 bits and is not after `until`.
#[inline(always)]
pub fn slot_before(until: f64, low: u32) -> f64 {
    until - f64::from(low_word(until).wrapping_sub(low))
}

impl<M: Mode> Table<M> {
    /// All that is kept.
    #[inline(always)]
    pub fn kept_of(&self, count: usize) -> f64 {
        self.memory.number(count * 2 + TOTAL)
    }

    #[inline(always)]
    fn add_total(&self, count: usize, units: f64) {
        self.memory.set_number(count * 2 + TOTAL, self.kept_of(count) + units);
    }

    /// When nothing will be kept any more, unless more is charged.
    #[inline(always)]
    pub fn kept_until_of(&self, count: usize) -> f64 {
        self.memory.number(count * 2 + KEPT_UNTIL)
    }

    /// Whether nothing was ever kept.
    pub fn is_fresh(&self, count: usize) -> bool {
        self.kept_until_of(count) == f64::NEG_INFINITY
    }

    /// Begins, or begins anew, with nothing.
    pub fn keep_nothing(&self, count: usize) {
        if self.is_spilled(count) {
            self.end_ring(self.shard_of_count(count), count * 4 + RING_WORDS);
        }
        self.set_spilled(count, false);
        self.memory.clear_words(count * 4 + ENTRIES, MOST_ENTRIES * 2);
        self.memory.set_number(count * 2 + TOTAL, 0.0);
        self.memory.set_number(count * 2 + KEPT_UNTIL, f64::NEG_INFINITY);
    }

    /// The shard of a count.
    #[inline(always)]
    pub fn shard_of_count(&self, count: usize) -> usize {
        shard_of(self.memory.word(count * 4))
    }

    /// The slot that leaves first; `INFINITY` when nothing is kept.
    pub fn first_kept(&self, count: usize) -> f64 {
        if self.kept_of(count) == 0.0 {
            return f64::INFINITY;
        }
        if self.is_spilled(count) { self.memory.number(count * 2 + FIRST_SLOT) } else { self.slot_at(count, 0) }
    }

    /// Drops what has left by `now`, which is `window_ms` after its slot.
    pub fn turn_kept(&self, count: usize, window_ms: f64, now: f64) {
        if self.first_kept(count) + window_ms > now {
            return;
        }
        if self.is_spilled(count) {
            let dropped = self.drop_until(count * 4 + RING_WORDS, now - window_ms);
            self.add_total(count, -dropped);
            return self.note_first(count);
        }
        let memory = &self.memory;
        let length = self.length_in(count);
        let mut gone = 1;
        while gone < length && self.slot_at(count, gone) + window_ms <= now {
            gone += 1;
        }
        let at = count * 4 + ENTRIES;
        let mut dropped = 0.0;
        for index in 0..gone {
            dropped += f64::from(memory.word(at + index * 2 + 1));
        }
        memory.copy_words(at + gone * 2, at, (MOST_ENTRIES - gone) * 2);
        memory.clear_words(at + (MOST_ENTRIES - gone) * 2, gone * 2);
        self.add_total(count, -dropped);
    }

    /// The slot of the entry at `index`; `INFINITY` beyond the last.
    pub fn kept_slot(&self, count: usize, index: usize) -> f64 {
        if index >= self.length_of_kept(count) {
            return f64::INFINITY;
        }
        if self.is_spilled(count) {
            self.memory.number(self.ring_entry(count * 4 + RING_WORDS, index))
        } else {
            self.slot_at(count, index)
        }
    }

    /// The amount of the entry at `index`.
    pub fn kept_amount(&self, count: usize, index: usize) -> f64 {
        if self.is_spilled(count) {
            self.memory.number(self.ring_entry(count * 4 + RING_WORDS, index) + 1)
        } else {
            f64::from(self.memory.word(count * 4 + ENTRIES + index * 2 + 1))
        }
    }

    /// Adds `units`, more than 0, in a slot that leaves `window_ms` after.
    pub fn add_kept(&self, count: usize, slot: f64, units: f64, window_ms: f64) {
        let until = larger(self.kept_until_of(count), slot + window_ms);
        if !self.is_spilled(count) && !self.add_inline(count, slot, units, until) && !self.spill(count) {
            return self.squeeze(count, slot, units, until);
        }
        if self.is_spilled(count) {
            self.add_at(self.shard_of_count(count), count * 4 + RING_WORDS, slot, units);
            self.note_first(count);
        }
        self.memory.set_number(count * 2 + KEPT_UNTIL, until);
        self.add_total(count, units);
    }

    /// Takes up to `units` out of a slot.
    pub fn take_kept(&self, count: usize, slot: f64, units: f64) {
        if self.is_spilled(count) {
            let taken = self.take_at(count * 4 + RING_WORDS, slot, units);
            self.add_total(count, -taken);
            return self.note_first(count);
        }
        for index in 0..self.length_in(count) {
            if self.slot_at(count, index) == slot {
                let taken = self.take_inline(count, index, units);
                return self.add_total(count, -taken);
            }
        }
    }

    /// Takes up to `units` out of the latest slots, and says how many there were.
    pub fn take_latest_kept(&self, count: usize, units: f64) -> f64 {
        let mut taken = 0.0;
        if self.is_spilled(count) {
            taken = self.take_latest(count * 4 + RING_WORDS, units);
            self.note_first(count);
        } else {
            while taken < units && self.length_in(count) > 0 {
                taken += self.take_inline(count, self.length_in(count) - 1, units - taken);
            }
        }
        self.add_total(count, -taken);
        taken
    }

    fn length_of_kept(&self, count: usize) -> usize {
        if self.is_spilled(count) { self.ring_length(count * 4 + RING_WORDS) } else { self.length_in(count) }
    }

    fn length_in(&self, count: usize) -> usize {
        let first = count * 4 + ENTRIES + 1;
        let mut length = 0;
        while length < MOST_ENTRIES && self.memory.word(first + length * 2) != 0 {
            length += 1;
        }
        length
    }

    fn slot_at(&self, count: usize, index: usize) -> f64 {
        slot_before(self.kept_until_of(count), self.memory.word(count * 4 + ENTRIES + index * 2))
    }

    /// False when it does not fit in the count's line.
    fn add_inline(&self, count: usize, slot: f64, units: f64, until: f64) -> bool {
        let memory = &self.memory;
        let length = self.length_in(count);
        if units >= MOST_UNITS || until - smaller(slot, self.first_kept(count)) > LONGEST_MS {
            return false;
        }
        let at = count * 4 + ENTRIES;
        let mut index = length;
        // Almost every charge is the latest.
        while index > 0 {
            let other = self.slot_at(count, index - 1);
            if other == slot {
                let sum = f64::from(memory.word(at + index * 2 - 1)) + units;
                if sum < MOST_UNITS {
                    memory.set_word(at + index * 2 - 1, sum as u32);
                }
                return sum < MOST_UNITS;
            }
            if other < slot {
                break;
            }
            index -= 1;
        }
        if length == MOST_ENTRIES {
            return false;
        }
        memory.copy_words(at + index * 2, at + index * 2 + 2, (length - index) * 2);
        memory.set_word(at + index * 2, low_word(slot));
        memory.set_word(at + index * 2 + 1, units as u32);
        true
    }

    fn take_inline(&self, count: usize, index: usize, units: f64) -> f64 {
        let memory = &self.memory;
        let at = count * 4 + ENTRIES + index * 2;
        let there = f64::from(memory.word(at + 1));
        if there > units {
            memory.set_word(at + 1, (there - units) as u32);
            return units;
        }
        let end = count * 4 + ENTRIES + MOST_ENTRIES * 2;
        memory.copy_words(at + 2, at, end - at - 2);
        memory.set_word(end - 1, 0);
        there
    }

    /// Takes note of the first slot of a ring.
    fn note_first(&self, count: usize) {
        let ring = count * 4 + RING_WORDS;
        if self.ring_length(ring) > 0 {
            self.memory.set_number(count * 2 + FIRST_SLOT, self.memory.number(self.ring_entry(ring, 0)));
        }
    }

    /// Moves the entries of the line to a ring; false when there is no room for one.
    fn spill(&self, count: usize) -> bool {
        let length = self.length_in(count);
        let mut moved = [(0.0, 0.0); MOST_ENTRIES];
        for (index, entry) in moved.iter_mut().enumerate().take(length) {
            *entry = (self.slot_at(count, index), self.kept_amount(count, index));
        }
        let ring = count * 4 + RING_WORDS;
        let shard = self.shard_of_count(count);
        if !self.begin_ring(shard, ring, FIRST_RING_CLASS) {
            return false;
        }
        for &(slot, amount) in &moved[..length] {
            self.add_at(shard, ring, slot, amount);
        }
        self.set_spilled(count, true);
        self.note_first(count);
        true
    }

    /// Without memory for a ring all becomes one entry, which leaves last. It counts no further than a word does: what is more leaves
    /// with it, since nothing is kept then.
    fn squeeze(&self, count: usize, slot: f64, units: f64, until: f64) {
        let memory = &self.memory;
        let at = count * 4 + ENTRIES;
        let length = self.length_in(count);
        let last = if length == 0 { slot } else { larger(slot, self.slot_at(count, length - 1)) };
        self.add_total(count, units);
        memory.set_number(count * 2 + KEPT_UNTIL, until);
        memory.clear_words(at, MOST_ENTRIES * 2);
        memory.set_word(at, low_word(last));
        memory.set_word(at + 1, smaller(self.kept_of(count), MOST_UNITS - 1.0) as u32);
    }
}
