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
mod write_set;

pub use engine::Visit;
pub use error::StoreError;
pub use memory::{Fault, Memory};
pub use read::Contents;
pub use write_set::{Namespace, WriteSet};

use engine::{Engine, EngineError};
use folder::Folder;
use head::Head;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What an acknowledged epoch survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process at any instant.
    Process,
    /// A power cut too: every file is synced before an epoch is acknowledged.
    Power,
}

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

/// What all handles of one open engine share.
struct Shared {
    // Dropped before the place, whose lock guards its files.
    engine: Box<dyn Engine>,
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

    /// Asks the engine, which may fail or panic: after either it is asked no more.
    fn ask<T>(&self, ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError>) -> Result<T, StoreError> {
        if let Some(cause) = self.broken.get() {
            return Err(StoreError::Poisoned { place: self.place.name(), cause: cause.clone() });
        }
        match catch_panic(|| ask(self.engine.as_ref())).and_then(|answer| answer) {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// Marks the engine as broken; the error for the caller.
    fn fail(&self, error: &EngineError) -> StoreError {
        let cause = error.to_string();
        // Only the first cause is kept: later ones follow from it.
        let _ = self.broken.set(cause.clone());
        let place = self.place.name();
        match error {
            EngineError::NoSpace => StoreError::DiskFull { place },
            EngineError::Damaged(what) => StoreError::Damaged { place, what: what.clone() },
            EngineError::Other(_) => StoreError::Failed { place, cause },
        }
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        self.fail(&EngineError::Damaged(what.into()))
    }
}

/// Runs code of an engine that may panic on damaged files: a panic becomes an error.
fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        EngineError::Damaged(format!("the engine panicked: {words}"))
    })
}
