//! What a store is asked and what it answers, as plain numbers: `store.ts` of core.

use crate::hash::{Hash, Hasher, Text};

/// How a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    SlidingWindow,
    TokenBucket,
    FixedWindow,
    Concurrency,
}

/// What a lease that expires unsettled is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExpiry {
    ChargeUsed,
    ChargeEstimate,
    Refund,
}

/// A limit's numbers as they apply to a subject. A field that the algorithm has no use for is 0.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub algorithm: Algorithm,
    pub on_expiry: OnExpiry,
    pub capacity: f64,
    pub window_ms: f64,
    pub precision_ms: f64,
    pub refill: f64,
    pub every_ms: f64,
    /// The hash of the limit's name among all that a store counts: `scope_hash`.
    pub scope: Hash,
}

/// What the subjects' hashes under a limit are tweaked by.
pub fn scope_hash(hasher: &Hasher, scope: Text<'_>) -> Hash {
    hasher.absorb(scope).finish(SCOPE_MARK, 0)
}

/// The hash of the id of a lease.
pub fn id_hash(hasher: &Hasher, id: Text<'_>) -> Hash {
    hasher.absorb(id).finish(ID_MARK, 0)
}

// What is hashed for different ends is told apart by the words that follow it.
const SCOPE_MARK: u32 = 1;
const ID_MARK: u32 = 2;

/// One limit resolved for one subject, with what the request spends of it.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    pub terms: &'a Terms,
    pub subject: Text<'a>,
    pub cost: f64,
    /// Of a fixed window: the end of the period that the time given lies in, and the end of the next; else whatever.
    pub period_ends: [f64; 2],
}

impl Claim<'_> {
    /// The end of the period that `now` lies in, where it is one of the two that are known.
    #[inline(always)]
    pub fn period_end(&self, now: f64) -> f64 {
        if now < self.period_ends[0] { self.period_ends[0] } else { self.period_ends[1] }
    }

    /// Whether `now` lies in neither of the two periods whose ends are known.
    #[inline(always)]
    pub fn is_stale(&self, now: f64) -> bool {
        self.terms.algorithm == Algorithm::FixedWindow && now >= self.period_ends[1]
    }
}

/// The lease that an allowed request is to hold.
#[derive(Clone, Copy)]
pub struct LeaseRequest<'a> {
    pub id: Text<'a>,
    pub expires_after_ms: f64,
    pub repeatable: bool,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Refused,
    Blocked,
    Full,
}

/// What a store decided; four numbers for each claim are in `states` beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub at_ms: f64,
    pub replayed: bool,
    pub expired: u32,
}

/// What was done to a lease, or to counts; where it was applied two numbers for each claim are in `states` beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChargeOutcome {
    pub applied: bool,
    pub at_ms: f64,
    pub expired: u32,
}

/// What a claim whose amount is not given is charged when it was not extended either; `Expiry` ends the lease as its deadline would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreported {
    Estimate,
    Nothing,
    Expiry,
}

/// Whether an adjustment charges or gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Charge,
    Refund,
}

/// How much a store keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub keys: u32,
    pub leases: u32,
    pub live: u32,
    pub bytes: f64,
}

/// Why a call was not done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The id was reserved before with other claims or costs.
    IdConflict,
    /// A lock could not be had.
    StoreLocked,
    /// A count could no longer count by ones.
    InvalidCost,
    /// More claims, or more calls in a batch, than there can be.
    TooMany,
    /// The table's time lies beyond the periods whose ends are known: ask again with those around this time. Nothing was done.
    Stale(f64),
    /// The call would overwrite more than can be undone. Nothing was done.
    LogFull,
    /// The bytes are not those of a table, or of another version. What can be undone was.
    Corrupt,
    /// The call panicked. What can be undone was.
    Failed,
}
