//! Describes what `replay` shows in a terminal.

use std::path::Path;

use compare::Ledger;
use platform::execute::{FinishedReplay, Given, Spent};

use super::{LatencyNs, Printed, PrintedTimings};
use crate::{
    commands::tables::{self, aligned},
    output::Output,
};

/// Shows what came of a replay, and where its answer is.
pub(super) fn print(
    results: &Printed,
    timings: &PrintedTimings,
    finished: &FinishedReplay,
    path: &Path,
    output: &Output,
) {
    let Ledger { records, used, late, duplicate, rejected, not_emitted, no_window, lost, repeated, .. } =
        results.ledger;
    let amplified = tables::amplified(&results.replay, &results.dataset);
    output.line(format_args!("{} on {}{amplified}\n", results.job, datasets::shown(&results.dataset.name)));
    let mut rows = answer_rows(finished);
    rows.extend([
        ("records", format!("{records}{}", tables::rejected_before(&results.dataset))),
        ("used", used.to_string()),
        ("late", late.to_string()),
        ("not emitted", not_emitted.to_string()),
        ("duplicate", duplicate.to_string()),
        ("rejected", rejected.to_string()),
        ("lost", lost.to_string()),
    ]);
    if no_window > 0 {
        rows.push(("in no window", no_window.to_string()));
    }
    let Ledger { superseded_rows, superseded_records, .. } = results.ledger;
    if superseded_rows > 0 {
        let counted = format!("{superseded_rows} {superseded_records}");
        rows.push(("rows of sessions that merged later, records in them", counted));
    }
    rows.extend(speeds(timings));
    if repeated > 0 {
        rows.push(("repeated", repeated.to_string()));
    }
    let recovery = results.recovery.iter().flat_map(tables::recovery_rows);
    rows.extend(recovery.map(|(name, value)| (since_kill(name, timings), value)));
    if let Some(Spent { job_seconds, checkpoint_seconds, recovery_seconds, checkpoint_bytes }) =
        timings.recovery
    {
        let seconds = format!("{job_seconds:.3} {checkpoint_seconds:.3} {recovery_seconds:.3}");
        rows.push((since_kill("seconds in the job, checkpoints, recoveries", timings), seconds));
        let bytes = since_kill("bytes of states and changes committed", timings);
        rows.push((bytes, checkpoint_bytes.to_string()));
    }
    if let Some(kills) = timings.kills {
        let too_late = timings.kills_too_late.unwrap_or_default();
        rows.push(("killed (SIGKILL), too late to be", format!("{kills} {too_late}")));
    }
    rows.extend(
        timings.peak_rss_bytes.map(|bytes| ("peak memory", format!("{} MiB", bytes.div_ceil(1 << 20)))),
    );
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    output.line(aligned(&rows));
    if timings.saturated {
        output.line("saturated: the job could not keep up, so its latency says how long the run was");
    }
    if let Some(feeder) = timings.feeder {
        output.line(format_args!(
            "the feeder itself was late for {} of {} records, at worst {} µs",
            feeder.misses,
            feeder.records,
            feeder.worst_ns / 1000
        ));
        if !feeder.kept_schedule() {
            output.line("invalid: the feeder could not keep the schedule");
        }
    }
    if let Some(problem) = finished.problem() {
        output.line(format_args!("invalid: {problem}"));
    }
    output.line(format_args!("\nanswer   {}", datasets::shown_path(&path.join("answers/answer.csv"))));
}

/// The mean and the percentiles that the samples carry, as rows of name and value.
fn speeds(timings: &PrintedTimings) -> Vec<(&'static str, String)> {
    let digits = |value: Option<f64>| value.map(|value| format!("{value:.1}"));
    let LatencyNs { p50, p99, p99_9, .. } = timings.latency_ns;
    let percentiles = match (digits(p50), digits(p99), digits(p99_9)) {
        (None, _, _) => None,
        (Some(p50), None, _) => Some(("p50 ns, indicative", p50)),
        (Some(p50), Some(p99), None) => Some(("p50, p99 ns, indicative", format!("{p50} {p99}"))),
        (Some(p50), Some(p99), Some(p99_9)) => {
            Some(("p50, p99, p99.9 ns, indicative", format!("{p50} {p99} {p99_9}")))
        }
    };
    let mean = digits(timings.time_per_record_ns).map(|mean| ("time a record ns, mean, indicative", mean));
    let rate = timings.records_per_second;
    let rate = rate.map(|rate| ("records a second of work, indicative", format!("{rate:.0}")));
    [mean, rate, percentiles].into_iter().flatten().collect()
}

/// Returns what the last process counts of itself: those that were killed took their counts with them.
fn since_kill(name: &'static str, timings: &PrintedTimings) -> &'static str {
    match (timings.kills, name) {
        (Some(1..), "incarnations of the job") => "incarnations of the job since the last kill",
        (Some(1..), "seconds in the job, checkpoints, recoveries") => {
            "seconds in the job, checkpoints, recoveries since the last kill"
        }
        (Some(1..), "bytes of states and changes committed") => {
            "bytes of states and changes committed since the last kill"
        }
        _ => name,
    }
}

fn answer_rows(finished: &FinishedReplay) -> Vec<(&'static str, String)> {
    match &finished.given {
        Given::Decisions(_) => {
            let cost = finished.judged.iter().filter_map(|judged| Some((judged.unit?, judged.checked.cost?)));
            cost.map(|(unit, cost)| (unit, cost.to_string())).collect()
        }
        Given::Table(concluded) => {
            let counts = &concluded.counts;
            vec![
                ("rows", concluded.table.rows().to_string()),
                ("rows emitted, micro-batches", format!("{} {}", counts.firings, counts.batches)),
                ("pairs of record and window dropped late", counts.late_pairs.to_string()),
                ("entries of state, at most", counts.state_peak.to_string()),
            ]
        }
    }
}
