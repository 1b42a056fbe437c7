//! Puts the timings together and has them judged.

use std::time::Instant;

use compare::{
    Comparison, EmittedTimings, Estimate, Feeder, Judged, Limits, Measure, NullJobTimings, P99_ERROR_RATE,
    Pair, ReplayTimes, Role, Speed, TIMINGS_SCHEMA, ThroughputComparison, Timings, Verdict, VersionTimings,
    latency_verdict, percentile_ranks,
};
use replay::{FeederReport, LATE_AFTER_NS, Latency, Pace, Replayed};

use crate::latency::machine;

/// A paced run in which the feeder itself is late for more than this share of the records is invalid.
const ALLOWED_MISSES: f64 = 0.01;
/// Percentiles that are kept as far as the samples carry them, each some tenth of the one before away from 100.
const KEPT: [f64; 12] = [25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999, 100.0];

/// When and where a run began.
pub(crate) struct Started {
    instant: Instant,
    timestamp: jiff::Timestamp,
    machine: compare::Machine,
}

impl Started {
    pub(crate) fn now() -> Self {
        Self { instant: Instant::now(), timestamp: jiff::Timestamp::now(), machine: machine::describe() }
    }
}

/// Describes what was measured of the two jobs in one replay.
pub(super) struct Measured<'a> {
    pub(super) pace: Pace,
    pub(super) replayed: Pair<&'a Replayed>,
    pub(super) feeder: Option<FeederReport>,
    /// The most memory that the job's process has held.
    pub(super) peaks_rss_bytes: Pair<Option<u64>>,
    /// Holds what the job has done, where it emits rows.
    pub(super) emitted: Pair<Option<EmittedTimings>>,
    /// Holds what a job that does nothing takes in its place, where it is a program outside.
    pub(super) null_jobs: Pair<Option<NullJobTimings>>,
}

/// Holds what fresh processes have shown, where limits asked for it.
pub(super) struct Compared {
    pub(super) comparison: Option<Comparison>,
    pub(super) throughput: Option<ThroughputComparison>,
}

/// The timings of a run, with the latency verdict in them and the overall outcome.
pub(super) fn timings(
    started: Started,
    limits: &Limits,
    measured: &Measured<'_>,
    compared: Compared,
    accuracy: &Verdict,
) -> Timings {
    let &Measured { pace, replayed, feeder, peaks_rss_bytes, emitted, ref null_jobs } = measured;
    let Compared { comparison, throughput } = compared;
    let of = |role: Role| VersionTimings {
        // Only the candidate's is judged; a second pair would stand beside that of the speeds.
        p99_bounds: feeder
            .filter(|_| role == Role::Candidate)
            .and_then(|_| p99_bounds(&replayed[role].latency)),
        peak_rss_bytes: peaks_rss_bytes[role],
        emitted: emitted[role],
        null_job: null_jobs[role].clone(),
        ..version(replayed[role])
    };
    let speeds = replayed.map(|job| times(job, feeder));
    let mut timings = Timings {
        schema: TIMINGS_SCHEMA.to_owned(),
        started: format!("{:.0}", started.timestamp),
        experiment: None,
        commit: None,
        wall_seconds: started.instant.elapsed().as_secs_f64(),
        pace: pace.to_string(),
        measure: if feeder.is_some() { Measure::FromDueTime } else { Measure::ServiceTimeByChunk },
        speed: Speed::of(comparison.as_ref(), speeds.as_ref().into()),
        stable: of(Role::Stable),
        candidate: of(Role::Candidate),
        feeder: feeder.map(feeder_result),
        comparison,
        throughput,
        peak_rss_bytes: machine::peak_rss_bytes(),
        architectures: None,
        machine: started.machine,
        verdict: Verdict::of(Vec::new(), Vec::new()),
        outcome: accuracy.outcome,
        judged: Judged::default(),
    };
    timings.verdict = latency_verdict(limits, &timings);
    timings.conclude(accuracy);
    timings
}

/// Returns the feeder's punctuality, as the timings have it.
pub fn feeder_result(report: FeederReport) -> Feeder {
    Feeder {
        records: report.records,
        misses: report.misses,
        late_after_ns: LATE_AFTER_NS,
        allowed_share: ALLOWED_MISSES,
        worst_ns: report.worst_ns,
    }
}

fn version(job: &Replayed) -> VersionTimings {
    VersionTimings {
        records: job.latency.count(),
        samples: job.samples(),
        saturated: job.saturated,
        p99_bounds: None,
        peak_rss_bytes: None,
        emitted: None,
        null_job: None,
    }
}

/// p99 between its bounds, of records that were each timed; `None` when they are too few.
fn p99_bounds(latency: &Latency) -> Option<Estimate> {
    let samples = latency.count();
    let [low, high] = percentile_ranks(samples, 0.99, P99_ERROR_RATE);
    let at = |rank: u64| latency.at_rank_ns(rank);
    Some(Estimate { value: latency.percentile_ns(99.0), low: at(low?), high: at(high?) })
}

/// Returns what the replay of one job says of its speed: at pace `max`, where a chunk that was preempted moves all but
/// the median, no more than that.
fn times(job: &Replayed, feeder: Option<FeederReport>) -> ReplayTimes {
    let at = |percentile| (percentile, job.latency.percentile_ns(percentile));
    let samples = job.samples();
    match feeder {
        None => ReplayTimes { mean_ns: None, samples, percentiles: vec![at(50.0)] },
        Some(_) => ReplayTimes { mean_ns: Some(job.mean_ns()), samples, percentiles: KEPT.map(at).into() },
    }
}
