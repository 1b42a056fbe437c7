//! Describes what a comparison of throughputs concluded, as it stands in `timings.json`.

use serde::{Deserialize, Serialize};

use crate::{Estimate, Health, Outcome};

/// Candidate against stable in records a second, over replicates in the same run: a fresh process each, in which stable,
/// the candidate and stable again each replay the same records whole, one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThroughputComparison {
    /// Records that each of the replays fed.
    pub records: u64,
    /// Says how many replicates.
    pub replicates: u64,
    /// Says how many a fail needs at least, when all of them agree.
    pub least_replicates: u64,
    /// Says how long they took together.
    pub spent_seconds: f64,
    /// The time allowed.
    pub budget_seconds: f64,
    /// The error rate, for a false fail as for a false pass.
    pub error_rate: f64,
    /// Holds what the interval shows: pass where it begins within the limit, fail where it ends beyond, else inconclusive.
    pub outcome: Outcome,
    /// Why, as a sentence.
    pub note: String,
    /// The budget that a verdict on an unchanged job would need at this noise, estimated; `null` where that isn't known,
    /// or where the verdict was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_seconds: Option<f64>,
    /// By how much of stable's rate the candidate's may be lower.
    pub limit: f64,
    /// Stable's own rate: its median over replicates, each end of its interval at the error rate. The candidate's is
    /// this times the ratio.
    pub stable_per_second: Option<Estimate>,
    /// The candidate's rate over stable's: the median over replicates, each end of its interval at the error rate; `null`
    /// while there are too few replicates for an interval.
    pub ratio: Option<Estimate>,
    /// The smallest decrease that these replicates would have shown to be beyond the limit.
    pub smallest_effect: Option<f64>,
    /// The rate of stable, run again, over its own.
    pub control: Option<Estimate>,
    /// Says how the machine behaved meanwhile.
    pub health: Health,
}

impl ThroughputComparison {
    /// Returns the candidate's rate, which is stable's times the ratio.
    pub fn candidate_per_second(&self) -> Option<Estimate> {
        let (stable, ratio) = (self.stable_per_second?, self.ratio?);
        let of = |end: f64| stable.value * end;
        Some(Estimate { value: of(ratio.value), low: of(ratio.low), high: of(ratio.high) })
    }
}
