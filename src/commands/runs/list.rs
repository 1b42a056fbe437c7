//! `runs`: a line for each run.

use compare::{Commit, Outcome};
use platform::Error;
use serde::Serialize;

use super::{
    newest, only, tell_unread,
    text::{Side, aligned},
};
use crate::{
    cli::ListArgs,
    history::{Entry, runs_in},
    output::Output,
};

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    runs: Vec<Run<'a>>,
    /// Runs that can't be read.
    unread: Vec<String>,
    /// Folders of runs that were stopped.
    stopped: Vec<String>,
}

/// A run, for programs.
#[derive(Serialize)]
struct Run<'a> {
    folder: String,
    started: &'a str,
    experiment: &'a str,
    about: &'a str,
    outcome: Option<Outcome>,
    commit: Option<&'a Commit>,
    figures: Vec<Figure<'a>>,
}

#[derive(Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
}

pub(super) fn list(args: &ListArgs, output: &Output) -> Result<u8, Error> {
    let mut found = runs_in(&args.place.folder)?;
    tell_unread(&found, output);
    let mut runs = std::mem::take(&mut found.runs);
    if let Some(experiment) = &args.experiment {
        runs = only(runs, experiment)?;
    }
    let all = runs.len();
    let runs = newest(runs, args.last);
    let paths = |paths: &[std::path::PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
    output.json(&Printed {
        schema: "counterpoint.runs/1",
        runs: runs.iter().map(printed).collect(),
        unread: found.unread.iter().map(|(path, _)| path.display().to_string()).collect(),
        stopped: paths(&found.partial),
    });
    print(&runs, output);
    if runs.len() < all {
        output.line(format_args!("\n{} of {all} runs, the newest", runs.len()));
    }
    if found.replays > 0 {
        let replays = datasets::counted(found.replays, "replays");
        output.line(format_args!("\nnot listed: {replays} of one job alone"));
    }
    for folder in &found.partial {
        output.line(format_args!("stopped before its end: {}", datasets::shown_path(folder)));
    }
    Ok(0)
}

fn printed(run: &Entry) -> Run<'_> {
    let figure = |figure: &reports::RunFigure| (figure.name, figure.value, figure.interval);
    Run {
        folder: run.folder.display().to_string(),
        started: &run.started,
        experiment: &run.experiment,
        about: &run.about,
        outcome: run.outcome,
        commit: run.commit.as_ref(),
        figures: run
            .figures
            .iter()
            .map(figure)
            .map(|(name, value, interval)| Figure { name, value, interval })
            .collect(),
    }
}

fn print(runs: &[Entry], output: &Output) {
    if runs.is_empty() {
        output.line("no runs");
        return;
    }
    let head = ["began", "experiment", "verdict", "ratio", "rows wrong", "time of stable's", "commit", "run"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(runs.iter().rev().map(cells));
    let right = [false, false, false, true, true, true, false, false];
    let sides = right.map(|right| if right { Side::Right } else { Side::Left });
    for line in aligned(&table, &sides) {
        output.line(line);
    }
}

fn cells(run: &Entry) -> Vec<String> {
    let figure = |name: &str| run.figure(name).map_or_else(String::new, reports::RunFigure::text);
    vec![
        run.started.clone(),
        run.experiment.clone(),
        run.outcome_text().to_owned(),
        figure("ratio"),
        figure("wrong_rows"),
        figure("time_ratio"),
        run.commit_text(),
        run.name(),
    ]
}
