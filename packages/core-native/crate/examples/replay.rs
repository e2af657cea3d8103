//! Plays what `soak/trace.ts` wrote down on this engine, and stops at the first answer or table that differs: from stdin.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Stdin, stdin};
use std::sync::Arc;

use sluice::engine::Engine;
use sluice::hash::Text;
use sluice::memory::{Alone, Memory, Mode, Threads};
use sluice::region::Region;
use sluice::store::{
    Algorithm, ChargeOutcome, Claim, Direction, Fault, LeaseRequest, OnExpiry, Outcome, Terms, Unreported, Verdict,
    scope_hash,
};
use sluice::table::{FIRST_BYTES, FIRST_SHARED_BYTES, Options};

struct Trace {
    input: BufReader<Stdin>,
}

impl Trace {
    fn maybe(&mut self) -> Option<f64> {
        let mut bytes = [0; 8];
        self.input.read_exact(&mut bytes).ok()?;
        Some(f64::from_le_bytes(bytes))
    }

    fn number(&mut self) -> f64 {
        self.maybe().expect("the trace ends too soon")
    }

    fn text(&mut self) -> Vec<u16> {
        let mut bytes = vec![0; self.number() as usize * 2];
        self.input.read_exact(&mut bytes).expect("the trace ends too soon");
        bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect()
    }

    fn numbers(&mut self, length: usize) -> Vec<f64> {
        (0..length).map(|_| self.number()).collect()
    }
}

/// A claim that owns its subject.
struct Asked {
    terms: usize,
    cost: f64,
    period_ends: [f64; 2],
    subject: Vec<u16>,
}

fn claims_of<'a>(asked: &'a [Asked], terms: &'a [Terms]) -> Vec<Claim<'a>> {
    let claim = |one: &'a Asked| Claim {
        terms: &terms[one.terms],
        subject: Text::Utf16(&one.subject),
        cost: one.cost,
        period_ends: one.period_ends,
    };
    asked.iter().map(claim).collect()
}

fn read_claims(trace: &mut Trace) -> Vec<Asked> {
    let length = trace.number() as usize;
    let mut asked: Vec<Asked> = Vec::new();
    for _ in 0..length {
        let [terms, cost, end, next] = [(); 4].map(|()| trace.number());
        asked.push(Asked { terms: terms as usize, cost, period_ends: [end, next], subject: trace.text() });
    }
    asked
}

enum Either {
    Alone(Box<Engine<Alone>>),
    Threads(Box<Engine<Threads>>),
}

struct Player {
    trace: Trace,
    terms: Vec<Terms>,
    done: u64,
    met: BTreeMap<String, u64>,
}

fn main() {
    let mut player =
        Player { trace: Trace { input: BufReader::new(stdin()) }, terms: Vec::new(), done: 0, met: BTreeMap::new() };
    let mut engine = None;
    while let Some(code) = player.trace.maybe() {
        if code == 0.0 {
            engine = Some(player.create());
            continue;
        }
        match engine.as_mut().expect("a table first") {
            Either::Alone(engine) => player.play(code as u32, engine),
            Either::Threads(engine) => player.play(code as u32, engine),
        }
    }
    println!("{} calls, 0 differ", player.done);
    for (what, times) in player.met {
        println!("{times:>9} {what}");
    }
}

impl Player {
    fn create(&mut self) -> Either {
        self.terms.clear();
        let [shared, key0, key1, max_keys, max_leases, remember_ms] = [(); 6].map(|()| self.trace.number());
        let options = Options {
            key0: key0 as u32,
            key1: key1 as u32,
            max_keys: max_keys as u32,
            max_leases: max_leases as u32,
            remember_ms,
            first_bytes: if shared == 1.0 { FIRST_SHARED_BYTES } else { FIRST_BYTES },
        };
        let region = Arc::new(Region::reserve().expect("addresses"));
        if shared == 1.0 {
            return Either::Threads(Box::new(Engine::create(Memory::new(region, Threads), &options)));
        }
        Either::Alone(Box::new(Engine::create(Memory::new(region, Alone), &options)))
    }

    fn play<M: Mode>(&mut self, code: u32, engine: &mut Engine<M>) {
        match code {
            1 => return self.learn(engine),
            10 => {
                engine.sweep(self.trace.number()).expect("a sweep");
                return;
            }
            11 => return self.digest(engine),
            3 => return self.batch(engine),
            _ => {}
        }
        let now = self.trace.number();
        let asked = read_claims(&mut self.trace);
        let terms = std::mem::take(&mut self.terms);
        let claims = claims_of(&asked, &terms);
        let mut states = vec![-7.0; claims.len() * 4];
        match code {
            2 => {
                let has_lease = self.trace.number() == 1.0;
                let mut lease = None;
                if has_lease {
                    lease = Some((self.trace.number(), self.trace.number() == 1.0, self.trace.text()));
                }
                let request = lease.as_ref().map(|(expires_after_ms, repeatable, id)| LeaseRequest {
                    id: Text::Utf16(id),
                    expires_after_ms: *expires_after_ms,
                    repeatable: *repeatable,
                });
                let got = engine.reserve(&claims, request.as_ref(), now, &mut states);
                self.expect_outcome(if has_lease { "reserve" } else { "check" }, got, &states);
            }
            4 => {
                let got = engine.peek(&claims, now, &mut states);
                self.expect_outcome("peek", got, &states);
            }
            5 => {
                let id = self.trace.text();
                let amounts = self.trace.numbers(claims.len());
                let got = engine.extend(&claims, Text::Utf16(&id), &amounts, now, &mut states);
                self.expect_charge("extend", got, &states);
            }
            6 => {
                let id = self.trace.text();
                let amounts = self.trace.numbers(claims.len());
                let unreported =
                    [Unreported::Estimate, Unreported::Nothing, Unreported::Expiry][self.trace.number() as usize];
                let got = engine.settle(&claims, Text::Utf16(&id), &amounts, unreported, now, &mut states);
                self.expect_charge("settle", got, &states);
            }
            7 => {
                let direction = [Direction::Charge, Direction::Refund][self.trace.number() as usize];
                let got = engine.adjust(&claims, direction, now, &mut states);
                self.expect_charge("adjust", got, &states);
            }
            8 => {
                let for_ms = self.trace.number();
                let got = engine.block(&claims, for_ms, now, &mut states);
                self.expect_charge("block", got, &states);
            }
            9 => {
                let got = engine.reset(&claims, now, &mut states);
                self.expect_charge("reset", got, &states);
            }
            other => panic!("no such code: {other}"),
        }
        self.terms = terms;
    }

    fn learn<M: Mode>(&mut self, engine: &Engine<M>) {
        let [algorithm, on_expiry, capacity, window_ms, precision_ms, refill, every_ms] =
            [(); 7].map(|()| self.trace.number());
        let scope = self.trace.text();
        self.terms.push(Terms {
            algorithm: [
                Algorithm::SlidingWindow,
                Algorithm::TokenBucket,
                Algorithm::FixedWindow,
                Algorithm::Concurrency,
            ][algorithm as usize],
            on_expiry: [OnExpiry::ChargeUsed, OnExpiry::ChargeEstimate, OnExpiry::Refund][on_expiry as usize],
            capacity,
            window_ms,
            precision_ms,
            refill,
            every_ms,
            scope: scope_hash(engine.hasher(), Text::Utf16(&scope)),
        });
    }

    fn batch<M: Mode>(&mut self, engine: &mut Engine<M>) {
        let now = self.trace.number();
        let calls = self.trace.number() as usize;
        let asked: Vec<Vec<Asked>> = (0..calls).map(|_| read_claims(&mut self.trace)).collect();
        let terms = std::mem::take(&mut self.terms);
        let claims: Vec<Claim<'_>> = asked.iter().flat_map(|one| claims_of(one, &terms)).collect();
        let lengths: Vec<u32> = asked.iter().map(|one| one.len() as u32).collect();
        let mut states = vec![-7.0; claims.len() * 4];
        let nothing = Outcome { verdict: Verdict::Full, at_ms: -7.0, replayed: false, expired: 0 };
        let mut outcomes = vec![nothing; calls];
        engine.reserve_some(&claims, &lengths, now, &mut outcomes, &mut states).expect("a batch");
        let mut from = 0;
        for (outcome, one) in outcomes.into_iter().zip(&asked) {
            self.compare_outcome("batch", outcome, &states[from * 4..(from + one.len()) * 4]);
            from += one.len();
        }
        self.terms = terms;
    }

    fn fault(&mut self, verb: &str, fault: Option<Fault>) -> bool {
        let expected = [None, Some(Fault::IdConflict), Some(Fault::InvalidCost)][self.trace.number() as usize];
        assert_eq!(fault, expected, "call {}: {verb}", self.done);
        if let Some(fault) = fault {
            self.note(verb, &format!("{fault:?}"));
        }
        fault.is_some()
    }

    fn note(&mut self, verb: &str, what: &str) {
        self.done += 1;
        *self.met.entry(format!("{verb}: {what}")).or_default() += 1;
    }

    fn expect_outcome(&mut self, verb: &str, got: Result<Outcome, Fault>, states: &[f64]) {
        if self.fault(verb, got.err()) {
            return;
        }
        self.compare_outcome(verb, got.expect("an outcome"), states);
        self.trace.number();
    }

    fn compare_outcome(&mut self, verb: &str, got: Outcome, states: &[f64]) {
        let verdicts = [Verdict::Allowed, Verdict::Refused, Verdict::Blocked, Verdict::Full];
        let expected = Outcome {
            verdict: verdicts[self.trace.number() as usize],
            at_ms: self.trace.number(),
            replayed: self.trace.number() == 1.0,
            expired: self.trace.number() as u32,
        };
        assert_eq!(got, expected, "call {}: {verb}", self.done);
        self.compare_states(verb, states);
        self.note(verb, &format!("{:?}", got.verdict));
    }

    fn expect_charge(&mut self, verb: &str, got: Result<ChargeOutcome, Fault>, states: &[f64]) {
        if self.fault(verb, got.err()) {
            return;
        }
        let got = got.expect("an outcome");
        let expected = ChargeOutcome {
            applied: self.trace.number() == 1.0,
            at_ms: self.trace.number(),
            expired: self.trace.number() as u32,
        };
        assert_eq!(got, expected, "call {}: {verb}", self.done);
        if got.applied {
            self.compare_states(verb, &states[..states.len() / 2]);
        }
        self.note(verb, if got.applied { "applied" } else { "nothing" });
        self.trace.number();
    }

    fn compare_states(&mut self, verb: &str, states: &[f64]) {
        let expected: Vec<u64> = self.trace.numbers(states.len()).into_iter().map(f64::to_bits).collect();
        let got: Vec<u64> = states.iter().map(|state| state.to_bits()).collect();
        if got != expected {
            let expected: Vec<f64> = expected.into_iter().map(f64::from_bits).collect();
            panic!("call {}: {verb}: expected {expected:?}, got {states:?}", self.done);
        }
    }

    fn digest<M: Mode>(&mut self, engine: &Engine<M>) {
        let [words, one, two] = [(); 3].map(|()| self.trace.number());
        assert_eq!(engine.size().bytes, words * 4.0, "call {}: the size of the table", self.done);
        let mut digest = [1u32, 2];
        for at in 0..words as usize {
            let word = engine.memory().word(at);
            digest[0] = (digest[0] ^ word).wrapping_mul(0x9e37_79b1).rotate_left(13);
            digest[1] = digest[1].wrapping_add(digest[0]).wrapping_mul(0x85eb_ca6b) ^ word;
        }
        assert_eq!(digest, [one as u32, two as u32], "call {}: the bytes of the table", self.done);
        *self.met.entry("tables alike".into()).or_default() += 1;
    }
}
