//! The checks of costs, where the problem has an objective.

use super::{Accuracy, Limits};
use crate::{
    Check, Objective, Orders, Outcome, Role, Unit, VersionResult,
    noise::is_more,
    ratio::within,
    verdict::{Held, check, pass_if, unjudged},
};

/// Says how often a verdict on noisy jobs may be wrong.
const NOISE_ERROR_RATE: f64 = 0.01;

/// The checks that limits ask for.
pub(super) fn checks(limits: &Limits, seen: &Accuracy<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if seen.objective == &Objective::None {
        return checks;
    }
    checks.extend(limits.competitive_ratio.map(|limit| competitive_ratio(limit, seen)));
    if let Some(limit) = limits.competitive_ratio_increase {
        checks.push(increase(limit, seen));
        checks.extend(seen.orders.map(|orders| increase_over_orders(limit, seen, orders)));
    }
    checks
}

/// Limits on costs where there are none.
pub(super) fn not_without_costs(limits: &Limits) -> impl Iterator<Item = Check> {
    let costs = [
        ("competitive_ratio", Unit::Ratio, limits.competitive_ratio),
        ("competitive_ratio_increase", Unit::Share, limits.competitive_ratio_increase),
    ];
    costs.into_iter().filter_map(|(name, unit, limit)| {
        Some(unjudged(name, unit, limit?, "this problem's answer has no cost"))
    })
}

/// The lowest and the highest cost of a run; nothing where the answer has none.
pub(super) fn costs(version: &VersionResult) -> Option<(u64, u64)> {
    let value = version.cost.as_ref()?.value;
    Some(version.noise.map_or((value, value), |noise| (noise.cost_low, noise.cost_high)))
}

fn competitive_ratio(limit: f64, seen: &Accuracy<'_>) -> Check {
    let candidate = seen.candidate;
    match (&candidate.cost, &seen.reference.bounds) {
        (Some(cost), _) => {
            let ratio = &cost.competitive_ratio;
            ratio_check(limit, (ratio.low, ratio.high), candidate.noise.is_some())
        }
        (None, Some(_)) => without_cost("competitive_ratio", limit, Role::Candidate),
        (None, None) => unjudged("competitive_ratio", Unit::Ratio, limit, "the reference has no bounds"),
    }
}

/// A limit on the cost of decisions that don't stand.
pub(super) fn without_cost(name: &str, limit: f64, whose: Role) -> Check {
    let unit = if name == "competitive_ratio" { Unit::Ratio } else { Unit::Share };
    unjudged(name, unit, limit, &format!("{}'s decisions don't stand, so they have no cost", whose.name()))
}

/// Holds an interval of the competitive ratio against a limit.
pub(super) fn ratio_check(limit: f64, (low, high): (f64, f64), is_noisy: bool) -> Check {
    let (outcome, note) = if within(high, limit) {
        (Outcome::Pass, format!("at most {high:.4}"))
    } else if within(low, limit) {
        let why = if is_noisy {
            "the candidate's own runs lie too far apart to tell"
        } else {
            "the reference's bounds are too far apart to tell"
        };
        (Outcome::Inconclusive, format!("between {low:.4} and {high:.4}: {why}"))
    } else {
        (Outcome::Fail, format!("at least {low:.4}"))
    };
    check("competitive_ratio", Held { unit: Unit::Ratio, limit, value: high }, outcome, note)
}

/// Of noisy jobs, the candidate's best run counts against stable's worst: by chance alone all of one's runs are
/// worse than all of the other's once in 3,432 times with 7 runs of each, and all of them worse than a job without
/// noise once in 128.
fn increase(limit: f64, seen: &Accuracy<'_>) -> Check {
    let (stable, candidate) = match (costs(seen.stable), costs(seen.candidate)) {
        (Some(stable), Some(candidate)) => (stable, candidate),
        (None, _) => return without_cost("competitive_ratio_increase", limit, Role::Stable),
        (_, None) => return without_cost("competitive_ratio_increase", limit, Role::Candidate),
    };
    let objective = seen.objective;
    let (best, _) = objective.best_and_worst(candidate);
    let (_, worst) = objective.best_and_worst(stable);
    let value = objective.increase(worst, best);
    let outcome = pass_if(objective.allows(limit, worst, best));
    let note = if seen.is_noisy() {
        let ((candidate_low, candidate_high), (stable_low, stable_high)) = (candidate, stable);
        format!(
            "noisy: the candidate costs {candidate_low} to {candidate_high}, stable {stable_low} to {stable_high}; its \
             cheapest run counts against stable's dearest"
        )
    } else {
        format!("the candidate costs {best}, stable {worst}")
    };
    check("competitive_ratio_increase", Held { unit: Unit::Share, limit, value }, outcome, note)
}

/// On the same orders the sums are compared: exact for these orders, whatever the interval of the mean is. Where there
/// is noise, the candidate must also be worse in more orders than chance explains.
fn increase_over_orders(limit: f64, seen: &Accuracy<'_>, orders: &Orders) -> Check {
    let objective = seen.objective;
    let (stable, candidate) = (orders.stable.total_cost, orders.candidate.total_cost);
    let value = objective.increase(stable, candidate);
    let is_within = objective.allows(limit, stable, candidate);
    let beyond = orders.costs.iter().filter(|&&(s, c)| !objective.allows(limit, s, c)).count() as u64;
    let is_below = |&&(stable, candidate): &&(u64, u64)| {
        let (worse, base) = objective.against(stable, candidate);
        (worse as f64) < base as f64 * (1.0 + limit)
    };
    let below = orders.costs.iter().filter(is_below).count() as u64;
    let outcome = pass_if(is_within || seen.is_noisy() && !is_more(beyond, below, NOISE_ERROR_RATE));
    let noisy = if seen.is_noisy() { "noisy: " } else { "" };
    let note = format!(
        "{noisy}over {} orders the candidate is cheaper in {}, dearer in {}",
        orders.count, orders.candidate_better, orders.candidate_worse
    );
    check("competitive_ratio_increase_over_orders", Held { unit: Unit::Share, limit, value }, outcome, note)
}
