//! How wrong a served answer was, when, and for how long: held against the batch answer of the same records.

use serde::{Deserialize, Serialize};

/// How far a served answer was from the truth while records came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrongness {
    /// Samples, evenly spaced over the records.
    pub points: Vec<TruthPoint>,
    /// The share of recorded time in which a row was served that was not the truth.
    pub wrong_time_share: f64,
    /// The most rows that were wrong at once.
    pub largest_error_rows: u64,
    /// Records that the log held then.
    pub largest_error_at: u64,
    /// The area under the error: wrong rows times seconds of recorded time.
    pub error_row_seconds: f64,
    /// From the record that last changed a row's true value until the row was served so, in milliseconds of recorded
    /// time: median, p99 and longest; nothing where no row ever was right.
    pub until_right_ms: Option<[i64; 3]>,
    /// Rows that were not right by the end.
    pub never_right: u64,
    /// How far the event time that is answered for lay behind that of the newest record, in milliseconds: median, p99 and
    /// largest; nothing where no event time is served.
    pub staleness_ms: Option<[i64; 3]>,
}

/// A served answer held against the truth at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthPoint {
    /// Records that the log held.
    pub records: u64,
    /// Recorded time, in milliseconds since the log began.
    pub time_ms: i64,
    /// Rows of the true answer.
    pub rows: u64,
    /// True rows that weren't served yet.
    pub missing: u64,
    /// Served rows with another value than the true one.
    pub changed: u64,
    /// Served rows that the truth doesn't have.
    pub extra: u64,
    /// Of all of these, rows that were served as complete.
    pub wrong_though_complete: u64,
}
