//! The modes of tables in the memory of one process.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::memory::{Memory, Mode};

/// The mode of a table that only one thread uses.
pub struct Alone;

impl Mode for Alone {
    const SHARED: bool = false;
    const TRACKED: bool = false;
    const CHECKED: bool = false;

    #[inline(always)]
    fn before(&self, _: &Memory<Self>, _: usize, _: usize) {}

    #[inline(always)]
    fn lock_header(&self, _: &Memory<Self>) {}

    #[inline(always)]
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

    #[inline(always)]
    fn commit(&self, _: &Memory<Self>) {}

    fn roll_back(&self, _: &Memory<Self>) {}
}

/// The mode of a table that the threads of one process share.
pub struct Threads;

/// How long a thread sleeps between two tries, and how often before it gives up: about a second.
const NAP: Duration = Duration::from_micros(100);
const YIELDS: u32 = 100;
const MOST_WAIT: Duration = Duration::from_secs(1);

impl Mode for Threads {
    const SHARED: bool = true;
    const TRACKED: bool = false;
    const CHECKED: bool = false;

    #[inline(always)]
    fn before(&self, _: &Memory<Self>, _: usize, _: usize) {}

    #[inline(always)]
    fn lock_header(&self, _: &Memory<Self>) {}

    #[inline(always)]
    fn tally(&self, memory: &Memory<Self>, word: usize, change: u32) -> u32 {
        memory.atomic(word).fetch_add(change, Ordering::Relaxed)
    }

    #[inline(always)]
    fn try_lock(&self, memory: &Memory<Self>, lock: usize) -> bool {
        let word = memory.atomic(lock);
        word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait(&self, memory: &Memory<Self>, lock: usize) -> bool {
        let started = Instant::now();
        let mut tries = 0;
        while started.elapsed() < MOST_WAIT {
            if tries < YIELDS {
                thread::yield_now();
            } else {
                thread::sleep(NAP);
            }
            tries += 1;
            if self.try_lock(memory, lock) {
                return true;
            }
        }
        false
    }

    #[inline(always)]
    fn unlock(&self, memory: &Memory<Self>, lock: usize) {
        memory.atomic(lock).store(0, Ordering::Release);
    }

    #[inline(always)]
    fn commit(&self, _: &Memory<Self>) {}

    fn roll_back(&self, _: &Memory<Self>) {}
}
