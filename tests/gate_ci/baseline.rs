//! Baselines that are written, compared with, and written again.

use std::fs;

use crate::{
    FAILING, PASSING, gate,
    support::{Scratch, list, number, text},
};

/// Returns what the check named `baseline` says in the run `out`: outcome, value, note.
fn check_of(scratch: &Scratch, out: &str) -> (String, u64, String) {
    let verdict = scratch.json(&format!("{out}/results.json"))["verdict"].clone();
    let check = list(&verdict["checks"]).iter().find(|check| text(&check["name"]) == "baseline");
    let check = check.unwrap_or_else(|| panic!("no check of the baseline in {verdict}"));
    let value = check["value"].as_f64().expect("a number") as u64;
    (text(&check["outcome"]).to_owned(), value, text(&check["note"]).to_owned())
}

#[test]
fn the_same_results_pass() {
    let scratch = Scratch::with_tiny();
    let ran = gate(&scratch, &format!("{PASSING} --orders 3 --write-baseline base.toml --out one")).expect(0);
    assert!(ran.stdout.contains("baseline base.toml"), "{ran}");
    gate(&scratch, &format!("{PASSING} --orders 3 --baseline base.toml --out two")).expect(0);
    let (outcome, value, _) = check_of(&scratch, "two");
    assert_eq!((outcome.as_str(), value), ("pass", 0));
    // Without a baseline there is no such check, and the results are otherwise the same.
    let strip = |name: &str| {
        let mut results = scratch.json(name);
        results["verdict"]["checks"].as_array_mut().expect("checks").retain(|c| c["name"] != "baseline");
        results
    };
    assert_eq!(scratch.json("one/results.json"), strip("two/results.json"));
}

#[test]
fn a_baseline_is_the_same_each_time_and_tells_nothing_of_time_and_place() {
    let scratch = Scratch::with_tiny();
    for name in ["one.toml", "deep/er/two.toml"] {
        gate(&scratch, &format!("{PASSING} --orders 3 --latency-increase 900% --write-baseline {name}"));
    }
    let written = scratch.read("one.toml");
    assert_eq!(written, scratch.read("deep/er/two.toml"));
    let values: String = written.lines().filter(|line| !line.starts_with('#')).collect();
    for word in ["latency", "_ns", "seconds", "runs/", "started", "wall", "machine"] {
        assert!(!values.contains(word), "{word:?} in {written}");
    }
    assert!(written.lines().count() < 80, "{written}");
    // Read with the eyes of a stranger: TOML, with this schema.
    let toml: toml::Table = written.parse().expect("TOML");
    assert_eq!(toml["schema"].as_str(), Some("counterpoint.baseline/2"));
    assert_eq!(toml["candidate"]["cost"]["value"].as_integer(), Some(5));
    assert_eq!(toml["dataset"]["records"].as_integer(), Some(12));
}

#[test]
fn the_hashes_are_those_of_the_answers_files() {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{PASSING} --write-baseline base.toml --out out")).expect(0);
    let toml: toml::Table = scratch.read("base.toml").parse().expect("TOML");
    for side in ["reference", "stable", "candidate"] {
        let file = fs::read(scratch.path(&format!("out/answers/{side}.csv"))).expect("an answer");
        let hash = blake3::hash(&file).to_hex().to_string();
        assert_eq!(toml[side]["answer_blake3"].as_str(), Some(hash.as_str()), "{side}");
    }
}

/// Lines `name = value` of the sections that hold results, as `(path, line)`.
fn result_lines(baseline: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in baseline.lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        } else if let Some((name, _)) = line.split_once(" = ") {
            let holds_results =
                ["reference", "stable", "candidate", "orders"].iter().any(|side| section.starts_with(side));
            lines.extend(holds_results.then(|| (format!("{section}.{name}"), line.to_owned())));
        }
    }
    lines
}

/// Another value of the same kind, and how it is shown.
fn other_value(value: &str) -> (&'static str, &'static str) {
    if value.ends_with('"') { ("\"other\"", "other") } else { ("987", "987") }
}

#[test]
fn each_value_that_changed_is_named_everywhere() {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{PASSING} --orders 2 --write-baseline base.toml")).expect(0);
    let base = scratch.read("base.toml");
    let results = base.find("[reference]").expect("the results stand last");
    let lines = result_lines(&base);
    assert!(lines.len() >= 40, "{lines:?}");
    let edit = |line: &str| match line.split_once(" = ") {
        Some((name, value)) => format!("{name} = {}", other_value(value).0),
        None => line.to_owned(),
    };
    let edited: Vec<String> = base[results..].lines().map(edit).collect();
    scratch.write("base.toml", format!("{}{}\n", &base[..results], edited.join("\n")));
    let ran = gate(&scratch, &format!("{PASSING} --orders 2 --baseline base.toml --out out")).expect(3);
    assert_eq!(check_of(&scratch, "out").1, lines.len() as u64);
    let changes = scratch.json("out/results.json")["verdict"]["changes"].clone();
    assert_eq!(list(&changes).len(), lines.len());
    let junit = scratch.read("out/junit.xml");
    for ((path, line), change) in lines.iter().zip(list(&changes)) {
        let value = line.split_once(" = ").expect("a value").1;
        // TOML writes a whole float with its point.
        let (was, is) = (other_value(value).1, value.trim_matches('"').trim_end_matches(".0"));
        assert_eq!(*change, serde_json::json!({ "path": path, "was": was, "is": is }));
        assert!(ran.stdout.contains(&format!("  {path}   was {was}, is {is}\n")), "{path}: {ran}");
        assert!(
            junit.contains(&format!("{path}: was {was}, is {is}\n"))
                || junit.contains(&format!("{path}: was {was}, is {is}<")),
            "{path}: {junit}"
        );
    }
}

#[test]
fn one_changed_value_fails_the_gate() {
    for (from, to) in [
        ("value = 5", "value = 6"),
        ("job = \"first-fit\"", "job = \"next-fit\""),
        ("lower = 5", "lower = 4"),
        ("lost = 0", "lost = 1"),
    ] {
        let scratch = Scratch::with_tiny();
        gate(&scratch, &format!("{PASSING} --write-baseline base.toml")).expect(0);
        scratch.edit("base.toml", from, to);
        gate(&scratch, &format!("{PASSING} --baseline base.toml --out out")).expect(3);
        assert_eq!(check_of(&scratch, "out").0, "fail");
        assert_eq!(text(&scratch.json("out/timings.json")["outcome"]), "fail");
    }
}

#[test]
fn several_changes_are_each_a_row_of_the_summary() {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{PASSING} --write-baseline base.toml")).expect(0);
    let other = "--dataset tiny --stable first-fit --candidate next-fit --competitive-ratio 9";
    let ran = gate(&scratch, &format!("{other} --baseline base.toml --out out")).expect(3);
    // A candidate of another name is compared like any other.
    assert!(ran.stdout.contains("candidate.job   was best-fit, is next-fit"), "{ran}");
    let changes = scratch.json("out/results.json")["verdict"]["changes"].clone();
    assert!(list(&changes).len() >= 2, "{changes}");
    let summary = scratch.read("out/summary.md");
    for change in list(&changes) {
        let path = text(&change["path"]).replace('.', "&#46;");
        assert!(summary.contains(&format!("| <code>{path}</code> | <code>")), "{path} in {summary}");
    }
    assert!(summary.contains("--baseline 'base.toml'"), "{summary}");
    assert_eq!(number(&scratch.json("out/results.json")["stable"]["cost"]["value"]), 6);
}

#[test]
fn a_baseline_takes_the_place_of_an_older_one_as_a_whole() {
    let scratch = Scratch::with_tiny();
    scratch.write("base.toml", "old ".repeat(10_000));
    // The gate fails, but these are the results.
    gate(&scratch, &format!("{FAILING} --write-baseline base.toml --out out")).expect(3);
    assert_eq!(scratch.names(""), ["base.toml", "out", "tiny"]);
    gate(&scratch, &format!("{FAILING} --competitive-ratio 9 --baseline base.toml")).expect(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scratch.path("base.toml")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
}

#[test]
fn results_that_cannot_be_trusted_are_not_kept() {
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/manifest.toml", "optimum = 5", "optimum = 4");
    let ran = gate(&scratch, &format!("{PASSING} --write-baseline base.toml --out out")).expect(6);
    assert!(ran.stderr.contains("was not written"), "{ran}");
    assert_eq!(scratch.names(""), ["out", "tiny"]);
}
