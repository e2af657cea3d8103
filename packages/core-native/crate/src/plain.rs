//! Decisions where each count's line says it all, in one piece: the way that most take.

use crate::count::slot_of;
use crate::engine::Engine;
use crate::extension::EXTENSION;
use crate::hash::Hash;
use crate::kept::{
    ENTRIES, FIRST_SLOT, KEPT_UNTIL, LONGEST_MS, MOST_ENTRIES, MOST_UNITS, RING_WORDS, TOTAL, slot_before,
};
use crate::marks::{BUSY_BIT, MARKS, SPILLED_BIT};
use crate::memory::Mode;
use crate::number::{low_word, smaller};
use crate::store::{Algorithm, Claim, Verdict};
use crate::table::Table;

impl<M: Mode> Engine<M> {
    /// Decides on claims that were hashed from the place `from`. `None` when a line does not say it all; nothing is charged then, and
    /// the counts have been looked up.
    #[inline]
    pub(crate) fn decide_plainly(
        &mut self,
        claims: &[Claim<'_>],
        from: usize,
        now: f64,
        states: &mut [f64],
    ) -> Option<Verdict> {
        let table = &self.table;
        let memory = &table.memory;
        let hashes = &self.hashes[from..from + claims.len()];
        let counts = &mut self.counts[..claims.len()];
        let (states, _) = states.as_chunks_mut::<4>();
        let (mut is_plain, mut is_wanted, mut fits) = (true, false, true);
        for (((claim, &hash), at), state) in claims.iter().zip(hashes).zip(counts.iter_mut()).zip(states.iter_mut()) {
            let &Claim { terms, cost, .. } = claim;
            let count = table.find_count(hash);
            *at = count;
            if count == 0 {
                // A concurrency limit holds nothing without a lease.
                is_wanted |= terms.algorithm != Algorithm::Concurrency && cost > 0.0;
                fits &= cost <= terms.capacity;
                state[0] = 0.0;
                state[2] = 0.0;
                continue;
            }
            let until = memory.number(count * 2 + KEPT_UNTIL);
            if terms.window_ms == 0.0 || memory.word(count * 4 + EXTENSION) != 0 || until <= now {
                is_plain = false;
                continue;
            }
            let mut first = table.first_in(count, until);
            if first + terms.window_ms <= now {
                table.turn_kept(count, terms.window_ms, now);
                first = table.first_in(count, until);
            }
            let used = memory.number(count * 2 + TOTAL);
            is_plain &= used != 0.0;
            fits &= cost <= terms.capacity - used;
            state[0] = used;
            state[2] = first + terms.window_ms - now;
        }
        if !is_plain || (fits && is_wanted) {
            return None;
        }
        for ((claim, &count), state) in claims.iter().zip(counts.iter()).zip(states.iter_mut()) {
            state[1] = 0.0;
            state[3] = 0.0;
            if fits {
                if count != 0 && claim.cost != 0.0 {
                    table.charge_plainly(count, claim, now, state);
                }
            } else if claim.cost > claim.terms.capacity - state[0] {
                table.refuse_plainly(count, claim, now, state);
            }
        }
        Some(if fits { Verdict::Allowed } else { Verdict::Refused })
    }
}

impl<M: Mode> Table<M> {
    /// Asks for the end of the ring of a hash's count, if it has one and stands at home, where it will be charged.
    #[inline(always)]
    pub fn prefetch_ring(&self, hash: Hash) {
        let Some(count) = self.home_line(hash) else {
            return;
        };
        let line = count * 4;
        if self.memory.word(line + MARKS) & SPILLED_BIT != 0 && self.memory.word(line) == hash.a {
            let length = self.memory.word(line + RING_WORDS + 2) as usize;
            self.memory.prefetch(self.ring_entry(line + RING_WORDS, length.wrapping_sub(1)) * 2);
            self.memory.prefetch(self.ring_entry(line + RING_WORDS, length) * 2);
        }
    }

    fn refuse_plainly(&self, count: usize, claim: &Claim<'_>, now: f64, state: &mut [f64; 4]) {
        if count == 0 {
            state[1] = f64::INFINITY;
            return;
        }
        state[1] = self.wait_ms(count, claim, now);
        // Its limit may have been lowered since it was charged.
        if state[0] * 2.0 > claim.terms.capacity {
            self.mark_busy(count, true);
        }
    }

    #[inline(always)]
    fn charge_plainly(&self, count: usize, claim: &Claim<'_>, now: f64, state: &mut [f64; 4]) {
        let memory = &self.memory;
        let &Claim { terms, cost, .. } = claim;
        let slot = slot_of(claim, now);
        let used = state[0] + cost;
        state[0] = used;
        // By terms that were others before, what was charged may leave later.
        state[2] = smaller(state[2], slot + terms.window_ms - now);
        let (word, base) = (count * 4, count * 2);
        let line = memory.word(word + MARKS);
        let is_added = if line & SPILLED_BIT != 0 {
            self.add_to_ring(count, slot, cost)
        } else {
            self.add_to_line(count, slot, cost, terms.window_ms)
        };
        if !is_added {
            return self.keep(count, terms, slot, cost);
        }
        if slot + terms.window_ms > memory.number(base + KEPT_UNTIL) {
            memory.set_number(base + KEPT_UNTIL, slot + terms.window_ms);
        }
        memory.set_number(base + TOTAL, used);
        let marks = if used * 2.0 > terms.capacity { line | BUSY_BIT } else { line & !BUSY_BIT };
        if marks != line {
            memory.set_word(word + MARKS, marks);
        }
    }

    /// The first slot of a count that keeps something.
    #[inline(always)]
    fn first_in(&self, count: usize, until: f64) -> f64 {
        if self.memory.word(count * 4 + MARKS) & SPILLED_BIT == 0 {
            slot_before(until, self.memory.word(count * 4 + ENTRIES))
        } else {
            self.memory.number(count * 2 + FIRST_SLOT)
        }
    }

    /// Adds to the last entry of a ring, or one behind it; false when it is for others to say how.
    #[inline(always)]
    fn add_to_ring(&self, count: usize, slot: f64, units: f64) -> bool {
        let memory = &self.memory;
        let ring = count * 4 + RING_WORDS;
        let length = self.ring_length(ring);
        if length == 0 {
            return false;
        }
        let last = self.ring_entry(ring, length - 1);
        let at = memory.number(last);
        if at == slot {
            memory.set_number(last + 1, memory.number(last + 1) + units);
            return true;
        }
        if slot < at || length == memory.word(ring + 3) as usize {
            return false;
        }
        let entry = self.ring_entry(ring, length);
        memory.set_number(entry, slot);
        memory.set_number(entry + 1, units);
        memory.set_word(ring + 2, length as u32 + 1);
        true
    }

    /// Adds to the last of the entries in a line, or one behind it; false when it is for others to say how.
    #[inline(always)]
    fn add_to_line(&self, count: usize, slot: f64, units: f64, window_ms: f64) -> bool {
        let memory = &self.memory;
        let at = count * 4 + ENTRIES;
        let most = at + MOST_ENTRIES * 2;
        let mut end = at + 2;
        while end < most && memory.word(end + 1) != 0 {
            end += 2;
        }
        let until = memory.number(count * 2 + KEPT_UNTIL);
        let last = slot_before(until, memory.word(end - 2));
        if slot + window_ms - slot_before(until, memory.word(at)) > LONGEST_MS {
            return false;
        }
        if last == slot {
            let sum = f64::from(memory.word(end - 1)) + units;
            if sum < MOST_UNITS {
                memory.set_word(end - 1, sum as u32);
            }
            return sum < MOST_UNITS;
        }
        if last > slot || units >= MOST_UNITS || end == most {
            return false;
        }
        memory.set_word(end, low_word(slot));
        memory.set_word(end + 1, units as u32);
        true
    }
}
