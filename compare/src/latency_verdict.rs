//! Judges the timings: the feeder, time against stable, the promise on p99, and memory.

use crate::{
    Check, Comparison, Estimate, Limits, Outcome, ThroughputComparison, Timings, Unit, Verdict,
    percentile::samples_needed,
    ratio::within,
    verdict::{Held, check, pass_if},
};

/// The error rate of each end of p99's bounds.
pub const P99_ERROR_RATE: f64 = 0.01;

/// Judges the timings: the feeder, then the limits that were set.
pub fn latency_verdict(limits: &Limits, timings: &Timings) -> Verdict {
    let mut checks = Vec::new();
    checks.extend(timings.feeder.as_ref().map(|feeder| {
        let (share, worst_us) = (feeder.miss_share(), feeder.worst_ns / 1000);
        let outcome = if feeder.kept_schedule() { Outcome::Pass } else { Outcome::Invalid };
        let note = format!(
            "the feeder itself sent {} of {} records late, the worst by {worst_us} µs",
            feeder.misses, feeder.records
        );
        check("feeder", Held { unit: Unit::Part, limit: feeder.allowed_share, value: share }, outcome, note)
    }));
    checks.extend(timings.comparison.iter().flat_map(latency_increase));
    checks.extend(limits.latency_p99_ns.map(|limit| latency_p99(limit, timings)));
    checks.extend(timings.throughput.as_ref().map(throughput_decrease));
    checks.extend(limits.peak_memory_bytes.map(|limit| peak_memory(limit, timings)));
    checks.extend(limits.peak_memory_increase.map(|limit| peak_memory_increase(limit, timings)));
    Verdict::of(checks, Vec::new())
}

/// One check for each gated metric, with an outcome of its own that is the one its interval shows.
fn latency_increase(comparison: &Comparison) -> Vec<Check> {
    let gated = comparison.metrics.iter().filter_map(|metric| Some((metric, metric.margin?)));
    gated
        .map(|(metric, margin)| {
            let says = match metric.outcome {
                Outcome::Pass => WITHIN,
                Outcome::Fail => BEYOND,
                Outcome::Inconclusive if comparison.outcome == Outcome::Fail => {
                    "left open, for another metric is shown to be beyond its limit"
                }
                Outcome::Inconclusive | Outcome::Invalid => comparison.note.as_str(),
            };
            let name = format!("latency_increase_{}", metric.metric);
            let note = metric.ratio.map_or_else(
                || says.to_owned(),
                |ratio| format!("{says}; {} in {} replicates", span(&ratio), comparison.replicates),
            );
            let increase = metric.ratio.map_or(0.0, |ratio| ratio.value - 1.0);
            check(&name, Held { unit: Unit::Share, limit: margin, value: increase }, metric.outcome, note)
        })
        .collect()
}

/// One check, with the outcome that its interval shows.
fn throughput_decrease(comparison: &ThroughputComparison) -> Check {
    let says = match comparison.outcome {
        Outcome::Pass => WITHIN,
        Outcome::Fail => BEYOND,
        Outcome::Inconclusive | Outcome::Invalid => comparison.note.as_str(),
    };
    let note = comparison.ratio.map_or_else(
        || says.to_owned(),
        |ratio| {
            let (replicates, records) = (comparison.replicates, comparison.records);
            let records = datasets::counted(records, "records");
            format!("{says}; {} records a second in {replicates} replicates of {records}", span(&ratio))
        },
    );
    let value = comparison.ratio.map_or(0.0, |ratio| 1.0 - ratio.value);
    let held = Held { unit: Unit::Part, limit: comparison.limit, value };
    check("throughput_decrease", held, comparison.outcome, note)
}

const WITHIN: &str = "shown to be within the limit";
const BEYOND: &str = "shown to be beyond the limit";

fn span(ratio: &Estimate) -> String {
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    format!("{:+.1} % to {:+.1} %", percent(ratio.low), percent(ratio.high))
}

/// The promise holds when p99 is shown to be within, and is broken when it is shown to be beyond.
fn latency_p99(limit_ns: u64, timings: &Timings) -> Check {
    let candidate = &timings.candidate;
    let (limit, samples) = (limit_ns as f64, candidate.records);
    let p99 = candidate.p99_bounds.map_or(0.0, |bounds| bounds.value);
    let needed = samples_needed(0.99, P99_ERROR_RATE);
    let (outcome, note) = match (candidate.p99_bounds, &timings.feeder) {
        _ if candidate.saturated => {
            (Outcome::Fail, "the candidate could not keep up with the pace".to_owned())
        }
        (_, None) => (
            Outcome::Inconclusive,
            "at pace max no record has a due time: set a rate, such as --pace 10000/s".to_owned(),
        ),
        (Some(bounds), Some(_)) => {
            let span =
                format!("{:.0} ns to {:.0} ns from the due time, {samples} records", bounds.low, bounds.high);
            let outcome = if within(bounds.high, limit) {
                Outcome::Pass
            } else if within(bounds.low, limit) {
                Outcome::Inconclusive
            } else {
                Outcome::Fail
            };
            (outcome, span)
        }
        (None, Some(_)) => (
            Outcome::Inconclusive,
            format!("{samples} records are too few to tell of one in a hundred: it takes {needed}"),
        ),
    };
    check("latency_p99", Held { unit: Unit::Ns, limit, value: p99 }, outcome, note)
}

/// Holds what nobody told: a job inside this process, or a system that doesn't say.
const UNTOLD: &str = "the memory of the job's process is not known";

fn peak_memory(limit: u64, timings: &Timings) -> Check {
    let (outcome, value, note) = match timings.candidate.peak_rss_bytes {
        None => (Outcome::Inconclusive, 0, UNTOLD.to_owned()),
        Some(peak) => {
            let stable = timings.stable.peak_rss_bytes;
            let stable = stable.map_or(String::new(), |peak| format!(", stable's {}", megabytes(peak)));
            let note = format!("the candidate's process held {} at most{stable}", megabytes(peak));
            (pass_if(peak <= limit), peak, note)
        }
    };
    check("peak_memory", Held { unit: Unit::Bytes, limit: limit as f64, value: value as f64 }, outcome, note)
}

fn peak_memory_increase(limit: f64, timings: &Timings) -> Check {
    let peaks = timings.candidate.peak_rss_bytes.zip(timings.stable.peak_rss_bytes);
    let (outcome, value, note) = match peaks.filter(|&(_, stable)| stable > 0) {
        None => (Outcome::Inconclusive, 0.0, UNTOLD.to_owned()),
        Some((candidate, stable)) => {
            let increase = candidate as f64 / stable as f64 - 1.0;
            let note = format!(
                "the candidate's process held {} at most, stable's {}",
                megabytes(candidate),
                megabytes(stable)
            );
            (pass_if(within(candidate as f64, stable as f64 * (1.0 + limit))), increase, note)
        }
    };
    check("peak_memory_increase", Held { unit: Unit::Share, limit, value }, outcome, note)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
