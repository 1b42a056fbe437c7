//! docs/schemas/results.schema.json says what `results.json` is: each shipped experiment's holds to it, and one that is off is
//! refused.

use std::{ffi::OsStr, fs, path::Path, process::Command};

use jsonschema::Validator;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Validator {
    let text = fs::read_to_string(root().join("docs/schemas/results.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of draft 2020-12");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

/// The results of a shipped experiment. Times are not in them, so that nothing is compared for long.
fn results(experiment: &Path) -> Value {
    run(&[experiment.as_os_str(), OsStr::new("--budget"), OsStr::new("1s")])
}

/// One that takes over a job with a bug and is switched back from, beside Lambda, and one that answers otherwise.
const UPGRADES: [(&str, &[&str]); 2] = [
    (
        "pre-aggregated",
        &["--architecture", "both", "--bug", "lose 300..330", "--intervals", "20%", "--rollback-at", "65%"],
    ),
    ("per-trigger", &["--architecture", "kappa", "--trigger", "every 500 records"]),
];

/// The results of an upgrade to that candidate.
fn upgrade(candidate: &str, more: &[&str]) -> Value {
    // Lambda merges what this one serves.
    let flags = ["--dataset", "datasets/data/clicks", "--stable", "pre-aggregated", "--candidate", candidate];
    let all = flags.iter().chain(more);
    run(&all.map(OsStr::new).collect::<Vec<_>>())
}

/// The results of an upgrade and of layers whose rows come when a program outside likes.
fn upgrade_outside() -> Value {
    const JOB: &str = "read header; echo key,window_start_ms,window_end_ms,count,sum,min,max
        while IFS=, read -r time key value rest; do
            at=${key}_$((time / 10000)); eval \"n=\\${n_$at:-0}\"; n=$((n + 1)); eval \"n_$at=$n\"
            echo $key,$((time / 10000 * 10000)),$((time / 10000 * 10000 + 10000)),$n,$value,$value,$value
        done";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("outside.toml");
    let job = format!("command = ['sh', '-c', {JOB:?}]\noutput = 'emit'\nmode = 'upsert'\n");
    let dataset = root().join("datasets/data/clicks");
    let text = format!(
        "dataset = {:?}\narchitecture = 'both'\n[stable]\n{job}[candidate]\n{job}",
        dataset.to_string_lossy()
    );
    fs::write(&file, text).expect("a file");
    run(&[file.as_os_str()])
}

fn run(words: &[&OsStr]) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_counterpoint"))
        .arg("run")
        .args(words)
        .args([OsStr::new("--out"), out.as_os_str()])
        .current_dir(root())
        .output()
        .expect("the program starts");
    // What the verdict is, the tests on outcomes say.
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(out.join("results.json"));
    serde_json::from_str(&text.unwrap_or_else(|_| panic!("{words:?}: {stderr}"))).expect("JSON")
}

fn experiments() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(root().join("experiments")).expect("the experiments");
    let mut all: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    all.sort();
    all
}

#[test]
fn each_shipped_experiment_holds_to_the_schema() {
    let schema = schema();
    let mut all: Vec<Value> = experiments().iter().map(|path| results(path)).collect();
    let mut names: Vec<String> = experiments().iter().map(|path| path.display().to_string()).collect();
    for (candidate, more) in UPGRADES {
        all.push(upgrade(candidate, more));
        names.push(format!("upgrade to {candidate} {more:?}"));
    }
    all.push(upgrade_outside());
    names.push("an upgrade to a program outside".to_owned());
    for (name, results) in names.iter().zip(&all) {
        let errors: Vec<String> = schema.iter_errors(results).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    // Each part is in one of them, or the schema of it says nothing.
    for part in [
        "/profile",
        "/curve/0",
        "/orders/costs/0",
        "/sweep/0/cost",
        "/sweep/0/rows",
        "/reference/bounds",
        "/stable/recovery/faults/0",
        "/stable/answer/decisions",
        "/stable/answer/table/divergence/worst/0",
        "/changes/table",
        "/changes/decisions",
        "/architectures/kappa/transitions/0",
        "/architectures/kappa/lag/0",
        "/architectures/kappa/estimates/0",
        "/architectures/kappa/verdict/verdict/checks/0",
        "/architectures/kappa/parted/key/0",
        "/architectures/kappa/switch",
        "/architectures/kappa/rollback",
        "/architectures/kappa/dropped",
        "/architectures/kappa/ledger/1",
        "/architectures/kappa/served/points/0",
        "/architectures/lambda/views/0",
        "/architectures/lambda/sweep/0",
        "/architectures/lambda/healing",
        "/architectures/lambda/served/largest/rows",
        "/architectures/advice/0",
    ] {
        assert!(all.iter().any(|results| results.pointer(part).is_some()), "{part} is in no results");
    }
}

/// No experiment of the shipped ones has a broker, so this is what one would be told.
#[test]
fn a_version_that_took_over_from_an_earlier_job_holds_to_the_schema() {
    use compare::{Divergence, HandOverResult, HandedState, StrangeWindows, Strangeness, WindowSides};
    let schema = schema();
    let mut whole = results(&root().join("experiments/late-data.toml"));
    for (state, kind) in [
        (HandedState::Carried, Strangeness::OldSize),
        (HandedState::Lost, Strangeness::Shifted),
        (HandedState::Lost, Strangeness::OtherSize),
    ] {
        let sides = WindowSides {
            across: Divergence { missing: 1, ..Divergence::default() },
            ..WindowSides::default()
        };
        let strange = StrangeWindows {
            kind,
            length_ms: 10,
            reference_ms: 20,
            before: 3,
            after: 1,
            example: vec!["a".to_owned()],
        };
        let handover = HandOverResult {
            at: 7,
            state,
            rows_before: 3,
            rows_after: 9,
            again: 1,
            windows: Some(sides),
            strange: vec![strange],
        };
        whole["candidate"]["answer"]["table"]["handover"] = serde_json::to_value(handover).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&whole).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        for (at, value) in
            [("state", json!("kept")), ("at", json!(0)), ("more", json!(1)), ("windows", json!({}))]
        {
            let mut changed = whole.clone();
            changed["candidate"]["answer"]["table"]["handover"][at] = value;
            assert!(!schema.is_valid(&changed), "{at}");
        }
    }
}

#[test]
fn what_is_off_is_refused() {
    let schema = schema();
    let whole = results(&root().join("experiments/late-data.toml"));
    assert!(schema.is_valid(&whole));
    let check = |pointer: &str, value: Value| {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        assert!(!schema.is_valid(&changed), "{pointer}");
    };
    check("/schema", json!("counterpoint.results/1"));
    check("/objective", json!({ "minimise": "bins", "maximise": "pairs" }));
    check("/dataset/blake3", json!("none"));
    check("/stable/ledger/used", json!(-1));
    check("/stable/answer", json!({}));
    check("/candidate/answer/table/rows", json!("3"));
    check("/candidate/answer/table/divergence/changed_by_column", json!({ "sum": null }));
    check("/verdict/outcome", json!("maybe"));
    // A key more or less is another shape, wherever it is.
    let objects = [
        "",
        "/dataset",
        "/stable",
        "/stable/ledger",
        "/candidate/answer/table",
        "/changes/table",
        "/verdict",
    ];
    for pointer in objects {
        let mut changed = whole.clone();
        let object = changed.pointer_mut(pointer).and_then(Value::as_object_mut).expect(pointer);
        object.insert("more".to_owned(), json!(1));
        assert!(!schema.is_valid(&changed), "{pointer}");
        let mut changed = whole.clone();
        let object = changed.pointer_mut(pointer).and_then(Value::as_object_mut).expect(pointer);
        let optional = ["about", "rejected", "changes", "parting", "causes", "key_columns", "over_time"];
        let required = object.keys().find(|key| !optional.contains(&key.as_str()));
        let required = required.expect("a key").clone();
        object.remove(&required);
        assert!(!schema.is_valid(&changed), "{pointer} without {required}");
    }
}
