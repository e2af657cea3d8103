//! Calls that are undone: by a mode that writes down what is overwritten, and stops a call at any place.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;

use crate::support::play::{all_terms, draw, play};
use crate::support::{Draws, options, region};
use sluice::engine::Engine;
use sluice::memory::{LogFull, Memory, Mode};
use sluice::store::Fault;
use sluice::table::{Options, SHARD_WORDS, SHARDS, TIME_WORD, header, word_of};

#[derive(Default)]
struct Journal {
    entries: RefCell<Vec<(usize, Vec<u32>)>>,
    /// How many it writes down before it stops the call.
    most: Cell<usize>,
}

impl Mode for Journal {
    const SHARED: bool = true;
    const TRACKED: bool = true;
    const CHECKED: bool = true;

    fn before(&self, memory: &Memory<Self>, place: usize, length: usize) {
        if self.entries.borrow().len() >= self.most.get() {
            resume_unwind(Box::new(LogFull));
        }
        let mut words = vec![0; length / 4];
        memory.read_words(place / 4, &mut words);
        self.entries.borrow_mut().push((place / 4, words));
    }

    fn lock_header(&self, _: &Memory<Self>) {}

    fn tally(&self, memory: &Memory<Self>, word: usize, change: u32) -> u32 {
        let before = memory.word(word);
        memory.set_word(word, before.wrapping_add(change));
        before
    }

    fn try_lock(&self, memory: &Memory<Self>, lock: usize) -> bool {
        let is_free = memory.word(lock) == 0;
        memory.fresh_word(lock, 1);
        is_free
    }

    fn wait(&self, _: &Memory<Self>, _: usize) -> bool {
        false
    }

    fn unlock(&self, memory: &Memory<Self>, lock: usize) {
        memory.fresh_word(lock, 0);
    }

    fn commit(&self, _: &Memory<Self>) {
        self.entries.borrow_mut().clear();
    }

    fn roll_back(&self, memory: &Memory<Self>) {
        for (at, words) in self.entries.borrow_mut().drain(..).rev() {
            for (index, word) in words.into_iter().enumerate() {
                memory.fresh_word(at + index, word);
            }
        }
    }
}

fn engine(options: &Options) -> Engine<Journal> {
    let memory = Memory::new(region(1 << 21), Journal { most: Cell::new(usize::MAX), ..Journal::default() });
    Engine::create(memory, options)
}

/// All that must be as it was: the header but its size, and every shard but its time.
fn heads(engine: &Engine<Journal>) -> Vec<u32> {
    let is_time = |at: usize| at >= 64 && [TIME_WORD, TIME_WORD + 1].contains(&((at - word_of(0, 0)) % SHARD_WORDS));
    let words = (0..word_of(SHARDS, 0)).filter(|&at| at != header::SIZE && !is_time(at));
    words.map(|at| engine.memory().word(at)).collect()
}

#[test]
fn leaves_no_trace_of_a_call_that_is_stopped_anywhere() {
    let mut stopped = 0;
    for (seed, max_keys, max_leases) in [(1, 1_000_000, 1_000), (2, 40, 20), (3, 7, 4), (4, 300, 30)] {
        let mut draws = Draws(seed);
        let (mut one, mut twin) = (engine(&options(max_keys, max_leases)), engine(&options(max_keys, max_leases)));
        let terms = all_terms();
        for step in 0..12_000 {
            let operation = draw(&mut draws, step, 600);
            // The twin does the same in one go.
            let expected = play(&mut twin, &operation, &terms);
            let before = heads(&one);
            let mut allowed = draws.below(40);
            let got = loop {
                one.memory().mode.most.set(allowed);
                let got = play(&mut one, &operation, &terms);
                one.memory().mode.most.set(usize::MAX);
                if got != Err(Fault::LogFull) {
                    break got;
                }
                stopped += 1;
                assert!(heads(&one) == before, "seed {seed}, step {step}");
                allowed = if draws.one_in(3) { usize::MAX } else { allowed + draws.below(40) };
            };
            assert_eq!(got, expected, "seed {seed}, step {step}: {operation:?}");
            assert_eq!(one.size(), twin.size(), "seed {seed}, step {step}");
        }
    }
    assert!(stopped > 5_000, "{stopped}");
}

#[test]
fn sweeps_in_pieces_that_can_be_undone() {
    let (mut one, mut twin) = (engine(&options(1_000_000, 1_000)), engine(&options(1_000_000, 1_000)));
    let mut draws = Draws(5);
    let terms = all_terms();
    for step in 0..3_000 {
        let operation = draw(&mut draws, step, 2_000);
        assert_eq!(play(&mut one, &operation, &terms), play(&mut twin, &operation, &terms));
    }
    let before = one.size().keys;
    one.memory().mode.most.set(40);
    one.sweep(1e15).unwrap();
    twin.sweep(1e15).unwrap();
    assert!(heads(&one) == heads(&twin));
    assert!(one.size().keys * 10 < before, "{:?} of {before}", one.size());
}
