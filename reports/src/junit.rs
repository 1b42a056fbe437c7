//! A run's checks as `JUnit` XML: a test case for each, for a CI system's page of tests.

use compare::{AnyResults, Change, Check, Outcome, Skipped, Verdict};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::Run;
use crate::differences::sentences;
use crate::format::{in_unit, one_line, plain_spaces};
use crate::guarantee::{GUARANTEE, KEPT, kept};
use crate::headline::{headline, outcome_word};

/// As many differing rows of one check.
const MOST_ROWS: usize = 20;

/// The document. A fail is a failure; what could not be told (inconclusive, invalid) is an error; a limit that could
/// not be checked is skipped.
pub(crate) fn document(run: &Run<'_>) -> String {
    let mut report = Report::new("counterpoint");
    for (name, verdict) in [("accuracy", run.results.verdict()), ("latency", &run.timings.verdict)] {
        if !verdict.checks.is_empty() || !verdict.skipped.is_empty() {
            report.add_test_suite(suite(name, verdict, run));
        }
    }
    report.to_string().expect("text that is written to a string")
}

fn suite(name: &str, verdict: &Verdict, run: &Run<'_>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let (results, sentence) = (run.results, headline(run.results, run.timings).sentence);
    let [stable, candidate] = results.jobs();
    let facts = [
        ("verdict", sentence.as_str()),
        ("dataset", &results.dataset().name),
        ("dataset_blake3", &results.dataset().blake3),
        ("trigger", &results.replay().trigger),
        ("stable", stable),
        ("candidate", candidate),
    ];
    suite.add_properties(facts.map(|(name, value)| Property::new(name, one_line(value))));
    let class = format!("counterpoint.{name}");
    let mut names = Vec::new();
    let mut guarantees = guarantors(results).into_iter();
    for check in &verdict.checks {
        let role = if check.name == GUARANTEE { guarantees.next() } else { None };
        let name = role.map_or_else(|| check.name.clone(), |role| format!("{GUARANTEE} kept by {role}"));
        suite.add_test_case(case(&class, &unique(&mut names, &name), status(check, verdict, results)));
    }
    for Skipped { name, reason } in &verdict.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(one_line(reason));
        suite.add_test_case(case(&class, &unique(&mut names, name), status));
    }
    suite
}

/// Whose guarantees are checked, in the order of their checks.
fn guarantors(results: &AnyResults) -> Vec<&'static str> {
    let AnyResults::Table(results) = results else { return Vec::new() };
    let versions = [(&results.stable, "stable"), (&results.candidate, "candidate")];
    versions.into_iter().filter(|(version, _)| version.recovery.is_some()).map(|(_, role)| role).collect()
}

fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(class);
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

fn status(check: &Check, verdict: &Verdict, results: &AnyResults) -> TestCaseStatus {
    let kind = match check.outcome {
        Outcome::Pass => return TestCaseStatus::success(),
        Outcome::Fail => NonSuccessKind::Failure,
        Outcome::Inconclusive | Outcome::Invalid => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(outcome_word(check.outcome)).set_message(one_line(&check.note));
    let (limit, found) = match check.name.as_str() {
        GUARANTEE => (KEPT.to_owned(), kept(check).to_owned()),
        _ => (in_unit(check.limit, check.unit), in_unit(check.value, check.unit)),
    };
    let [limit, found] = [limit, found].map(|text| plain_spaces(&text));
    let mut lines = vec![format!("limit {limit}, found {found}: {}", one_line(&check.note))];
    lines.extend(particulars(check, verdict, results).iter().map(|line| one_line(line)));
    status.set_description(lines.join("\n"));
    status
}

/// What the check found, one by one: values that changed since the baseline, rows that differ.
fn particulars(check: &Check, verdict: &Verdict, results: &AnyResults) -> Vec<String> {
    let said = |change: &Change| format!("{}: was {}, is {}", change.path, change.was, change.is);
    match (check.name.as_str(), results) {
        ("baseline", _) => verdict.changes.iter().map(said).collect(),
        ("divergence" | "divergence_increase", AnyResults::Table(results)) => {
            sentences(&results.candidate.divergence, "the reference", "the candidate", MOST_ROWS)
        }
        ("decision_changes", AnyResults::Table(results)) => {
            sentences(&results.changes, "stable", "the candidate", MOST_ROWS)
        }
        _ => Vec::new(),
    }
}
