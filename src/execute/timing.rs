//! Puts the timings together and has them judged.

use std::time::Instant;

use compare::{
    Comparison, Estimate, Feeder, Judged, LatencyNs, Measure, P99_ERROR_RATE, PercentilePoint,
    TIMINGS_SCHEMA, Timings, Verdict, VersionTimings, latency_verdict, percentile_ranks,
};
use replay::{FeederReport, LATE_AFTER_NS, Latency, Replayed};

use crate::{experiment::Experiment, machine};

/// A paced run in which the feeder itself is late for more than this share of the records is invalid.
const ALLOWED_MISSES: f64 = 0.01;
/// Percentiles of the report's picture, each a tenth of the one before away from 100.
const PICTURED: [f64; 13] =
    [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999, 100.0];

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

/// What was measured of the two jobs in one replay.
pub(super) struct Measured<'a> {
    pub(super) replayed: &'a [Replayed],
    pub(super) feeder: Option<FeederReport>,
    /// The most memory that stable's process has held, and the candidate's.
    pub(super) peaks_rss_bytes: [Option<u64>; 2],
}

/// The timings of a run, with the latency verdict in them and the overall outcome.
pub(super) fn timings(
    started: Started,
    experiment: &Experiment,
    measured: &Measured<'_>,
    comparison: Option<Comparison>,
    accuracy: &Verdict,
) -> Timings {
    let Measured { replayed, feeder, peaks_rss_bytes } = *measured;
    let of = |which: usize| VersionTimings {
        p99_bounds: feeder.and_then(|_| p99_bounds(&replayed[which].latency)),
        peak_rss_bytes: peaks_rss_bytes[which],
        ..version(&replayed[which])
    };
    let mut timings = Timings {
        schema: TIMINGS_SCHEMA.to_owned(),
        started: format!("{:.0}", started.timestamp),
        wall_seconds: started.instant.elapsed().as_secs_f64(),
        pace: experiment.pace.to_string(),
        measure: if feeder.is_some() { Measure::FromDueTime } else { Measure::ServiceTimeByChunk },
        stable: of(0),
        candidate: of(1),
        feeder: feeder.map(feeder_result),
        comparison,
        peak_rss_bytes: machine::peak_rss_bytes(),
        machine: started.machine,
        verdict: Verdict::of(Vec::new(), Vec::new()),
        outcome: accuracy.outcome,
        judged: Judged::default(),
    };
    timings.verdict = latency_verdict(&experiment.limits, &timings);
    timings.conclude(accuracy);
    timings
}

pub(crate) fn feeder_result(report: FeederReport) -> Feeder {
    Feeder {
        records: report.records,
        misses: report.misses,
        late_after_ns: LATE_AFTER_NS,
        allowed_share: ALLOWED_MISSES,
        worst_ns: report.worst_ns,
    }
}

pub(crate) fn version(job: &Replayed) -> VersionTimings {
    let latency = &job.latency;
    VersionTimings {
        records_per_second: job.records_per_second(),
        latency_ns: latency_ns(latency),
        percentiles: PICTURED
            .map(|percentile| PercentilePoint { percentile, ns: latency.percentile_ns(percentile) })
            .into(),
        saturated: job.saturated,
        p99_bounds: None,
        peak_rss_bytes: None,
    }
}

/// p99 between its bounds, of records that were each timed; `None` when they are too few.
fn p99_bounds(latency: &Latency) -> Option<Estimate> {
    let samples = latency.count();
    let [low, high] = percentile_ranks(samples, 0.99, P99_ERROR_RATE);
    // Half a rank below, so that rounding can't make it the next.
    let at = |rank: u64| latency.percentile_ns((rank as f64 - 0.5) * 100.0 / samples as f64);
    Some(Estimate { value: latency.percentile_ns(99.0), low: at(low?), high: at(high?) })
}

pub(crate) fn latency_ns(latency: &Latency) -> LatencyNs {
    LatencyNs {
        p50: latency.percentile_ns(50.0),
        p90: latency.percentile_ns(90.0),
        p99: latency.percentile_ns(99.0),
        p99_9: latency.percentile_ns(99.9),
        max: latency.max_ns(),
        mean: latency.mean_ns(),
        count: latency.count(),
    }
}
