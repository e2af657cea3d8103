//! A count: all that is charged under one key. What is kept stays until it leaves its window; what leases hold would go back at their
//! deadlines. Of a token bucket there is a level instead.

use crate::extension::held_ring_of;
use crate::hash::Hash;
use crate::memory::Mode;
use crate::number::{into_slot, larger, smaller};
use crate::store::{Algorithm, Claim, Terms};
use crate::table::Table;

/// The slot of a charge made at `now`: it leaves `window_ms` after, that of a concurrency limit never.
#[inline(always)]
pub fn slot_of(claim: &Claim<'_>, now: f64) -> f64 {
    let precision = claim.terms.precision_ms;
    if precision == 1.0 {
        return now;
    }
    if precision == 0.0 {
        return if claim.terms.algorithm == Algorithm::FixedWindow { claim.period_end(now) } else { f64::INFINITY };
    }
    now - into_slot(now, precision) + precision - 1.0
}

impl<M: Mode> Table<M> {
    /// A new, empty count of a hash that has none, or 0 when there is no room. Other counts may move.
    pub fn create_count(&self, hash: Hash) -> usize {
        let count = self.insert_count(hash);
        if count != 0 {
            self.new_marks(count);
            self.keep_nothing(count);
        }
        count
    }

    /// Forgets a count. Other counts may move.
    pub fn drop_count(&self, count: usize) {
        self.free_extension(count);
        self.keep_nothing(count);
        self.remove_count(count);
    }

    /// Brings a count to `now`. One at which nothing is charged any more is a new one from then on, as if it had been forgotten: so it
    /// makes no difference when it is.
    pub fn look(&self, count: usize, terms: &Terms, now: f64) {
        if !self.is_empty(count, now) {
            self.turn(count, terms, now);
        }
        self.renew_if_empty(count, now);
    }

    /// As `look`, by the terms that the count was charged under alone.
    pub fn renew_if_empty(&self, count: usize, now: f64) {
        if !self.is_empty(count, now) || (self.is_fresh(count) && self.extension_of(count) == 0) {
            return;
        }
        self.free_extension(count);
        self.keep_nothing(count);
        self.new_marks(count);
    }

    /// Drops what has left by `now`.
    fn turn(&self, count: usize, terms: &Terms, now: f64) {
        if terms.refill > 0.0 {
            return self.drain(count, terms, now);
        }
        self.turn_kept(count, terms.window_ms, now);
        let extended = self.extension_of(count);
        if extended != 0 && self.held_of(extended) != 0.0 {
            let dropped = self.drop_until(held_ring_of(extended), now);
            self.add_held(extended, -dropped);
        }
    }

    /// All that is charged, in whole units, rounded up.
    pub fn used_of(&self, count: usize, terms: &Terms) -> f64 {
        if terms.refill > 0.0 {
            return self.level_of(count, terms);
        }
        let extended = self.extension_of(count);
        self.kept_of(count) + if extended == 0 { 0.0 } else { self.held_of(extended) }
    }

    /// All that is charged; of a token bucket its level, in the fractions that it counts by.
    pub fn finely_used(&self, count: usize, terms: &Terms) -> f64 {
        if terms.refill > 0.0 { self.kept_of(count) } else { self.used_of(count, terms) }
    }

    /// Until a block ends; 0 without.
    pub fn blocked_for_ms(&self, count: usize, now: f64) -> f64 {
        let extended = self.extension_of(count);
        if extended == 0 { 0.0 } else { larger(0.0, self.blocked_until_of(extended) - now) }
    }

    /// Until `cost` fits a count that nobody else charges: `INFINITY` when it never will.
    pub fn wait_ms(&self, count: usize, claim: &Claim<'_>, now: f64) -> f64 {
        let &Claim { terms, cost, .. } = claim;
        if cost > terms.capacity {
            return f64::INFINITY;
        }
        if terms.refill > 0.0 {
            return self.bucket_wait_ms(count, terms, cost);
        }
        let extended = self.extension_of(count);
        let mut surplus = self.used_of(count, terms) - (terms.capacity - cost);
        let mut at = now;
        let (mut next_kept, mut next_held) = (0, 0);
        // Read off both fronts: what leaves next is at one of them.
        while surplus > 0.0 {
            let kept_at = self.kept_slot(count, next_kept) + terms.window_ms;
            let held_at = self.held_instant(extended, next_held);
            at = smaller(kept_at, held_at);
            // Where memory did not suffice for its entries, it is known when all have left.
            if at == f64::INFINITY {
                return self.kept_until_of(count) - now;
            }
            if kept_at <= held_at {
                surplus -= self.kept_amount(count, next_kept);
                next_kept += 1;
            } else {
                surplus -= self.memory.number(self.ring_entry(held_ring_of(extended), next_held) + 1);
                next_held += 1;
            }
        }
        at - now
    }

    /// Until the oldest charge leaves, of a token bucket until one unit has; 0 when nothing is charged.
    pub fn frees_after_ms(&self, count: usize, terms: &Terms, now: f64) -> f64 {
        if terms.refill > 0.0 {
            return self.bucket_frees_after_ms(count, terms);
        }
        let kept_at = self.first_kept(count) + terms.window_ms;
        let soonest = smaller(kept_at, self.held_instant(self.extension_of(count), 0));
        if soonest == f64::INFINITY { 0.0 } else { soonest - now }
    }

    fn held_instant(&self, extended: usize, index: usize) -> f64 {
        if extended == 0 || index >= self.ring_length(held_ring_of(extended)) {
            return f64::INFINITY;
        }
        self.memory.number(self.ring_entry(held_ring_of(extended), index))
    }

    /// Charges `units` now, for good. A concurrency limit keeps nothing.
    pub fn charge(&self, count: usize, claim: &Claim<'_>, units: f64, now: f64) {
        let terms = claim.terms;
        if terms.refill > 0.0 {
            self.fill(count, terms, units, now);
        } else if terms.algorithm != Algorithm::Concurrency {
            self.keep(count, terms, slot_of(claim, now), units);
        }
    }

    /// Gives up to `units` back, of what is kept, the latest first, and says how many.
    pub fn give_back(&self, count: usize, terms: &Terms, units: f64) -> f64 {
        if terms.refill > 0.0 {
            self.give_back_level(count, terms, units, 0.0)
        } else {
            self.take_latest_kept(count, units)
        }
    }

    /// Adds `units` to what is kept in a slot.
    pub fn keep(&self, count: usize, terms: &Terms, slot: f64, units: f64) {
        if units == 0.0 {
            return;
        }
        self.add_kept(count, slot, units, terms.window_ms);
        self.mark_busy(count, self.used_of(count, terms) * 2.0 > terms.capacity);
    }

    /// Takes up to `units` out of what is kept in a slot.
    pub fn unkeep(&self, count: usize, slot: f64, units: f64) {
        if units > 0.0 {
            self.take_kept(count, slot, units);
        }
    }

    /// Holds `units` until a deadline.
    pub fn hold_until(&self, count: usize, terms: &Terms, until: f64, units: f64) {
        if units == 0.0 {
            return;
        }
        let extended = self.extension_to_hold(count);
        // Without room for a ring it is kept until then.
        if extended == 0 {
            return self.keep(count, terms, until - terms.window_ms, units);
        }
        self.add_at(self.shard_of_count(count), held_ring_of(extended), until, units);
        self.add_held(extended, units);
        self.mark_busy(count, self.used_of(count, terms) * 2.0 > terms.capacity);
    }

    /// Takes up to `units` out of what is held until a deadline.
    pub fn unhold(&self, count: usize, until: f64, units: f64) {
        let extended = self.extension_of(count);
        if units == 0.0 || extended == 0 {
            return;
        }
        let taken = self.take_at(held_ring_of(extended), until, units);
        self.add_held(extended, -taken);
    }

    /// Whether nothing is charged any more, nor anybody blocked.
    pub fn is_empty(&self, count: usize, now: f64) -> bool {
        if self.kept_of(count) > 0.0 && self.kept_until_of(count) > now {
            return false;
        }
        let extended = self.extension_of(count);
        if extended == 0 {
            return true;
        }
        if self.blocked_until_of(extended) > now {
            return false;
        }
        let held = self.ring_length(held_ring_of(extended));
        held == 0 || self.held_instant(extended, held - 1) <= now
    }

    /// When a count will be empty, if it may be forgotten before: not when it is blocked, leased or more than half full. Else
    /// `INFINITY`.
    pub fn spareable_until(&self, count: usize, now: f64) -> f64 {
        if self.is_busy(count) {
            return f64::INFINITY;
        }
        let extended = self.extension_of(count);
        let is_needed = extended != 0 && (self.is_leased(extended, now) || self.blocked_until_of(extended) > now);
        if is_needed { f64::INFINITY } else { self.kept_until_of(count) }
    }
}
