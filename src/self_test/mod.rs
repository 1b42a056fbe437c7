//! `gate --self-test`: mutants and equivalents of the shipped jobs before the gate that users get, to prove that it
//! can fail and that it doesn't cry wolf.
//!
//! Each is a candidate in an experiment of its own, with the job that it was made of as stable. Nothing here can be
//! named in a user's experiment.

mod data;
mod equivalents;
mod mutants;
mod plain;
mod problem;
mod report;
#[cfg(test)]
mod tests;
mod wrap;

use std::{
    sync::{Arc, LazyLock},
    time::Instant,
};

use compare::{Amount, Check};
use replay::Control;
use serde::Serialize;

use crate::{
    catalog,
    erased::AnyProblem,
    error::Error,
    experiment::{ExperimentFile, GateSection},
    job_section::JobSection,
    limits::{Length, Most, Percent},
    output::Output,
    progress::{Progress, Working},
};

use data::{Data, Datasets};
use report::{Judged, Report};
use wrap::{Base, Boxed};

/// A mutant or an equivalent, of one job or of several.
struct Case {
    name: &'static str,
    /// The shipped jobs that it is made of.
    of: &'static [&'static str],
    /// The data that shows the difference, if there is one.
    on: Data,
    make: fn(&Base) -> Boxed,
}

const fn case(name: &'static str, of: &'static [&'static str], on: Data, make: fn(&Base) -> Boxed) -> Case {
    Case { name, of, on, make }
}

/// What the gate must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Fail it.
    Mutant,
    /// Let it pass.
    Equivalent,
}

/// What the gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    /// The answer: exact.
    Accuracy,
    /// The times as well: by statistics.
    Latency,
}

/// One case with one job: a row of the table.
#[derive(Clone, Copy)]
struct Row {
    kind: Kind,
    part: Part,
    case: &'static Case,
    of: &'static str,
}

/// All of them. Their places in the list are their names in an experiment.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = |kind, part, cases: Vec<&'static Case>| {
        let row = move |case: &'static Case| case.of.iter().map(move |of| Row { kind, part, case, of });
        cases.into_iter().flat_map(row).collect::<Vec<_>>()
    };
    [
        rows(Kind::Mutant, Part::Accuracy, mutants::of_accuracy().collect()),
        rows(Kind::Mutant, Part::Latency, mutants::of_latency().collect()),
        rows(Kind::Equivalent, Part::Accuracy, equivalents::of_accuracy().collect()),
        rows(Kind::Equivalent, Part::Latency, equivalents::of_latency().collect()),
    ]
    .concat()
});

/// The problem of this name, the self-test's own among them: for experiments that the program itself wrote.
pub(crate) fn problem(name: &str) -> Result<&'static dyn AnyProblem, Error> {
    if name == problem::NAME { Ok(&problem::SELF_TEST) } else { catalog::problem(name) }
}

/// What the gate allows: nothing, and 5 % more time.
const LATENCY_INCREASE: Percent = Percent(0.05);
/// What a mutant's latency comparison may take; far more than it needs on a machine that is fit.
const MUTANT_BUDGET: Length = Length(6_000_000_000);
/// What an equivalent's may take: to leave it open is no error.
const EQUIVALENT_BUDGET: Length = Length(3_000_000_000);

fn strict() -> GateSection {
    GateSection {
        competitive_ratio_increase: Some(Percent(0.0)),
        divergence: Some(Most(Amount::Count(0))),
        decision_changes: Some(Most(Amount::Count(0))),
        ..GateSection::default()
    }
}

/// Runs the self-test, prints its table, and gives its exit code. Writes nothing but datasets in a temporary folder.
pub(crate) fn run(output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let started = Instant::now();
    let progress = Progress::new();
    let judged = judge(&strict(), &ROWS, &Working { control, progress: &progress });
    progress.finish();
    let report = Report::new(judged?, started.elapsed().as_secs_f64());
    output.json(&report);
    output.line(report.text());
    Ok(crate::error::outcome_code(report.outcome))
}

/// Has a gate with these limits judge `rows`.
fn judge(gate: &GateSection, rows: &[Row], work: &Working<'_>) -> Result<Vec<Judged>, Error> {
    let datasets = Datasets::make()?;
    let each = |row: &Row| {
        work.control.check()?;
        judge_one(gate, row, &datasets, work)
    };
    rows.iter().map(each).collect()
}

fn judge_one(
    gate: &GateSection,
    row: &Row,
    datasets: &Datasets,
    work: &Working<'_>,
) -> Result<Judged, Error> {
    let (frozen, experiment) = experiment(gate, row, datasets).resolve_with(problem)?;
    let finished = experiment.problem.run(&frozen, &experiment, work)?;
    let (results, timings) = (finished.results, finished.timings);
    let checks: Vec<Check> = results.verdict().checks.iter().cloned().chain(timings.verdict.checks).collect();
    Ok(Judged::new(row, timings.outcome, checks))
}

/// The experiment that judges `row`, as a file would say it.
fn experiment(gate: &GateSection, row: &Row, datasets: &Datasets) -> ExperimentFile {
    let place = ROWS.iter().position(|other| std::ptr::eq(row.case, other.case) && row.of == other.of);
    let job = |role: &str| JobSection::of_job(format!("{role}:{}", place.unwrap_or(usize::MAX)));
    let gate = match (row.part, row.kind) {
        (Part::Accuracy, _) => gate.clone(),
        (Part::Latency, kind) => GateSection {
            latency_increase: Some(LATENCY_INCREASE),
            budget: Some(if kind == Kind::Mutant { MUTANT_BUDGET } else { EQUIVALENT_BUDGET }),
            ..gate.clone()
        },
    };
    ExperimentFile {
        problem: Some(problem::NAME.to_owned()),
        dataset: Some(datasets.path(row.case.on)),
        stable: Some(job(problem::SHIPPED)),
        candidate: Some(job(problem::CHANGED)),
        gate,
        ..ExperimentFile::default()
    }
}
