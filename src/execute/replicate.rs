//! One replicate of the latency comparison, in this process.

use datasets::{Frozen, Record, SplitMix64};
use replay::{CHUNK, Least, RealClock, Schedule, arrange, replicate_at_max, replicate_paced, with_fault};

use super::{
    edges,
    job::{Job, jobs},
    load,
};
use crate::{
    error::Error,
    experiment::Experiment,
    problem::Entry,
    progress::Working,
    replicate::{ReplicateSpec, ReplicateTimes},
};

/// How long the three jobs of a replicate work together, at least. Longer replicates vary less, but their processes'
/// layouts vary as before; thirty milliseconds are where the second begins to rule.
const REPLICATE_NS: u64 = 30_000_000;
/// How long one lane of a paced replicate takes, and the fewest records in it, whatever that takes.
const PACED_LANE_SECONDS: f64 = 0.1;
const LEAST_PACED_RECORDS: usize = 100;

/// How many of all the records a lane of a paced replicate feeds.
fn paced_records(schedule: &Schedule<'_>, all: usize) -> usize {
    schedule.records_within(PACED_LANE_SECONDS, all).max(LEAST_PACED_RECORDS).min(all)
}

/// What a replicate takes at the least, its process's start apart: the work, or the three lanes' schedules.
pub(super) fn shortest_ns(schedule: Option<&Schedule<'_>>, records: usize) -> u64 {
    match schedule {
        None => REPLICATE_NS,
        Some(schedule) => schedule.length_ns(paced_records(schedule, records)).saturating_mul(3),
    }
}

/// Times stable, the candidate and stable again. The spec's seed decides whose turn it is.
pub(crate) fn replicate<R: Record>(
    entry: &Entry<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    spec: ReplicateSpec,
    work: &Working<'_>,
) -> Result<ReplicateTimes, Error> {
    let loaded = load(entry, frozen, &experiment.params)?;
    let jobs = jobs(entry, experiment, &loaded.keys, work)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let [stable, candidate] = [0, 1].map(|which: usize| {
        let job = &jobs[which];
        move || job.make(&experiment.params, experiment.trigger)
    });
    let three = || [stable(), with_fault(candidate(), spec.fault), stable()];
    let schedule = Schedule::new(experiment.pace, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref())
        .map_err(|error| Error::usage(error.to_string()))?;
    let edges = edges(experiment.trigger, &arranged, &loaded, experiment)?;
    let clock = RealClock::new();
    let random = &mut SplitMix64::new(spec.seed);
    let Some(schedule) = schedule else {
        // A turn of a process takes long enough to be timed, and each process takes its time to start.
        let turn_records = if jobs.iter().any(Job::is_process) { 1 } else { CHUNK };
        let least = Least { work_ns: REPLICATE_NS, turn_records };
        let measured =
            replicate_at_max(&three, &arranged.records, &edges, least, random, &clock, work.control)?;
        work.control.check()?;
        return Ok(ReplicateTimes::new(&measured, 0.0));
    };
    let some = paced_records(&schedule, arranged.records.len());
    let (measured, miss_share) =
        replicate_paced(&three, &arranged.records[..some], &edges, &schedule, random, &clock, work.control)?;
    work.control.check()?;
    Ok(ReplicateTimes::new(&measured, miss_share))
}
