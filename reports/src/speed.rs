//! Figures of speed as every page and table shows them: with their interval, or marked as indicative.

use compare::{
    Basis, EmittedTimings, Estimate, Figure, Measure, NullJobTimings, Quantity, ThroughputComparison,
    Timings, VersionTimings,
};

use crate::format::{count, duration, ends, interval, percent, plain_spaces, rate};

/// The rows on speed of a table in plain text: a label, stable's and the candidate's. Empty where nothing is stated.
pub fn speeds(timings: &Timings) -> Vec<[String; 3]> {
    let row = |label: &str, quantity: &Quantity, write: fn(Figure) -> String| {
        let sides = [quantity.stable_ns, quantity.candidate_ns].map(|time| plain_spaces(&write(time)));
        let [stable, candidate] = sides;
        [labelled(label, timings), stable, candidate]
    };
    let mut rows: Vec<[String; 3]> = throughput_row(timings).into_iter().collect();
    rows.extend(emitted_rows(timings));
    if let Some(work) = timings.speed.work().filter(|_| !emits(timings)) {
        rows.push(row(work_label(work), work, with_interval));
        rows.push(row("records a second of work", work, per_second));
    }
    rows.extend(null_job_rows(timings));
    match timings.measure {
        Measure::FromDueTime => {
            let median = timings.speed.quantity("p50");
            rows.extend(median.map(|median| row("latency from due time, median", median, with_interval)));
        }
        Measure::ServiceTimeByChunk => {}
    }
    rows
}

/// Rows of jobs that emit rows: how many records a second they took in until they had ended, and how long a row took where
/// rows say which record made them due.
pub(crate) fn emitted_rows(timings: &Timings) -> Vec<[String; 3]> {
    let sides = [&timings.stable, &timings.candidate].map(|version| version.emitted);
    let row = |label: &str, of: &dyn Fn(EmittedTimings) -> Option<String>| {
        let cell = |side: Option<EmittedTimings>| side.and_then(of);
        let [stable, candidate] = sides.map(cell);
        (stable.is_some() || candidate.is_some()).then(|| {
            let [stable, candidate] =
                [stable, candidate].map(|cell| cell.unwrap_or_else(|| "not told".to_owned()));
            [format!("{label}, indicative"), plain_spaces(&stable), plain_spaces(&candidate)]
        })
    };
    let rate = |side: EmittedTimings| {
        (side.seconds > 0.0).then(|| format!("{}/s", rate(side.records as f64 / side.seconds)))
    };
    // Two measurements of one number would differ: where fresh processes have told it, it isn't told again.
    let is_compared = compared_throughput(timings).is_some();
    let rows = [
        row(UNTIL_ENDED, &|side| rate(side).filter(|_| !is_compared)),
        row("a row after its record was due, median", &|side| side.latency_p50_ns.map(duration)),
        row("a row after its record was due, p99", &|side| side.latency_p99_ns.map(duration)),
    ];
    rows.into_iter().flatten().collect()
}

/// Returns the comparison of throughputs, where it has come to figures, and those: stable's and the candidate's.
pub(crate) fn compared_throughput(timings: &Timings) -> Option<(&ThroughputComparison, [Estimate; 2])> {
    let throughput = timings.throughput.as_ref()?;
    Some((throughput, [throughput.stable_per_second?, throughput.candidate_per_second()?]))
}

/// Returns what the row of compared throughputs is called.
pub(crate) fn throughput_label(throughput: &ThroughputComparison) -> String {
    let confidence = percent(1.0 - 2.0 * throughput.error_rate);
    let (records, replicates) = (count(throughput.records), count(throughput.replicates));
    format!("{UNTIL_ENDED}, {records} records, {confidence} interval over {replicates} replicates")
}

/// Says from the first record to where a rate is counted.
const UNTIL_ENDED: &str = "records a second, until it had ended";

/// The throughputs of both, as fresh processes have shown them.
fn throughput_row(timings: &Timings) -> Option<[String; 3]> {
    let (_, sides) = compared_throughput(timings)?;
    let written = |side: Estimate| {
        let per_second = |value| format!("{}/s", rate(value));
        plain_spaces(&bracketed(per_second(side.value), &ends(&side, per_second)))
    };
    let [stable, candidate] = sides.map(written);
    Some([UNTIL_ENDED.to_owned(), stable, candidate])
}

/// A job that does nothing in the place of each version that is a program outside: what the way there and back costs.
pub(crate) fn null_job_rows(timings: &Timings) -> Vec<[String; 3]> {
    let versions = [&timings.stable, &timings.candidate];
    let row = |label: &str, of: &dyn Fn(&VersionTimings, &NullJobTimings) -> Option<String>| {
        let cell = |version: &VersionTimings| match &version.null_job {
            None => "no program outside".to_owned(),
            Some(null) => of(version, null).map_or_else(|| "not told".to_owned(), |cell| plain_spaces(&cell)),
        };
        let [stable, candidate] = versions.map(cell);
        [format!("{label}, indicative"), stable, candidate]
    };
    let has = |which: &dyn Fn(&NullJobTimings) -> bool| {
        versions.iter().any(|version| version.null_job.as_ref().is_some_and(which))
    };
    let mut rows = Vec::new();
    // Of one behind topics that was paced only its rows' times are known.
    if has(&|null| null.ns.is_some() || null.skipped.is_some()) {
        let label = if emits(timings) {
            "records a second of a job that does nothing, talked to alike"
        } else {
            "time a record of a job that does nothing, talked to alike"
        };
        rows.push(row(label, &|_, null| {
            let ns = null.ns?;
            let told = if emits(timings) { format!("{}/s", rate(1e9 / ns)) } else { duration(ns) };
            let share = null.share.map_or(String::new(), |share| format!(", {} of its time", percent(share)));
            Some(format!("{told}{share}"))
        }));
    }
    if has(&|null| null.latency_p99_ns.is_some()) {
        rows.push(row("a row of a job that only copies, after its record was due, median", &|_, null| {
            null.latency_p50_ns.map(duration)
        }));
        rows.push(row("a row of a job that only copies, after its record was due, p99", &|version, null| {
            let own = version.emitted.and_then(|emitted| emitted.latency_p99_ns);
            let ns = null.latency_p99_ns?;
            let share = own.map(|own| ns / own).filter(|share| share.is_finite());
            let share = share.map_or(String::new(), |share| format!(", {} of the version's", percent(share)));
            Some(format!("{}{share}", duration(ns)))
        }));
    }
    rows
}

/// Returns whether a job emits rows: then nothing is known of a record's own time.
pub(crate) fn emits(timings: &Timings) -> bool {
    timings.stable.emitted.is_some() || timings.candidate.emitted.is_some()
}

/// Returns what the time inside the job is called.
pub(crate) fn work_label(work: &Quantity) -> &'static str {
    match work.percentile() {
        None => "time a record inside the job, mean",
        Some(_) => "time a record inside the job, median",
    }
}

/// A label that says so where its figures are only indicative.
pub(crate) fn labelled(label: &str, timings: &Timings) -> String {
    match timings.speed.basis {
        Basis::Compared => label.to_owned(),
        Basis::Indicative | Basis::NotStated | Basis::Alike => format!("{label}, indicative"),
    }
}

/// Returns what the one replay of a version is timed by.
pub(crate) fn sampled(measure: Measure) -> &'static str {
    match measure {
        Measure::ServiceTimeByChunk => "chunks",
        Measure::FromDueTime => "records or micro-batches",
    }
}

/// From where to where a time may be; empty where it is only indicative.
pub(crate) fn between(time: Figure) -> String {
    time.interval.map_or(String::new(), |[low, high]| interval(&duration(low), &duration(high)))
}

/// A time, and its interval in brackets where it has one.
pub(crate) fn with_interval(time: Figure) -> String {
    bracketed(duration(time.value), &between(time))
}

/// Returns the same as records a second.
pub(crate) fn per_second(time: Figure) -> String {
    let rates = time.per_second();
    let written = |value| format!("{}/s", rate(value));
    let between = rates.interval.map_or(String::new(), |[low, high]| interval(&written(low), &written(high)));
    bracketed(written(rates.value), &between)
}

fn bracketed(value: String, between: &str) -> String {
    if between.is_empty() { value } else { format!("{value} ({between})") }
}
