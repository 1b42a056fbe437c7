//! Several experiments as one `JUnit` document: a suite for each.

use compare::{Outcome, Results, Suite as Experiments, SuiteEnd, SuiteEntry, SuiteJudged, Timings};

use super::{
    cases,
    document::{Case, Document, Failed, Kind, Status, Suite},
    facts, seconds, timestamp,
};
use crate::Run;
use crate::format::one_line;
use crate::headline::outcome_word;

/// The document. An experiment without a verdict is an error, one that wasn't run is skipped.
pub(crate) fn suite(suite: &Experiments, runs: &[Option<(&Results, &Timings)>]) -> String {
    let entries = suite.experiments.iter().enumerate();
    let suites = entries.map(|(index, entry)| one(entry, runs.get(index).copied().flatten())).collect();
    Document { name: "counterpoint", took: seconds(suite.wall_seconds), suites }.write()
}

fn one(entry: &SuiteEntry, run: Option<(&Results, &Timings)>) -> Suite {
    let name = one_line(&entry.name);
    let (properties, cases) = match (&entry.end, run) {
        (SuiteEnd::Judged(_), Some((results, timings))) => judged(entry, results, timings),
        (SuiteEnd::Judged(judged), None) => (Vec::new(), vec![case(entry, whole(judged))]),
        (SuiteEnd::Error(error), _) => {
            let message = one_line(&error.message);
            let hint = error.hint.as_deref().map_or_else(String::new, |hint| format!("\n{}", one_line(hint)));
            let details = format!("{message}{hint}");
            let failed = Failed { kind: Kind::Error, word: "error", message, details };
            (Vec::new(), vec![case(entry, Status::Failed(failed))])
        }
        (SuiteEnd::NotRun { why }, _) => {
            (Vec::new(), vec![case(entry, Status::Skipped { message: one_line(why) })])
        }
    };
    let timestamp = entry.started.as_deref().and_then(timestamp);
    Suite { name, timestamp, took: seconds(entry.seconds), properties, cases }
}

/// The checks of a run; where it had none, that it came to a verdict.
fn judged(
    entry: &SuiteEntry,
    results: &Results,
    timings: &Timings,
) -> (Vec<(&'static str, String)>, Vec<Case>) {
    let run = Run { results, timings, experiment: "", command: "", file: Some(&entry.file), files: &[] };
    let class = |aspect: &str| format!("{}.{aspect}", class(entry));
    let mut all = cases(&class("accuracy"), &results.verdict, &run);
    all.extend(cases(&class("latency"), &timings.verdict, &run));
    if all.is_empty() {
        all.push(case(entry, Status::Passed));
    }
    (facts(&run), all)
}

/// The verdict of a run whose checks aren't at hand.
fn whole(judged: &SuiteJudged) -> Status {
    let kind = match judged.outcome {
        Outcome::Pass => return Status::Passed,
        Outcome::Fail => Kind::Failure,
        Outcome::Inconclusive | Outcome::Invalid => Kind::Error,
    };
    let message = one_line(&judged.headline);
    Status::Failed(Failed { kind, word: outcome_word(judged.outcome), details: message.clone(), message })
}

fn case(entry: &SuiteEntry, status: Status) -> Case {
    Case { name: "verdict".to_owned(), class: class(entry), file: Some(one_line(&entry.file)), status }
}

fn class(entry: &SuiteEntry) -> String {
    format!("counterpoint.{}", one_line(&entry.name))
}
