//! Which experiments a suite runs: those that were found, less those that filters and shard leave out.

use std::path::PathBuf;

use compare::{SuiteEnd, SuiteEntry};
use platform::{Error, experiment::ExperimentFile};

use super::words::Flags;
use crate::{
    cli::SuiteArgs,
    commands::gate::in_repository,
    output::Output,
    suite::{Filter, Seen, find, listed, unique},
};

/// One that will run.
pub(super) struct Chosen {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The experiment, or why its file doesn't read as one.
    pub(super) file: Result<ExperimentFile, Error>,
}

/// The experiments that will run, by their names.
pub(super) struct Choice {
    pub(super) chosen: Vec<Chosen>,
    /// So many there were to choose from.
    pub(super) found: usize,
}

/// Finds and chooses. A file that doesn't read as an experiment is chosen, too: it must not be passed over.
pub(super) fn choose(paths: &[PathBuf], args: &SuiteArgs, output: &Output) -> Result<Choice, Error> {
    let paths = find(paths, output)?;
    let mut all: Vec<(String, PathBuf)> = unique(&paths).into_iter().zip(paths).collect();
    all.sort();
    let found = all.len();
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    for (position, (name, path)) in all.into_iter().enumerate() {
        let file = ExperimentFile::read(&path);
        let seen = seen(&name, &file, &args.filter);
        if !args.filter.iter().all(|filter| filter.takes(&seen)) {
            others.push(seen);
        } else if args.shard.is_none_or(|shard| shard.has(position)) {
            chosen.push(Chosen { name, path, file });
        }
    }
    if others.len() == found {
        return Err(none_matches(&args.filter, &others));
    }
    Ok(Choice { chosen, found })
}

/// Holds as much of an experiment as the filters ask for.
fn seen(name: &str, file: &Result<ExperimentFile, Error>, filters: &[Filter]) -> Seen {
    let file = file.as_ref().ok().filter(|_| !filters.is_empty());
    Seen {
        name: name.to_owned(),
        problem: file.and_then(ExperimentFile::problem_name),
        jobs: file.and_then(ExperimentFile::job_names),
    }
}

fn none_matches(filters: &[Filter], others: &[Seen]) -> Error {
    let words: Vec<String> = filters.iter().map(|filter| format!("--filter {filter}")).collect();
    let mut values: Vec<String> = filters
        .iter()
        .flat_map(|filter| others.iter().filter_map(|seen| filter.key().of(seen)).flatten())
        .map(|value| datasets::shown(value).to_string())
        .collect();
    values.sort();
    values.dedup();
    let words = datasets::shown(&words.join(" ")).to_string();
    Error::usage(format!("no experiment matches {words}")).with_hint(format!("there is: {}", listed(&values)))
}

impl Chosen {
    /// Returns whether it may stand beside no other.
    ///
    /// The flags that go over its file count: one may set the pace.
    pub(super) fn must_run_alone(&self, flags: &Flags) -> bool {
        let is_alone =
            |file: &ExperimentFile| flags.over(file.clone()).is_ok_and(|file| file.must_run_alone());
        self.file.as_ref().is_ok_and(is_alone)
    }

    /// Returns the entry that it has in the suite before it has run.
    pub(super) fn entry(&self) -> SuiteEntry {
        SuiteEntry {
            name: self.name.clone(),
            file: in_repository(&self.path),
            started: None,
            seconds: 0.0,
            exit_code: None,
            end: SuiteEnd::NotRun { why: "the suite had not come to it".to_owned() },
        }
    }
}
