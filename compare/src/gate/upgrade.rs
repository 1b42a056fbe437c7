//! The checks of an upgrade: what two versions served at one moment, before one takes over from the other.

use super::{
    Limits,
    costs::{ratio_check, without_cost},
};
use crate::{
    Amount, Check, Objective, Outcome, Pair, Regressions, Role, Unit, Verdict,
    amount::Affected,
    verdict::{Held, check, pass_if},
    words::{are, differ},
};

/// Describes what two versions that have read equally far serve, held against the batch answer of the same records.
#[derive(Debug, Clone, Copy)]
pub enum ServedAnswers<'a> {
    /// Of tables: rows that both call complete.
    Table {
        /// Rows of the batch answer.
        rows: u64,
        /// Rows that differ from it; nothing where they may differ because event time has not come so far.
        wrong: Option<Pair<u64>>,
        /// Where the candidate is worse than stable.
        worse: &'a Regressions,
        /// Rows in which the candidate differs from stable.
        changed: u64,
    },
    /// Of decisions.
    Decisions {
        /// Says what answers are to keep low or high.
        objective: &'a Objective,
        /// The interval that holds the optimum.
        bounds: Option<(u64, u64)>,
        /// Their costs, where they stand.
        costs: Pair<Option<u64>>,
        /// Decisions that don't stand up against the records.
        wrong: Pair<u64>,
        /// Records on which the two decided otherwise.
        changed: u64,
        /// All records.
        records: u64,
    },
}

/// Judges a candidate by what it serves. The limits are those of the gate; those on what is known only at the end of the
/// log, such as late records, are judged there.
pub fn upgrade_verdict(limits: &Limits, seen: &ServedAnswers<'_>) -> Verdict {
    let checks = match *seen {
        ServedAnswers::Table { rows, wrong, worse, changed } => {
            let of = |found| Affected { unit: Unit::Rows, found, whole: rows };
            tables(limits, wrong.map(|wrong| wrong.candidate), (worse, changed), of)
        }
        ServedAnswers::Decisions { objective, bounds, costs, wrong, changed, records } => {
            let of = |unit, found| Affected { unit, found, whole: records };
            let mut checks = vec![decided_rightly(limits, wrong, |found| of(Unit::Rows, found))];
            checks.extend(limits.decision_changes.map(|limit| {
                let note = format!("{changed} records are decided otherwise than by stable");
                limit.check("decision_changes", of(Unit::Records, changed), note)
            }));
            checks.extend(limits.competitive_ratio.zip(bounds).map(|(limit, (lower, upper))| {
                let Some(cost) = costs.candidate else {
                    return without_cost("competitive_ratio", limit, Role::Candidate);
                };
                ratio_check(limit, objective.ratio(cost, lower, upper), false)
            }));
            checks.extend(limits.competitive_ratio_increase.map(|limit| increase(limit, objective, costs)));
            checks
        }
    };
    Verdict::of(checks, Vec::new())
}

fn tables(
    limits: &Limits,
    wrong: Option<u64>,
    (worse, changed): (&Regressions, u64),
    of: impl Fn(u64) -> Affected,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(limit) = limits.divergence {
        // Where running answers can't be held against the batch answer itself, what is worse than stable's counts.
        let found = wrong.unwrap_or(worse.rows);
        let note = if wrong.is_some() {
            differ(found, "rows that the candidate serves") + " the batch answer of the same records"
        } else {
            are(found, "rows that the candidate serves") + " worse than stable's"
        };
        checks.push(limit.check("divergence", of(found), note));
    }
    let increase = limits.divergence_increase.or(limits.divergence.is_none().then_some(Amount::Count(0)));
    if let Some(limit) = increase {
        let first = worse
            .first
            .as_ref()
            .map(|key| format!(", the first of key '{}'", datasets::shown(&key.join(","))));
        let note = format!("{} worse than stable's{}", are(worse.rows, "rows"), first.unwrap_or_default());
        checks.push(limit.check("divergence_increase", of(worse.rows), note));
    }
    if let Some(limit) = limits.decision_changes {
        let note = format!("{} stable's", differ(changed, "rows that the candidate serves"));
        checks.push(limit.check("decision_changes", of(changed), note));
    }
    checks
}

fn decided_rightly(limits: &Limits, wrong: Pair<u64>, of: impl Fn(u64) -> Affected) -> Check {
    let limit = limits.divergence.unwrap_or(Amount::Count(0));
    if wrong.stable > 0 {
        let note = are(wrong.stable, "decisions of the stable job") + " wrong";
        return limit.judged("divergence", of(wrong.candidate), Outcome::Invalid, note);
    }
    limit.check(
        "divergence",
        of(wrong.candidate),
        are(wrong.candidate, "decisions of the candidate") + " wrong",
    )
}

fn increase(limit: f64, objective: &Objective, costs: Pair<Option<u64>>) -> Check {
    let (stable, candidate) = match (costs.stable, costs.candidate) {
        (Some(stable), Some(candidate)) => (stable, candidate),
        (None, _) => return without_cost("competitive_ratio_increase", limit, Role::Stable),
        (_, None) => return without_cost("competitive_ratio_increase", limit, Role::Candidate),
    };
    let value = objective.increase(stable, candidate);
    let outcome = pass_if(objective.allows(limit, stable, candidate));
    let note = format!("the candidate costs {candidate}, stable {stable}");
    check("competitive_ratio_increase", Held { unit: Unit::Share, limit, value }, outcome, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(limits: &Limits, seen: &ServedAnswers<'_>) -> Outcome {
        upgrade_verdict(limits, seen).outcome
    }

    #[test]
    fn a_table_may_not_be_worse_unless_a_limit_says_so() {
        let worse = |rows| Regressions { rows, ..Regressions::default() };
        let (none, two) = (worse(0), worse(2));
        let seen = |worse| ServedAnswers::Table {
            rows: 100,
            wrong: Some(Pair { stable: 0, candidate: 3 }),
            worse,
            changed: 4,
        };
        assert_eq!(outcome(&Limits::default(), &seen(&none)), Outcome::Pass);
        assert_eq!(outcome(&Limits::default(), &seen(&two)), Outcome::Fail);
        let limits =
            |divergence, changes| Limits { divergence, decision_changes: changes, ..Limits::default() };
        assert_eq!(outcome(&limits(Some(Amount::Count(3)), None), &seen(&two)), Outcome::Pass);
        assert_eq!(outcome(&limits(Some(Amount::Count(2)), None), &seen(&none)), Outcome::Fail);
        assert_eq!(outcome(&limits(None, Some(Amount::Share(0.04))), &seen(&none)), Outcome::Pass);
        assert_eq!(outcome(&limits(None, Some(Amount::Count(3))), &seen(&none)), Outcome::Fail);
    }

    #[test]
    fn running_answers_are_held_against_stables() {
        let worse = Regressions { rows: 5, ..Regressions::default() };
        let seen = ServedAnswers::Table { rows: 100, wrong: None, worse: &worse, changed: 5 };
        let limits = |most| Limits { divergence: Some(Amount::Count(most)), ..Limits::default() };
        assert_eq!((outcome(&limits(5), &seen), outcome(&limits(4), &seen)), (Outcome::Pass, Outcome::Fail));
    }

    #[test]
    fn decisions_are_judged_by_cost_and_by_themselves() {
        let objective = Objective::Minimise("bins".into());
        let seen = |wrong, costs| ServedAnswers::Decisions {
            objective: &objective,
            bounds: Some((10, 11)),
            costs,
            wrong,
            changed: 7,
            records: 50,
        };
        let right = Pair { stable: 0, candidate: 0 };
        let costs = Pair { stable: Some(12), candidate: Some(13) };
        let limits = Limits { competitive_ratio_increase: Some(0.0), ..Limits::default() };
        assert_eq!(outcome(&limits, &seen(right, costs)), Outcome::Fail);
        let limits = Limits { competitive_ratio_increase: Some(0.1), ..Limits::default() };
        assert_eq!(outcome(&limits, &seen(right, costs)), Outcome::Pass);
        let limits = Limits { competitive_ratio: Some(1.2), ..Limits::default() };
        assert_eq!(outcome(&limits, &seen(right, costs)), Outcome::Inconclusive);
        let none = Pair { candidate: None, ..costs };
        assert_eq!(outcome(&limits, &seen(right, none)), Outcome::Inconclusive);
        for (wrong, expected) in [
            (Pair { stable: 0, candidate: 1 }, Outcome::Fail),
            (Pair { stable: 1, candidate: 0 }, Outcome::Invalid),
        ] {
            assert_eq!(outcome(&Limits::default(), &seen(wrong, costs)), expected);
        }
    }
}
