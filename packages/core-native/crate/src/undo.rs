//! How processes use a table: what a call overwrites is written down first, in the file, so that whoever finds its process dead puts it back.
//!
//! The area of an owner is a word pair, how many bytes of it are in use, and then, one after the other, what was overwritten: the bytes, rounded
//! up to eight, then their place in words and their number of words. A call is undone by going backwards. It is done once the
//! number of bytes is 0: that one store makes all of it stand, whatever shards it touched. Only then are locks given back; so
//! who gets a lock never sees half a call.
//!
//! A process that is killed has done all that it had come to and nothing beyond: its stores are in the page cache in the order of the program.
//! That order is all that has to be kept, which is what the fences are for.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, compiler_fence};
use std::time::{Duration, Instant};

use crate::mapped::{self, AREA, HEADER_LOCK, Mapped, PUT_RIGHT, Refusal};
use crate::memory::{LogFull, Memory, Mode};
use crate::owners::{self, MOST_OWNERS};
use crate::region::Region;
use crate::table::{LOCK_WORD, SHARDS, word_of};

/// Where what was overwritten begins in an area, after a line for how much it is.
const ENTRIES: usize = 64;
/// An area gets its blocks of the disk in pieces.
const PIECE: usize = 1 << 18;

/// For how long a lock is waited for, how soon its holder is looked after, and how long one sleeps between two tries.
const MOST_WAIT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_millis(1);
const NAP: Duration = Duration::from_micros(50);
const YIELDS: u32 = 50;
const SPINS: u32 = 200;

/// The mode of a table that processes share: an engine of one of them, which owns a slot of the file.
pub struct Processes {
    mapped: Mapped,
    owner: u32,
    /// How much of the area is in use, and how much has blocks of the disk.
    used: Cell<usize>,
    backed: Cell<usize>,
    has_header: Cell<bool>,
    #[cfg(test)]
    pub cut: crate::cut::Cut,
}

// Safety: `Mapped` is addresses and a file; it is one thread's at a time.
unsafe impl Send for Processes {}

impl Processes {
    /// Takes a slot of a file, and puts right what its last owner left behind.
    pub fn enter(mapped: Mapped) -> Result<Self, Refusal> {
        for owner in 0..MOST_OWNERS {
            if !owners::try_own(&mapped.file, owner)? {
                continue;
            }
            let mode = Self {
                mapped,
                owner,
                used: Cell::new(0),
                backed: Cell::new(0),
                has_header: Cell::new(false),
                #[cfg(test)]
                cut: crate::cut::Cut::default(),
            };
            if !mode.put_right(owner) {
                return Err(Refusal::NotATable("what was being written to it is damaged"));
            }
            return if mode.back(PIECE) { Ok(mode) } else { Err(Refusal::Io(std::io::ErrorKind::StorageFull.into())) };
        }
        Err(Refusal::TooManyOwners)
    }

    /// The table's bytes.
    pub fn table(&self) -> Arc<Region> {
        self.mapped.table.clone()
    }

    /// What a lock's word says while this engine holds it.
    fn mark(&self) -> u32 {
        self.owner + 1
    }

    fn area(&self, owner: u32) -> *mut u8 {
        self.mapped.control.base().wrapping_add(mapped::area_of(owner))
    }

    fn used_of(&self, owner: u32) -> &AtomicU64 {
        // Safety: an area lies within the control region, and begins at a multiple of 8.
        unsafe { AtomicU64::from_ptr(self.area(owner).cast()) }
    }

    fn set_used(&self, used: usize) {
        self.used.set(used);
        compiler_fence(Ordering::SeqCst);
        self.used_of(self.owner).store(used as u64, Ordering::Release);
        compiler_fence(Ordering::SeqCst);
    }

    fn control_word(&self, word: usize) -> &AtomicU32 {
        // Safety: within the first page of the control region, and aligned.
        unsafe { AtomicU32::from_ptr(self.mapped.control.base().cast::<u32>().add(word)) }
    }

    fn shard_lock(&self, shard: usize) -> &AtomicU32 {
        // Safety: the shards of a table lie within its first page, and are aligned.
        unsafe { AtomicU32::from_ptr(self.mapped.table.base().cast::<u32>().add(word_of(shard, LOCK_WORD))) }
    }

    /// Has blocks of the disk for so much of the area.
    fn back(&self, length: usize) -> bool {
        let at = mapped::area_of(self.owner);
        let length = length.next_multiple_of(PIECE).min(AREA);
        let is_there = mapped::allocate(&self.mapped.file, at, length);
        if is_there {
            self.backed.set(length);
        }
        is_there
    }

    #[cold]
    #[inline(never)]
    fn back_or_end(&self, length: usize) {
        if length > AREA || !self.back(length) {
            resume_unwind(Box::new(LogFull));
        }
    }

    /// Puts back what an owner was overwriting, the last first; false when what it wrote down cannot be right. Doing it again does no harm.
    fn undo(&self, owner: u32) -> bool {
        let used = self.used_of(owner).load(Ordering::Acquire) as usize;
        if used > AREA - ENTRIES || !used.is_multiple_of(8) {
            return false;
        }
        let (first, base) = (self.area(owner).wrapping_add(ENTRIES), self.mapped.table.base());
        let mut end = used;
        while end > 0 {
            let told = first.wrapping_add(end - 8).cast::<u32>();
            // Safety: `end` is at most what the area holds, and a multiple of 8.
            let (place, words) = unsafe { (told.read() as usize * 4, told.add(1).read() as usize) };
            let length = words * 4;
            let entry = length.next_multiple_of(8) + 8;
            if entry > end || place + length > self.mapped.table.length() {
                return false;
            }
            end -= entry;
            // Safety: both were just found to lie within their regions.
            unsafe { ptr::copy_nonoverlapping(first.wrapping_add(end), base.add(place), length) }
        }
        compiler_fence(Ordering::SeqCst);
        self.used_of(owner).store(0, Ordering::Release);
        true
    }

    /// Undoes what a dead owner was at, whose slot is ours, and gives its locks back.
    fn put_right(&self, owner: u32) -> bool {
        let was_writing = self.used_of(owner).load(Ordering::Acquire) > 0;
        // Where nothing can be put back its locks stay, and tell everybody so.
        if !self.undo(owner) {
            return false;
        }
        let locks = (0..SHARDS).map(|shard| self.shard_lock(shard)).chain([self.control_word(HEADER_LOCK)]);
        let held = locks
            .filter(|lock| lock.compare_exchange(owner + 1, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok())
            .count();
        if was_writing || held > 0 {
            self.control_word(PUT_RIGHT).fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    /// Looks after whoever holds a lock: if it is dead, its slot is taken for as long as it takes to put things right.
    fn look_after(&self, lock: &AtomicU32) {
        let word = lock.load(Ordering::Relaxed);
        if word == 0 || word == self.mark() {
            return;
        }
        let owner = word - 1;
        if owners::try_own(&self.mapped.file, owner).unwrap_or(false) {
            self.put_right(owner);
            let _ = owners::let_go(&self.mapped.file, owner);
        }
    }

    fn try_take(&self, lock: &AtomicU32) -> bool {
        lock.compare_exchange(0, self.mark(), Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    #[inline(never)]
    fn wait_for(&self, lock: &AtomicU32) -> bool {
        let started = Instant::now();
        let mut looked = started;
        for tries in 0_u32.. {
            if self.try_take(lock) {
                return true;
            }
            let now = Instant::now();
            // What no owner has written nobody will give back.
            if now - started > MOST_WAIT || lock.load(Ordering::Relaxed) > MOST_OWNERS {
                break;
            }
            if now - looked > PATIENCE {
                looked = now;
                self.look_after(lock);
            } else if tries < YIELDS {
                std::thread::yield_now();
            } else {
                std::thread::sleep(NAP);
            }
        }
        false
    }

    /// Takes the lock of what all shards share, until the call is done. It is the last in the order of locks: who has it waits for no other.
    fn take_header(&self) {
        if self.has_header.get() {
            return;
        }
        let lock = self.control_word(HEADER_LOCK);
        if !(0..SPINS).any(|_| self.try_take(lock)) && !self.wait_for(lock) {
            resume_unwind(Box::new(crate::memory::Locked));
        }
        self.has_header.set(true);
    }

    fn give_header_back(&self) {
        if self.has_header.replace(false) {
            self.control_word(HEADER_LOCK).store(0, Ordering::Release);
        }
    }

    #[inline(always)]
    fn cut_here(&self) {
        #[cfg(test)]
        self.cut.here();
    }

    #[cfg(test)]
    fn is_dead(&self) -> bool {
        self.cut.is_dead()
    }

    #[cfg(not(test))]
    #[inline(always)]
    fn is_dead(&self) -> bool {
        false
    }
}

impl Mode for Processes {
    const SHARED: bool = true;
    const TRACKED: bool = true;
    const CHECKED: bool = true;

    #[inline]
    fn before(&self, memory: &Memory<Self>, place: usize, length: usize) {
        if length == 0 {
            return;
        }
        if place.checked_add(length).is_none_or(|end| end > memory.length()) {
            crate::memory::corrupt();
        }
        self.cut_here();
        let used = self.used.get();
        let rounded = length.next_multiple_of(8);
        let next = used + rounded + 8;
        if ENTRIES + next > self.backed.get() {
            self.back_or_end(ENTRIES + next);
        }
        let entry = self.area(self.owner).wrapping_add(ENTRIES + used);
        // Safety: the area has room for it, and the place lies within the table.
        unsafe {
            ptr::copy_nonoverlapping(self.mapped.table.base().add(place), entry, length);
            let told = entry.add(rounded).cast::<u32>();
            told.write((place / 4) as u32);
            told.add(1).write((length / 4) as u32);
        }
        self.cut_here();
        self.set_used(next);
        self.cut_here();
    }

    fn lock_header(&self, _: &Memory<Self>) {
        self.take_header();
    }

    fn tally(&self, memory: &Memory<Self>, word: usize, change: u32) -> u32 {
        self.take_header();
        let before = memory.word(word);
        memory.set_word(word, before.wrapping_add(change));
        before
    }

    #[inline(always)]
    fn try_lock(&self, memory: &Memory<Self>, lock: usize) -> bool {
        self.try_take(memory.atomic(lock))
    }

    fn wait(&self, memory: &Memory<Self>, lock: usize) -> bool {
        self.wait_for(memory.atomic(lock))
    }

    #[inline(always)]
    fn unlock(&self, memory: &Memory<Self>, lock: usize) {
        if self.is_dead() {
            return;
        }
        memory.atomic(lock).store(0, Ordering::Release);
    }

    #[inline]
    fn commit(&self, _: &Memory<Self>) {
        self.cut_here();
        if self.used.get() > 0 {
            self.set_used(0);
        }
        #[cfg(test)]
        self.cut.committed();
        self.cut_here();
        self.give_header_back();
    }

    #[cold]
    fn roll_back(&self, _: &Memory<Self>) {
        if self.is_dead() {
            return;
        }
        self.undo(self.owner);
        self.used.set(0);
        self.give_header_back();
    }
}
