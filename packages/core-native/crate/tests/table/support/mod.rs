//! What the tests of the table have in common.
#![allow(dead_code)]

pub mod play;

use std::sync::Arc;

use sluice::engine::Engine;
use sluice::hash::{Hash, Hasher, Text};
use sluice::memory::{Alone, Memory, Mode};
use sluice::region::Region;
use sluice::store::{Algorithm, Claim, OnExpiry, Terms, scope_hash};
use sluice::table::{FIRST_BYTES, Options, Table};

pub const NOW: f64 = 1_000_000.0;

pub fn options(max_keys: u32, max_leases: u32) -> Options {
    Options { key0: 1, key1: 2, max_keys, max_leases, remember_ms: 4_321.0, first_bytes: FIRST_BYTES }
}

pub fn region(bytes: usize) -> Arc<Region> {
    Arc::new(Region::anonymous(bytes).expect("memory"))
}

/// A table that may have so many bytes.
pub fn table(bytes: usize) -> Table<Alone> {
    Table::create(Memory::new(region(bytes), Alone), &options(1_000_000, 100_000))
}

pub fn engine<M: Mode>(mode: M, options: &Options) -> Engine<M> {
    Engine::create(Memory::new(region(1 << 26), mode), options)
}

pub fn hash_of(number: u32) -> Hash {
    Hasher::new(3, 4).absorb(Text::Latin1(&number.to_le_bytes())).finish(0, 0)
}

fn terms(algorithm: Algorithm, on_expiry: OnExpiry, capacity: f64, scope: &str) -> Terms {
    let scope = scope_hash(&Hasher::new(1, 2), Text::Latin1(scope.as_bytes()));
    let numbers = (0.0, 0.0);
    let (refill, every_ms) = numbers;
    Terms { algorithm, on_expiry, capacity, window_ms: 0.0, precision_ms: 0.0, refill, every_ms, scope }
}

pub fn sliding(capacity: f64, window_ms: f64) -> Terms {
    let base = terms(Algorithm::SlidingWindow, OnExpiry::ChargeUsed, capacity, "sliding");
    Terms { window_ms, precision_ms: 1.0, ..base }
}

pub fn bucket(capacity: f64, refill: f64, every_ms: f64) -> Terms {
    let base = terms(Algorithm::TokenBucket, OnExpiry::ChargeEstimate, capacity, "bucket");
    Terms { refill, every_ms, ..base }
}

pub fn concurrency(capacity: f64) -> Terms {
    terms(Algorithm::Concurrency, OnExpiry::Refund, capacity, "concurrency")
}

pub fn fixed(capacity: f64) -> Terms {
    terms(Algorithm::FixedWindow, OnExpiry::ChargeUsed, capacity, "fixed")
}

pub fn claim<'a>(terms: &'a Terms, subject: &'a str, cost: f64) -> Claim<'a> {
    let day = 86_400_000.0;
    Claim { terms, subject: Text::Latin1(subject.as_bytes()), cost, period_ends: [day, 2.0 * day] }
}

/// Draws that depend on the seed alone.
pub struct Draws(pub u64);

impl Draws {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * most as u128) >> 64) as usize
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}
