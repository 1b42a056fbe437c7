//! A run's checks as `JUnit` XML: a test case for each, for a CI system's page of tests.

use std::time::Duration;

use compare::{Change, Check, Outcome, Results, Skipped, Verdict};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::Run;
use crate::differences::sentences;
use crate::format::{in_unit, one_line, plain_spaces};
use crate::guarantee::{GUARANTEE, in_words};
use crate::headline::{headline, outcome_word};

/// As many differing rows of one check.
const MOST_ROWS: usize = 20;

/// The document. A fail is a failure; what could not be told (inconclusive, invalid) is an error.
pub(crate) fn document(run: &Run<'_>) -> String {
    let timings = run.timings;
    let compared = timings.comparison.as_ref().map_or(0.0, |comparison| comparison.spent_seconds);
    let suites = [
        ("accuracy", &run.results.verdict, timings.wall_seconds - compared),
        ("latency", &timings.verdict, compared),
    ];
    let mut report = Report::new("counterpoint");
    report.set_time(seconds(timings.wall_seconds));
    for (name, verdict, took) in suites {
        if !verdict.checks.is_empty() || !verdict.skipped.is_empty() {
            let mut suite = suite(name, verdict, run);
            suite.set_time(seconds(took));
            share_out(seconds(took), &mut suite);
            suite.timestamp = timings.started.parse().ok();
            if report.test_suites.is_empty() {
                suite.add_properties(facts(run));
            }
            report.add_test_suite(suite);
        }
    }
    let text = report.to_string().expect("text that is written to a string");
    without_root_skipped(text, report.skipped)
}

/// Readers add up the times of cases, and say "NaN" where there are none. A check takes no time of its own, so each gets
/// an equal share of the suite's.
fn share_out(took: Duration, suite: &mut TestSuite) {
    let cases = u32::try_from(suite.test_cases.len()).unwrap_or(u32::MAX).max(1);
    for case in &mut suite.test_cases {
        case.set_time(took / cases);
    }
}

/// A duration that comes from a file and may be anything.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}

/// The schema that Jenkins' plugin checks against knows no such attribute of the root, only of suites.
fn without_root_skipped(text: String, skipped: usize) -> String {
    match text.split_once(&format!(" skipped=\"{skipped}\"")) {
        Some((before, after)) if before.contains("<testsuites") && !before.contains("<testsuite ") => {
            format!("{before}{after}")
        }
        _ => text,
    }
}

/// Returns what the run was, for the first suite alone: some readers refuse a name that comes twice in a file.
fn facts(run: &Run<'_>) -> [Property; 6] {
    let (results, line) = (run.results, headline(run.results, run.timings).line());
    let [stable, candidate] = results.jobs();
    [
        ("verdict", line.as_str()),
        ("dataset", &results.dataset.name),
        ("dataset_blake3", &results.dataset.blake3),
        ("trigger", &results.replay.trigger),
        ("stable", stable),
        ("candidate", candidate),
    ]
    .map(|(name, value)| Property::new(name, one_line(value)))
}

fn suite(name: &str, verdict: &Verdict, run: &Run<'_>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let results = run.results;
    let class = format!("counterpoint.{name}");
    let mut names = Vec::new();
    let mut guarantees = guarantors(results).into_iter();
    for check in &verdict.checks {
        let role = if check.name == GUARANTEE { guarantees.next() } else { None };
        let name = role.map_or_else(|| check.name.clone(), |role| format!("{GUARANTEE} kept by {role}"));
        suite.add_test_case(case(&class, &unique(&mut names, &name), status(check, verdict, results), run));
    }
    for Skipped { name, reason } in &verdict.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(one_line(reason));
        suite.add_test_case(case(&class, &unique(&mut names, name), status, run));
    }
    suite
}

/// Whose guarantees are checked, in the order of their checks.
fn guarantors(results: &Results) -> Vec<&'static str> {
    let versions = [(&results.stable, "stable"), (&results.candidate, "candidate")];
    versions.into_iter().filter(|(version, _)| version.recovery.is_some()).map(|(_, role)| role).collect()
}

fn case(class: &str, name: &str, status: TestCaseStatus, run: &Run<'_>) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(class);
    if let Some(file) = run.file {
        // Without it readers take the class for a file, and annotate one that isn't there.
        case.extra.insert("file".into(), one_line(file).into());
    }
    case
}

/// Readers of `JUnit` take two cases of one name for one: the second of a name gets a number.
fn unique(names: &mut Vec<String>, name: &str) -> String {
    names.push(name.to_owned());
    match names.iter().filter(|seen| *seen == name).count() {
        1 => name.to_owned(),
        count => format!("{name} ({count})"),
    }
}

fn status(check: &Check, verdict: &Verdict, results: &Results) -> TestCaseStatus {
    let kind = match check.outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::Fail => NonSuccessKind::Failure,
        Outcome::Inconclusive | Outcome::Invalid => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(outcome_word(check.outcome)).set_message(one_line(&check.note));
    let [limit, found] = in_words(check).map_or_else(
        || [check.limit, check.value].map(|number| plain_spaces(&in_unit(number, check.unit))),
        |words| words.map(str::to_owned),
    );
    let mut lines = vec![format!("limit {limit}, found {found}: {}", one_line(&check.note))];
    lines.extend(particulars(check, verdict, results).iter().map(|line| one_line(line)));
    status.set_description(lines.join("\n"));
    status
}

/// Returns what the check found, one by one: values that changed since the baseline, rows that differ.
fn particulars(check: &Check, verdict: &Verdict, results: &Results) -> Vec<String> {
    let said = |change: &Change| format!("{}: was {}, is {}", change.path, change.was, change.is);
    match (check.name.as_str(), results.tables()) {
        ("baseline", _) => verdict.changes.iter().map(said).collect(),
        ("divergence" | "divergence_increase", Some(tables)) => {
            sentences(&tables.candidate.table.divergence, "the reference", "the candidate", MOST_ROWS)
        }
        ("decision_changes", Some(tables)) => {
            sentences(&tables.changes.rows, "stable", "the candidate", MOST_ROWS)
        }
        _ => Vec::new(),
    }
}
