//! Gathers what came of a replay, as names with one value each, for the terminal and for the page.

use std::fmt::Display;

use compare::Ledger;
use platform::execute::{FinishedReplay, Given, Spent};
use reports::{ReplayFact, ReplayPart};

use super::{LatencyNs, Printed, PrintedTimings};
use crate::commands::tables;

/// Returns all of it, part by part; a part without facts is left out.
pub(super) fn facts(
    results: &Printed,
    timings: &PrintedTimings,
    finished: &FinishedReplay,
) -> Vec<ReplayPart> {
    let parts = [
        ("Answer", answer(finished)),
        ("Records", records(results)),
        ("Time", speeds(timings)),
        ("Checkpoints and faults", recovery(results, timings)),
        ("Memory", memory(timings)),
    ];
    let parts = parts.into_iter().filter(|(_, facts)| !facts.is_empty());
    parts.map(|(title, facts)| ReplayPart { title, facts }).collect()
}

fn fact(name: impl Into<String>, value: impl Display) -> ReplayFact {
    ReplayFact { name: name.into(), value: format!("{value}") }
}

fn answer(finished: &FinishedReplay) -> Vec<ReplayFact> {
    match &finished.given {
        Given::Decisions(_) => {
            let cost = finished.judged.iter().filter_map(|judged| Some((judged.unit?, judged.checked.cost?)));
            cost.map(|(unit, cost)| fact(unit, cost)).collect()
        }
        Given::Table(concluded) => {
            let counts = &concluded.counts;
            vec![
                fact("rows", concluded.table.rows()),
                fact("rows emitted", counts.firings),
                fact("micro-batches", counts.batches),
                fact("pairs of record and window dropped late", counts.late_pairs),
                fact("entries of state, at most", counts.state_peak),
            ]
        }
    }
}

fn records(results: &Printed) -> Vec<ReplayFact> {
    let ledger = results.ledger;
    let Ledger { records, used, late, not_emitted, duplicate, rejected, lost, .. } = ledger;
    let mut facts = vec![
        fact("records", format!("{records}{}", tables::rejected_before(&results.dataset))),
        fact("used", used),
        fact("late", late),
        fact("not emitted", not_emitted),
        fact("duplicate", duplicate),
        fact("rejected", rejected),
        fact("lost", lost),
    ];
    let rare = [
        ("in no window", ledger.no_window),
        ("rows of sessions that merged later", ledger.superseded_rows),
        ("records in those rows", ledger.superseded_records),
        ("repeated", ledger.repeated),
    ];
    facts.extend(rare.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| fact(name, count)));
    facts
}

/// The mean and the percentiles that the samples carry.
fn speeds(timings: &PrintedTimings) -> Vec<ReplayFact> {
    let LatencyNs { p50, p99, p99_9, .. } = timings.latency_ns;
    let named = [
        ("time a record ns, mean, indicative", timings.time_per_record_ns),
        ("p50 ns, indicative", p50),
        ("p99 ns, indicative", p99),
        ("p99.9 ns, indicative", p99_9),
    ];
    let told = named.into_iter().filter_map(|(name, value)| Some(fact(name, format!("{:.1}", value?))));
    let rate = timings.records_per_second;
    let rate = rate.map(|rate| fact("records a second of work, indicative", format!("{rate:.0}")));
    told.chain(rate).collect()
}

fn recovery(results: &Printed, timings: &PrintedTimings) -> Vec<ReplayFact> {
    let rows = results.recovery.iter().flat_map(tables::recovery_rows);
    let own = rows.map(|(name, value)| match name {
        "incarnations of the job" => fact(since_kill(name, timings), value),
        _ => fact(name, value),
    });
    let mut facts: Vec<ReplayFact> = own.collect();
    if let Some(Spent { job_seconds, checkpoint_seconds, recovery_seconds, checkpoint_bytes }) =
        timings.recovery
    {
        let seconds = [
            ("seconds in the job", job_seconds),
            ("seconds in checkpoints", checkpoint_seconds),
            ("seconds in recoveries", recovery_seconds),
        ];
        facts.extend(seconds.map(|(name, value)| fact(since_kill(name, timings), format!("{value:.3}"))));
        facts.push(fact(since_kill("bytes of states and changes committed", timings), checkpoint_bytes));
    }
    if let Some(kills) = timings.kills {
        facts.push(fact("killed (SIGKILL)", kills));
        facts.push(fact("kills that came too late", timings.kills_too_late.unwrap_or_default()));
    }
    facts
}

/// Names a count of the last process: those that were killed took theirs with them.
fn since_kill(name: &str, timings: &PrintedTimings) -> String {
    if matches!(timings.kills, Some(1..)) { format!("{name} since the last kill") } else { name.to_owned() }
}

fn memory(timings: &PrintedTimings) -> Vec<ReplayFact> {
    let peak = timings.peak_rss_bytes;
    peak.map(|bytes| fact("peak memory", format!("{} MiB", bytes.div_ceil(1 << 20)))).into_iter().collect()
}

/// Returns what keeps the times, or all of it, from being trusted, a sentence each.
pub(super) fn doubts(timings: &PrintedTimings, finished: &FinishedReplay) -> Vec<String> {
    let mut doubts = Vec::new();
    if timings.saturated {
        doubts.push(
            "saturated: the job could not keep up, so its latency says how long the run was".to_owned(),
        );
    }
    if let Some(feeder) = timings.feeder {
        doubts.push(format!(
            "the feeder itself was late for {} of {} records, at worst {} µs",
            feeder.misses,
            feeder.records,
            feeder.worst_ns / 1000
        ));
        if !feeder.kept_schedule() {
            doubts.push("invalid: the feeder could not keep the schedule".to_owned());
        }
    }
    doubts.extend(finished.problem().map(|problem| format!("invalid: {problem}")));
    doubts
}
