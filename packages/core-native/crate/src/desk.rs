//! What stands between JavaScript and an engine: numbers in, numbers out. Both lie in arrays that are used again and again, `Numbers`;
//! texts come beside them. src/calls.ts is the other side of it.

use crate::engine::Engine;
use crate::hash::{Hash, Hasher, Text};
use crate::memory::{Alone, Threads};
use crate::store::{
    Algorithm, ChargeOutcome, Claim, Direction, Fault, LeaseRequest, OnExpiry, Outcome, Size, Terms, Unreported,
    Verdict, scope_hash,
};
#[cfg(unix)]
use crate::undo::Processes;

/// As many limits as can be known at a time, as claims in a call, and as calls decided on together.
pub const MOST_TERMS: usize = 4_096;
pub const MOST_CLAIMS: usize = 32;
pub const MOST_CALLS: usize = 64;

/// Of what comes in: the verb, the time, how many claims or calls, what else the verb has; then how many claims each call of a batch has;
/// then the claims.
mod given {
    pub const VERB: usize = 0;
    pub const NOW: usize = 1;
    pub const CLAIMS: usize = 2;
    pub const MORE: usize = 3;
    pub const REPEATABLE: usize = 4;
    pub const LENGTHS: usize = 8;
    pub const FIRST: usize = LENGTHS + super::MOST_CALLS;
    /// Handle of the terms, cost, the ends of two periods, length of the subject or -1 for that of the claim before, amount.
    pub const STRIDE: usize = 6;
}

/// Of what goes out: 0 or a fault, the verdict, the time, whether it is a replay, how many leases had expired; two numbers for each
/// call of a batch; then the states.
mod told {
    pub const FAULT: usize = 0;
    pub const VERDICT: usize = 1;
    pub const AT: usize = 2;
    pub const REPLAYED: usize = 3;
    pub const EXPIRED: usize = 4;
    pub const CALLS: usize = 8;
    pub const STATES: usize = CALLS + 2 * super::MOST_CALLS;
}

/// How many numbers come in, and go out, at most.
pub const GIVEN: usize = given::FIRST + given::STRIDE * MOST_CLAIMS * MOST_CALLS;
pub const TOLD: usize = told::STATES + 4 * MOST_CLAIMS * MOST_CALLS;

/// An engine over a table of any kind.
pub enum AnyEngine {
    Alone(Engine<Alone>),
    Threads(Engine<Threads>),
    #[cfg(unix)]
    Processes(Engine<Processes>),
}

macro_rules! each {
    ($any:expr, $engine:ident => $call:expr) => {
        match $any {
            AnyEngine::Alone($engine) => $call,
            AnyEngine::Threads($engine) => $call,
            #[cfg(unix)]
            AnyEngine::Processes($engine) => $call,
        }
    };
}

/// An engine with the limits that it knows.
pub struct Desk {
    engine: Option<AnyEngine>,
    hasher: Hasher,
    terms: Vec<Terms>,
}

const NO_TERMS: Terms = Terms {
    algorithm: Algorithm::Concurrency,
    on_expiry: OnExpiry::Refund,
    capacity: 0.0,
    window_ms: 0.0,
    precision_ms: 0.0,
    refill: 0.0,
    every_ms: 0.0,
    scope: Hash { a: 0, b: 0 },
};

impl Desk {
    /// A desk before an engine.
    pub fn new(engine: AnyEngine) -> Self {
        let hasher = *each!(&engine, engine => engine.hasher());
        Self { engine: Some(engine), hasher, terms: Vec::new() }
    }

    /// Gives the table back; every call after it faults.
    pub fn close(&mut self) {
        self.engine = None;
    }

    /// Learns the terms of a handle: the handle, algorithm and rule on expiry, then the numbers.
    pub fn define(&mut self, given: &[f64], scope: &[u16], told: &mut [f64]) {
        let handle = given[0] as usize;
        if handle >= MOST_TERMS {
            told[told::FAULT] = code(Fault::Failed);
            return;
        }
        if handle >= self.terms.len() {
            self.terms.resize(handle + 1, NO_TERMS);
        }
        self.terms[handle] = Terms {
            algorithm: match given[1] as u32 {
                0 => Algorithm::SlidingWindow,
                1 => Algorithm::TokenBucket,
                2 => Algorithm::FixedWindow,
                _ => Algorithm::Concurrency,
            },
            on_expiry: match given[2] as u32 {
                0 => OnExpiry::ChargeUsed,
                1 => OnExpiry::ChargeEstimate,
                _ => OnExpiry::Refund,
            },
            capacity: given[3],
            window_ms: given[4],
            precision_ms: given[5],
            refill: given[6],
            every_ms: given[7],
            scope: scope_hash(&self.hasher, Text::Utf16(scope)),
        };
        told[told::FAULT] = 0.0;
    }

    /// Does what the verb says, to the claims given.
    pub fn call(&mut self, given: &[f64], text: &[u16], id: &[u16], told: &mut [f64]) {
        let (head, states) = told.split_at_mut(told::STATES);
        let answer = self.answer(given, text, id, states);
        head[told::FAULT] = 0.0;
        match answer {
            Ok(Answer::Decided(outcome)) => {
                head[told::VERDICT] = verdict(outcome.verdict);
                head[told::AT] = outcome.at_ms;
                head[told::REPLAYED] = f64::from(u8::from(outcome.replayed));
                head[told::EXPIRED] = f64::from(outcome.expired);
            }
            Ok(Answer::Charged(outcome)) => {
                head[told::VERDICT] = f64::from(u8::from(outcome.applied));
                head[told::AT] = outcome.at_ms;
                head[told::EXPIRED] = f64::from(outcome.expired);
            }
            Err(fault) => tell(fault, head),
        }
    }

    #[inline]
    fn answer(&mut self, given: &[f64], text: &[u16], id: &[u16], states: &mut [f64]) -> Result<Answer, Fault> {
        let count = given[given::CLAIMS] as usize;
        if count > MOST_CLAIMS {
            return Err(Fault::TooMany);
        }
        let engine = self.engine.as_mut().ok_or(Fault::Failed)?;
        let mut reader = Reader { terms: &self.terms, given: &given[given::FIRST..], text, last: &[] };
        if count == 1 {
            // What most calls have, without a list.
            let claim = reader.claim(0)?;
            return act(engine, &[claim], given, id, states);
        }
        let mut claims = Vec::with_capacity(count);
        for index in 0..count {
            claims.push(reader.claim(index)?);
        }
        act(engine, &claims, given, id, states)
    }

    /// Decides on a batch of calls, each in turn.
    pub fn batch(&mut self, given: &[f64], text: &[u16], told: &mut [f64]) {
        let (head, states) = told.split_at_mut(told::STATES);
        head[told::FAULT] = 0.0;
        if let Err(fault) = self.answer_batch(given, text, head, states) {
            tell(fault, head);
        }
    }

    fn answer_batch(&mut self, given: &[f64], text: &[u16], head: &mut [f64], states: &mut [f64]) -> Result<(), Fault> {
        let calls = given[given::CLAIMS] as usize;
        if calls > MOST_CALLS {
            return Err(Fault::TooMany);
        }
        let engine = self.engine.as_mut().ok_or(Fault::Failed)?;
        let mut lengths = [0_u32; MOST_CALLS];
        let mut all = 0;
        for (length, given) in lengths.iter_mut().zip(&given[given::LENGTHS..]).take(calls) {
            *length = *given as u32;
            if *length as usize > MOST_CLAIMS {
                return Err(Fault::TooMany);
            }
            all += *length as usize;
        }
        let mut reader = Reader { terms: &self.terms, given: &given[given::FIRST..], text, last: &[] };
        let mut claims = Vec::with_capacity(all);
        for index in 0..all {
            claims.push(reader.claim(index)?);
        }
        let none = Outcome { verdict: Verdict::Full, at_ms: 0.0, replayed: false, expired: 0 };
        let mut outcomes = [none; MOST_CALLS];
        let outcomes = &mut outcomes[..calls];
        let now = given[given::NOW];
        each!(engine, engine => engine.reserve_some(&claims, &lengths[..calls], now, outcomes, states))?;
        for (index, outcome) in outcomes.iter().enumerate() {
            head[told::AT] = outcome.at_ms;
            head[told::CALLS + index * 2] = verdict(outcome.verdict);
            head[told::CALLS + index * 2 + 1] = f64::from(outcome.expired);
        }
        Ok(())
    }

    /// Forgets what is idle.
    pub fn sweep(&mut self, now: f64, told: &mut [f64]) {
        let swept = match self.engine.as_mut() {
            Some(engine) => each!(engine, engine => engine.sweep(now)),
            None => Err(Fault::Failed),
        };
        told[told::FAULT] = swept.map_or_else(code, |()| 0.0);
    }

    /// How much there is: counts, leases, those that live, bytes.
    pub fn size(&self, told: &mut [f64]) {
        let none = Size { keys: 0, leases: 0, live: 0, bytes: 0.0 };
        let size = self.engine.as_ref().map_or(none, |engine| each!(engine, engine => engine.size()));
        let numbers = [f64::from(size.keys), f64::from(size.leases), f64::from(size.live), size.bytes];
        told[..4].copy_from_slice(&numbers);
    }
}

enum Answer {
    Decided(Outcome),
    Charged(ChargeOutcome),
}

#[inline]
fn act(
    engine: &mut AnyEngine,
    claims: &[Claim],
    given: &[f64],
    id: &[u16],
    states: &mut [f64],
) -> Result<Answer, Fault> {
    let (now, more, id) = (given[given::NOW], given[given::MORE], Text::Utf16(id));
    let verb = given[given::VERB] as u32;
    match verb {
        0 => return each!(engine, engine => engine.reserve(claims, None, now, states)).map(Answer::Decided),
        1 => {
            let repeatable = given[given::REPEATABLE] != 0.0;
            let lease = LeaseRequest { id, expires_after_ms: more, repeatable };
            return each!(engine, engine => engine.reserve(claims, Some(&lease), now, states)).map(Answer::Decided);
        }
        2 => return each!(engine, engine => engine.peek(claims, now, states)).map(Answer::Decided),
        _ => {}
    }
    let amounts: [f64; MOST_CLAIMS] =
        std::array::from_fn(|index| given[given::FIRST + index * given::STRIDE + given::STRIDE - 1]);
    let amounts = &amounts[..claims.len()];
    match verb {
        3 => each!(engine, engine => engine.extend(claims, id, amounts, now, states)),
        4 => {
            let unreported = match more as u32 {
                0 => Unreported::Estimate,
                1 => Unreported::Nothing,
                _ => Unreported::Expiry,
            };
            each!(engine, engine => engine.settle(claims, id, amounts, unreported, now, states))
        }
        5 => {
            let direction = if more == 0.0 { Direction::Charge } else { Direction::Refund };
            each!(engine, engine => engine.adjust(claims, direction, now, states))
        }
        6 => each!(engine, engine => engine.block(claims, more, now, states)),
        7 => each!(engine, engine => engine.reset(claims, now, states)),
        _ => Err(Fault::Failed),
    }
    .map(Answer::Charged)
}

/// Reads claims, one after the other.
struct Reader<'a> {
    terms: &'a [Terms],
    given: &'a [f64],
    text: &'a [u16],
    last: &'a [u16],
}

impl<'a> Reader<'a> {
    #[inline]
    fn claim(&mut self, index: usize) -> Result<Claim<'a>, Fault> {
        let at = index * given::STRIDE;
        let given = self.given.get(at..at + given::STRIDE).ok_or(Fault::TooMany)?;
        let terms = self.terms.get(given[0] as usize).ok_or(Fault::Failed)?;
        if given[4] >= 0.0 {
            (self.last, self.text) = self.text.split_at_checked(given[4] as usize).ok_or(Fault::Failed)?;
        }
        Ok(Claim { terms, subject: Text::Utf16(self.last), cost: given[1], period_ends: [given[2], given[3]] })
    }
}

fn verdict(verdict: Verdict) -> f64 {
    match verdict {
        Verdict::Allowed => 0.0,
        Verdict::Refused => 1.0,
        Verdict::Blocked => 2.0,
        Verdict::Full => 3.0,
    }
}

#[cold]
fn tell(fault: Fault, head: &mut [f64]) {
    head[told::FAULT] = code(fault);
    if let Fault::Stale(now) = fault {
        head[told::AT] = now;
    }
}

fn code(fault: Fault) -> f64 {
    match fault {
        Fault::IdConflict => 1.0,
        Fault::StoreLocked => 2.0,
        Fault::InvalidCost => 3.0,
        Fault::TooMany => 4.0,
        Fault::Stale(_) => 5.0,
        Fault::LogFull => 6.0,
        Fault::Corrupt => 7.0,
        Fault::Failed => 8.0,
    }
}
