//! The bytes of a table, and how they are used: alone, by the threads of a process, or by processes.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

pub use crate::modes::{Alone, Threads};
use crate::region::Region;

/// How the bytes of a table are used. Every engine over a table has a mode of its own.
pub trait Mode: Sized {
    /// Whether others may be at work in the table at the same time: then shards are locked.
    const SHARED: bool;
    /// Whether a call can be undone: then what it frees is not used again before it is committed.
    const TRACKED: bool;
    /// Whether the bytes may be anybody's: then every place is checked, and a wrong one ends the call as `Corrupt`.
    const CHECKED: bool;

    /// Is told before live bytes are overwritten: `length` bytes from `place`, at the place of a word.
    fn before(&self, memory: &Memory<Self>, place: usize, length: usize);

    /// Is told before the call first changes a word of the header that all share; may take a lock that is kept until `commit`.
    fn lock_header(&self, memory: &Memory<Self>);

    /// Adds to a word of the header that all share, and says what it was.
    fn tally(&self, memory: &Memory<Self>, word: usize, change: u32) -> u32;

    /// Takes a lock, by the place of its word, if it is free; whether it was.
    fn try_lock(&self, memory: &Memory<Self>, lock: usize) -> bool;

    /// Waits for a lock that was not free for some thousand tries; false when it could not be had.
    fn wait(&self, memory: &Memory<Self>, lock: usize) -> bool;

    /// Gives a lock back.
    fn unlock(&self, memory: &Memory<Self>, lock: usize);

    /// Lets what was written stand. The locks are still held.
    fn commit(&self, memory: &Memory<Self>);

    /// Puts back what was overwritten since the last commit. The locks are still held.
    fn roll_back(&self, memory: &Memory<Self>);
}

/// What a call ends with, by unwinding, whose bytes are not those of a table.
pub struct Corrupt;

/// What a call ends with, by unwinding, that would overwrite more than can be undone.
pub struct LogFull;

/// What a call ends with, by unwinding, that cannot have a lock which it needs beside those of its shards.
pub struct Locked;

/// Ends the call: a place or a number read from the table cannot be right.
#[cold]
#[inline(never)]
pub fn corrupt() -> ! {
    // Without the panic hook: nothing is wrong with the program.
    resume_unwind(Box::new(Corrupt))
}

/// More than any call that is right looks at.
const MOST_STEPS: u32 = 1 << 24;

/// The bytes of a table, seen as words and numbers. Whoever touches a shard holds its lock, where the mode is shared.
pub struct Memory<M: Mode> {
    base: *mut u8,
    length: usize,
    /// Where bytes are not trusted: how many more are looked at before the call is taken for one that never ends.
    steps: Cell<u32>,
    /// How they are used.
    pub mode: M,
    /// Keeps the bytes where they are.
    region: Arc<Region>,
}

// Safety: the region outlives it, and may be touched by any thread; a mode that may not be is not `Send` itself.
unsafe impl<M: Mode + Send> Send for Memory<M> {}

impl<M: Mode> Memory<M> {
    /// All bytes of a region.
    pub fn new(region: Arc<Region>, mode: M) -> Self {
        let length = region.length();
        Self::within(region, 0, length, mode)
    }

    /// `length` bytes of a region from `offset`, a multiple of 64. Panics when the region does not have them.
    pub fn within(region: Arc<Region>, offset: usize, length: usize, mode: M) -> Self {
        assert!(offset.is_multiple_of(64) && offset <= region.length() && length <= region.length() - offset);
        // Safety: within the region.
        let base = unsafe { region.base().add(offset) };
        Self { base, length, steps: Cell::new(0), mode, region }
    }

    /// A call begins.
    #[inline(always)]
    pub fn begin(&self) {
        if M::CHECKED {
            self.steps.set(MOST_STEPS);
        }
    }

    /// Sees to it that the first `length` bytes can be written to; false when there is no memory for them.
    pub fn commit(&self, length: usize) -> bool {
        let offset = self.base.addr() - self.region.base().addr();
        length <= self.length && self.region.commit(offset + length)
    }

    /// How many bytes there can be.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The region that the bytes are in.
    pub fn region(&self) -> &Arc<Region> {
        &self.region
    }

    #[inline(always)]
    fn at(&self, place: usize, length: usize) -> *mut u8 {
        if M::CHECKED {
            let steps = self.steps.get();
            if steps == 0 || place.checked_add(length).is_none_or(|end| end > self.length) {
                corrupt();
            }
            self.steps.set(steps - 1);
        }
        debug_assert!(place + length <= self.length);
        // Safety: within the region: checked, or told by a table that only engines have written.
        unsafe { self.base.add(place) }
    }

    /// A word, by its place in words.
    #[inline(always)]
    pub fn word(&self, at: usize) -> u32 {
        // Safety: within the region, and aligned as `at` counts words.
        unsafe { self.at(at * 4, 4).cast::<u32>().read() }
    }

    /// A number, by its place in numbers.
    #[inline(always)]
    pub fn number(&self, at: usize) -> f64 {
        // Safety: within the region, and aligned as `at` counts numbers.
        unsafe { self.at(at * 8, 8).cast::<f64>().read() }
    }

    /// Overwrites a word.
    #[inline(always)]
    pub fn set_word(&self, at: usize, value: u32) {
        self.mode.before(self, at * 4, 4);
        self.fresh_word(at, value);
    }

    /// Overwrites a number.
    #[inline(always)]
    pub fn set_number(&self, at: usize, value: f64) {
        self.mode.before(self, at * 8, 8);
        self.fresh_number(at, value);
    }

    /// Writes a word where nothing lives, or what need not be undone.
    #[inline(always)]
    pub fn fresh_word(&self, at: usize, value: u32) {
        // Safety: within the region, and aligned as `at` counts words.
        unsafe { self.at(at * 4, 4).cast::<u32>().write(value) }
    }

    /// Writes a number where nothing lives, or what need not be undone.
    #[inline(always)]
    pub fn fresh_number(&self, at: usize, value: f64) {
        // Safety: within the region, and aligned as `at` counts numbers.
        unsafe { self.at(at * 8, 8).cast::<f64>().write(value) }
    }

    /// Overwrites words by others, which may overlap.
    #[inline]
    pub fn copy_words(&self, from: usize, to: usize, words: usize) {
        self.mode.before(self, to * 4, words * 4);
        self.fresh_copy(from, to, words);
    }

    /// Copies words to where nothing lives.
    #[inline]
    pub fn fresh_copy(&self, from: usize, to: usize, words: usize) {
        let (source, target) = (self.at(from * 4, words * 4), self.at(to * 4, words * 4));
        // Safety: both within the region.
        unsafe { ptr::copy(source, target, words * 4) }
    }

    /// Overwrites words by 0.
    #[inline]
    pub fn clear_words(&self, at: usize, words: usize) {
        self.mode.before(self, at * 4, words * 4);
        self.fresh_clear(at, words);
    }

    /// Clears words where nothing lives.
    #[inline]
    pub fn fresh_clear(&self, at: usize, words: usize) {
        // Safety: within the region.
        unsafe { ptr::write_bytes(self.at(at * 4, words * 4), 0, words * 4) }
    }

    /// Reads words out of the table.
    pub fn read_words(&self, at: usize, into: &mut [u32]) {
        let source = self.at(at * 4, into.len() * 4).cast::<u32>();
        // Safety: within the region; `into` is not, as it is borrowed alone.
        unsafe { ptr::copy_nonoverlapping(source, into.as_mut_ptr(), into.len()) }
    }

    /// A word that others may change at any time.
    #[inline(always)]
    pub fn atomic(&self, at: usize) -> &AtomicU32 {
        // Safety: within the region and aligned; such words are only ever read and written so while others may.
        unsafe { AtomicU32::from_ptr(self.at(at * 4, 4).cast::<u32>()) }
    }

    /// Asks for the line of 64 bytes at a place in words, which need not be there.
    #[inline(always)]
    pub fn prefetch(&self, at: usize) {
        let place = self.base.wrapping_add(at * 4);
        #[cfg(target_arch = "x86_64")]
        // Safety: a prefetch of any address does no harm.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(place.cast::<i8>());
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = place;
    }
}
