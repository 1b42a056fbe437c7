//! The gate: every check reaches every outcome that it can have, and the worst one is the verdict.

use std::collections::BTreeMap;

use compare::{
    Accuracy, Amount, AnswerResult, Bounds, Check, Compared, Comparison, CostResult, DecisionChanges,
    DecisionsResult, Divergence, Estimate, Feeder, Health, Judged, Ledger, Limits, Machine, Measure,
    MetricComparison, Objective, OrderCost, Outcome, RatioResult, ReferenceResult, ReplayTimes, Speed,
    Timings, Verdict, VersionResult, VersionTimings, accuracy_verdict, latency_verdict, summarise_orders,
};

const NO_LIMITS: Limits = Limits {
    competitive_ratio: None,
    competitive_ratio_increase: None,
    divergence: None,
    divergence_increase: None,
    late: None,
    not_emitted: None,
    rejected: None,
    no_window: None,
    left_out: None,
    decision_changes: None,
    latency_increase: None,
    latency_tail_increase: None,
    latency_p99_ns: None,
    throughput_decrease: None,
    peak_memory_bytes: None,
    peak_memory_increase: None,
    view_age: None,
};

const SAME: DecisionChanges = DecisionChanges { same: 10, different: 0, first_different: None };

fn bins() -> Objective {
    Objective::Minimise("bins".into())
}

fn bounds(lower: u64, upper: u64) -> Bounds {
    Bounds { lower, lower_by: "l1".into(), upper, upper_by: "ffd".into() }
}

fn reference(lower: u64, upper: u64) -> ReferenceResult {
    ReferenceResult {
        notes: vec![],
        job: "offline".into(),
        kind: "bounds".into(),
        rows: 10,
        bounds: Some(bounds(lower, upper)),
        counts: BTreeMap::new(),
    }
}

fn version(value: u64, objective: &Objective) -> VersionResult {
    let (low, high) = objective.ratio(value, 100, 102);
    let competitive_ratio = RatioResult {
        low,
        high,
        proven: Some(1.7),
        proven_absolute: None,
        proven_constant: None,
        source: "somebody 1974".into(),
    };
    VersionResult {
        job: "job".into(),
        about: String::new(),
        ledger: Ledger { records: 10, used: 10, ..Ledger::default() },
        cost: Some(CostResult { value, competitive_ratio, profile: vec![0; 20] }),
        answer: AnswerResult::Decisions(DecisionsResult {
            divergence: Divergence { equal: 10, ..Divergence::default() },
        }),
        recovery: None,
        explanation: None,
        noise: None,
    }
}

fn divergence(version: &mut VersionResult) -> &mut Divergence {
    match &mut version.answer {
        AnswerResult::Decisions(decisions) => &mut decisions.divergence,
        AnswerResult::Table(_) => panic!("decisions"),
    }
}

fn ratio(version: &mut VersionResult) -> &mut RatioResult {
    &mut version.cost.as_mut().expect("a cost").competitive_ratio
}

/// Returns what is seen of two versions that decide alike, against bounds of 100 to 102.
fn seen<'a>(
    objective: &'a Objective,
    reference: &'a ReferenceResult,
    [stable, candidate]: [&'a VersionResult; 2],
) -> Accuracy<'a> {
    Accuracy {
        objective,
        reference,
        stable,
        candidate,
        answers: Compared::Decisions { changes: SAME, problems: [None, None] },
        reference_problem: None,
        orders: None,
    }
}

/// The verdict on costs against bounds of 100 to 102, after `change` has been made to both versions.
fn judged(
    limits: &Limits,
    costs: (u64, u64),
    change: impl Fn(&mut VersionResult, &mut VersionResult),
) -> Verdict {
    judged_by(&bins(), limits, costs, change)
}

/// Returns the same, where answers are to keep something else low or high.
fn judged_by(
    objective: &Objective,
    limits: &Limits,
    costs: (u64, u64),
    change: impl Fn(&mut VersionResult, &mut VersionResult),
) -> Verdict {
    let (mut stable, mut candidate) = (version(costs.0, objective), version(costs.1, objective));
    change(&mut stable, &mut candidate);
    accuracy_verdict(limits, &seen(objective, &reference(100, 102), [&stable, &candidate]))
}

fn outcome(verdict: &Verdict, name: &str) -> Option<Outcome> {
    verdict.checks.iter().find(|check: &&Check| check.name == name).map(|check| check.outcome)
}

#[test]
fn the_ratio_is_judged_by_its_whole_interval() {
    let check = |limit, cost| {
        let limits = Limits { competitive_ratio: Some(limit), ..NO_LIMITS };
        outcome(&judged(&limits, (110, cost), |_, _| {}), "competitive_ratio")
    };
    // 110 bins against 100 to 102: between 1.0784 and 1.1.
    assert_eq!(check(1.1, 110), Some(Outcome::Pass));
    assert_eq!(check(1.09, 110), Some(Outcome::Inconclusive));
    assert_eq!(check(1.07, 110), Some(Outcome::Fail));
}

#[test]
fn an_increase_is_judged_exactly() {
    let check = |limit, candidate| {
        let limits = Limits { competitive_ratio_increase: Some(limit), ..NO_LIMITS };
        outcome(&judged(&limits, (110, candidate), |_, _| {}), "competitive_ratio_increase")
    };
    assert_eq!(check(0.0, 110), Some(Outcome::Pass));
    assert_eq!(check(0.0, 111), Some(Outcome::Fail));
    assert_eq!(check(0.1, 121), Some(Outcome::Pass));
    assert_eq!(check(0.1, 122), Some(Outcome::Fail));
    assert_eq!(check(-0.05, 105), Some(Outcome::Fail));
    assert_eq!(check(-0.05, 104), Some(Outcome::Pass));
}

#[test]
fn wrong_rows_of_the_candidate_fail_and_of_stable_invalidate() {
    let check = |limit, stable, candidate| {
        let limits = Limits { divergence: Some(Amount::Count(limit)), ..NO_LIMITS };
        judged(&limits, (110, 110), |s, c| {
            divergence(s).changed = stable;
            divergence(c).missing = candidate;
        })
        .outcome
    };
    assert_eq!(check(0, 0, 0), Outcome::Pass);
    assert_eq!(check(2, 0, 2), Outcome::Pass);
    assert_eq!(check(2, 0, 3), Outcome::Fail);
    assert_eq!(check(2, 1, 0), Outcome::Invalid);
}

#[test]
fn a_stable_job_that_is_wrong_itself_invalidates() {
    let (bins, reference) = (bins(), reference(100, 102));
    let mut stable = version(110, &bins);
    divergence(&mut stable).changed = 1;
    let candidate = version(110, &bins);
    let problems = [Some("bin 3 holds 11"), None];
    let seen = Accuracy {
        answers: Compared::Decisions { changes: SAME, problems },
        ..seen(&bins, &reference, [&stable, &candidate])
    };
    let verdict = accuracy_verdict(&NO_LIMITS, &seen);
    assert_eq!(verdict.outcome, Outcome::Invalid);
    assert!(verdict.checks[0].note.contains("bin 3 holds 11"));
}

#[test]
fn what_is_too_good_to_be_true_invalidates() {
    let verdict = judged(&NO_LIMITS, (110, 99), |_, _| {});
    assert_eq!(
        (outcome(&verdict, "lower_bound"), verdict.outcome),
        (Some(Outcome::Invalid), Outcome::Invalid)
    );
    // A packing that is wrong proves nothing against the bound.
    let verdict = judged(&NO_LIMITS, (110, 99), |_, c| divergence(c).changed = 5);
    assert_eq!((outcome(&verdict, "lower_bound"), verdict.outcome), (None, Outcome::Fail));
}

#[test]
fn a_ledger_that_does_not_balance_invalidates() {
    let verdict = judged(&NO_LIMITS, (110, 110), |_, c| c.ledger.used = 9);
    assert_eq!(outcome(&verdict, "ledger"), Some(Outcome::Invalid));
    let verdict = judged(&NO_LIMITS, (110, 110), |_, c| (c.ledger.used, c.ledger.lost) = (9, 1));
    assert_eq!(outcome(&verdict, "ledger"), None);
}

#[test]
fn a_job_that_breaks_its_own_proof_is_not_that_job() {
    let check = |cost, absolute, constant| {
        let verdict = judged(&NO_LIMITS, (110, cost), |_, candidate| {
            ratio(candidate).proven_absolute = absolute;
            ratio(candidate).proven_constant = constant;
        });
        outcome(&verdict, "proven_ratio")
    };
    // Against at most 102: 1.7 absolute allows 173.4; asymptotic with constant 7 allows 180.4.
    assert_eq!(check(173, Some(1.7), None), None);
    assert_eq!(check(174, Some(1.7), None), Some(Outcome::Fail));
    assert_eq!(check(180, None, Some(7)), None);
    assert_eq!(check(181, None, Some(7)), Some(Outcome::Fail));
    assert_eq!(check(1000, None, None), None, "an asymptotic ratio alone says nothing about one instance");
}

#[test]
fn a_reference_that_contradicts_itself_invalidates() {
    let (bins, reference) = (bins(), reference(100, 102));
    let both = version(110, &bins);
    let seen = Accuracy {
        reference_problem: Some("its packing is wrong"),
        ..seen(&bins, &reference, [&both, &both])
    };
    assert_eq!(accuracy_verdict(&NO_LIMITS, &seen).outcome, Outcome::Invalid);
}

#[test]
fn orders_are_compared_as_sums_on_the_same_orders() {
    let check = |pairs: &[(u64, u64)]| {
        let costs: Vec<OrderCost> = pairs
            .iter()
            .map(|&(stable, candidate)| OrderCost { seed: 1, stable, candidate, bounds: (100, 100) })
            .collect();
        let (bins, reference) = (bins(), reference(100, 102));
        let orders = summarise_orders(&costs, &bins);
        let both = version(110, &bins);
        let seen = Accuracy { orders: orders.as_ref(), ..seen(&bins, &reference, [&both, &both]) };
        let limits = Limits { competitive_ratio_increase: Some(0.0), ..NO_LIMITS };
        outcome(&accuracy_verdict(&limits, &seen), "competitive_ratio_increase_over_orders")
    };
    assert_eq!(check(&[(110, 112), (110, 108)]), Some(Outcome::Pass));
    assert_eq!(check(&[(110, 112), (110, 109)]), Some(Outcome::Fail));
    assert_eq!(check(&[]), None);
}

#[test]
fn where_more_is_better_the_same_checks_look_the_other_way() {
    let pairs = Objective::Maximise("pairs".into());
    let check = |limits, costs, name| outcome(&judged_by(&pairs, &limits, costs, |_, _| {}), name);
    // 85 pairs where there are 100 to 102: 1.1765 to 1.2 times too few.
    let of = |limit| Limits { competitive_ratio: Some(limit), ..NO_LIMITS };
    assert_eq!(check(of(1.2), (90, 85), "competitive_ratio"), Some(Outcome::Pass));
    assert_eq!(check(of(1.19), (90, 85), "competitive_ratio"), Some(Outcome::Inconclusive));
    assert_eq!(check(of(1.17), (90, 85), "competitive_ratio"), Some(Outcome::Fail));
    let of = |limit| Limits { competitive_ratio_increase: Some(limit), ..NO_LIMITS };
    let name = "competitive_ratio_increase";
    assert_eq!(check(of(0.0), (90, 91), name), Some(Outcome::Pass));
    assert_eq!(check(of(0.0), (90, 89), name), Some(Outcome::Fail));
    assert_eq!(check(of(0.1), (99, 90), name), Some(Outcome::Pass));
    // More than is proved to be possible can't be; less than is proved of the job isn't that job.
    assert_eq!(check(NO_LIMITS, (90, 102), "lower_bound"), None);
    assert_eq!(check(NO_LIMITS, (90, 103), "lower_bound"), Some(Outcome::Invalid));
    let proven = |value| {
        let absolute = |_: &mut VersionResult, candidate: &mut VersionResult| {
            ratio(candidate).proven_absolute = Some(2.0);
        };
        outcome(&judged_by(&pairs, &NO_LIMITS, (90, value), absolute), "proven_ratio")
    };
    assert_eq!((proven(50), proven(49)), (None, Some(Outcome::Fail)));
}

#[test]
fn an_answer_without_a_cost_is_never_passed_by_a_limit_on_costs() {
    let limits = Limits { competitive_ratio: Some(2.0), competitive_ratio_increase: Some(0.0), ..NO_LIMITS };
    let verdict = judged_by(&Objective::None, &limits, (110, 110), |s, c| (s.cost, c.cost) = (None, None));
    for name in ["competitive_ratio", "competitive_ratio_increase"] {
        assert_eq!(outcome(&verdict, name), Some(Outcome::Inconclusive), "{name}");
    }
    assert_eq!(outcome(&verdict, "divergence"), Some(Outcome::Pass));
}

fn timings(feeder: Option<Feeder>, comparison: Option<Comparison>) -> Timings {
    let version = VersionTimings {
        records: 10,
        samples: 10,
        saturated: false,
        p99_bounds: None,
        peak_rss_bytes: None,
        emitted: None,
        null_job: None,
    };
    let replay = ReplayTimes::default();
    Timings {
        schema: String::new(),
        started: String::new(),
        experiment: None,
        commit: None,
        wall_seconds: 1.0,
        pace: "max".into(),
        measure: Measure::FromDueTime,
        speed: Speed::of(None, [&replay, &replay]),
        stable: version.clone(),
        candidate: version,
        feeder,
        comparison,
        throughput: None,
        peak_rss_bytes: None,
        machine: Machine { host: None, platform: String::new(), cpu: String::new(), cpus: 1, load: None },
        architectures: None,
        verdict: Verdict::of(Vec::new(), Vec::new()),
        outcome: Outcome::Pass,
        judged: Judged::default(),
    }
}

const FEEDER: Feeder =
    Feeder { records: 1000, misses: 10, late_after_ns: 10_000, allowed_share: 0.01, worst_ns: 5 };

#[test]
fn slower_is_shown_or_not_or_left_open() {
    let metric = |metric: &str, margin, outcome| MetricComparison {
        metric: metric.into(),
        margin,
        stable_ns: Some(Estimate { value: 100.0, low: 99.0, high: 101.0 }),
        ratio: Some(Estimate { value: 1.1, low: 1.0, high: 1.2 }),
        smallest_effect: None,
        outcome,
    };
    let check = |overall, mean, p50| {
        let comparison = Comparison {
            replicates: 11,
            least_replicates: 8,
            spent_seconds: 1.0,
            budget_seconds: 60.0,
            error_rate: 0.01,
            outcome: overall,
            note: "the time allowed ran out".into(),
            needed_seconds: None,
            metrics: vec![
                metric("mean", Some(0.05), mean),
                metric("p50", Some(0.05), p50),
                metric("max", None, Outcome::Inconclusive),
            ],
            control: Vec::new(),
            health: Health::default(),
        };
        let verdict = latency_verdict(&NO_LIMITS, &timings(None, Some(comparison)));
        assert_eq!(verdict.checks.len(), 2, "a metric without a margin is no check");
        let found = verdict.checks.iter().map(|check| (check.outcome, check.note.clone()));
        found.collect::<Vec<_>>()
    };
    for outcome in [Outcome::Pass, Outcome::Fail] {
        // One that is open doesn't paint the other.
        let found = check(outcome.max(Outcome::Inconclusive), outcome, Outcome::Inconclusive);
        assert_eq!([found[0].0, found[1].0], [outcome, Outcome::Inconclusive]);
        assert!(found[0].1.contains("+0.0 % to +20.0 % in 11 replicates"), "{found:?}");
    }
    let open = |overall| check(overall, Outcome::Fail, Outcome::Inconclusive)[1].1.clone();
    assert!(open(Outcome::Inconclusive).contains("the time allowed ran out"));
    assert!(open(Outcome::Fail).contains("left open, for another metric"));
}

#[test]
fn a_feeder_that_was_late_invalidates() {
    let check =
        |misses| latency_verdict(&NO_LIMITS, &timings(Some(Feeder { misses, ..FEEDER }), None)).outcome;
    assert_eq!((check(0), check(10), check(11)), (Outcome::Pass, Outcome::Pass, Outcome::Invalid));
}

#[test]
fn a_promise_on_p99_is_shown_kept_or_broken_or_left_open() {
    let limits = |ns| Limits { latency_p99_ns: Some(ns), ..NO_LIMITS };
    let check = |limit, timings: &Timings| outcome(&latency_verdict(&limits(limit), timings), "latency_p99");
    let mut paced = timings(Some(FEEDER), None);
    paced.candidate.p99_bounds = Some(Estimate { value: 1000.0, low: 900.0, high: 1200.0 });
    assert_eq!(check(1200, &paced), Some(Outcome::Pass));
    assert_eq!(check(1199, &paced), Some(Outcome::Inconclusive));
    assert_eq!(check(900, &paced), Some(Outcome::Inconclusive));
    assert_eq!(check(899, &paced), Some(Outcome::Fail));
    paced.candidate.saturated = true;
    assert_eq!(check(1_000_000, &paced), Some(Outcome::Fail));
    // Ten records don't tell of one in a hundred, and at pace max nothing is due: never a pass.
    for timings in [timings(Some(FEEDER), None), timings(None, None)] {
        assert_eq!(check(1_000_000, &timings), Some(Outcome::Inconclusive));
    }
    let few = latency_verdict(&limits(1000), &timings(Some(FEEDER), None));
    assert!(few.checks.iter().any(|check| check.note.contains("459")), "{few:?}");
}

#[test]
fn memory_is_held_against_its_limits() {
    let check = |limits: Limits, peaks: [Option<u64>; 2]| {
        let mut timings = timings(None, None);
        [timings.stable.peak_rss_bytes, timings.candidate.peak_rss_bytes] = peaks;
        latency_verdict(&limits, &timings).outcome
    };
    let most = |bytes| Limits { peak_memory_bytes: Some(bytes), ..NO_LIMITS };
    assert_eq!(check(most(100), [None, Some(100)]), Outcome::Pass);
    assert_eq!(check(most(99), [None, Some(100)]), Outcome::Fail);
    assert_eq!(check(most(99), [Some(1), None]), Outcome::Inconclusive);
    let increase = |share| Limits { peak_memory_increase: Some(share), ..NO_LIMITS };
    assert_eq!(check(increase(0.1), [Some(100), Some(110)]), Outcome::Pass);
    assert_eq!(check(increase(0.1), [Some(100), Some(111)]), Outcome::Fail);
    assert_eq!(check(increase(0.1), [None, Some(111)]), Outcome::Inconclusive);
}

#[test]
fn decisions_unlike_stables_are_counted_against_their_limit() {
    let check = |limit: Option<u64>, different| {
        let (bins, reference) = (bins(), reference(100, 102));
        let both = version(110, &bins);
        let changes = DecisionChanges {
            same: 10 - different,
            different,
            first_different: (different > 0).then_some(4),
        };
        let seen = Accuracy {
            answers: Compared::Decisions { changes, problems: [None, None] },
            ..seen(&bins, &reference, [&both, &both])
        };
        outcome(
            &accuracy_verdict(&Limits { decision_changes: limit.map(Amount::Count), ..NO_LIMITS }, &seen),
            "decision_changes",
        )
    };
    assert_eq!(check(Some(0), 0), Some(Outcome::Pass));
    assert_eq!(check(Some(0), 1), Some(Outcome::Fail));
    assert_eq!(check(Some(3), 3), Some(Outcome::Pass));
    assert_eq!(check(None, 9), None);
}
