//! One value over the runs of an experiment.

use platform::Error;
use reports::{RunFigure, Trend, TrendPoint};

use super::Entry;

/// Names the values that are drawn where nobody says which: the first of them that the runs have.
const USUAL: [&str; 3] = ["ratio", "wrong_rows", "time_ratio"];

/// Gathers the value of that name, or the usual one, of runs that are the oldest first.
pub(crate) fn trend(
    runs: &[Entry],
    experiment: &str,
    value: Option<&str>,
    command: String,
) -> Result<Trend, Error> {
    let has = |name: &&str| runs.iter().any(|run| run.figure(name).is_some());
    let name = match value {
        Some(name) if has(&name) => name,
        Some(name) => return Err(unknown(name, runs)),
        None => USUAL.iter().find(|name| has(name)).copied().ok_or_else(|| {
            Error::usage("the runs have no value that is usually drawn").with_hint(known(runs))
        })?,
    };
    let found: Vec<(&Entry, &RunFigure)> =
        runs.iter().filter_map(|run| Some((run, run.figure(name)?))).collect();
    let about = found.first().map_or("", |(_, figure)| figure.about);
    let last = found.last().map(|(run, _)| &run.machine);
    let point = |&(run, figure): &(&Entry, &RunFigure)| TrendPoint {
        run: run.name(),
        started: run.started.clone(),
        figure: figure.clone(),
        outcome: run.outcome,
        commit: run.commit_text(),
        is_elsewhere: figure.is_machines && last.is_some_and(|last| !run.machine.is_alike(last)),
    };
    let points: Vec<TrendPoint> = found.iter().map(point).collect();
    let warnings = warnings(&found, &points, runs.len());
    Ok(Trend { experiment: experiment.to_owned(), about, points, warnings, command })
}

fn warnings(found: &[(&Entry, &RunFigure)], points: &[TrendPoint], all: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    let elsewhere = points.iter().filter(|point| point.is_elsewhere).count();
    if elsewhere > 0 {
        warnings.push(format!(
            "{elsewhere} of {} runs took place on another machine than the last one: what a machine takes says nothing of the jobs there.",
            points.len()
        ));
    }
    let [(first, _), others @ ..] = found else { return warnings };
    if others.iter().any(|(run, _)| run.data != first.data) {
        warnings.push("The data changed between these runs.".to_owned());
    }
    if others.iter().any(|(run, _)| run.about != first.about) {
        warnings.push("Problem, dataset or jobs changed between these runs.".to_owned());
    } else if others.iter().any(|(run, _)| run.setting != first.setting) {
        warnings.push("Parameters, order, trigger or seed changed between these runs.".to_owned());
    }
    if points.len() < all {
        warnings.push(format!("{} of {all} runs don't have this value.", all - points.len()));
    }
    warnings
}

fn unknown(name: &str, runs: &[Entry]) -> Error {
    let shown = datasets::shown(name);
    Error::usage(format!("no run has a value '{shown}'")).with_hint(known(runs))
}

fn known(runs: &[Entry]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for figure in runs.iter().flat_map(|run| &run.figures) {
        if !names.contains(&figure.name) {
            names.push(figure.name);
        }
    }
    format!("they have {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}
