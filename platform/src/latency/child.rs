//! One replicate of a comparison of times, in this process.

use compare::samples_needed;
use datasets::{Record, SplitMix64};
use replay::{
    CHUNK, Contest, Least, MakeThree, RealClock, Schedule, replicate_at_max, replicate_paced, slowed,
};

use super::{
    processes::{ReplicateSpec, ReplicateTimes, WholeTimes},
    whole::THREE,
};
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    events::Working,
    experiment::{LatencyPlan, Resolved},
    problem::Problem,
    trial::{Trial, job::Started, load},
};

/// Says how long the three jobs of a replicate work together, at least. Longer replicates vary less, but their
/// processes' layouts vary as before, and a process takes some milliseconds to start anyway.
const REPLICATE_NS: u64 = 10_000_000;
/// Says how long a turn takes, about: many turns are needed for a percentile, and long ones cost less. A process must
/// be woken in each of its turns, so that these are longer.
const TURN_NS: u64 = 30_000;
const PROCESS_TURN_NS: u64 = 1_000_000;
/// Says how long one lane of a paced replicate takes, whatever the number of records in it.
const PACED_LANE_SECONDS: f64 = 0.1;
/// The level at which the samples of a replicate must bound its percentiles.
const PERCENTILE_RATE: f64 = 0.01;

/// Returns how many samples of each job a replicate needs: as many as its outermost gated percentile does.
pub(super) fn least_samples(plan: &LatencyPlan) -> u64 {
    let outermost = if plan.tail_increase.is_some() { 0.99 } else { 0.9 };
    samples_needed(outermost, PERCENTILE_RATE)
}

/// Returns how many of all the records a lane of a paced replicate feeds.
fn paced_records(schedule: &Schedule<'_>, all: usize, least: u64) -> usize {
    schedule.records_within(PACED_LANE_SECONDS, all).max(least as usize).min(all)
}

/// Returns what a replicate takes at the least, its process's start apart: the work, or the three lanes' schedules.
pub(super) fn shortest_ns(schedule: Option<&Schedule<'_>>, records: usize, plan: &LatencyPlan) -> u64 {
    match schedule {
        None => REPLICATE_NS,
        Some(schedule) => {
            let some = paced_records(schedule, records, least_samples(plan));
            schedule.length_ns(some).saturating_mul(3)
        }
    }
}

/// Holds what a replicate has measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Replicated {
    /// Of jobs that took turns, or were paced.
    Turns(ReplicateTimes),
    /// Of jobs that each replayed all of the records.
    Whole(WholeTimes),
}

/// Times stable, the candidate and stable again. The spec's seed decides whose turn it is.
pub struct Replicate<'a> {
    /// The experiment, resolved.
    pub resolved: &'a Resolved,
    /// The seed, and what is made slower.
    pub spec: ReplicateSpec,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
}

impl Replicate<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Replicate<'_> {
    type Out = Result<Replicated, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self { resolved, spec, work } = self;
        let loaded = load(&problem.entry, &resolved.frozen, &resolved.plan.params)?;
        let trial = Trial::new(problem, resolved, &loaded, work)?;
        trial.replicate(spec).map_err(|error| error.or_failure(work.control, resolved))
    }
}

impl<R: Record> Trial<'_, R> {
    fn replicate(&self, spec: ReplicateSpec) -> Result<Replicated, Error> {
        let Self { plan, jobs, .. } = self;
        // Processes load beside each other before any is waited for.
        let three = || {
            let started = THREE.map(|role| jobs[role].start(&plan.params, plan.replay.trigger));
            let [stable, candidate, again] = started.map(Started::ready);
            [stable, slowed(candidate, spec.fault), again]
        };
        let random = &mut SplitMix64::new(spec.seed);
        match spec.whole {
            Some(records) => self.whole(three(), records as usize, random).map(Replicated::Whole),
            None => self.turns(&three, spec.work_ns, random).map(Replicated::Turns),
        }
    }

    fn turns(
        &self,
        three: MakeThree<'_, R>,
        work_ns: Option<u64>,
        random: &mut SplitMix64,
    ) -> Result<ReplicateTimes, Error> {
        let Self { plan, jobs, arranged, schedule, edges, work, .. } = self;
        let clock = RealClock::new();
        let Some(schedule) = schedule else {
            // A turn of a process takes long enough to be timed, and each process takes its time to start.
            let (turn_records, turn_ns) = if jobs.iter().any(|(_, job)| job.is_process()) {
                (1, PROCESS_TURN_NS)
            } else {
                (CHUNK, TURN_NS)
            };
            let work_ns = work_ns.unwrap_or(REPLICATE_NS);
            let least = Least { work_ns, turns: least_samples(&plan.latency), turn_ns, turn_records };
            let contest = Contest { make: three, records: &arranged.records, edges };
            let measured = replicate_at_max(&contest, least, random, &clock, work.control)?;
            work.control.check()?;
            return Ok(ReplicateTimes::new(&measured, 0.0));
        };
        let some = paced_records(schedule, arranged.records.len(), least_samples(&plan.latency));
        let contest = Contest { make: three, records: &arranged.records[..some], edges };
        let (measured, miss_share) = replicate_paced(&contest, schedule, random, &clock, work.control)?;
        work.control.check()?;
        Ok(ReplicateTimes::new(&measured, miss_share))
    }
}
