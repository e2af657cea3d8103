//! The file of a table that processes share: how it is made, checked and mapped.
//!
//! A page that says what it is and has the lock of the table's header; for each owner an area for what it is overwriting; then the table.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::owners::{self, MOST_OWNERS};
use crate::region::Region;

const MAGIC: u32 = 0x4655_4c53;
const VERSION: u32 = 1;

/// Words of the first page. All but the last are never changed, and summed up.
const SUMMED: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const SUM: usize = 10;
/// The lock of what all shards share: a line of its own.
pub const HEADER_LOCK: usize = 32;
/// How often something was put right that a dead owner had left.
pub const PUT_RIGHT: usize = 48;

const PAGE: usize = 1 << 16;
/// What an owner can log: told below how it is used.
pub const AREA: usize = if cfg!(test) { 1 << 16 } else { 8 << 20 };
const TABLE_AT: usize = PAGE + AREA * MOST_OWNERS as usize;
const MOST_TABLE: u64 = 1 << 32;
/// The words of a table's own header that never change once it is made: what it is, its secret and its bounds.
const TABLE_FIXED: [usize; 8] = [0, 1, 4, 5, 12, 13, 14, 15];

/// Why a file cannot be opened.
#[derive(Debug)]
pub enum Refusal {
    /// It is not the file of a table, or not of this version, or damaged.
    NotATable(&'static str),
    /// As many engines as can be have it open.
    TooManyOwners,
    /// The system did not let us.
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A file that has been mapped.
pub struct Mapped {
    /// With the lock of an owner's slot.
    pub file: File,
    /// The first page and the areas of the owners.
    pub control: Region,
    /// The table.
    pub table: Arc<Region>,
}

/// Opens the file of a table, or has one made by `fill`, which is given the empty table.
pub fn open(path: &Path, most_table: u64, fill: &dyn Fn(Arc<Region>)) -> Result<Mapped, Refusal> {
    loop {
        let flags = libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        match OpenOptions::new().read(true).write(true).custom_flags(flags).open(path) {
            Ok(file) => {
                let mapped = map(file)?;
                if is_of_this_boot(&mapped) {
                    return Ok(mapped);
                }
                // What was not yet on the disk when the machine stopped is lost: such a table may be torn.
                owners::lock_replacing(&mapped.file)?;
                let there = fs::symlink_metadata(path)?;
                let ours = mapped.file.metadata()?;
                if there.ino() == ours.ino() && there.dev() == ours.dev() {
                    let fresh = make(path, most_table, fill)?;
                    fs::rename(&fresh, path)?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let fresh = make(path, most_table, fill)?;
                let linked = fs::hard_link(&fresh, path);
                fs::remove_file(&fresh)?;
                match linked {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error)?,
                    // Whoever was first made it.
                    _ => {}
                }
            }
            Err(error) => Err(error)?,
        }
    }
}

/// Makes a whole file beside `path`, under a name of its own.
fn make(path: &Path, most_table: u64, fill: &dyn Fn(Arc<Region>)) -> Result<std::path::PathBuf, Refusal> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{number}-{:x}.new", std::process::id(), unlikely()));
    let fresh = std::path::PathBuf::from(name);
    let flags = libc::O_CLOEXEC | libc::O_NOFOLLOW;
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).custom_flags(flags).open(&fresh)?;
    let made = (|| {
        let length = (TABLE_AT as u64) + most_table.clamp(1 << 20, MOST_TABLE).next_multiple_of(PAGE as u64);
        file.set_len(length)?;
        if !allocate(&file, 0, PAGE) {
            return Err(Refusal::Io(io::Error::last_os_error()));
        }
        let mapped = map_unchecked(file.try_clone()?, length)?;
        fill(mapped.table.clone());
        let boot = boot_id();
        let page = Words(&mapped.control);
        page.set(0, MAGIC);
        page.set(1, VERSION);
        page.set(2, MOST_OWNERS);
        page.set(3, AREA as u32);
        page.set(4, length as u32);
        page.set(5, (length >> 32) as u32);
        page.set(6, boot as u32);
        page.set(7, (boot >> 32) as u32);
        page.set(8, sum_of(&TABLE_FIXED.map(|word| Words(&mapped.table).get(word))));
        page.set(9, u32::from(cfg!(target_endian = "big")));
        page.set(SUM, sum_of(&SUMMED.map(|word| page.get(word))));
        Ok(())
    })();
    if let Err(refusal) = made {
        let _ = fs::remove_file(&fresh);
        return Err(refusal);
    }
    Ok(fresh)
}

/// Maps a file once all has been checked that can be: whatever is in it, what reads it then stays within it.
fn map(file: File) -> Result<Mapped, Refusal> {
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(Refusal::NotATable("it is not a file"));
    }
    if facts.len() < (TABLE_AT + PAGE) as u64 || facts.len() > TABLE_AT as u64 + MOST_TABLE {
        return Err(Refusal::NotATable("it is too short or too long"));
    }
    let mapped = map_unchecked(file, facts.len())?;
    let page = Words(&mapped.control);
    if page.get(0) != MAGIC {
        return Err(Refusal::NotATable("it does not begin as one does"));
    }
    if page.get(1) != VERSION {
        return Err(Refusal::NotATable("it is of another version"));
    }
    let length = u64::from(page.get(4)) | u64::from(page.get(5)) << 32;
    if page.get(SUM) != sum_of(&SUMMED.map(|word| page.get(word))) {
        return Err(Refusal::NotATable("its header is damaged"));
    }
    if length != facts.len() || page.get(2) != MOST_OWNERS || page.get(3) != AREA as u32 {
        return Err(Refusal::NotATable("it was cut, or made by another build"));
    }
    if page.get(8) != sum_of(&TABLE_FIXED.map(|word| Words(&mapped.table).get(word))) {
        return Err(Refusal::NotATable("the table's header is damaged"));
    }
    let units = Words(&mapped.table).get(2) as usize;
    if units * 16 > mapped.table.length() || !mapped.table.commit(units * 16) {
        return Err(Refusal::NotATable("the table is longer than it"));
    }
    Ok(mapped)
}

fn map_unchecked(file: File, length: u64) -> Result<Mapped, Refusal> {
    let control = map_part(&file, 0, TABLE_AT)?;
    let table = map_part(&file, TABLE_AT, length as usize - TABLE_AT)?;
    let grown = file.try_clone()?;
    let committed = AtomicUsize::new(0);
    // Blocks are taken from the disk before they are written to: a full disk is then a table that cannot grow, and not a signal.
    let backing = Box::new(move |length: usize| {
        let before = committed.load(Ordering::Relaxed);
        if length <= before {
            return true;
        }
        let is_there = allocate(&grown, TABLE_AT + before, length - before);
        if is_there {
            committed.fetch_max(length, Ordering::Relaxed);
        }
        is_there
    });
    // Safety: both were mapped just now, for reading and writing, and are unmapped by nobody else.
    let (control, table) = unsafe {
        let control = Region::from_mapping(control, TABLE_AT, None);
        (control, Region::from_mapping(table, length as usize - TABLE_AT, Some(backing)))
    };
    Ok(Mapped { file, control, table: Arc::new(table) })
}

fn map_part(file: &File, at: usize, length: usize) -> io::Result<*mut u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // Safety: a new mapping, at an address of the system's choice.
    let base = unsafe {
        libc::mmap(std::ptr::null_mut(), length, protection, libc::MAP_SHARED, file.as_raw_fd(), at as libc::off_t)
    };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    Ok(base.cast())
}

/// Takes blocks for a part of a file; false when there are none. True where the file system cannot say.
pub fn allocate(file: &File, at: usize, length: usize) -> bool {
    #[cfg(target_os = "linux")]
    loop {
        // Safety: the descriptor is open.
        if unsafe { libc::fallocate(file.as_raw_fd(), 0, at as libc::off_t, length as libc::off_t) } == 0 {
            return true;
        }
        match io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return true,
            _ => return false,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, at, length);
        true
    }
}

/// Where the area of an owner begins in the control region.
pub fn area_of(owner: u32) -> usize {
    PAGE + owner as usize * AREA
}

fn is_of_this_boot(mapped: &Mapped) -> bool {
    let page = Words(&mapped.control);
    let boot = boot_id();
    page.get(6) == boot as u32 && page.get(7) == (boot >> 32) as u32
}

/// Tells one run of the machine from another; 0 where the system does not.
fn boot_id() -> u64 {
    #[cfg(target_os = "linux")]
    let text = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let text = boot_session();
    let words: Vec<u32> = text.iter().map(|byte| u32::from(*byte)).collect();
    let low = sum_of(&words);
    u64::from(low) | u64::from(sum_of(&[&words[..], &[low]].concat())) << 32
}

#[cfg(not(target_os = "linux"))]
fn boot_session() -> Vec<u8> {
    let mut text = vec![0u8; 64];
    let mut length = text.len();
    #[cfg(target_vendor = "apple")]
    // Safety: the name ends with 0, and no more than `length` bytes are written.
    unsafe {
        let name = c"kern.bootsessionuuid";
        if libc::sysctlbyname(name.as_ptr(), text.as_mut_ptr().cast(), &mut length, std::ptr::null_mut(), 0) != 0 {
            length = 0;
        }
    }
    #[cfg(not(target_vendor = "apple"))]
    {
        length = 0;
    }
    text.truncate(length);
    text
}

fn unlikely() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// FNV-1a of words: it finds damage, and is no defence.
fn sum_of(words: &[u32]) -> u32 {
    words
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

struct Words<'a>(&'a Region);

impl Words<'_> {
    fn get(&self, word: usize) -> u32 {
        // Safety: within the first page, which both regions have, and aligned.
        unsafe { self.0.base().cast::<u32>().add(word).read() }
    }

    fn set(&self, word: usize, value: u32) {
        // Safety: as above; nobody else has the file yet.
        unsafe { self.0.base().cast::<u32>().add(word).write(value) }
    }
}
