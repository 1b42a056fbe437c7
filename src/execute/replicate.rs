//! One replicate of the latency comparison, in this process.

use datasets::{Frozen, Record, SplitMix64};
use replay::{RealClock, Schedule, arrange, replicate_at_max, replicate_paced, with_fault};

use super::{edges, load, make};
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

/// Times stable, the candidate and stable again. The spec's seed decides whose turn it is.
pub(crate) fn replicate<R: Record>(
    entry: &Entry<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    spec: ReplicateSpec,
    work: &Working<'_>,
) -> Result<ReplicateTimes, Error> {
    let jobs = [entry.version(&experiment.stable)?, entry.version(&experiment.candidate)?];
    let loaded = load(entry, frozen, &experiment.params)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let [stable, candidate] = [0, 1].map(|which: usize| {
        let job = &jobs[which];
        move || make(job, &experiment.params, experiment.trigger)
    });
    let three = || [stable(), with_fault(candidate(), spec.fault), stable()];
    let schedule = Schedule::new(experiment.pace, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref())
        .map_err(|error| Error::usage(error.to_string()))?;
    let edges = edges(experiment.trigger, &arranged, &loaded, experiment)?;
    let clock = RealClock::new();
    let random = &mut SplitMix64::new(spec.seed);
    let Some(schedule) = schedule else {
        let measured =
            replicate_at_max(&three, &arranged.records, &edges, REPLICATE_NS, random, &clock, work.control)?;
        return Ok(ReplicateTimes::new(&measured, 0.0));
    };
    let all = arranged.records.len();
    let some = schedule.records_within(PACED_LANE_SECONDS, all).max(LEAST_PACED_RECORDS).min(all);
    let (measured, miss_share) =
        replicate_paced(&three, &arranged.records[..some], &edges, &schedule, random, &clock, work.control)?;
    Ok(ReplicateTimes::new(&measured, miss_share))
}
