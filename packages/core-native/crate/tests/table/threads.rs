//! One table of several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Draws, NOW, claim, concurrency, options, region, sliding};
use sluice::engine::Engine;
use sluice::hash::Text;
use sluice::locks::ShardSet;
use sluice::memory::{Memory, Threads};
use sluice::region::Region;
use sluice::store::{Fault, LeaseRequest, Outcome, Verdict};
use sluice::table::{LOCK_WORD, SHARDS, word_of};

fn made(region: &Arc<Region>, max_keys: u32) -> Engine<Threads> {
    Engine::create(Memory::new(region.clone(), Threads), &options(max_keys, 1_000))
}

fn opened(region: &Arc<Region>) -> Engine<Threads> {
    Engine::open(Memory::new(region.clone(), Threads)).unwrap_or_else(|fault| panic!("{fault:?}"))
}

fn locks(engine: &Engine<Threads>) -> u32 {
    (0..SHARDS).map(|shard| engine.memory().word(word_of(shard, LOCK_WORD))).sum()
}

#[test]
fn admit_exactly_the_limit_by_single_calls_and_batches() {
    for run in 0..10 {
        let region = region(1 << 26);
        let engine = made(&region, 1_000_000);
        let allowed = AtomicU32::new(0);
        thread::scope(|scope| {
            for number in 0..4 {
                let (region, allowed) = (&region, &allowed);
                scope.spawn(move || {
                    let mut engine = opened(region);
                    let (shared, own) = (sliding(5_000.0, 1e9), concurrency(1e9));
                    let mut states = [0.0; 64 * 4];
                    let nothing = Outcome { verdict: Verdict::Full, at_ms: 0.0, replayed: false, expired: 0 };
                    for step in 0..400 {
                        let name = format!("{run} {number} {step}");
                        if step % 2 == 0 {
                            let claims = [claim(&shared, "all", 1.0); 32];
                            let mut outcomes = [nothing; 32];
                            engine.reserve_some(&claims, &[1; 32], NOW, &mut outcomes, &mut states).unwrap();
                            let granted = outcomes.iter().filter(|one| one.verdict == Verdict::Allowed).count();
                            allowed.fetch_add(granted as u32, Ordering::Relaxed);
                        } else {
                            let claims = [claim(&own, &name, 1.0), claim(&shared, "all", 1.0)];
                            let outcome = engine.reserve(&claims, None, NOW, &mut states).unwrap();
                            allowed.fetch_add(u32::from(outcome.verdict == Verdict::Allowed), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(allowed.into_inner(), 5_000);
        assert_eq!(locks(&engine), 0);
    }
}

#[test]
fn keep_their_sums_while_all_of_them_add_and_forget() {
    let region = region(1 << 26);
    let engine = made(&region, 500);
    thread::scope(|scope| {
        for number in 0..4 {
            let region = &region;
            scope.spawn(move || {
                let mut engine = opened(region);
                let mut draws = Draws(number);
                let (terms, places) = (sliding(50.0, 40.0), concurrency(5.0));
                for step in 0..20_000 {
                    let name = format!("user-{}", draws.below(2_000));
                    let id = format!("id-{}", draws.below(3_000));
                    let lease =
                        LeaseRequest { id: Text::Latin1(id.as_bytes()), expires_after_ms: 30.0, repeatable: true };
                    let claims = [claim(&terms, &name, 1.0), claim(&places, &name, 1.0)];
                    let now = NOW + f64::from(step / 100);
                    let with = if draws.one_in(2) { Some(&lease) } else { None };
                    match engine.reserve(&claims, with, now, &mut [0.0; 8]) {
                        Ok(_) | Err(Fault::IdConflict) => {}
                        Err(fault) => panic!("{fault:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(locks(&engine), 0);
    assert!(engine.size().keys <= 500 + 4 * 2 && engine.size().leases <= 1_000 + 4, "{:?}", engine.size());
    let mut engine = opened(&region);
    engine.sweep(NOW + 1e9).unwrap();
    let size = engine.size();
    assert_eq!((size.keys, size.leases, size.live), (0, 0, 0));
}

#[test]
fn give_up_after_a_second_on_a_lock_that_never_comes_and_hold_none() {
    let region = region(1 << 22);
    let mut engine = made(&region, 1_000);
    let terms = sliding(5.0, 100.0);
    let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    // Found by its lock: the call that takes it is the one that waits.
    let stuck = word_of(17, LOCK_WORD);
    engine.memory().fresh_word(stuck, 1);
    let mut refused = 0;
    for name in &names {
        if refused == 1 {
            break;
        }
        let started = Instant::now();
        if engine.reserve(&[claim(&terms, name, 1.0)], None, NOW, &mut [0.0; 4]) == Err(Fault::StoreLocked) {
            refused += 1;
            let waited = started.elapsed();
            assert!(waited > Duration::from_millis(900) && waited < Duration::from_secs(5), "{waited:?}");
        }
    }
    assert_eq!((refused, locks(&engine)), (1, 1));
    engine.memory().fresh_word(stuck, 0);
    assert!(names.iter().all(|name| engine.reserve(&[claim(&terms, name, 1.0)], None, NOW, &mut [0.0; 4]).is_ok()));
}

#[test]
fn hold_what_was_written_before_they_got_the_lock() {
    let region = region(1 << 22);
    let engine = made(&region, 1_000);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut engine = opened(&region);
            let terms = sliding(1e9, 1e9);
            let mut before = 0.0;
            while !is_over.load(Ordering::Relaxed) {
                let mut states = [0.0; 4];
                engine.peek(&[claim(&terms, "all", 1.0)], NOW, &mut states).unwrap();
                assert!(states[0] >= before, "{} after {before}", states[0]);
                before = states[0];
            }
        });
        let mut engine = opened(&region);
        let terms = sliding(1e9, 1e9);
        for step in 1..=30_000 {
            let mut states = [0.0; 4];
            engine.reserve(&[claim(&terms, "all", 1.0)], None, NOW + f64::from(step), &mut states).unwrap();
            assert_eq!(states[0], f64::from(step));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    drop(engine);
}

#[test]
fn see_the_latest_time_of_all() {
    let region = region(1 << 22);
    let (mut one, mut other) = (made(&region, 1_000), opened(&region));
    let terms = sliding(5.0, 100.0);
    one.reserve(&[claim(&terms, "a", 1.0)], None, NOW + 7.0, &mut [0.0; 4]).unwrap();
    let outcome = other.reserve(&[claim(&terms, "a", 1.0)], None, NOW, &mut [0.0; 4]).unwrap();
    assert_eq!(outcome.at_ms, NOW + 7.0);
}

#[test]
fn take_shards_in_ascending_order_and_each_once() {
    let mut set = ShardSet::default();
    for hash in [70, 5, 6, 64 + 5, 63, 0, 6] {
        set.include(hash);
    }
    let shards: Vec<usize> = (0..set.length()).map(|place| set.at(place)).collect();
    assert_eq!(shards, [0, 5, 6, 63]);
}
