//! Why a version's rows differ: the rule that was found, what speaks for it, who has it, and what declares it expected.

use compare::{DeclareResult, ExplanationResult, Results, RuleResult, VersionResult};
use maud::{Markup, html};

use crate::{
    format::{counted, shorten},
    part::Part,
};

/// Holds how much is shown of a text that comes from data.
const MOST_CHARS: usize = 400;

/// The section, or nothing where no explanation was sought.
pub(crate) fn explanation(results: &Results) -> Option<Part> {
    let sides = [(&results.stable, "stable"), (&results.candidate, "candidate")];
    if sides.iter().all(|(version, _)| version.explanation.is_none()) {
        return None;
    }
    let body = html! {
        table class="facts" {
            tbody {
                @for (version, side) in sides {
                    @if let Some(found) = &version.explanation { (of_version(version, side, found)) }
                }
            }
        }
        p class="notes" {
            "A rule is sought in one half of the rows that differ and held against the other. It is no fault of the engines that have it."
        }
    };
    Some(Part::new("explanation", "Why the rows differ", body))
}

fn of_version(version: &VersionResult, side: &'static str, found: &ExplanationResult) -> Markup {
    let known_of: Vec<&str> =
        found.rules.iter().flat_map(|rule| &rule.known_of).map(String::as_str).collect();
    html! {
        tr {
            th scope="row" class=(side) { (version.job) }
            td {
                (text(&found.sentence())) "."
                @for line in found.evidence() { span class="line" { (text(&line)) } }
                @for keys in &found.left {
                    span class="line" {
                        (if found.rules.is_empty() { "differs: " } else { "left over: " }) (text(&keys.join(", ")))
                    }
                }
                @for other in found.others() {
                    span class="line" { "or: " (text(&other)) " (it says the same of every row here)" }
                }
                @if !known_of.is_empty() { span class="line" { "known of: " (known_of.join(", ")) } }
                @for rule in &found.rules { (declared(rule)) }
            }
        }
    }
}

fn declared(rule: &RuleResult) -> Markup {
    let rows = |declare: &DeclareResult| {
        let tried =
            declare.rows.map(|rows| format!(", which speaks of {} that differ", counted(rows, "rows")));
        tried.unwrap_or_default()
    };
    html! {
        @for declare in &rule.declare {
            span class="line" { "expected, if the experiment says" (rows(declare)) ":" }
            // Wrapped, as commands are: a line of TOML is wider than a narrow page.
            pre class="command" { (declare.toml.trim_end()) }
        }
    }
}

fn text(text: &str) -> String {
    shorten(text, MOST_CHARS)
}

/// Says in one line why the candidate's rows differ, or else stable's, where that was asked.
pub fn why(results: &Results) -> Option<String> {
    let sides = [("candidate", &results.candidate), ("stable", &results.stable)];
    let found = sides.iter().find_map(|(side, version)| Some((side, version, version.explanation.as_ref()?)));
    found.map(|(side, version, found)| {
        let alike = match found.alike.len() as u64 {
            0 => String::new(),
            1 => " (another set of rules says the same of every row)".to_owned(),
            sets => format!(" ({sets} other sets of rules say the same of every row)"),
        };
        format!("{side} {}: {}{alike}", version.job, found.sentence())
    })
}
