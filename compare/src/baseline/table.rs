//! What is kept of a run over a problem that answers with a table.

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use super::{
    BASELINE_SCHEMA, BaselineAnswers, BaselineDataset, BaselineReplay, KeptAnswer,
    changes::{Row, ledger_rows, named},
};
use crate::{Ledger, RowDifferences, TABLE, TableResults, TableVersion};

/// The deterministic results of a run over a problem that answers with a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableBaseline {
    /// [`BASELINE_SCHEMA`].
    pub schema: String,
    /// [`TABLE`].
    pub answer: String,
    /// The problem's name.
    pub problem: String,
    /// Which data.
    pub dataset: BaselineDataset,
    /// The problem's parameters, such as the window.
    pub parameters: BTreeMap<String, Value>,
    /// In which order, with which trigger, from which seed.
    pub replay: BaselineReplay,
    /// What the batch side computed.
    pub reference: BaselineTable,
    /// The version in service.
    pub stable: BaselineTableVersion,
    /// The version that is to replace it.
    pub candidate: BaselineTableVersion,
    /// The rows of the answers, where they are few. [`Baseline::to_toml`](super::Baseline::to_toml) writes them.
    #[serde(default, skip_serializing)]
    pub answers: BaselineAnswers,
}

/// The reference's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineTable {
    /// The reference job's name.
    pub job: String,
    /// How many rows its answer has.
    pub rows: u64,
    /// The hash of `answers/reference.csv`.
    pub answer_blake3: String,
}

/// What one version concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineTableVersion {
    /// The job's name.
    pub job: String,
    /// How many rows its answer has.
    pub rows: u64,
    /// The hash of `answers/stable.csv` or `answers/candidate.csv`.
    pub answer_blake3: String,
    /// Pairs of a record and a window that were dropped for coming late.
    pub late_pairs: u64,
    /// Rows emitted, again and again where windows fire more than once.
    pub firings: u64,
    /// Where every record went.
    pub ledger: Ledger,
    /// Rows of its answer held against the reference.
    pub divergence: BaselineDivergence,
}

/// How an answer differs from the reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineDivergence {
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there.
    pub extra: u64,
    /// Rows that are there and differ.
    pub changed: u64,
    /// Rows that are the same.
    pub equal: u64,
    /// For each column that doesn't name the row: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
}

impl TableBaseline {
    pub(super) fn of(results: &TableResults, answers: [KeptAnswer; 3]) -> Self {
        let [reference, stable, candidate] = answers.each_ref().map(|answer| answer.blake3.clone());
        Self {
            schema: BASELINE_SCHEMA.to_owned(),
            answer: TABLE.to_owned(),
            problem: results.problem.clone(),
            dataset: (&results.dataset).into(),
            parameters: results.parameters.clone(),
            replay: BaselineReplay::of(&results.replay, 0),
            reference: BaselineTable {
                job: results.reference.job.clone(),
                rows: results.reference.rows,
                answer_blake3: reference,
            },
            stable: version_of(&results.stable, stable),
            candidate: version_of(&results.candidate, candidate),
            answers: BaselineAnswers::of(answers),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        // What is left out here says what the baseline is of: `mismatch` looks at it. Rows of answers are compared apart.
        let Self {
            schema: _,
            answer: _,
            problem: _,
            dataset: _,
            parameters: _,
            replay: _,
            reference,
            stable,
            candidate,
            answers: _,
        } = self;
        let BaselineTable { job, rows, answer_blake3 } = reference;
        let mut all = named("reference", &[("job", job), ("rows", rows), ("answer_blake3", answer_blake3)]);
        all.extend(version_rows("stable", stable));
        all.extend(version_rows("candidate", candidate));
        all
    }
}

fn version_of(version: &TableVersion, answer_blake3: String) -> BaselineTableVersion {
    // How much state there was and how many batches is how the answer came about, not what it is.
    let TableVersion {
        job,
        about: _,
        rows,
        ledger,
        divergence,
        late_pairs,
        firings,
        batches: _,
        state_peak: _,
        recovery: _,
    } = version;
    let RowDifferences { missing, extra, changed, equal, changed_by_column, superseded: _, worst: _ } =
        divergence.clone();
    BaselineTableVersion {
        job: job.clone(),
        rows: *rows,
        answer_blake3,
        late_pairs: *late_pairs,
        firings: *firings,
        ledger: *ledger,
        divergence: BaselineDivergence { missing, extra, changed, equal, changed_by_column },
    }
}

fn version_rows(role: &str, version: &BaselineTableVersion) -> Vec<Row> {
    let BaselineTableVersion { job, rows, answer_blake3, late_pairs, firings, ledger, divergence } = version;
    let BaselineDivergence { missing, extra, changed, equal, changed_by_column } = divergence;
    let mut all = named(
        role,
        &[
            ("job", job),
            ("rows", rows),
            ("answer_blake3", answer_blake3),
            ("late_pairs", late_pairs),
            ("firings", firings),
        ],
    );
    all.extend(ledger_rows(role, ledger));
    all.extend(named(
        &format!("{role}.divergence"),
        &[("missing", missing), ("extra", extra), ("changed", changed), ("equal", equal)],
    ));
    let columns = changed_by_column.iter().map(|(column, rows)| (column.as_str(), rows as &dyn ToString));
    all.extend(named(&format!("{role}.divergence.changed_by_column"), &columns.collect::<Vec<_>>()));
    all
}
