//! The checks of decisions: they stand up against the dataset, and are stable's.

use super::{Accuracy, Limits};
use crate::{
    Amount, Check, DecisionChanges, Noise, Outcome, Unit, VersionResult,
    amount::Affected,
    verdict::{Held, check, pass_if},
    words::are,
};

/// The checks that limits ask for; without one, no decision may be wrong.
pub(super) fn checks(
    limits: &Limits,
    seen: &Accuracy<'_>,
    changes: DecisionChanges,
    problems: [Option<&str>; 2],
) -> Vec<Check> {
    let mut checks = vec![divergence(limits.divergence.unwrap_or(Amount::Count(0)), seen, problems)];
    checks.extend(limits.decision_changes.map(|limit| decision_changes(limit, seen, changes)));
    checks
}

fn divergence(limit: Amount, seen: &Accuracy<'_>, problems: [Option<&str>; 2]) -> Check {
    let (stable, candidate) = (wrong(seen.stable), wrong(seen.candidate));
    let records = seen.candidate.ledger.records;
    let why = |problem: Option<&str>| problem.map_or_else(String::new, |problem| format!(": {problem}"));
    let (outcome, note) = if stable > 0 {
        let why = why(problems[0]);
        (Outcome::Invalid, format!("{} wrong{why}", are(stable, "rows of the stable job's own answer")))
    } else if !limit.allows(candidate, records) {
        let why = why(problems[1]);
        (Outcome::Fail, format!("{} wrong{why}", are(candidate, "rows of the candidate's answer")))
    } else if candidate > 0 {
        (
            Outcome::Pass,
            format!("{} wrong, as the limit allows", are(candidate, "rows of the candidate's answer")),
        )
    } else {
        (Outcome::Pass, "every row of both answers stands up against the dataset".to_owned())
    };
    limit.judged("divergence", Affected { unit: Unit::Rows, found: candidate, whole: records }, outcome, note)
}

/// Wrong rows of the worst run.
pub(super) fn wrong(version: &VersionResult) -> u64 {
    version.divergence().rows().max(version.noise.map_or(0, |noise| noise.wrong_high))
}

/// Of noisy jobs, each run counts as one: were the candidate stable under another name, all of its runs would differ
/// from stable's first by more than all of stable's others once in `(2n - 1 over n)` times, 1 in 1,716 with n = 7
/// runs of each. Records of one run don't count apart, for one decision changes those that follow.
fn decision_changes(limit: Amount, seen: &Accuracy<'_>, changes: DecisionChanges) -> Check {
    let DecisionChanges { different, first_different, .. } = changes;
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
            format!(
                "{} decided otherwise than by stable, the first at offset {first}",
                are(counts, "records")
            )
        }
        None if counts > 0 => {
            format!("{} decided otherwise than by stable in one run", are(counts, "records"))
        }
        None => "both decide alike on every record".to_owned(),
    };
    let records = seen.candidate.ledger.records;
    let outcome = pass_if(limit.allows(counts.saturating_sub(floor), records));
    limit.judged(
        "decision_changes",
        Affected { unit: Unit::Records, found: counts, whole: records },
        outcome,
        note,
    )
}

/// A job that isn't deterministic is named, whatever follows from it.
pub(super) fn noise(role: &str, version: &VersionResult) -> Option<Check> {
    let Noise { runs, decisions_differing, cost_low, cost_high, .. } = version.noise?;
    let differing = decisions_differing as f64;
    let note = format!(
        "the {role} job is not deterministic: in {runs} runs up to {decisions_differing} records are decided \
         otherwise, and it costs {cost_low} to {cost_high}; only what exceeds that counts"
    );
    let name = format!("noise_{role}");
    (decisions_differing > 0).then(|| {
        check(&name, Held { unit: Unit::Records, limit: differing, value: differing }, Outcome::Pass, note)
    })
}
