//! Several experiments on a page, in Markdown and in `JUnit`: what is said of each, and that text from outside stays text.

use compare::{
    Judged, Outcome, SUITE_SCHEMA, SpeedOf, Suite, SuiteAsked, SuiteChecks, SuiteEnd, SuiteEntry, SuiteError,
    SuiteFound, SuiteJudged, SuiteSpeed,
};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use reports::{SuiteRow, suite_html, suite_junit, suite_line, suite_markdown};

/// Tries to be markup, a mention and a terminal's command.
const HOSTILE: &str = "<script>x</script> @team |\u{1b}[31m\u{202e} [a](http://x)";

fn judged(outcome: Outcome) -> SuiteJudged {
    SuiteJudged {
        run: "a".to_owned(),
        outcome,
        judged: Judged::default(),
        headline: format!("a headline {HOSTILE}"),
        problem: HOSTILE.to_owned(),
        dataset: HOSTILE.to_owned(),
        records: 1_000,
        stable: HOSTILE.to_owned(),
        candidate: HOSTILE.to_owned(),
        checks: SuiteChecks { passed: 3, ..SuiteChecks::default() },
        found: SuiteFound::Wrong { of: 1_351, stable: 14, candidate: 35 },
        speed: None,
    }
}

fn entry(name: &str, exit_code: Option<u8>, end: SuiteEnd) -> SuiteEntry {
    let started = exit_code.map(|_| "2026-11-28T12:00:00Z".to_owned());
    SuiteEntry { name: name.to_owned(), file: HOSTILE.to_owned(), started, seconds: 1.25, exit_code, end }
}

fn suite(exit_code: Option<u8>, experiments: Vec<SuiteEntry>) -> Suite {
    Suite {
        schema: SUITE_SCHEMA.to_owned(),
        counterpoint: "0.1.0".to_owned(),
        asked: SuiteAsked {
            command: "gate".to_owned(),
            paths: vec![HOSTILE.to_owned()],
            filters: vec![format!("name={HOSTILE}")],
            shard: None,
            accuracy_only: false,
            jobs: 1,
            fail_fast: false,
            words: ["counterpoint", "gate", HOSTILE].map(str::to_owned).to_vec(),
        },
        started: "2026-11-28T12:00:00Z".to_owned(),
        wall_seconds: 3.0,
        found: experiments.len() as u64,
        exit_code,
        experiments,
    }
}

/// One of each kind.
fn all() -> Suite {
    let of = |outcome| SuiteEnd::Judged(Box::new(judged(outcome)));
    let error = SuiteError { message: format!("wrong {HOSTILE}"), hint: Some(HOSTILE.to_owned()) };
    suite(
        Some(2),
        vec![
            entry("a", Some(0), of(Outcome::Pass)),
            entry("b", Some(3), of(Outcome::Fail)),
            entry("c", Some(5), of(Outcome::Inconclusive)),
            entry("d", Some(6), of(Outcome::Invalid)),
            entry("e", Some(2), SuiteEnd::Error(error)),
            entry("f", None, SuiteEnd::NotRun { why: "interrupted".to_owned() }),
        ],
    )
}

#[test]
fn one_line_counts_what_came_of_all() {
    let line =
        "6 experiments: 1 passes, 1 fails, 1 is inconclusive, 1 is invalid, 1 has no verdict, 1 was not run";
    assert_eq!(suite_line(&all()), line);
    assert_eq!(suite_line(&suite(Some(0), Vec::new())), "0 experiments");
}

#[test]
fn text_from_outside_stays_text() {
    let page = suite_html(&all());
    for raw in ["<script>x", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    assert!(page.contains("href=\"a/report.html\"") && page.matches("/report.html\"").count() == 4);
    let markdown = suite_markdown(&all());
    for raw in ["<script>", "\u{1b}", "@team", "](http"] {
        assert!(!markdown.contains(raw), "{raw:?} in {markdown}");
    }
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), 7, "{markdown}");
    assert_eq!(markdown.lines().filter(|line| line.starts_with("- ")).count(), 5, "{markdown}");
}

#[test]
fn the_badge_is_the_worst() {
    let badge = |suite: &Suite| {
        let page = suite_html(suite);
        let (_, rest) = page.split_once("<span class=\"badge ").expect("a badge");
        rest.split_once('>').and_then(|(_, rest)| rest.split_once('<')).expect("its word").0.to_owned()
    };
    let mut left = all();
    assert_eq!(badge(&Suite { exit_code: None, ..left.clone() }), "Incomplete");
    for (gone, word) in
        [("f", "Error"), ("e", "Invalid"), ("d", "Fail"), ("b", "Inconclusive"), ("c", "Pass")]
    {
        left.experiments.retain(|entry| entry.name != gone);
        assert_eq!(badge(&left), word);
    }
}

#[test]
fn cells_are_short_and_true() {
    let row = |found, speed, checks| {
        let judged = SuiteJudged { found, speed, checks, ..judged(Outcome::Pass) };
        let row = SuiteRow::of(&entry("a", Some(0), SuiteEnd::Judged(Box::new(judged))));
        row.cells().map(str::to_owned)
    };
    let ratio = SuiteFound::Ratio { stable: [1.05, 1.0522], candidate: [1.0498, 1.0498] };
    let speed = SuiteSpeed { of: SpeedOf::Time, ratio: 0.634, interval: [0.61, 0.76] };
    let checks = SuiteChecks { passed: 5, failed: 2, skipped: 1, ..SuiteChecks::default() };
    assert_eq!(
        row(ratio, Some(speed), checks),
        [
            "a",
            "pass",
            "2 of 7 failed, 1 skipped",
            "ratio 1.0500 to 1.0522 → 1.0498",
            "0.63× the time (0.61 to 0.76)",
            "1.2 s"
        ]
    );
    let wrong = SuiteFound::Wrong { of: 1_351, stable: 14, candidate: 35 };
    let cells = row(wrong, None, SuiteChecks { passed: 3, ..SuiteChecks::default() });
    assert_eq!(cells[2..5], ["3 passed", "14 → 35 of 1,351 wrong", "–"]);
}

#[test]
fn junit_has_a_suite_for_each() {
    let suite = all();
    let runs = vec![None; suite.experiments.len()];
    let report = Report::deserialize_from_str(&suite_junit(&suite, &runs)).expect("JUnit");
    let told: Vec<String> = report
        .test_suites
        .iter()
        .map(|suite| {
            let case = match &suite.test_cases[0].status {
                TestCaseStatus::Success { .. } => "passed",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failed",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
                TestCaseStatus::Skipped { .. } => "skipped",
            };
            assert_eq!(suite.timestamp.is_some(), suite.name.as_str() != "f");
            format!("{} {case}", suite.name.as_str())
        })
        .collect();
    assert_eq!(told, ["a passed", "b failed", "c error", "d error", "e error", "f skipped"]);
}
