//! Decisions on claims.

use crate::engine::Engine;
use crate::hash::Hash;
use crate::leases::holding_at;
use crate::memory::Mode;
use crate::number::larger;
use crate::store::{Algorithm, Claim, Fault, LeaseRequest, Outcome, Verdict};
use crate::table::{header, shard_of};

fn is_charged(claim: &Claim<'_>, with_lease: bool) -> bool {
    claim.cost > 0.0 && (with_lease || claim.terms.algorithm != Algorithm::Concurrency)
}

impl<M: Mode> Engine<M> {
    /// Decides on claims that were hashed from the place `from`, and charges them unless `is_peek`.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        claims: &[Claim<'_>],
        from: usize,
        request: Option<&LeaseRequest<'_>>,
        is_peek: bool,
        now: f64,
        states: &mut [f64],
    ) -> Result<Outcome, Fault> {
        if request.is_none() && !is_peek {
            if let Some(verdict) = self.decide_plainly(claims, from, now, states) {
                return Ok(self.answer(verdict, false, now));
            }
        } else {
            self.find_counts(claims.len(), from);
        }
        self.decide_fully(claims, from, request, is_peek, now, states)
    }

    #[inline(never)]
    fn decide_fully(
        &mut self,
        claims: &[Claim<'_>],
        from: usize,
        request: Option<&LeaseRequest<'_>>,
        is_peek: bool,
        now: f64,
        states: &mut [f64],
    ) -> Result<Outcome, Fault> {
        if request.is_some() && self.is_known(claims, now)? {
            return Ok(self.outcome(claims, Verdict::Allowed, true, now, states));
        }
        let with_lease = request.is_some();
        let mut verdict = Verdict::Allowed;
        let mut fresh = 0;
        for (claim, &count) in claims.iter().zip(&self.counts) {
            let &Claim { terms, cost, .. } = claim;
            if count == 0 {
                if cost > terms.capacity {
                    verdict = if verdict == Verdict::Blocked { verdict } else { Verdict::Refused };
                } else if is_charged(claim, with_lease) {
                    fresh += 1;
                }
                continue;
            }
            self.table.look(count, terms, now);
            let used = self.table.used_of(count, terms);
            if self.table.blocked_for_ms(count, now) > 0.0 {
                verdict = Verdict::Blocked;
            }
            if cost <= terms.capacity - used {
                continue;
            }
            if verdict == Verdict::Allowed {
                verdict = Verdict::Refused;
            }
            // Its limit may have been lowered since it was charged.
            if used * 2.0 > terms.capacity {
                self.table.mark_busy(count, true);
            }
        }
        if verdict != Verdict::Allowed || is_peek {
            return Ok(self.outcome(claims, verdict, false, now, states));
        }
        let needs_room = fresh > 0 || with_lease;
        if needs_room && !self.make_room(claims, from, with_lease, |index| is_charged(&claims[index], with_lease)) {
            return Ok(self.outcome(claims, Verdict::Full, false, now, states));
        }
        let (table, counts) = (&self.table, &self.counts);
        match request {
            None => {
                for (claim, &count) in claims.iter().zip(counts) {
                    if count != 0 && claim.cost > 0.0 {
                        table.charge(count, claim, claim.cost, now);
                    }
                }
            }
            Some(request) => {
                if !table.hold_all(self.id, claims, &self.hashes, counts, request, now) {
                    return Ok(self.outcome(claims, Verdict::Full, false, now, states));
                }
            }
        }
        Ok(self.outcome(claims, Verdict::Allowed, false, now, states))
    }

    /// Whether the id at hand was allowed before and is remembered.
    fn is_known(&mut self, claims: &[Claim<'_>], now: f64) -> Result<bool, Fault> {
        let table = &self.table;
        let lease = table.find_lease(self.id);
        if lease == 0 {
            return Ok(false);
        }
        if table.age(lease, now, self.sweep.remember_ms) {
            self.sweep.expired += 1;
        }
        if table.is_forgotten(lease, now) {
            return Ok(false);
        }
        let same = table.holdings_of(lease) == claims.len()
            && claims
                .iter()
                .zip(&self.hashes)
                .enumerate()
                .all(|(index, (claim, &hash))| table.is_same(holding_at(lease, index), hash, claim.cost));
        if same { Ok(true) } else { Err(Fault::IdConflict) }
    }

    /// Makes the counts that are missing and `is_wanted`, and room for a lease; false, and nothing has changed, when there is none.
    pub(crate) fn make_room(
        &mut self,
        claims: &[Claim<'_>],
        from: usize,
        with_lease: bool,
        is_wanted: impl Fn(usize) -> bool,
    ) -> bool {
        let length = claims.len();
        // A full table is looked at below anyway.
        let is_full = self.table.head(header::KEYS) >= self.table.head(header::MAX_KEYS);
        for index in 0..length {
            if self.counts[index] != 0 {
                continue;
            }
            let hash = self.hashes[from + index];
            if is_full {
                self.sweep.aim_at(&self.table, hash);
            } else {
                self.sweep.sweep_counts(&self.table, shard_of(hash.a));
            }
        }
        if with_lease {
            self.sweep.sweep_leases(&self.table, shard_of(self.id.a));
        }
        // What was swept may have been empty counts of these very claims.
        self.find_counts(length, from);
        let fresh = (0..length).filter(|&index| self.counts[index] == 0 && is_wanted(index)).count();
        let Self { table, sweep, locked, hashes, .. } = self;
        let kept = &hashes[from..from + length];
        let spared = sweep.spare_counts(table, fresh, locked, kept);
        let spared_leases = if with_lease { sweep.spare_leases(table, locked) } else { Some(Vec::new()) };
        let (Some(spared), Some(spared_leases)) = (spared, spared_leases) else {
            // What was forgotten meanwhile may have moved others.
            self.find_counts(length, from);
            return false;
        };
        for spare in spared {
            table.drop_count(table.find_count(spare.hash));
        }
        for spare in spared_leases {
            table.drop_lease(table.find_lease(spare.hash));
        }
        // Fails only where all of the table's memory is used.
        let is_made = (0..length)
            .filter(|&index| self.counts[index] == 0 && is_wanted(index))
            .all(|index| self.table.create_count(self.hashes[from + index]) != 0);
        // Dropping or making one may have moved others.
        self.find_counts(length, from);
        is_made
    }

    fn outcome(
        &mut self,
        claims: &[Claim<'_>],
        verdict: Verdict,
        replayed: bool,
        now: f64,
        states: &mut [f64],
    ) -> Outcome {
        let table = &self.table;
        let is_refused = matches!(verdict, Verdict::Refused | Verdict::Blocked);
        for ((claim, &count), state) in claims.iter().zip(&self.counts).zip(states.as_chunks_mut::<4>().0) {
            let terms = claim.terms;
            if count == 0 {
                let never = is_refused && claim.cost > terms.capacity;
                *state = [0.0, if never { f64::INFINITY } else { 0.0 }, 0.0, 0.0];
                continue;
            }
            if replayed {
                table.look(count, terms, now);
            }
            let blocked_ms = table.blocked_for_ms(count, now);
            state[0] = table.used_of(count, terms);
            state[1] = if is_refused { larger(blocked_ms, table.wait_ms(count, claim, now)) } else { 0.0 };
            state[2] = table.frees_after_ms(count, terms, now);
            state[3] = blocked_ms;
        }
        self.answer(verdict, replayed, now)
    }

    #[inline(always)]
    fn answer(&mut self, verdict: Verdict, replayed: bool, now: f64) -> Outcome {
        Outcome { verdict, at_ms: now, replayed, expired: self.sweep.take_expired() }
    }

    /// Looks up the counts of claims that were hashed from the place `from`.
    pub(crate) fn find_counts(&mut self, claims: usize, from: usize) {
        for index in 0..claims {
            let hash: Hash = self.hashes[from + index];
            self.counts[index] = self.table.find_count(hash);
        }
    }
}
