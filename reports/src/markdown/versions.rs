//! Describes what was compared, side by side.

use compare::{CostResult, Costs, Ledger, ReferenceResult, Results, TableSide, Tables, Timings};

use super::text::{code, table, text};
use crate::crashes::{BRIEF, brief};
use crate::differences::{Against, kinds, parting, sentences};
use crate::explanation::why as why_rows_differ;
use crate::format::{NONE, amplified, count, fixed, interval, ratio_digits};
use crate::ledger::reasons;
use crate::speed::speeds;

/// As many differing rows are shown: the page has more.
const MOST_ROWS: usize = 5;

/// The two versions side by side.
pub(super) fn version_table(results: &Results, timings: &Timings) -> String {
    let [stable, candidate] = results.jobs();
    let mut rows = vec![["job".to_owned(), code(stable), code(candidate)]];
    rows.extend(results.costs().into_iter().flat_map(|costs| cost_rows(results, &costs)));
    rows.extend(results.tables().into_iter().flat_map(|tables| answer_rows(&tables)));
    rows.extend(crash_rows(results));
    rows.extend(speeds(timings));
    table(["", "stable", "candidate"], rows)
}

fn cost_rows(results: &Results, costs: &Costs<'_>) -> Vec<[String; 3]> {
    let digits = ratio_digits(costs.bounds.lower);
    let row = |label: String, cell: &dyn Fn(&CostResult) -> String| {
        [label, cell(costs.stable), cell(costs.candidate)]
    };
    let ratio = |cost: &CostResult| {
        let ratio = &cost.competitive_ratio;
        interval(&fixed(ratio.low, digits), &fixed(ratio.high, digits))
    };
    let mut rows =
        vec![row(text(costs.unit), &|cost| count(cost.value)), row("competitive ratio".to_owned(), &ratio)];
    if let Some(orders) = &results.orders {
        let over = |mean: f64, worst: f64| format!("{} ({})", fixed(mean, digits), fixed(worst, digits));
        rows.push([
            format!("over {} orders: mean (worst)", count(orders.count)),
            over(orders.stable.mean.value, orders.stable.worst),
            over(orders.candidate.mean.value, orders.candidate.worst),
        ]);
    }
    rows
}

fn answer_rows(tables: &Tables<'_>) -> Vec<[String; 3]> {
    let row = |label: &str, cell: &dyn Fn(TableSide<'_>) -> String| {
        [label.to_owned(), cell(tables.stable), cell(tables.candidate)]
    };
    vec![
        row("rows of the answer", &|side| count(side.table.rows)),
        row("unlike the reference", &|side| kinds(&side.table.divergence)),
        row("records left out", &|side| left_out(&side.version.ledger)),
        row("rows emitted", &|side| count(side.table.firings)),
    ]
}

/// Returns what crashes did, where any was asked for.
fn crash_rows(results: &Results) -> Vec<[String; 3]> {
    let brief = [&results.stable, &results.candidate].map(|version| version.recovery.as_ref().map(brief));
    let names = BRIEF.iter().enumerate().filter(|_| brief.iter().any(Option::is_some));
    let row = |(index, name): (usize, &&str)| {
        let cell = |side: &Option<[String; 5]>| side.as_ref().map_or(NONE.to_owned(), |of| text(&of[index]));
        [(*name).to_owned(), cell(&brief[0]), cell(&brief[1])]
    };
    names.map(row).collect()
}

fn left_out(ledger: &Ledger) -> String {
    let reasons = reasons(ledger);
    if reasons.is_empty() { "none".to_owned() } else { reasons }
}

/// The first rows that differ, where any does.
pub(super) fn differing_rows(results: &Results) -> String {
    let Some(tables) = results.tables() else { return String::new() };
    let candidate = &tables.candidate.table.divergence;
    let rows = sentences(&tables, Against::Reference, MOST_ROWS);
    if rows.is_empty() {
        return String::new();
    }
    let heading = format!("### Rows that differ ({} of {})", rows.len(), count(candidate.differing()));
    let lines: Vec<String> = rows.iter().map(|row| format!("- {}", text(row))).collect();
    let parting = parting(&tables).map_or(String::new(), |sentence| format!("\n\n{}", text(&sentence)));
    let why = why_rows_differ(results).map_or(String::new(), |why| format!("\n\nWhy: {}.", text(&why)));
    format!("{heading}\n\n{}{parting}{why}", lines.join("\n"))
}

/// The data, the order and the reference, in sentences.
pub(super) fn subject(results: &Results, timings: &Timings) -> String {
    let (dataset, replay) = (&results.dataset, &results.replay);
    // On each record is what jobs do unless told otherwise.
    let trigger = match replay.trigger.as_str() {
        "record" => String::new(),
        other => format!(", trigger {}", code(other)),
    };
    let amplified = amplified(results).map_or(String::new(), |amplified| format!(" ({amplified})"));
    format!(
        "Problem {}, dataset {}, {} records{amplified}, BLAKE3 {}; order {}, seed {}, pace {}{trigger}. {}",
        code(&results.problem),
        code(&dataset.name),
        count(dataset.records),
        code(&dataset.blake3),
        code(&replay.order),
        replay.seed,
        code(&timings.pace),
        reference(results),
    )
}

fn reference(results: &Results) -> String {
    let ReferenceResult { job, rows, .. } = &results.reference;
    match results.costs() {
        Some(Costs { bounds, unit, .. }) => {
            format!("The optimum: {} {}.", interval(&count(bounds.lower), &count(bounds.upper)), text(unit))
        }
        None => format!("Rows of the reference {}: {}.", code(job), count(*rows)),
    }
}
