//! Describes how wrong an answer was while it was served: the shape of it in `results.json`.
//!
//! A *prefix* is the first n records in the order of their arrival, and the truth at it what the reference says of them. A
//! row of the truth or of the served answer is **missing** (true, and not served), **changed** (served with another value)
//! or **extra** (served, and not true); a row that is one of these is *wrong*. Time is that of the arrivals, in ms: a state
//! lasts from the arrival, or the serving, that made it until the next.

use serde::{Deserialize, Serialize};

/// How wrong the served answer was, over all prefixes of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrongness {
    /// Records that arrived.
    pub records: u64,
    /// Holds the error at some of the prefixes, in their order.
    pub points: Vec<WrongnessPoint>,
    /// The time from the first arrival, or serving, to the last, in ms.
    pub recorded_ms: u64,
    /// The part of it in which at least one row was wrong, in ms.
    pub wrong_ms: u64,
    /// The share of the recorded time in which at least one row was wrong, from 0 to 1; nothing where no time passed.
    pub wrong_share: Option<f64>,
    /// The area under the curve of wrong rows over time, in row-seconds: ten rows that are wrong for a second count ten.
    pub wrong_row_seconds: f64,
    /// The most rows that were wrong at once, and when; nothing where none ever was.
    pub largest: Option<LargestError>,
    /// Holds how long rows took to be right.
    pub until_right: UntilRight,
    /// How far the served watermark was behind the newest event time that had arrived, in ms, over the points at which
    /// there was a watermark. Where it was ahead, that counts as 0.
    pub staleness: Percentiles,
}

/// The error at one prefix, after all that was served at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongnessPoint {
    /// Records of the prefix.
    pub records: u64,
    /// The time, in ms, on the clock of the arrivals.
    pub time_ms: i64,
    /// Rows of the truth.
    pub rows: u64,
    /// True rows that aren't served.
    pub missing: u64,
    /// Rows that are served with a value that isn't the true one.
    pub changed: u64,
    /// Served rows that aren't true.
    pub extra: u64,
    /// Of the wrong rows those that the served answer claims to be complete: their window ends at the served watermark or
    /// before it. 0 where rows have no window, or where no watermark is served.
    pub claimed: u64,
    /// Of the wrong rows those that are *wrong for good*: wrong from here on to the end of the log, though by then the
    /// served watermark has passed the end of their window. Rows without a window, and those of an answer that ends without
    /// a watermark, need only be wrong to the end.
    ///
    /// All other wrong rows are *stale*: they were right later, or their window was still open when the log ended.
    pub for_good: u64,
    /// The newest event time that has arrived less the served watermark, in ms, at least 0; nothing without a watermark.
    pub staleness_ms: Option<u64>,
}

impl Wrongness {
    /// Returns the area under the rows that were wrong though served as complete, in row-seconds, by the points.
    pub fn claimed_row_seconds(&self) -> f64 {
        let area = |pair: &[WrongnessPoint]| {
            let seconds = (pair[1].time_ms - pair[0].time_ms) as f64 / 1e3;
            pair[0].claimed as f64 * seconds
        };
        self.points.windows(2).map(area).sum()
    }
}

impl WrongnessPoint {
    /// Returns how many rows are wrong.
    pub fn wrong(&self) -> u64 {
        self.missing + self.changed + self.extra
    }

    /// Returns how many rows are wrong but not for good.
    pub fn stale(&self) -> u64 {
        self.wrong() - self.for_good
    }
}

/// The most rows that were wrong at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LargestError {
    /// Says how many were.
    pub rows: u64,
    /// The first prefix at which so many were, in records.
    pub records: u64,
    /// The time then, in ms.
    pub time_ms: i64,
}

/// How long the rows of the whole log's answer took to be right for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UntilRight {
    /// Rows that were right at the end.
    pub rows: u64,
    /// Rows that weren't right at the end: they never became right.
    pub never: u64,
    /// The time from the arrival that last changed the true row to when the served row last became equal to it, in ms,
    /// over the rows that were right at the end.
    pub time: Percentiles,
}

/// Percentiles by nearest rank: the p-th is the least value that at least p % of them don't exceed. Nothing of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Percentiles {
    /// The median, in ms.
    pub p50_ms: Option<u64>,
    /// The 99th percentile, in ms.
    pub p99_ms: Option<u64>,
    /// The greatest, in ms.
    pub max_ms: Option<u64>,
}

impl Percentiles {
    /// Those of these durations, in ms, which are put into another order.
    pub fn of(durations: &mut [u64]) -> Self {
        let mut ranked = |percent: usize| {
            let rank = (durations.len() * percent).div_ceil(100).checked_sub(1)?;
            Some(*durations.select_nth_unstable(rank).1)
        };
        Self { p50_ms: ranked(50), p99_ms: ranked(99), max_ms: ranked(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let percentiles = |mut durations: Vec<u64>| {
            let Percentiles { p50_ms, p99_ms, max_ms } = Percentiles::of(&mut durations);
            [p50_ms, p99_ms, max_ms]
        };
        assert_eq!(percentiles(vec![]), [None; 3]);
        assert_eq!(percentiles(vec![7]), [Some(7); 3]);
        assert_eq!(percentiles(vec![9, 1]), [Some(1), Some(9), Some(9)]);
        assert_eq!(percentiles((1..=200).rev().collect()), [Some(100), Some(198), Some(200)]);
    }
}
