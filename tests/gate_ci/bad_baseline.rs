//! Baselines of something else, malformed ones, hostile ones, and places where none can be.

use crate::{
    PASSING, check_harmless, gate,
    support::{Ran, Scratch, without_script},
};

/// A scratch folder with the baseline `base.toml` of the passing gate.
fn with_baseline() -> Scratch {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{PASSING} --orders 2 --write-baseline base.toml --out first")).expect(0);
    scratch
}

/// The gate is refused, nothing is left of it, and nothing harmful is printed.
fn refused(scratch: &Scratch, line: &str) -> Ran {
    let before = scratch.state();
    let ran = gate(scratch, &format!("{line} --baseline base.toml --out out")).expect(4);
    assert_eq!(scratch.state(), before, "{ran}");
    check_harmless(&ran);
    ran
}

#[test]
fn a_baseline_of_something_else_is_4_and_names_both() {
    let scratch = with_baseline();
    scratch.freeze("other", &[4, 3, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10);
    let jobs = "--stable first-fit --candidate best-fit --orders 2";
    refused(&scratch, &format!("--dataset other {jobs}")).says(&[
        "base.toml: a baseline of another dataset",
        "'tiny', 12 records, hash dbdcc9eb",
        "'other', 12 records, hash ",
    ]);
    refused(&scratch, &format!("--dataset tiny --set capacity=11 {jobs}")).says(&[
        "another parameters",
        "capacity=10",
        "capacity=11",
    ]);
    refused(&scratch, &format!("--dataset tiny {jobs} --seed 7")).says(&[
        "another replay",
        "recorded, seed 42, 2 orders",
        "recorded, seed 7, 2 orders",
    ]);
    scratch.edit("base.toml", "problem = \"bin-packing\"", "problem = \"paging\"");
    refused(&scratch, &format!("--dataset tiny {jobs}")).says(&["another problem", "paging", "bin-packing"]);
}

#[test]
fn another_version_of_the_format_is_4_and_names_both() {
    let scratch = with_baseline();
    scratch.edit("base.toml", "baseline/2", "baseline/1");
    refused(&scratch, PASSING)
        .says(&["counterpoint.baseline/2", "counterpoint.baseline/1"])
        .hints("--write-baseline");
    scratch.write("base.toml", "");
    refused(&scratch, PASSING).says(&["its schema is missing"]);
}

#[test]
fn a_missing_baseline_is_4_and_says_how_to_write_one() {
    let scratch = Scratch::with_tiny();
    refused(&scratch, PASSING).says(&["base.toml: there is no such baseline"]).hints("--write-baseline");
}

/// With `from` replaced by `to`, the file is refused at that line for that reason.
fn check(from: &str, to: &str, line: usize, why: &str) {
    let scratch = with_baseline();
    scratch.edit("base.toml", from, to);
    refused(&scratch, &format!("{PASSING} --orders 2")).says(&[&format!("base.toml line {line}: "), why]);
}

#[test]
fn malformed_baselines_name_file_and_line() {
    check("capacity = 10", "capacity = = 10", 13, "");
    check("capacity = 10", "capacity = -10", 13, "-10");
    check("\nseed = 42", "\nsead = 42", 17, "unknown key `sead`");
    check("\nseed = 42", "\nseed = 42\nlatency_p99 = 5", 18, "unknown key `latency_p99`");
    check("\nseed = 42", "\nseed = 42\nseed = 42", 18, "duplicate key");
    check("\nseed = 42", "", 15, "missing field `seed`");
    check("problem = \"bin-packing\"", "problem = 5", 5, "expected a string");
    check("[candidate]", "[Candidate]", 49, "unknown key `Candidate`");
}

#[test]
fn hostile_baselines_are_shown_harmless() {
    let evil = r#""<script>\u001b[2J\u202e\r\n::error::x ##[add-mask]y""#;
    for from in ["\"counterpoint.baseline/2\"", "\"bin-packing\"", "\"recorded\"", "orders = 2"] {
        let scratch = with_baseline();
        let to = if from == "orders = 2" { format!("{evil} = 2") } else { evil.to_owned() };
        scratch.edit("base.toml", from, &to);
        let ran = refused(&scratch, &format!("{PASSING} --orders 2"));
        assert!(!ran.stderr.contains("##["), "{ran}");
    }
    // A value that is only compared is shown as what it was.
    let scratch = with_baseline();
    scratch.edit("base.toml", "job = \"best-fit\"", &format!("job = {evil}"));
    let ran = gate(&scratch, &format!("{PASSING} --orders 2 --baseline base.toml --out out")).expect(3);
    check_harmless(&ran);
    assert!(ran.stdout.contains("candidate.job   was <script>") && !ran.stdout.contains("##["), "{ran}");
    let report = without_script(&scratch.read("out/report.html"))
        + &scratch.read("out/summary.md")
        + &scratch.read("out/junit.xml");
    assert!(!report.contains("<script") && !report.contains('\u{1b}') && !report.contains('\u{202e}'));
}

#[test]
fn what_is_no_text_or_too_much_of_it_is_4() {
    let scratch = with_baseline();
    scratch.write("base.toml", b"schema = 1\n# \xff\n");
    refused(&scratch, PASSING).says(&["base.toml line 2: not UTF-8"]);
    scratch.write("base.toml", "#".repeat((1 << 20) + 1));
    refused(&scratch, PASSING).says(&["longer than the 1048576 bytes"]);
    std::fs::remove_file(scratch.path("base.toml")).expect("removed");
    std::fs::create_dir(scratch.path("base.toml")).expect("a folder");
    refused(&scratch, PASSING).says(&["base.toml: not a regular file"]);
}

#[test]
fn a_place_where_no_baseline_can_be_is_told_before_anything_is_computed() {
    let scratch = with_baseline();
    let before = scratch.state();
    gate(&scratch, &format!("{PASSING} --write-baseline tiny --out out"))
        .expect(2)
        .says(&["tiny is a folder"]);
    gate(&scratch, &format!("{PASSING} --write-baseline first/results.json/base.toml --out out")).expect(1);
    gate(&scratch, &format!("{PASSING} --write-baseline a --baseline base.toml --out out")).expect(2);
    gate(&scratch, &format!("{PASSING} --write-baseline new/folder/a --out first")).expect(2);
    assert_eq!(scratch.state(), before);
}
