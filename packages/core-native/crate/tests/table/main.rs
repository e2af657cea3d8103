//! The tests of the table from outside, in one binary: each would compile the engine again.

mod engine;
mod hash;
mod hostile;
mod kept;
mod ring;
mod segments;
mod support;
mod threads;
mod undone;
