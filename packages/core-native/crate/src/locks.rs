//! The locks of shards.

use std::hint::spin_loop;

use crate::memory::Mode;
use crate::table::{LOCK_WORD, SHARDS, TIME_WORD, Table, shard_of, word_of};

const SPINS: u32 = 2_000;

/// The shards that a call touches, each once, in ascending order; and behind them those that it met on its way.
pub struct ShardSet {
    shards: [u8; SHARDS],
    length: usize,
    /// How many of them are locked.
    held: usize,
}

impl Default for ShardSet {
    fn default() -> Self {
        Self { shards: [0; SHARDS], length: 0, held: 0 }
    }
}

impl ShardSet {
    /// How many there are.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The one at a place.
    pub fn at(&self, place: usize) -> usize {
        usize::from(self.shards[place])
    }

    /// Puts the shard of a hash in.
    pub fn include(&mut self, hash_a: u32) {
        let shard = shard_of(hash_a) as u8;
        let mut place = self.length;
        while place > 0 && self.shards[place - 1] >= shard {
            place -= 1;
        }
        if place < self.length && self.shards[place] == shard {
            return;
        }
        self.shards.copy_within(place..self.length, place + 1);
        self.shards[place] = shard;
        self.length += 1;
    }

    fn push(&mut self, shard: usize) {
        self.shards[self.length] = shard as u8;
        self.length += 1;
        self.held = self.length;
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.length = 0;
    }
}

impl<M: Mode> Table<M> {
    /// Takes the locks of all shards of `set`, lowest first, so that two calls never wait for each other. Answers with the time: the
    /// latest of `now` and what the shards have seen; nothing, and no lock is held, when one could not be had.
    pub fn lock_all(&self, set: &mut ShardSet, now: f64) -> Option<f64> {
        let mut latest = now;
        for place in 0..set.length {
            let shard = set.at(place);
            if !self.lock(shard) {
                self.unlock_all(set);
                return None;
            }
            set.held = place + 1;
            let seen = self.memory.number(word_of(shard, TIME_WORD) / 2);
            if seen > latest {
                latest = seen;
            }
        }
        Some(latest)
    }

    /// Lets the shards at hand have seen a time.
    pub fn note_time(&self, set: &ShardSet, now: f64) {
        for place in 0..set.length {
            self.memory.fresh_number(word_of(set.at(place), TIME_WORD) / 2, now);
        }
    }

    /// Takes a shard's lock too if it is free; whether it was. It is given back with the others.
    pub fn try_lock_also(&self, set: &mut ShardSet, shard: usize) -> bool {
        let is_free = (0..set.length).all(|place| set.at(place) != shard)
            && self.memory.mode.try_lock(&self.memory, word_of(shard, LOCK_WORD));
        if is_free {
            set.push(shard);
        }
        is_free
    }

    /// Gives back what was taken beyond the first `length`.
    pub fn unlock_behind(&self, set: &mut ShardSet, length: usize) {
        while set.held > length {
            set.held -= 1;
            self.memory.mode.unlock(&self.memory, word_of(set.at(set.held), LOCK_WORD));
        }
        set.length = set.length.min(length);
    }

    /// Gives the locks back, and empties the set.
    pub fn unlock_all(&self, set: &mut ShardSet) {
        self.unlock_behind(set, 0);
    }

    /// Waits for a lock; false when it did not come.
    fn lock(&self, shard: usize) -> bool {
        let lock = word_of(shard, LOCK_WORD);
        let mode = &self.memory.mode;
        for _ in 0..SPINS {
            if mode.try_lock(&self.memory, lock) {
                return true;
            }
            spin_loop();
        }
        mode.wait(&self.memory, lock)
    }
}
