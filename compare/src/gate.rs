//! The gate: limits in, checks with outcomes out.

use crate::{
    Amount, Check, Decisions, Noise, Outcome, ReferenceResult, Unit, Verdict, VersionResult,
    noise::is_more,
    ratio::within,
    results::Orders,
    verdict::{check, pass_if},
};

/// How often a verdict on noisy jobs may be wrong.
const NOISE_ERROR_RATE: f64 = 0.01;

/// What the candidate must keep to. A limit that is `None` isn't checked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// The competitive ratio, at most.
    pub competitive_ratio: Option<f64>,
    /// The candidate's cost over stable's less one, at most: 0.0 is "not worse".
    pub competitive_ratio_increase: Option<f64>,
    /// Rows of the answer that may be wrong; of a packing none unless this says otherwise.
    pub divergence: Option<Amount>,
    /// Rows of a table that may be worse than stable's.
    pub divergence_increase: Option<Amount>,
    /// Records that the candidate may drop for coming late.
    pub late: Option<Amount>,
    /// Records of which the candidate may have emitted nothing when the input ends.
    pub not_emitted: Option<Amount>,
    /// Records that the candidate may refuse.
    pub rejected: Option<Amount>,
    /// Records that may lie in none of the candidate's windows.
    pub no_window: Option<Amount>,
    /// Records that the candidate may leave out for whatever reason: late, not emitted, rejected, in no window and lost together.
    pub left_out: Option<Amount>,
    /// Records on which the candidate may decide otherwise than stable, or rows of a table that it may answer otherwise:
    /// 0 for a change that must change nothing.
    pub decision_changes: Option<Amount>,
    /// The candidate's time a record over stable's less one, at most: for its mean, median and p90.
    pub latency_increase: Option<f64>,
    /// The same for p95 and p99, which need a wide margin.
    pub latency_tail_increase: Option<f64>,
    /// The candidate's p99 from due time, at most.
    pub latency_p99_ns: Option<u64>,
    /// The most memory that the candidate's process may hold at once.
    pub peak_memory_bytes: Option<u64>,
    /// The candidate's peak memory over stable's less one, at most.
    pub peak_memory_increase: Option<f64>,
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

impl Accuracy<'_> {
    fn is_noisy(&self) -> bool {
        self.stable.noise.is_some() || self.candidate.noise.is_some()
    }
}

/// Judges the answers. Of deterministic jobs exactly: no statistics, the same every time. Of others by what exceeds
/// the differences between their own runs.
pub fn accuracy_verdict(limits: &Limits, seen: &Accuracy<'_>) -> Verdict {
    let mut checks = vec![divergence(limits.divergence.unwrap_or(Amount::Count(0)), seen)];
    checks.extend(limits.decision_changes.map(|limit| decision_changes(limit, seen)));
    checks.extend(limits.competitive_ratio.map(|limit| competitive_ratio(limit, seen.candidate)));
    if let Some(limit) = limits.competitive_ratio_increase {
        checks.push(increase(limit, seen));
        checks.extend(seen.orders.map(|orders| increase_over_orders(limit, seen, orders)));
    }
    checks.extend(noise("stable", seen.stable));
    checks.extend(noise("candidate", seen.candidate));
    checks.extend(trust(seen));
    checks.extend(only_for_tables(limits));
    Verdict::of(checks, Vec::new())
}

/// Limits that an answer with a cost can't be held against.
fn only_for_tables(limits: &Limits) -> impl Iterator<Item = Check> {
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
        Some(limit?.judged(name, unit, (0, 0), Outcome::Inconclusive, why.to_owned()))
    })
}

fn divergence(limit: Amount, seen: &Accuracy<'_>) -> Check {
    let (stable, candidate) = (wrong(seen.stable), wrong(seen.candidate));
    let records = seen.candidate.ledger.records;
    let why = |problem: Option<&str>| problem.map_or_else(String::new, |problem| format!(": {problem}"));
    let (outcome, note) = if stable > 0 {
        let why = why(seen.problems.0);
        (Outcome::Invalid, format!("{stable} rows of the stable job's own answer are wrong{why}"))
    } else if !limit.allows(candidate, records) {
        let why = why(seen.problems.1);
        (Outcome::Fail, format!("{candidate} rows of the candidate's answer are wrong{why}"))
    } else if candidate > 0 {
        (Outcome::Pass, format!("{candidate} rows of the candidate's answer are wrong, as the limit allows"))
    } else {
        (Outcome::Pass, "every row of both answers stands up against the dataset".to_owned())
    };
    limit.judged("divergence", Unit::Rows, (candidate, records), outcome, note)
}

/// Wrong rows of the worst run.
fn wrong(version: &VersionResult) -> u64 {
    version.divergence.rows().max(version.noise.map_or(0, |noise| noise.wrong_high))
}

/// The lowest and the highest cost of a run.
fn costs(version: &VersionResult) -> (u64, u64) {
    version.noise.map_or((version.cost, version.cost), |noise| (noise.cost_low, noise.cost_high))
}

/// A job that isn't deterministic is named, whatever follows from it.
fn noise(role: &str, version: &VersionResult) -> Option<Check> {
    let Noise { runs, decisions_differing, cost_low, cost_high, .. } = version.noise?;
    let differing = decisions_differing as f64;
    let note = format!(
        "the {role} job is not deterministic: in {runs} runs up to {decisions_differing} records are decided \
         otherwise, and it costs {cost_low} to {cost_high}; only what exceeds that counts"
    );
    let name = format!("noise_{role}");
    (decisions_differing > 0).then(|| check(&name, Unit::Records, differing, differing, Outcome::Pass, note))
}

/// Of noisy jobs, each run counts as one: were the candidate stable under another name, all of its runs would differ
/// from stable's first by more than all of stable's others once in `(2n - 1 over n)` times, 1 in 1,716 with n = 7
/// runs of each. Records of one run don't count apart, for one decision changes those that follow.
fn decision_changes(limit: Amount, seen: &Accuracy<'_>) -> Check {
    let Decisions { different, first_different, .. } = seen.decisions;
    let (low, high) =
        seen.candidate.noise.map_or((different, different), |noise| (noise.changes_low, noise.changes_high));
    let floor = seen.stable.noise.map_or(0, |noise| noise.changes_high);
    // A stable that is deterministic leaves nothing to be explained by noise.
    let counts = if floor > 0 { low } else { high };
    let note = match first_different {
        _ if floor > 0 => format!(
            "{low} to {high} records are decided otherwise than by stable, which itself decides up to {floor} otherwise"
        ),
        Some(first) => {
            format!("{counts} records are decided otherwise than by stable, the first at offset {first}")
        }
        None if counts > 0 => format!("{counts} records are decided otherwise than by stable in one run"),
        None => "both decide alike on every record".to_owned(),
    };
    let records = seen.candidate.ledger.records;
    let outcome = pass_if(limit.allows(counts.saturating_sub(floor), records));
    limit.judged("decision_changes", Unit::Records, (counts, records), outcome, note)
}

fn competitive_ratio(limit: f64, candidate: &VersionResult) -> Check {
    let (low, high) = (candidate.competitive_ratio.low, candidate.competitive_ratio.high);
    let (outcome, note) = if within(high, limit) {
        (Outcome::Pass, format!("at most {high:.4}"))
    } else if within(low, limit) {
        (
            Outcome::Inconclusive,
            match candidate.noise {
                Some(_) => format!(
                    "between {low:.4} and {high:.4}: the candidate's own runs lie too far apart to tell"
                ),
                None => format!(
                    "between {low:.4} and {high:.4}: the reference's bounds are too far apart to tell"
                ),
            },
        )
    } else {
        (Outcome::Fail, format!("at least {low:.4}"))
    };
    check("competitive_ratio", Unit::Ratio, limit, high, outcome, note)
}

/// Of noisy jobs, the candidate's cheapest run counts against stable's dearest: by chance alone all of one's runs are
/// dearer than all of the other's once in 3,432 times with 7 runs of each, and all of them dearer than a job without
/// noise once in 128.
fn increase(limit: f64, seen: &Accuracy<'_>) -> Check {
    let ((candidate, candidate_high), (stable_low, stable)) = (costs(seen.candidate), costs(seen.stable));
    let value = candidate as f64 / stable.max(1) as f64 - 1.0;
    let outcome = pass_if(within(candidate as f64, stable as f64 * (1.0 + limit)));
    let note = if seen.is_noisy() {
        format!(
            "noisy: the candidate costs {candidate} to {candidate_high}, stable {stable_low} to {stable}; its cheapest \
             run counts against stable's dearest"
        )
    } else {
        format!("the candidate costs {candidate}, stable {stable}")
    };
    check("competitive_ratio_increase", Unit::Share, limit, value, outcome, note)
}

/// On the same orders the sums are compared: exact for these orders, whatever the interval of the mean is. Where there
/// is noise, the candidate must also be dearer in more orders than chance explains.
fn increase_over_orders(limit: f64, seen: &Accuracy<'_>, orders: &Orders) -> Check {
    let stable: u64 = orders.costs.iter().map(|&(stable, _)| stable).sum();
    let candidate: u64 = orders.costs.iter().map(|&(_, candidate)| candidate).sum();
    let value = candidate as f64 / stable.max(1) as f64 - 1.0;
    let is_within = within(candidate as f64, stable as f64 * (1.0 + limit));
    let allowed = |stable: u64| stable as f64 * (1.0 + limit);
    let beyond = orders.costs.iter().filter(|&&(s, c)| !within(c as f64, allowed(s))).count() as u64;
    let below = orders.costs.iter().filter(|&&(s, c)| (c as f64) < allowed(s)).count() as u64;
    let outcome = pass_if(is_within || seen.is_noisy() && !is_more(beyond, below, NOISE_ERROR_RATE));
    let noisy = if seen.is_noisy() { "noisy: " } else { "" };
    let note = format!(
        "{noisy}over {} orders the candidate is cheaper in {}, dearer in {}",
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
        let sound = wrong(version) == 0;
        let lower = seen.reference.lower_bound;
        let (cost, _) = costs(version);
        if sound && cost < lower {
            let note = format!(
                "the {role} job costs {cost}, below the lower bound {lower} by {}",
                seen.reference.lower_bound_by
            );
            let value = version.competitive_ratio.high;
            checks.push(check("lower_bound", Unit::Ratio, 1.0, value, Outcome::Invalid, note));
        }
        if !version.ledger.balances() {
            let note = format!("the {role} job's ledger does not balance: {:?}", version.ledger);
            checks.push(check(
                "ledger",
                Unit::Records,
                0.0,
                version.ledger.lost as f64,
                Outcome::Invalid,
                note,
            ));
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
