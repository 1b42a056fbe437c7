//! The accuracy checks of a problem that answers with a table.

use crate::{
    Amount, Check, Ledger, Limits, Outcome, Regressions, RowDifferences, TableVersion, Unit, Verdict,
    recovery::guarantee_check,
    verdict::{check, unjudged},
};

/// Everything that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct TableAccuracy<'a> {
    /// The version in service.
    pub stable: &'a TableVersion,
    /// The version that is to replace it.
    pub candidate: &'a TableVersion,
    /// The candidate's answer held against stable's.
    pub changes: &'a RowDifferences,
    /// Where the candidate's answer is worse than stable's.
    pub regressions: &'a Regressions,
}

/// Judges the answers. Exact: no statistics, the same every time.
///
/// A streaming job may drop what comes late, so rows that differ from the reference are no fault in themselves. Without
/// a limit on them, none may be worse than stable's.
pub fn table_verdict(limits: &Limits, seen: &TableAccuracy<'_>) -> Verdict {
    let mut checks = rows_that_differ(limits, seen);
    checks.extend(records_left_out(limits, &seen.candidate.ledger));
    for (role, version) in [("stable", seen.stable), ("candidate", seen.candidate)] {
        if let Some(recovery) = &version.recovery {
            checks.push(guarantee_check(role, recovery));
        }
        if !version.ledger.balances() {
            let note = format!("the {role} job's ledger does not balance: {:?}", version.ledger);
            let lost = version.ledger.lost as f64;
            checks.push(check("ledger", Unit::Records, 0.0, lost, Outcome::Invalid, note));
        }
    }
    let costs = [
        ("competitive_ratio", Unit::Ratio, limits.competitive_ratio),
        ("competitive_ratio_increase", Unit::Share, limits.competitive_ratio_increase),
    ];
    checks.extend(costs.into_iter().filter_map(|(name, unit, limit)| {
        Some(unjudged(name, unit, limit?, "this problem's answer has no cost"))
    }));
    Verdict::of(checks, Vec::new())
}

/// The answers against the reference, and against each other.
fn rows_that_differ(limits: &Limits, seen: &TableAccuracy<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let rows = seen.candidate.divergence.of_left();
    let [stable, candidate] = [seen.stable, seen.candidate].map(|version| version.divergence.differing());
    if let Some(limit) = limits.divergence {
        let note = format!("{candidate} rows of the candidate's answer differ from the reference");
        checks.push(limit.check("divergence", Unit::Rows, (candidate, rows), note));
    }
    let increase = limits.divergence_increase.or(limits.divergence.is_none().then_some(Amount::Count(0)));
    if let Some(limit) = increase {
        let note = worse(seen, [stable, candidate]);
        checks.push(limit.check("divergence_increase", Unit::Rows, (seen.regressions.rows, rows), note));
    }
    if let Some(limit) = limits.decision_changes {
        let changed = seen.changes.differing();
        let note = format!("{changed} rows of the candidate's answer differ from stable's");
        checks.push(limit.check("decision_changes", Unit::Rows, (changed, seen.changes.of_left()), note));
    }
    checks
}

/// The candidate's records that are in no row, by the reason.
fn records_left_out(limits: &Limits, ledger: &Ledger) -> impl Iterator<Item = Check> {
    let kinds = [
        ("late", limits.late, ledger.late, "are dropped for coming late"),
        ("not_emitted", limits.not_emitted, ledger.unfired, "are in no row when the input ends"),
        ("rejected", limits.rejected, ledger.rejected, "are refused for what they hold"),
        ("no_window", limits.no_window, ledger.no_window, "lie in none of the windows"),
        ("left_out", limits.left_out, ledger.left_out(), "are in no row, for whatever reason"),
    ];
    let all = ledger.records;
    kinds.into_iter().filter_map(move |(name, limit, found, why)| {
        let note = format!("{found} of the candidate's records {why}");
        Some(limit?.check(name, Unit::Records, (found, all), note))
    })
}

/// What got worse, where, and beside how much that is wrong.
fn worse(seen: &TableAccuracy<'_>, [stable, candidate]: [u64; 2]) -> String {
    let wrong =
        format!("{candidate} rows of the candidate's answer differ from the reference, {stable} of stable's");
    let Regressions { rows, by_column, first, wrong_in_both: _ } = seen.regressions;
    let Some(first) = first else { return format!("no row is worse than stable's; {wrong}") };
    let columns: Vec<String> = by_column.iter().map(|(column, rows)| format!("{column} {rows}")).collect();
    let first = first.join(",");
    format!(
        "{rows} rows are worse than stable's ({}), the first of key '{}'; {wrong}",
        columns.join(", "),
        datasets::shown(&first)
    )
}
