//! What is done to counts without a lease.

use crate::charging::Charges;
use crate::engine::{Engine, MOST_CLAIMS};
use crate::memory::Mode;
use crate::store::{Algorithm, ChargeOutcome, Claim, Direction, Fault};

impl<M: Mode> Engine<M> {
    /// Charges the claims' costs whatever is charged already, or gives them back.
    pub(crate) fn adjust_counts(
        &mut self,
        claims: &[Claim<'_>],
        direction: Direction,
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        let mut units: Charges = [0.0; MOST_CLAIMS];
        for (claim, units) in claims.iter().zip(&mut units) {
            *units = if claim.terms.algorithm == Algorithm::Concurrency { 0.0 } else { claim.cost };
        }
        self.find_counts(claims.len(), 0);
        self.look_at_all(claims);
        if direction == Direction::Refund {
            for (index, claim) in claims.iter().enumerate() {
                let count = self.counts[index];
                units[index] = if count == 0 { 0.0 } else { self.table.give_back(count, claim.terms, units[index]) };
            }
            return Ok(self.charged(claims, &units, now, states));
        }
        for (index, claim) in claims.iter().enumerate() {
            self.check_safe(self.counts[index], claim.terms, units[index], 0.0)?;
        }
        if !self.have_counts(claims, &units) {
            return Ok(self.nothing(now));
        }
        for (index, claim) in claims.iter().enumerate() {
            if units[index] > 0.0 {
                self.table.charge(self.counts[index], claim, units[index], now);
            }
        }
        Ok(self.charged(claims, &units, now, states))
    }

    /// Refuses the claims' counts for so long from now; 0 lifts a block.
    pub(crate) fn block_counts(
        &mut self,
        claims: &[Claim<'_>],
        for_ms: f64,
        now: f64,
        states: &mut [f64],
    ) -> ChargeOutcome {
        self.find_counts(claims.len(), 0);
        for &count in self.counts[..claims.len()].iter().filter(|&&count| count != 0) {
            self.table.renew_if_empty(count, now);
        }
        if !self.have_counts(claims, &[for_ms; MOST_CLAIMS]) {
            return self.nothing(now);
        }
        let counts = &self.counts[..claims.len()];
        // All or none: each has its room before the first is blocked.
        let mut have_room = true;
        for &count in counts.iter().filter(|&&count| count != 0) {
            have_room &= self.table.some_extension(count) != 0;
        }
        if !have_room {
            return self.nothing(now);
        }
        for &count in counts.iter().filter(|&&count| count != 0) {
            self.table.block_until(self.table.extension_of(count), now + for_ms);
        }
        self.charged(claims, &[0.0; MOST_CLAIMS], now, states)
    }

    /// Forgets the claims' counts.
    pub(crate) fn reset_counts(&mut self, claims: &[Claim<'_>], now: f64, states: &mut [f64]) -> ChargeOutcome {
        for index in 0..claims.len() {
            // Dropping one may have moved this one.
            self.find_counts(claims.len(), 0);
            if self.counts[index] != 0 {
                self.table.drop_count(self.counts[index]);
            }
        }
        self.find_counts(claims.len(), 0);
        self.charged(claims, &[0.0; MOST_CLAIMS], now, states)
    }

    /// Makes the counts that are missing where something is wanted; false, and nothing has changed, when there is no room for them.
    fn have_counts(&mut self, claims: &[Claim<'_>], wanted: &Charges) -> bool {
        let is_missing = (0..claims.len()).any(|index| wanted[index] > 0.0 && self.counts[index] == 0);
        !is_missing || self.make_room(claims, 0, false, |index| wanted[index] > 0.0)
    }
}
