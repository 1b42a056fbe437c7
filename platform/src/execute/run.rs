//! The whole experiment.

use compare::{EmittedTimings, Pair, Results, Role, Timings};
use datasets::{Answer, Record};
use replay::{Latency, Replayed};

use super::{
    Answers, FinishedRun, column, costs, handover::HandOverSeen, judge, noise, sweep, timing, timing::Started,
};
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    events::{Step, Working},
    experiment::Resolved,
    latency,
    problem::Problem,
    serving::view::check_views,
    trial::{
        Given, Replays, Trial,
        job::{Job, emitted_timings},
        load,
    },
};

/// The whole experiment.
pub struct Run<'a> {
    /// The experiment, resolved.
    pub resolved: &'a Resolved,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
}

impl Run<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Run<'_> {
    type Out = Result<FinishedRun, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        self.execute(problem).map_err(|error| error.or_failure(self.work.control, self.resolved))
    }
}

impl Run<'_> {
    fn execute<R: Record>(&self, problem: &'static Problem<R>) -> Result<FinishedRun, Error> {
        let Self { resolved, work } = *self;
        let plan = &resolved.plan;
        check_views(plan.architecture.as_ref(), plan.kept(), || Ok(Vec::new()))?;
        let started = Started::now();
        work.begin(Step::Reading);
        let loaded = load(&problem.entry, &resolved.frozen, &resolved.plan.params)?;
        let ran = Trial::new(problem, resolved, &loaded, work)?.run(started)?;
        let Ran { results, timings, reference, versions, latencies, changelog } = ran;
        let answers = Answers { reference, versions, column: column(problem.decided()), keys: loaded.keys };
        Ok(FinishedRun { results, timings, answers, latencies, changelog })
    }
}

/// All that a run has found, but for the texts of its tables.
struct Ran {
    results: Results,
    timings: Timings,
    reference: Answer,
    versions: Pair<Given>,
    latencies: Pair<Latency>,
    changelog: Option<String>,
}

impl<R: Record> Trial<'_, R> {
    fn run(&self, started: Started) -> Result<Ran, Error> {
        let mut reference = self.reference()?;
        // Now its columns are known, and the jobs have yet to run.
        check_views(self.plan.architecture.as_ref(), self.plan.kept(), || {
            self.shape(&reference.answer).view_columns()
        })?;
        let Replays { versions, mut replayed, feeder } = self.feed(&Role::BOTH)?;
        let mut fed = versions.into_iter().zip(&mut replayed);
        let mut given = Pair::try_of(|role| {
            let (mut version, replayed) = fed.next().expect("both versions were fed");
            self.given(role, &mut *version, std::mem::take(&mut replayed.decisions))
        })?;
        let emitted = self.jobs.as_ref().map(Job::emitted);
        let handovers =
            Pair::of(|role| HandOverSeen::of(emitted[role].as_ref(), &given[role], &self.loaded.keys));
        let emitted = emitted.map(|emitted| emitted.as_ref().map(emitted_timings));
        if self.plan.recovery.is_some() {
            self.work.begin(Step::Faults);
        }
        let recovered = Pair::try_of(|role| -> Result<_, Error> {
            Ok(self.recover(role, &mut given[role])?.map(|(result, _)| result))
        })?;
        let costs = costs::costs(self, &reference, &given)?;
        let sweep = sweep::sweep(self, &reference)?;
        let mut architectures = self.architectures(&reference)?;
        let mut versions = given.map(|given| self.presented(given));
        let unsteady = noise::unsteady(self, &versions)?;
        let left_out = self.align(&mut reference, &mut versions)?;
        let seen = judge::Seen {
            reference: &reference,
            versions: &versions,
            recovered,
            costs,
            sweep,
            left_out,
            unsteady,
            handovers,
            architectures: architectures.as_mut().map(|run| std::mem::take(&mut run.results)),
        };
        let results = judge::results(self, seen)?;
        let comparison = latency::comparison(
            &self.plan.latency,
            self.frozen.records(),
            self.schedule.as_ref(),
            self.work,
        )?;
        let mut replayed = replayed.into_iter();
        let replayed = Pair::of(|_| replayed.next().expect("both versions were fed"));
        let each_ns = Pair::of(|role| each_ns(&replayed[role], emitted[role], self.schedule.is_some()));
        let null_jobs = self.null_jobs(each_ns);
        self.work.control.check()?;
        let throughput =
            latency::throughput(&self.plan.latency, self.frozen.manifest.records, each_ns, self.work)?;
        let peaks_rss_bytes = self.jobs.as_ref().map(Job::peak_rss_bytes);
        let pace = self.plan.replay.pace;
        let measured = timing::Measured {
            pace,
            replayed: replayed.as_ref(),
            feeder,
            peaks_rss_bytes,
            emitted,
            null_jobs,
        };
        let compared = timing::Compared { comparison, throughput };
        let mut timings = timing::timings(started, &self.plan.limits, &measured, compared, &results.verdict);
        timings.architectures = architectures.as_mut().map(|run| std::mem::take(&mut run.timings));
        let latencies = replayed.map(|job| job.latency);
        let changelog = architectures.and_then(|run| run.changelog);
        Ok(Ran { results, timings, reference: reference.answer, versions, latencies, changelog })
    }
}

/// Returns about how long a record took a job, of the one replay that there is of it: at pace max by the median chunk.
fn each_ns(replayed: &Replayed, emitted: Option<EmittedTimings>, is_paced: bool) -> f64 {
    match emitted {
        Some(emitted) => emitted.seconds * 1e9 / emitted.records.max(1) as f64,
        None if is_paced => replayed.mean_ns(),
        None => replayed.latency.percentile_ns(50.0),
    }
}
