//! Describes what passes between a running replay and the program around it: how far it is, and that it should stop.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::link_error::LinkError;

/// Shared by reference; every part of it may be read and set from another thread.
#[derive(Debug, Default)]
pub struct Control {
    stop: AtomicBool,
    done: AtomicU64,
    failure: OnceLock<LinkError>,
}

/// The replay was told to stop. Nothing of it is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

impl Control {
    /// Asks the replay to stop at the next chunk.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Asks the replay to stop because a job outside of this process can't go on. The first reason is kept.
    pub fn fail(&self, reason: LinkError) {
        // A later failure is a consequence of the first.
        let _ = self.failure.set(reason);
        self.stop();
    }

    /// Why the replay was asked to stop, if that was for a job's failure.
    pub fn failure(&self) -> Option<&LinkError> {
        self.failure.get()
    }

    /// Returns whether it may go on.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.stop.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }

    /// Counts records as done.
    pub fn advance(&self, records: u64) {
        self.done.fetch_add(records, Ordering::Relaxed);
    }

    /// Records done so far, over all jobs.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}
