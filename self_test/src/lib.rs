//! `gate --self-test`: mutants and equivalents of the shipped jobs before the gate that users get, to prove that it
//! can fail and that it doesn't cry wolf.
//!
//! Each is a candidate in an experiment of its own, with the job that it was made of as stable. Nothing here can be
//! named in a user's experiment.

mod caching;
mod case;
mod data;
mod equivalents;
mod gates;
mod mutants;
mod noisy;
mod plain;
#[cfg(test)]
mod recording;
mod report;
mod tables;
#[cfg(test)]
mod tests;
mod twins;
mod under;
mod wrap;

use std::{sync::LazyLock, time::Instant};

use case::{Case, Row, case};
use compare::{Baseline, Check, Pair, Role};
use data::{Data, Datasets};
use platform::{
    Error,
    catalog::Catalog,
    erased::AnyProblem,
    events::Working,
    execute::{FinishedRun, Run},
    experiment::{ExperimentFile, GateSection, ReplaySection},
    job_section::JobSection,
    kept::{hold_against, of},
};
use report::Judged;
pub use report::Report;
use twins::{CHANGED, SHIPPED, TWINS};
use under::Under;

/// All rows of all problems.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TWINS.iter().flat_map(|(_, rows)| rows()).collect());

/// Returns the problem of this name in `catalog` or among the self-test's own: for experiments that the program itself
/// wrote. No catalogue can have a problem of such a name.
pub fn problem(name: &str, catalog: &Catalog) -> Result<AnyProblem, Error> {
    let own = TWINS.iter().map(|(problem, _)| *problem).find(|problem| problem.info().name == name);
    own.map_or_else(|| catalog.problem(name), Ok)
}

/// Returns the problem of this name, shipped or the self-test's own.
fn judged_problem(name: &str) -> Result<AnyProblem, Error> {
    problem(name, &Catalog::shipped())
}

/// Runs the self-test. Writes nothing but datasets in a temporary folder.
pub fn run(work: &Working<'_>) -> Result<Report, Error> {
    let started = Instant::now();
    let judged = judge(&ROWS, &limits_of, work)?;
    Ok(Report::new(judged, started.elapsed().as_secs_f64()))
}

/// The limits before which a row is put.
fn limits_of(row: &Row) -> GateSection {
    let has_cost = judged_problem(row.twin).is_ok_and(|problem| problem.info().has_cost());
    gates::limits(row, has_cost)
}

/// Has the gate judge `rows`, each with its limits.
fn judge(
    rows: &[Row],
    limits: &dyn Fn(&Row) -> GateSection,
    work: &Working<'_>,
) -> Result<Vec<Judged>, Error> {
    let datasets = Datasets::new()?;
    let each = |row: &Row| {
        work.control.check()?;
        judge_one(row, limits(row), &datasets, work)
    };
    rows.iter().map(each).collect()
}

fn judge_one(
    row: &Row,
    limits: GateSection,
    datasets: &Datasets,
    work: &Working<'_>,
) -> Result<Judged, Error> {
    let file = experiment(row, limits, datasets)?;
    let mut finished = execute(file.clone(), work)?;
    if row.under == Under::Baseline {
        hold_against(&baseline(row, file, work)?, &mut finished);
    }
    let FinishedRun { results, timings, .. } = finished;
    let checks: Vec<Check> = results.verdict.checks.iter().cloned().chain(timings.verdict.checks).collect();
    Ok(Judged::new(row, timings.outcome, checks))
}

fn execute(file: ExperimentFile, work: &Working<'_>) -> Result<FinishedRun, Error> {
    let resolved = file.resolve_with(judged_problem)?;
    Run { resolved: &resolved, work }.of(resolved.problem)
}

/// Returns what a run of the unchanged job has left, as a file would hold it, under the name of the changed one.
fn baseline(row: &Row, file: ExperimentFile, work: &Working<'_>) -> Result<Baseline, Error> {
    let unchanged = ExperimentFile { candidate: file.stable.clone(), ..file };
    let text = of(&execute(unchanged, work)?).to_toml();
    let (before, candidate) = text.split_once("[candidate]").unwrap_or((&text, ""));
    let renamed = candidate.replacen(&name(SHIPPED, row), &name(CHANGED, row), 1);
    Baseline::from_toml(&format!("{before}[candidate]{renamed}"))
        .map_err(|error| Error::Invalid(format!("a baseline that was just written can't be read: {error}")))
}

/// The experiment that judges `row`, as a file would say it.
fn experiment(row: &Row, limits: GateSection, datasets: &Datasets) -> Result<ExperimentFile, Error> {
    let job = |of: &str| JobSection::of_job(name(of, row));
    let noisy = |make: fn(Role, &str, &std::path::Path) -> JobSection, percents: Pair<&str>| {
        Pair::of(|role| make(role, percents[role], datasets.folder()))
    };
    let Pair { stable, candidate } = match row.under {
        Under::NoisyCost(percents) => noisy(noisy::in_cost, percents),
        Under::NoisyDecisions(percents) => noisy(noisy::in_decisions, percents),
        Under::Strict
        | Under::Default
        | Under::Only(_)
        | Under::Orders
        | Under::Baseline
        | Under::Upgrade
        | Under::Crashes(..) => Pair { stable: job(SHIPPED), candidate: job(CHANGED) },
    };
    let (architecture, kappa) = gates::upgrade(row);
    Ok(ExperimentFile {
        architecture,
        kappa,
        problem: Some(platform::own::ProblemChoice::Named(row.twin.to_owned())),
        dataset: Some(datasets.path(row.on)?),
        stable: Some(stable),
        candidate: Some(candidate),
        replay: ReplaySection {
            trigger: row.of.contains("trigger").then(|| row.on.trigger()),
            orders: (row.under == Under::Orders).then_some(ORDERS),
            ..ReplaySection::default()
        },
        gate: limits,
        recovery: gates::recovery(row),
        ..ExperimentFile::default()
    })
}

/// Shuffled orders, where there are any.
const ORDERS: u64 = 3;

/// Returns what an experiment calls one of the two jobs of a row.
fn name(job: &str, row: &Row) -> String {
    format!("{job}:{}", row.place)
}
