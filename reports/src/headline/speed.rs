//! Describes how long the candidate takes beside stable, in a sentence.

use compare::{
    Basis, Estimate, LEAST_SAMPLES, Measure, Quantity, Results, Speed, TELLABLE, ThroughputComparison,
    Timings, VersionTimings,
};

use crate::format::{count, duration, ends, fixed, interval, percent, plain, rate};
use crate::speed::{compared_throughput, emits, sampled};

/// Beyond this percentile the numbers rest on few records.
const MOST_TOLD: f64 = 99.0;

/// Time a record, or the tail of the latency in a paced replay; of too few samples only that they are too few.
pub(super) fn sentence(results: &Results, timings: &Timings) -> Option<String> {
    let speed = &timings.speed;
    let [stable, _] = results.jobs();
    if timings.speed.basis != Basis::Compared
        && let Some((throughput, rates)) = compared_throughput(timings)
    {
        return throughput.ratio.map(|ratio| throughputs(stable, throughput, rates, ratio));
    }
    if emits(timings) {
        return Some(rates(stable, timings));
    }
    let told = match timings.measure {
        Measure::ServiceTimeByChunk => speed.work().map(|work| {
            let [mine, theirs] = times(work);
            (work, format!("It takes {mine} a record where {stable} takes {theirs}"))
        }),
        Measure::FromDueTime => speed.percentiles().filter(|at| at.0 <= MOST_TOLD).last().map(|(percentile, tail)| {
            let ([mine, theirs], share) = (times(tail), plain(percentile));
            let pace = &timings.pace;
            let said = format!(
                "At pace {pace}, {share}\u{a0}% of its decisions come within {mine} of the due time, those of {stable} \
                 within {theirs}"
            );
            (tail, said)
        }),
    };
    match speed.basis {
        Basis::Compared => told.map(|(quantity, said)| compared(&said, quantity, speed)),
        Basis::Indicative => {
            told.map(|(_, said)| format!("{said} (indicative: the versions were not compared)."))
        }
        Basis::NotStated => Some(not_stated(timings)),
        Basis::Alike => Some(format!(
            "Their speeds are less than {}\u{a0}% apart, which one replay of each can't tell; latency_increase compares them.",
            plain(100.0 * (TELLABLE - 1.0))
        )),
    }
}

/// How many records a second both took in, as fresh processes have shown.
fn throughputs(
    stable: &str,
    throughput: &ThroughputComparison,
    rates: [Estimate; 2],
    ratio: Estimate,
) -> String {
    let [theirs, mine] = rates.map(|of| format!("{} records/s", rate(of.value)));
    let confidence = percent(1.0 - 2.0 * throughput.error_rate);
    let ends = ends(&ratio, |value| fixed(value, 2));
    format!(
        "It took in {mine} until it had ended, {stable} {theirs}: {} times as many ({confidence} interval {ends}).",
        fixed(ratio.value, 2)
    )
}

/// All that is known of jobs that emit rows: how many records a second they took in.
fn rates(stable: &str, timings: &Timings) -> String {
    let of = |version: &VersionTimings| {
        let emitted = version.emitted.filter(|emitted| emitted.seconds > 0.0);
        emitted.map(|emitted| format!("{} records/s", rate(emitted.records as f64 / emitted.seconds)))
    };
    match (of(&timings.candidate), of(&timings.stable)) {
        (Some(candidate), Some(other)) => format!(
            "It took in {candidate} until it had ended, {stable} {other} (indicative: of a job that gives rows when it \
             likes no record has a time of its own)."
        ),
        _ => "Their speeds are not stated: of a job that gives rows when it likes no record has a time of its own.".to_owned(),
    }
}

fn times(quantity: &Quantity) -> [String; 2] {
    [quantity.candidate_ns, quantity.stable_ns].map(|time| duration(time.value))
}

fn compared(said: &str, quantity: &Quantity, speed: &Speed) -> String {
    let ratio = quantity.ratio;
    let of = ratio.interval.zip(speed.confidence).map_or(String::new(), |([low, high], confidence)| {
        let ends = interval(&fixed(low, 2), &fixed(high, 2));
        format!(" ({} interval {ends})", percent(confidence))
    });
    format!("{said}: {} times as long{of}.", fixed(ratio.value, 2))
}

fn not_stated(timings: &Timings) -> String {
    let (samples, measure) = (timings.speed.samples, timings.measure);
    let timed = match measure {
        Measure::ServiceTimeByChunk => "took long enough to be timed",
        Measure::FromDueTime => "were timed",
    };
    let why = match samples {
        0 => format!("no {} {timed}", sampled(measure)),
        1 => format!("only one of the {} {timed}, and at least {LEAST_SAMPLES} are needed", sampled(measure)),
        2..LEAST_SAMPLES => {
            let (samples, what) = (count(samples), sampled(measure));
            format!("{samples} {what} of each {timed}, and at least {LEAST_SAMPLES} are needed")
        }
        LEAST_SAMPLES.. => "the clock could not tell any time".to_owned(),
    };
    format!("Their speeds are not stated: {why}.")
}
