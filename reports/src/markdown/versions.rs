//! What was compared, side by side.

use compare::{AnyResults, Ledger, Results, TableResults, TableVersion, Timings, VersionResult};

use super::text::{code, table, text};
use crate::crashes::{BRIEF, brief};
use crate::differences::{kinds, sentences};
use crate::format::{NONE, count, fixed, interval, ratio_digits};
use crate::ledger::reasons;
use crate::speed::speeds;

/// As many differing rows are shown: the page has more.
const MOST_ROWS: usize = 5;

/// The two versions side by side.
pub(super) fn version_table(results: &AnyResults, timings: &Timings) -> String {
    let mut rows = match results {
        AnyResults::Cost(results) => cost_rows(results),
        AnyResults::Table(results) => answer_rows(results),
    };
    rows.extend(speeds(timings));
    table(["", "stable", "candidate"], rows)
}

fn cost_rows(results: &Results) -> Vec<[String; 3]> {
    let digits = ratio_digits(results.reference.lower_bound);
    let versions = [&results.stable, &results.candidate];
    let row = |label: String, cell: &dyn Fn(&VersionResult) -> String| {
        [label, cell(versions[0]), cell(versions[1])]
    };
    let ratio = |version: &VersionResult| {
        let ratio = &version.competitive_ratio;
        interval(&fixed(ratio.low, digits), &fixed(ratio.high, digits))
    };
    let mut rows = vec![
        row("job".to_owned(), &|version| code(&version.job)),
        row(text(&results.cost_unit), &|version| count(version.cost)),
        row("competitive ratio".to_owned(), &ratio),
    ];
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

fn answer_rows(results: &TableResults) -> Vec<[String; 3]> {
    let versions = [&results.stable, &results.candidate];
    let row = |label: &str, cell: &dyn Fn(&TableVersion) -> String| {
        [label.to_owned(), cell(versions[0]), cell(versions[1])]
    };
    let mut rows = vec![
        row("job", &|version| code(&version.job)),
        row("rows of the answer", &|version| count(version.rows)),
        row("unlike the reference", &|version| kinds(&version.divergence)),
        row("records left out", &|version| left_out(&version.ledger)),
        row("rows emitted", &|version| count(version.firings)),
    ];
    let brief = versions.map(|version| version.recovery.as_ref().map(brief));
    for (index, name) in BRIEF.iter().enumerate().filter(|_| brief.iter().any(Option::is_some)) {
        let cell = |side: &Option<[String; 5]>| side.as_ref().map_or(NONE.to_owned(), |of| text(&of[index]));
        rows.push([(*name).to_owned(), cell(&brief[0]), cell(&brief[1])]);
    }
    rows
}

fn left_out(ledger: &Ledger) -> String {
    let reasons = reasons(ledger);
    if reasons.is_empty() { "none".to_owned() } else { reasons }
}

/// The first rows that differ, where any does.
pub(super) fn differing_rows(results: &AnyResults) -> String {
    let AnyResults::Table(results) = results else { return String::new() };
    let candidate = &results.candidate.divergence;
    let rows = sentences(candidate, "the reference", "the candidate", MOST_ROWS);
    if rows.is_empty() {
        return String::new();
    }
    let heading = format!("### Rows that differ ({} of {})", rows.len(), count(candidate.differing()));
    let lines: Vec<String> = rows.iter().map(|row| format!("- {}", text(row))).collect();
    format!("{heading}\n\n{}", lines.join("\n"))
}

/// The data, the order and the reference, in sentences.
pub(super) fn subject(results: &AnyResults, timings: &Timings) -> String {
    let (dataset, replay) = (results.dataset(), results.replay());
    // On each record is what jobs do unless told otherwise.
    let trigger = match replay.trigger.as_str() {
        "record" => String::new(),
        other => format!(", trigger {}", code(other)),
    };
    format!(
        "Problem {}, dataset {}, {} records, BLAKE3 {}; order {}, seed {}, pace {}{trigger}. {}",
        code(results.problem()),
        code(&dataset.name),
        count(dataset.records),
        code(&dataset.blake3),
        code(&replay.order),
        replay.seed,
        code(&timings.pace),
        reference(results),
    )
}

fn reference(results: &AnyResults) -> String {
    match results {
        AnyResults::Cost(results) => {
            let (low, high) = (results.reference.lower_bound, results.reference.upper_bound);
            format!("The optimum: {} {}.", interval(&count(low), &count(high)), text(&results.cost_unit))
        }
        AnyResults::Table(results) => {
            format!(
                "Rows of the reference {}: {}.",
                code(&results.reference.job),
                count(results.reference.rows)
            )
        }
    }
}
