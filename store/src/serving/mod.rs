//! The serving store: versions of a streaming job write their answers into it, one of them is served, and a reader sees
//! one consistent state of it, never half of an update or of a switch.
//!
//! A version that writes is a [`Deployment`] with a key space of its own. [`Serving::write`] writes one epoch of it: rows,
//! and the [`Progress`] that they stand for. [`Serving::transition`] is the commit record: it replaces the platform's
//! control record and, if asked, what is served, in one guarded write. A [`Snapshot`] sees one epoch of one deployment for
//! as long as it lives. The engine below knows neither epochs nor snapshots; both are made here:
//!
//! - *rows*: a row lies under its own key, with the epoch that wrote it and a checksum. A snapshot that finds an epoch no
//!   later than its own has its answer with one read and no lock.
//! - *old values*: before an epoch replaces a row, the old one goes into a history in memory, where a snapshot that finds
//!   a later epoch, or no row, looks. It is kept while a snapshot needs it (see [`Serving::keep`]) and dropped with the
//!   next epoch after that. Snapshots die with the process, so the disk never holds any of it.
//! - *the journal*: rows are written one by one, so that no reader waits for an epoch. Before them, in pieces, goes what
//!   they replace. The epoch is committed by one atomic write of the deployment's *head*, with its number, its progress,
//!   and a count and sum over its rows. An open that finds a journal of the epoch after the head's puts the old rows back.
//! - *the root*: the control record, what is served, the number of the next deployment, and the incarnation. Every write is
//!   conditional on it, so that a handle is fenced off by the next one that opens the store.
//! - *a manifest* beside the engine that names the last acknowledged root, so that an engine that has gone back to an
//!   older switch is noticed.
//!
//! ```
//! use store::serving::{Change, Durability, Memory, Progress, Serving};
//!
//! # fn main() -> Result<(), store::serving::ServingError> {
//! let serving = Serving::open_in_memory(&Memory::new(), Durability::Process)?;
//! let stable = serving.deploy("stable")?;
//! let progress = Progress { offset: 1_000, watermark_ms: Some(60_000), complete: true };
//! serving.write(stable, progress, &[Change::Put(b"berlin", b"17")])?;
//! serving.transition(None, b"stable serves", Some(stable))?;
//!
//! let reader = serving.reader();
//! let before = reader.snapshot()?;
//! let candidate = serving.deploy("candidate")?;
//! serving.write(candidate, progress, &[Change::Put(b"berlin", b"18")])?;
//! serving.transition(Some(b"stable serves"), b"candidate serves", Some(candidate))?;
//! serving.retire(stable)?;
//!
//! assert_eq!(reader.snapshot()?.get(b"berlin")?.as_deref(), Some(b"18".as_slice()));
//! // Whoever reads on reads what he began to read.
//! assert_eq!(before.get(b"berlin")?.as_deref(), Some(b"17".as_slice()));
//! assert_eq!(before.stamp().name, "stable");
//! # Ok(())
//! # }
//! ```
//!
//! What a crash leaves, at each write:
//!
//! | crash | what the next open finds |
//! |---|---|
//! | in `deploy` | the deployment, without a row, or nothing of it; its number is not given again if it was acknowledged |
//! | in `write`, before the head | the epoch before, once the rows of the journal are put back; again so if that is cut short |
//! | in `write`, after the head | the epoch, whole; the journal is of no epoch to come and is dropped |
//! | in `transition` | old control record and old served deployment, or both new |
//! | in `retire`, before its head says so | the deployment as it was |
//! | in `retire`, after that | no such deployment; the open deletes the rest, the head last |
//!
//! What [`Durability::Process`] promises: an acknowledged epoch, deployment, switch or retirement survives the death of the
//! process at any instant. [`Durability::Power`]: it survives a power cut as well, on a local file system and a disk that
//! honours a flush. An open reads and checks every row.
//!
//! Damage is said with its key space and its key, and never given as an answer; [`Snapshot::all`] holds what it has shown
//! against the head's count and sum, so that a row that the engine has lost is noticed as well as one that it has changed.
//! After an error of a write the handle writes no more, but reads go on: what was committed is all there. An engine that
//! panics is asked no more at all. A read happens on the thread of the reader, so a panic in it is caught, but nobody
//! watches how long it takes.

mod error;
mod head;
mod journal;
mod live;
mod open;
mod page;
mod read;
mod record;
mod retire;
mod shared;
mod switch;
#[cfg(test)]
mod trouble;
mod verify;
mod write;

pub use crate::engine::{Backend, Durability, Fault, Memory, Visit, hush_engines};
pub use error::ServingError;
pub use read::{Reader, Snapshot};

use shared::Shared;
use std::fmt;
use std::sync::Arc;

/// Names a version that writes into the store: a key space of its own, and a number that is never given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deployment(u32);

impl Deployment {
    /// The deployment of a number that was noted, in a control record or elsewhere.
    pub fn from_id(id: u32) -> Deployment {
        Deployment(id)
    }

    /// Its number, from 1 on.
    pub fn id(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deployment {}", self.0)
    }
}

/// Says how far a deployment has come with an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Records of the log that the answer covers.
    pub offset: u64,
    /// Event time that it covers.
    pub watermark_ms: Option<i64>,
    /// The answer is complete up to the watermark.
    pub complete: bool,
}

/// A change of one row; of several for one key the last counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Sets the row of a key.
    Put(&'a [u8], &'a [u8]),
    /// Removes it, whether it is there or not.
    Delete(&'a [u8]),
}

/// Says what an answer that was read is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Who computed it.
    pub deployment: Deployment,
    /// The name that it was deployed under.
    pub name: String,
    /// Its epochs are numbered from 1 on; 0 is a deployment that has written nothing yet.
    pub epoch: u64,
    /// Records of the log that the answer covers.
    pub offset: u64,
    /// Event time that it covers.
    pub watermark_ms: Option<i64>,
    /// The answer is complete up to the watermark.
    pub complete: bool,
    /// Its rows.
    pub rows: u64,
}

/// The handle that writes; clones are the same one. See the [module's words](self).
#[derive(Clone)]
pub struct Serving {
    shared: Arc<Shared>,
}

impl Serving {
    /// Where it lies, as messages say it.
    pub fn place(&self) -> String {
        self.shared.place()
    }

    /// The deployments that are neither retired nor being retired, as of their last epochs, in the order of their numbers.
    pub fn deployments(&self) -> Vec<Stamp> {
        let view = self.shared.view();
        view.live.values().map(|live| live::stamp(live.deployment, &live.head())).collect()
    }

    /// The deployment that readers see.
    pub fn served(&self) -> Option<Deployment> {
        self.shared.view().served
    }

    /// The platform's own record, as [`Serving::transition`] left it.
    pub fn control(&self) -> Option<Vec<u8>> {
        self.shared.view().control.clone()
    }

    /// A handle for readers, of which there may be many, on any thread.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    /// Lets a snapshot expire when it is more than so many epochs of its deployment behind, so that one that nobody
    /// drops can't make the memory for old values grow for ever. As it is opened, a store keeps all that is needed.
    pub fn keep(&self, epochs: u64) {
        self.shared.set_span(epochs);
    }

    /// Returns how many old values are kept for snapshots now.
    pub fn old_values(&self) -> usize {
        let view = self.shared.view();
        view.live.values().map(|live| live.history().len()).sum()
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, served) = (self.place(), self.served());
        f.debug_struct("Serving").field("place", &place).field("served", &served).finish_non_exhaustive()
    }
}
