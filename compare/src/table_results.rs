//! The shape of `results.json` for a problem whose answer is a keyed table.

use std::collections::{BTreeMap, BTreeSet};

use datasets::Value;
use serde::{Deserialize, Serialize};

use crate::{
    DatasetId, Divergence, Ledger, RecoveryResult, ReplayId, Results, RowDifference, TableDivergence,
    Verdict, results::is_zero,
};

/// The value of [`TableResults::answer`].
pub const TABLE: &str = "table";

/// A finished run over a problem that answers with a table, without a timing, a path or a date in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableResults {
    /// [`RESULTS_SCHEMA`](crate::RESULTS_SCHEMA).
    pub schema: String,
    /// [`TABLE`]: what tells these results from those of a problem with a cost.
    pub answer: String,
    /// The version of the program that wrote it.
    pub counterpoint: String,
    /// The problem's name.
    pub problem: String,
    /// The problem's parameters, such as the window.
    pub parameters: BTreeMap<String, Value>,
    /// Which data.
    pub dataset: DatasetId,
    /// In which order, with which trigger, from which seed.
    pub replay: ReplayId,
    /// What the batch side computed: exact.
    pub reference: TableReference,
    /// The version in service.
    pub stable: TableVersion,
    /// The version that is to replace it.
    pub candidate: TableVersion,
    /// The candidate's answer held against stable's.
    pub changes: RowDifferences,
    /// Rows that differ from the reference in both answers, in whatever way; older runs don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_in_both: Option<u64>,
    /// The candidate under other triggers, if any were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepPoint>,
    /// The accuracy checks.
    pub verdict: Verdict,
}

/// The reference: a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableReference {
    /// The reference job's name.
    pub job: String,
    /// How many rows its answer has.
    pub rows: u64,
    /// What it counted on the way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
}

/// What one version concluded, and how far that is from the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableVersion {
    /// The job's name.
    pub job: String,
    /// What sets it apart from the problem's other versions; empty for a program outside.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How many rows its answer has.
    pub rows: u64,
    /// Where every record went.
    pub ledger: Ledger,
    /// Its answer held against the reference.
    pub divergence: RowDifferences,
    /// Pairs of a record and a window that were dropped for coming late.
    pub late_pairs: u64,
    /// Rows emitted, again and again where windows fire more than once.
    pub firings: u64,
    /// Micro-batches of a job that moves event time between them, as Spark does; 0 for one that does as Flink.
    pub batches: u64,
    /// The most entries that the state held at once.
    pub state_peak: u64,
    /// Its checkpoints and the faults that struck, where it ran with any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryResult>,
}

/// How two tables differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowDifferences {
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there.
    pub extra: u64,
    /// Those of them that are of sessions which merged later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded: u64,
    /// Rows that are there and differ.
    pub changed: u64,
    /// Rows that are the same.
    pub equal: u64,
    /// For each column that doesn't name the row: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// The first rows that differ, in the order of their keys. Cells come from a file: escape them wherever they are
    /// shown.
    pub worst: Vec<RowDifference>,
}

impl RowDifferences {
    /// How many rows differ in any way.
    pub fn differing(&self) -> u64 {
        self.missing.saturating_add(self.extra).saturating_add(self.changed)
    }

    /// How many rows the left table has: the reference, or stable's answer.
    pub fn of_left(&self) -> u64 {
        self.missing.saturating_add(self.changed).saturating_add(self.equal)
    }

    /// Gives the extra rows with these keys their cause: their sessions merged later. All of them are extra, for the
    /// batch side has the longer session alone.
    #[must_use]
    pub fn with_superseded(mut self, keys: &BTreeSet<Vec<String>>) -> Self {
        self.superseded = self.extra.min(keys.len() as u64);
        for row in &mut self.worst {
            if let RowDifference::Extra { key } = row
                && keys.contains(key)
            {
                *row = RowDifference::Superseded { key: std::mem::take(key) };
            }
        }
        self
    }
}

impl From<TableDivergence> for RowDifferences {
    fn from(found: TableDivergence) -> Self {
        let Divergence { missing, extra, changed, equal } = found.rows;
        Self {
            missing,
            extra,
            superseded: 0,
            changed,
            equal,
            changed_by_column: found.changed_by_column,
            worst: found.examples,
        }
    }
}

/// The candidate under another trigger: what waiting for a batch buys, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPoint {
    /// The trigger.
    pub trigger: String,
    /// How many micro-batches there were.
    pub batches: u64,
    /// How long a record waits for its batch to begin.
    pub wait: Wait,
    /// What came of it.
    pub outcome: SweepOutcome,
}

/// How long records wait for their batch to be complete, by the schedule alone: the job's own time is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// What the numbers count: milliseconds where records have due times, else records.
    pub unit: WaitUnit,
    /// The median.
    pub p50: f64,
    /// 99 in a hundred records wait at most this long.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// What a wait is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitUnit {
    /// Milliseconds of the schedule.
    Ms,
    /// Records that come in between, where nothing says when they do.
    Records,
}

/// What came of another trigger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SweepOutcome {
    /// A problem with a cost: the cost, and its ratio to the reference's bounds.
    Cost {
        /// The cost.
        cost: u64,
        /// The competitive ratio, at least.
        low: f64,
        /// The competitive ratio, at most.
        high: f64,
    },
    /// A problem that answers with a table.
    Table {
        /// Rows that differ from the reference.
        differing: u64,
        /// Rows that are the same.
        equal: u64,
        /// Records dropped for coming late.
        late: u64,
        /// Records of which nothing was emitted.
        unfired: u64,
    },
}

/// The results of any run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AnyResults {
    /// Of a problem with a cost.
    Cost(Box<Results>),
    /// Of a problem that answers with a table.
    Table(Box<TableResults>),
}

/// What tells the two shapes apart.
#[derive(Deserialize)]
struct Peek {
    answer: Option<String>,
}

impl AnyResults {
    /// Reads a `results.json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let peek: Peek = serde_json::from_str(text)?;
        match peek.answer.as_deref() {
            Some(TABLE) => serde_json::from_str(text).map(Self::Table),
            _ => serde_json::from_str(text).map(Self::Cost),
        }
    }

    /// The accuracy checks.
    pub fn verdict(&self) -> &Verdict {
        match self {
            Self::Cost(results) => &results.verdict,
            Self::Table(results) => &results.verdict,
        }
    }

    /// The same, to be added to.
    pub fn verdict_mut(&mut self) -> &mut Verdict {
        match self {
            Self::Cost(results) => &mut results.verdict,
            Self::Table(results) => &mut results.verdict,
        }
    }

    /// Whether a job was seen to differ from itself.
    pub fn is_noisy(&self) -> bool {
        match self {
            Self::Cost(results) => results.stable.noise.is_some() || results.candidate.noise.is_some(),
            Self::Table(_) => false,
        }
    }

    /// Which data.
    pub fn dataset(&self) -> &DatasetId {
        match self {
            Self::Cost(results) => &results.dataset,
            Self::Table(results) => &results.dataset,
        }
    }

    /// The problem's name.
    pub fn problem(&self) -> &str {
        match self {
            Self::Cost(results) => &results.problem,
            Self::Table(results) => &results.problem,
        }
    }

    /// The problem's parameters.
    pub fn parameters(&self) -> &BTreeMap<String, Value> {
        match self {
            Self::Cost(results) => &results.parameters,
            Self::Table(results) => &results.parameters,
        }
    }

    /// In which order, with which trigger, from which seed.
    pub fn replay(&self) -> &ReplayId {
        match self {
            Self::Cost(results) => &results.replay,
            Self::Table(results) => &results.replay,
        }
    }

    /// The names of the stable job and the candidate.
    pub fn jobs(&self) -> [&str; 2] {
        match self {
            Self::Cost(results) => [&results.stable.job, &results.candidate.job],
            Self::Table(results) => [&results.stable.job, &results.candidate.job],
        }
    }

    /// The candidate under other triggers.
    pub fn sweep(&self) -> &[SweepPoint] {
        match self {
            Self::Cost(results) => &results.sweep,
            Self::Table(results) => &results.sweep,
        }
    }
}
