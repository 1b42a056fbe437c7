//! Describes what passes between a running replay and the program around it: how far it is, and that it should stop.

use std::{
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::link_error::LinkError;

/// Shared by reference; every part of it may be read and set from another thread.
#[derive(Debug, Default)]
pub struct Control {
    stop: AtomicBool,
    done: AtomicU64,
    failure: OnceLock<LinkError>,
    panicked: OnceLock<Panicked>,
    /// Stops this one, too, when it is stopped itself.
    above: Option<Arc<Control>>,
}

/// Describes a job of this process that has panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked {
    /// Its number among the versions that were fed.
    pub which: usize,
    /// The number of the first record that it worked on, in the order of arrival.
    pub first: usize,
    /// The number behind the last one; the first's where it concluded.
    pub end: usize,
}

/// Notes whose code it was, should it panic before this goes.
#[derive(Debug)]
pub struct Watch<'a> {
    control: &'a Control,
    at_work: Panicked,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The first to panic is the cause of all that follows.
            let _ = self.control.panicked.set(self.at_work);
        }
    }
}

/// The replay was told to stop. Nothing of it is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

impl Control {
    /// Makes one of several at work under `above`: what stops that one stops each of them, and what fails in one of them
    /// stops no other.
    pub fn within(above: &Arc<Self>) -> Self {
        Self { above: Some(Arc::clone(above)), ..Self::default() }
    }

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

    /// Watches a job of this process while it works on these records.
    pub fn watch(&self, which: usize, records: Range<usize>) -> Watch<'_> {
        Watch { control: self, at_work: Panicked { which, first: records.start, end: records.end } }
    }

    /// Returns the job that has panicked while it was watched.
    pub fn panicked(&self) -> Option<Panicked> {
        self.panicked.get().copied()
    }

    /// Returns whether it may go on.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_stopped() { Err(Interrupted) } else { Ok(()) }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.above.as_ref().is_some_and(|above| above.is_stopped())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_goes_down_and_never_up_or_aside() {
        let above = Arc::new(Control::default());
        let [one, other] = [Control::within(&above), Control::within(&above)];
        one.stop();
        assert_eq!([one.check(), other.check(), above.check()], [Err(Interrupted), Ok(()), Ok(())]);
        above.stop();
        assert_eq!([one.check(), other.check(), above.check()], [Err(Interrupted); 3]);
    }
}
