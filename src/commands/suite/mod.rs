//! Several experiments at once: `run` and `gate` of files, folders and patterns.

mod choose;
mod folder;
mod one;
mod pool;
mod resume;
mod state;
mod tell;
mod words;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Instant,
};

use compare::{Outcome, SUITE_SCHEMA, Suite, SuiteAsked};
use platform::{Error, catalog::Catalog};
use replay::Control;

use self::{
    choose::{Choice, Chosen, choose},
    folder::SuiteFolder,
    one::One,
    resume::Left,
    state::State,
    words::{Flags, words},
};
use super::run::{self, flags};
use crate::{
    annotations::GitHub,
    cli::{ExperimentArgs, SuiteArgs},
    exit,
    output::Output,
    partial::is_of_suite,
    program::program,
    suite::is_several,
};

/// Which command the suite is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `run`: only a measurement that can't be trusted is no success.
    Run,
    /// `gate`: the verdict is the exit code.
    Gate,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Gate => "gate",
        }
    }

    /// Returns the command as it is typed.
    fn command(self) -> String {
        format!("{} {}", program(), self.name())
    }

    /// Returns the exit code of an experiment that came to this outcome.
    fn code(self, outcome: Outcome) -> u8 {
        match self {
            Self::Run => run::code(outcome),
            Self::Gate => exit::of_outcome(outcome),
        }
    }
}

/// Holds what every command is given.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) output: &'a Output,
    pub(super) control: &'a Arc<Control>,
}

/// Returns whether the command line asks for a suite: for several files, a folder, a pattern, by a flag that only a suite
/// has, or for one that was stopped.
pub(super) fn is_suite(args: &ExperimentArgs) -> bool {
    let SuiteArgs { filter, shard, fail_fast, jobs } = &args.suite;
    let has_flag = !filter.is_empty() || shard.is_some() || *fail_fast || jobs.is_some();
    let is_left = args.resume.as_deref().is_some_and(is_of_suite);
    is_left || has_flag || args.experiment.len() > 1 || args.experiment.iter().any(|path| is_several(path))
}

/// Runs the experiments, and returns the worst of their exit codes.
pub(super) fn suite(
    args: ExperimentArgs,
    verb: Verb,
    github: Option<&GitHub>,
    of: Surroundings<'_>,
) -> Result<u8, Error> {
    let left = args.resume.as_deref().map(|folder| Left::take(folder, verb)).transpose()?;
    let args = left.as_ref().map_or(Ok(args), Left::args)?;
    check_flags(&args)?;
    let (started, out, fail_fast) = (Instant::now(), args.out.clone(), args.suite.fail_fast);
    let mut begun = begin(args, verb, of)?;
    let (mut folder, runs) = match left {
        Some(left) => {
            let runs = left.kept(&mut begun, (verb, of))?;
            (left.go_on()?, runs)
        }
        None => {
            (SuiteFolder::begin(out.as_deref(), &begun.suite)?, begun.chosen.iter().map(|_| None).collect())
        }
    };
    let state = State::new(begun.suite, runs, fail_fast, of);
    work_off(begun.chosen, &begun.flags, &state, (&folder, verb, of));
    let ended = state.conclude(started.elapsed());
    folder.finish(&ended, of.control.check().is_err())?;
    tell::tell(&ended, folder.path(), of.output);
    tell::left(&ended, folder.path(), verb, of.output);
    if let Some(github) = github {
        github.tell_suite(&ended.suite, of.output);
    }
    Ok(ended.suite.exit_code.unwrap_or_default())
}

/// Runs those that have no run yet.
fn work_off(
    chosen: Vec<Chosen>,
    flags: &Flags,
    state: &State<'_>,
    (folder, verb, of): (&SuiteFolder, Verb, Surroundings<'_>),
) {
    let jobs = state.jobs();
    let one = One { verb, folder: folder.path(), flags, is_shown: jobs == 1, of };
    let is_alone: Vec<bool> = chosen.iter().map(|chosen| chosen.must_run_alone(flags)).collect();
    let chosen: Vec<_> = chosen.into_iter().map(|chosen| Mutex::new(Some(chosen))).collect();
    pool::work_off(&is_alone, jobs, |index| {
        let taken = chosen[index].lock().ok().and_then(|mut chosen| chosen.take());
        if let (Some(chosen), true) = (taken, state.goes_on() && !state.has_ended(index)) {
            state.ended(index, one.run(chosen), folder);
        }
    });
}

/// A suite that can begin.
struct Begun {
    chosen: Vec<Chosen>,
    /// Before any of them has run.
    suite: Suite,
    flags: Flags,
}

/// The experiments that were chosen, and the suite before any of them has run.
fn begin(args: ExperimentArgs, verb: Verb, of: Surroundings<'_>) -> Result<Begun, Error> {
    let Choice { chosen, found } = choose(&args.experiment, &args.suite, of.output)?;
    if chosen.is_empty() {
        of.output.note("this shard has no experiment");
    }
    let mut asked = SuiteAsked {
        command: verb.name().to_owned(),
        paths: args.experiment.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        filters: args.suite.filter.iter().map(ToString::to_string).collect(),
        shard: args.suite.shard.map(|shard| shard.to_string()),
        accuracy_only: args.accuracy_only,
        jobs: jobs(&args) as u64,
        fail_fast: args.suite.fail_fast,
        words: words(&args, verb),
    };
    let flags = Flags { accuracy_only: args.accuracy_only, file: flags(args)? };
    asked.words.extend(flags.file.flag_words()?);
    flags.check_for_all(&chosen, of.catalog)?;
    let suite = Suite {
        schema: SUITE_SCHEMA.to_owned(),
        counterpoint: env!("CARGO_PKG_VERSION").to_owned(),
        asked,
        started: state::now(),
        wall_seconds: 0.0,
        found: found as u64,
        exit_code: None,
        experiments: chosen.iter().map(Chosen::entry).collect(),
    };
    Ok(Begun { chosen, suite, flags })
}

/// So many run side by side: one where anything is timed.
fn jobs(args: &ExperimentArgs) -> usize {
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    if args.accuracy_only { args.suite.jobs.unwrap_or_else(cores).get() } else { 1 }
}

/// Refuses what describes one experiment; limits, and how records are fed, go for each.
fn check_flags(args: &ExperimentArgs) -> Result<(), Error> {
    let of_one = [
        ("--dataset", args.dataset.is_some()),
        ("--problem", args.problem.is_some()),
        ("--stable", args.stable.is_some()),
        ("--candidate", args.candidate.is_some()),
        ("--set", !args.set.is_empty()),
    ];
    of_one.into_iter().filter(|(_, is_given)| *is_given).try_for_each(|(flag, _)| Err(refused(flag)))
}

/// Returns the error of a flag that goes with one experiment alone.
pub(super) fn refused(flag: &str) -> Error {
    Error::usage(format!("{flag} goes with one experiment, and this is a suite")).with_hint(
        "name one experiment file, without --filter, --shard, --fail-fast and --jobs, or leave the flag out",
    )
}
