//! Describes what the self-test found: a table for people, the same as JSON, an outcome.

use compare::{Check, Outcome, Unit};
use serde::Serialize;

use super::case::{Kind, Part, Row};

/// The version of the format, as it stands in the JSON.
const SCHEMA: &str = "counterpoint.self-test/1";

/// The least share of mutants that must be killed.
const LEAST_KILLED: f64 = 0.95;

/// Describes what came of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum End {
    /// A mutant that the gate failed.
    Killed,
    /// A mutant that the gate let pass: the gate's fault.
    Survived,
    /// An equivalent that the gate let pass.
    Passed,
    /// An equivalent that the gate failed: a false alarm.
    FalseKill,
    /// The machine's noise left it open.
    Inconclusive,
}

/// One row, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Judged {
    /// The problem in the catalogue.
    pub(super) problem: &'static str,
    pub(super) name: &'static str,
    /// The shipped job that it was made of.
    of: &'static str,
    dataset: &'static str,
    pub(super) kind: Kind,
    pub(super) part: Part,
    pub(super) end: End,
    /// The checks that failed it, or that left it open.
    checks: Vec<Check>,
    /// Holds what else was seen of its time: the mean against stable's, where it was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_increase: Option<f64>,
    /// Every check, whatever came of it.
    #[cfg(test)]
    #[serde(skip)]
    pub(super) all: Vec<Check>,
}

impl Judged {
    pub(super) fn new(row: &Row, outcome: Outcome, checks: Vec<Check>) -> Self {
        let end = match (row.kind, outcome) {
            (Kind::Mutant, Outcome::Fail | Outcome::Invalid) => End::Killed,
            (Kind::Equivalent, Outcome::Fail | Outcome::Invalid) => End::FalseKill,
            (_, Outcome::Inconclusive) => End::Inconclusive,
            (Kind::Mutant, Outcome::Pass) => End::Survived,
            (Kind::Equivalent, Outcome::Pass) => End::Passed,
        };
        #[cfg(test)]
        let all = checks.clone();
        let mean = checks.iter().find(|check| check.name == "latency_increase_mean");
        let mean_increase = mean.map(|check| check.value);
        // Of the failed ones alone, where there are any: beside them others may be open.
        let checks = checks.into_iter().filter(|check| check.outcome == outcome && outcome != Outcome::Pass);
        Self {
            problem: row.problem,
            name: row.name,
            of: row.of,
            dataset: row.on.name(),
            kind: row.kind,
            part: row.part,
            end,
            checks: checks.collect(),
            mean_increase,
            #[cfg(test)]
            all,
        }
    }

    /// Which checks decided, with what they saw.
    fn seen(&self) -> String {
        let seen: Vec<String> = match (self.checks.as_slice(), self.mean_increase) {
            ([], Some(mean)) => vec![format!("mean {:+.1} %", mean * 100.0)],
            (checks, _) => checks.iter().map(|check| format!("{} {}", check.name, value(check))).collect(),
        };
        seen.join(", ")
    }

    fn killed_beside(&self, name: &str) -> bool {
        self.end == End::Killed && self.checks.iter().any(|check| check.name != name)
    }
}

fn value(check: &Check) -> String {
    match check.unit {
        Unit::Ratio => format!("{:.4}", check.value),
        Unit::Share => format!("{:+.1} %", check.value * 100.0),
        Unit::Part => format!("{:.2} %", check.value * 100.0),
        Unit::Rows | Unit::Records | Unit::Values => format!("{:.0}", check.value),
        Unit::Ns => format!("{:.0} ns", check.value),
        Unit::Bytes => format!("{:.0} bytes", check.value),
    }
}

/// Describes how many rows ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Mutants {
    total: usize,
    killed: usize,
    survived: usize,
    inconclusive: usize,
    /// Those of the accuracy part that would be killed by other checks than `decision_changes`, too.
    killed_without_decision_changes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Equivalents {
    total: usize,
    passed: usize,
    false_kills: usize,
    inconclusive: usize,
}

/// The whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    schema: &'static str,
    /// Pass; invalid when the gate fell short; inconclusive when the machine left too many open to tell.
    pub outcome: Outcome,
    mutants: Mutants,
    equivalents: Equivalents,
    seconds: f64,
    rows: Vec<Judged>,
}

impl Report {
    pub(super) fn new(rows: Vec<Judged>, seconds: f64) -> Self {
        let count = |kind, end| rows.iter().filter(|row| row.kind == kind && row.end == end).count();
        let total = |kind| rows.iter().filter(|row| row.kind == kind).count();
        let accuracy = rows.iter().filter(|row| row.part == Part::Accuracy);
        let mutants = Mutants {
            total: total(Kind::Mutant),
            killed: count(Kind::Mutant, End::Killed),
            survived: count(Kind::Mutant, End::Survived),
            inconclusive: count(Kind::Mutant, End::Inconclusive),
            killed_without_decision_changes: accuracy
                .filter(|row| row.killed_beside("decision_changes"))
                .count(),
        };
        let equivalents = Equivalents {
            total: total(Kind::Equivalent),
            passed: count(Kind::Equivalent, End::Passed),
            false_kills: count(Kind::Equivalent, End::FalseKill),
            inconclusive: count(Kind::Equivalent, End::Inconclusive),
        };
        let outcome = outcome(&rows, &mutants, &equivalents);
        Self { schema: SCHEMA, outcome, mutants, equivalents, seconds, rows }
    }

    /// The table, the counts, the conclusion.
    pub fn text(&self) -> String {
        let Mutants { total, killed, survived, inconclusive, killed_without_decision_changes: beside } =
            self.mutants;
        let accuracy = |row: &&Judged| row.kind == Kind::Mutant && row.part == Part::Accuracy;
        let of_accuracy = self.rows.iter().filter(accuracy).count();
        let equivalents = self.equivalents;
        let conclusion = match self.outcome {
            Outcome::Pass => "the gate can fail, and it doesn't cry wolf",
            Outcome::Inconclusive => "the machine is too noisy for the latency part; nothing else is wrong",
            Outcome::Fail | Outcome::Invalid => "the gate can't be trusted",
        };
        format!(
            "{}\n\n{total} mutants: {killed} killed ({:.1} %), {survived} survived, {inconclusive} inconclusive; of the \
             {of_accuracy} with wrong answers {beside} die without decision_changes, too\n\
             {} equivalents: {} passed, {} false kills, {} inconclusive\n{conclusion}; {:.0} s",
            self.table(),
            100.0 * share(killed, total),
            equivalents.total,
            equivalents.passed,
            equivalents.false_kills,
            equivalents.inconclusive,
            self.seconds
        )
    }

    fn table(&self) -> String {
        let head = ["", "of", "on", "", "by"].map(str::to_owned);
        let cells = |row: &Judged| {
            let end = match row.end {
                End::Killed => "killed",
                End::Survived => "SURVIVED",
                End::Passed => "passed",
                End::FalseKill => "FALSE KILL",
                End::Inconclusive => "inconclusive",
            };
            [row.name, row.of, row.dataset, end, &row.seen()].map(str::to_owned)
        };
        let part = |problem: &str, kind: Kind, title: &str| {
            let rows = self.rows.iter().filter(|row| row.problem == problem && row.kind == kind);
            let mut cells: Vec<[String; 5]> = rows.map(cells).collect();
            cells.insert(0, head.clone());
            title.clone_into(&mut cells[0][0]);
            columns(&cells)
        };
        let mut problems: Vec<&str> = self.rows.iter().map(|row| row.problem).collect();
        problems.dedup();
        let of_problem = |problem: &&str| {
            let [mutants, equivalents] = [(Kind::Mutant, "mutant"), (Kind::Equivalent, "equivalent")]
                .map(|(kind, title)| part(problem, kind, title));
            format!("{problem}\n\n{mutants}\n\n{equivalents}")
        };
        problems.iter().map(of_problem).collect::<Vec<_>>().join("\n\n")
    }
}

/// Rows of cells with every column but the last as wide as its widest cell.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn outcome(rows: &[Judged], mutants: &Mutants, equivalents: &Equivalents) -> Outcome {
    // Nothing but the clock may leave something open.
    let missed = |row: &Judged| {
        let sure = if row.kind == Kind::Mutant { End::Killed } else { End::Passed };
        row.part == Part::Accuracy && row.end != sure
    };
    let decided = mutants.killed + mutants.survived;
    if rows.iter().any(missed) || equivalents.false_kills > 0 || share(mutants.killed, decided) < LEAST_KILLED
    {
        Outcome::Invalid
    } else if share(mutants.killed, mutants.total) < LEAST_KILLED {
        Outcome::Inconclusive
    } else {
        Outcome::Pass
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
