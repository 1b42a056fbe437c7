//! One job alone: the plan's stable one.

use compare::{Pair, Role};
use datasets::{Keys, Record};

use super::{FinishedReplay, JudgedDecisions, column, judge, recover::RecoveryTrial, streamed};
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    events::{Step, Working},
    experiment::Resolved,
    problem::Problem,
    recovery_section::RecoveryChoice,
    trial::{
        Given, Replays, Trial, conclude,
        job::{Loaded, jobs},
        load, naming, restore_unit,
    },
};

/// One job alone.
#[derive(Clone, Copy)]
pub struct Replay<'a> {
    /// The experiment, resolved.
    pub resolved: &'a Resolved,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
}

impl Replay<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Replay<'_> {
    type Out = Result<FinishedReplay, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        // Decisions are held against all records, so these are loaded.
        let is_streamed = problem.decided().is_none() && streamed::is_possible(&self.resolved.plan);
        let replayed = if is_streamed { self.streamed(problem) } else { self.loaded(problem) };
        replayed.map_err(|error| error.or_failure(self.work.control, self.resolved))
    }
}

impl Replay<'_> {
    /// Feeds the job as the file is read.
    pub(super) fn streamed<R: Record>(self, problem: &'static Problem<R>) -> Result<FinishedReplay, Error> {
        let Self { resolved, work } = self;
        let Resolved { frozen, plan, .. } = resolved;
        // Only a job outside has to be told all keys beforehand, and such a one isn't fed like this.
        let Pair { stable: job, .. } =
            jobs(problem, plan, frozen, Loaded { keys: &Keys::default(), arrivals_ms: None }, work)?;
        let make = || vec![job.make(&plan.params, plan.replay.trigger)];
        let name = plan.name(Role::Stable);
        let called = |_| format!("job {}", datasets::shown(name));
        let feed = || streamed::feed(&problem.entry, &make, frozen, plan, work);
        let (fed, keys) = naming(work.control, called, feed)?;
        let Replays { mut versions, mut replayed, feeder } = fed;
        let concluded = naming(work.control, called, || {
            let records = frozen.records() as usize;
            let _watch = work.control.watch(0, records..records);
            conclude(&mut *versions[0], name, &keys, None, frozen)
        })?;
        let mut concluded = concluded.expect("a version of this problem answers with a table");
        let ledger = judge::table_ledger(&concluded, frozen.records(), (0, 0));
        restore_unit(&mut concluded, frozen);
        Ok(FinishedReplay {
            ledger,
            given: Given::Table(Box::new(concluded)),
            judged: None,
            recovered: None,
            keys,
            replayed: replayed.remove(0),
            feeder,
            spent: None,
        })
    }

    /// Feeds the job from memory.
    pub(super) fn loaded<R: Record>(self, problem: &'static Problem<R>) -> Result<FinishedReplay, Error> {
        let Self { resolved, work } = self;
        let Resolved { frozen, plan, .. } = resolved;
        work.begin(Step::Reading);
        let loaded = load(&problem.entry, frozen, &plan.params)?;
        let trial = Trial::new(problem, resolved, &loaded, work)?;
        let Replays { mut versions, mut replayed, feeder } = trial.feed(&[Role::Stable])?;
        let mut replayed = replayed.remove(0);
        let decisions = std::mem::take(&mut replayed.decisions);
        let mut given = trial.given(Role::Stable, &mut *versions[0], decisions)?;
        if plan.recovery.is_some() {
            work.begin(Step::Faults);
        }
        let (recovered, spent) = trial.recover(Role::Stable, &mut given)?.unzip();
        let given = trial.presented(given);
        let (ledger, judged) = match (&given, problem.decided()) {
            (Given::Decisions(decisions), Some(decided)) => {
                let checked = trial.check(decided, decisions)?;
                let ledger = judge::decisions_ledger(&checked, loaded.records.len());
                let (unit, proven) = (problem.objective.unit(), trial.jobs.stable.proven(&plan.params));
                (ledger, Some(JudgedDecisions { column: column(Some(decided)), unit, checked, proven }))
            }
            (Given::Table(concluded), _) => {
                let lost = recovered.as_ref().map_or((0, 0), |of| (of.lost, of.repeated));
                (judge::table_ledger(concluded, frozen.records(), lost), None)
            }
            (Given::Decisions(_), None) => unreachable!("a version of this problem answers with a table"),
        };
        drop(trial);
        Ok(FinishedReplay { ledger, given, judged, recovered, keys: loaded.keys, replayed, feeder, spent })
    }
}

/// The plan's stable job through its checkpoints, and nothing more; `watch` is told of the beginning and of each.
pub struct Survive<'a> {
    /// The replay that is to survive.
    pub replay: Replay<'a>,
    /// The checkpoints and faults.
    pub choice: &'a RecoveryChoice,
    /// Hears of each checkpoint, by the records before it.
    pub watch: &'a dyn Fn(u64),
}

impl Survive<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Survive<'_> {
    type Out = Result<(), Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self { replay: Replay { resolved, work }, choice, watch } = self;
        let Resolved { frozen, plan, .. } = resolved;
        if problem.decided().is_some() {
            let name = problem.entry.name;
            return Err(Error::usage(format!("no checkpoint can be taken of a job of {name}")));
        }
        let loaded = load(&problem.entry, frozen, &plan.params)?;
        let trial = Trial::new(problem, resolved, &loaded, work)?;
        // From here on a kill strikes a recovery.
        watch(0);
        RecoveryTrial { trial: &trial, role: Role::Stable, choice }.survive(watch)?;
        Ok(())
    }
}
