//! A token bucket, in the line of a count: its level, in units times `every_ms`, so that what drains in a millisecond is a whole
//! number. In the place of entries stand, as numbers, when the level was so, all units that were ever charged, and the scale of the
//! level.

use crate::memory::Mode;
use crate::number::{MAX_SAFE_INTEGER, larger, smaller};
use crate::store::Terms;
use crate::table::Table;

const LEVEL: usize = 1;
const EMPTY_AT: usize = 2;
const LEVEL_AT: usize = 4;
const GROSS: usize = 5;
const SCALE: usize = 6;

impl<M: Mode> Table<M> {
    #[inline(always)]
    fn level(&self, count: usize) -> f64 {
        self.memory.number(count * 2 + LEVEL)
    }

    /// The level in whole units, rounded up.
    pub fn level_of(&self, count: usize, terms: &Terms) -> f64 {
        (self.level(count) / terms.every_ms).ceil()
    }

    /// Brings the level to `now`.
    pub fn drain(&self, count: usize, terms: &Terms, now: f64) {
        let memory = &self.memory;
        let base = count * 2;
        let &Terms { refill, every_ms, .. } = terms;
        let scale = memory.number(base + SCALE);
        if scale != every_ms {
            let before = if scale == 0.0 || scale.is_nan() { 1.0 } else { scale };
            let units = (self.level(count) / before).ceil();
            // In other fractions it may be too large to be counted: it is then as large as can be.
            memory.set_number(base + LEVEL, smaller(units, (MAX_SAFE_INTEGER / every_ms).floor()) * every_ms);
            memory.set_number(base + SCALE, every_ms);
        }
        let drained = (now - memory.number(base + LEVEL_AT)) * refill;
        if drained > 0.0 {
            memory.set_number(base + LEVEL, larger(0.0, self.level(count) - drained));
        }
        memory.set_number(base + LEVEL_AT, now);
    }

    /// Until `cost` fits.
    pub fn bucket_wait_ms(&self, count: usize, terms: &Terms, cost: f64) -> f64 {
        let surplus = self.level(count) - (terms.capacity - cost) * terms.every_ms;
        larger(0.0, (surplus / terms.refill).ceil())
    }

    /// Until one unit has drained; 0 when nothing is charged.
    pub fn bucket_frees_after_ms(&self, count: usize, terms: &Terms) -> f64 {
        let level = self.level(count);
        let used = (level / terms.every_ms).ceil();
        if used == 0.0 { 0.0 } else { ((level - (used - 1.0) * terms.every_ms) / terms.refill).ceil() }
    }

    /// Charges `units`.
    pub fn fill(&self, count: usize, terms: &Terms, units: f64, now: f64) {
        let memory = &self.memory;
        let base = count * 2;
        memory.set_number(base + LEVEL_AT, now);
        memory.set_number(base + SCALE, terms.every_ms);
        let level = self.level(count) + units * terms.every_ms;
        memory.set_number(base + LEVEL, level);
        // Begun anew before it could no longer count by ones: what was reserved before then gives nothing back.
        let sum = self.gross_of(count) + units;
        memory.set_number(base + GROSS, if sum <= MAX_SAFE_INTEGER { sum } else { units });
        memory.set_number(base + EMPTY_AT, now + (level / terms.refill).ceil());
        self.mark_busy(count, level * 2.0 > terms.capacity * terms.every_ms);
    }

    /// All that was ever charged.
    pub fn gross_of(&self, count: usize) -> f64 {
        self.memory.number(count * 2 + GROSS)
    }

    /// Gives up to `units` back, sparing as much as `since` units of the level, and says how many whole ones.
    pub fn give_back_level(&self, count: usize, terms: &Terms, units: f64, since: f64) -> f64 {
        let level = self.level(count);
        let there = larger(0.0, level - since * terms.every_ms);
        let taken = smaller(units * terms.every_ms, there);
        self.memory.set_number(count * 2 + LEVEL, level - taken);
        (taken / terms.every_ms).floor()
    }
}
