//! The whole of a store over a table: every verb, with its locks, its time, and its faults.

use crate::entering::guarded;
use crate::hash::{Hash, Hasher, Text};
use crate::locks::ShardSet;
use crate::memory::{Memory, Mode};
use crate::room::Sweep;
use crate::store::{ChargeOutcome, Claim, Direction, Fault, LeaseRequest, Outcome, Size, Unreported};
use crate::table::{Options, SHARDS, Table, header};

/// As many claims as a call can have.
pub const MOST_CLAIMS: usize = 32;
/// As many calls as are decided on together.
pub const BATCH_SIZE: usize = 64;

/// How far ahead of the claim that is decided on rings are asked for.
const AHEAD: usize = 6;

/// What decides over a table, one call at a time. Each thread and each process has its own.
pub struct Engine<M: Mode> {
    pub(crate) table: Table<M>,
    pub(crate) hasher: Hasher,
    pub(crate) sweep: Sweep,
    /// The counts of the claims at hand; 0 where there is none.
    pub(crate) counts: [usize; MOST_CLAIMS],
    pub(crate) hashes: Vec<Hash>,
    pub(crate) id: Hash,
    pub(crate) locked: ShardSet,
    /// Of the sweep when last committed: what had expired, and where it was.
    pub(crate) committed: (u32, usize),
}

impl<M: Mode> Engine<M> {
    /// A new, empty table in bytes that are all 0.
    pub fn create(memory: Memory<M>, options: &Options) -> Self {
        Self::over(Table::create(memory, options))
    }

    /// The table that is there already.
    pub fn open(memory: Memory<M>) -> Result<Self, Fault> {
        guarded(|| Table::open(memory).map(Self::over))
    }

    fn over(table: Table<M>) -> Self {
        let memory = &table.memory;
        let hasher = Hasher::new(memory.word(header::KEY0), memory.word(header::KEY1));
        let remember_ms = memory.number(header::REMEMBER / 2);
        Self {
            sweep: Sweep { now: 0.0, remember_ms, expired: 0, shard: 0 },
            table,
            hasher,
            counts: [0; MOST_CLAIMS],
            hashes: vec![Hash::default(); MOST_CLAIMS * BATCH_SIZE],
            id: Hash::default(),
            locked: ShardSet::default(),
            committed: (0, 0),
        }
    }

    /// What texts are hashed by under the table's secret.
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// The bytes of the table, and how they are used.
    pub fn memory(&self) -> &Memory<M> {
        &self.table.memory
    }

    /// Allows every claim and charges them all, or refuses and changes nothing. `states` has four numbers for each claim then.
    #[inline]
    pub fn reserve(
        &mut self,
        claims: &[Claim<'_>],
        lease: Option<&LeaseRequest<'_>>,
        now: f64,
        states: &mut [f64],
    ) -> Result<Outcome, Fault> {
        let id = lease.map(|lease| lease.id);
        self.act(claims, id, now, states.len() / 4, |engine, now| engine.decide(claims, 0, lease, false, now, states))
    }

    /// As `reserve` without a lease for each of up to 64 calls in turn, at one instant, with all their locks at once: it decides on all
    /// or, where a shard cannot be had or a time is stale, on none. `lengths` says how many of the claims each call has.
    pub fn reserve_some(
        &mut self,
        claims: &[Claim<'_>],
        lengths: &[u32],
        now: f64,
        outcomes: &mut [Outcome],
        states: &mut [f64],
    ) -> Result<(), Fault> {
        let all: usize = lengths.iter().map(|&length| length as usize).sum();
        let is_long = lengths.len() > BATCH_SIZE || lengths.iter().any(|&length| length as usize > MOST_CLAIMS);
        if is_long || all != claims.len() || outcomes.len() < lengths.len() || states.len() < all * 4 {
            return Err(Fault::TooMany);
        }
        self.run(|engine| {
            engine.hash_claims(claims);
            let now = engine.enter(claims, false, now)?;
            // One look into memory after the other for all of them, not all for one: so they wait together.
            for &hash in &engine.hashes[..all] {
                engine.table.prefetch_directory(hash);
            }
            for &hash in &engine.hashes[..all] {
                engine.table.prefetch_count(hash);
            }
            let mut from = 0;
            for (&length, outcome) in lengths.iter().zip(outcomes) {
                let to = from + length as usize;
                for &hash in &engine.hashes[(from + AHEAD).min(all)..(to + AHEAD).min(all)] {
                    engine.table.prefetch_ring(hash);
                }
                *outcome = engine.decide(&claims[from..to], from, None, false, now, &mut states[from * 4..to * 4])?;
                engine.commit();
                from = to;
            }
            Ok(())
        })
    }

    /// What `reserve` without a lease would answer. Charges nothing.
    pub fn peek(&mut self, claims: &[Claim<'_>], now: f64, states: &mut [f64]) -> Result<Outcome, Fault> {
        self.act(claims, None, now, states.len() / 4, |engine, now| engine.decide(claims, 0, None, true, now, states))
    }

    /// Adds to what a lease has used and, while it lives, moves its deadline; an amount that is not a number reports nothing. `states`
    /// has two numbers for each claim, if it was applied.
    pub fn extend(
        &mut self,
        claims: &[Claim<'_>],
        id: Text<'_>,
        amounts: &[f64],
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        let room = amounts.len().min(states.len() / 2);
        self.act(claims, Some(id), now, room, |engine, now| engine.extend_lease(claims, amounts, now, states))
    }

    /// Ends a lease; an amount that is not a number is what `unreported` says.
    pub fn settle(
        &mut self,
        claims: &[Claim<'_>],
        id: Text<'_>,
        amounts: &[f64],
        unreported: Unreported,
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        let room = amounts.len().min(states.len() / 2);
        self.act(claims, Some(id), now, room, |engine, now| {
            engine.settle_lease(claims, amounts, unreported, now, states)
        })
    }

    /// Charges each claim's cost whatever is charged already, or gives it back.
    pub fn adjust(
        &mut self,
        claims: &[Claim<'_>],
        direction: Direction,
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        self.act(claims, None, now, states.len() / 2, |engine, now| {
            engine.adjust_counts(claims, direction, now, states)
        })
    }

    /// Refuses the claims' counts for `for_ms` from now, instead of any block there is; 0 lifts it.
    pub fn block(
        &mut self,
        claims: &[Claim<'_>],
        for_ms: f64,
        now: f64,
        states: &mut [f64],
    ) -> Result<ChargeOutcome, Fault> {
        self.act(
            claims,
            None,
            now,
            states.len() / 2,
            |engine, now| Ok(engine.block_counts(claims, for_ms, now, states)),
        )
    }

    /// Forgets all that is charged to the claims' counts, and lifts blocks.
    pub fn reset(&mut self, claims: &[Claim<'_>], now: f64, states: &mut [f64]) -> Result<ChargeOutcome, Fault> {
        self.act(claims, None, now, states.len() / 2, |engine, now| Ok(engine.reset_counts(claims, now, states)))
    }

    /// Forgets at once all that is idle.
    pub fn sweep(&mut self, now: f64) -> Result<(), Fault> {
        for shard in 0..SHARDS {
            self.run(|engine| {
                engine.locked.include(shard as u32);
                engine.enter(&[], false, now)?;
                engine.sweep.sweep_all(&engine.table, shard);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// How much is kept.
    pub fn size(&self) -> Size {
        let head = |word| self.table.head(word);
        Size {
            keys: head(header::KEYS),
            leases: head(header::LEASES),
            live: head(header::LIVE),
            bytes: f64::from(head(header::SIZE)) * 16.0,
        }
    }
}
