//! `runs`: earlier runs, listed, compared, drawn over time and removed.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Ran, Scratch, list, text};

const EXPERIMENT: &str =
    "dataset = 'tiny'\nproblem = 'bin-packing'\n[stable]\njob = 'first-fit'\n[candidate]\njob = 'best-fit'\n";

/// Three runs of one experiment, of which the last one has another candidate, and one that flags described.
fn with_runs() -> Scratch {
    let scratch = Scratch::with_tiny();
    scratch.write("nightly.toml", EXPERIMENT);
    for (name, more) in [("a", ""), ("b", ""), ("c", " --candidate next-fit")] {
        scratch.run(&format!("run nightly.toml --out runs/{name}{more}")).expect(0);
        // Runs of one second are in the order of their names.
        let began = format!("2026-11-0{}T10:00:00Z", name.as_bytes()[0] - b'a' + 1);
        change(&scratch, name, "timings.json", &["started"], json!(began));
    }
    scratch
}

/// Sets a value in a file of a run.
fn change(scratch: &Scratch, run: &str, file: &str, path: &[&str], new: Value) {
    let name = format!("runs/{run}/{file}");
    let mut value = scratch.json(&name);
    let (last, before) = path.split_last().expect("a path");
    let place = before.iter().fold(&mut value, |value, name| &mut value[*name]);
    place[*last] = new;
    scratch.write(&name, value.to_string());
}

fn names(ran: &Ran) -> Vec<String> {
    list(&ran.json()["runs"]).iter().map(|run| text(&run["folder"]).to_owned()).collect()
}

#[test]
fn they_are_listed_with_what_they_found() {
    let scratch = with_runs();
    let listed = scratch.run("runs --json").expect(0);
    assert_eq!(names(&listed), ["runs/a", "runs/b", "runs/c"]);
    let value = listed.json();
    let of = |run: usize, name: &str| -> Value {
        let figures = list(&value["runs"][run]["figures"]);
        figures
            .iter()
            .find(|figure| figure["name"] == name)
            .map_or(Value::Null, |figure| figure["value"].clone())
    };
    // Held against what the runs themselves say.
    for (at, name) in ["a", "b", "c"].iter().enumerate() {
        let results = scratch.json(&format!("runs/{name}/results.json"));
        let cost = &results["candidate"]["cost"];
        assert_eq!(of(at, "cost").as_f64(), cost["value"].as_f64(), "{name}");
        assert_eq!(of(at, "ratio"), cost["competitive_ratio"]["high"], "{name}");
        assert_eq!(value["runs"][at]["experiment"], "nightly", "{name}");
    }
    assert_ne!(of(0, "cost"), of(2, "cost"));
    let table = scratch.run("runs").expect(0);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    // The newest first.
    assert!(lines[1].starts_with("2026-11-03T10:00:00Z  nightly") && lines[1].ends_with("  c"), "{lines:?}");
    assert_eq!(names(&scratch.run("runs --last 1 --json").expect(0)), ["runs/c"]);
    scratch.run("runs --experiment nightly").expect(0);
    scratch
        .run("runs --experiment daily")
        .expect(2)
        .says(&["no run is of an experiment 'daily'"])
        .hints("nightly");
    scratch.run("replay tiny --job first-fit").expect(0);
    scratch.run("runs").expect(0).notes(&[]).prints(&["not listed: 1 replay of one job alone"]);
    scratch.run("runs --in nowhere").expect(2).says(&["nowhere", "no folder of runs"]);
}

#[test]
fn a_run_notes_the_commit_that_it_was_made_at() {
    let scratch = Scratch::with_tiny();
    scratch.write("nightly.toml", EXPERIMENT);
    let commit = || scratch.json("runs/a/timings.json")["commit"].clone();
    let run = || {
        let _ = fs::remove_dir_all(scratch.path("runs"));
        scratch.run("run nightly.toml --out runs/a").expect(0);
    };
    let git = |line: &str| {
        let identity = "-c user.name=Anna -c user.email=anna@example.org -c commit.gpgsign=false";
        scratch.shell(&format!("git {identity} {line}")).expect(0).stdout.trim().to_owned()
    };
    git("init --quiet .");
    run();
    assert_eq!(commit(), Value::Null, "there is no commit yet");
    git("add nightly.toml tiny");
    git("commit --quiet -m first");
    run();
    // The run itself isn't in the repository.
    assert_eq!(commit(), json!({ "id": git("rev-parse HEAD"), "changed": false }));
    scratch.write("nightly.toml", format!("# changed\n{EXPERIMENT}"));
    run();
    assert_eq!(commit()["changed"], true);
    let short = git("rev-parse HEAD")[..9].to_owned();
    scratch.run("runs").expect(0).prints(&[&format!("{short}+")]);
}

#[test]
fn what_changed_is_told_and_nothing_else() {
    let scratch = with_runs();
    let same = scratch.run("runs compare a b").expect(0).prints(&["None of ", "the same"]);
    assert!(!same.stdout.contains('*'), "{}", same.stdout);
    let other = scratch.run("runs compare a b c --json").expect(0).json();
    let values: Vec<&Value> = list(&other["parts"]).iter().flat_map(|part| list(&part["values"])).collect();
    let changed: Vec<&str> =
        values.iter().filter(|value| value["changed"] == true).map(|value| text(&value["name"])).collect();
    assert!(
        changed.contains(&"the candidate's answer") && changed.contains(&"the candidate's cost"),
        "{changed:?}"
    );
    assert!(
        !changed.iter().any(|name| name.contains("stable") || name.contains("reference's")),
        "{changed:?}"
    );
    // Rows that are gone and new, counted by hand.
    let rows = |run: &str| -> Vec<String> {
        let mut rows: Vec<_> = scratch
            .read(&format!("runs/{run}/answers/candidate.csv"))
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect();
        rows.sort();
        rows
    };
    let (old, new) = (rows("a"), rows("c"));
    let gone = old.iter().filter(|row| !new.contains(row)).count();
    let fresh = new.iter().filter(|row| !old.contains(row)).count();
    assert!(gone > 0);
    let answer = values.iter().find(|value| value["name"] == "the candidate's answer").expect("it");
    assert_eq!(answer["cells"][2], format!("{gone} gone, {fresh} new"));
    // In the page each cell that changed is marked, and no other.
    scratch.run("runs compare a b c --html changes.html").expect(0);
    let page = scratch.read("changes.html");
    let marked = page.matches("<mark>").count();
    assert!(marked > 0 && !page.contains("<mark>the same</mark>"), "{page}");
    scratch.run("runs compare a").expect(2);
    scratch.run("runs compare a z").expect(2).says(&["there is no run 'z'"]).hints("latest~1");
    scratch.run("runs open latest~18446744073709551615").expect(2).says(&["3 runs"]);
    scratch.run("runs compare latest~3 latest").expect(2).says(&["latest~3", "3 runs"]);
    scratch.run("runs compare latest~2 runs/b").expect(0).prints(&["None of "]);
}

#[test]
fn times_of_two_machines_are_never_compared_in_silence() {
    let scratch = with_runs();
    let quantity = |low: f64, high: f64| {
        let figure = |scale: f64| json!({ "value": f64::midpoint(low, high) * scale, "interval": [low * scale, high * scale] });
        json!([{ "metric": "mean", "stable_ns": figure(100.0), "candidate_ns": figure(50.0), "ratio": figure(0.5) }])
    };
    for (run, low, high) in [("a", 1.0, 1.2), ("b", 1.1, 1.3), ("c", 2.0, 2.2)] {
        change(&scratch, run, "timings.json", &["speed", "quantities"], quantity(low, high));
    }
    let note = |line: &str, name: &str| -> (bool, String) {
        let value = scratch.run(line).expect(0).json();
        let values = list(&value["parts"]).iter().flat_map(|part| list(&part["values"]));
        let found = values.filter(|value| value["name"] == name).collect::<Vec<_>>();
        (found[0]["changed"] == true, found[0]["note"].as_str().unwrap_or_default().to_owned())
    };
    let name = "the candidate's time a record";
    assert_eq!(note("runs compare a b --json", name), (false, "the intervals meet".to_owned()));
    assert_eq!(note("runs compare a c --json", name), (true, String::new()));
    change(&scratch, "c", "timings.json", &["machine", "cpu"], json!("another"));
    assert_eq!(note("runs compare a c --json", name), (false, "another machine's".to_owned()));
    scratch.run("runs compare a c").expect(0).notes(&["Run on another machine than A: B."]);
    scratch.run("runs trend --value time").expect(0).notes(&["2 of 3 runs took place on another machine"]);
    // A ratio of costs is the same wherever it was found.
    let trend = scratch.run("runs trend --value ratio").expect(0);
    assert!(!trend.stderr.contains("machine"), "{}", trend.stderr);
}

#[test]
fn a_value_is_drawn_over_the_runs_of_one_experiment() {
    let scratch = with_runs();
    let trend = scratch.run("runs trend --value cost --html trend.html --json").expect(0).json();
    let costs: Vec<f64> = list(&trend["points"]).iter().filter_map(|point| point["value"].as_f64()).collect();
    let of =
        |run: &str| scratch.json(&format!("runs/{run}/results.json"))["candidate"]["cost"]["value"].as_f64();
    assert_eq!(costs, ["a", "b", "c"].map(|run| of(run).expect("a cost")));
    let page = scratch.read("trend.html");
    assert!(page.contains("<svg") && page.contains("rose from"), "{page}");
    scratch.run("runs trend --value cost --html trend.html").expect(2).says(&["trend.html exists already"]);
    scratch.run("runs trend --value beauty").expect(2).says(&["no run has a value 'beauty'"]).hints("ratio");
    scratch.run(&format!("run {} --out runs/d", crate::support::BEST_FOR_FIRST)).expect(0);
    scratch.run("runs trend").expect(2).says(&["runs of 2 experiments"]).hints("nightly");
    scratch.run("runs trend --experiment nightly").expect(0);
}

#[test]
fn all_but_the_newest_are_removed() {
    let scratch = with_runs();
    scratch.write("runs/notes.txt", "mine");
    scratch.write("runs/a/answers/notes.csv", "mine");
    fs::create_dir(scratch.path("runs/x.partial")).expect("a folder");
    // A run that is being written stands in a hidden folder, and is none yet.
    fs::create_dir(scratch.path("runs/.counterpoint-abc123")).expect("a folder");
    for file in ["results.json", "timings.json"] {
        scratch.write(&format!("runs/.counterpoint-abc123/{file}"), scratch.read(&format!("runs/c/{file}")));
    }
    scratch.run("runs clean --keep 3").expect(0).prints(&["0 folders removed"]);
    let before = scratch.state();
    scratch
        .run("runs clean --keep 1 --dry-run")
        .expect(0)
        .prints(&["would remove runs/b", "1 folder would be"]);
    assert_eq!(scratch.state(), before);
    let cleaned = scratch.run("runs clean --keep 1").expect(0);
    cleaned
        .prints(&["removed runs/b", "runs/x.partial"])
        .notes(&["runs/a is kept", "runs/a/answers/notes.csv"]);
    let left = scratch.names("runs");
    assert_eq!(
        left.iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>(),
        ["a", "c", "notes.txt", "x.partial"]
    );
    scratch.run("runs clean").expect(2).says(&["--keep"]);
}

#[cfg(unix)]
#[test]
fn nothing_behind_a_link_is_removed() {
    let scratch = with_runs();
    fs::create_dir(scratch.path("elsewhere")).expect("a folder");
    fs::rename(scratch.path("runs/a/answers"), scratch.path("elsewhere/answers")).expect("moved");
    std::os::unix::fs::symlink(scratch.path("elsewhere/answers"), scratch.path("runs/a/answers"))
        .expect("a link");
    fs::rename(scratch.path("runs/b"), scratch.path("elsewhere/b")).expect("moved");
    std::os::unix::fs::symlink(scratch.path("elsewhere/b"), scratch.path("runs/b")).expect("a link");
    scratch.run("runs clean --keep 0").expect(0).notes(&["runs/a is kept"]);
    assert!(
        scratch.path("elsewhere/answers/stable.csv").is_file()
            && scratch.path("elsewhere/b/results.json").is_file()
    );
    assert!(!scratch.path("runs/c").exists());
}

/// Every file of a gate, an upgrade and a run with checkpoints is known to `clean`.
#[test]
fn every_file_that_a_run_writes_may_be_removed() {
    let scratch = Scratch::with_tiny();
    let clicks = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/data/clicks");
    let jobs = format!("--dataset {clicks} --stable per-record --candidate pre-aggregated");
    scratch.run(&format!("gate {jobs} --divergence 1000")).expect(0);
    scratch.run(&format!("run {jobs} --architecture both")).expect(0);
    scratch.run(&format!("run {jobs} --checkpoint-every 500")).expect(0);
    scratch.run("runs clean --keep 0").expect(0).prints(&["3 folders removed"]);
    assert_eq!(scratch.names("runs"), [".gitignore"]);
}

#[test]
fn a_folder_of_runs_that_a_run_makes_is_kept_out_of_git() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {}", crate::support::BEST_FOR_FIRST)).expect(0);
    assert_eq!(scratch.read("runs/.gitignore"), "*\n");
    // Whoever wants them in git says so there, and is heard.
    scratch.write("runs/.gitignore", "");
    scratch.run(&format!("run {}", crate::support::BEST_FOR_FIRST)).expect(0);
    assert_eq!(scratch.read("runs/.gitignore"), "");
    scratch.run(&format!("run {} --out mine/a", crate::support::BEST_FOR_FIRST)).expect(0);
    assert!(!scratch.path("mine/.gitignore").exists());
}

/// Runs of the first schema: a cost stood in the version itself, and a table's divergence, too.
#[test]
fn runs_of_the_first_schema_are_read() {
    let scratch = with_runs();
    let ledger = json!({ "records": 9, "used": 7, "late": 2 });
    let packing = json!({
        "schema": "counterpoint.results/1", "problem": "bin-packing", "cost_unit": "bins",
        "dataset": { "name": "old", "records": 9, "blake3": "00" }, "replay": { "order": "recorded" }, "parameters": {},
        "stable": { "job": "next-fit", "cost": 8, "competitive_ratio": { "low": 1.1, "high": 1.25 }, "ledger": ledger },
        "candidate": { "job": "first-fit", "cost": 7, "competitive_ratio": { "low": 1.0, "high": 1.0 },
            "divergence": { "missing": 1, "extra": 0, "changed": 2, "equal": 6 }, "ledger": ledger },
        "verdict": { "outcome": "pass", "checks": [] }
    });
    fs::create_dir(scratch.path("runs/old")).expect("a folder");
    scratch.write("runs/old/results.json", packing.to_string());
    let timings =
        json!({ "schema": "counterpoint.timings/1", "started": "2025-01-01T00:00:00Z", "outcome": "pass" });
    scratch.write("runs/old/timings.json", timings.to_string());
    let value = scratch.run("runs --json").expect(0).json();
    let run = &value["runs"][0];
    assert_eq!(
        (text(&run["folder"]), text(&run["about"])),
        ("runs/old", "bin-packing on old: next-fit → first-fit")
    );
    let figures: Vec<(&str, f64)> = list(&run["figures"])
        .iter()
        .map(|figure| (text(&figure["name"]), figure["value"].as_f64().expect("a number")))
        .collect();
    let expected = [("stable_cost", 8.0), ("stable_ratio", 1.25), ("stable_left_out", 2.0), ("cost", 7.0)];
    assert_eq!(figures[..4], expected);
    assert_eq!(figures[4..], [("ratio", 1.0), ("wrong_rows", 3.0), ("left_out", 2.0)]);
    scratch.run("runs compare old c").expect(0).notes(&["Not of one kind"]);
}

#[test]
fn what_is_no_run_is_named_and_does_no_harm() {
    let scratch = with_runs();
    scratch.write("runs/a/results.json", "{ \"schema\": \"other/1\" }");
    scratch.write("runs/b/results.json", "{");
    let listed =
        scratch.run("runs --json").expect(0).notes(&["runs/a is left out", "other/1", "runs/b is left out"]);
    assert_eq!(names(&listed), ["runs/c"]);
    let hostile = "\u{1b}[31m<script>\u{202e}";
    change(&scratch, "c", "timings.json", &["experiment"], json!(hostile));
    change(&scratch, "c", "timings.json", &["machine", "host"], json!(hostile));
    change(&scratch, "c", "timings.json", &["commit"], json!({ "id": hostile, "changed": true }));
    fs::create_dir(scratch.path("runs/d")).expect("a folder");
    for file in ["results.json", "timings.json"] {
        scratch.write(&format!("runs/d/{file}"), scratch.read(&format!("runs/c/{file}")));
    }
    for line in ["runs", "runs compare c d --html c.html", "runs trend --html t.html", "runs --json"] {
        let ran = scratch.run(line).expect(0);
        assert!(
            !ran.stdout.contains(['\u{1b}', '\u{202e}']) && !ran.stderr.contains(['\u{1b}', '\u{202e}']),
            "{line}"
        );
    }
    for page in ["c.html", "t.html"] {
        let page = scratch.read(page);
        assert!(!page.contains(['\u{1b}', '\u{202e}']) && page.matches("<script").count() == 1, "{page}");
    }
}

#[cfg(unix)]
#[test]
fn a_report_is_opened() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = with_runs();
    scratch.write("browser", "#!/bin/sh\necho \"$1\" > opened\n");
    let browser = scratch.path("browser");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("made executable");
    let open = |run: &str, browser: &std::path::Path| {
        let mut command = scratch.command();
        command.args(["runs", "open", run]).env("BROWSER", browser);
        Ran::of(&mut command)
    };
    open("latest", &browser).expect(0);
    let opened = scratch.read("opened");
    assert!(opened.trim().ends_with("runs/c/report.html") && opened.starts_with('/'), "{opened}");
    let run = |line: &str, browser: &std::path::Path| {
        let mut command = scratch.command();
        command.args(line.split(' ')).env("BROWSER", browser);
        Ran::of(&mut command)
    };
    run("run nightly.toml --open --out runs/o", &browser).expect(0);
    assert!(scratch.read("opened").trim().ends_with("runs/o/report.html"));
    run("gate nightly.toml --open --out runs/p", &browser).expect(0);
    assert!(scratch.read("opened").trim().ends_with("runs/p/report.html"));
    // A verdict stands, whatever shows its page.
    run("run nightly.toml --open --out runs/q", std::path::Path::new("/nowhere/browser"))
        .expect(0)
        .notes(&["/nowhere/browser"]);
    for name in ["o", "p", "q"] {
        fs::remove_dir_all(scratch.path(&format!("runs/{name}"))).expect("removed");
    }
    open("a", std::path::Path::new("/nowhere/browser"))
        .expect(2)
        .says(&["/nowhere/browser"])
        .hints("BROWSER");
    fs::remove_file(scratch.path("runs/c/report.html")).expect("removed");
    open("latest", &browser).expect(4).says(&["the run has no report"]);
}
