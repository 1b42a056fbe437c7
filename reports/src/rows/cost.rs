//! The rows of a problem with a cost: cost, bounds and proofs, then records.

use compare::{Check, Ledger, OrderStats, Orders, RatioResult, Results, VersionResult};

use super::{Cell, Row, against, cell, take};
use crate::format::{NONE, count, counted, ends, fixed, increase, interval, percent, plain, ratio_digits};

/// Cost, then records.
pub(super) fn groups<'a>(results: &'a Results, open: &mut Vec<&'a Check>) -> Vec<Vec<Row<'a>>> {
    vec![cost_rows(results, open), record_rows(results, open)]
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

fn record_rows<'a>(results: &'a Results, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let [stable, candidate] = both(results, wrong);
    let [used_stable, used_candidate] = both(results, |version| used(&version.ledger));
    let [astray_stable, astray_candidate] = both(results, |version| astray(&version.ledger));
    let mut rows = vec![
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
    ];
    rows.extend(unfired_row(results));
    rows.push(decision_row(results, take(open, "decision_changes")));
    rows
}

/// Decisions that were never taken because the input ended before their batch was full; most jobs know none.
fn unfired_row<'a>(results: &Results) -> Option<Row<'a>> {
    let (stable, candidate) = (results.stable.ledger.unfired, results.candidate.ledger.unfired);
    (stable + candidate > 0).then(|| Row {
        label: "unfired".to_owned(),
        stable: cell(count(stable)),
        candidate: cell(count(candidate)),
        ..Row::default()
    })
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
