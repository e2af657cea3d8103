//! A lease: a block of three units, and five for each holding, which is what it holds of one count. Its words and numbers are named by
//! these places. See docs/layout.md.

use crate::count::slot_of;
use crate::hash::Hash;
use crate::holding::{CHARGED, HELD, KEPT, LAPSES};
use crate::memory::Mode;
use crate::store::{Claim, LeaseRequest};
use crate::table::{Table, header, shard_of};

const FLAGS: usize = 2;
const SIZE: usize = 3;
const DEADLINE: usize = 2;
const FORGET_AT: usize = 3;
const EXPIRES_AFTER: usize = 4;
const UNITS: usize = 3;
const HOLDING_UNITS: usize = 5;

const LIVE: u32 = 0;
const EXPIRED: u32 = 1;
const SETTLED: u32 = 2;
const STATE_UNIT: u32 = 64;
const REPEATABLE_BIT: u32 = 256;

/// The block of a holding.
#[inline(always)]
pub fn holding_at(lease: usize, index: usize) -> usize {
    lease + UNITS + index * HOLDING_UNITS
}

impl<M: Mode> Table<M> {
    /// A new lease on the counts of claims, or 0 when there is no room.
    pub fn create_lease(&self, hash: Hash, claims: &[Claim<'_>], request: &LeaseRequest<'_>, now: f64) -> usize {
        let memory = &self.memory;
        let shard = shard_of(hash.a);
        let units = UNITS + claims.len() * HOLDING_UNITS;
        let class = usize::BITS as usize - (units - 1).leading_zeros() as usize;
        let lease = self.allocate(shard, class);
        if lease == 0 {
            return 0;
        }
        memory.fresh_word(lease * 4, hash.a);
        memory.fresh_word(lease * 4 + 1, hash.b);
        memory.fresh_word(lease * 4 + FLAGS, claims.len() as u32 | if request.repeatable { REPEATABLE_BIT } else { 0 });
        memory.fresh_word(lease * 4 + SIZE, class as u32);
        memory.fresh_number(lease * 2 + DEADLINE, now + request.expires_after_ms);
        memory.fresh_number(lease * 2 + FORGET_AT, f64::INFINITY);
        memory.fresh_number(lease * 2 + EXPIRES_AFTER, request.expires_after_ms);
        if !self.insert_lease(lease) {
            self.free(shard, class, lease);
            return 0;
        }
        self.tally(header::LIVE, 1);
        lease
    }

    /// Forgets a lease.
    pub fn drop_lease(&self, lease: usize) {
        let shard = self.shard_of_count(lease);
        self.remove_lease(lease);
        self.free(shard, self.memory.word(lease * 4 + SIZE) as usize, lease);
    }

    fn flags(&self, lease: usize) -> u32 {
        self.memory.word(lease * 4 + FLAGS)
    }

    fn state_of(&self, lease: usize) -> u32 {
        (self.flags(lease) / STATE_UNIT) & 3
    }

    fn set_state(&self, lease: usize, state: u32, forget_at_ms: f64) {
        let before = self.state_of(lease);
        if before == LIVE {
            self.tally(header::LIVE, -1);
        }
        let flags = self.flags(lease).wrapping_add(state.wrapping_sub(before).wrapping_mul(STATE_UNIT));
        self.memory.set_word(lease * 4 + FLAGS, flags);
        self.memory.set_number(lease * 2 + FORGET_AT, forget_at_ms);
    }

    /// Lets a lease expire whose deadline has passed by `now`, to be remembered for so long; whether it did.
    pub fn age(&self, lease: usize, now: f64, remember_ms: f64) -> bool {
        let memory = &self.memory;
        let until = memory.number(lease * 2 + DEADLINE);
        if until > now || self.state_of(lease) != LIVE {
            return false;
        }
        self.set_state(lease, EXPIRED, until + remember_ms);
        for index in 0..self.holdings_of(lease) {
            let holding = holding_at(lease, index);
            if memory.word(holding * 4 + LAPSES) == 1 {
                memory.set_number(holding * 2 + CHARGED, memory.number(holding * 2 + KEPT));
            }
            memory.set_number(holding * 2 + HELD, 0.0);
        }
        true
    }

    /// Whether the lease has not expired; it has been aged.
    pub fn is_live(&self, lease: usize) -> bool {
        self.state_of(lease) == LIVE
    }

    /// Whether the lease has been settled.
    pub fn is_settled(&self, lease: usize) -> bool {
        self.state_of(lease) == SETTLED
    }

    /// Whether the outcome of the lease has been remembered for long enough.
    pub fn is_forgotten(&self, lease: usize, now: f64) -> bool {
        self.memory.number(lease * 2 + FORGET_AT) <= now
    }

    /// Moves the deadline of a live lease, or of what is remembered of an expired one.
    pub fn prolong(&self, lease: usize, now: f64, remember_ms: f64) {
        if self.is_live(lease) {
            self.memory.set_number(lease * 2 + DEADLINE, self.deadline_after(lease, now));
        } else {
            self.memory.set_number(lease * 2 + FORGET_AT, now + remember_ms);
        }
    }

    /// The deadline of a live lease that shows a sign of life now.
    pub fn deadline_after(&self, lease: usize, now: f64) -> f64 {
        now + self.memory.number(lease * 2 + EXPIRES_AFTER)
    }

    /// Ends a lease: it is remembered for so long if its id may come again, unless nothing is left of it.
    pub fn conclude(&self, lease: usize, now: f64, remember_ms: f64, is_undone: bool) {
        let is_repeatable = self.flags(lease) & REPEATABLE_BIT != 0;
        self.set_state(lease, SETTLED, now + remember_ms);
        if is_undone || !is_repeatable {
            self.drop_lease(lease);
        }
    }

    /// How many counts a lease holds something of.
    pub fn holdings_of(&self, lease: usize) -> usize {
        (self.flags(lease) % STATE_UNIT) as usize
    }

    /// Puts what has been found to fit under a new lease; false, and nothing has changed, when there is no memory for one.
    pub fn hold_all(
        &self,
        id: Hash,
        claims: &[Claim<'_>],
        hashes: &[Hash],
        counts: &[usize],
        request: &LeaseRequest<'_>,
        now: f64,
    ) -> bool {
        let forgotten = self.find_lease(id);
        if forgotten != 0 {
            self.drop_lease(forgotten);
        }
        let lease = self.create_lease(id, claims, request, now);
        if lease == 0 {
            return false;
        }
        let deadline_ms = self.deadline_after(lease, now);
        for (index, claim) in claims.iter().enumerate() {
            let slot = if claim.terms.refill > 0.0 { 0.0 } else { slot_of(claim, now) };
            self.hold(holding_at(lease, index), hashes[index], counts[index], claim, slot, now, deadline_ms);
        }
        true
    }
}
