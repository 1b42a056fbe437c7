//! The rows of a problem with a cost: cost, bounds and proofs.

use compare::{Check, CostResult, Costs, OrderStats, Orders, RatioResult, Results};

use super::{Cell, Row, against, cell, take};
use crate::format::{NONE, count, counted, ends, fixed, increase, interval, percent, plain, ratio_digits};

/// Returns what the answers cost, against the optimum, against what is proved and against each other.
pub(super) fn rows<'a>(results: &'a Results, costs: &Costs<'a>, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let bounds = costs.bounds;
    let optimum = interval(&count(bounds.lower), &count(bounds.upper));
    let digits = ratio_digits(bounds.lower);
    let [stable, candidate] = both(costs, |cost| ratio(&cost.competitive_ratio, digits));
    let mut rows = vec![
        Row {
            label: costs.unit.to_owned(),
            reference: cell(optimum),
            stable: cell(count(costs.stable.value)),
            candidate: cell(count(costs.candidate.value)),
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
    rows.extend(proven_row(costs, "proven for any input, asymptotic", asymptotic));
    rows.extend(proven_row(costs, "proven for any input, absolute", absolute));
    rows.extend(take(open, "competitive_ratio_increase").map(|check| against("cost against stable", check)));
    if let Some(orders) = &results.orders {
        rows.push(order_row(orders, digits));
        rows.push(increase_row(orders, take(open, "competitive_ratio_increase_over_orders")));
    }
    rows
}

fn both(costs: &Costs<'_>, cell: impl Fn(&CostResult) -> Cell) -> [Cell; 2] {
    [cell(costs.stable), cell(costs.candidate)]
}

fn ratio(ratio: &RatioResult, digits: usize) -> Cell {
    cell(interval(&fixed(ratio.low, digits), &fixed(ratio.high, digits)))
}

fn proven_row<'a>(
    costs: &Costs<'_>,
    label: &str,
    proven: fn(&RatioResult, &str) -> Option<Cell>,
) -> Option<Row<'a>> {
    let [stable, candidate] =
        [costs.stable, costs.candidate].map(|cost| proven(&cost.competitive_ratio, costs.unit));
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
