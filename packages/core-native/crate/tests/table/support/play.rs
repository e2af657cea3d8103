//! Random operations on an engine.

use sluice::engine::Engine;
use sluice::hash::Text;
use sluice::memory::Mode;
use sluice::store::{Claim, Direction, Fault, LeaseRequest, Terms, Unreported};

use super::{Draws, NOW, bucket, claim, concurrency, fixed, sliding};

/// One operation, as plain data, so that it can be played to several engines.
#[derive(Clone, Debug)]
pub struct Operation {
    kind: usize,
    now: f64,
    subject: String,
    id: String,
    limits: Vec<usize>,
    cost: f64,
    repeatable: bool,
}

/// All kinds of limits.
pub fn all_terms() -> [Terms; 4] {
    [sliding(6.0, 100.0), bucket(7.0, 1.0, 20.0), concurrency(3.0), fixed(1e6)]
}

pub fn draw(draws: &mut Draws, step: usize, subjects: usize) -> Operation {
    let first = draws.below(4);
    Operation {
        kind: draws.below(14),
        now: NOW + step as f64 + if draws.one_in(50) { 150.0 } else { 0.0 },
        subject: format!("user-{}", draws.below(subjects)),
        id: format!("id-{}", draws.below(40)),
        limits: (first..=first + draws.below(4 - first)).collect(),
        cost: draws.below(3) as f64,
        repeatable: draws.one_in(2),
    }
}

/// What an operation was answered, in numbers.
pub type Answer = Result<Vec<f64>, Fault>;

pub fn play<M: Mode>(engine: &mut Engine<M>, operation: &Operation, terms: &[Terms; 4]) -> Answer {
    let Operation { kind, now, ref subject, ref id, ref limits, cost, repeatable } = *operation;
    let claims: Vec<Claim<'_>> = limits.iter().map(|&limit| claim(&terms[limit], subject, cost)).collect();
    let id = Text::Latin1(id.as_bytes());
    let mut states = vec![-7.0; claims.len() * 4];
    let lease = LeaseRequest { id, expires_after_ms: 60.0, repeatable };
    let amounts: Vec<f64> = claims.iter().map(|_| if repeatable { f64::NAN } else { cost }).collect();
    let decided = match kind {
        0..3 => Some(engine.reserve(&claims, None, now, &mut states)),
        3..7 => Some(engine.reserve(&claims, Some(&lease), now, &mut states)),
        7 => Some(engine.peek(&claims, now, &mut states)),
        _ => None,
    };
    if let Some(decided) = decided {
        let outcome = decided?;
        states.extend([outcome.verdict as u8 as f64, outcome.at_ms, f64::from(outcome.expired)]);
        return Ok(states);
    }
    let outcome = match kind {
        8 => engine.extend(&claims, id, &amounts, now, &mut states),
        9 => engine.settle(&claims, id, &amounts, Unreported::Estimate, now, &mut states),
        10 => engine.settle(&claims, id, &amounts, Unreported::Nothing, now, &mut states),
        11 => engine.adjust(&claims, Direction::Charge, now, &mut states),
        12 => engine.adjust(&claims, Direction::Refund, now, &mut states),
        _ if repeatable => engine.block(&claims, cost * 40.0, now, &mut states),
        _ => engine.reset(&claims, now, &mut states),
    }?;
    states.extend([f64::from(outcome.applied), outcome.at_ms, f64::from(outcome.expired)]);
    Ok(states)
}
