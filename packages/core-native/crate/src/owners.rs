//! Who has a table open: slots of its file, one for each engine, that are freed by the kernel when their process dies.
//!
//! A slot is owned by whoever holds the lock on its byte of the file: of an open file description (fcntl(2)), which goes with the last
//! descriptor of it, however its process ends. So nobody has to guess from a process id, which may have come again or belong to another container.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// As many engines as can have a file open at a time.
pub const MOST_OWNERS: u32 = 128;

/// The byte whose lock is held to replace the file by a new one.
const REPLACING: i64 = MOST_OWNERS as i64;

/// Takes the lock of a slot if it is free; whether it was. It is given back when `file` is closed, or by `let_go`.
pub fn try_own(file: &File, owner: u32) -> io::Result<bool> {
    set(file, i64::from(owner), libc::F_WRLCK, libc::F_OFD_SETLK)
}

/// Gives the lock of a slot back.
pub fn let_go(file: &File, owner: u32) -> io::Result<()> {
    set(file, i64::from(owner), libc::F_UNLCK, libc::F_OFD_SETLK).map(drop)
}

/// Waits until nobody else is about to replace the file.
pub fn lock_replacing(file: &File) -> io::Result<()> {
    set(file, REPLACING, libc::F_WRLCK, libc::F_OFD_SETLKW).map(drop)
}

fn set(file: &File, byte: i64, kind: i32, command: i32) -> io::Result<bool> {
    // Safety: all of its fields are numbers.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as _;
    lock.l_whence = libc::SEEK_SET as _;
    lock.l_start = byte as _;
    lock.l_len = 1;
    loop {
        // Safety: the descriptor is open, and the lock is read only during the call.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &lock) } == 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EAGAIN | libc::EACCES) => return Ok(false),
            _ => return Err(error),
        }
    }
}
