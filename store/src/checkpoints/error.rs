//! Describes what can be wrong with a store, and what to do about it.

use crate::engine::{EngineError, Refusal};

/// Why a store can't be opened, read or written. Each names the folder and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another store of this one, works in the folder.
    #[error(
        "{place}: {} works in this folder; wait until it ends, or use another folder",
        pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The folder.
        place: String,
        /// The process that holds the lock, if it has left its number.
        pid: Option<u32>,
    },
    /// The folder holds something that isn't a store.
    #[error("{place}: {what}, so this isn't a folder of checkpoints; use an empty or a new folder")]
    Foreign {
        /// The folder.
        place: String,
        /// Holds what was found there.
        what: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{place}: checkpoints of format {found}, this program knows formats up to {known}; use the newer program"
    )]
    NewerFormat {
        /// The folder.
        place: String,
        /// The format found.
        found: u64,
        /// The newest that is known.
        known: u64,
    },
    /// Another backend wrote it.
    #[error(
        "{place}: checkpoints written by '{found}', not by '{wanted}'; choose the backend '{found}' or another folder"
    )]
    OtherBackend {
        /// The folder.
        place: String,
        /// The backend that the manifest names.
        found: String,
        /// The backend that was asked for.
        wanted: String,
    },
    /// Something in it isn't what was written.
    #[error(
        "{place}: the checkpoints are damaged: {what}; delete the folder and run again from the beginning of the dataset"
    )]
    Damaged {
        /// The folder.
        place: String,
        /// Holds what is wrong.
        what: String,
    },
    /// It opened, with older data than it once acknowledged.
    #[error(
        "{place}: epoch {manifest} was acknowledged, but the store has gone back to epoch {store}; \
         delete the folder and run again from the beginning of the dataset"
    )]
    RolledBack {
        /// The folder.
        place: String,
        /// The last acknowledged epoch.
        manifest: u64,
        /// The epoch that the store holds.
        store: u64,
    },
    /// A later incarnation has taken over: this one is a zombie.
    #[error("{place}: incarnation {own} may not commit, incarnation {current} has taken over; end this run")]
    Fenced {
        /// The folder.
        place: String,
        /// The incarnation of this handle.
        own: u64,
        /// The incarnation that the store belongs to now.
        current: u64,
    },
    /// Epochs are committed one after another.
    #[error("{place}: epoch {got} can't follow epoch {last}; commit epoch {}", last + 1)]
    WrongEpoch {
        /// The folder.
        place: String,
        /// The last committed epoch.
        last: u64,
        /// The epoch that was to be committed.
        got: u64,
    },
    /// A key is too long.
    #[error("{place}: a key of {length} bytes; a key has at most {limit}")]
    LongKey {
        /// The folder.
        place: String,
        /// Its length.
        length: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// There is too little room to begin; nothing was written, and the handle can go on when there is.
    #[error(
        "{place}: {free} bytes are free and epoch {epoch} needs {needed}; the last checkpoint stays: free some room and \
         resume"
    )]
    NoRoom {
        /// The folder.
        place: String,
        /// The epoch that was to be written; when opening, the epoch on disk isn't known yet and this is 0.
        epoch: u64,
        /// Bytes that are free.
        free: u64,
        /// Bytes that it takes.
        needed: u64,
    },
    /// The disk became full during a write.
    #[error(
        "{place}: the disk is full; the last checkpoint stays: free some room, then open the folder again"
    )]
    DiskFull {
        /// The folder.
        place: String,
    },
    /// The engine or the machine failed, which says nothing of what the folder holds.
    #[error(
        "{place}: {cause}; the last checkpoint stays: open the folder again, and if that fails each time, delete it and \
         run again from the beginning of the dataset"
    )]
    Failed {
        /// The folder.
        place: String,
        /// Holds what it said.
        cause: String,
    },
    /// An earlier error made this handle useless.
    #[error("{place}: unusable since an earlier error ({cause}); open the folder again")]
    Poisoned {
        /// The folder.
        place: String,
        /// The earlier error.
        cause: String,
    },
}

impl StoreError {
    /// The error of a store: what it was about `to` do when the engine said this.
    pub(super) fn of_engine(error: &EngineError, place: String, to: &str) -> StoreError {
        match error {
            EngineError::NoSpace => StoreError::DiskFull { place },
            EngineError::Damaged(what) => StoreError::Damaged { place, what: what.clone() },
            EngineError::Other(_) | EngineError::Panicked(_) | EngineError::Stuck(_) => {
                StoreError::Failed { place, cause: format!("can't {to}: {error}") }
            }
        }
    }

    /// The error of a place that can't be used.
    pub(super) fn refused(place: String, refusal: Refusal) -> StoreError {
        match refusal {
            Refusal::Locked { pid } => StoreError::Locked { place, pid },
            Refusal::Foreign { what } => StoreError::Foreign { place, what },
            Refusal::NewerFormat { found, known } => StoreError::NewerFormat { place, found, known },
            Refusal::OtherBackend { found, wanted } => StoreError::OtherBackend { place, found, wanted },
            Refusal::Damaged { what } => StoreError::Damaged { place, what },
            Refusal::NoRoom { free, needed } => StoreError::NoRoom { place, epoch: 0, free, needed },
            Refusal::Failed { cause } => StoreError::Failed { place, cause },
            Refusal::Engine { to, error } => StoreError::of_engine(&error, place, to),
            Refusal::Opening { epoch, error: EngineError::Damaged(what) } => {
                StoreError::Damaged { place, what: format!("epoch {epoch} can't be opened: {what}") }
            }
            Refusal::Opening { epoch, error } => {
                StoreError::of_engine(&error, place, &format!("open epoch {epoch}"))
            }
        }
    }
}
