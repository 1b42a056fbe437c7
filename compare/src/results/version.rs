//! One version's answer, and how good it is.

use serde::{Deserialize, Serialize};

use super::{ExplanationResult, HandOverResult, RowDifferences, TableSide};
use crate::{Divergence, Ledger, RecoveryResult, ledger::is_zero};

/// Holds what one version concluded, and how good that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionResult {
    /// The job, with its argument: `harmonic:7`.
    pub job: String,
    /// Says what sets it apart from the problem's other versions; empty for a program outside.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where every record went.
    pub ledger: Ledger,
    /// Holds the answer's cost, where the problem has an objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostResult>,
    /// The answer, held against what it must be.
    pub answer: AnswerResult,
    /// Its checkpoints and the faults that struck, where it ran with any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryResult>,
    /// Sums up several runs, where the runs of either version differ. All else here is of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// Says which rule makes its rows differ, where some do and the reference is the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<ExplanationResult>>,
}

/// An answer, held against what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerResult {
    /// One number a record, held against the records.
    Decisions(DecisionsResult),
    /// Rows with a key, held against the reference's.
    Table(TableResult),
}

/// Decisions, held against the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionsResult {
    /// Decisions that do not stand up against the dataset.
    pub divergence: Divergence,
}

/// A table, held against the reference's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableResult {
    /// Says how many rows it has.
    pub rows: u64,
    /// It held against the reference's.
    pub divergence: RowDifferences,
    /// Pairs of a record and a window that were dropped for coming late.
    pub late_pairs: u64,
    /// Rows emitted, again and again where windows fire more than once.
    pub firings: u64,
    /// Rows of the reference that it never gave out, for nothing moved its time that far: they are in no other count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_emitted: u64,
    /// Rows in which a second run of a job outside differs from its first, where any do: nothing can be said of it row by
    /// row.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsteady: u64,
    /// Micro-batches of a job that moves event time between them, as Spark does; 0 for one that does as Flink.
    pub batches: u64,
    /// The most entries that the state held at once.
    pub state_peak: u64,
    /// Describes how it took over from an earlier job, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Box<HandOverResult>>,
}

/// Holds an answer's cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostResult {
    /// The cost, recomputed from the answer.
    pub value: u64,
    /// Online cost over the optimum.
    pub competitive_ratio: RatioResult,
    /// Says how often each part of the [`Profile`](super::Profile)'s range occurred; empty where there is no profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<u64>,
}

/// A competitive ratio as an interval, beside what is proved of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioResult {
    /// The true ratio is at least this.
    pub low: f64,
    /// The true ratio is at most this.
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

/// Sums up several runs of a job that may not be deterministic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Says how many runs, the first among them.
    pub runs: u64,
    /// Records decided otherwise than in its own first run, in the run where they are most.
    pub decisions_differing: u64,
    /// Records decided otherwise than in stable's first run, in the run where they are fewest (of stable: another run).
    pub changes_low: u64,
    /// Holds the same, in the run where they are most.
    pub changes_high: u64,
    /// The lowest cost of a run.
    pub cost_low: u64,
    /// The highest cost of a run.
    pub cost_high: u64,
    /// Rows of a run's answer that are wrong, in the run where they are most.
    pub wrong_high: u64,
}

impl VersionResult {
    /// Returns the counts of rows that are right and wrong, of whatever the answer is.
    pub fn divergence(&self) -> Divergence {
        match &self.answer {
            AnswerResult::Decisions(decisions) => decisions.divergence,
            AnswerResult::Table(table) => table.divergence.counts(),
        }
    }

    /// Returns it with its table; nothing where the answer isn't one.
    pub fn table(&self) -> Option<TableSide<'_>> {
        match &self.answer {
            AnswerResult::Table(table) => Some(TableSide { version: self, table }),
            AnswerResult::Decisions(_) => None,
        }
    }

    /// Returns what is told of its table, to be changed; nothing where the answer isn't one.
    pub fn table_mut(&mut self) -> Option<&mut TableResult> {
        match &mut self.answer {
            AnswerResult::Table(table) => Some(table),
            AnswerResult::Decisions(_) => None,
        }
    }
}
