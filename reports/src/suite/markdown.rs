//! Several experiments as Markdown for a pull request: how many passed, a row for each, and what stands in the way.

use compare::Suite;

use super::{SUITE_HEADS, SuiteRow, is_remarkable, judged, suite_line};
use crate::markdown::text::{code, escaped, table, text};

/// The document. Whatever text stands in the suite, it stays text.
pub(crate) fn document(suite: &Suite) -> String {
    let rows: Vec<SuiteRow> = suite.experiments.iter().map(SuiteRow::of).collect();
    let cells = rows.iter().map(|row| {
        let [name, rest @ ..] = row.cells();
        let [verdict, checks, off, speed, took] = rest.map(text);
        [code(name), verdict, checks, off, speed, took]
    });
    let parts = [
        format!("## Counterpoint: {}", escaped(&suite_line(suite))),
        if rows.is_empty() { String::new() } else { table(SUITE_HEADS, cells) },
        reasons(suite, &rows),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// Returns what is said of each that didn't pass.
fn reasons(suite: &Suite, rows: &[SuiteRow]) -> String {
    let remarkable = suite.experiments.iter().zip(rows).filter(|(entry, _)| is_remarkable(entry));
    let lines: Vec<String> = remarkable
        .map(|(entry, row)| {
            let said = if judged(entry).is_some() { escaped(&row.said) } else { text(&row.said) };
            format!("- {}: {said}", code(&row.name))
        })
        .collect();
    if lines.is_empty() { String::new() } else { format!("### What did not pass\n\n{}", lines.join("\n")) }
}
