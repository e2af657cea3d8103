//! The verbs of a store, where an engine in Rust may go wrong by itself: all else is compared with core's.

use crate::support::{NOW, bucket, claim, concurrency, engine, fixed, options, region, sliding};
use sluice::engine::Engine;
use sluice::hash::Text;
use sluice::memory::{Alone, Memory};
use sluice::store::{Claim, Direction, Fault, LeaseRequest, Outcome, Unreported, Verdict};
use sluice::table::header;

const LEASE: LeaseRequest<'static> =
    LeaseRequest { id: Text::Latin1(b"job"), expires_after_ms: 50.0, repeatable: true };

#[test]
fn allows_as_much_as_the_limit_and_says_when_more() {
    let mut engine = engine(Alone, &options(10, 10));
    let terms = sliding(5.0, 100.0);
    let mut states = [0.0; 4];
    for step in 0..5 {
        let now = NOW + f64::from(step);
        let outcome = engine.reserve(&[claim(&terms, "a", 1.0)], None, now, &mut states).unwrap();
        assert_eq!((outcome.verdict, states[0]), (Verdict::Allowed, f64::from(step) + 1.0));
    }
    let outcome = engine.reserve(&[claim(&terms, "a", 2.0)], None, NOW + 10.0, &mut states).unwrap();
    assert_eq!((outcome.verdict, states), (Verdict::Refused, [5.0, 91.0, 90.0, 0.0]));
}

#[test]
fn charges_none_where_one_refuses_and_tells_never_from_wait() {
    let mut engine = engine(Alone, &options(10, 10));
    let (wide, narrow) = (sliding(100.0, 100.0), bucket(3.0, 1.0, 10.0));
    let mut states = [0.0; 8];
    let claims = [claim(&wide, "a", 4.0), claim(&narrow, "a", 4.0)];
    let outcome = engine.reserve(&claims, None, NOW, &mut states).unwrap();
    assert_eq!((outcome.verdict, states[1], states[5]), (Verdict::Refused, 0.0, f64::INFINITY));
    assert_eq!(engine.size().keys, 0);
}

#[test]
fn answers_an_id_again_and_knows_another_cost() {
    let mut engine = engine(Alone, &options(10, 10));
    let terms = concurrency(3.0);
    let mut states = [0.0; 4];
    let first = engine.reserve(&[claim(&terms, "a", 2.0)], Some(&LEASE), NOW, &mut states).unwrap();
    let again = engine.reserve(&[claim(&terms, "a", 2.0)], Some(&LEASE), NOW, &mut states).unwrap();
    assert_eq!((first.replayed, again.replayed, states[0]), (false, true, 2.0));
    let other = engine.reserve(&[claim(&terms, "a", 1.0)], Some(&LEASE), NOW, &mut states);
    assert_eq!(other, Err(Fault::IdConflict));
    let settled =
        engine.settle(&[claim(&terms, "a", 2.0)], LEASE.id, &[f64::NAN], Unreported::Estimate, NOW, &mut states);
    assert!(settled.unwrap().applied);
    assert_eq!((engine.size().leases, engine.size().live), (1, 0));
}

#[test]
fn asks_again_for_a_time_beyond_the_periods_that_are_known() {
    let mut engine = engine(Alone, &options(10, 10));
    let terms = fixed(2.0);
    let at = |period_ends| Claim { period_ends, ..claim(&terms, "a", 2.0) };
    let mut states = [0.0; 4];
    assert_eq!(engine.reserve(&[at([10.0, 20.0])], None, 20.0, &mut states), Err(Fault::Stale(20.0)));
    assert_eq!(engine.size().keys, 0);
    engine.reserve(&[at([10.0, 20.0])], None, 19.0, &mut states).unwrap();
    let early = engine.reserve(&[at([20.0, 30.0])], None, 19.5, &mut states).unwrap();
    assert_eq!((early.verdict, states[1]), (Verdict::Refused, 0.5));
    let late = engine.reserve(&[at([20.0, 30.0])], None, 20.0, &mut states).unwrap();
    assert_eq!(late.verdict, Verdict::Allowed);
}

#[test]
fn charges_the_counts_at_hand_though_a_full_table_forgets_idle_ones() {
    let mut engine = engine(Alone, &options(3, 10));
    let (terms, other) = (bucket(10.0, 1.0, 1.0), sliding(10.0, 60_000.0));
    let mut states = [0.0; 8];
    engine.reserve(&[claim(&terms, "x", 5.0)], None, NOW, &mut states).unwrap();
    for subject in ["1", "2"] {
        engine.reserve(&[claim(&other, subject, 1.0)], None, NOW, &mut states).unwrap();
    }
    // The bucket has drained, and there is no room for one more.
    let asked = [claim(&terms, "x", 5.0), claim(&other, "3", 1.0)];
    let outcome = engine.reserve(&asked, None, NOW + 100.0, &mut states).unwrap();
    assert_eq!((outcome.verdict, states[0], states[4]), (Verdict::Allowed, 5.0, 1.0));
    assert_eq!((engine.size().keys, engine.size().bytes), (3, 65_536.0));
}

#[test]
fn refuses_what_a_count_could_not_count_by_ones() {
    let mut engine = engine(Alone, &options(10, 10));
    let terms = sliding(5.0, 100.0);
    let mut states = [0.0; 2];
    let much = [claim(&terms, "a", 9_007_199_254_740_991.0)];
    engine.adjust(&much, Direction::Charge, NOW, &mut states).unwrap();
    assert_eq!(engine.adjust(&[claim(&terms, "a", 1.0)], Direction::Charge, NOW, &mut states), Err(Fault::InvalidCost));
    let back = engine.adjust(&much, Direction::Refund, NOW, &mut states).unwrap();
    assert_eq!((back.applied, states[0]), (true, 9_007_199_254_740_991.0));
}

#[test]
fn refuses_more_claims_or_calls_than_it_has_room_for() {
    let mut engine = engine(Alone, &options(10, 10));
    let terms = sliding(5.0, 100.0);
    let claims = vec![claim(&terms, "a", 1.0); 65];
    let outcome = Outcome { verdict: Verdict::Full, at_ms: 0.0, replayed: false, expired: 0 };
    let mut states = [0.0; 400];
    assert_eq!(engine.reserve(&claims[..33], None, NOW, &mut states), Err(Fault::TooMany));
    assert_eq!(engine.reserve(&claims[..2], None, NOW, &mut states[..7]), Err(Fault::TooMany));
    assert_eq!(engine.extend(&claims[..2], LEASE.id, &[1.0], NOW, &mut states), Err(Fault::TooMany));
    let mut batch = |lengths: &[u32], outcomes: &mut [Outcome]| {
        let all = lengths.iter().sum::<u32>() as usize;
        engine.reserve_some(&claims[..all], lengths, NOW, outcomes, &mut states)
    };
    assert_eq!(batch(&[1; 65], &mut [outcome; 65]), Err(Fault::TooMany));
    assert_eq!(batch(&[33], &mut [outcome; 1]), Err(Fault::TooMany));
    assert_eq!(batch(&[1, 1], &mut [outcome; 1]), Err(Fault::TooMany));
    assert_eq!(batch(&[1, 2], &mut [outcome; 2]), Ok(()));
}

#[test]
fn opens_what_it_made_and_nothing_else() {
    let region = region(1 << 20);
    let open = || Engine::open(Memory::new(region.clone(), Alone)).map(|engine| engine.size());
    assert_eq!(open(), Err(Fault::Corrupt));
    let mut made = Engine::create(Memory::new(region.clone(), Alone), &options(10, 10));
    made.reserve(&[claim(&sliding(5.0, 100.0), "a", 1.0)], None, NOW, &mut [0.0; 4]).unwrap();
    assert_eq!(open().map(|size| size.keys), Ok(1));
    for (word, value) in [(header::VERSION, 2), (header::SIZE, 1 << 20), (header::MAGIC, 7)] {
        let before = made.memory().word(word);
        made.memory().fresh_word(word, value);
        assert_eq!(open(), Err(Fault::Corrupt), "word {word}");
        made.memory().fresh_word(word, before);
    }
}

#[test]
fn forgets_what_is_idle_when_it_is_swept() {
    let mut engine = engine(Alone, &options(1_000, 1_000));
    let terms = [sliding(5.0, 100.0), concurrency(3.0)];
    let names: Vec<String> = (0..300).map(|number| format!("user-{number}")).collect();
    for name in &names {
        let lease = LeaseRequest { id: Text::Latin1(name.as_bytes()), ..LEASE };
        let claims = [claim(&terms[0], name, 1.0), claim(&terms[1], name, 1.0)];
        engine.reserve(&claims, Some(&lease), NOW, &mut [0.0; 8]).unwrap();
    }
    assert_eq!((engine.size().keys, engine.size().leases), (600, 300));
    engine.sweep(NOW + 60.0).unwrap();
    assert_eq!((engine.size().live, engine.size().leases), (0, 300));
    engine.sweep(NOW + 10_000.0).unwrap();
    assert_eq!((engine.size().keys, engine.size().leases), (0, 0));
}
