//! The shape of `results.json`: everything about a run that is the same when it is run again.
//!
//! One shape for every problem. What a problem's answer is, and whether it has a cost, are two questions: the first is
//! told by `answer`, the second by `objective`, and the parts that follow from either stand beside each other.

mod expected;
mod explanation;
mod handover;
mod objective;
mod orders;
mod over_time;
mod rows;
mod sweep;
mod version;

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use crate::{Role, Verdict, architecture::Architectures};

pub use expected::{ExpectedResult, expected_check};
pub use explanation::{DeclareResult, ExplanationResult, HeldOut, RuleResult, TriedRules};
pub use handover::{HandOverResult, HandedState, StrangeWindows, Strangeness, WindowSides};
pub use objective::{Objective, Profile};
pub use orders::{Estimate, OrderStats, Orders};
pub use over_time::{RowCause, RowsOverTime, SideOverTime};
pub use rows::RowDifferences;
pub use sweep::{SweepPoint, SweptCost, SweptRows, Wait, WaitUnit};
pub use version::{
    AnswerResult, CostResult, DecisionsResult, Noise, RatioResult, TableResult, VersionResult,
};

/// The version of the format, as it stands in the file.
pub const RESULTS_SCHEMA: &str = "counterpoint.results/2";

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
    /// Says what answers are to keep low or high, if anything.
    pub objective: Objective,
    /// The problem's parameters, such as the window.
    pub parameters: BTreeMap<String, Value>,
    /// Which data.
    pub dataset: DatasetId,
    /// In which order, with which trigger, from which seed.
    pub replay: ReplayId,
    /// Holds what the batch side computed.
    pub reference: ReferenceResult,
    /// The version in service.
    pub stable: VersionResult,
    /// The version that is to replace it.
    pub candidate: VersionResult,
    /// The candidate's answer held against stable's.
    pub changes: Changes,
    /// Explains the versions' profiles, where they have any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Costs and bounds at growing prefixes of the replayed order, where there is a cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
    /// Holds the comparison over shuffled orders, if any were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Orders>,
    /// The candidate under other triggers, if any were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepPoint>,
    /// Rows that the experiment expects to differ, rule by rule. They are in no other count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<ExpectedResult>,
    /// Describes what the architectures have to show, where any was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architectures: Option<Box<Architectures>>,
    /// The accuracy checks. Latency checks live in `timings.json`, for they change from run to run.
    pub verdict: Verdict,
}

/// Which data a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetId {
    /// The dataset's name. It comes from a file: escape it wherever it is shown.
    pub name: String,
    /// Says how many records it has.
    pub records: u64,
    /// The hash of its data file.
    pub blake3: String,
    /// The numbers in it are the source's times this.
    pub scale: u64,
    /// Rows of the source that were left out when it was frozen: they are no records, so no ledger counts them.
    #[serde(default, skip_serializing_if = "crate::ledger::is_zero")]
    pub rejected: u64,
}

/// Names all that fixes the order of the records and every random choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayId {
    /// `recorded`, `shuffled`, `ascending` or `descending`.
    pub order: String,
    /// When jobs act: on each `record`, or on micro-batches.
    pub trigger: String,
    /// The run's seed.
    pub seed: u64,
    /// Says how often each record was fed: once as it stands, and else as a copy with a key of its own.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub amplify: u32,
}

impl ReplayId {
    /// Says how many records were fed of a dataset that holds so many.
    pub fn fed(&self, records: u64) -> u64 {
        records.saturating_mul(self.amplify.into())
    }
}

impl Results {
    /// Says how many records were fed, copies among them.
    pub fn fed(&self) -> u64 {
        self.replay.fed(self.dataset.records)
    }
}

pub(crate) fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_once(times: &u32) -> bool {
    *times == 1
}

/// Holds what the batch side computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceResult {
    /// The reference job's name.
    pub job: String,
    /// `exact`, or `bounds` where all that is known of the optimum is an interval.
    pub kind: String,
    /// Says how many rows its answer has: of decisions, one for each record.
    pub rows: u64,
    /// The interval that holds the optimum, where there is a cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Says what is worth a word before a job is blamed for its answer, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Counts what it met on the way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
}

/// The interval that holds the optimum, each end with the method that found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// No answer costs less.
    pub lower: u64,
    /// The method behind the lower end.
    pub lower_by: String,
    /// The optimum is at most this.
    pub upper: u64,
    /// The method behind the upper end.
    pub upper_by: String,
}

/// Describes how the candidate's answer differs from stable's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Changes {
    /// Record by record, whether the two decided alike.
    Decisions(DecisionChanges),
    /// Row by row.
    Table(TableChanges),
}

/// Describes how often two versions decided alike, record by record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionChanges {
    /// Records on which both decided the same.
    pub same: u64,
    /// Records on which they did not.
    pub different: u64,
    /// The first of those, as an offset in the dataset.
    pub first_different: Option<u64>,
}

/// Describes how two versions' tables differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableChanges {
    /// The candidate's rows held against stable's.
    pub rows: RowDifferences,
    /// Rows that differ from the reference in both answers, in whatever way.
    pub wrong_in_both: u64,
    /// The first record that parts the two, where rows tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parting: Option<Box<PartingRecord>>,
    /// Names the columns that a row's key consists of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_columns: Vec<String>,
    /// Says why listed rows differ from the reference's, where that is known: stable's first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<RowCause>,
    /// Says when the rows are that differ, where their key has a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_time: Option<Box<RowsOverTime>>,
}

/// Names the first record that one version's answer has taken in and the other's hasn't, by what the rows hold: before this
/// record the row of one of them was the truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartingRecord {
    /// Its offset in the dataset.
    pub record: u64,
    /// When it happened, in milliseconds since the Unix epoch, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time_ms: Option<i64>,
    /// By how much that lies behind the newest event time before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_ms: Option<i64>,
    /// The key of the row. It may come from a file: escape it wherever it is shown.
    pub key: Vec<String>,
    /// Names the version whose row is the truth of the records before.
    pub without: Role,
    /// Rows in which the two differ and that were looked into.
    pub rows: u64,
    /// Those of them that tell where the two part.
    pub told: u64,
}

/// Costs and bounds after a prefix of the replayed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Says how many records had been replayed.
    pub records: u64,
    /// The prefix's own lower bound.
    pub lower_bound: u64,
    /// The prefix's own upper bound.
    pub upper_bound: u64,
    /// Is the cost of stable's answer by then.
    pub stable: u64,
    /// Is the cost of the candidate's answer by then.
    pub candidate: u64,
}

/// Both versions' costs, of a problem that has one.
#[derive(Debug, Clone, Copy)]
pub struct Costs<'a> {
    /// Names what a cost counts, in the plural.
    pub unit: &'a str,
    /// The interval that holds the optimum.
    pub bounds: &'a Bounds,
    /// Stable's.
    pub stable: &'a CostResult,
    /// The candidate's.
    pub candidate: &'a CostResult,
}

/// Both versions' tables, of a problem whose answer is one.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// Says how many rows the reference has.
    pub rows: u64,
    /// Stable's.
    pub stable: TableSide<'a>,
    /// The candidate's.
    pub candidate: TableSide<'a>,
    /// The candidate's held against stable's.
    pub changes: &'a TableChanges,
}

impl Tables<'_> {
    /// Returns whether either version gives an account of the records; a program outside doesn't.
    pub fn are_told(&self) -> bool {
        [self.stable, self.candidate].iter().any(|side| side.version.ledger.untold == 0)
    }
}

/// A version whose answer is a table.
#[derive(Debug, Clone, Copy)]
pub struct TableSide<'a> {
    /// All of it.
    pub version: &'a VersionResult,
    /// Holds what is told of its table.
    pub table: &'a TableResult,
}

impl Results {
    /// Returns both versions' costs; nothing where the problem has no objective.
    pub fn costs(&self) -> Option<Costs<'_>> {
        Some(Costs {
            unit: self.objective.unit()?,
            bounds: self.reference.bounds.as_ref()?,
            stable: self.stable.cost.as_ref()?,
            candidate: self.candidate.cost.as_ref()?,
        })
    }

    /// Returns both versions' tables; nothing where the answer isn't a table.
    pub fn tables(&self) -> Option<Tables<'_>> {
        let Changes::Table(changes) = &self.changes else { return None };
        Some(Tables {
            rows: self.reference.rows,
            stable: self.stable.table()?,
            candidate: self.candidate.table()?,
            changes,
        })
    }

    /// Tells whether a job was seen to differ from itself.
    pub fn is_noisy(&self) -> bool {
        self.stable.noise.is_some() || self.candidate.noise.is_some()
    }

    /// Returns the names of the stable job and the candidate.
    pub fn jobs(&self) -> [&str; 2] {
        [&self.stable.job, &self.candidate.job]
    }
}
