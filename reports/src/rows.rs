//! What stands side by side: one row a quantity, and the check that limits it.

use compare::{
    Check, Feeder, Ledger, Measure, MetricComparison, OrderStats, Orders, RatioResult, Results, Timings,
    Unit, VersionResult, VersionTimings,
};

use crate::format::{NONE, rate, ratio_digits};
use crate::format::{
    count, counted, duration, ends, fixed, in_unit, increase, interval, per_record, percent, plain,
};
use crate::headline::checks;

/// One cell: a value, and a smaller second line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub main: String,
    pub sub: String,
}

/// One row of the table.
#[derive(Debug, Default)]
pub(crate) struct Row<'a> {
    pub label: String,
    pub reference: Cell,
    pub stable: Cell,
    pub candidate: Cell,
    pub check: Option<&'a Check>,
}

/// The rows in groups: cost, records, time. Each check of both verdicts stands in exactly one row.
pub(crate) fn groups<'a>(results: &'a Results, timings: &'a Timings) -> Vec<Vec<Row<'a>>> {
    let mut open: Vec<&Check> = checks(results, timings).collect();
    let mut groups =
        vec![cost_rows(results, &mut open), record_rows(results, &mut open), time_rows(timings, &mut open)];
    // What is left speaks of trust: it goes first.
    groups.insert(0, open.into_iter().map(bare_row).collect());
    groups.retain(|rows| !rows.is_empty());
    groups
}

/// Takes the first check of that name out of those that have no row yet.
fn take<'a>(open: &mut Vec<&'a Check>, name: &str) -> Option<&'a Check> {
    open.iter().position(|check| check.name == name).map(|at| open.remove(at))
}

fn cell(main: impl Into<String>) -> Cell {
    Cell { main: main.into(), sub: String::new() }
}

fn cost_rows<'a>(results: &'a Results, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let reference = &results.reference;
    let optimum = interval(&count(reference.lower_bound), &count(reference.upper_bound));
    let digits = ratio_digits(reference.lower_bound);
    let [stable, candidate] = both(results, |version| ratio(&version.competitive_ratio, digits));
    let mut rows = vec![
        Row {
            label: results.cost_unit.clone(),
            reference: cell(optimum),
            stable: cell(count(results.stable.cost)),
            candidate: cell(count(results.candidate.cost)),
            check: None,
        },
        Row {
            label: "competitive ratio".to_owned(),
            reference: cell("1"),
            stable,
            candidate,
            check: take(open, "competitive_ratio"),
        },
    ];
    rows.extend(proven_row(results, "proven for any input, asymptotic", asymptotic));
    rows.extend(proven_row(results, "proven for any input, absolute", absolute));
    rows.extend(take(open, "competitive_ratio_increase").map(|check| against("cost against stable", check)));
    if let Some(orders) = &results.orders {
        rows.push(order_row(orders, digits));
        rows.push(increase_row(orders, take(open, "competitive_ratio_increase_over_orders")));
    }
    rows
}

fn both(results: &Results, cell: impl Fn(&VersionResult) -> Cell) -> [Cell; 2] {
    [cell(&results.stable), cell(&results.candidate)]
}

fn ratio(ratio: &RatioResult, digits: usize) -> Cell {
    cell(interval(&fixed(ratio.low, digits), &fixed(ratio.high, digits)))
}

fn proven_row<'a>(
    results: &Results,
    label: &str,
    proven: fn(&RatioResult, &str) -> Option<Cell>,
) -> Option<Row<'a>> {
    let [stable, candidate] =
        [&results.stable, &results.candidate].map(|v| proven(&v.competitive_ratio, &results.cost_unit));
    if stable.is_none() && candidate.is_none() {
        return None;
    }
    let [stable, candidate] = [stable, candidate].map(|proven| proven.unwrap_or_else(|| cell(NONE)));
    Some(Row { label: label.to_owned(), stable, candidate, ..Row::default() })
}

fn asymptotic(ratio: &RatioResult, unit: &str) -> Option<Cell> {
    let constant = ratio.proven_constant.filter(|&constant| constant > 0);
    let sub = constant.map_or(String::new(), |constant| format!("plus {}", counted(constant, unit)));
    ratio.proven.map(|proven| Cell { main: fixed_proven(proven), sub })
}

fn absolute(ratio: &RatioResult, _unit: &str) -> Option<Cell> {
    ratio.proven_absolute.map(|proven| cell(fixed_proven(proven)))
}

/// A proven ratio is exact: as many decimals as tell it, four at most.
fn fixed_proven(value: f64) -> String {
    plain((value * 1e4).round() / 1e4)
}

fn order_row<'a>(orders: &Orders, digits: usize) -> Row<'a> {
    let stats = |stats: &OrderStats| Cell {
        main: format!("{} ({})", fixed(stats.mean.value, digits), fixed(stats.worst, digits)),
        sub: ends(&stats.mean, |end| fixed(end, digits)),
    };
    Row {
        label: format!(
            "over {} orders: mean (worst), {} interval of the mean",
            count(orders.count),
            percent(orders.confidence),
        ),
        stable: stats(&orders.stable),
        candidate: stats(&orders.candidate),
        ..Row::default()
    }
}

/// Candidate against stable in cost, order by order.
fn increase_row<'a>(orders: &Orders, check: Option<&'a Check>) -> Row<'a> {
    Row {
        label: format!("cost against stable over these orders, {} interval", percent(orders.confidence)),
        candidate: Cell { main: increase(orders.increase.value), sub: ends(&orders.increase, increase) },
        check,
        ..Row::default()
    }
}

/// The candidate against stable, as the check found it.
fn against<'a>(label: &str, check: &'a Check) -> Row<'a> {
    let value = match check.unit {
        Unit::Share => increase(check.value),
        Unit::Ratio | Unit::Rows | Unit::Ns => in_unit(check.value, check.unit),
    };
    Row { label: label.to_owned(), candidate: cell(value), check: Some(check), ..Row::default() }
}

fn record_rows<'a>(results: &'a Results, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let [stable, candidate] = both(results, wrong);
    let [used_stable, used_candidate] = both(results, |version| used(&version.ledger));
    let [astray_stable, astray_candidate] = both(results, |version| astray(&version.ledger));
    vec![
        Row {
            label: "wrong rows of the answer".to_owned(),
            stable,
            candidate,
            check: take(open, "divergence"),
            ..Row::default()
        },
        Row {
            label: "records used".to_owned(),
            reference: cell(count(results.dataset.records)),
            stable: used_stable,
            candidate: used_candidate,
            ..Row::default()
        },
        Row {
            label: "lost, late, duplicate, rejected".to_owned(),
            stable: astray_stable,
            candidate: astray_candidate,
            ..Row::default()
        },
        decision_row(results, take(open, "decision_changes")),
    ]
}

fn wrong(version: &VersionResult) -> Cell {
    let rows = &version.divergence;
    let kinds = [(rows.missing, "missing"), (rows.extra, "extra"), (rows.changed, "changed")];
    let present: Vec<_> =
        kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{} {kind}", count(*n))).collect();
    Cell { main: count(rows.rows()), sub: present.join(", ") }
}

fn used(ledger: &Ledger) -> Cell {
    let sub = if ledger.balances() { String::new() } else { "does not add up".to_owned() };
    Cell { main: count(ledger.used), sub }
}

fn astray(ledger: &Ledger) -> Cell {
    cell([ledger.lost, ledger.late, ledger.duplicate, ledger.rejected].map(count).join(" · "))
}

fn decision_row<'a>(results: &Results, check: Option<&'a Check>) -> Row<'a> {
    let decisions = &results.decisions;
    let sub = decisions.first_different.map_or(String::new(), |at| format!("first at offset {}", count(at)));
    Row {
        label: "decisions unlike stable's".to_owned(),
        candidate: Cell { main: count(decisions.different), sub },
        check,
        ..Row::default()
    }
}

fn time_rows<'a>(timings: &'a Timings, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
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
        let ratio = &metric.ratio;
        Cell { main: relative(ratio.value), sub: ends(ratio, relative) }
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

/// A check that no quantity of the table stands for: its note says what was found.
fn bare_row(check: &Check) -> Row<'_> {
    Row { label: check.name.replace('_', " "), check: Some(check), ..Row::default() }
}
