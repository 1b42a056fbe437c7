//! How long records take: the rows that every kind of problem has.

use compare::{Check, Estimate, Feeder, Measure, MetricComparison, Timings, VersionTimings};

use super::{Cell, Row, against, cell, take};
use crate::format::{count, duration, ends, increase, per_record, percent, rate};

pub(super) fn time_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let mut rows = vec![Row {
        label: "time per record inside the job, mean".to_owned(),
        stable: speed(&timings.stable),
        candidate: speed(&timings.candidate),
        ..Row::default()
    }];
    rows.extend(comparison_rows(timings, open));
    if timings.measure == Measure::FromDueTime {
        rows.push(latency_row(timings, "latency from the due time, median", |v| duration(v.latency_ns.p50)));
        let p99 = latency_row(timings, "99 % within", |v| duration(v.latency_ns.p99));
        rows.push(Row { check: take(open, "latency_p99"), ..p99 });
        rows.push(latency_row(timings, "99.9 % within", |v| duration(v.latency_ns.p99_9)));
        rows.push(latency_row(timings, "longest", |v| duration(v.latency_ns.max)));
    } else {
        rows.extend(take(open, "latency_p99").map(|check| against("99 % within", check)));
    }
    if let Some(feeder) = &timings.feeder {
        rows.extend(take(open, "feeder").map(|check| feeder_row(feeder, check)));
    }
    rows
}

fn speed(version: &VersionTimings) -> Cell {
    let per_second = version.records_per_second;
    let sub = if per_second > 0.0 { format!("{}/s", rate(per_second)) } else { String::new() };
    Cell { main: per_record(per_second), sub }
}

fn latency_row<'a>(timings: &Timings, label: &str, value: fn(&VersionTimings) -> String) -> Row<'a> {
    Row {
        label: label.to_owned(),
        stable: cell(value(&timings.stable)),
        candidate: cell(value(&timings.candidate)),
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
    let pairs = comparison.metrics.iter().zip(&comparison.control);
    pairs
        .map(|(metric, control)| {
            let seen = metric.smallest_effect.map_or(String::new(), |effect| {
                format!("; {} and more would have been seen", increase(effect))
            });
            Row {
                label: format!(
                    "{} against stable, {confidence} interval over {replicates} replicates{seen}",
                    metric_label(&metric.metric, timings.measure),
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
