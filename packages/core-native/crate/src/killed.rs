//! Tests: a call that is killed at any of its steps leaves a table as it was before, or as it is after, and nothing between.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::engine::Engine;
use crate::hash::Text;
use crate::mapped;
use crate::memory::{Memory, Threads};
use crate::region::Region;
use crate::store::{
    Algorithm, Claim, Direction, Fault, LeaseRequest, OnExpiry, Outcome, Terms, Unreported, Verdict, scope_hash,
};
use crate::table::{DIRECTORY_WORD, FIRST_SHARED_BYTES, LOCK_WORD, Options, SHARDS, TIME_WORD, header, word_of};
use crate::undo::Processes;

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let root = if cfg!(target_os = "linux") { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
        let path = root.join(format!("sluice-killed-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }

    fn open(&self) -> Engine<Processes> {
        let options = Options {
            key0: 1,
            key1: 2,
            max_keys: 120,
            max_leases: 30,
            remember_ms: 300.0,
            first_bytes: FIRST_SHARED_BYTES,
        };
        let fill = |table: Arc<Region>| drop(Engine::create(Memory::new(table, Threads), &options));
        let mode = mapped::open(&self.0, 64 << 20, &fill).and_then(Processes::enter).expect("a file");
        Engine::open(Memory::new(mode.table(), mode)).expect("a table")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A small generator of numbers: xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}

fn terms(engine: &Engine<Processes>) -> Vec<Terms> {
    let of = |name: &str, algorithm, capacity, window_ms, precision_ms, refill, on_expiry| Terms {
        algorithm,
        on_expiry,
        capacity,
        window_ms,
        precision_ms,
        refill,
        every_ms: if refill > 0.0 { 7.0 } else { 0.0 },
        scope: scope_hash(engine.hasher(), Text::Latin1(name.as_bytes())),
    };
    vec![
        of("window", Algorithm::SlidingWindow, 50.0, 400.0, 1.0, 0.0, OnExpiry::ChargeUsed),
        of("long", Algorithm::SlidingWindow, 500.0, 60_000.0, 1.0, 0.0, OnExpiry::ChargeEstimate),
        of("bucket", Algorithm::TokenBucket, 40.0, 0.0, 0.0, 3.0, OnExpiry::ChargeEstimate),
        of("period", Algorithm::FixedWindow, 60.0, 0.0, 0.0, 0.0, OnExpiry::Refund),
        of("flight", Algorithm::Concurrency, 6.0, 0.0, 0.0, 0.0, OnExpiry::Refund),
    ]
}

/// A call, as plain data: so that it can be made again.
#[derive(Clone, Debug)]
struct Call {
    verb: u64,
    /// For each claim its terms, its subject, its cost and an amount.
    claims: Vec<(usize, String, f64, f64)>,
    id: String,
    now: f64,
    more: f64,
}

fn draw(random: &mut Random, now: f64) -> Call {
    let users = if random.below(4) == 0 { 200 } else { 12 };
    let user = format!("user-{}", random.below(users));
    let mut claims: Vec<(usize, String, f64, f64)> = Vec::new();
    for index in 0..5 {
        if random.below(2) == 0 {
            let amount = if random.below(3) == 0 { f64::NAN } else { random.below(12) as f64 };
            claims.push((index, user.clone(), random.below(9) as f64, amount));
        }
    }
    let verb = [0, 0, 0, 1, 1, 1, 1, 3, 3, 4, 4, 4, 5, 6, 7, 8][random.below(16) as usize];
    Call { verb, claims, id: format!("{user}-{}", random.below(4)), now, more: random.below(80) as f64 }
}

/// Makes a call; verb 8 is a batch of one call for each claim.
fn make(engine: &mut Engine<Processes>, terms: &[Terms], call: &Call) -> Result<(), Fault> {
    let end = (call.now / 1_000.0).floor() * 1_000.0 + 1_000.0;
    let claims: Vec<Claim> = call
        .claims
        .iter()
        .map(|(index, subject, cost, _)| Claim {
            terms: &terms[*index],
            subject: Text::Latin1(subject.as_bytes()),
            cost: *cost,
            period_ends: [end, end + 1_000.0],
        })
        .collect();
    let amounts: Vec<f64> = call.claims.iter().map(|(.., amount)| *amount).collect();
    let mut states = [0.0; 256];
    let id = Text::Latin1(call.id.as_bytes());
    let Call { now, more, .. } = *call;
    match call.verb {
        0 => engine.reserve(&claims, None, now, &mut states).map(drop),
        1 => {
            let lease = LeaseRequest { id, expires_after_ms: more + 1.0, repeatable: more > 40.0 };
            engine.reserve(&claims, Some(&lease), now, &mut states).map(drop)
        }
        3 => engine.extend(&claims, id, &amounts, now, &mut states).map(drop),
        4 => {
            let unreported = [Unreported::Estimate, Unreported::Nothing, Unreported::Expiry][more as usize % 3];
            engine.settle(&claims, id, &amounts, unreported, now, &mut states).map(drop)
        }
        5 => {
            let direction = if more > 40.0 { Direction::Charge } else { Direction::Refund };
            engine.adjust(&claims, direction, now, &mut states).map(drop)
        }
        6 => engine.block(&claims, more, now, &mut states).map(drop),
        7 => engine.reset(&claims, now, &mut states).map(drop),
        _ => {
            let none = Outcome { verdict: Verdict::Full, at_ms: 0.0, replayed: false, expired: 0 };
            let lengths = vec![1; claims.len()];
            engine.reserve_some(&claims, &lengths, now, &mut [none; 8], &mut states)
        }
    }
}

/// The words of a table up to where no page was taken.
fn words(engine: &Engine<Processes>) -> Vec<u32> {
    let memory = engine.memory();
    memory.begin();
    let next = memory.word(header::NEXT) as usize;
    let mut words = vec![0; next * 4];
    memory.read_words(0, &mut words);
    words
}

fn restore(engine: &Engine<Processes>, words: &[u32]) {
    engine.memory().begin();
    for (at, word) in words.iter().enumerate() {
        engine.memory().fresh_word(at, *word);
    }
}

/// Which words say something: not free blocks but for their link, room not yet cut, what a ring does not use, nor the time.
fn mask(words: &[u32]) -> Vec<bool> {
    let mut live = vec![true; words.len()];
    live[header::SIZE] = false;
    for shard in 0..SHARDS {
        live[word_of(shard, LOCK_WORD)] = false;
        live[word_of(shard, TIME_WORD)..][..2].fill(false);
        let (room, end) = (words[word_of(shard, 10)] as usize, words[word_of(shard, 11)] as usize);
        live[room * 4..end * 4].fill(false);
        for class in 0..32 {
            let mut block = words[word_of(shard, 16 + class)] as usize;
            while block != 0 {
                live[block * 4 + 1..(block + (1 << class)) * 4].fill(false);
                block = words[block * 4] as usize;
            }
        }
        let (directory, depth) = (words[word_of(shard, DIRECTORY_WORD)] as usize, words[word_of(shard, 2)]);
        let mut ring = |at: usize| {
            let [block, first, length, room] = [0, 1, 2, 3].map(|word| words[at + word] as usize);
            for entry in length..room {
                live[(block + ((first + entry) & (room - 1))) * 4..][..4].fill(false);
            }
        };
        for place in 0..if directory == 0 { 0 } else { 1 << depth } {
            let page = words[directory * 4 + place] as usize;
            for line in 1..=63 {
                let at = (page + line * 4) * 4;
                if words[at + 7] == 0 {
                    continue;
                }
                if words[at + 7] & 4 != 0 {
                    ring(at + 8);
                }
                let extension = words[at + 6] as usize * 4;
                if extension != 0 && words[extension + 7] != 0 {
                    ring(extension + 4);
                }
            }
        }
        // Of a page the first line but two words, and free lines but the word that says so, are never read; of a directory what is beyond its places.
        for place in 0..if directory == 0 { 0 } else { 1 << depth } {
            let page = words[directory * 4 + place] as usize;
            live[page * 4 + 2..page * 4 + 16].fill(false);
            for line in 1..=63 {
                let at = (page + line * 4) * 4;
                if words[at + 7] == 0 {
                    live[at..at + 7].fill(false);
                    live[at + 8..at + 16].fill(false);
                }
            }
        }
        if directory != 0 {
            live[directory * 4 + (1 << depth)..][..(4_usize.saturating_sub(1 << depth))].fill(false);
        }
        let (index, slots) = (words[word_of(shard, 4)] as usize * 4, words[word_of(shard, 5)] as usize + 1);
        for slot in 0..if index == 0 { 0 } else { slots } {
            let lease = words[index + slot * 2 + 1] as usize * 4;
            if lease == 0 {
                live[index + slot * 2] = false;
                continue;
            }
            let holdings = words[lease + 2] as usize & 63;
            live[lease + 10..lease + 12].fill(false);
            live[lease + (3 + 5 * holdings) * 4..lease + (4 << words[lease + 3])].fill(false);
        }
    }
    live
}

/// The first word in which a table differs from another where that says something.
fn difference(of: &[u32], from: &[u32]) -> Option<usize> {
    let live = mask(from);
    if of.len() != from.len() {
        return Some(header::NEXT);
    }
    (0..from.len()).find(|&at| live[at] && of[at] != from[at])
}

fn play(seed: u64, calls: usize, most_cuts: u64) -> [u64; 3] {
    let scratch = Scratch::new(&format!("{seed}"));
    let survivor = scratch.open();
    let terms = terms(&survivor);
    let mut random = Random(seed * 2 + 1);
    let mut now = 1_000_000.0;
    let [mut cuts, mut befores, mut afters] = [0, 0, 0];
    for step in 0..calls {
        now += [0, 0, 1, 3, 40][random.below(5) as usize] as f64;
        let call = draw(&mut random, now);
        let before = words(&survivor);
        restore(&survivor, &before);
        let mut whole = scratch.open();
        whole.memory().mode.cut.after(u64::MAX - 1);
        let _ = make(&mut whole, &terms, &call);
        let steps = whole.memory().mode.cut.taken(u64::MAX - 1);
        let commits = whole.memory().mode.cut.commits(u64::MAX - 1);
        // What may be there in the end: what was there, or what is there once the call is done, or of a batch its first calls.
        let mut states = vec![before.clone(), words(&whole)];
        drop(whole);
        for commit in &commits[..commits.len() - 1] {
            restore(&survivor, &before);
            let mut victim = scratch.open();
            victim.memory().mode.cut.after(*commit);
            let _ = make(&mut victim, &terms, &call);
            drop(victim);
            states.push(words(&scratch.open()));
        }
        let chosen: Vec<u64> = if steps <= most_cuts {
            (0..steps).collect()
        } else {
            (0..most_cuts).map(|_| random.below(steps)).collect()
        };
        for cut in chosen {
            restore(&survivor, &before);
            let mut victim = scratch.open();
            victim.memory().mode.cut.after(cut);
            let _ = make(&mut victim, &terms, &call);
            assert!(victim.memory().mode.cut.is_dead());
            drop(victim);
            // Whoever comes next takes its slot, and puts things right.
            let next = scratch.open();
            let left = words(&next);
            cuts += 1;
            if difference(&left, &before).is_none() {
                befores += 1;
            } else if states.iter().any(|state| difference(&left, state).is_none()) {
                afters += 1;
            } else {
                let all: Vec<_> = states.iter().map(|state| difference(&left, state)).collect();
                panic!("seed {seed}, call {step}, cut {cut} of {steps}: words {all:?} differ, {call:?}");
            }
            let locks = (0..SHARDS).filter(|&shard| left[word_of(shard, LOCK_WORD)] != 0).count();
            assert_eq!(locks, 0, "seed {seed}, call {step}, cut {cut}: locks are held");
        }
        restore(&survivor, &before);
        let _ = make(&mut scratch.open(), &terms, &call);
    }
    [cuts, befores, afters]
}

#[test]
fn a_call_killed_at_any_step_is_done_or_was_never_begun() {
    let [cuts, befores, afters] = play(1, 250, 60);
    assert!(cuts > 3_000 && befores > 1_000 && afters > 300, "{cuts} {befores} {afters}");
}

/// The long form: `cargo test --release --no-default-features -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn a_thousand_calls_killed_at_every_step() {
    for seed in 2..12 {
        println!("seed {seed}: {:?}", play(seed, 1_000, 2_000));
    }
}

#[test]
fn a_survivor_that_needs_the_locks_of_a_dead_one_takes_them_soon() {
    let scratch = Scratch::new("survivor");
    let mut survivor = scratch.open();
    let terms = terms(&survivor);
    let claims = vec![(0, "user".to_owned(), 1.0, 0.0), (1, "user".to_owned(), 1.0, 0.0)];
    let call = Call { verb: 0, claims, id: String::new(), now: 1_000.0, more: 0.0 };
    let mut took = Vec::new();
    for cut in 0..200 {
        let mut victim = scratch.open();
        victim.memory().mode.cut.after(cut);
        let _ = make(&mut victim, &terms, &call);
        let is_dead = victim.memory().mode.cut.is_dead();
        drop(victim);
        let started = Instant::now();
        assert_eq!(make(&mut survivor, &terms, &call), Ok(()));
        took.push(started.elapsed().as_millis());
        if !is_dead {
            // Half of them: a busy machine may keep any one call waiting.
            took.sort_unstable();
            assert!(took[took.len() / 2] < 100, "{took:?}");
            return;
        }
    }
    panic!("the call had no end");
}

#[test]
fn a_call_that_would_change_more_than_can_be_undone_changes_nothing() {
    let scratch = Scratch::new("full");
    let mut engine = scratch.open();
    let mut terms = terms(&engine);
    terms[1].capacity = 1e9;
    let mut call =
        Call { verb: 0, claims: vec![(1, "user".to_owned(), 1.0, 5.0)], id: "job".to_owned(), now: 1e6, more: 0.0 };
    for at in 0..16_000 {
        call.now = 1e6 + f64::from(at);
        call.verb = u64::from(at == 8_000);
        call.more = if at == 8_000 { 60_000.0 } else { 0.0 };
        assert_eq!(make(&mut engine, &terms, &call), Ok(()));
    }
    let before = words(&engine);
    call.verb = 4;
    call.claims[0].3 = 0.0;
    assert_eq!(make(&mut engine, &terms, &call), Err(Fault::LogFull));
    assert_eq!(difference(&words(&engine), &before), None);
    call.verb = 0;
    assert_eq!(make(&mut engine, &terms, &call), Ok(()));
}
