//! Describes what a latency comparison concluded, as it stands in `timings.json`.

use serde::{Deserialize, Serialize};

use crate::{Estimate, Outcome};

/// Candidate against stable in time, over replicates in the same run: a fresh process each, in which stable, the
/// candidate and stable again are fed alternating chunks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Says how many replicates.
    pub replicates: u64,
    /// Says how many a fail needs at least, when all of them agree.
    pub least_replicates: u64,
    /// Says how long they took together, and how long they might have taken.
    pub spent_seconds: f64,
    /// The time allowed.
    pub budget_seconds: f64,
    /// The error rate that all gated metrics share, for a false fail as for a false pass.
    pub error_rate: f64,
    /// Holds what the comparison concludes, from the gated metrics and the control.
    pub outcome: Outcome,
    /// Why, as a sentence.
    pub note: String,
    /// The budget that a verdict on an unchanged job would need at this noise, estimated; `null` where that isn't known,
    /// or where the verdict was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_seconds: Option<f64>,
    /// Candidate over stable, metric by metric.
    pub metrics: Vec<MetricComparison>,
    /// Stable over stable itself, under the same conditions.
    pub control: Vec<MetricComparison>,
    /// Says how the machine behaved meanwhile.
    pub health: Health,
}

/// One metric: the candidate's over stable's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricComparison {
    /// `mean`, `p50`, `p90`, `p95`, `p99` or `max` of the time a record takes.
    pub metric: String,
    /// The relative increase that is allowed; `null` for a metric that is only reported.
    pub margin: Option<f64>,
    /// Stable's own time: its median over replicates, each end of its interval at the error rate. The candidate's is
    /// this times the ratio, so that the three can't contradict each other.
    pub stable_ns: Option<Estimate>,
    /// The median ratio over replicates, each end of its interval at the error rate; `null` while there are too few
    /// replicates for an interval.
    pub ratio: Option<Estimate>,
    /// The smallest increase that these replicates would have shown to be beyond the margin.
    pub smallest_effect: Option<f64>,
    /// Holds what the interval shows: pass where it ends within the margin, fail where it begins beyond, else
    /// inconclusive.
    pub outcome: Outcome,
}

/// Describes how the machine behaved while the replicates ran. What the system doesn't tell is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Runnable tasks over the last minute, at the end.
    pub load: Option<f64>,
    /// The share of processor time that a hypervisor gave to others.
    pub steal_share: Option<f64>,
    /// Says how often a processor was slowed down for heat.
    pub throttled: Option<u64>,
}
