//! Every job of the catalogue, and the reference, on small data: valid, accounted for, within what is proved.

use serde_json::Value;

use crate::{
    oracle::{Random, cost, optimum},
    support::{Scratch, list, number, real, text},
};

/// Datasets for a problem with a cost.
fn datasets(scratch: &Scratch) -> Vec<&'static str> {
    scratch.run("generate uniform --records 120 --seed 5 --to uniform").expect(0);
    scratch.run("generate triplets --records 60 --seed 5 --to triplets").expect(0);
    scratch.freeze("extremes", &[0, 10, 0, 5, 5, 10, 1, 9, 0], 10);
    scratch.freeze("single", &[1], 1);
    scratch.freeze("zeros", &[0, 0, 0], 3);
    vec!["tiny", "uniform", "triplets", "extremes", "single", "zeros"]
}

#[test]
fn every_job_is_valid_and_within_what_is_proved() {
    let scratch = Scratch::with_tiny();
    for problem in list(&scratch.run("jobs --json").expect(0).json()["problems"]) {
        let name = text(&problem["problem"]);
        if name != "bin-packing" {
            continue; // caching has a test of its own, and the others answer with tables
        }
        for dataset in datasets(&scratch) {
            for version in list(&problem["versions"]) {
                check_job(&scratch, name, dataset, text(&version["example"]));
            }
        }
    }
}

/// The shipped dataset of a problem that answers with a table, and what has to be set.
fn shipped(problem: &str) -> (&'static str, &'static str) {
    match problem {
        "windowed-aggregation" => ("clicks", ""),
        "sessions" => ("clicks", "--set gap=3000"),
        "deduplicated-totals" => ("deliveries-1000", ""),
        "enrichment-join" => ("readings-1000", ""),
        "order-payment-join" => ("orders-1000", ""),
        other => panic!("a problem without a dataset in this test: {other}"),
    }
}

#[test]
fn every_table_job_accounts_for_every_record_and_answers_alike_each_time() {
    let scratch = Scratch::new();
    let mut versions = 0;
    for problem in list(&scratch.run("jobs --json").expect(0).json()["problems"]) {
        let name = text(&problem["problem"]);
        if ["bin-packing", "caching"].contains(&name) {
            continue;
        }
        let (dataset, set) = shipped(name);
        let dataset = format!("{}/datasets/data/{dataset}", env!("CARGO_MANIFEST_DIR"));
        let table = TableProblem { name, dataset: &dataset, set };
        for trigger in ["record", "'every 100 records'", "once"] {
            for version in list(&problem["versions"]) {
                versions += 1;
                check_table_job(&scratch, &table, text(&version["example"]), trigger, versions);
            }
        }
    }
    assert!(versions > 40, "{versions}");
}

/// A problem that answers with a table, and what it is tried on.
struct TableProblem<'a> {
    name: &'a str,
    dataset: &'a str,
    set: &'a str,
}

fn check_table_job(scratch: &Scratch, table: &TableProblem<'_>, job: &str, trigger: &str, run: u32) {
    let &TableProblem { name: problem, dataset, set } = table;
    let trigger = trigger.trim_matches('\'');
    let mut args =
        vec!["gate", "--problem", problem, "--dataset", dataset, "--stable", job, "--candidate", job];
    let out = format!("out-{run}");
    args.extend(["--trigger", trigger, "--decision-changes", "0", "--out", &out]);
    args.extend(set.split_whitespace());
    scratch.run_args(&args).expect(0);
    let results = scratch.json(&format!("{out}/results.json"));
    let what = format!("{problem} {job} {trigger}");
    let records = number(&results["dataset"]["records"]);
    for role in ["stable", "candidate"] {
        let ledger = &results[role]["ledger"];
        let part = |key: &str| ledger.get(key).map_or(0, number);
        let parts = ["used", "late", "duplicate", "rejected", "not_emitted", "no_window", "lost"]
            .into_iter()
            .map(part);
        assert_eq!((parts.sum::<u64>(), part("lost")), (records, 0), "{what}: {ledger}");
        let rows = |key: &str| number(&results[role]["answer"]["table"]["divergence"][key]);
        let reference = number(&results["reference"]["rows"]);
        assert_eq!(rows("equal") + rows("changed") + rows("missing"), reference, "{what}");
        assert_eq!(
            rows("equal") + rows("changed") + rows("extra"),
            number(&results[role]["answer"]["table"]["rows"]),
            "{what}"
        );
    }
    // Nothing is late where nothing is complete before the end.
    if job == "at-end" {
        assert_eq!(
            number(&results["candidate"]["answer"]["table"]["divergence"]["equal"]),
            number(&results["reference"]["rows"]),
            "{what}"
        );
    }
}

fn check_job(scratch: &Scratch, problem: &str, dataset: &str, job: &str) {
    let out = format!("{dataset}-{}", job.replace(':', "-"));
    let flags = format!("--problem {problem} --dataset {dataset} --stable {job} --candidate {job}");
    scratch.run(&format!("gate {flags} --order shuffled --out {out}")).expect(0);
    let results = scratch.json(&format!("{out}/results.json"));
    let what = format!("{job} on {dataset}");
    let sizes = scratch.sizes(dataset);
    let capacity = number(&results["parameters"]["capacity"]);
    for role in ["stable", "candidate"] {
        let bins = scratch.answer(&format!("{out}/answers/{role}.csv"));
        check_packing(&what, &results[role], cost(&what, &sizes, capacity, &bins), sizes.len() as u64);
        check_proved(&what, &results[role], &results["reference"]);
    }
    let bins = scratch.answer(&format!("{out}/answers/reference.csv"));
    let upper = number(&results["reference"]["bounds"]["upper"]);
    assert_eq!(cost(&what, &sizes, capacity, &bins), upper, "{what}");
    let same = &results["changes"]["decisions"];
    assert_eq!((number(&same["same"]), number(&same["different"])), (sizes.len() as u64, 0), "{what}");
}

fn check_packing(what: &str, version: &Value, cost: u64, records: u64) {
    assert_eq!(number(&version["cost"]["value"]), cost, "{what}");
    assert_eq!(list(&version["cost"]["profile"]).iter().map(number).sum::<u64>(), cost, "{what}: fill");
    let ledger = |key: &str| number(&version["ledger"][key]);
    let parts: u64 = ["used", "late", "duplicate", "rejected", "lost"].into_iter().map(ledger).sum();
    assert_eq!((ledger("records"), ledger("used"), parts), (records, records, records), "{what}: ledger");
    let rows = ["missing", "extra", "changed", "equal"]
        .map(|key| number(&version["answer"]["decisions"]["divergence"][key]));
    assert_eq!(rows, [0, 0, 0, records], "{what}: divergence");
}

fn check_proved(what: &str, version: &Value, reference: &Value) {
    let (cost, bounds) = (real(&version["cost"]["value"]), &reference["bounds"]);
    let (lower, upper) = (real(&bounds["lower"]), real(&bounds["upper"]));
    assert!(lower <= cost && lower <= upper, "{what}: {reference}");
    assert_eq!(number(&bounds["lower"]) == number(&bounds["upper"]), reference["kind"] == "exact");
    let ratio = &version["cost"]["competitive_ratio"];
    // Proved against the optimum, so all the more against what is no better than it.
    if let Some(absolute) = ratio["proven_absolute"].as_f64() {
        assert!(cost <= absolute * upper + 1e-9, "{what}: {cost} of {upper}, {ratio}");
    }
    if let (Some(asymptotic), Some(constant)) = (ratio["proven"].as_f64(), ratio["proven_constant"].as_f64())
    {
        assert!(cost <= asymptotic * upper + constant + 1e-9, "{what}: {cost} of {upper}, {ratio}");
    }
}

#[test]
fn the_reference_holds_the_optimum_of_everything_tiny() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let capacity = random.between(1, 30);
        let records = random.between(1, 8);
        let low = if seed % 3 == 0 { capacity / 4 } else { 0 };
        let sizes: Vec<u64> = (0..records).map(|_| random.between(low, capacity)).collect();
        check_reference(&sizes, capacity, &format!("seed {seed}: {sizes:?} in {capacity}"));
    }
}

fn check_reference(sizes: &[u64], capacity: u64, what: &str) {
    let scratch = Scratch::new();
    scratch.freeze("data", sizes, capacity);
    let reference = scratch.run("batch data --json --out out").expect(0).json()["reference"].clone();
    let (lower, upper) = (number(&reference["bounds"]["lower"]), number(&reference["bounds"]["upper"]));
    let best = optimum(sizes, capacity);
    assert!(lower <= best && best <= upper, "{what}: optimum {best}, {reference}");
    // Eight items leave no excuse.
    assert_eq!((lower, upper), (best, best), "{what}: {reference}");
    let bins = scratch.answer("out/answers/reference.csv");
    assert_eq!(cost(what, sizes, capacity, &bins), upper, "{what}");
}

#[test]
fn the_curve_holds_the_optimum_of_every_tiny_prefix() {
    let sizes = [4, 3, 7, 6, 5, 5, 8, 2];
    let scratch = Scratch::new();
    scratch.freeze("data", &sizes, 10);
    scratch.run("run --dataset data --stable first-fit --candidate next-fit --out out").expect(0);
    let results = scratch.json("out/results.json");
    let curve = list(&results["curve"]);
    assert_eq!(curve.len(), sizes.len());
    for point in curve {
        let best = optimum(&sizes[..number(&point["records"]) as usize], 10);
        let (lower, upper) = (number(&point["lower_bound"]), number(&point["upper_bound"]));
        assert!(lower <= best && best <= upper, "optimum {best}, {point}");
    }
}
