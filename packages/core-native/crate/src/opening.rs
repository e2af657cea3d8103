//! How a desk comes to its table: one of its own, one that threads of this process share, or a file that processes share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::desk::{AnyEngine, Desk};
use crate::engine::Engine;
use crate::memory::{Alone, Memory, Threads};
use crate::region::Region;
use crate::table::{FIRST_BYTES, FIRST_SHARED_BYTES, Options};

/// Why there is no table: a kind that src/open.ts knows, and what to say.
pub struct Refused {
    pub kind: &'static str,
    pub why: String,
}

/// The options of a new table.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub key0: u32,
    pub key1: u32,
    pub max_keys: u32,
    pub max_leases: u32,
    pub remember_ms: f64,
}

impl Bounds {
    fn options(self, first_bytes: usize) -> Options {
        let Self { key0, key1, max_keys, max_leases, remember_ms } = self;
        Options { key0, key1, max_keys, max_leases, remember_ms, first_bytes }
    }
}

/// The tables that threads of this process share, by their handles, as long as a store of any thread has them.
static SHARED: Mutex<Option<HashMap<u64, Weak<Region>>>> = Mutex::new(None);

/// A table for one thread.
pub fn alone(bounds: Bounds) -> Result<Desk, Refused> {
    let engine = Engine::create(Memory::new(Arc::new(reserve()?), Alone), &bounds.options(FIRST_BYTES));
    Ok(Desk::new(AnyEngine::Alone(engine)))
}

/// A table that other threads can open by `handle`.
pub fn share(bounds: Bounds, handle: u64) -> Result<Desk, Refused> {
    let region = Arc::new(reserve()?);
    let engine = Engine::create(Memory::new(region.clone(), Threads), &bounds.options(FIRST_SHARED_BYTES));
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let tables = shared.get_or_insert_default();
    tables.retain(|_, table| table.strong_count() > 0);
    tables.insert(handle, Arc::downgrade(&region));
    Ok(Desk::new(AnyEngine::Threads(engine)))
}

/// The table that another thread shares by `handle`.
pub fn join(handle: u64) -> Result<Desk, Refused> {
    let shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = shared.as_ref().and_then(|tables| tables.get(&handle)).and_then(Weak::upgrade);
    let region = found.ok_or_else(|| refused("gone", "no store of this process has the table any more"))?;
    match Engine::open(Memory::new(region, Threads)) {
        Ok(engine) => Ok(Desk::new(AnyEngine::Threads(engine))),
        Err(_) => Err(refused("gone", "the table is not one of this version")),
    }
}

/// The table in a file, which is made where there is none.
#[cfg(unix)]
pub fn file(bounds: Bounds, path: &std::path::Path) -> Result<Desk, Refused> {
    use crate::mapped::{self, Refusal};
    use crate::undo::Processes;

    let fill = |table: Arc<Region>| {
        drop(Engine::create(Memory::new(table, Threads), &bounds.options(FIRST_SHARED_BYTES)));
    };
    // With room for a page of each count and lease, the disk permitting; where it ends, the table can grow no further.
    let most = (u64::from(bounds.max_keys) + u64::from(bounds.max_leases)) * 4_096 + (16 << 20);
    let opened = mapped::open(path, most, &fill).and_then(Processes::enter);
    let mode = opened.map_err(|refusal| match refusal {
        Refusal::NotATable(why) => refused("corrupt", why),
        Refusal::TooManyOwners => refused("failed", "too many stores have it open"),
        Refusal::Io(error) => refused("failed", &error.to_string()),
    })?;
    match Engine::open(Memory::new(mode.table(), mode)) {
        Ok(engine) => Ok(Desk::new(AnyEngine::Processes(engine))),
        Err(_) => Err(refused("corrupt", "its table is damaged")),
    }
}

/// The table in a file: not on this system.
#[cfg(not(unix))]
pub fn file(_: Bounds, _: &std::path::Path) -> Result<Desk, Refused> {
    Err(refused("unsupported", "processes cannot share a file on this platform"))
}

fn reserve() -> Result<Region, Refused> {
    Region::reserve().map_err(|error| refused("failed", &error.to_string()))
}

fn refused(kind: &'static str, why: &str) -> Refused {
    Refused { kind, why: why.to_owned() }
}
