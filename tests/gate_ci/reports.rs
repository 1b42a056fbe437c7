//! The files that a gate leaves for other programs.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus, XmlString};

use crate::{
    FAILING, PASSING, gate, program,
    support::{RUN_FILES, Ran, Scratch, list, text},
};

#[test]
fn a_gate_leaves_two_files_more_than_a_run() {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{PASSING} --out gate")).expect(0);
    let mut files = RUN_FILES.to_vec();
    files.extend(["junit.xml", "summary.md"]);
    files.sort_unstable();
    assert_eq!(scratch.files("gate"), files);
    Ran::of(program(&scratch).args(["run", "--out", "run"]).args(PASSING.split(' '))).expect(0);
    assert_eq!(scratch.files("run"), RUN_FILES);
}

#[test]
fn the_checks_are_test_cases() {
    let scratch = Scratch::with_tiny();
    for (line, code) in [(PASSING, 0), (FAILING, 3)] {
        let out = format!("out{code}");
        gate(&scratch, &format!("{line} --out {out}")).expect(code);
        let report = Report::deserialize_from_str(&scratch.read(&format!("{out}/junit.xml"))).expect("JUnit");
        let results = scratch.json(&format!("{out}/results.json"));
        let checks = list(&results["verdict"]["checks"]);
        let cases = &report.test_suites[0].test_cases;
        assert_eq!((report.test_suites[0].name.as_str(), cases.len()), ("accuracy", checks.len()));
        for (case, check) in cases.iter().zip(checks) {
            assert_eq!(case.name.as_str(), text(&check["name"]));
            let failed = text(&check["outcome"]) == "fail";
            match &case.status {
                TestCaseStatus::Success { .. } => assert!(!failed, "{check}"),
                TestCaseStatus::NonSuccess { kind, message, ty, .. } => {
                    assert!(failed && *kind == NonSuccessKind::Failure, "{check}");
                    assert_eq!(message.as_ref().map(XmlString::as_str), Some(text(&check["note"])));
                    assert_eq!(ty.as_ref().map(XmlString::as_str), Some("fail"));
                }
                TestCaseStatus::Skipped { .. } => panic!("{check} was not skipped"),
            }
        }
        // No limit on the latency was set, so there is nothing to say of it.
        assert_eq!(report.test_suites.len(), 1);
        assert_eq!(report.failures > 0, code == 3);
    }
}

#[test]
fn the_summary_says_the_verdict_and_how_to_repeat_it() {
    let scratch = Scratch::with_tiny();
    gate(&scratch, &format!("{FAILING} --out out")).expect(3);
    let summary = scratch.read("out/summary.md");
    assert!(
        summary.starts_with(
            "## Counterpoint: fail on accuracy; speed not judged: worst-fit may not replace first-fit\n"
        ),
        "{summary}"
    );
    assert!(summary.contains("| <code>competitive_ratio_increase</code> | "), "{summary}");
    assert!(
        summary.contains("dbdcc9ebde8e6d84e521ca119ee8ac0cff369c1c64a8d0edc2e7bff2e5b0c0bc"),
        "{summary}"
    );
    // The command is one that can be run, and gives the same results.
    let fence = summary.split("```sh\n").nth(1).expect("a fence");
    let command = fence.split("\n```").next().expect("its end");
    let again = command.replacen("counterpoint", "\"$COUNTERPOINT\"", 1);
    scratch.shell(&format!("{again} --out again")).expect(3);
    assert_eq!(scratch.read("out/results.json"), scratch.read("again/results.json"));
}
