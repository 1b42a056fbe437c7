//! A gate's verdict: its checks, and what follows from them.

use serde::{Deserialize, Serialize};

/// Describes what a gate concludes: pass, inconclusive, fail or invalid, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Shown to be within the limit.
    Pass,
    /// Neither shown to be within nor beyond.
    Inconclusive,
    /// Shown to be beyond the limit.
    Fail,
    /// The measurement itself can't be trusted.
    Invalid,
}

/// Describes what a check's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A quotient of two costs or durations.
    Ratio,
    /// A relative increase: 0.05 is 5 %.
    Share,
    /// A part of a whole: 0.05 is 5 % of it.
    Part,
    /// Rows of an answer.
    Rows,
    /// Records of the dataset.
    Records,
    /// Values that a baseline keeps.
    Values,
    /// Nanoseconds.
    Ns,
    /// Bytes of memory.
    Bytes,
}

/// One check of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The key of the experiment file that asked for it.
    pub name: String,
    /// Holds what `limit` and `value` are.
    pub unit: Unit,
    /// The most that is allowed.
    pub limit: f64,
    /// Holds what was found. An interval's end: see `note`.
    pub value: f64,
    /// Holds what follows.
    pub outcome: Outcome,
    /// The finding as a sentence.
    pub note: String,
}

/// A limit that was set and could not be checked in this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The key of the experiment file.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A value that is not what the baseline says it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where the value stands in the baseline: `candidate.cost`.
    pub path: String,
    /// The baseline's value. It comes from a file: escape it wherever it is shown.
    pub was: String,
    /// This run's value.
    pub is: String,
}

/// A set of checks and the worst of their outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The worst outcome of `checks`; pass when there are none.
    pub outcome: Outcome,
    /// The checks, in the order of the experiment file's keys.
    pub checks: Vec<Check>,
    /// Limits that were set and could not be checked, in runs of older versions: now such a limit is refused or inconclusive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Values that are not those of the baseline, where one was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Verdict {
    /// The verdict that follows from `checks`.
    pub fn of(checks: Vec<Check>, skipped: Vec<Skipped>) -> Self {
        let outcome = checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Pass);
        Self { outcome, checks, skipped, changes: Vec::new() }
    }

    /// Returns it with one more check.
    #[must_use]
    pub fn and(mut self, check: Check) -> Self {
        self.outcome = self.outcome.max(check.outcome);
        self.checks.push(check);
        self
    }
}

/// A limit that was set and that nothing can be held against: never a pass.
pub(crate) fn unjudged(name: &str, unit: Unit, limit: f64, why: &str) -> Check {
    check(name, Held { unit, limit, value: 0.0 }, Outcome::Inconclusive, why.to_owned())
}

pub(crate) fn pass_if(within: bool) -> Outcome {
    if within { Outcome::Pass } else { Outcome::Fail }
}

/// Describes a value and the limit that it is held against, both in `unit`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) unit: Unit,
    pub(crate) limit: f64,
    pub(crate) value: f64,
}

pub(crate) fn check(name: &str, held: Held, outcome: Outcome, note: String) -> Check {
    let Held { unit, limit, value } = held;
    debug_assert!(
        crate::checks::is_known(name),
        "{name} stands in no list of checks, so nothing tests the gate without it"
    );
    Check { name: name.to_owned(), unit, limit, value, outcome, note }
}
