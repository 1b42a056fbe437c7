//! How far a suite is: what came of each experiment, told as it ends.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use compare::{Results, Suite, SuiteEnd, SuiteError, SuiteJudged, Timings};
use platform::Error;

use super::{Surroundings, folder::SuiteFolder, one::Done, tell};
use crate::exit;

/// The suite while it goes on, shared by those who work it off.
pub(super) struct State<'a> {
    ended: Mutex<Ended>,
    fail_fast: bool,
    of: Surroundings<'a>,
}

/// Results and timings of experiments, of those that came to a verdict.
pub(super) type Runs = Vec<Option<Box<(Results, Timings)>>>;

/// The suite, and the runs behind its entries.
pub(super) struct Ended {
    pub(super) suite: Suite,
    pub(super) runs: Runs,
    /// So many have ended.
    done: usize,
}

impl<'a> State<'a> {
    /// `runs`: what there is of an earlier beginning.
    pub(super) fn new(suite: Suite, runs: Runs, fail_fast: bool, of: Surroundings<'a>) -> Self {
        let done = runs.iter().flatten().count();
        Self { ended: Mutex::new(Ended { suite, runs, done }), fail_fast, of }
    }

    /// So many run side by side.
    pub(super) fn jobs(&self) -> usize {
        self.lock().suite.asked.jobs as usize
    }

    /// Returns whether an experiment has a run already.
    pub(super) fn has_ended(&self, index: usize) -> bool {
        self.lock().runs[index].is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether another experiment may begin.
    pub(super) fn goes_on(&self) -> bool {
        self.of.control.check().is_ok() && !(self.fail_fast && self.lock().has_failed())
    }

    /// Notes what came of an experiment, in the suite's folder, too, and tells of it in a line.
    pub(super) fn ended(&self, index: usize, done: Done, folder: &SuiteFolder) {
        let mut ended = self.lock();
        ended.note(index, done);
        // At the end it is written again, and then it is an error if that can't be done.
        let _ = folder.write_json(&ended.suite);
        tell::line(&ended.suite, index, ended.done, self.of.output);
    }

    /// Returns what has become of all, with the worst exit code; with none if it was stopped.
    pub(super) fn conclude(self, took: Duration) -> Ended {
        let is_stopped = self.of.control.check().is_err();
        let mut ended = self.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        let why =
            if is_stopped { "interrupted" } else { "an earlier one did not pass, and --fail-fast was given" };
        for entry in &mut ended.suite.experiments {
            if let (SuiteEnd::NotRun { why: told }, None) = (&mut entry.end, &entry.started) {
                why.clone_into(told);
            }
        }
        ended.suite.wall_seconds += took.as_secs_f64();
        let codes = ended.suite.experiments.iter().filter_map(|entry| entry.exit_code);
        ended.suite.exit_code = (!is_stopped).then(|| exit::worst(codes));
        ended
    }
}

impl Ended {
    fn has_failed(&self) -> bool {
        self.suite.experiments.iter().any(|entry| entry.exit_code.is_some_and(|code| code != 0))
    }

    fn note(&mut self, index: usize, done: Done) {
        self.done += 1;
        let entry = &mut self.suite.experiments[index];
        (entry.started, entry.seconds) = (Some(done.started), done.seconds);
        entry.exit_code = Some(done.code);
        entry.end = match done.result {
            Ok(run) => {
                let headline = reports::headline(&run.0, &run.1).line();
                let judged = SuiteJudged::of(&run.0, &run.1, entry.name.clone(), headline);
                self.runs[index] = Some(run);
                SuiteEnd::Judged(Box::new(judged))
            }
            Err(error @ (Error::Interrupted | Error::Stopped(_))) => {
                entry.exit_code = None;
                SuiteEnd::NotRun { why: error.to_string() }
            }
            Err(error) => SuiteEnd::Error(SuiteError { message: error.to_string(), hint: error.hint() }),
        };
    }
}

/// The present time as runs have it.
pub(super) fn now() -> String {
    format!("{:.0}", jiff::Timestamp::now())
}
