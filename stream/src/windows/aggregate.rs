//! Describes what goes into a window and what comes out of it.

use datasets::Event;
use serde::{Deserialize, Serialize};

use crate::Late;

/// A record as windows see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Its event time.
    pub time_ms: i64,
    /// Its key's number.
    pub key: u32,
    /// Its value.
    pub value: i64,
}

impl Measured {
    /// It, as dropped for `window`.
    pub(super) fn late(self, record: u64, window: (i64, i64)) -> Late {
        let Self { time_ms, key, value } = self;
        Late { time_ms, key, value, window: Some(window), record }
    }
}

impl From<Event> for Measured {
    fn from(event: Event) -> Self {
        Self { time_ms: event.time_ms, key: event.key, value: event.value }
    }
}

/// The result of a window for a key, as it was when the window fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firing {
    /// The window's first millisecond.
    pub start_ms: i64,
    /// The first millisecond after the window.
    pub end_ms: i64,
    /// The key's number.
    pub key: u32,
    /// Says how many records; none where the row takes back what its window had fired.
    pub count: u64,
    /// Their values' sum, exact.
    pub sum: i128,
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
}

/// A window's or a pane's values of a key, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Aggregate {
    /// 2⁶⁴ values of 64 bits fit.
    pub(super) sum: i128,
    pub(super) count: u64,
    pub(super) min: i64,
    pub(super) max: i64,
}

impl Aggregate {
    pub(super) fn of(value: i64) -> Self {
        Self { sum: i128::from(value), count: 1, min: value, max: value }
    }

    #[inline]
    pub(super) fn add(&mut self, value: i64) {
        self.sum += i128::from(value);
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    #[inline]
    pub(super) fn firing(&self, (start_ms, end_ms): (i64, i64), key: u32) -> Firing {
        let Self { sum, count, min, max } = *self;
        Firing { start_ms, end_ms, key, count, sum, min, max }
    }
}
