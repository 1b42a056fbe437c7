//! The store of checkpoints: a whole epoch lands at once or not at all, and damage is said, never used.
//!
//! A [`Store`] keeps records `(namespace, key) -> value`. [`Store::commit`] writes the changes of one epoch,
//! numbered 1, 2, 3 and so on, in one step. Below it lies an engine that can do one thing, an atomic write of
//! several records; all else is done here, once for all engines:
//!
//! - *frames*: a record's value is split into parts of at most 32 KiB, each with its version, length and checksum;
//! - *a head record* with the epoch, the incarnation, and a count and sum over all frames, so that a record that an
//!   engine has lost, kept or brought back is noticed as well as one it has changed;
//! - *fencing*: opening takes a new incarnation, and every write is conditional on the head that this handle
//!   saw last, so that a zombie of an earlier incarnation can't commit;
//! - *a manifest* beside the engine that names the last acknowledged epoch, so that an engine that opens with older
//!   data than it once acknowledged is noticed. The store may be one epoch ahead of it: a crash came in between.
//!
//! After any error of the engine the handle is of no more use; open the folder again. An open reads and checks all.
//! Only evidence is called damage: a checksum, a sum, an id or an epoch that is wrong. An engine that fails, panics or
//! doesn't answer says nothing of what it holds.
//!
//! What [`Durability::Process`] promises: an acknowledged epoch survives the death of the process at any instant.
//! [`Durability::Power`]: it survives a power cut as well, on a local file system and a disk that honours a flush.

mod commit;
mod error;
mod frame;
mod head;
mod open;
mod read;
#[cfg(test)]
mod trouble;
mod write_set;

pub use crate::engine::{Backend, Durability, Fault, Memory, Visit, hush_engines};
pub use error::StoreError;
pub use read::Contents;
pub use write_set::{Namespace, WriteSet};

use crate::engine::{Engine, EngineError, Medium};
use head::Head;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A handle on a store: one incarnation. See the [module's words](self).
pub struct Store {
    shared: Arc<Shared>,
    head: Head,
}

impl Store {
    /// The last durable epoch, as this handle knows it; 0 in a fresh store.
    pub fn epoch(&self) -> u64 {
        self.head.epoch
    }

    /// Where it lies, as messages say it.
    pub fn place(&self) -> String {
        self.shared.place()
    }

    /// The token of this handle; a later one fences it off.
    pub fn incarnation(&self) -> u64 {
        self.head.incarnation
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("place", &self.shared.place())
            .field("epoch", &self.head.epoch)
            .field("incarnation", &self.head.incarnation)
            .finish_non_exhaustive()
    }
}

/// Describes what all handles of one open engine share.
struct Shared {
    medium: Medium,
    /// Why nothing more may be asked of the engine.
    broken: OnceLock<String>,
    /// Held over the two writes of a commit, so that manifests appear in the order of the epochs.
    turn: Mutex<()>,
}

impl Shared {
    /// Where it lies, as messages say it.
    fn place(&self) -> String {
        self.medium.place.name()
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An engine that has failed is asked no more.
    fn check_sound(&self) -> Result<(), StoreError> {
        match self.broken.get() {
            Some(cause) => Err(StoreError::Poisoned { place: self.place(), cause: cause.clone() }),
            None => Ok(()),
        }
    }

    /// Asks the engine to do something, which is named for a message.
    fn ask<T: Send + 'static>(
        &self,
        to: &str,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.check_sound()?;
        self.medium.engine.ask(ask).map_err(|error| self.fail(to, &error))
    }

    /// Marks the engine as broken; the error for the caller.
    fn fail(&self, to: &str, error: &EngineError) -> StoreError {
        // Only the first cause is kept: later ones follow from it.
        let _ = self.broken.set(error.to_string());
        StoreError::of_engine(error, self.place(), to)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        self.fail("read", &EngineError::Damaged(what.into()))
    }
}
