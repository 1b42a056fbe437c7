//! One experiment of a suite: run as it would be alone, but quietly, and into the suite's folder.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    time::Instant,
};

use compare::{Results, Timings};
use platform::{
    Error,
    execute::FinishedRun,
    experiment::{ExperimentFile, Resolved},
};
use replay::Control;

use super::{Chosen, Surroundings, Verb, state::now, words::Flags};
use crate::{
    commands::{
        gate::{ForCi, in_repository},
        run,
    },
    exit,
    partial::{Kind, Partial, Prepared, Resumed, kept_beside},
    read_back,
    terminal::Telling,
};

/// Describes how each experiment is run.
pub(super) struct One<'a> {
    pub(super) verb: Verb,
    /// The suite's folder.
    pub(super) folder: &'a Path,
    /// Goes over what each file says.
    pub(super) flags: &'a Flags,
    /// Says whether its progress is shown: it is the only one at work.
    pub(super) is_shown: bool,
    pub(super) of: Surroundings<'a>,
}

/// Holds what came of one.
pub(super) struct Done {
    pub(super) started: String,
    pub(super) seconds: f64,
    /// The exit code that it alone would have had.
    pub(super) code: u8,
    pub(super) result: Result<Box<(Results, Timings)>, Error>,
}

impl One<'_> {
    /// Runs one. If the program panics, it is one of its own that has no verdict, and the others go on.
    pub(super) fn run(&self, chosen: Chosen) -> Done {
        let (started, clock) = (now(), Instant::now());
        let result = catch_unwind(AssertUnwindSafe(|| self.judge(chosen))).unwrap_or(Err(Error::Bug));
        let code = match &result {
            Err(error) => exit::code(error),
            Ok(run) => self.verb.code(run.1.outcome),
        };
        Done { started, seconds: clock.elapsed().as_secs_f64(), code, result }
    }

    fn judge(&self, chosen: Chosen) -> Result<Box<(Results, Timings)>, Error> {
        let Chosen { name, path, file } = chosen;
        let file = self.flags.over(file?)?;
        // A job that fails must not stop the others.
        let control = Arc::new(Control::within(self.of.control));
        let prepared = match self.prepared(&self.folder.join(&name), file)? {
            Resumed::GoesOn(prepared) => *prepared,
            Resumed::Ended(run) => return Ok(Box::new(read_back::read_run(&run)?)),
        };
        let Prepared { resolved, mut target, partial } = prepared;
        let mut work = || {
            let mut finished = self.execute(&resolved, &control)?;
            // It would be the most that this process held for any of them.
            finished.timings.peak_rss_bytes = None;
            let for_ci = self.for_ci(&finished, &resolved.file, target.path(), &path);
            target.write(|draft| {
                run::write(draft, &finished, &resolved.file, &control)?;
                for_ci.as_ref().map_or(Ok(()), |for_ci| for_ci.write(draft))?;
                Partial::announce(partial.as_ref(), draft)
            })?;
            Ok(Box::new((finished.results, finished.timings)))
        };
        let result = work();
        Partial::settle(partial, result, self.of.output)
    }

    /// A new run in `place`, or the one that was stopped beside it.
    fn prepared(&self, place: &Path, file: ExperimentFile) -> Result<Resumed, Error> {
        let stopped = kept_beside(place);
        if stopped.is_dir() {
            return Prepared::again(Kind::Experiment, &stopped, self.of.catalog, self.of.output);
        }
        Prepared::anew(Kind::Experiment, Some(place), file, self.of.catalog)
            .map(|prepared| Resumed::GoesOn(Box::new(prepared)))
    }

    fn execute(&self, resolved: &Resolved, control: &Arc<Control>) -> Result<FinishedRun, Error> {
        let output = self.of.output;
        let telling = if self.is_shown { output.telling() } else { Telling::Nothing };
        run::execute(resolved, (output, telling), control)
    }

    fn for_ci(
        &self,
        finished: &FinishedRun,
        resolved: &ExperimentFile,
        place: &Path,
        path: &Path,
    ) -> Option<ForCi> {
        let toml = resolved.to_toml_at(place);
        (self.verb == Verb::Gate)
            .then(|| ForCi::of(finished, resolved, &toml, None, Some(&in_repository(path))))
    }
}
