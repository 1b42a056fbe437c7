//! The folders in which one job leaves its state for another.

use std::path::Path;

use tempfile::TempDir;

use super::scratch;
use crate::link::{LinkFault, Phase};

/// Holds the folders of a hand-over: one that both jobs share, or one for each. Dropped, they are gone.
#[derive(Debug)]
pub struct StateFolders {
    before: TempDir,
    after: Option<TempDir>,
}

impl StateFolders {
    /// Makes them, empty.
    pub fn new(are_shared: bool) -> Result<Self, LinkFault> {
        let after = if are_shared { None } else { Some(scratch("a job's state")?) };
        Ok(Self { before: scratch("a job's state")?, after })
    }

    /// Returns the folder of the job on this side.
    pub fn of(&self, phase: Phase) -> &Path {
        match (phase, &self.after) {
            (Phase::After, Some(after)) => after.path(),
            (Phase::Before | Phase::After, _) => self.before.path(),
        }
    }
}
