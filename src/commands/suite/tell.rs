//! Tells a terminal of a suite: a line for each experiment as it ends, and a table at the end.

use std::path::Path;

use compare::{Suite, SuiteEnd, SuiteEntry};
use datasets::shown;
use reports::{SUITE_HEADS, SuiteRow, suite_line};
use serde::Serialize;

use super::{Verb, state::Ended};
use crate::{commands::tables::aligned, output::Output, partial::kept_beside};

/// With `--json`: the suite, and where it stands.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    suite: &'a Suite,
    folder: String,
}

/// A line for the experiment that has just ended, the `done`-th of all.
pub(super) fn line(suite: &Suite, index: usize, done: usize, output: &Output) {
    let (entry, all) = (&suite.experiments[index], suite.experiments.len());
    let names = suite.experiments.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    let row = SuiteRow::of(entry);
    let said = match &entry.end {
        SuiteEnd::Judged(judged) => {
            let speed = if judged.speed.is_some() { format!(", {}", row.speed) } else { String::new() };
            format!("{} for {}, {}{speed}", judged.candidate, judged.stable, row.off)
        }
        SuiteEnd::Error(_) | SuiteEnd::NotRun { .. } => row.said.clone(),
    };
    let digits = all.to_string().len();
    let (verdict, name, took) = (word(entry, &row, output), &row.name, &row.took);
    output.line(format_args!(
        "{done:>digits$}/{all}   {verdict}   {name:<names$}   {took:>8}   {}",
        shown(&said)
    ));
}

/// The verdict in colour, as wide as the longest there is.
fn word(entry: &SuiteEntry, row: &SuiteRow, output: &Output) -> String {
    const WIDEST: usize = "inconclusive".len();
    let blanks = " ".repeat(WIDEST.saturating_sub(row.verdict.len()));
    let word = match &entry.end {
        SuiteEnd::Judged(judged) => output.outcome(judged.outcome),
        SuiteEnd::Error(_) | SuiteEnd::NotRun { .. } => row.verdict.to_owned(),
    };
    word + &blanks
}

/// The table of all, and what decided.
pub(super) fn tell(ended: &Ended, folder: &Path, output: &Output) {
    let suite = &ended.suite;
    output.json(&Printed { suite, folder: folder.display().to_string() });
    let rows: Vec<SuiteRow> = suite.experiments.iter().map(SuiteRow::of).collect();
    let heads = SUITE_HEADS.map(str::to_owned).to_vec();
    let cells = rows.iter().map(|row| row.cells().map(str::to_owned).to_vec());
    if !rows.is_empty() {
        output.line(format_args!("\n{}", aligned(&std::iter::once(heads).chain(cells).collect::<Vec<_>>())));
    }
    output.line(format_args!("\n{}", suite_line(suite)));
    if let Some(code) = suite.exit_code.filter(|code| *code != 0) {
        let decided = suite.experiments.iter().filter(|entry| entry.exit_code == Some(code));
        let names: Vec<String> = decided.map(|entry| entry.name.clone()).collect();
        output.line(format_args!("exit code {code}: {}", crate::suite::listed(&names)));
    }
    output.page("index", &folder.join("index.html"));
}

/// Says how to go on with what came to no verdict, once the folder has its name.
pub(super) fn left(ended: &Ended, folder: &Path, verb: Verb, output: &Output) {
    for entry in &ended.suite.experiments {
        let kept = kept_beside(&folder.join(&entry.name));
        if kept.is_dir() {
            let kept = datasets::shown_path(&kept);
            output.note(format_args!("what {} had done so far is kept in {kept}", shown(&entry.name)));
        }
    }
    if ended.runs.iter().any(Option::is_none) {
        let folder = datasets::shown_path(folder);
        output.note(format_args!("those without a verdict run with '{} --resume {folder}'", verb.command()));
    }
}
