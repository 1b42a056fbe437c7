//! The accuracy checks of a problem that answers with a table.

use crate::{
    Limits, Outcome, RowDifferences, TableVersion, Unit, Verdict,
    gate::{check, pass_if, skip},
    recovery::guarantee_check,
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
}

/// Judges the answers. Exact: no statistics, the same every time.
///
/// A streaming job may drop what comes late, so rows that differ from the reference are no fault in themselves. Without
/// a limit on them, the candidate may have no more than stable.
pub fn table_verdict(limits: &Limits, seen: &TableAccuracy<'_>) -> Verdict {
    let (stable, candidate) = (seen.stable, seen.candidate);
    let mut checks = Vec::new();
    let differing = [stable, candidate].map(|version| version.divergence.differing());
    if let Some(limit) = limits.divergence {
        let note = format!("{} rows of the candidate's answer differ from the reference", differing[1]);
        checks.push(rows("divergence", limit, differing[1], note));
    }
    let increase = limits.divergence_increase.or(limits.divergence.is_none().then_some(0));
    if let Some(limit) = increase {
        let note = format!(
            "{} rows of the candidate's answer differ from the reference, {} of stable's",
            differing[1], differing[0]
        );
        checks.push(rows("divergence_increase", limit, differing[1].saturating_sub(differing[0]), note));
    }
    if let Some(limit) = limits.decision_changes {
        let changed = seen.changes.differing();
        let note = format!("{changed} rows of the candidate's answer differ from stable's");
        checks.push(rows("decision_changes", limit, changed, note));
    }
    if let Some(limit) = limits.late {
        let late = candidate.ledger.late;
        checks.push(rows(
            "late",
            limit,
            late,
            format!("the candidate dropped {late} records for coming late"),
        ));
    }
    for (role, version) in [("stable", stable), ("candidate", candidate)] {
        if let Some(recovery) = &version.recovery {
            checks.push(guarantee_check(role, recovery));
        }
        if !version.ledger.balances() {
            let note = format!("the {role} job's ledger does not balance: {:?}", version.ledger);
            let lost = version.ledger.lost as f64;
            checks.push(check("ledger", Unit::Rows, 0.0, lost, Outcome::Invalid, note));
        }
    }
    let costs = [
        ("competitive_ratio", limits.competitive_ratio.is_some()),
        ("competitive_ratio_increase", limits.competitive_ratio_increase.is_some()),
    ];
    let skipped = costs.iter().filter(|(_, is_set)| *is_set);
    Verdict::of(checks, skipped.map(|(name, _)| skip(name, "this problem's answer has no cost")).collect())
}

fn rows(name: &str, limit: u64, value: u64, note: String) -> crate::Check {
    check(name, Unit::Rows, limit as f64, value as f64, pass_if(value <= limit), note)
}
