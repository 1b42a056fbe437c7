//! Describes what can be wrong with a serving store, and what to do about it.

use super::Deployment;
use crate::engine::{EngineError, Refusal};

/// Why a serving store can't be opened, written or read. Each names the place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServingError {
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
    /// The folder holds something that isn't a serving store.
    #[error("{place}: {what}, so this isn't a folder of served answers; use an empty or a new folder")]
    Foreign {
        /// The folder.
        place: String,
        /// Holds what was found there.
        what: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{place}: served answers of format {found}, this program knows formats up to {known}; use the newer program"
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
        "{place}: served answers written by '{found}', not by '{wanted}'; choose the backend '{found}' or another folder"
    )]
    OtherBackend {
        /// The folder.
        place: String,
        /// The backend that the manifest names.
        found: String,
        /// The backend that was asked for.
        wanted: String,
    },
    /// Something in it isn't what was written. Nothing of it is given as an answer; the rest can still be read.
    #[error("{place}: the served answers are damaged: {what}; deploy the job anew, into a new folder")]
    Damaged {
        /// Where it lies.
        place: String,
        /// Holds what is wrong, with its key space and its key.
        what: String,
    },
    /// It opened, with an older state than it once acknowledged.
    #[error(
        "{place}: switch {manifest} was acknowledged, but the store has gone back to {store}; deploy the job anew, into a \
         new folder"
    )]
    RolledBack {
        /// The folder.
        place: String,
        /// The last acknowledged write of the root record.
        manifest: u64,
        /// The one that the store holds.
        store: u64,
    },
    /// Another handle has opened the same place since.
    #[error("{place}: another handle has taken over; end this run")]
    Fenced {
        /// Where it lies.
        place: String,
    },
    /// The control record isn't what the caller took it for: nothing was changed.
    #[error(
        "{place}: the control record has changed since it was read; read it again and decide anew (found {})",
        found.as_ref().map_or("none".to_owned(), |found| format!("'{}'", found.escape_ascii()))
    )]
    Refused {
        /// Where it lies.
        place: String,
        /// The control record as it is.
        found: Option<Vec<u8>>,
    },
    /// There is no such deployment, or it was retired.
    #[error("{place}: there is no {deployment}, or it was retired; deploy the job first")]
    Unknown {
        /// Where it lies.
        place: String,
        /// The one that was named.
        deployment: Deployment,
    },
    /// Readers depend on the deployment that was to be retired.
    #[error("{place}: {deployment} is served and can't be retired; switch to another one first")]
    StillServed {
        /// Where it lies.
        place: String,
        /// The one that was to be retired.
        deployment: Deployment,
    },
    /// Nothing was ever switched to.
    #[error("{place}: nothing is served yet; switch to a deployment first")]
    NothingServed {
        /// Where it lies.
        place: String,
    },
    /// An epoch can't cover less of the log than the one before it.
    #[error(
        "{place}: an epoch up to offset {got} can't follow one up to offset {last} of {deployment}; go on from offset \
         {last}, or deploy the job anew"
    )]
    WentBack {
        /// Where it lies.
        place: String,
        /// The one that was written to.
        deployment: Deployment,
        /// The offset of its last epoch.
        last: u64,
        /// The offset that was to be written.
        got: u64,
    },
    /// A key or a value is too long.
    #[error("{place}: {what} of {length} bytes; it has at most {limit}")]
    TooLong {
        /// Where it lies.
        place: String,
        /// Says what it is.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// The snapshot is further behind than old values are kept.
    #[error("{place}: the snapshot of epoch {epoch} of {deployment} has expired; take a new one")]
    Expired {
        /// Where it lies.
        place: String,
        /// The deployment that it sees.
        deployment: Deployment,
        /// The epoch that it sees.
        epoch: u64,
    },
    /// There is too little room to begin; nothing was written, and the handle can go on when there is.
    #[error(
        "{place}: the disk is nearly full: {free} bytes are free and {needed} are needed; what was served before is served \
         on: free some room and write again"
    )]
    NoRoom {
        /// Where it lies.
        place: String,
        /// Bytes that are free.
        free: u64,
        /// Bytes that it takes.
        needed: u64,
    },
    /// The disk became full during a write. Reads go on.
    #[error(
        "{place}: the disk is full; what was served before is served on: free some room, then open the store again to write"
    )]
    DiskFull {
        /// Where it lies.
        place: String,
    },
    /// The engine or the machine failed, which says nothing of what the place holds.
    #[error("{place}: {cause}; open the store again: every acknowledged epoch is still there")]
    Failed {
        /// Where it lies.
        place: String,
        /// Holds what it said.
        cause: String,
    },
    /// An earlier error made this handle useless for what was asked.
    #[error("{place}: unusable since an earlier error ({cause}); open the store again")]
    Poisoned {
        /// Where it lies.
        place: String,
        /// The earlier error.
        cause: String,
    },
}

impl ServingError {
    /// The error of a store: what it was about `to` do when the engine said this.
    pub(super) fn of_engine(error: &EngineError, place: String, to: &str) -> ServingError {
        match error {
            EngineError::NoSpace => ServingError::DiskFull { place },
            EngineError::Damaged(what) => ServingError::Damaged { place, what: what.clone() },
            EngineError::Other(_) | EngineError::Panicked(_) | EngineError::Stuck(_) => {
                ServingError::Failed { place, cause: format!("can't {to}: {error}") }
            }
        }
    }

    /// The error of a place that can't be used.
    pub(super) fn refused(place: String, refusal: Refusal) -> ServingError {
        match refusal {
            Refusal::Locked { pid } => ServingError::Locked { place, pid },
            Refusal::Foreign { what } => ServingError::Foreign { place, what },
            Refusal::NewerFormat { found, known } => ServingError::NewerFormat { place, found, known },
            Refusal::OtherBackend { found, wanted } => ServingError::OtherBackend { place, found, wanted },
            Refusal::Damaged { what } => ServingError::Damaged { place, what },
            Refusal::NoRoom { free, needed } => ServingError::NoRoom { place, free, needed },
            Refusal::Failed { cause } => ServingError::Failed { place, cause },
            Refusal::Engine { to, error } => ServingError::of_engine(&error, place, to),
            Refusal::Opening { error, .. } => ServingError::of_engine(&error, place, "open the engine"),
        }
    }
}
