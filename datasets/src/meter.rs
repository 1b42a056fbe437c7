//! Counts how much of a source has been read, for whoever shows it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Stands where nobody knows how long a source is.
const UNKNOWN: u64 = u64::MAX;

/// Counts what is read of a source: shared by those who read it and those who show how far they are.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    readings: AtomicU64,
    bytes: AtomicU64,
    all: AtomicU64,
}

/// Describes how far the reading of a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// Which reading it is, counted from 1: some sources are read more than once. 0 before the first.
    pub reading: u64,
    /// The bytes read by this reading, as they stand in the source: compressed where it is.
    pub bytes: u64,
    /// The bytes that there are, where that is known.
    pub all: Option<u64>,
}

impl Meter {
    /// Returns how far the reading is.
    pub fn read(&self) -> Metered {
        // Only shown: a moment that mixes two readings is over before anybody sees it.
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { readings, bytes, all } = &*self.0;
        Metered { reading: of(readings), bytes: of(bytes), all: Some(of(all)).filter(|all| *all != UNKNOWN) }
    }

    /// Begins a reading from the source's start.
    pub(crate) fn begin(&self, all: Option<u64>) {
        self.0.bytes.store(0, Ordering::Relaxed);
        self.0.all.store(all.unwrap_or(UNKNOWN), Ordering::Relaxed);
        self.0.readings.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes that were read.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Says which share of the source was read, where its reader counts no bytes.
    pub(crate) fn reach(&self, share: f64) {
        if let Some(all) = self.read().all {
            self.0.bytes.store((share.clamp(0.0, 1.0) * all as f64) as u64, Ordering::Relaxed);
        }
    }
}
