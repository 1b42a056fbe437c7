//! The candidate under other triggers: the price and the use of waiting for a batch.

use serde::{Deserialize, Serialize};

/// The candidate under another trigger: what waiting for a batch buys, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPoint {
    /// The trigger.
    pub trigger: String,
    /// Says how many micro-batches there were.
    pub batches: u64,
    /// Says how long a record waits for its batch to begin.
    pub wait: Wait,
    /// Holds its cost, where the problem has an objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<SweptCost>,
    /// Says how its rows differ from the reference's, where the answer is a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<SweptRows>,
}

/// Describes how long records wait for their batch to be complete, by the schedule alone: the job's own time is not in
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Holds what the numbers count: milliseconds where records have due times, else records.
    pub unit: WaitUnit,
    /// The median.
    pub p50: f64,
    /// 99 in a hundred records wait at most this long.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Describes what a wait is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitUnit {
    /// Milliseconds of the schedule.
    Ms,
    /// Records that come in between, where nothing says when they do.
    Records,
}

/// A cost under another trigger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweptCost {
    /// The cost.
    pub value: u64,
    /// The competitive ratio, at least.
    pub low: f64,
    /// The competitive ratio, at most.
    pub high: f64,
}

/// A table under another trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweptRows {
    /// Rows that differ from the reference.
    pub differing: u64,
    /// Rows that are the same.
    pub equal: u64,
    /// Records dropped for coming late.
    pub late: u64,
    /// Records of which nothing was emitted.
    pub not_emitted: u64,
}
