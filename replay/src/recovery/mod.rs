//! A replay that survives: checkpoints while a job is fed, faults where a plan says so, and an account of what they did.
//!
//! The records are cut into intervals of `every`. At the end of each a checkpoint is taken, in steps whose order is the
//! [`Guarantee`]. A crash throws the job away; a fresh one is restored from the store and goes on from the committed
//! position. After the last interval one more checkpoint delivers what the job concludes at the end of input.

mod bytes;
mod delivered;
mod epochs;
mod faults;
mod journal;
mod life;
mod lineage;
mod medium;
mod output;
mod rows;
mod server;
mod sink;
mod steps;
mod survive;
mod survived;

pub use datasets::Guarantee;
pub use faults::{Fault, Place, Planned, plan_faults};
pub use lineage::{Account, Lineage};
pub use medium::Medium;
pub use output::{Output, columns};
pub use server::{Server, ServerTable};
pub use sink::{Epoch, Held, Keeps, Sink, SinkColumn, SinkError, SinkKind, Taken};
pub use steps::{Deliver, Step};
pub use survive::{Recoverable, survive};
pub use survived::{Survived, Witness};

use std::{io, num::NonZeroU64};

use store::checkpoints::{Durability, StoreError};
use stream::JobError;

use crate::Interrupted;

/// Describes how often, how safely, and with which order of steps checkpoints are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoints {
    /// After so many records each.
    pub every: NonZeroU64,
    /// The order of a checkpoint's steps.
    pub guarantee: Guarantee,
    /// Holds what a committed checkpoint survives.
    pub durability: Durability,
    /// Where rows are delivered.
    pub sink: Deliver,
}

/// Why a guarded replay could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The store can't be used, and the guarantee forbids to begin anew.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The output can't be written.
    #[error("the output can't be written: {0}")]
    Output(#[from] io::Error),
    /// The sink elsewhere can't be written.
    #[error("{0}")]
    Sink(SinkError),
    /// The output takes epochs whole.
    #[error("no row can be torn where an epoch is delivered whole")]
    Whole,
    /// The store holds another run's checkpoints.
    #[error("these are the checkpoints of another run: they were taken of {found}, this is {own}")]
    Foreign {
        /// Holds what the store says.
        found: String,
        /// Holds what this run is.
        own: String,
    },
    /// The job has something against its saved state.
    #[error("the job can't go on from its checkpoint: {0}")]
    Restore(String),
    /// The job keeps a state that it can't save.
    #[error("this job can't be saved, so no checkpoint of it can be taken")]
    Unsaved,
    /// The job gave up.
    #[error("{}", .0.message)]
    Job(JobError),
    /// A fault that only a store in memory can suffer.
    #[error("{0} can only be made up with the store 'memory'")]
    NeedsMemory(&'static str),
    /// A fault never struck, so the run says nothing of it.
    #[error("'{0}' never struck")]
    Vacuous(Fault),
    /// A zombie was not kept from committing.
    #[error("a zombie has committed a checkpoint, so the store's fencing is broken")]
    Unfenced,
    /// The output isn't what was delivered.
    #[error("the output is damaged: {0}")]
    DamagedOutput(String),
    /// Checkpoints that were begun anew for damage are damaged, too.
    #[error(
        "checkpoints that were just begun anew are damaged as well, so the machine seems to be at fault: {0}"
    )]
    DamagedAgain(String),
    /// Stopped from outside.
    #[error("interrupted")]
    Interrupted(#[from] Interrupted),
}

impl RecoveryError {
    /// Why a store is given up: the same wherever it stands.
    fn what_is_wrong(self) -> String {
        match self {
            Self::Store(StoreError::Damaged { what, .. }) => what,
            Self::Store(StoreError::RolledBack { manifest, store, .. }) => {
                format!("epoch {manifest} was acknowledged, but the store has gone back to epoch {store}")
            }
            other => other.to_string(),
        }
    }
}
