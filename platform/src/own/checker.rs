//! The program of the user's that recomputes what decisions cost, and says what is wrong with them.

use std::time::Duration;

use compare::{Checked, Divergence};
use datasets::Line;
use replay::process::{CaptureLimits, Launch, Stdin};
use serde::Deserialize;

use crate::{error::Error, problem::Checking};

/// A verdict is a line.
const MOST_BYTES: usize = 1 << 20;

/// A checker and how it is run.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(super) launch: Launch,
    pub(super) time: Duration,
    /// The columns of a record.
    pub(super) header: String,
}

/// Describes what a checker writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    /// The cost of the decisions.
    cost: Option<u64>,
    /// Says what is wrong with them, if anything.
    problem: Option<String>,
    /// The record at which it is wrong.
    record: Option<u64>,
    /// Says how many decisions are wrong, where that is known.
    wrong: Option<u64>,
}

impl Checker {
    /// Runs it over records and their decisions.
    pub(super) fn check(&self, of: &Checking<'_, Line>) -> Result<Checked, Error> {
        let input = self.input(of);
        let limits = CaptureLimits { output_bytes: MOST_BYTES, time: self.time };
        let output = self
            .launch
            .capture(Stdin::Bytes(&input), limits, of.control)
            .map_err(|error| super::reference::capture_error("checker", &self.launch, error))?;
        let verdict: Verdict = serde_json::from_slice(&output).map_err(|error| {
            self.wrong(&format!("it wrote '{}', which is no verdict ({error})", start_of(&output)))
        })?;
        self.checked(verdict, of)
    }

    /// A header, then a line for each record with its decision before it.
    fn input(&self, of: &Checking<'_, Line>) -> Vec<u8> {
        let mut input = format!("decision,{}\n", self.header).into_bytes();
        let mut digits = itoa::Buffer::new();
        for (record, decision) in of.records.iter().zip(of.decisions) {
            input.extend_from_slice(digits.format(*decision).as_bytes());
            input.push(b',');
            record.write(of.keys, &mut input);
            input.push(b'\n');
        }
        input
    }

    fn checked(&self, verdict: Verdict, of: &Checking<'_, Line>) -> Result<Checked, Error> {
        let (records, decided) = (of.records.len() as u64, of.decisions.len() as u64);
        let Verdict { cost, problem, record, wrong } = verdict;
        if cost.is_none() && problem.is_none() {
            return Err(self.wrong("its verdict has neither a cost nor a problem"));
        }
        let missing = records.saturating_sub(decided);
        // Decisions that have no cost don't stand, be it for one alone: 0 would be cheaper than anything.
        let changed = match cost {
            Some(_) => wrong.unwrap_or(u64::from(problem.is_some())),
            None => decided,
        };
        if changed > decided {
            return Err(self.wrong(&format!("it calls {changed} of {decided} decisions wrong")));
        }
        let at = record.map_or(String::new(), |record| {
            let copy = of.keys.copy_name(record).map_or(String::new(), |copy| format!(", {copy}"));
            format!(" (record {record}{copy})")
        });
        Ok(Checked {
            cost,
            divergence: Divergence {
                missing,
                extra: decided.saturating_sub(records),
                changed,
                equal: decided.min(records) - changed,
            },
            profile: Vec::new(),
            problem: problem.map(|problem| format!("{}{at}", datasets::shown(&problem))),
        })
    }

    fn wrong(&self, what: &str) -> Error {
        Error::input(format!("the checker ({}): {what}", self.launch.shown_command())).with_hint(
            "expected one JSON object on stdout: {\"cost\": 12}, or {\"problem\": \"truck 3 is overloaded\", \"record\": 17}",
        )
    }
}

fn start_of(output: &[u8]) -> String {
    let head: String = String::from_utf8_lossy(output).chars().take(60).collect();
    datasets::shown(head.trim_end()).to_string()
}
