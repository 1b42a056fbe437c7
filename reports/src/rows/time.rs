//! Describes how long records take: the rows that every kind of problem has.

use compare::{
    Basis, Check, Estimate, Feeder, Figure, Measure, MetricComparison, Quantity, Timings, VersionTimings,
};

use super::{Cell, Row, against, take};
use crate::format::{count, duration, ends, increase, percent, rate, shorten};
use crate::speed::{
    between, compared_throughput, emits, emitted_rows, labelled, null_job_rows, per_second, throughput_label,
    with_interval, work_label,
};

/// Bounds a reason: a cell is no document.
const MOST_CHARS: usize = 120;

pub(super) fn time_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = throughput_rows(timings, open);
    rows.extend(emitted_rows(timings).into_iter().map(emitted_row));
    let work = timings.speed.work().filter(|_| !emits(timings));
    rows.extend(work.map(|work| work_row(timings, work)));
    let mut nothing = null_job_rows(timings).into_iter().map(emitted_row);
    rows.extend(nothing.next().map(|row| with_reasons(timings, row)));
    rows.extend(nothing);
    rows.extend(comparison_rows(timings, open));
    match timings.measure {
        Measure::FromDueTime => rows.extend(latency_rows(timings, open)),
        Measure::ServiceTimeByChunk => {
            rows.extend(take(open, "latency_p99").map(|check| against("99 % within", check)));
        }
    }
    if let Some(feeder) = &timings.feeder {
        rows.extend(take(open, "feeder").map(|check| feeder_row(feeder, check)));
    }
    rows
}

/// Records a second over whole replays: the rates, then the candidate's against stable's, beside stable against itself.
fn throughput_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let check = take(open, "throughput_decrease");
    let Some((throughput, sides)) = compared_throughput(timings) else {
        return check.map(|check| against("fewer records a second", check)).into_iter().collect();
    };
    let per_second = |value: f64| format!("{}/s", rate(value));
    let relative = |times: f64| increase(times - 1.0);
    let [stable, candidate] =
        sides.map(|side| Cell { main: per_second(side.value), sub: ends(&side, per_second) });
    let of = |ratio: Option<Estimate>| {
        ratio.map_or_else(Cell::default, |ratio| Cell {
            main: relative(ratio.value),
            sub: ends(&ratio, relative),
        })
    };
    let seen = throughput.smallest_effect.map_or(String::new(), |effect| {
        format!("; a decrease of {} and more would have been seen", percent(effect))
    });
    vec![
        Row { label: throughput_label(throughput), stable, candidate, ..Row::default() },
        Row {
            label: format!("records a second against stable{seen}"),
            stable: of(throughput.control),
            candidate: of(throughput.ratio),
            check,
            ..Row::default()
        },
    ]
}

fn emitted_row<'a>([label, stable, candidate]: [String; 3]) -> Row<'a> {
    let cell = |main| Cell { main, sub: String::new() };
    Row { label, stable: cell(stable), candidate: cell(candidate), ..Row::default() }
}

/// Says why a job that does nothing wasn't timed, where it wasn't.
fn with_reasons<'a>(timings: &Timings, row: Row<'a>) -> Row<'a> {
    let why = |version: &VersionTimings, cell: Cell| {
        let skipped = version.null_job.as_ref().and_then(|null| null.skipped.as_deref());
        Cell { sub: skipped.map_or(cell.sub, |why| shorten(why, MOST_CHARS)), ..cell }
    };
    Row { stable: why(&timings.stable, row.stable), candidate: why(&timings.candidate, row.candidate), ..row }
}

/// One number of each version, as a time and as a rate.
fn work_row<'a>(timings: &Timings, work: &Quantity) -> Row<'a> {
    let side = |time: Figure| Cell { main: with_interval(time), sub: per_second(time) };
    Row {
        label: labelled(work_label(work), timings),
        stable: side(work.stable_ns),
        candidate: side(work.candidate_ns),
        ..Row::default()
    }
}

/// Latency from the due time, as far as the samples carry its percentiles. Where the comparison speaks, the percentile
/// that is judged in the whole replay stands alone: two measurements of one number would differ.
fn latency_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let mut judged = take(open, "latency_p99");
    let is_compared = timings.speed.basis == Basis::Compared;
    let shown = [
        ("p50", "latency from the due time, median"),
        ("p99", "99 % within"),
        ("p99.9", "99.9 % within"),
        ("max", "longest"),
    ];
    let mut rows = Vec::new();
    for (metric, label) in shown {
        let check = if metric == "p99" { judged.take() } else { None };
        if let Some(check) = check.filter(|_| is_compared) {
            rows.push(against("99 % within, the whole replay", check));
        } else if let Some(quantity) = timings.speed.quantity(metric) {
            rows.push(latency_row(timings, label, quantity, check));
        } else if let Some(check) = check {
            rows.push(against(label, check));
        }
    }
    rows
}

fn latency_row<'a>(timings: &Timings, label: &str, quantity: &Quantity, check: Option<&'a Check>) -> Row<'a> {
    let side = |time: Figure| Cell { main: duration(time.value), sub: between(time) };
    Row {
        label: labelled(label, timings),
        stable: side(quantity.stable_ns),
        candidate: side(quantity.candidate_ns),
        check,
        ..Row::default()
    }
}

/// Candidate against stable in time, a row for each metric; stable against itself stands beside it.
fn comparison_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let Some(comparison) = &timings.comparison else { return Vec::new() };
    let relative = |times: f64| increase(times - 1.0);
    let against = |metric: &MetricComparison| {
        let of = |ratio: Estimate| Cell { main: relative(ratio.value), sub: ends(&ratio, relative) };
        metric.ratio.map_or_else(Cell::default, of)
    };
    let replicates = count(comparison.replicates);
    let confidence = percent(1.0 - 2.0 * comparison.error_rate);
    let basis = format!(", {confidence} interval over {replicates} replicates");
    let pairs = comparison.metrics.iter().zip(&comparison.control).enumerate();
    pairs
        .map(|(index, (metric, control))| {
            let seen = metric.smallest_effect.map_or(String::new(), |effect| {
                format!("; {} and more would have been seen", increase(effect))
            });
            Row {
                label: format!(
                    "{} against stable{}{seen}",
                    metric_label(&metric.metric, timings.measure),
                    // Once is enough.
                    if index == 0 { &basis } else { "" },
                ),
                stable: against(control),
                candidate: against(metric),
                check: take(open, &format!("latency_increase_{}", metric.metric)),
                ..Row::default()
            }
        })
        .collect()
}

fn metric_label(metric: &str, measure: Measure) -> String {
    let what = match measure {
        Measure::ServiceTimeByChunk => "time per record",
        Measure::FromDueTime => "latency",
    };
    match metric {
        "mean" => "mean time per record".to_owned(),
        "max" => format!("longest {what}"),
        quantile => format!("{quantile} of the {what}"),
    }
}

fn feeder_row<'a>(feeder: &Feeder, check: &'a Check) -> Row<'a> {
    let label = format!("sent late by the feeder itself: {} of the records", percent(feeder.miss_share()));
    Row { label, check: Some(check), ..Row::default() }
}
