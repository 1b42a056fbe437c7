//! The shape of `results.json`: everything about a run that is the same when it is run again.

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use crate::{SweepPoint, Verdict};

/// The version of the format, as it stands in the file.
pub const RESULTS_SCHEMA: &str = "counterpoint.results/1";

/// A finished run, without a timing, a path or a date in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`RESULTS_SCHEMA`].
    pub schema: String,
    /// The version of the program that wrote it.
    pub counterpoint: String,
    /// The problem's name.
    pub problem: String,
    /// What a cost counts, in the plural: `bins`.
    pub cost_unit: String,
    /// The problem's parameters, such as the capacity.
    pub parameters: BTreeMap<String, Value>,
    /// Which data.
    pub dataset: DatasetId,
    /// In which order, from which seed.
    pub replay: ReplayId,
    /// What the batch side knows of the optimum.
    pub reference: ReferenceResult,
    /// The version in service.
    pub stable: VersionResult,
    /// The version that is to replace it.
    pub candidate: VersionResult,
    /// Record by record, whether the two decided alike.
    pub decisions: Decisions,
    /// Costs and bounds at growing prefixes of the replayed order.
    pub curve: Vec<CurvePoint>,
    /// The same comparison over shuffled orders, if any were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Orders>,
    /// The candidate under other triggers, if any were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepPoint>,
    /// The accuracy checks. Latency checks live in `timings.json`, for they change from run to run.
    pub verdict: Verdict,
}

/// Which data a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetId {
    /// The dataset's name. It comes from a file: escape it wherever it is shown.
    pub name: String,
    /// How many records it has.
    pub records: u64,
    /// The hash of its data file.
    pub blake3: String,
    /// The numbers in it are the source's times this.
    pub scale: u64,
    /// Rows of the source that were left out when it was frozen: they are no records, so no ledger counts them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected: u64,
}

/// What fixes the order of the records and every random choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayId {
    /// `recorded`, `shuffled`, `ascending` or `descending`.
    pub order: String,
    /// When jobs act: on each `record`, or on micro-batches.
    pub trigger: String,
    /// The run's seed.
    pub seed: u64,
}

/// The reference: the interval that holds the optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceResult {
    /// The reference job's name.
    pub job: String,
    /// `exact` or `bounds`.
    pub kind: String,
    /// No answer costs less.
    pub lower_bound: u64,
    /// An offline answer costs this.
    pub upper_bound: u64,
    /// The method that proves the lower bound.
    pub lower_bound_by: String,
    /// The method that found the offline answer.
    pub upper_bound_by: String,
}

/// What one version concluded, and how good that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionResult {
    /// The job, with its argument: `harmonic:7`.
    pub job: String,
    /// The cost, recomputed from the answer.
    pub cost: u64,
    /// Online cost over the optimum.
    pub competitive_ratio: RatioResult,
    /// Where every record went.
    pub ledger: Ledger,
    /// Rows of the answer that do not stand up against the dataset.
    pub divergence: Divergence,
    /// How many bins are filled to 0–5 %, 5–10 %, … 95–100 % of the capacity.
    pub fill: Vec<u64>,
    /// What several runs gave, where the runs of either version differ. All else here is of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
}

/// What several runs of a job gave that may not be deterministic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// How many runs, the first among them.
    pub runs: u64,
    /// Records decided otherwise than in its own first run, in the run where they are most.
    pub decisions_differing: u64,
    /// Records decided otherwise than in stable's first run, in the run where they are fewest (of stable: another run).
    pub changes_low: u64,
    /// The same, in the run where they are most.
    pub changes_high: u64,
    /// The lowest cost of a run.
    pub cost_low: u64,
    /// The highest cost of a run.
    pub cost_high: u64,
    /// Rows of a run's answer that are wrong, in the run where they are most.
    pub wrong_high: u64,
}

/// A competitive ratio as an interval, beside what is proved of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioResult {
    /// Cost over the reference's upper bound: the true ratio is at least this.
    pub low: f64,
    /// Cost over the reference's lower bound: the true ratio is at most this.
    pub high: f64,
    /// The proven asymptotic ratio, or `null` where none is known.
    pub proven: Option<f64>,
    /// The proven absolute ratio, or `null` where none is known.
    pub proven_absolute: Option<f64>,
    /// The constant `c` in `cost ≤ proven · OPT + c`, where the proof gives it.
    pub proven_constant: Option<u64>,
    /// Where the proof stands; empty where there is none.
    pub source: String,
}

/// Where every record went: `records = used + late + duplicate + rejected + unfired + no_window + lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Records in the dataset.
    pub records: u64,
    /// Records that the job decided on.
    pub used: u64,
    /// Records that came after their window had closed.
    pub late: u64,
    /// Records that the job saw more than once.
    pub duplicate: u64,
    /// Records that the job refused.
    pub rejected: u64,
    /// Records of which nothing was emitted before the input ended, in jobs that don't drain their state.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unfired: u64,
    /// Records that lie in none of the windows: in the gaps between them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub no_window: u64,
    /// Records that left no trace.
    pub lost: u64,
    /// How often records were taken in again that had been already: a crash under at-least-once does that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: u64,
    /// Rows of sessions that merged later: they were emitted, became part of a longer session, and stand beside it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded_rows: u64,
    /// How many records those rows count. Each stands in the longer session's row, too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded_records: u64,
}

impl Ledger {
    /// Whether every record is accounted for.
    pub fn balances(&self) -> bool {
        let Self { records, used, late, duplicate, rejected, unfired, no_window, lost, again, .. } = self;
        // Wide enough for any numbers that a file may hold.
        let sum = |of: &[&u64]| of.iter().map(|&&number| u128::from(number)).sum::<u128>();
        sum(&[records, again]) == sum(&[used, late, duplicate, rejected, unfired, no_window, lost])
    }

    /// How many records are in no row of the answer and should be, by what the dataset holds: all that aren't used, but
    /// for repetitions of one that is.
    pub fn left_out(&self) -> u64 {
        let Self { late, rejected, unfired, no_window, lost, .. } = *self;
        [late, rejected, unfired, no_window, lost].into_iter().fold(0, u64::saturating_add)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Rows of an answer held against what they must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there.
    pub extra: u64,
    /// Rows that are there and wrong.
    pub changed: u64,
    /// Rows that are right.
    pub equal: u64,
}

impl Divergence {
    /// How many rows differ in any way.
    pub fn rows(&self) -> u64 {
        self.missing.saturating_add(self.extra).saturating_add(self.changed)
    }
}

/// How often two versions decided alike, record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Records on which both decided the same.
    pub same: u64,
    /// Records on which they did not.
    pub different: u64,
    /// The first of those, as an offset in the dataset.
    pub first_different: Option<u64>,
}

/// Costs and bounds after a prefix of the replayed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// How many records had been replayed.
    pub records: u64,
    /// The prefix's own lower bound.
    pub lower_bound: u64,
    /// The prefix's own offline cost.
    pub upper_bound: u64,
    /// What the stable job had paid by then.
    pub stable: u64,
    /// What the candidate had paid by then.
    pub candidate: u64,
}

/// The comparison repeated over shuffled orders of the same records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// How many orders; their seeds are `first_seed`, `first_seed + 1`, …
    pub count: u64,
    /// The first order's seed.
    pub first_seed: u64,
    /// The confidence of every interval here: 0.95.
    pub confidence: f64,
    /// The stable job over the orders.
    pub stable: OrderStats,
    /// The candidate over the same orders.
    pub candidate: OrderStats,
    /// Candidate's cost over stable's cost, less one, order by order.
    pub increase: Estimate,
    /// In how many orders the candidate was cheaper, equal and dearer.
    pub candidate_cheaper: u64,
    /// In how many orders both cost the same.
    pub equal: u64,
    /// In how many orders the candidate was dearer.
    pub candidate_dearer: u64,
    /// The costs, by order: stable's and candidate's.
    pub costs: Vec<(u64, u64)>,
}

/// One job over many orders. Ratios are upper ends: cost over the reference's lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderStats {
    /// The mean ratio, with its confidence interval.
    pub mean: Estimate,
    /// The lowest ratio seen.
    pub best: f64,
    /// The highest ratio seen.
    pub worst: f64,
    /// The seed of the order that gave the highest.
    pub worst_seed: u64,
}

/// An estimated number and the interval that it probably lies in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}
