//! The baseline: what may be compared with it, and that each change of a value is named.

use std::collections::BTreeMap;

use compare::{
    BASELINE_SCHEMA, Baseline, BaselineDataset, BaselineOrders, BaselineReference, BaselineReplay,
    BaselineVersion, Check, DatasetId, Divergence, Ledger, Outcome, Subject,
};

fn version(job: &str, cost: u64) -> BaselineVersion {
    BaselineVersion {
        job: job.into(),
        cost,
        answer_blake3: format!("hash of {job}"),
        ledger: Ledger { records: 12, used: 12, ..Ledger::default() },
        divergence: Divergence { equal: 12, ..Divergence::default() },
        orders: Some(BaselineOrders { total_cost: 3 * cost, mean: 1.05, worst: 1.2, worst_seed: 43 }),
    }
}

fn baseline() -> Baseline {
    Baseline {
        schema: BASELINE_SCHEMA.into(),
        problem: "bin-packing".into(),
        dataset: BaselineDataset { name: "tiny".into(), records: 12, blake3: "abc".into() },
        parameters: BTreeMap::from([("capacity".into(), 10.into())]),
        replay: BaselineReplay { order: "recorded".into(), seed: 42, orders: 3 },
        reference: BaselineReference {
            job: "offline-packing".into(),
            lower_bound: 5,
            lower_bound_by: "l1".into(),
            upper_bound: 5,
            upper_bound_by: "search".into(),
            answer_blake3: "hash of the reference".into(),
        },
        stable: version("first-fit", 6),
        candidate: version("best-fit", 5),
    }
}

/// Asserts that exactly one value changed: `path`, from `was` to `is`.
fn check(change: impl Fn(&mut Baseline), path: &str, was: &str, is: &str) {
    let mut now = baseline();
    change(&mut now);
    let changes = baseline().changes(&now);
    let found: Vec<_> = changes.iter().map(|c| (c.path.as_str(), c.was.as_str(), c.is.as_str())).collect();
    assert_eq!(found, [(path, was, is)]);
    let check = Check::of_baseline(&changes);
    assert_eq!((check.name.as_str(), check.outcome, check.value), ("baseline", Outcome::Fail, 1.0));
    assert_eq!(check.note, format!("{path} was {was}, is {is}"));
}

#[test]
fn each_changed_value_is_named() {
    check(|now| now.candidate.cost = 6, "candidate.cost", "5", "6");
    check(|now| now.candidate.job = "worst-fit".into(), "candidate.job", "best-fit", "worst-fit");
    check(|now| now.stable.answer_blake3 = "x".into(), "stable.answer_blake3", "hash of first-fit", "x");
    check(|now| now.stable.ledger.lost = 1, "stable.ledger.lost", "0", "1");
    check(|now| now.candidate.divergence.equal = 11, "candidate.divergence.equal", "12", "11");
    check(|now| now.reference.lower_bound = 4, "reference.lower_bound", "5", "4");
    let orders = |now: &mut Baseline, worst| now.candidate.orders.as_mut().expect("orders").worst = worst;
    check(|now| orders(now, 1.200_000_000_000_000_2), "candidate.orders.worst", "1.2", "1.2000000000000002");
}

#[test]
fn the_same_results_pass() {
    let changes = baseline().changes(&baseline());
    assert_eq!(changes, []);
    assert_eq!(Check::of_baseline(&changes).outcome, Outcome::Pass);
}

#[test]
fn a_value_that_one_side_lacks_is_a_change_on_both() {
    let mut without = baseline();
    without.stable.orders = None;
    let gone = baseline().changes(&without);
    assert_eq!(gone.len(), 4);
    assert!(gone.iter().all(|c| c.path.starts_with("stable.orders.") && c.is == "absent"), "{gone:?}");
    let new = without.changes(&baseline());
    assert!(new.len() == 4 && new.iter().all(|c| c.was == "absent"), "{new:?}");
}

#[test]
fn several_changes_are_counted_and_the_first_is_named() {
    let mut now = baseline();
    now.stable.cost = 7;
    now.candidate.cost = 8;
    let check = Check::of_baseline(&baseline().changes(&now));
    assert!(
        check.note.starts_with("2 values") && check.note.contains("stable.cost was 6, is 7"),
        "{check:?}"
    );
}

#[test]
fn only_a_run_of_the_same_subject_can_be_compared() {
    let dataset = DatasetId { name: "renamed".into(), records: 12, blake3: "abc".into(), scale: 1 };
    let parameters = BTreeMap::from([("capacity".to_owned(), 10.into())]);
    let same = Subject {
        problem: "bin-packing",
        dataset: &dataset,
        parameters: &parameters,
        order: "recorded",
        seed: 42,
        orders: 3,
    };
    // The name is for people; the hash decides.
    assert_eq!(baseline().mismatch(&same), None);
    let other_data = DatasetId { blake3: "def".into(), ..dataset.clone() };
    let other_parameters = BTreeMap::from([("capacity".to_owned(), 11.into())]);
    let cases = [
        (Subject { problem: "paging", ..same }, "problem", "bin-packing", "paging"),
        (
            Subject { dataset: &other_data, ..same },
            "dataset",
            "'tiny', 12 records, hash abc",
            "'renamed', 12 records, hash def",
        ),
        (Subject { parameters: &other_parameters, ..same }, "parameters", "capacity=10", "capacity=11"),
        (Subject { seed: 7, ..same }, "replay", "recorded, seed 42, 3 orders", "recorded, seed 7, 3 orders"),
        (
            Subject { orders: 4, ..same },
            "replay",
            "recorded, seed 42, 3 orders",
            "recorded, seed 42, 4 orders",
        ),
    ];
    for (subject, what, kept, run) in cases {
        let found = baseline().mismatch(&subject).expect(what);
        assert_eq!((found.what, found.baseline.as_str(), found.run.as_str()), (what, kept, run));
    }
}
