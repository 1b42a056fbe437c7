//! The rows of a problem that answers with a table: the answer against the reference, records, work.

use compare::{Check, Ledger, Results, RowDifferences, TableSide, Tables};

use super::{Cell, Row, cell, take};
use crate::differences::kinds;
use crate::format::{count, in_unit};
use crate::ledger::NO_WINDOW;

/// The answer, what became of the records, and what it took.
pub(super) fn groups<'a>(
    results: &'a Results,
    tables: &Tables<'a>,
    open: &mut Vec<&'a Check>,
) -> Vec<Vec<Row<'a>>> {
    vec![answer_rows(results, tables, open), record_rows(tables, open), work_rows(tables)]
}

fn answer_rows<'a>(results: &Results, tables: &Tables<'a>, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let found = |label: &str, rows: fn(&RowDifferences) -> u64| {
        both(tables, label, |side| count(rows(&side.table.divergence)))
    };
    let mut rows = vec![
        Row {
            reference: cell(count(results.reference.rows)),
            ..both(tables, "rows of the answer", |side| count(side.table.rows))
        },
        found("equal to the reference\u{2019}s", |found| found.equal),
        found("changed", |found| found.changed),
        found("missing", |found| found.missing),
        found("extra", |found| found.extra.saturating_sub(found.superseded)),
    ];
    if [tables.stable, tables.candidate].iter().any(|side| side.table.divergence.superseded > 0) {
        rows.push(both(tables, "rows of sessions that merged later", |side| {
            count(side.table.divergence.superseded)
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
    rows.push(change_row(tables, take(open, "decision_changes")));
    rows
}

fn change_row<'a>(tables: &Tables<'_>, check: Option<&'a Check>) -> Row<'a> {
    let changes = &tables.changes.rows;
    let from = tables.changes.parting.as_ref().map(|at| format!(", from offset {} on", count(at.record)));
    let sub =
        if changes.differing() == 0 { String::new() } else { kinds(changes) + &from.unwrap_or_default() };
    Row {
        label: "rows unlike stable\u{2019}s".to_owned(),
        candidate: Cell { main: count(changes.differing()), sub },
        check,
        ..Row::default()
    }
}

fn record_rows<'a>(tables: &Tables<'_>, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    /// The row's label, the check that may stand in it, and its number.
    type Part = (&'static str, Option<&'static str>, fn(&Ledger) -> u64);
    let kinds: [Part; 7] = [
        ("late", Some("late"), |ledger| ledger.late),
        ("not emitted", Some("not_emitted"), |ledger| ledger.not_emitted),
        ("duplicate", None, |ledger| ledger.duplicate),
        ("rejected", Some("rejected"), |ledger| ledger.rejected),
        (NO_WINDOW, Some("no_window"), |ledger| ledger.no_window),
        ("lost", None, |ledger| ledger.lost),
        ("left out: all but used and duplicate", Some("left_out"), Ledger::left_out),
    ];
    let used = |TableSide { version, .. }: TableSide<'_>| {
        let sub = if version.ledger.balances() { String::new() } else { "does not add up".to_owned() };
        if version.ledger.untold > 0 {
            return Cell { main: "not told".to_owned(), sub };
        }
        Cell { main: count(version.ledger.used), sub }
    };
    let mut rows = vec![Row {
        label: "records used".to_owned(),
        stable: used(tables.stable),
        candidate: used(tables.candidate),
        ..Row::default()
    }];
    if !tables.are_told() {
        rows.clear();
    }
    for (label, check, of) in kinds.into_iter().filter(|_| tables.are_told()) {
        let row = both(tables, label, |side| told(side, of));
        rows.push(Row { check: check.and_then(|name| take(open, name)), ..row });
    }
    let has = |of: fn(&Ledger) -> u64| {
        [tables.stable, tables.candidate].iter().any(|side| of(&side.version.ledger) > 0)
    };
    if tables.stable.table.not_emitted.max(tables.candidate.table.not_emitted) > 0 {
        rows.push(both(tables, "rows never given out", |side| count(side.table.not_emitted)));
    }
    if has(|ledger| ledger.superseded_rows) {
        rows.push(both(tables, "counted again in rows of sessions that merged later", |side| {
            count(side.version.ledger.superseded_records)
        }));
    }
    if has(|ledger| ledger.repeated) {
        rows.push(both(tables, "repeated", |side| count(side.version.ledger.repeated)));
    }
    rows
}

/// A number of the ledger, where the version tells it.
fn told(side: TableSide<'_>, of: fn(&Ledger) -> u64) -> String {
    told_by(side, || count(of(&side.version.ledger)))
}

/// Returns what only a version that tells of its records can say.
fn told_by(side: TableSide<'_>, say: impl FnOnce() -> String) -> String {
    if side.version.ledger.untold > 0 { "not told".to_owned() } else { say() }
}

fn work_rows<'a>(tables: &Tables<'_>) -> Vec<Row<'a>> {
    if !tables.are_told() {
        return vec![both(tables, "rows given out", |side| count(side.table.firings))];
    }
    vec![
        both(tables, "pairs of a record and a window, dropped late", |side| {
            told_by(side, || count(side.table.late_pairs))
        }),
        both(tables, "firings: rows emitted", |side| count(side.table.firings)),
        both(tables, "micro-batches", |side| {
            told_by(side, || match side.table.batches {
                0 => "none".to_owned(),
                batches => count(batches),
            })
        }),
        both(tables, "entries of the state, at most", |side| told_by(side, || count(side.table.state_peak))),
    ]
}

fn both<'a>(tables: &Tables<'_>, label: &str, value: impl Fn(TableSide<'_>) -> String) -> Row<'a> {
    Row {
        label: label.to_owned(),
        stable: cell(value(tables.stable)),
        candidate: cell(value(tables.candidate)),
        ..Row::default()
    }
}
