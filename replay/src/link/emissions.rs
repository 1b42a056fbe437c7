//! Describes what passes between a job that emits rows and those who measure it.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use super::Emitted;
use crate::Latency;

/// Shared by whoever starts a job that emits rows, the feed, and the job: what it has done, and how late it is fed.
#[derive(Debug, Default)]
pub struct Emissions {
    late_ns: AtomicU64,
    last: Mutex<Option<Emitted>>,
}

impl Emissions {
    /// Says that the records that are pushed next were due so long ago. Without a word they are due when they are pushed.
    pub fn are_late(&self, ns: u64) {
        self.late_ns.store(ns, Ordering::Relaxed);
    }

    /// Takes what the last job has done that was finished.
    pub fn take(&self) -> Option<Emitted> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn late_ns(&self) -> u64 {
        self.late_ns.swap(0, Ordering::Relaxed)
    }

    pub(super) fn put(&self, emitted: Emitted) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(emitted);
    }
}

/// When records were due, and how long their rows took.
#[derive(Debug)]
pub(super) struct RowTimes {
    /// Offsets at which another due time begins, ascending, and that time.
    dues: Vec<(u64, Instant)>,
    pub(super) latency: Latency,
}

impl RowTimes {
    pub(super) fn new() -> Self {
        Self { dues: Vec::new(), latency: Latency::new() }
    }

    /// Records from `offset` on were due then.
    pub(super) fn due(&mut self, offset: u64, at: Instant) {
        self.dues.push((offset, at));
    }

    /// A row was read that the record at `offset` made due.
    pub(super) fn read(&mut self, offset: u64, at: Instant) {
        let behind = self.dues.partition_point(|&(first, _)| first <= offset);
        if let Some(&(_, due)) = behind.checked_sub(1).and_then(|last| self.dues.get(last)) {
            self.latency.record(at.saturating_duration_since(due).as_nanos() as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_row_took_from_when_its_record_was_due() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut times = RowTimes::new();
        times.read(0, at(1));
        assert_eq!(times.latency.count(), 0, "no record was sent");
        times.due(0, at(10));
        times.due(3, at(20));
        for (offset, read, took) in [(0, 10, 0), (2, 25, 15), (3, 25, 5), (9, 70, 50), (3, 1, 0)] {
            times.latency = Latency::new();
            times.read(offset, at(read));
            assert!(
                (times.latency.max_ns() / 1e6 - f64::from(took)).abs() < 0.1 * f64::from(took) + 1e-6,
                "{offset}"
            );
        }
    }

    #[test]
    fn lateness_is_said_once() {
        let emissions = Emissions::default();
        emissions.are_late(5);
        assert_eq!((emissions.late_ns(), emissions.late_ns()), (5, 0));
        assert!(emissions.take().is_none());
    }
}
