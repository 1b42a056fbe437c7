//! Holds what a run of an experiment writes, and what is told of several, to its schemas.

use std::fs;

use super::{
    held::{check, check_quickly},
    shipped, toml,
};
use crate::support::Scratch;

pub(super) const SCHEMAS: &[&str] = &[
    "baseline",
    "error",
    "event",
    "explanation",
    "report",
    "run",
    "run-changes",
    "runs",
    "runs-cleaned",
    "timings",
    "trend",
];

const NIGHTLY: &str =
    "dataset = 'tiny'\nproblem = 'bin-packing'\n[stable]\njob = 'first-fit'\n[candidate]\njob = 'best-fit'\n";

#[test]
fn what_is_told_of_runs() {
    let scratch = Scratch::with_tiny();
    scratch.write("nightly.toml", NIGHTLY);
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
    for (line, code) in [("verify nothing --json", 4), ("run --json --stabel x", 2)] {
        let ran = scratch.run(line).expect(code);
        check("error", &serde_json::from_str(&ran.stderr).expect("JSON"));
    }
}

/// Runs an experiment with `--json`, and checks what is printed and what stands in the folder.
fn check_run(scratch: &Scratch, words: &[&str]) {
    let ran = scratch.run_args(&[&["run", "--json", "--out", "run"], words].concat());
    let printed: serde_json::Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|why| panic!("{words:?}: {why}, {}", ran.stderr));
    check_quickly("run", &printed);
    check("timings", &scratch.json("run/timings.json"));
    check_quickly("results", &scratch.json("run/results.json"));
}

#[test]
fn a_run_with_a_comparison_of_times_and_its_baseline() {
    let scratch = Scratch::with_tiny();
    let limits = "[gate]\nlatency_increase = '900%'\nbudget = '2s'\n";
    scratch.write("nightly.toml", format!("{NIGHTLY}{limits}"));
    check_run(&scratch, &["nightly.toml"]);
    let timings = scratch.json("run/timings.json");
    assert!(timings["comparison"].is_object(), "{timings:#}");
    scratch.write("orders.toml", format!("{NIGHTLY}[replay]\norders = 5\n"));
    scratch.run("gate orders.toml --accuracy-only --write-baseline base.toml --out orders").expect(0);
    let baseline = toml(&scratch.read("base.toml"));
    assert!(baseline["orders"].is_object(), "{baseline:#}");
    check("baseline", &baseline);
}

#[test]
fn a_run_with_faults_and_the_baseline_of_a_table() {
    let scratch = Scratch::new();
    check_run(&scratch, &[&shipped("experiments/crash-at-least-once.toml")]);
    let late = shipped("experiments/late-data.toml");
    scratch.run(&format!("gate {late} --accuracy-only --write-baseline base.toml --out late"));
    let baseline = toml(&scratch.read("base.toml"));
    assert!(baseline.pointer("/answers/stable/0").is_some(), "{baseline:#}");
    check("baseline", &baseline);
}

#[test]
fn a_run_with_architectures_and_its_steps() {
    let scratch = Scratch::new();
    let dataset = shipped("datasets/data/clicks");
    let jobs = ["--dataset", &dataset, "--stable", "pre-aggregated", "--candidate", "pre-aggregated"];
    check_run(&scratch, &[&jobs[..], &["--architecture", "both"]].concat());
    let events = scratch.read("run/events.jsonl");
    assert!(events.lines().count() > 2, "{events}");
    for line in events.lines() {
        check("event", &serde_json::from_str(line).expect("JSON"));
    }
}

#[test]
fn a_run_of_programs_outside() {
    let scratch = Scratch::with_tiny();
    scratch.write(
        "job.sh",
        "read header\necho \"$header\"\nwhile read -r size; do echo $((n)); n=$((n + 1)); done\n",
    );
    let job = "[candidate]\nname = 'attached'\ncommand = ['sh', 'job.sh']\n";
    scratch.write("own.toml", format!("dataset = 'tiny'\n[stable]\njob = 'first-fit'\n{job}"));
    check_run(&scratch, &["own.toml"]);
    let timings = scratch.json("run/timings.json");
    assert!(timings["candidate"]["null_job"].is_object(), "{timings:#}");
}

#[test]
fn a_run_with_a_comparison_of_rates() {
    let scratch = Scratch::new();
    let columns = "key,window_start_ms,window_end_ms,count,sum,min,max";
    let script = format!("read header\necho {columns}\ncat >/dev/null\necho a,0,10000,1,1,1,1\n");
    scratch.write("job.sh", script);
    let job = "command = ['sh', 'job.sh']\noutput = 'emit'\n";
    let gate = "[gate]\nthroughput_decrease = '90%'\nbudget = '2s'\n";
    let dataset = shipped("datasets/data/clicks");
    scratch.write("rates.toml", format!("dataset = '{dataset}'\n[stable]\n{job}[candidate]\n{job}{gate}"));
    check_run(&scratch, &["rates.toml"]);
    let timings = scratch.json("run/timings.json");
    assert!(timings["throughput"].is_object() && timings["candidate"]["emitted"].is_object(), "{timings:#}");
}

#[test]
fn what_explains_a_run() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 500 --seed 1 --set rate=100 --to data").expect(0);
    let flags = "--problem windowed-aggregation --dataset data --set window=tumbling:1000";
    let jobs = "--stable per-record --candidate at-end --accuracy-only";
    scratch.run(&format!("run {flags} {jobs} --out late")).expect(0);
    for version in ["stable", "candidate"] {
        let line = format!("explain late --version {version} --json");
        check("explanation", &scratch.run(&line).expect(0).json());
    }
}
