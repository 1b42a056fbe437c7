//! A run under Lambda: a batch layer recomputes, a speed layer covers what came since, a serving layer merges the two.

use serde::{Deserialize, Serialize};

use super::{AnsweredBy, Healing, Work};
use crate::{Amount, Check, Percentiles, Unit, Wrongness, amount::Affected};

/// A run under Lambda.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaResult {
    /// Records between two boundaries.
    pub every: u64,
    /// Records that come in while a view is recomputed.
    pub takes: u64,
    /// The version that is the speed layer.
    pub speed_layer: String,
    /// Splits of the data that the laws of the merge were tried on before the run.
    pub laws_tried: u64,
    /// Every batch view that came to be served.
    pub views: Vec<Recomputation>,
    /// Records of the last state by layer; each is covered exactly once.
    pub ledger: Vec<AnsweredBy>,
    /// Versions of (view, boundary, speed layer) that were checked for a gap or an overlap.
    pub versions_checked: u64,
    /// Describes what the batch layer had to do.
    pub batch: Work,
    /// Describes what the speed layer had to do.
    pub speed: Work,
    /// How far the merged answer was from the truth, all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Wrongness>,
    /// The area under the rows of it that were wrong though served as complete, in row-seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_row_seconds: Option<f64>,
    /// How far records came in behind the newest event time before them, which is 0 for the newest; nothing where records
    /// have no event time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<Percentiles>,
    /// Recorded time between a boundary and the moment its view was served, in milliseconds, the longest; nothing without a
    /// view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_ms: Option<u64>,
    /// When a planted bug was put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healing: Option<Healing>,
    /// The age of the batch view in records: median, p99 and largest.
    pub age_records: [u64; 3],
    /// Holds the same run at other intervals and boundaries, for what each costs and how wrong it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweptBoundary>,
    /// The interval that is recommended from what was measured, in records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommended_every: Option<u64>,
}

impl LambdaResult {
    /// Returns the check that the view is never older than so many records.
    pub fn check_age(&self, limit: u64) -> Check {
        let [_, p99, oldest] = self.age_records;
        let affected = Affected { unit: Unit::Records, found: oldest, whole: oldest };
        let note =
            format!("the batch view that was served lay up to {oldest} records behind the log, p99 {p99}");
        Amount::Count(limit).check("view_age", affected, note)
    }
}

/// A batch view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recomputation {
    /// The boundary: it covers the records before.
    pub boundary: u64,
    /// Records that the log held when it came to be served.
    pub served_at: u64,
    /// Rows of it.
    pub rows: u64,
    /// Rows of the merged answer that are otherwise with it than they were before; nothing where the speed layer's rows come
    /// when it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
}

/// One interval of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweptBoundary {
    /// Records between two boundaries.
    pub every: u64,
    /// Records that the batch layer processed in all.
    pub recomputed: u64,
    /// The area under the error, in row-seconds.
    pub wrong_row_seconds: f64,
    /// Holds the same of rows that were served as complete, sampled at the points.
    pub claimed_row_seconds: f64,
}
