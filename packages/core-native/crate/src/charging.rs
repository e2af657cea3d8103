//! What is done to a lease.

use crate::engine::{Engine, MOST_CLAIMS};
use crate::leases::holding_at;
use crate::memory::Mode;
use crate::number::{MAX_SAFE_INTEGER, larger, or_nothing};
use crate::store::{Algorithm, ChargeOutcome, Claim, Fault, Terms, Unreported};

/// What each of a call's claims is charged.
pub(crate) type Charges = [f64; MOST_CLAIMS];

impl<M: Mode> Engine<M> {
    /// What a call does that changes nothing.
    pub(crate) fn nothing(&mut self, now: f64) -> ChargeOutcome {
        ChargeOutcome { applied: false, at_ms: now, expired: self.sweep.take_expired() }
    }

    /// Adds to what the lease at hand has used; an amount that is not a number reports nothing.
    pub(crate) fn extend_lease(
        &mut self,
        claims: &[Claim<'_>],
        amounts: &[f64],
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        let lease = self.recall(claims, now);
        if lease == 0 {
            return Ok(self.nothing(now));
        }
        let is_live = self.table.is_live(lease);
        let mut charges: Charges = [0.0; MOST_CLAIMS];
        for (index, claim) in claims.iter().enumerate() {
            // What has expired is no longer in flight.
            if claim.terms.algorithm == Algorithm::Concurrency && !is_live {
                continue;
            }
            let holding = holding_at(lease, index);
            let used = or_nothing(self.table.reported_of(holding)) + or_nothing(amounts[index]);
            charges[index] = larger(self.table.charged_of(holding), used);
        }
        if !self.prepare(claims, lease, &charges)? {
            return Ok(self.nothing(now));
        }
        let table = &self.table;
        let deadline_ms = table.deadline_after(lease, now);
        for (index, claim) in claims.iter().enumerate() {
            let holding = holding_at(lease, index);
            let count = self.counts[index];
            table.report(holding, amounts[index]);
            if is_live {
                table.recharge(holding, count, claim, charges[index], now, deadline_ms);
            } else {
                table.close(holding, count, claim, charges[index], now);
            }
        }
        table.prolong(lease, now, self.sweep.remember_ms);
        Ok(self.charged(claims, &charges, now, states))
    }

    /// Ends the lease at hand.
    pub(crate) fn settle_lease(
        &mut self,
        claims: &[Claim<'_>],
        amounts: &[f64],
        unreported: Unreported,
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        let lease = self.recall(claims, now);
        if lease == 0 {
            return Ok(self.nothing(now));
        }
        let mut charges: Charges = [0.0; MOST_CLAIMS];
        for (index, claim) in claims.iter().enumerate() {
            let holding = holding_at(lease, index);
            charges[index] = self.table.charge_at_end(holding, claim.terms, amounts[index], unreported);
        }
        if !self.prepare(claims, lease, &charges)? {
            return Ok(self.nothing(now));
        }
        let table = &self.table;
        for (index, claim) in claims.iter().enumerate() {
            let count = self.counts[index];
            table.close(holding_at(lease, index), count, claim, charges[index], now);
            if count != 0 {
                table.remove_lease_of(table.extension_of(count));
            }
        }
        // What was given back whole was never done: the same id is then a new request.
        let is_undone =
            unreported == Unreported::Nothing && charges[..claims.len()].iter().all(|&charge| charge == 0.0);
        table.conclude(lease, now, self.sweep.remember_ms, is_undone);
        Ok(self.charged(claims, &charges, now, states))
    }

    /// The lease at hand, unless it has been settled or forgotten.
    fn recall(&mut self, claims: &[Claim<'_>], now: f64) -> usize {
        let table = &self.table;
        let lease = table.find_lease(self.id);
        if lease == 0 {
            return 0;
        }
        if table.age(lease, now, self.sweep.remember_ms) {
            self.sweep.expired += 1;
        }
        let is_over = table.is_forgotten(lease, now) || table.is_settled(lease);
        if is_over || table.holdings_of(lease) != claims.len() { 0 } else { lease }
    }

    /// Finds the counts of claims, and makes those that will be charged; false when they cannot be made. Fails before a count would be
    /// unsafe.
    fn prepare(&mut self, claims: &[Claim<'_>], lease: usize, charges: &Charges) -> Result<bool, Fault> {
        self.find_counts(claims.len(), 0);
        self.look_at_all(claims);
        for (index, claim) in claims.iter().enumerate() {
            let more = charges[index] - self.table.charged_of(holding_at(lease, index));
            self.check_safe(self.counts[index], claim.terms, more, charges[index])?;
        }
        let mut is_moved = false;
        for (index, &charge) in charges[..claims.len()].iter().enumerate() {
            let before = self.table.charged_of(holding_at(lease, index));
            if self.counts[index] != 0 || charge <= before {
                continue;
            }
            is_moved = true;
            if self.table.create_count(self.hashes[index]) == 0 {
                return Ok(false);
            }
        }
        // Making one may have moved others.
        if is_moved {
            self.find_counts(claims.len(), 0);
        }
        Ok(true)
    }

    /// Brings the counts at hand to now, all of them before any is judged.
    pub(crate) fn look_at_all(&mut self, claims: &[Claim<'_>]) {
        for (claim, &count) in claims.iter().zip(&self.counts) {
            if count != 0 {
                self.table.look(count, claim.terms, self.sweep.now);
            }
        }
    }

    /// Fails when a count could no longer count by ones.
    pub(crate) fn check_safe(&self, count: usize, terms: &Terms, more: f64, charge: f64) -> Result<(), Fault> {
        let before = if count == 0 { 0.0 } else { self.table.finely_used(count, terms) };
        let parts = if terms.every_ms == 0.0 { 1.0 } else { terms.every_ms };
        if larger(charge, before + more * parts) <= MAX_SAFE_INTEGER { Ok(()) } else { Err(Fault::InvalidCost) }
    }

    /// That `charges` stand, and by how much the counts at hand are above their capacities.
    pub(crate) fn charged(
        &mut self,
        claims: &[Claim<'_>],
        charges: &Charges,
        now: f64,
        states: &mut [f64],
    ) -> ChargeOutcome {
        for (index, (claim, state)) in claims.iter().zip(states.as_chunks_mut::<2>().0).enumerate() {
            let count = self.counts[index];
            let used = if count == 0 { 0.0 } else { self.table.used_of(count, claim.terms) };
            *state = [charges[index], larger(0.0, used - claim.terms.capacity)];
        }
        ChargeOutcome { applied: true, at_ms: now, expired: self.sweep.take_expired() }
    }
}
