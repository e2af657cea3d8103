//! The table of Sluice's memory store (docs/layout.md), decided in Rust.

pub mod adjusting;
pub mod bucket;
pub mod charging;
pub mod count;
pub mod deciding;
pub mod engine;
mod entering;
pub mod extension;
pub mod hash;
pub mod holding;
pub mod kept;
pub mod lease_index;
pub mod leases;
pub mod locks;
pub mod marks;
pub mod memory;
pub mod modes;
pub mod number;
pub mod plain;
pub mod region;
pub mod ring;
pub mod room;
pub mod segments;
pub mod store;
pub mod table;

#[cfg(all(test, unix))]
mod cut;
pub mod desk;
#[cfg(all(test, unix))]
mod killed;
#[cfg(unix)]
pub mod mapped;
#[cfg(all(feature = "addon", not(test)))]
mod napi;
pub mod opening;
#[cfg(unix)]
pub mod owners;
#[cfg(test)]
mod takeover;
#[cfg(unix)]
pub mod undo;
