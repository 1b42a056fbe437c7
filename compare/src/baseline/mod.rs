//! The baseline: what a run computed, kept so that a later run can be held against it. No time, no place, no date.

mod answers;
mod changes;
mod cost;
mod subject;
mod table;

use serde::{Deserialize, Serialize};

pub use answers::{BaselineAnswers, BaselineRows, KeptAnswer};
pub use cost::{BaselineOrders, BaselineReference, BaselineVersion, CostBaseline};
pub use subject::{BaselineDataset, BaselineReplay, Mismatch, Subject};
pub use table::{BaselineDivergence, BaselineTable, BaselineTableVersion, TableBaseline};

use crate::{AnyResults, TABLE};

/// The version of the format, as it stands in the file.
pub const BASELINE_SCHEMA: &str = "counterpoint.baseline/1";

/// The deterministic results of a run, in the form that lives in git.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Baseline {
    /// Of a problem with a cost.
    Cost(Box<CostBaseline>),
    /// Of a problem that answers with a table.
    Table(Box<TableBaseline>),
}

/// What tells the two shapes apart.
#[derive(Deserialize)]
struct Peek {
    answer: Option<String>,
}

impl Baseline {
    /// What is kept of `results`; `answers` are the reference's, stable's and the candidate's.
    pub fn of(results: &AnyResults, answers: [KeptAnswer; 3]) -> Self {
        match results {
            AnyResults::Cost(results) => Self::Cost(Box::new(CostBaseline::of(results, answers))),
            AnyResults::Table(results) => Self::Table(Box::new(TableBaseline::of(results, answers))),
        }
    }

    /// Reads the file's text. The schema is the caller's to check.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let Peek { answer } = toml::from_str(text)?;
        match answer.as_deref() {
            Some(TABLE) => toml::from_str(text).map(Self::Table),
            _ => toml::from_str(text).map(Self::Cost),
        }
    }

    /// The file's text: values first, then the rows of the answers, each on a line of its own, as a review wants them.
    pub fn to_toml(&self) -> String {
        let values = toml::to_string(self).expect("plain strings and numbers within 63 bits are TOML");
        match self {
            Self::Cost(_) => values,
            Self::Table(baseline) => values + &baseline.answers.to_toml(),
        }
    }

    /// Why this baseline can't be compared with a run of `subject`, if so.
    pub fn mismatch(&self, subject: &Subject<'_>) -> Option<Mismatch> {
        let (problem, dataset, parameters, replay) = match self {
            Self::Cost(kept) => (&kept.problem, &kept.dataset, &kept.parameters, &kept.replay),
            Self::Table(kept) => (&kept.problem, &kept.dataset, &kept.parameters, &kept.replay),
        };
        subject::mismatch(problem, dataset, parameters, replay, subject)
    }
}
