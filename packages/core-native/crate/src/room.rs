//! Room for counts and leases: what is idle is forgotten as others come, and in a full table that which would be idle soonest.

use std::cmp::Ordering;

use crate::hash::Hash;
use crate::locks::ShardSet;
use crate::memory::Mode;
use crate::segments::LINES;
use crate::table::{COUNT_CURSOR_WORD, LEASE_CURSOR_WORD, MASK_WORD, SHARDS, Table, header, shard_of, word_of};

/// For each count and each lease that a call may add it looks at two, so that the idle go as fast as others come.
const LOOKED_AT_PER_ENTRY: usize = 2;
/// How many are looked at in one shard when there is no room, and in all at most for each that is wanted.
const SAMPLED: usize = 4;
const SAMPLED_AT_MOST: usize = 64;

/// How counts and leases are looked at.
pub struct Sweep {
    pub now: f64,
    pub remember_ms: f64,
    /// Leases found to have expired, and not yet told of.
    pub expired: u32,
    /// Where a table whose shards are all at hand is looked at next.
    pub shard: usize,
}

/// A block that may be forgotten for others, by its hash, since blocks move, and when it would be idle anyway.
#[derive(Clone, Copy)]
pub struct Spare {
    pub hash: Hash,
    until: f64,
}

/// What is looked at.
#[derive(Clone, Copy)]
enum Kind {
    Counts,
    Leases,
}

/// A look at everything is done in pieces, each of which stands by itself: together they might be more than can be undone.
fn commit_piece<M: Mode>(table: &Table<M>, most: usize) {
    if M::TRACKED && most == usize::MAX {
        table.commit();
    }
}

impl Sweep {
    /// How many leases were found to have expired, to be told of now.
    pub fn take_expired(&mut self) -> u32 {
        std::mem::take(&mut self.expired)
    }

    /// Looks at a few counts of a shard, and forgets those that are empty. Others may move.
    pub fn sweep_counts<M: Mode>(&mut self, table: &Table<M>, shard: usize) {
        self.look_at_counts(table, shard, LOOKED_AT_PER_ENTRY, &[], &mut |_| {});
    }

    /// Looks at a few leases of a shard, and forgets those that need not be remembered.
    pub fn sweep_leases<M: Mode>(&mut self, table: &Table<M>, shard: usize) {
        self.look_at_leases(table, shard, LOOKED_AT_PER_ENTRY, &mut |_| {});
    }

    /// Looks at everything in a shard, and forgets what is idle.
    pub fn sweep_all<M: Mode>(&mut self, table: &Table<M>, shard: usize) {
        self.look_at_counts(table, shard, usize::MAX, &[], &mut |_| {});
        self.look_at_leases(table, shard, usize::MAX, &mut |_| {});
    }

    /// Has the next look begin where the count of a hash will stand: its page is then at hand anyway.
    pub fn aim_at<M: Mode>(&mut self, table: &Table<M>, hash: Hash) {
        self.shard = shard_of(hash.a);
        table.aim_cursor(hash);
    }

    /// The counts that must be forgotten so that there is room for `wanted` more: of the few that it looks at, those that would be
    /// empty first, but none of `kept`. `None` when there is no room. `at_hand` are the shards that are locked.
    pub fn spare_counts<M: Mode>(
        &mut self,
        table: &Table<M>,
        wanted: usize,
        at_hand: &mut ShardSet,
        kept: &[Hash],
    ) -> Option<Vec<Spare>> {
        self.choose(table, Kind::Counts, wanted, at_hand, kept)
    }

    /// Alike for one more lease: the outcome of one that has settled may be forgotten early.
    pub fn spare_leases<M: Mode>(&mut self, table: &Table<M>, at_hand: &mut ShardSet) -> Option<Vec<Spare>> {
        self.choose(table, Kind::Leases, 1, at_hand, &[])
    }

    fn choose<M: Mode>(
        &mut self,
        table: &Table<M>,
        kind: Kind,
        wanted: usize,
        at_hand: &mut ShardSet,
        kept: &[Hash],
    ) -> Option<Vec<Spare>> {
        let (counter, cap) = match kind {
            Kind::Counts => (header::KEYS, header::MAX_KEYS),
            Kind::Leases => (header::LEASES, header::MAX_LEASES),
        };
        let missing = || (table.head(counter) as usize + wanted).saturating_sub(table.head(cap) as usize);
        let mut spares: Vec<Spare> = Vec::new();
        if missing() == 0 {
            return Some(spares);
        }
        let now = self.now;
        let mut consider = |block: usize| {
            let until = match kind {
                Kind::Counts => table.spareable_until(block, now),
                Kind::Leases if table.is_settled(block) => 0.0,
                Kind::Leases => f64::INFINITY,
            };
            let hash = table.hash_of(block);
            // What moved up may be looked at twice.
            let is_known = spares.iter().any(|spare| spare.hash == hash);
            if until < f64::INFINITY && !is_known && !kept.contains(&hash) {
                spares.push(Spare { hash, until });
            }
            spares.len()
        };
        let own = at_hand.length();
        let visits = if M::SHARED { own } else { SHARDS };
        let there = table.head(counter) as usize;
        // All of a few, however they are spread.
        let most = if there <= SAMPLED_AT_MOST { there } else { SAMPLED * wanted };
        let (mut looked, mut found) = (0, 0);
        for visit in 0..visits {
            if looked >= SAMPLED_AT_MOST * wanted {
                break;
            }
            let shard = if M::SHARED { at_hand.at(visit) } else { self.shard };
            self.shard = (self.shard + 1) % SHARDS;
            looked += self.look(kind, table, shard, most, kept, &mut |block| found = consider(block));
            if found >= missing() && looked >= SAMPLED * wanted {
                break;
            }
        }
        // Of shards that are not at hand only what is idle can go.
        let others = if M::SHARED { SHARDS } else { 0 };
        for _ in 0..others {
            if missing() <= found {
                break;
            }
            self.shard = (self.shard + 1) % SHARDS;
            let shard = self.shard;
            if !table.try_lock_also(at_hand, shard) {
                continue;
            }
            self.look(kind, table, shard, SAMPLED * wanted, kept, &mut |_| {});
            // What may be undone is not for others to see.
            if !M::TRACKED {
                table.unlock_behind(at_hand, own);
            }
        }
        let excess = missing();
        if spares.len() < excess {
            return None;
        }
        spares.sort_by(|one, other| one.until.partial_cmp(&other.until).unwrap_or(Ordering::Equal));
        spares.truncate(excess);
        Some(spares)
    }

    /// Looks at some blocks of a shard, going round; forgets what is idle and not `kept`, shows the others to `consider`, and says how
    /// many it saw.
    #[allow(clippy::too_many_arguments)]
    fn look<M: Mode>(
        &mut self,
        kind: Kind,
        table: &Table<M>,
        shard: usize,
        most: usize,
        kept: &[Hash],
        consider: &mut dyn FnMut(usize),
    ) -> usize {
        match kind {
            Kind::Counts => self.look_at_counts(table, shard, most, kept, consider),
            Kind::Leases => self.look_at_leases(table, shard, most, consider),
        }
    }

    fn look_at_counts<M: Mode>(
        &mut self,
        table: &Table<M>,
        shard: usize,
        most: usize,
        kept: &[Hash],
        consider: &mut dyn FnMut(usize),
    ) -> usize {
        let memory = &table.memory;
        let cursor_at = word_of(shard, COUNT_CURSOR_WORD);
        let cursor = memory.word(cursor_at) as usize;
        let (mut place, mut line) = (cursor / 64, (cursor % 64).max(1));
        let mut at = table.page_at(shard, place);
        let (first_page, first_line) = (at.map(|at| at.page), line);
        let mut seen = 0;
        // No more empty lines than there may be beside those that are looked for.
        let mut left = most.saturating_add(2 * LINES);
        while let Some(here) = at
            && left > 0
            && seen < most
        {
            left -= 1;
            let count = table.count_in(here.page, line);
            if count != 0 {
                seen += 1;
                // The counts of the call at hand are charged next, though nothing may be charged to them yet.
                if table.is_empty(count, self.now) && !kept.contains(&table.hash_of(count)) {
                    table.drop_count(count);
                    commit_piece(table, most);
                    // What moves up into its line is looked at next.
                    continue;
                }
                consider(count);
            }
            line += 1;
            if line > LINES {
                line = 1;
                place = here.next;
                at = table.page_at(shard, place);
            }
            // Once round.
            if at.map(|at| at.page) == first_page && line == first_line {
                break;
            }
        }
        let cursor = (place * 64 + line) as u32;
        if cursor != memory.word(cursor_at) {
            memory.set_word(cursor_at, cursor);
        }
        seen
    }

    fn look_at_leases<M: Mode>(
        &mut self,
        table: &Table<M>,
        shard: usize,
        most: usize,
        consider: &mut dyn FnMut(usize),
    ) -> usize {
        let memory = &table.memory;
        let cursor_at = word_of(shard, LEASE_CURSOR_WORD);
        let mut left = (table.shard_word(shard, MASK_WORD) as usize + 1).min(most.saturating_mul(8));
        let mut seen = 0;
        while left > 0 && seen < most {
            let Some(lease) = table.lease_at(shard, memory.word(cursor_at)) else {
                break;
            };
            if lease != 0 {
                seen += 1;
                if table.age(lease, self.now, self.remember_ms) {
                    self.expired += 1;
                }
                if table.is_forgotten(lease, self.now) {
                    table.drop_lease(lease);
                    commit_piece(table, most);
                    // What moves up into its place is looked at next.
                    continue;
                }
                consider(lease);
            }
            memory.set_word(cursor_at, memory.word(cursor_at).wrapping_add(1));
            left -= 1;
        }
        seen
    }
}
