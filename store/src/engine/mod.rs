//! Describes what a store asks of an engine: read, scan in order, and write several records atomically. Below it are
//! those that do, and the places where they do it.

#[cfg(test)]
pub(crate) mod fake;
mod folder;
mod manifest;
mod memory;
mod open;
mod place;
#[cfg(feature = "redb")]
mod redb;
mod sled;
#[cfg(feature = "known-bad")]
mod sled_alpha;
mod watched;

pub use crate::Durability;
pub(crate) use manifest::{FORMAT, Kind, Manifest};
pub use memory::{Fault, Memory};
pub use open::Backend;
pub(crate) use open::{Open, open_backend};
pub(crate) use place::{IN_MEMORY, Medium, Refusal};
pub(crate) use watched::PATIENCE;
pub use watched::hush_engines;

use std::io;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

/// An engine whose last process has just died may still be held for a moment: 100 tries in 2 s.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// A record to write, or `None` to delete it.
pub(crate) type Write = (Vec<u8>, Option<Vec<u8>>);

/// Sees keys and values in the order of the keys until it breaks off.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// A write happens only if the record `key` still is `expected`.
pub(crate) struct Guard<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) expected: Option<&'a [u8]>,
}

/// An ordered map of bytes with atomic writes.
pub(crate) trait Engine: Send + Sync {
    /// The record of this key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError>;

    /// Shows the records from `from` on, in order.
    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError>;

    /// Writes all or nothing, if the guard holds; returns when the writes are durable.
    fn write(
        &self,
        guard: &Guard<'_>,
        writes: &[Write],
        durability: Durability,
    ) -> Result<Written, EngineError>;

    /// Writes one record after another, if the guard holds when it begins, and keeps no reader waiting for more than one
    /// of them. A crash leaves the first few; all of them are durable once a later [`Engine::write`] is.
    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError>;
}

/// Describes what became of a write.
pub(crate) enum Written {
    Done,
    /// The guard didn't hold: nothing was written; the record found instead.
    Refused(Option<Vec<u8>>),
}

/// Why an engine or the file system did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("the disk is full")]
    NoSpace,
    /// Stands for damage: what was read isn't what was written: there is evidence, and no trouble of the machine
    /// explains it.
    #[error("{0}")]
    Damaged(String),
    /// The machine, or the engine, has failed; what is on the disk may be sound.
    #[error("{0}")]
    Other(String),
    #[error("the engine failed: {0}")]
    Panicked(String),
    #[error("the engine hasn't answered for {} s", .0.as_secs_f64())]
    Stuck(Duration),
}

impl From<io::Error> for EngineError {
    fn from(error: io::Error) -> EngineError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => EngineError::NoSpace,
            _ => EngineError::Other(error.to_string()),
        }
    }
}

/// Asks again while a lock of the engine's own is held.
pub(crate) fn patiently<T, E>(
    mut open: impl FnMut() -> Result<T, E>,
    held: impl Fn(&E) -> bool,
) -> Result<T, E> {
    for _ in 1..TRIES {
        match open() {
            Err(error) if held(&error) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    open()
}
