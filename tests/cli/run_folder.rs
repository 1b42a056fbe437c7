//! The folder that a run leaves: its files, what stands in them, and what is the same when it is run again.

use std::fs;

use serde_json::Value;

use crate::support::{BEST_FOR_FIRST, RUN_FILES, Scratch, keys, list, number, real, text};

/// A run of two jobs in a shuffled order, with repeats over others.
const THOROUGH: &str =
    "run --dataset tiny --stable first-fit --candidate harmonic:3 --order shuffled --seed 7 --orders 5";

#[test]
fn a_run_is_a_folder_with_these_files_and_nothing_is_left_beside_it() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("{THOROUGH} --out new/parents/out")).expect(0);
    assert_eq!(scratch.files("new/parents/out"), RUN_FILES);
    assert_eq!(scratch.names("new/parents"), ["out"]);
    assert_eq!(scratch.names(""), ["new", "tiny"]);
}

#[test]
fn a_gate_leaves_two_more_files_for_the_ci_system() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("gate {BEST_FOR_FIRST} --out out")).expect(0);
    let mut expected: Vec<&str> = RUN_FILES.into_iter().chain(["junit.xml", "summary.md"]).collect();
    expected.sort_unstable();
    assert_eq!(scratch.files("out"), expected);
    assert_eq!(scratch.names(""), ["out", "tiny"]);
}

#[test]
fn without_out_each_run_gets_a_folder_of_its_own_below_runs() {
    let scratch = Scratch::with_tiny();
    // More often than a second has room for, so that ids would clash if only the time made them.
    for _ in 0..4 {
        scratch.run("replay tiny --job first-fit").expect(0);
    }
    scratch.run(&format!("run {BEST_FOR_FIRST}")).expect(0);
    let mut ids = scratch.names("runs");
    ids.retain(|name| name != ".gitignore");
    assert_eq!(ids.len(), 5, "{ids:?}");
    for id in &ids {
        let (time, hash) = id.split_once('-').expect("time and hash");
        assert!(time.len() == 16 && time.starts_with("20") && time.ends_with('Z'), "{id}");
        assert!(hash.len() >= 8 && hash[..8].bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
}

#[test]
fn the_same_experiment_gives_the_same_bytes() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("{THOROUGH} --out one")).expect(0);
    scratch.run(&format!("{THOROUGH} --out two")).expect(0);
    check_same_results(&scratch, "one", "two");
}

/// Everything but the timings and what is made from them.
fn check_same_results(scratch: &Scratch, one: &str, two: &str) {
    for name in RUN_FILES {
        if name.starts_with("answers/") || name == "experiment.toml" || name == "results.json" {
            assert_eq!(
                scratch.read(&format!("{one}/{name}")),
                scratch.read(&format!("{two}/{name}")),
                "{name}"
            );
        }
    }
}

#[test]
fn the_resolved_experiment_can_be_run_again() {
    let scratch = Scratch::with_tiny();
    let limits = "--competitive-ratio 1.75 --competitive-ratio-increase 12.5% --divergence 3 --decision-changes 12 --budget 7s --error-rate 2%";
    scratch.run(&format!("{THOROUGH} {limits} --set capacity=11 --out one")).expect(0);
    scratch.run("run one/experiment.toml --out two").expect(0);
    check_same_results(&scratch, "one", "two");
}

#[test]
fn a_resolved_experiment_writes_out_every_default() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out out")).expect(0);
    let toml: toml::Table = scratch.read("out/experiment.toml").parse().expect("TOML");
    let expected: toml::Table = "
        problem = 'bin-packing'
        dataset = 'tiny'
        dataset_blake3 = 'dbdcc9ebde8e6d84e521ca119ee8ac0cff369c1c64a8d0edc2e7bff2e5b0c0bc'
        parameters.capacity = 10
        stable.job = 'first-fit'
        candidate.job = 'best-fit'
        replay = { order = 'recorded', pace = 'max', trigger = 'record', seed = 42, amplify = 1, orders = 0 }
        gate = { competitive_ratio_increase = '0%', divergence = 0, budget = '60s', error_rate = '1%' }"
        .parse()
        .expect("TOML");
    assert_eq!(toml, expected);
}

#[test]
fn a_resolved_experiment_refuses_other_data() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out one")).expect(0);
    fs::remove_dir_all(scratch.path("tiny")).expect("removed");
    scratch.freeze("tiny", &[4, 3, 7], 10);
    scratch
        .run("run one/experiment.toml --out two")
        .expect(4)
        .says(&["tiny", "hash"])
        .hints("dataset_blake3");
    assert!(!scratch.path("two").exists());
}

#[test]
fn results_hold_the_contracts_keys() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("{THOROUGH} --competitive-ratio 2 --out out")).expect(0);
    let results = scratch.json("out/results.json");
    for (pointer, expected) in [
        ("/schema", "counterpoint.results/2"),
        ("/problem", "bin-packing"),
        ("/dataset/name", "tiny"),
        ("/objective/minimise", "bins"),
        ("/reference/kind", "exact"),
        ("/stable/job", "first-fit"),
        ("/candidate/job", "harmonic:3"),
        ("/verdict/outcome", "pass"),
        ("/verdict/checks/1/name", "competitive_ratio"),
        ("/verdict/checks/1/outcome", "pass"),
    ] {
        assert_eq!(results.pointer(pointer).and_then(Value::as_str), Some(expected), "{pointer}");
    }
    for pointer in
        ["/reference/job", "/reference/bounds/lower_by", "/reference/bounds/upper_by", "/dataset/blake3"]
    {
        assert!(!text(results.pointer(pointer).expect(pointer)).is_empty(), "{pointer}");
    }
    assert_eq!(
        (number(&results["dataset"]["records"]), number(&results["reference"]["bounds"]["lower"])),
        (12, 5)
    );
    for job in ["stable", "candidate"] {
        check_version(&results, job);
    }
    check_curve(&results);
    check_orders(&results);
}

fn check_version(results: &Value, job: &str) {
    let (version, reference) = (&results[job], &results["reference"]);
    let ratio = &version["cost"]["competitive_ratio"];
    let cost = number(&version["cost"]["value"]) as f64;
    let of = |bound: &str| cost / number(&reference["bounds"][bound]) as f64;
    assert!((real(&ratio["low"]) - of("upper")).abs() < 1e-3, "{job}: {ratio}");
    assert!((real(&ratio["high"]) - of("lower")).abs() < 1e-3, "{job}: {ratio}");
    assert!(real(&ratio["proven"]) >= 1.5, "{job}: {ratio}");
    let ledger = &version["ledger"];
    let counts = [
        "duplicate",
        "late",
        "lost",
        "no_window",
        "not_emitted",
        "records",
        "rejected",
        "repeated",
        "superseded_records",
        "superseded_rows",
        "used",
    ];
    assert_eq!(keys(ledger), counts);
    assert_eq!((number(&ledger["records"]), number(&ledger["used"])), (12, 12), "{job}");
}

fn check_curve(results: &Value) {
    let curve = list(&results["curve"]);
    let whole = curve.last().expect("a point");
    for (key, expected) in [
        ("records", &results["dataset"]["records"]),
        ("lower_bound", &results["reference"]["bounds"]["lower"]),
        ("upper_bound", &results["reference"]["bounds"]["upper"]),
        ("stable", &results["stable"]["cost"]["value"]),
        ("candidate", &results["candidate"]["cost"]["value"]),
    ] {
        assert_eq!(&whole[key], expected, "{key}");
        let values: Vec<u64> = curve.iter().map(|point| number(&point[key])).collect();
        assert!(values.is_sorted(), "{key} falls: {values:?}");
    }
    assert!(curve.iter().all(|point| number(&point["lower_bound"]) <= number(&point["stable"])), "{curve:?}");
}

fn check_orders(results: &Value) {
    let orders = &results["orders"];
    let costs = list(&orders["costs"]);
    assert_eq!((number(&orders["count"]), number(&orders["first_seed"]), costs.len()), (5, 7, 5));
    // The run's own order is the first of them.
    assert_eq!(
        costs[0],
        serde_json::json!([results["stable"]["cost"]["value"], results["candidate"]["cost"]["value"]])
    );
}

#[test]
fn results_tell_nothing_of_time_and_place() {
    let scratch = Scratch::with_tiny();
    let (dataset, out) = (scratch.path("tiny"), scratch.path("out"));
    let (dataset, out) = (dataset.to_str().expect("a plain path"), out.to_str().expect("a plain path"));
    let jobs = ["--stable", "first-fit", "--candidate", "best-fit", "--latency-increase", "900%"];
    scratch.run_args(&[&["run", "--dataset", dataset, "--out", out], &jobs[..]].concat()).expect(0);
    let results = scratch.read("out/results.json").replace("counterpoint.results/2", "");
    let timings = scratch.json("out/timings.json");
    let year = &text(&timings["started"])[..5];
    for word in [year, "/", "_ns", "seconds", "latency", "started", "wall", "machine"] {
        assert!(!results.contains(word), "{word:?} in {results}");
    }
    let checks = list(&timings["verdict"]["checks"]);
    assert!(checks.iter().any(|check| text(&check["name"]).starts_with("latency_increase")), "{timings}");
}

#[test]
fn timings_hold_the_contracts_keys() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out max")).expect(0);
    let timings = scratch.json("max/timings.json");
    for version in ["stable", "candidate"] {
        assert_eq!(keys(&timings[version]), ["records", "samples", "saturated"]);
        assert!(number(&timings[version]["records"]) >= 12, "{timings}");
    }
    // A dataset of twelve records fills no chunk.
    assert_eq!(text(&timings["speed"]["basis"]), "not-stated", "{timings}");
    assert_eq!(timings.get("feeder"), None);
    // Paced, each record is measured once.
    let ran = scratch.run("replay tiny --job best-fit --pace 500/s --out paced");
    assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
    assert_eq!(number(&scratch.json("paced/timings.json")["latency_ns"]["count"]), 12);
}

/// Each figure of speed of a run without a comparison is that of one replay, says so, and needs its samples.
#[test]
fn one_replay_is_only_indicative() {
    let scratch = Scratch::with_tiny();
    // Enough chunks, each with enough work, in one replay: a busy machine has no time for more.
    scratch.write("long.csv", "size\n1\n2\n3\n4\n".to_owned() + &"5\n6\n7\n1\n".repeat(50_000));
    scratch.run("freeze long.csv --to long --problem bin-packing --set capacity=10").expect(0);
    // Two of a kind can't be told apart by that, whatever the machine does meanwhile.
    let alike =
        scratch.run("run --dataset long --stable next-fit --candidate next-fit --out alike").expect(0);
    assert!(alike.stdout.contains("apart, which one replay of each can't tell"), "{alike}");
    assert_eq!(text(&scratch.json("alike/timings.json")["speed"]["basis"]), "alike");
    let ran = scratch.run("run --dataset long --stable next-fit --candidate worst-fit --out out").expect(0);
    assert!(ran.stdout.contains("(indicative: the versions were not compared)"), "{ran}");
    let speed = &scratch.json("out/timings.json")["speed"];
    assert_eq!(text(&speed["basis"]), "indicative");
    assert!((30..1000).contains(&number(&speed["samples"])), "{speed}");
    let metrics: Vec<&str> = list(&speed["quantities"]).iter().map(|of| text(&of["metric"])).collect();
    assert_eq!(metrics, ["p50"], "a chunk that was preempted moves all but the median");
    for quantity in list(&speed["quantities"]) {
        let [stable, candidate, ratio] =
            ["stable_ns", "candidate_ns", "ratio"].map(|name| real(&quantity[name]["value"]));
        assert!(stable > 0.0 && (candidate / stable / ratio - 1.0).abs() < 1e-9, "{quantity}");
        assert!(quantity["ratio"]["interval"].is_null(), "{quantity}");
    }
}

#[test]
fn latency_logs_are_histogram_logs() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out out")).expect(0);
    for job in ["stable", "candidate"] {
        let log = scratch.read(&format!("out/latency/{job}.hlog"));
        let intervals: Vec<&str> =
            log.lines().filter(|line| !line.starts_with(['#', '"']) && !line.is_empty()).collect();
        assert!(!intervals.is_empty(), "{job}: {log}");
        for interval in intervals {
            let fields: Vec<&str> = interval.split(',').collect();
            assert_eq!(fields.len(), 4, "{job}: start, length, longest, histogram: {interval}");
            assert!(fields[..3].iter().all(|field| field.parse::<f64>().is_ok()), "{job}: {interval}");
            // "HIST" is the Base64 of the compressed format's cookie.
            assert!(fields[3].starts_with("HIST"), "{job}: {interval}");
        }
    }
}

#[test]
fn a_run_is_never_overwritten() {
    let scratch = Scratch::with_tiny();
    fs::create_dir(scratch.path("folder")).expect("a folder");
    scratch.write("file", "mine");
    std::os::unix::fs::symlink("nowhere", scratch.path("link")).expect("a link");
    let before = scratch.state();
    for out in ["folder", "file", "link"] {
        for command in [
            format!("run {BEST_FOR_FIRST}"),
            format!("gate {BEST_FOR_FIRST}"),
            "replay tiny --job first-fit".into(),
            "batch tiny".into(),
        ] {
            let ran = scratch.run(&format!("{command} --out {out}")).expect(2);
            ran.says(&[&format!("{out} exists already")]).hints("choose another folder");
            assert_eq!(scratch.state(), before, "{command} --out {out}");
        }
    }
}

#[test]
fn a_finished_run_is_as_readable_as_any_folder() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out out")).expect(0);
    let mode = |name: &str| fs::metadata(scratch.path(name)).expect(name).permissions().mode() & 0o777;
    assert_eq!(mode("out"), 0o755);
    assert_eq!(mode("out/results.json") & 0o444, 0o444);
}
