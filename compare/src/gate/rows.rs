//! The checks of tables: rows against the reference's and stable's, and the records that are in none.

use super::{Accuracy, Limits};
use crate::{
    Amount, Check, Ledger, Outcome, Regressions, RowDifferences, Unit,
    amount::Affected,
    words::{are, differ},
};

/// The checks that limits ask for.
///
/// A streaming job may drop what comes late, so rows that differ from the reference are no fault in themselves. Without
/// a limit on them, none may be worse than stable's.
pub(super) fn checks(
    limits: &Limits,
    seen: &Accuracy<'_>,
    changes: &RowDifferences,
    regressions: &Regressions,
) -> Vec<Check> {
    let mut checks = rows_that_differ(limits, seen, changes, regressions);
    checks.extend(records_left_out(limits, &seen.candidate.ledger));
    checks
}

/// Limits that decisions can't be held against.
pub(super) fn not_of_decisions(limits: &Limits) -> impl Iterator<Item = Check> {
    let tables = [
        ("divergence_increase", Unit::Rows, limits.divergence_increase),
        ("late", Unit::Records, limits.late),
        ("not_emitted", Unit::Records, limits.not_emitted),
        ("rejected", Unit::Records, limits.rejected),
        ("no_window", Unit::Records, limits.no_window),
        ("left_out", Unit::Records, limits.left_out),
    ];
    tables.into_iter().filter_map(|(name, unit, limit)| {
        let why = "only an answer that is a table can be held against it";
        Some(limit?.judged(
            name,
            Affected { unit, found: 0, whole: 0 },
            Outcome::Inconclusive,
            why.to_owned(),
        ))
    })
}

/// The answers against the reference, and against each other.
fn rows_that_differ(
    limits: &Limits,
    seen: &Accuracy<'_>,
    changes: &RowDifferences,
    regressions: &Regressions,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let rows = seen.candidate.table().map_or(0, |side| side.table.divergence.of_left());
    let wrong = [seen.stable, seen.candidate].map(|version| version.divergence().rows());
    let [_, candidate] = wrong;
    if let Some(limit) = limits.divergence {
        let note = format!("{} the reference", differ(candidate, "rows of the candidate's answer"));
        checks.push(limit.check(
            "divergence",
            Affected { unit: Unit::Rows, found: candidate, whole: rows },
            note,
        ));
    }
    let increase = limits.divergence_increase.or(limits.divergence.is_none().then_some(Amount::Count(0)));
    if let Some(limit) = increase {
        let note = worse(regressions, wrong);
        checks.push(limit.check(
            "divergence_increase",
            Affected { unit: Unit::Rows, found: regressions.rows, whole: rows },
            note,
        ));
    }
    if let Some(limit) = limits.decision_changes {
        let changed = changes.differing();
        let note = format!("{} stable's", differ(changed, "rows of the candidate's answer"));
        checks.push(limit.check(
            "decision_changes",
            Affected { unit: Unit::Rows, found: changed, whole: changes.of_left() },
            note,
        ));
    }
    checks
}

/// The candidate's records that are in no row, by the reason.
fn records_left_out(limits: &Limits, ledger: &Ledger) -> impl Iterator<Item = Check> {
    let kinds = [
        ("late", limits.late, ledger.late, "are dropped for coming late"),
        ("not_emitted", limits.not_emitted, ledger.not_emitted, "are in no row when the input ends"),
        ("rejected", limits.rejected, ledger.rejected, "are refused for what they hold"),
        ("no_window", limits.no_window, ledger.no_window, "lie in none of the windows"),
        ("left_out", limits.left_out, ledger.left_out(), "are in no row, for whatever reason"),
    ];
    let all = ledger.records;
    kinds.into_iter().filter_map(move |(name, limit, found, why)| {
        let note = format!("{found} of the candidate's records {why}");
        Some(limit?.check(name, Affected { unit: Unit::Records, found, whole: all }, note))
    })
}

/// Returns what got worse, where, and beside how much that is wrong.
fn worse(regressions: &Regressions, [stable, candidate]: [u64; 2]) -> String {
    let wrong = format!(
        "{} the reference, {stable} of stable's",
        differ(candidate, "rows of the candidate's answer")
    );
    let Regressions { rows, by_column, first, wrong_in_both: _ } = regressions;
    let Some(first) = first else { return format!("no row is worse than stable's; {wrong}") };
    let columns: Vec<String> = by_column.iter().map(|(column, rows)| format!("{column} {rows}")).collect();
    let first = first.join(",");
    format!(
        "{} worse than stable's ({}), the first of key '{}'; {wrong}",
        are(*rows, "rows"),
        columns.join(", "),
        datasets::shown(&first)
    )
}
