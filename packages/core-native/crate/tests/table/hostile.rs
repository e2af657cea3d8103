//! Bytes that are not those of a table: a call on them may answer anything, but it ends, and touches nothing else.

use crate::support::play::{all_terms, draw, play};
use crate::support::{Draws, options, region};
use sluice::engine::Engine;
use sluice::memory::{Memory, Mode};
use sluice::table::{SHARDS, word_of};

/// As a file that others may have written to.
struct Distrustful;

impl Mode for Distrustful {
    const SHARED: bool = false;
    const TRACKED: bool = false;
    const CHECKED: bool = true;

    fn before(&self, _: &Memory<Self>, _: usize, _: usize) {}

    fn lock_header(&self, _: &Memory<Self>) {}

    fn tally(&self, memory: &Memory<Self>, word: usize, change: u32) -> u32 {
        let before = memory.word(word);
        memory.fresh_word(word, before.wrapping_add(change));
        before
    }

    fn try_lock(&self, _: &Memory<Self>, _: usize) -> bool {
        true
    }

    fn wait(&self, _: &Memory<Self>, _: usize) -> bool {
        true
    }

    fn unlock(&self, _: &Memory<Self>, _: usize) {}

    fn commit(&self, _: &Memory<Self>) {}

    fn roll_back(&self, _: &Memory<Self>) {}
}

#[test]
fn ends_every_call_on_a_table_whose_bytes_are_anybodys() {
    let seeds = std::env::var("SLUICE_FUZZ").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(20);
    let terms = all_terms();
    let (mut answered, mut found) = (0u64, 0u64);
    for seed in 0..seeds {
        let mut draws = Draws(seed * 7 + 1);
        let max_keys = [1_000, 20][draws.below(2)];
        let mut engine = Engine::create(Memory::new(region(1 << 18), Distrustful), &options(max_keys, 30));
        for step in 0..600 {
            if step > 200 && draws.one_in(4) {
                spoil(&engine, &mut draws);
            }
            let operation = draw(&mut draws, step, 200);
            match play(&mut engine, &operation, &terms) {
                Ok(_) => answered += 1,
                Err(_) => found += 1,
            }
            if draws.one_in(100) {
                let _ = engine.sweep(crate::support::NOW + step as f64);
            }
        }
    }
    assert!(answered > 1_000 && found > 1_000, "{answered} answered, {found} found");
}

fn spoil(engine: &Engine<Distrustful>, draws: &mut Draws) {
    let memory = engine.memory();
    let words = memory.length() / 4;
    let shards = word_of(0, 0)..word_of(SHARDS, 0);
    let at = match draws.below(4) {
        0 => draws.below(16),
        1 => shards.start + draws.below(shards.len()),
        // What is in use begins after the shards.
        2 => shards.end + draws.below(40_000),
        _ => draws.below(words),
    };
    let value = match draws.below(5) {
        0 => 0,
        1 => u32::MAX,
        2 => memory.word(draws.below(words)),
        3 => memory.word(at) ^ 1 << draws.below(32),
        _ => draws.below(1 << 32) as u32,
    };
    memory.fresh_word(at.min(words - 1), value);
}
