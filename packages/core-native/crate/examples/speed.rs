//! How long decisions take on a table of a million keys, by one thread: `cargo run --release --example speed`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use sluice::engine::Engine;
use sluice::hash::Text;
use sluice::memory::{Alone, Memory, Mode, Threads};
use sluice::region::Region;
use sluice::store::{Algorithm, Claim, OnExpiry, Outcome, Terms, Verdict, scope_hash};
use sluice::table::{FIRST_BYTES, Options};

const KEYS: usize = 1_000_000;
const OPERATIONS: usize = 2_000_000;
const BATCH: usize = 64;
/// Of a steady flow, so that a key has about two charges in its window; at rest all come at one instant.
const OPERATIONS_A_MS: usize = 40;

struct Draws(u64);

impl Draws {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * below as u128) >> 64) as usize
    }
}

/// Keys of 20 characters, of a million, one after the other in memory.
fn draw_keys(draws: &mut Draws, count: usize) -> Vec<[u8; 20]> {
    (0..count).map(|_| key(draws.next(KEYS))).collect()
}

fn key(number: usize) -> [u8; 20] {
    let mut key = *b"8:user-00000000|aaaa";
    let digits = format!("{number:08}");
    key[7..15].copy_from_slice(digits.as_bytes());
    key
}

struct Bench<M: Mode> {
    engine: Engine<M>,
    terms: Vec<Terms>,
    now: f64,
    is_flowing: bool,
    draws: Draws,
}

impl<M: Mode> Bench<M> {
    fn new(mode: M, limits: usize) -> Self {
        let options = Options {
            key0: 0x1234_5678,
            key1: 0x9abc_def0,
            max_keys: 8_000_000,
            max_leases: 1000,
            remember_ms: 600_000.0,
            first_bytes: FIRST_BYTES,
        };
        let region = Arc::new(Region::reserve().expect("addresses"));
        let engine = Engine::create(Memory::new(region, mode), &options);
        let terms = (0..limits)
            .map(|limit| Terms {
                algorithm: Algorithm::SlidingWindow,
                on_expiry: OnExpiry::ChargeEstimate,
                capacity: 100.0,
                window_ms: 60_000.0,
                precision_ms: 1.0,
                refill: 0.0,
                every_ms: 0.0,
                scope: scope_hash(engine.hasher(), Text::Latin1(format!("limit-{limit}").as_bytes())),
            })
            .collect();
        let mut bench = Self { engine, terms, now: 1.76e12, is_flowing: false, draws: Draws(7) };
        let mut states = [0.0; 128];
        for number in 0..KEYS {
            bench.single(&key(number), number, &mut states);
        }
        bench
    }

    #[inline(always)]
    fn single(&mut self, key: &[u8; 20], step: usize, states: &mut [f64; 128]) -> bool {
        if self.is_flowing && step.is_multiple_of(OPERATIONS_A_MS) {
            self.now += 1.0;
        }
        let claim = |terms| Claim { terms, subject: Text::Latin1(key), cost: 1.0, period_ends: [0.0; 2] };
        let outcome = match &self.terms[..] {
            [one] => self.engine.reserve(&[claim(one)], None, self.now, states),
            [one, two, three] => self.engine.reserve(&[claim(one), claim(two), claim(three)], None, self.now, states),
            _ => unreachable!("one limit or three"),
        };
        outcome.is_ok_and(|outcome| outcome.verdict == Verdict::Allowed)
    }

    fn singles(&mut self, what: &str) {
        let mut states = [0.0; 128];
        for _ in 0..3 {
            let keys = draw_keys(&mut self.draws, OPERATIONS);
            let started = spent_ns();
            let mut allowed = 0;
            for (step, key) in keys.iter().enumerate() {
                allowed += usize::from(self.single(key, step, &mut states));
            }
            report(what, started, allowed);
        }
        let keys = draw_keys(&mut self.draws, OPERATIONS);
        let mut times: Vec<u64> = Vec::with_capacity(OPERATIONS);
        let clock = Instant::now();
        for (step, key) in keys.iter().enumerate() {
            let from = clock.elapsed().as_nanos() as u64;
            self.single(key, step, &mut states);
            times.push(clock.elapsed().as_nanos() as u64 - from);
        }
        times.sort_unstable();
        let at = |part: f64| times[(OPERATIONS as f64 * part) as usize];
        println!("{what}: p50 {} p99 {} p99.9 {} ns, clock included", at(0.5), at(0.99), at(0.999));
    }

    fn batches(&mut self, what: &str) {
        let nothing = Outcome { verdict: Verdict::Full, at_ms: 0.0, replayed: false, expired: 0 };
        let mut outcomes = [nothing; BATCH];
        let mut states = [0.0; BATCH * 4];
        for _ in 0..3 {
            let keys = draw_keys(&mut self.draws, OPERATIONS / BATCH * BATCH);
            let started = spent_ns();
            let mut allowed = 0;
            let mut claims = Vec::with_capacity(BATCH);
            for some in keys.chunks(BATCH) {
                if self.is_flowing {
                    self.now += (BATCH / OPERATIONS_A_MS) as f64;
                }
                claims.clear();
                let terms = &self.terms[0];
                let claim = |key| Claim { terms, subject: Text::Latin1(key), cost: 1.0, period_ends: [0.0; 2] };
                claims.extend(some.iter().map(|key| claim(key)));
                let done = self.engine.reserve_some(&claims, &[1; BATCH], self.now, &mut outcomes, &mut states);
                assert!(done.is_ok());
                allowed += outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Allowed).count();
            }
            report(what, started, allowed);
        }
    }
}

/// The time that this thread had of a processor, so that others do not count.
fn spent_ns() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // Safety: a valid place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn report(what: &str, started: f64, allowed: usize) {
    let ns = (spent_ns() - started) / OPERATIONS as f64;
    println!("{what}: {ns:.1} ns each, {} allowed", black_box(allowed));
}

fn main() {
    let mut one = Bench::new(Alone, 1);
    let size = one.engine.size();
    println!("{} keys, {:.1} bytes each", size.keys, size.bytes / f64::from(size.keys));
    one.singles("one limit, at rest");
    one.batches("one limit, at rest, batch of 64");
    one.is_flowing = true;
    one.singles("one limit, flowing");
    one.batches("one limit, flowing, batch of 64");
    one.terms[0].window_ms = 3_600_000.0;
    for _ in 0..2 {
        one.singles("one limit, long window");
        one.batches("one limit, long window, batch of 64");
    }
    let size = one.engine.size();
    println!("{} keys, {:.1} bytes each", size.keys, size.bytes / f64::from(size.keys));
    drop(one);
    let mut threads = Bench::new(Threads, 1);
    threads.singles("one limit, at rest, shared by threads");
    threads.batches("one limit, at rest, shared by threads, batch of 64");
    drop(threads);
    Bench::new(Alone, 3).singles("three limits, at rest");
}
