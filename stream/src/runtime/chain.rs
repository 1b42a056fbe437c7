//! Where a job stands: in the chain of what was saved of it, and between its batches.

use serde::{Deserialize, Serialize};

use super::codec;

/// Where a job stands in the chain that a saved state and the changes after it are: each names the one before, so none
/// can be left out, repeated, or put on another's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chain {
    /// Says how many changes there are after the saved state.
    pub(super) number: u64,
    /// Of the saved state or changes.
    pub(super) hash: codec::Hash,
    /// Says how many records had been seen then.
    pub(super) seen: u64,
}

/// Where a job stands between its batches.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Records have come since the last batch ended.
    pub(super) is_open: bool,
    /// Event time has come further than it was in the last batch.
    pub(super) has_moved: bool,
    /// A trigger in time has come since, without records.
    pub(super) was_idle: bool,
}

impl Chain {
    /// Refuses changes that don't come next after this; `after`: what they come after.
    pub(super) fn check_next(&self, after: &Self) -> Result<(), String> {
        if self == after {
            return Ok(());
        }
        let (given, wanted) = (after.number.saturating_add(1), self.number + 1);
        Err(if given != wanted {
            format!("these are the changes number {given} after a saved state, number {wanted} comes next")
        } else if after.hash == self.hash {
            format!("the saved changes begin at record {}, this job is at record {}", after.seen, self.seen)
        } else {
            format!("these are the changes number {given} after another saved state than this job's")
        })
    }
}
