//! The baseline: what a run computed, kept so that a later run can be held against it. No time, no place, no date.
//!
//! It is a projection of `results.json`: [`values`] lists the paths that are kept, under the names that they have there.
//! Beside them stand the hashes of the answers, and the rows of those that are small.

mod answers;
mod changes;
mod subject;
mod values;

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

pub use answers::{BaselineAnswers, BaselineRows, KeptAnswer};
pub use subject::{BaselineDataset, BaselineReplay, Mismatch, Subject};
pub use values::{Kept, Leaf};

use crate::Results;

/// The version of the format, as it stands in the file.
pub const BASELINE_SCHEMA: &str = "counterpoint.baseline/2";

/// The deterministic results of a run, in the form that lives in git.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    head: Head,
    /// The values by their sections: the reference, stable, the candidate and the shuffled orders.
    values: BTreeMap<&'static str, Kept>,
    /// The rows of the answers, where they are few.
    pub answers: BaselineAnswers,
}

/// Describes what the results are of.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Head {
    schema: String,
    problem: String,
    dataset: BaselineDataset,
    parameters: BTreeMap<String, Value>,
    replay: BaselineReplay,
}

/// The file as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    problem: String,
    dataset: BaselineDataset,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    replay: BaselineReplay,
    reference: Kept,
    stable: Kept,
    candidate: Kept,
    #[serde(default)]
    orders: Kept,
    #[serde(default)]
    answers: BaselineAnswers,
}

impl Baseline {
    /// Returns what is kept of `results`; `answers` are the reference's, stable's and the candidate's.
    pub fn of(results: &Results, answers: [KeptAnswer; 3]) -> Self {
        let head = Head {
            schema: BASELINE_SCHEMA.to_owned(),
            problem: results.problem.clone(),
            dataset: (&results.dataset).into(),
            parameters: results.parameters.clone(),
            replay: BaselineReplay::of(&results.replay, results.orders.as_ref().map_or(0, |all| all.count)),
        };
        let hashes = answers.each_ref().map(|answer| answer.blake3.as_str());
        Self { head, values: values::project(results, hashes), answers: BaselineAnswers::of(answers) }
    }

    /// Reads the file's text. The schema is the caller's to check.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let File {
            schema,
            problem,
            dataset,
            parameters,
            replay,
            reference,
            stable,
            candidate,
            orders,
            answers,
        } = toml::from_str(text)?;
        let sections = [reference, stable, candidate, orders];
        Ok(Self {
            head: Head { schema, problem, dataset, parameters, replay },
            values: values::SECTIONS.into_iter().zip(sections).collect(),
            answers,
        })
    }

    /// Returns the file's text: values first, then the rows of the answers, each on a line of its own, as a review wants
    /// them.
    pub fn to_toml(&self) -> String {
        let head = toml::to_string(&self.head).expect("plain strings and numbers within 63 bits are TOML");
        let values: String = self.sections().map(|(name, kept)| kept.to_toml(name)).collect();
        head + &values + &self.answers.to_toml()
    }

    /// The sections in the order of the file.
    fn sections(&self) -> impl Iterator<Item = (&'static str, &Kept)> {
        values::SECTIONS.into_iter().filter_map(|name| Some((name, self.values.get(name)?)))
    }

    /// Returns why this baseline can't be compared with a run of `subject`, if so.
    pub fn mismatch(&self, subject: &Subject<'_>) -> Option<Mismatch> {
        let Head { problem, dataset, parameters, replay, .. } = &self.head;
        subject::mismatch(problem, dataset, parameters, replay, subject)
    }
}
