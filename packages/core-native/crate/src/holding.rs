//! What a lease holds of one count: the second half of `leases.ts`.

use crate::hash::Hash;
use crate::memory::Mode;
use crate::number::{or_nothing, smaller};
use crate::store::{Algorithm, Claim, OnExpiry, Terms, Unreported};
use crate::table::Table;

const BIRTH: usize = 2;
/// Whether its charge becomes what is kept when the lease expires: its slot has not left by then.
pub const LAPSES: usize = 3;
const COST: usize = 2;
/// Reported by `extend`; not a number before the first time.
const USED: usize = 3;
/// When what it charges began to leave; of a token bucket all that had been charged then; `NEG_INFINITY` once it has left.
const SLOT: usize = 4;
pub const CHARGED: usize = 5;
/// The part that outlives the lease, until the slot leaves.
pub const KEPT: usize = 6;
/// The part that would go back if the lease expired, and when.
pub const HELD: usize = 7;
const HELD_UNTIL: usize = 8;

impl<M: Mode> Table<M> {
    /// Whether a holding is of the count of a hash, and was reserved at a cost.
    pub fn is_same(&self, holding: usize, hash: Hash, asked: f64) -> bool {
        self.hash_of(holding) == hash && self.memory.number(holding * 2 + COST) == asked
    }

    /// Reserves the cost of a claim, of a count which is 0 only where that is 0, in a new holding.
    #[allow(clippy::too_many_arguments)]
    pub fn hold(
        &self,
        holding: usize,
        hash: Hash,
        count: usize,
        claim: &Claim<'_>,
        slot: f64,
        now: f64,
        deadline_ms: f64,
    ) {
        let memory = &self.memory;
        memory.fresh_word(holding * 4, hash.a);
        memory.fresh_word(holding * 4 + 1, hash.b);
        memory.fresh_word(holding * 4 + BIRTH, self.birth_of(count));
        memory.fresh_word(holding * 4 + LAPSES, 0);
        let base = holding * 2;
        memory.fresh_number(base + COST, claim.cost);
        memory.fresh_number(base + USED, f64::NAN);
        memory.fresh_number(base + SLOT, slot);
        for number in CHARGED..=HELD_UNTIL {
            memory.fresh_number(base + number, 0.0);
        }
        if count != 0 {
            self.add_lease(count, deadline_ms);
        }
        self.recharge(holding, count, claim, claim.cost, now, deadline_ms);
        if claim.terms.refill > 0.0 {
            memory.fresh_number(base + SLOT, if count == 0 { 0.0 } else { self.gross_of(count) });
        }
    }

    /// Charges a live holding `all` in all, no less than before, with a new deadline.
    pub fn recharge(&self, holding: usize, count: usize, claim: &Claim<'_>, all: f64, now: f64, deadline_ms: f64) {
        let memory = &self.memory;
        let terms = claim.terms;
        let base = holding * 2;
        let is_gone = self.has_left(holding, count, terms, now);
        if count != 0 {
            self.prolong_lease(count, deadline_ms);
        }
        if is_gone || terms.refill > 0.0 {
            let more = all - memory.number(base + CHARGED);
            memory.set_number(base + CHARGED, all);
            if more > 0.0 {
                self.charge(count, claim, more, now);
            }
            return;
        }
        let at = memory.number(base + SLOT);
        let before = memory.number(base + KEPT);
        let leaves_at = at + terms.window_ms;
        memory.set_number(base + CHARGED, all);
        let stays = self.charge_on_expiry(holding, terms);
        let until = smaller(deadline_ms, leaves_at);
        self.unhold(count, memory.number(base + HELD_UNTIL), memory.number(base + HELD));
        memory.set_number(base + KEPT, stays);
        memory.set_number(base + HELD, all - stays);
        memory.set_number(base + HELD_UNTIL, until);
        memory.set_word(holding * 4 + LAPSES, u32::from(leaves_at > deadline_ms));
        if stays > before {
            self.keep(count, terms, at, stays - before);
        } else {
            self.unkeep(count, at, before - stays);
        }
        self.hold_until(count, terms, until, all - stays);
    }

    /// What a holding is charged now.
    pub fn charged_of(&self, holding: usize) -> f64 {
        self.memory.number(holding * 2 + CHARGED)
    }

    /// What a holding is reported to have used, or not a number.
    pub fn reported_of(&self, holding: usize) -> f64 {
        self.memory.number(holding * 2 + USED)
    }

    /// Adds to what a holding is reported to have used, unless `amount` is not a number.
    pub fn report(&self, holding: usize, amount: f64) {
        if !amount.is_nan() {
            self.memory.set_number(holding * 2 + USED, or_nothing(self.reported_of(holding)) + amount);
        }
    }

    /// What a holding is charged when its lease is settled so.
    pub fn charge_at_end(&self, holding: usize, terms: &Terms, amount: f64, unreported: Unreported) -> f64 {
        if terms.algorithm == Algorithm::Concurrency {
            return 0.0;
        }
        if unreported == Unreported::Expiry {
            return self.charge_on_expiry(holding, terms);
        }
        if !amount.is_nan() {
            return amount;
        }
        let reported = self.reported_of(holding);
        if !reported.is_nan() {
            return reported;
        }
        if unreported == Unreported::Estimate { self.memory.number(holding * 2 + COST) } else { 0.0 }
    }

    /// Charges a holding that has ended, or expired, `all` in all: 0 for concurrency.
    pub fn close(&self, holding: usize, count: usize, claim: &Claim<'_>, all: f64, now: f64) {
        let memory = &self.memory;
        let terms = claim.terms;
        let base = holding * 2;
        let before = memory.number(base + CHARGED);
        let is_gone = self.has_left(holding, count, terms, now);
        if terms.refill > 0.0 && !is_gone && all < before && count != 0 {
            let since = self.gross_of(count) - memory.number(base + SLOT);
            if since >= 0.0 {
                self.give_back_level(count, terms, before - all, since);
            }
        }
        memory.set_number(base + CHARGED, all);
        if terms.refill > 0.0 || is_gone {
            if all > before {
                self.charge(count, claim, all - before, now);
            }
            return;
        }
        let stays = memory.number(base + KEPT);
        self.unhold(count, memory.number(base + HELD_UNTIL), memory.number(base + HELD));
        memory.set_number(base + HELD, 0.0);
        memory.set_number(base + KEPT, all);
        let slot = memory.number(base + SLOT);
        if all > stays {
            self.keep(count, terms, slot, all - stays);
        } else {
            self.unkeep(count, slot, stays - all);
        }
    }

    /// Whether what a holding charges has left its count, with its slot or with the count itself: then it stays so.
    fn has_left(&self, holding: usize, count: usize, terms: &Terms, now: f64) -> bool {
        let memory = &self.memory;
        let born = self.birth_of(count);
        let is_bucket = terms.refill > 0.0;
        if memory.word(holding * 4 + BIRTH) != born {
            if self.charged_of(holding) > 0.0 {
                self.set_left(holding);
            } else if is_bucket {
                // All that a new bucket was ever charged came after the reservation.
                memory.set_number(holding * 2 + SLOT, 0.0);
            }
            memory.set_word(holding * 4 + BIRTH, born);
            if count != 0 {
                self.add_lease(count, now);
            }
        }
        if !is_bucket && memory.number(holding * 2 + SLOT) + terms.window_ms <= now {
            self.set_left(holding);
        }
        memory.number(holding * 2 + SLOT) == f64::NEG_INFINITY
    }

    fn set_left(&self, holding: usize) {
        self.memory.set_number(holding * 2 + SLOT, f64::NEG_INFINITY);
        self.memory.set_word(holding * 4 + LAPSES, 0);
    }

    /// What is charged when the lease expires.
    fn charge_on_expiry(&self, holding: usize, terms: &Terms) -> f64 {
        match terms.on_expiry {
            OnExpiry::ChargeEstimate => self.charged_of(holding),
            OnExpiry::Refund => 0.0,
            OnExpiry::ChargeUsed => or_nothing(self.reported_of(holding)),
        }
    }
}
