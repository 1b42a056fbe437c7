//! A run's checks as `JUnit` XML: a test case for each, for a CI system's page of tests.

mod document;
mod suite;
mod xml;

use std::time::Duration;

use compare::{Change, Check, Outcome, Results, Skipped, Verdict};

use self::document::{Case, Document, Failed, Kind, Status, Suite};
use crate::Run;
use crate::differences::{Against, parting, sentences};
use crate::format::{in_unit, one_line, plain_spaces};
use crate::guarantee::{GUARANTEE, UPGRADE, in_words};
use crate::headline::{headline, outcome_word};

pub(crate) use self::suite::suite;

/// As many differing rows of one check.
const MOST_ROWS: usize = 20;

/// The document. A fail is a failure; what could not be told (inconclusive, invalid) is an error.
pub(crate) fn document(run: &Run<'_>) -> String {
    let timings = run.timings;
    let compared = timings.comparison.as_ref().map_or(0.0, |comparison| comparison.spent_seconds)
        + timings.throughput.as_ref().map_or(0.0, |throughput| throughput.spent_seconds);
    let suites = [
        ("accuracy", &run.results.verdict, timings.wall_seconds - compared),
        ("latency", &timings.verdict, compared),
    ];
    let mut document =
        Document { name: "counterpoint", took: seconds(timings.wall_seconds), suites: Vec::new() };
    for (name, verdict, took) in suites {
        if !verdict.checks.is_empty() || !verdict.skipped.is_empty() {
            // Some readers refuse a name that comes twice in a file.
            let properties = if document.suites.is_empty() { facts(run) } else { Vec::new() };
            let (timestamp, took) = (timestamp(&timings.started), seconds(took));
            let cases = cases(&format!("counterpoint.{name}"), verdict, run);
            document.suites.push(Suite { name: name.to_owned(), timestamp, took, properties, cases });
        }
    }
    document.write()
}

/// The time with milliseconds and an offset; nothing if it isn't one, for it comes from a file.
fn timestamp(started: &str) -> Option<String> {
    let started: jiff::Timestamp = started.parse().ok()?;
    Some(started.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string())
}

/// A duration that comes from a file and may be anything.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}

/// Returns what the run was.
fn facts(run: &Run<'_>) -> Vec<(&'static str, String)> {
    let (results, line) = (run.results, headline(run.results, run.timings).line());
    let [stable, candidate] = results.jobs();
    let facts = [
        ("verdict", line.as_str()),
        ("dataset", &results.dataset.name),
        ("dataset_blake3", &results.dataset.blake3),
        ("trigger", &results.replay.trigger),
        ("stable", stable),
        ("candidate", candidate),
    ];
    facts.map(|(name, value)| (name, one_line(value))).into()
}

fn cases(class: &str, verdict: &Verdict, run: &Run<'_>) -> Vec<Case> {
    let results = run.results;
    let mut names = Vec::new();
    let mut case = |name: &str, status| {
        let (name, class) = (one_line(&unique(&mut names, name)), class.to_owned());
        Case { name, class, file: run.file.map(one_line), status }
    };
    let mut cases = Vec::new();
    let mut guarantees = guarantors(results).into_iter();
    for check in &verdict.checks {
        let role = if check.name == GUARANTEE { guarantees.next() } else { None };
        let name = match (role, check.name.as_str()) {
            (Some(role), _) => format!("{GUARANTEE} kept by {role}"),
            (None, UPGRADE) => "upgrade done".to_owned(),
            (None, name) => name.to_owned(),
        };
        cases.push(case(&name, status(check, verdict, results)));
    }
    for Skipped { name, reason } in &verdict.skipped {
        cases.push(case(name, Status::Skipped { message: one_line(reason) }));
    }
    cases
}

/// Whose guarantees are checked, in the order of their checks.
fn guarantors(results: &Results) -> Vec<&'static str> {
    let versions = [(&results.stable, "stable"), (&results.candidate, "candidate")];
    versions.into_iter().filter(|(version, _)| version.recovery.is_some()).map(|(_, role)| role).collect()
}

/// Readers of `JUnit` take two cases of one name for one: the second of a name gets a number.
fn unique(names: &mut Vec<String>, name: &str) -> String {
    names.push(name.to_owned());
    match names.iter().filter(|seen| *seen == name).count() {
        1 => name.to_owned(),
        count => format!("{name} ({count})"),
    }
}

fn status(check: &Check, verdict: &Verdict, results: &Results) -> Status {
    let kind = match check.outcome {
        Outcome::Pass => return Status::Passed,
        Outcome::Fail => Kind::Failure,
        Outcome::Inconclusive | Outcome::Invalid => Kind::Error,
    };
    let message = one_line(&check.note);
    let [limit, found] = in_words(check).map_or_else(
        || [check.limit, check.value].map(|number| plain_spaces(&in_unit(number, check.unit))),
        |words| words.map(str::to_owned),
    );
    let mut lines = vec![format!("limit {limit}, found {found}: {message}")];
    lines.extend(particulars(check, verdict, results).iter().map(|line| one_line(line)));
    Status::Failed(Failed { kind, word: outcome_word(check.outcome), message, details: lines.join("\n") })
}

/// Returns what the check found, one by one: values that changed since the baseline, rows that differ.
fn particulars(check: &Check, verdict: &Verdict, results: &Results) -> Vec<String> {
    let said = |change: &Change| format!("{}: was {}, is {}", change.path, change.was, change.is);
    match (check.name.as_str(), results.tables()) {
        ("baseline", _) => verdict.changes.iter().map(said).collect(),
        (UPGRADE, _) => {
            let lines = crate::architectures::architectures(results).into_iter();
            lines.map(|(label, line)| format!("{label}: {}", plain_spaces(&line))).collect()
        }
        ("divergence" | "divergence_increase", Some(tables)) => {
            let rows = sentences(&tables, Against::Reference, MOST_ROWS);
            parting(&tables).into_iter().chain(rows).collect()
        }
        ("decision_changes", Some(tables)) => {
            let rows = sentences(&tables, Against::Stable, MOST_ROWS);
            parting(&tables).into_iter().chain(rows).collect()
        }
        _ => Vec::new(),
    }
}
