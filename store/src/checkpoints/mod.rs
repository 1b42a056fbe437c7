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
mod engine;
mod error;
mod folder;
mod frame;
mod head;
mod manifest;
mod memory;
mod open;
mod read;
#[cfg(feature = "redb")]
mod redb;
mod sled;
#[cfg(feature = "known-bad")]
mod sled_alpha;
mod watched;
mod write_set;

pub use crate::Durability;
pub use engine::Visit;
pub use error::StoreError;
pub use memory::{Fault, Memory};
pub use read::Contents;
pub use watched::hush_engines;
pub use write_set::{Namespace, WriteSet};

use engine::{Engine, EngineError};
use folder::Folder;
use head::Head;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use watched::Watched;

/// The engines that keep a store in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// sled 0.34.7 with what it needs to survive kills and power cuts.
    Sled,
    /// redb, the second opinion.
    #[cfg(feature = "redb")]
    Redb,
    /// sled 1.0.0-alpha.124, which loses everything when it is killed at the wrong moment: a control for the tests.
    #[cfg(feature = "known-bad")]
    SledAlpha,
}

impl Backend {
    /// All that this build knows.
    pub const ALL: &[Backend] = &[
        Backend::Sled,
        #[cfg(feature = "redb")]
        Backend::Redb,
        #[cfg(feature = "known-bad")]
        Backend::SledAlpha,
    ];

    /// Its name in a manifest and in settings.
    pub fn name(self) -> &'static str {
        match self {
            Backend::Sled => "sled",
            #[cfg(feature = "redb")]
            Backend::Redb => "redb",
            #[cfg(feature = "known-bad")]
            Backend::SledAlpha => "sled-alpha",
        }
    }

    /// The backend of this name, if this build knows it.
    pub fn named(name: &str) -> Option<Backend> {
        Backend::ALL.iter().copied().find(|backend| backend.name() == name)
    }
}

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
        self.shared.place.name()
    }

    /// The token of this handle; a later one fences it off.
    pub fn incarnation(&self) -> u64 {
        self.head.incarnation
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("place", &self.shared.place.name())
            .field("epoch", &self.head.epoch)
            .field("incarnation", &self.head.incarnation)
            .finish_non_exhaustive()
    }
}

/// Where the manifest lies and how much room there is.
enum Place {
    Folder(Folder),
    Memory(Memory),
}

impl Place {
    fn name(&self) -> String {
        match self {
            Place::Folder(folder) => folder.path().display().to_string(),
            Place::Memory(_) => "the store in memory".to_owned(),
        }
    }

    fn manifest(&self) -> Result<Option<String>, EngineError> {
        match self {
            Place::Folder(folder) => folder.manifest(),
            Place::Memory(memory) => memory.manifest(),
        }
    }

    fn write_manifest(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        match self {
            Place::Folder(folder) => folder.write_manifest(text, durability),
            Place::Memory(memory) => memory.write_manifest(text, durability),
        }
    }

    /// Writes the first manifest of an empty place.
    fn create(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        match self {
            Place::Folder(folder) => {
                folder.write_manifest(text, durability)?;
                folder.sync_entry(durability)
            }
            // A folder's files were looked at when it was taken.
            Place::Memory(memory) if memory.stored() > 0 => {
                Err(EngineError::Damaged("the manifest is gone".to_owned()))
            }
            Place::Memory(memory) => memory.write_manifest(text, durability),
        }
    }

    /// Free bytes.
    fn room(&self) -> Result<u64, EngineError> {
        match self {
            Place::Folder(folder) => folder.room(),
            Place::Memory(memory) => Ok(memory.room()),
        }
    }
}

/// Where the engine works.
enum Held {
    /// On whatever thread asks: it is ours and does no more than it says.
    Here(Memory),
    Apart(Watched),
}

/// Describes what all handles of one open engine share.
struct Shared {
    // Dropped before the place, whose lock guards its files.
    engine: Held,
    engine_name: &'static str,
    place: Place,
    /// Why nothing more may be asked of the engine.
    broken: OnceLock<String>,
    /// Held over the two writes of a commit, so that manifests appear in the order of the epochs.
    turn: Mutex<()>,
}

impl Shared {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An engine that has failed is asked no more.
    fn check_sound(&self) -> Result<(), StoreError> {
        match self.broken.get() {
            Some(cause) => Err(StoreError::Poisoned { place: self.place.name(), cause: cause.clone() }),
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
        let answer = match &self.engine {
            Held::Here(memory) => ask(memory),
            Held::Apart(engine) => engine.ask(ask),
        };
        answer.map_err(|error| self.fail(to, &error))
    }

    /// Marks the engine as broken; the error for the caller.
    fn fail(&self, to: &str, error: &EngineError) -> StoreError {
        // Only the first cause is kept: later ones follow from it.
        let _ = self.broken.set(error.to_string());
        error.at(self.place.name(), to)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        self.fail("read", &EngineError::Damaged(what.into()))
    }
}

impl EngineError {
    /// The error of a store: what it was about `to` do when this happened.
    fn at(&self, place: String, to: &str) -> StoreError {
        match self {
            EngineError::NoSpace => StoreError::DiskFull { place },
            EngineError::Damaged(what) => StoreError::Damaged { place, what: what.clone() },
            EngineError::Other(_) | EngineError::Panicked(_) | EngineError::Stuck(_) => {
                StoreError::Failed { place, cause: format!("can't {to}: {self}") }
            }
        }
    }
}
