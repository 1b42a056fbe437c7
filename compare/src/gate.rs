//! The gate: limits in, checks with outcomes out.

use crate::{
    Check, Comparison, Decisions, Outcome, ReferenceResult, Skipped, Timings, Unit, Verdict, VersionResult,
    ratio::within, results::Orders,
};

/// What the candidate must keep to. A limit that is `None` isn't checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The competitive ratio, at most.
    pub competitive_ratio: Option<f64>,
    /// The candidate's cost over stable's less one, at most: 0.0 is "not worse".
    pub competitive_ratio_increase: Option<f64>,
    /// Rows of the answer that may be wrong; of a packing none unless this says otherwise.
    pub divergence: Option<u64>,
    /// Rows of a table that may differ from the reference beyond those of stable's that do.
    pub divergence_increase: Option<u64>,
    /// Records that the candidate may drop for coming late.
    pub late: Option<u64>,
    /// Records on which the candidate may decide otherwise than stable, or rows of a table that it may answer otherwise:
    /// 0 for a change that must change nothing.
    pub decision_changes: Option<u64>,
    /// The candidate's time a record over stable's less one, at most: for its mean, median and p90.
    pub latency_increase: Option<f64>,
    /// The same for p95 and p99, which need a wide margin.
    pub latency_tail_increase: Option<f64>,
    /// The candidate's p99 from due time, at most.
    pub latency_p99_ns: Option<u64>,
}

/// Everything the accuracy checks look at.
#[derive(Debug, Clone, Copy)]
pub struct Accuracy<'a> {
    /// The interval that holds the optimum.
    pub reference: &'a ReferenceResult,
    /// The version in service.
    pub stable: &'a VersionResult,
    /// The version that is to replace it.
    pub candidate: &'a VersionResult,
    /// Record by record, whether the two decided alike.
    pub decisions: Decisions,
    /// What is wrong with an answer, if anything: stable's and candidate's.
    pub problems: (Option<&'a str>, Option<&'a str>),
    /// What shows that the reference can't be trusted, if anything.
    pub reference_problem: Option<&'a str>,
    /// Costs over shuffled orders.
    pub orders: Option<&'a Orders>,
}

/// Judges the answers. Exact: no statistics, the same every time.
pub fn accuracy_verdict(limits: &Limits, seen: &Accuracy<'_>) -> Verdict {
    let mut checks = vec![divergence(limits.divergence.unwrap_or(0), seen)];
    checks.extend(limits.decision_changes.map(|limit| decision_changes(limit, seen.decisions)));
    checks.extend(limits.competitive_ratio.map(|limit| competitive_ratio(limit, seen.candidate)));
    if let Some(limit) = limits.competitive_ratio_increase {
        checks.push(increase(limit, seen));
        checks.extend(seen.orders.map(|orders| increase_over_orders(limit, orders)));
    }
    checks.extend(trust(seen));
    let tables = [("divergence_increase", limits.divergence_increase), ("late", limits.late)];
    let set = tables.iter().filter(|(_, limit)| limit.is_some());
    let skipped = set.map(|(name, _)| skip(name, "only where the answer is a table")).collect();
    Verdict::of(checks, skipped)
}

fn divergence(limit: u64, seen: &Accuracy<'_>) -> Check {
    let (stable, candidate) = (seen.stable.divergence.rows(), seen.candidate.divergence.rows());
    let why = |problem: Option<&str>| problem.map_or_else(String::new, |problem| format!(": {problem}"));
    let (outcome, note) = if stable > 0 {
        let why = why(seen.problems.0);
        (Outcome::Invalid, format!("{stable} rows of the stable job's own answer are wrong{why}"))
    } else if candidate > limit {
        let why = why(seen.problems.1);
        (Outcome::Fail, format!("{candidate} rows of the candidate's answer are wrong{why}"))
    } else if candidate > 0 {
        (Outcome::Pass, format!("{candidate} rows are wrong, {limit} are allowed"))
    } else {
        (Outcome::Pass, "every row of both answers stands up against the dataset".to_owned())
    };
    check("divergence", Unit::Rows, limit as f64, candidate as f64, outcome, note)
}

fn decision_changes(limit: u64, decisions: Decisions) -> Check {
    let different = decisions.different;
    let note = match decisions.first_different {
        Some(first) => {
            format!("{different} records are decided otherwise than by stable, the first at offset {first}")
        }
        None => "both decide alike on every record".to_owned(),
    };
    check("decision_changes", Unit::Rows, limit as f64, different as f64, pass_if(different <= limit), note)
}

fn competitive_ratio(limit: f64, candidate: &VersionResult) -> Check {
    let (low, high) = (candidate.competitive_ratio.low, candidate.competitive_ratio.high);
    let (outcome, note) = if within(high, limit) {
        (Outcome::Pass, format!("at most {high:.4}"))
    } else if within(low, limit) {
        (
            Outcome::Inconclusive,
            format!("between {low:.4} and {high:.4}: the reference's bounds are too far apart to tell"),
        )
    } else {
        (Outcome::Fail, format!("at least {low:.4}"))
    };
    check("competitive_ratio", Unit::Ratio, limit, high, outcome, note)
}

fn increase(limit: f64, seen: &Accuracy<'_>) -> Check {
    let (stable, candidate) = (seen.stable.cost as f64, seen.candidate.cost as f64);
    let value = candidate / stable.max(1.0) - 1.0;
    let outcome = pass_if(within(candidate, stable * (1.0 + limit)));
    let note = format!("the candidate costs {candidate}, stable {stable}");
    check("competitive_ratio_increase", Unit::Share, limit, value, outcome, note)
}

/// On the same orders the sums are compared: exact for these orders, whatever the interval of the mean is.
fn increase_over_orders(limit: f64, orders: &Orders) -> Check {
    let stable: u64 = orders.costs.iter().map(|&(stable, _)| stable).sum();
    let candidate: u64 = orders.costs.iter().map(|&(_, candidate)| candidate).sum();
    let value = candidate as f64 / stable.max(1) as f64 - 1.0;
    let outcome = pass_if(within(candidate as f64, stable as f64 * (1.0 + limit)));
    let note = format!(
        "over {} orders the candidate is cheaper in {}, dearer in {}",
        orders.count, orders.candidate_cheaper, orders.candidate_dearer
    );
    check("competitive_ratio_increase_over_orders", Unit::Share, limit, value, outcome, note)
}

/// Checks that speak only when something is rotten: a cost below the proved bound, a ledger that does not
/// balance, a job that breaks its own proof.
fn trust(seen: &Accuracy<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(problem) = seen.reference_problem {
        checks.push(check("reference", Unit::Rows, 0.0, 1.0, Outcome::Invalid, problem.to_owned()));
    }
    for (role, version) in [("stable", seen.stable), ("candidate", seen.candidate)] {
        let sound = version.divergence.rows() == 0;
        let lower = seen.reference.lower_bound;
        if sound && version.cost < lower {
            let note = format!(
                "the {role} job costs {}, below the lower bound {lower} by {}",
                version.cost, seen.reference.lower_bound_by
            );
            let value = version.competitive_ratio.high;
            checks.push(check("lower_bound", Unit::Ratio, 1.0, value, Outcome::Invalid, note));
        }
        if !version.ledger.balances() {
            let note = format!("the {role} job's ledger does not balance: {:?}", version.ledger);
            checks.push(check("ledger", Unit::Rows, 0.0, version.ledger.lost as f64, Outcome::Invalid, note));
        }
        if sound {
            checks.extend(proven_ratio(role, version, seen.reference.upper_bound));
        }
    }
    checks
}

/// A job that costs more than was proved of its name for any input isn't that job.
fn proven_ratio(role: &str, version: &VersionResult, upper: u64) -> Option<Check> {
    let proven = &version.competitive_ratio;
    let absolute = proven.proven_absolute.map(|ratio| ratio * upper as f64);
    let asymptotic =
        proven.proven.zip(proven.proven_constant).map(|(ratio, c)| ratio * upper as f64 + c as f64);
    let most = [absolute, asymptotic].into_iter().flatten().reduce(f64::min)?;
    if within(version.cost as f64, most) {
        return None;
    }
    let note = format!(
        "the {role} job costs {}, more than the {most:.0} that is proved of {}",
        version.cost, version.job
    );
    let outcome = if role == "stable" { Outcome::Invalid } else { Outcome::Fail };
    Some(check(
        "proven_ratio",
        Unit::Ratio,
        most / upper as f64,
        version.competitive_ratio.low,
        outcome,
        note,
    ))
}

/// Judges the timings: the feeder, then the limits that were set.
pub fn latency_verdict(limits: &Limits, timings: &Timings) -> Verdict {
    let mut checks = Vec::new();
    let mut skipped = Vec::new();
    checks.extend(timings.feeder.as_ref().map(|feeder| {
        let (share, worst_us) = (feeder.miss_share(), feeder.worst_ns / 1000);
        let outcome = if feeder.kept_schedule() { Outcome::Pass } else { Outcome::Invalid };
        let note = format!(
            "the feeder itself sent {} of {} records late, the worst by {worst_us} µs",
            feeder.misses, feeder.records
        );
        check("feeder", Unit::Share, feeder.allowed_share, share, outcome, note)
    }));
    if let Some(comparison) = &timings.comparison {
        checks.extend(latency_increase(comparison));
    }
    if let Some(limit) = limits.latency_p99_ns {
        match timings.feeder {
            Some(_) => checks.push(latency_p99(limit, timings)),
            None => skipped.push(skip("latency_p99", "at pace max no record has a due time; set a rate")),
        }
    }
    Verdict::of(checks, skipped)
}

/// One check for each gated metric, and the control. Of several undecided metrics each says so; a machine that finds
/// stable slower than itself leaves every metric open.
fn latency_increase(comparison: &Comparison) -> Vec<Check> {
    let gated = comparison.metrics.iter().filter_map(|metric| Some((metric, metric.margin?)));
    gated
        .map(|(metric, margin)| {
            let name = format!("latency_increase_{}", metric.metric);
            let percent = |ratio: f64| (ratio - 1.0) * 100.0;
            let span = format!("{:+.1} % to {:+.1} %", percent(metric.ratio.low), percent(metric.ratio.high));
            let (outcome, says) = match (comparison.outcome, metric.outcome) {
                (Outcome::Inconclusive, _) => (Outcome::Inconclusive, comparison.note.as_str()),
                (Outcome::Invalid, _) => (Outcome::Invalid, comparison.note.as_str()),
                (_, Outcome::Pass) => (Outcome::Pass, "shown to be within the limit"),
                (_, Outcome::Fail) => (Outcome::Fail, "shown to be beyond the limit"),
                // The gate stopped because another metric failed.
                (_, Outcome::Inconclusive | Outcome::Invalid) => (Outcome::Inconclusive, "left open"),
            };
            let note = format!("{says}; {span} in {} replicates", comparison.replicates);
            check(&name, Unit::Share, margin, metric.ratio.value - 1.0, outcome, note)
        })
        .collect()
}

fn latency_p99(limit_ns: u64, timings: &Timings) -> Check {
    let value = timings.candidate.latency_ns.p99;
    let (outcome, note) = if timings.candidate.saturated {
        (Outcome::Fail, "the candidate could not keep up with the pace".to_owned())
    } else {
        (pass_if(value <= limit_ns as f64), format!("{value:.0} ns from the due time"))
    };
    check("latency_p99", Unit::Ns, limit_ns as f64, value, outcome, note)
}

pub(crate) fn pass_if(within: bool) -> Outcome {
    if within { Outcome::Pass } else { Outcome::Fail }
}

pub(crate) fn check(name: &str, unit: Unit, limit: f64, value: f64, outcome: Outcome, note: String) -> Check {
    Check { name: name.to_owned(), unit, limit, value, outcome, note }
}

pub(crate) fn skip(name: &str, reason: &str) -> Skipped {
    Skipped { name: name.to_owned(), reason: reason.to_owned() }
}
