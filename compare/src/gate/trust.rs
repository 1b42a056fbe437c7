//! Checks that are made whatever the limits are: they speak only when something is rotten, or worth knowing.

use super::{
    Accuracy,
    costs::costs,
    decisions::{noise, wrong},
};
use crate::{
    Bounds, Check, CostResult, Objective, Outcome, Unit, VersionResult,
    ratio::within,
    recovery::guarantee_check,
    verdict::{Held, check},
};

/// A reference that contradicts itself, a broken guarantee, a cost beyond the proved bound, a ledger that does not
/// balance, a job that breaks its own proof.
pub(super) fn checks(seen: &Accuracy<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> =
        seen.roles().into_iter().filter_map(|(role, version)| noise(role, version)).collect();
    if let Some(problem) = seen.reference_problem {
        checks.push(check(
            "reference",
            Held { unit: Unit::Rows, limit: 0.0, value: 1.0 },
            Outcome::Invalid,
            problem.to_owned(),
        ));
    }
    for (role, version) in seen.roles() {
        checks.extend(version.recovery.as_ref().map(|recovery| guarantee_check(role, recovery)));
        let priced =
            version.cost.as_ref().zip(seen.reference.bounds.as_ref()).filter(|_| wrong(version) == 0);
        checks.extend(priced.and_then(|(cost, bounds)| bound(role, version, cost, seen.objective, bounds)));
        checks.extend(ledger(role, version));
        checks.extend(unsteady(role, version));
        checks.extend(
            priced.and_then(|(cost, bounds)| proven_ratio(role, version, cost, seen.objective, bounds)),
        );
    }
    checks
}

/// An answer that is better than any can be.
fn bound(
    role: &str,
    version: &VersionResult,
    cost: &CostResult,
    objective: &Objective,
    bounds: &Bounds,
) -> Option<Check> {
    let (best, _) = objective.best_and_worst(costs(version)?);
    let note = match objective {
        Objective::None => return None,
        Objective::Minimise(_) if best >= bounds.lower => return None,
        Objective::Maximise(_) if best <= bounds.upper => return None,
        Objective::Minimise(_) => {
            format!(
                "the {role} job costs {best}, below the lower bound {} by {}",
                bounds.lower, bounds.lower_by
            )
        }
        Objective::Maximise(_) => {
            format!(
                "the {role} job reaches {best}, above the upper bound {} by {}",
                bounds.upper, bounds.upper_by
            )
        }
    };
    let value = cost.competitive_ratio.high;
    Some(check("lower_bound", Held { unit: Unit::Ratio, limit: 1.0, value }, Outcome::Invalid, note))
}

fn ledger(role: &str, version: &VersionResult) -> Option<Check> {
    if version.ledger.balances() {
        return None;
    }
    let note = format!("the {role} job's ledger does not balance: {:?}", version.ledger);
    let lost = version.ledger.lost as f64;
    Some(check("ledger", Held { unit: Unit::Records, limit: 0.0, value: lost }, Outcome::Invalid, note))
}

/// A job outside whose rows are others when it is run again: what differs once may be right another time.
fn unsteady(role: &str, version: &VersionResult) -> Option<Check> {
    let rows = version.table()?.table.unsteady;
    let note = format!(
        "two runs of the {role} job over the same records differ in {}: nothing can be said of it row by row",
        datasets::counted(rows, "rows")
    );
    let held = Held { unit: Unit::Rows, limit: 0.0, value: rows as f64 };
    (rows > 0).then(|| check("deterministic", held, Outcome::Inconclusive, note))
}

/// A job that does worse than was proved of its name for any input isn't that job.
fn proven_ratio(
    role: &str,
    version: &VersionResult,
    cost: &CostResult,
    objective: &Objective,
    bounds: &Bounds,
) -> Option<Check> {
    let proven = &cost.competitive_ratio;
    let value = cost.value as f64;
    let asymptotic = proven.proven.zip(proven.proven_constant);
    let (is_kept, most, limit) = match objective {
        Objective::None => return None,
        Objective::Minimise(_) => {
            let upper = bounds.upper as f64;
            let absolute = proven.proven_absolute.map(|ratio| ratio * upper);
            let asymptotic = asymptotic.map(|(ratio, c)| ratio * upper + c as f64);
            let most = [absolute, asymptotic].into_iter().flatten().reduce(f64::min)?;
            (within(value, most), format!("more than the {most:.0}"), most / upper)
        }
        // The optimum is at most the ratio times the value, and the constant.
        Objective::Maximise(_) => {
            let lower = bounds.lower as f64;
            let absolute = proven.proven_absolute.map(|ratio| lower / ratio);
            let asymptotic = asymptotic.map(|(ratio, c)| (lower - c as f64) / ratio);
            let least = [absolute, asymptotic].into_iter().flatten().reduce(f64::max)?;
            (within(least, value), format!("less than the {least:.0}"), lower / least)
        }
    };
    if is_kept {
        return None;
    }
    let note = format!("the {role} job costs {}, {most} that is proved of {}", cost.value, version.job);
    let outcome = if role == "stable" { Outcome::Invalid } else { Outcome::Fail };
    Some(check("proven_ratio", Held { unit: Unit::Ratio, limit, value: proven.low }, outcome, note))
}
