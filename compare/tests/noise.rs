//! The gate on jobs that aren't deterministic: how often it cries wolf, and what it still finds. Runs are drawn from
//! laws that are known, so the truth is too.

use std::collections::BTreeMap;

use compare::{
    Accuracy, Amount, AnswerResult, Bounds, Compared, CostResult, DecisionChanges, DecisionsResult, Ledger,
    Limits, Noise, Objective, OrderCost, Outcome, RatioResult, ReferenceResult, Verdict, VersionResult,
    accuracy_verdict, summarise_orders,
};
use datasets::SplitMix64;

const RUNS: usize = 7;
const LOWER: u64 = 1000;

/// Describes what the runs of a job gave: costs, and records decided otherwise than in stable's first run.
struct Runs {
    costs: Vec<u64>,
    changes: Vec<u64>,
}

impl Runs {
    fn version(&self) -> VersionResult {
        let noise = (self.costs.len() > 1).then(|| Noise {
            runs: self.costs.len() as u64,
            decisions_differing: 1,
            changes_low: *self.changes.iter().min().expect("runs"),
            changes_high: *self.changes.iter().max().expect("runs"),
            cost_low: *self.costs.iter().min().expect("runs"),
            cost_high: *self.costs.iter().max().expect("runs"),
            wrong_high: 0,
        });
        let competitive_ratio = RatioResult {
            low: 1.0,
            high: 1.0,
            proven: None,
            proven_absolute: None,
            proven_constant: None,
            source: String::new(),
        };
        VersionResult {
            job: "job".into(),
            about: String::new(),
            ledger: Ledger::default(),
            cost: Some(CostResult { value: self.costs[0], competitive_ratio, profile: Vec::new() }),
            answer: AnswerResult::Decisions(DecisionsResult::default()),
            recovery: None,
            explanation: None,
            noise,
        }
    }
}

fn judged(stable: &VersionResult, candidate: &VersionResult, orders: &[OrderCost]) -> Verdict {
    let limits = Limits {
        competitive_ratio_increase: Some(0.0),
        decision_changes: Some(Amount::Count(0)),
        ..Limits::default()
    };
    let objective = Objective::Minimise("bins".into());
    let bounds = Bounds { lower: LOWER, lower_by: "l1".into(), upper: LOWER, upper_by: "ffd".into() };
    let reference = ReferenceResult {
        notes: vec![],
        job: "offline".into(),
        kind: "exact".into(),
        rows: 5,
        bounds: Some(bounds),
        counts: BTreeMap::new(),
    };
    let changes = DecisionChanges { same: 0, different: 5, first_different: Some(0) };
    accuracy_verdict(
        &limits,
        &Accuracy {
            objective: &objective,
            reference: &reference,
            stable,
            candidate,
            answers: Compared::Decisions { changes, problems: [None, None] },
            reference_problem: None,
            orders: summarise_orders(orders, &objective).as_ref(),
        },
    )
}

fn outcome(verdict: &Verdict, name: &str) -> Outcome {
    verdict.checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no {name}")).outcome
}

/// A sum of dice: costs around `mean`, give or take some tens.
fn cost(random: &mut SplitMix64, mean: u64) -> u64 {
    mean - 60 + (0..8).map(|_| random.uniform(0, 15)).sum::<u64>()
}

/// In how many of 2,000 experiments `check` fails. One decision changes those that follow, so the number of changed
/// records is anything at all from run to run.
fn fails(check: &str, seed: u64, candidate_mean: u64, candidate_changes: u64, stable_runs: usize) -> usize {
    let mut random = SplitMix64::new(seed);
    let mut runs = |count: usize, mean: u64, least: u64, own: usize| {
        let costs = (0..count).map(|_| cost(&mut random, mean)).collect();
        let changes = (own..count).map(|_| random.uniform(least, least + 5000)).collect();
        Runs { costs, changes }
    };
    let experiment = |_: &usize| {
        let stable = runs(stable_runs, 2000, 0, 1).version();
        let candidate = runs(RUNS, candidate_mean, candidate_changes, 0).version();
        outcome(&judged(&stable, &candidate, &[]), check) == Outcome::Fail
    };
    (0..2000).filter(experiment).count()
}

#[test]
fn noise_alone_fails_a_gate_no_more_than_once_in_a_hundred() {
    // 2,000 × 1 / 3,432 and 2,000 × 1 / 1,716 are expected, against 20 allowed.
    assert!(fails("competitive_ratio_increase", 1, 2000, 0, RUNS) <= 6);
    assert!(fails("decision_changes", 2, 2000, 0, RUNS) <= 8);
}

#[test]
fn a_candidate_as_good_in_the_mean_as_an_exact_stable_rarely_fails() {
    // An exact stable that costs 2,000: 2,000 × 1 / 128 = 15.6 are expected, and three standard errors allowed.
    let mut random = SplitMix64::new(3);
    let stable = Runs { costs: vec![2000], changes: vec![] }.version();
    let experiment = |_: &usize| {
        let costs: Vec<u64> = (0..RUNS).map(|_| cost(&mut random, 2000)).collect();
        let candidate = Runs { changes: vec![1; RUNS], costs }.version();
        outcome(&judged(&stable, &candidate, &[]), "competitive_ratio_increase") == Outcome::Fail
    };
    assert!((0..2000).filter(experiment).count() <= 28);
}

#[test]
fn what_exceeds_the_noise_fails() {
    assert!(fails("competitive_ratio_increase", 4, 2100, 0, RUNS) >= 1980);
    assert_eq!(fails("decision_changes", 5, 2000, 5001, RUNS), 2000);
}

#[test]
fn an_exact_stable_leaves_nothing_to_be_explained_by_noise() {
    let stable = Runs { costs: vec![2000], changes: vec![] }.version();
    let candidate = Runs { costs: vec![2000; RUNS], changes: vec![0, 0, 0, 0, 0, 0, 1] }.version();
    assert_eq!(outcome(&judged(&stable, &candidate, &[]), "decision_changes"), Outcome::Fail);
}

#[test]
fn noise_is_named() {
    let noisy = Runs { costs: vec![2000, 2003], changes: vec![4, 9] }.version();
    let exact = Runs { costs: vec![2000], changes: vec![] }.version();
    let verdict = judged(&noisy, &exact, &[]);
    let named = |name: &str| verdict.checks.iter().find(|check| check.name == name);
    let note = &named("noise_stable").expect("named").note;
    assert!(note.contains("not deterministic") && note.contains("2000 to 2003"), "{note}");
    assert!(named("noise_candidate").is_none());
    assert!(judged(&exact, &exact, &[]).checks.iter().all(|check| !check.note.contains("noisy")));
}

#[test]
fn the_worst_run_counts_where_rows_are_wrong() {
    let version = |wrong_high| {
        let mut version = Runs { costs: vec![2000, 2000], changes: vec![0, 0] }.version();
        version.noise.as_mut().expect("two runs").wrong_high = wrong_high;
        version
    };
    let divergence =
        |stable, candidate| outcome(&judged(&version(stable), &version(candidate), &[]), "divergence");
    assert_eq!(divergence(0, 0), Outcome::Pass);
    assert_eq!(divergence(0, 1), Outcome::Fail);
    assert_eq!(divergence(1, 0), Outcome::Invalid);
    // Nor may any run beat the bound.
    let cheap = Runs { costs: vec![2000, LOWER - 1], changes: vec![0, 0] }.version();
    assert_eq!(outcome(&judged(&version(0), &cheap, &[]), "lower_bound"), Outcome::Invalid);
}

#[test]
fn over_orders_noise_must_be_exceeded_too() {
    let name = "competitive_ratio_increase_over_orders";
    let noisy = Runs { costs: vec![2000, 2001], changes: vec![0, 1] }.version();
    let exact = Runs { costs: vec![2000], changes: vec![] }.version();
    let orders = |dearer: u64, cheaper: u64| -> Vec<OrderCost> {
        let order = |seed, candidate| OrderCost { seed, stable: 2000, candidate, bounds: (LOWER, LOWER) };
        // The dearer ones are dearer by more than the cheaper ones are cheaper, so the sums always say dearer.
        let dear = (0..dearer).map(|seed| order(seed, 2100));
        dear.chain((0..cheaper).map(|seed| order(dearer + seed, 1999))).collect()
    };
    let check = |version: &VersionResult, dearer, cheaper| {
        outcome(&judged(version, version, &orders(dearer, cheaper)), name)
    };
    assert_eq!(check(&exact, 1, 9), Outcome::Fail);
    assert_eq!(check(&noisy, 1, 9), Outcome::Pass);
    // 9 of 10 are as likely as 1.07 %, 10 of 10 as 0.1 %.
    assert_eq!(check(&noisy, 9, 1), Outcome::Pass);
    assert_eq!(check(&noisy, 10, 0), Outcome::Fail);
}
