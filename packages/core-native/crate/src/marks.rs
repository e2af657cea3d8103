//! One word of a count has, from the lowest: a bit that is set in every count, one for being more than half full or refusing, one for
//! having spilled into a ring, and 29 that tell it from earlier ones of its key.

use crate::memory::Mode;
use crate::table::{Table, header};

/// The word of a count that is 0 where there is none.
pub const MARKS: usize = 7;
const TAKEN_BIT: u32 = 1;
pub const BUSY_BIT: u32 = 2;
pub const SPILLED_BIT: u32 = 4;
const BIRTH_UNIT: u32 = 8;
const BIRTH_BITS: u32 = !7;

impl<M: Mode> Table<M> {
    /// Marks a new count.
    pub fn new_marks(&self, count: usize) {
        let birth = self.tally(header::BIRTHS, BIRTH_UNIT as i32).wrapping_add(BIRTH_UNIT);
        self.memory.set_word(count * 4 + MARKS, TAKEN_BIT | (birth & BIRTH_BITS));
    }

    #[inline(always)]
    fn mark(&self, count: usize, bit: u32, is_so: bool) {
        let at = count * 4 + MARKS;
        let before = self.memory.word(at);
        let after = if is_so { before | bit } else { before & !bit };
        if after != before {
            self.memory.set_word(at, after);
        }
    }

    /// Takes note of whether a count is more than half full, or refuses.
    #[inline(always)]
    pub fn mark_busy(&self, count: usize, is_so: bool) {
        self.mark(count, BUSY_BIT, is_so);
    }

    /// Tells a count from earlier ones of the same key; 0 is no count.
    pub fn birth_of(&self, count: usize) -> u32 {
        if count == 0 { 0 } else { (self.memory.word(count * 4 + MARKS) & BIRTH_BITS) | TAKEN_BIT }
    }

    /// Whether a count is more than half full, or was found to refuse.
    pub fn is_busy(&self, count: usize) -> bool {
        self.memory.word(count * 4 + MARKS) & BUSY_BIT != 0
    }

    /// Whether what the count keeps has spilled into a ring.
    #[inline(always)]
    pub fn is_spilled(&self, count: usize) -> bool {
        self.memory.word(count * 4 + MARKS) & SPILLED_BIT != 0
    }

    /// Takes note of whether it has.
    pub fn set_spilled(&self, count: usize, is_so: bool) {
        self.mark(count, SPILLED_BIT, is_so);
    }
}
