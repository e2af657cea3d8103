//! How a call begins and ends: its hashes, its locks, its time, and its faults.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::{Engine, MOST_CLAIMS};
use crate::hash::{State, Text};
use crate::memory::{Corrupt, Locked, LogFull, Mode};
use crate::store::{Claim, Fault, id_hash};

impl<M: Mode> Engine<M> {
    /// Does a call on claims, with their locks; `room` is for how many of them there is room in what was given.
    #[inline(always)]
    pub(crate) fn act<T>(
        &mut self,
        claims: &[Claim<'_>],
        id: Option<Text<'_>>,
        now: f64,
        room: usize,
        work: impl FnOnce(&mut Self, f64) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if claims.len() > MOST_CLAIMS || claims.len() > room {
            return Err(Fault::TooMany);
        }
        self.run(|engine| {
            engine.hash_claims(claims);
            if let Some(id) = id {
                engine.id = id_hash(&engine.hasher, id);
            }
            let now = engine.enter(claims, id.is_some(), now)?;
            for &hash in &engine.hashes[..claims.len()] {
                engine.table.prefetch_count(hash);
            }
            work(engine, now)
        })
    }

    /// Does some work, and sees to it that no lock is held after it, however it ends.
    #[inline(always)]
    pub(crate) fn run<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.table.memory.begin();
        let done = catch_unwind(AssertUnwindSafe(|| {
            let result = work(self);
            self.commit();
            result
        }));
        let result = done.unwrap_or_else(|payload| Err(self.abandon(payload)));
        if M::SHARED {
            self.table.unlock_all(&mut self.locked);
        }
        self.locked.clear();
        result
    }

    #[inline(always)]
    pub(crate) fn commit(&mut self) {
        self.table.commit();
        if M::TRACKED {
            self.committed = (self.sweep.expired, self.sweep.shard);
        }
    }

    #[cold]
    fn abandon(&mut self, payload: Box<dyn Any + Send>) -> Fault {
        if M::TRACKED {
            (self.sweep.expired, self.sweep.shard) = self.committed;
        }
        let undone = guarded(|| {
            self.table.roll_back();
            Ok(())
        });
        match undone {
            Ok(()) => fault_of(payload),
            Err(_) => Fault::Corrupt,
        }
    }

    /// Takes the locks of the shards that a call needs, and reads the time, once.
    #[inline(always)]
    pub(crate) fn enter(&mut self, claims: &[Claim<'_>], with_id: bool, now: f64) -> Result<f64, Fault> {
        let mut now = now;
        if M::SHARED {
            for hash in &self.hashes[..claims.len()] {
                self.locked.include(hash.a);
            }
            if with_id {
                self.locked.include(self.id.a);
            }
            now = self.table.lock_all(&mut self.locked, now).ok_or(Fault::StoreLocked)?;
            self.table.note_time(&self.locked, now);
        }
        self.sweep.now = now;
        if claims.iter().any(|claim| claim.is_stale(now)) {
            return Err(Fault::Stale(now));
        }
        Ok(now)
    }

    /// Hashes claims, from the first place.
    #[inline(always)]
    pub(crate) fn hash_claims(&mut self, claims: &[Claim<'_>]) {
        let mut taken: Option<(Text<'_>, State)> = None;
        for (claim, hash) in claims.iter().zip(&mut self.hashes) {
            // Several limits on the same dimensions have the same subject.
            let state = match taken {
                Some((subject, state)) if subject.is(&claim.subject) => state,
                _ => self.hasher.absorb(claim.subject),
            };
            taken = Some((claim.subject, state));
            let scope = claim.terms.scope;
            *hash = state.finish(scope.a, scope.b);
        }
    }
}

/// Does some work, and answers with the fault that it ended with if it did so by unwinding.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(fault_of(payload)))
}

#[cold]
fn fault_of(payload: Box<dyn Any + Send>) -> Fault {
    if payload.is::<LogFull>() {
        Fault::LogFull
    } else if payload.is::<Locked>() {
        Fault::StoreLocked
    } else if payload.is::<Corrupt>() {
        Fault::Corrupt
    } else {
        Fault::Failed
    }
}
