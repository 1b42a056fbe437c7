//! A run as Markdown for a pull request: the verdict, the checks, what was compared, how to repeat it.

pub(crate) mod comparison;
pub(crate) mod text;
mod versions;

use compare::{Change, Results, Timings};

use self::text::{code, escaped, fenced, table, text};
use self::versions::{differing_rows, subject, version_table};
use crate::Run;
use crate::checklist::found;
use crate::details::same;
use crate::expected;
use crate::format::plain_spaces;
use crate::headline::{checks, headline, outcome_word, skipped};
use crate::sides::limit;

/// The document. Whatever text stands in the run, it stays text: no markup, no link, no mention.
pub(crate) fn document(run: &Run<'_>) -> String {
    let (results, timings) = (run.results, run.timings);
    let headline = headline(results, timings);
    let parts = [
        format!("## Counterpoint: {}", escaped(&headline.line())),
        escaped(&headline.detail),
        check_table(results, timings),
        change_table(&results.verdict.changes),
        differing_rows(results),
        expected_table(results),
        architectures(results),
        "### What was compared".to_owned(),
        version_table(results, timings),
        subject(results, timings),
        "### How to repeat it".to_owned(),
        fenced(run.command),
        same(results).to_owned(),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    plain_spaces(&parts.join("\n\n")) + "\n"
}

fn check_table(results: &Results, timings: &Timings) -> String {
    let judged = checks(results, timings).map(|check| {
        [
            code(&check.name),
            limit(check),
            found(check),
            outcome_word(check.outcome).to_owned(),
            text(&check.note),
        ]
    });
    let skipped = skipped(results, timings).map(|limit| {
        [code(&limit.name), String::new(), String::new(), "skipped".to_owned(), text(&limit.reason)]
    });
    table(["check", "limit", "found", "outcome", "finding"], judged.chain(skipped))
}

fn expected_table(results: &Results) -> String {
    if results.expected.is_empty() {
        return String::new();
    }
    let rows = results.expected.iter().map(|rule| {
        let [rows, stable, candidate, changed] = expected::numbers(rule);
        [code(&rule.r#where), text(&rule.why), expected::until(rule), rows, stable, candidate, changed]
    });
    let [rows_head, stable, candidate, changed] = expected::HEADS;
    let heads = ["rows where", "why", "until", rows_head, stable, candidate, changed];
    format!("### Expected to differ\n\n{}", table(heads, rows))
}

/// Says what happened under each architecture, where any was run.
fn architectures(results: &Results) -> String {
    let lines = crate::architectures::architectures(results);
    if lines.is_empty() {
        return String::new();
    }
    let rows = lines.into_iter().map(|(label, line)| [label.to_owned(), text(&line)]);
    format!("### Architectures\n\n{}", table(["", "what happened"], rows))
}

fn change_table(changes: &[Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let rows = changes.iter().map(|change| [code(&change.path), code(&change.was), code(&change.is)]);
    format!("### Changed since the baseline\n\n{}", table(["value", "was", "is"], rows))
}
