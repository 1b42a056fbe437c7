//! The rows of decisions: those that are wrong, the records, and what changed from stable to the candidate.

use compare::{Check, DecisionChanges, Ledger, Results, VersionResult};

use super::{Cell, Row, cell, take};
use crate::format::count;

pub(super) fn rows<'a>(
    results: &'a Results,
    changes: &DecisionChanges,
    open: &mut Vec<&'a Check>,
) -> Vec<Row<'a>> {
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
            reference: cell(count(results.fed())),
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
    rows.extend(not_emitted_row(results));
    rows.push(decision_row(changes, take(open, "decision_changes")));
    rows
}

/// Decisions that were never taken because the input ended before their batch was full; most jobs know none.
fn not_emitted_row<'a>(results: &Results) -> Option<Row<'a>> {
    let (stable, candidate) = (results.stable.ledger.not_emitted, results.candidate.ledger.not_emitted);
    (stable + candidate > 0).then(|| Row {
        label: "not emitted".to_owned(),
        stable: cell(count(stable)),
        candidate: cell(count(candidate)),
        ..Row::default()
    })
}

fn wrong(version: &VersionResult) -> Cell {
    let rows = version.divergence();
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

fn decision_row<'a>(decisions: &DecisionChanges, check: Option<&'a Check>) -> Row<'a> {
    let sub = decisions.first_different.map_or(String::new(), |at| format!("first at offset {}", count(at)));
    Row {
        label: "decisions unlike stable's".to_owned(),
        candidate: Cell { main: count(decisions.different), sub },
        check,
        ..Row::default()
    }
}

fn both(results: &Results, cell: impl Fn(&VersionResult) -> Cell) -> [Cell; 2] {
    [cell(&results.stable), cell(&results.candidate)]
}
