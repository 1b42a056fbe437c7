//! `runs`: earlier runs, listed, compared, drawn, opened and removed.

mod clean;
mod compare;
mod list;
mod open;
mod text;
mod trend;

use std::{path::Path, sync::Arc};

use platform::Error;
use replay::Control;

use crate::{
    cli::{RunsAction, RunsArgs},
    history::{Entry, Found},
    new_file::NewFile,
    output::Output,
    program::program,
};

pub(super) fn runs(args: &RunsArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    match &args.action {
        None => list::list(&args.list, output),
        Some(RunsAction::Compare(args)) => compare::compare(args, output, control),
        Some(RunsAction::Trend(args)) => trend::trend(args, output),
        Some(RunsAction::Open { place, run }) => open::open(run, &place.folder, output),
        Some(RunsAction::Clean(args)) => clean::clean(args, output),
    }
}

/// Says which runs are left out, and why.
fn tell_unread(found: &Found, output: &Output) {
    for (folder, why) in &found.unread {
        output.note(format_args!("{} is left out: {why}", datasets::shown_path(folder)));
    }
}

/// Keeps runs of the experiment of that name; there must be some.
fn only(runs: Vec<Entry>, experiment: &str) -> Result<Vec<Entry>, Error> {
    let names = names(&runs);
    let kept: Vec<Entry> = runs.into_iter().filter(|run| run.experiment == experiment).collect();
    if kept.is_empty() {
        let shown = datasets::shown(experiment);
        return Err(Error::usage(format!("no run is of an experiment '{shown}'"))
            .with_hint(format!("there are runs of {}", listed(&names))));
    }
    Ok(kept)
}

/// Returns the experiments' names, each once, in the order of their first runs.
fn names(runs: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for run in runs {
        if !names.contains(&run.experiment) {
            names.push(run.experiment.clone());
        }
    }
    names
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join("; ") }
}

/// Keeps the newest so many of runs that are the oldest first.
fn newest(mut runs: Vec<Entry>, last: Option<std::num::NonZeroUsize>) -> Vec<Entry> {
    let surplus = last.map_or(0, |last| runs.len().saturating_sub(last.get()));
    runs.drain(..surplus);
    runs
}

/// Looks at a page's place before anything is computed.
fn page(path: Option<&Path>) -> Result<Option<NewFile>, Error> {
    path.map(|path| {
        NewFile::prepare(path).map_err(|error| match error {
            Error::TargetExists(_) => Error::usage(format!("{} exists already", datasets::shown_path(path)))
                .with_hint("a page is never written over a file: choose another name, or remove this one"),
            other => other,
        })
    })
    .transpose()
}

/// The command that gives the same again.
fn command(words: &[&str], folder: &Path) -> String {
    let mut text = format!("{} runs", program());
    for word in words {
        text = format!("{text} {}", datasets::shell_word(word));
    }
    if folder == Path::new(crate::run_folder::RUNS) {
        return text;
    }
    format!("{text} --in {}", datasets::shell_word(&folder.to_string_lossy()))
}
