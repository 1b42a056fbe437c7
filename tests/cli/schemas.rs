//! docs/schemas says what is printed with `--json`: it is held to it, and a file that no test takes is noticed.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};

use crate::support::Scratch;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn validator(name: &str) -> jsonschema::Validator {
    let path = folder().join(format!("{name}.schema.json"));
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|why| panic!("{name}: {why}")))
            .expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|why| panic!("{name}: {why}"));
    jsonschema::draft202012::new(&schema).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Asserts that a value holds to the schema, and that the schema refuses it with a name more.
fn check(name: &str, value: &Value) {
    let validator = validator(name);
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{value:#}");
    let mut other = value.clone();
    other["no such name"] = json!(1);
    assert!(!validator.is_valid(&other), "{name} takes any name");
}

#[test]
fn what_is_printed_holds_to_its_schema() {
    let scratch = Scratch::with_tiny();
    scratch.write(
        "nightly.toml",
        "dataset = 'tiny'\nproblem = 'bin-packing'\n[stable]\njob = 'first-fit'\n[candidate]\njob = 'best-fit'\n",
    );
    for name in ["a", "b"] {
        scratch.run(&format!("run nightly.toml --out runs/{name}")).expect(0);
    }
    fs::create_dir(scratch.path("runs/x.partial")).expect("a folder");
    fs::create_dir(scratch.path("runs/y")).expect("a folder");
    scratch.write("runs/y/results.json", "{}");
    for (name, line) in [
        ("runs", "runs --json"),
        ("run-changes", "runs compare a b --json"),
        ("trend", "runs trend --json"),
        ("report", "report runs/a --json"),
        ("runs-cleaned", "runs clean --keep 1 --json"),
    ] {
        check(name, &scratch.run(line).expect(0).json());
    }
    scratch.run("generate events --records 500 --seed 1 --set rate=100 --to data").expect(0);
    let flags = "--problem windowed-aggregation --dataset data --set window=tumbling:1000";
    scratch
        .run(&format!("run {flags} --stable per-record --candidate at-end --accuracy-only --out late"))
        .expect(0);
    for version in ["stable", "candidate"] {
        let line = format!("explain late --version {version} --json");
        check("explanation", &scratch.run(&line).expect(0).json());
    }
    for (line, code) in [("verify nothing --json", 4), ("run --json --stabel x", 2)] {
        let ran = scratch.run(line).expect(code);
        check("error", &serde_json::from_str(&ran.stderr).expect("JSON"));
    }
}

#[test]
fn each_schema_is_held_against_something() {
    let mut known: BTreeSet<String> =
        ["runs", "run-changes", "trend", "report", "runs-cleaned", "error", "explanation"]
            .map(|name| format!("{name}.schema.json"))
            .into();
    // These have tests of their own.
    known.extend(["results", "suite"].map(|name| format!("{name}.schema.json")));
    let found = fs::read_dir(folder()).expect("the folder");
    let found: BTreeSet<String> =
        found.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(found, known);
}
