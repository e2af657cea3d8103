//! Ranges of addresses.

use std::io;

/// A range of addresses that is given back when it is dropped.
pub struct Region {
    base: *mut u8,
    length: usize,
    /// Of a file: sees to it that so many bytes from its beginning have room on the disk.
    backing: Option<Backing>,
}

/// Answers false where there is no room.
pub type Backing = Box<dyn Fn(usize) -> bool + Send + Sync>;

// Safety: addresses alone; who reads and writes there sees to the rest.
unsafe impl Send for Region {}
// Safety: as above.
unsafe impl Sync for Region {}

/// As much as a table can be.
const MOST_BYTES: usize = 1 << 32;

impl Region {
    /// Addresses for the largest table there can be, all 0; memory is taken where they are first written to. Where the system
    /// does not give so many, it is fewer.
    pub fn reserve() -> io::Result<Self> {
        let mut length = MOST_BYTES;
        loop {
            match Self::anonymous(length) {
                Err(_) if length > 1 << 26 => length /= 2,
                other => return other,
            }
        }
    }

    /// Takes over a mapping of `length` bytes at `base`, of what `backing` sees to.
    ///
    /// # Safety
    /// It was made by `mmap`, is readable and writable, and nobody else unmaps it.
    #[cfg(unix)]
    pub unsafe fn from_mapping(base: *mut u8, length: usize, backing: Option<Backing>) -> Self {
        Self { base, length, backing }
    }

    /// Where it begins, aligned to a page.
    pub fn base(&self) -> *mut u8 {
        self.base
    }

    /// How many bytes it has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// `length` bytes of 0.
    #[cfg(unix)]
    pub fn anonymous(length: usize) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;
        // Safety: a new mapping, at an address of the system's choice.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        #[cfg(target_os = "linux")]
        // Safety: the range just mapped. Whether it helps is all the same.
        unsafe {
            libc::madvise(base, length, libc::MADV_HUGEPAGE);
        }
        Ok(Self { base: base.cast(), length, backing: None })
    }

    /// `length` bytes of 0.
    #[cfg(windows)]
    pub fn anonymous(length: usize) -> io::Result<Self> {
        // Safety: new addresses, of the system's choice; memory is taken by `commit`.
        let base = unsafe { windows::VirtualAlloc(std::ptr::null_mut(), length, windows::RESERVE, windows::NO_ACCESS) };
        if base.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { base: base.cast(), length, backing: None })
    }

    /// Sees to it that the first `length` bytes can be written to; false when there is no memory for them.
    #[cfg(unix)]
    pub fn commit(&self, length: usize) -> bool {
        length <= self.length && self.backing.as_ref().is_none_or(|backing| backing(length))
    }

    /// Sees to it that the first `length` bytes can be written to; false when there is no memory for them.
    #[cfg(windows)]
    pub fn commit(&self, length: usize) -> bool {
        // Safety: within what was reserved; what has been committed before stays as it is.
        length <= self.length
            && !unsafe { windows::VirtualAlloc(self.base.cast(), length, windows::COMMIT, windows::READ_WRITE) }
                .is_null()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        #[cfg(unix)]
        // Safety: the mapping is its own, and nothing refers to it any more.
        unsafe {
            libc::munmap(self.base.cast(), self.length);
        }
        #[cfg(windows)]
        // Safety: as above.
        unsafe {
            windows::VirtualFree(self.base.cast(), 0, windows::RELEASE);
        }
    }
}

#[cfg(windows)]
mod windows {
    use core::ffi::c_void;

    pub const COMMIT: u32 = 0x1000;
    pub const RESERVE: u32 = 0x2000;
    pub const RELEASE: u32 = 0x8000;
    pub const NO_ACCESS: u32 = 1;
    pub const READ_WRITE: u32 = 4;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        pub fn VirtualAlloc(address: *mut c_void, size: usize, kind: u32, protect: u32) -> *mut c_void;
        pub fn VirtualFree(address: *mut c_void, size: usize, kind: u32) -> i32;
    }
}
