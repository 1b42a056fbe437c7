//! The rows of a problem that answers with a table: the answer against the reference, records, work.

use compare::{Check, Ledger, RowDifferences, TableResults, TableVersion};

use super::{Cell, Row, cell, take};
use crate::differences::kinds;
use crate::format::{count, in_unit};
use crate::guarantee::{GUARANTEE, kept};
use crate::ledger::NO_WINDOW;

/// The answer, what became of the records, and what it took.
pub(super) fn groups<'a>(results: &'a TableResults, open: &mut Vec<&'a Check>) -> Vec<Vec<Row<'a>>> {
    let (guarantees, answer) = (guarantee_rows(results, open), answer_rows(results, open));
    vec![guarantees, answer, record_rows(results, open), work_rows(results)]
}

fn answer_rows<'a>(results: &'a TableResults, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let found = |label: &str, rows: fn(&RowDifferences) -> u64| {
        both(results, label, |version| count(rows(&version.divergence)))
    };
    let mut rows = vec![
        Row {
            reference: cell(count(results.reference.rows)),
            ..both(results, "rows of the answer", |version| count(version.rows))
        },
        found("equal to the reference\u{2019}s", |found| found.equal),
        found("changed", |found| found.changed),
        found("missing", |found| found.missing),
        found("extra", |found| found.extra.saturating_sub(found.superseded)),
    ];
    if [&results.stable, &results.candidate].iter().any(|version| version.divergence.superseded > 0) {
        rows.push(both(results, "rows of sessions that merged later", |version| {
            count(version.divergence.superseded)
        }));
    }
    let checks =
        [("divergence", "changed, missing or extra"), ("divergence_increase", "worse than stable\u{2019}s")];
    for (name, label) in checks {
        rows.extend(take(open, name).map(|check| Row {
            label: label.to_owned(),
            candidate: cell(in_unit(check.value, check.unit)),
            check: Some(check),
            ..Row::default()
        }));
    }
    rows.push(change_row(results, take(open, "decision_changes")));
    rows
}

fn change_row<'a>(results: &TableResults, check: Option<&'a Check>) -> Row<'a> {
    let changes = &results.changes;
    let sub = if changes.differing() == 0 { String::new() } else { kinds(changes) };
    Row {
        label: "rows unlike stable\u{2019}s".to_owned(),
        candidate: Cell { main: count(changes.differing()), sub },
        check,
        ..Row::default()
    }
}

fn record_rows<'a>(results: &'a TableResults, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    /// The row's label, the check that may stand in it, and its number.
    type Part = (&'static str, Option<&'static str>, fn(&Ledger) -> u64);
    let kinds: [Part; 7] = [
        ("late", Some("late"), |ledger| ledger.late),
        ("unfired: not emitted", Some("not_emitted"), |ledger| ledger.unfired),
        ("duplicate", None, |ledger| ledger.duplicate),
        ("rejected", Some("rejected"), |ledger| ledger.rejected),
        (NO_WINDOW, Some("no_window"), |ledger| ledger.no_window),
        ("lost", None, |ledger| ledger.lost),
        ("left out: all but used and duplicate", Some("left_out"), Ledger::left_out),
    ];
    let used = |version: &TableVersion| {
        let sub = if version.ledger.balances() { String::new() } else { "does not add up".to_owned() };
        Cell { main: count(version.ledger.used), sub }
    };
    let mut rows = vec![Row {
        label: "records used".to_owned(),
        stable: used(&results.stable),
        candidate: used(&results.candidate),
        ..Row::default()
    }];
    for (label, check, of) in kinds {
        let row = both(results, label, |version| count(of(&version.ledger)));
        rows.push(Row { check: check.and_then(|name| take(open, name)), ..row });
    }
    let has = |of: fn(&Ledger) -> u64| {
        [&results.stable, &results.candidate].iter().any(|version| of(&version.ledger) > 0)
    };
    if has(|ledger| ledger.superseded_rows) {
        rows.push(both(results, "counted again in rows of sessions that merged later", |version| {
            count(version.ledger.superseded_records)
        }));
    }
    if has(|ledger| ledger.again) {
        rows.push(both(results, "repeated", |version| count(version.ledger.again)));
    }
    rows
}

/// Each version's guarantee, in the order of the checks: stable's first.
fn guarantee_rows<'a>(results: &'a TableResults, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let mut row = |version: &TableVersion| {
        let guarantee = version.recovery.as_ref()?.guarantee.to_string();
        take(open, GUARANTEE).map(|check| (Cell { main: kept(check).to_owned(), sub: guarantee }, check))
    };
    let (stable, candidate) = (row(&results.stable), row(&results.candidate));
    let label = |role: &str| format!("guarantee of {role}");
    let stable = stable.map(|(stable, check)| Row {
        label: label("stable"),
        stable,
        check: Some(check),
        ..Row::default()
    });
    let candidate = candidate.map(|(candidate, check)| Row {
        label: label("the candidate"),
        candidate,
        check: Some(check),
        ..Row::default()
    });
    stable.into_iter().chain(candidate).collect()
}

fn work_rows<'a>(results: &TableResults) -> Vec<Row<'a>> {
    vec![
        both(results, "pairs of a record and a window, dropped late", |version| count(version.late_pairs)),
        both(results, "firings: rows emitted", |version| count(version.firings)),
        both(results, "micro-batches", |version| match version.batches {
            0 => "none".to_owned(),
            batches => count(batches),
        }),
        both(results, "entries of the state, at most", |version| count(version.state_peak)),
    ]
}

fn both<'a>(results: &TableResults, label: &str, value: impl Fn(&TableVersion) -> String) -> Row<'a> {
    Row {
        label: label.to_owned(),
        stable: cell(value(&results.stable)),
        candidate: cell(value(&results.candidate)),
        ..Row::default()
    }
}
