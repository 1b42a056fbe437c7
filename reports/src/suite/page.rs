//! Several experiments as one page: how many passed, a row for each with the way to its report, and what stands in the way.

use compare::{Suite, SuiteAsked, SuiteEntry};
use maud::{DOCTYPE, Markup, html};

use super::{SUITE_HEADS, SuiteRow, is_remarkable, judged, of, suite_line, worst};
use crate::details::facts;
use crate::format::{capital, counted, duration};
use crate::page::head;

/// The whole document.
pub(crate) fn page(suite: &Suite) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&suite_line(suite)))
            body {
                main {
                    (verdict(suite))
                    (reasons(suite))
                    (experiments(suite))
                    (asked(suite))
                }
            }
        }
    }
}

fn verdict(suite: &Suite) -> Markup {
    let (word, class) = worst(suite);
    html! {
        header {
            p class="dim" {
                (suite.asked.command) " · " (suite.started) " · took " (duration(suite.wall_seconds * 1e9))
            }
            h1 { span class={ "badge " (class) } { (capital(word)) } " " (suite_line(suite)) }
            @if suite.exit_code.is_none() {
                p class="lead" { "It was stopped. What ran until then stands below, with its reports." }
            }
        }
    }
}

fn experiments(suite: &Suite) -> Markup {
    html! {
        @if !suite.experiments.is_empty() {
            section {
                h2 id="experiments" { "Experiments" }
                div class="scroll" role="region" aria-labelledby="experiments" tabindex="0" {
                    table class="plain suite" role="table" {
                        thead role="rowgroup" {
                            tr role="row" {
                                @for head in SUITE_HEADS { th role="columnheader" scope="col" { (head) } }
                            }
                        }
                        tbody role="rowgroup" { @for entry in &suite.experiments { (row(entry)) } }
                    }
                }
                p class="notes" {
                    "Off by: stable's, then the candidate's, as a competitive ratio or in rows that differ from the reference. \
                     Speed: the candidate's over stable's, where fresh processes compared them."
                }
            }
        }
    }
}

fn row(entry: &SuiteEntry) -> Markup {
    let SuiteRow { name, verdict, checks, off, speed, took, .. } = of(entry);
    let run = judged(entry);
    html! {
        tr role="row" {
            th role="rowheader" scope="row" {
                @if let Some(run) = run { a href={ (run.run) "/report.html" } { (name) } } @else { (name) }
                @if let Some(run) = run {
                    small { (run.candidate) " for " (run.stable) ", " (run.problem) " on " (run.dataset) }
                } @else {
                    small { (entry.file) }
                }
            }
            td role="cell" class=(class(verdict)) { (verdict) }
            @for cell in [checks, off, speed, took] { td role="cell" { (cell) } }
        }
    }
}

/// The class by which the verdict is coloured.
fn class(verdict: &'static str) -> &'static str {
    match verdict {
        "error" => "invalid",
        "not run" => "dim",
        verdict => verdict,
    }
}

fn reasons(suite: &Suite) -> Markup {
    let mut remarkable = suite.experiments.iter().filter(|entry| is_remarkable(entry)).peekable();
    html! {
        @if remarkable.peek().is_some() {
            section {
                h2 { "What did not pass" }
                ul {
                    @for entry in remarkable {
                        @let said = SuiteRow::of(entry).said;
                        li { b { (entry.name) } ": " (said) }
                    }
                }
            }
        }
    }
}

fn asked(suite: &Suite) -> Markup {
    let SuiteAsked { command, paths, filters, shard, accuracy_only, jobs, fail_fast, words } = &suite.asked;
    let list = |words: &[String]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let chosen = suite.experiments.len() as u64;
    html! {
        section {
            h2 { "What was asked for" }
            @if !words.is_empty() { pre class="command" tabindex="0" { code { (command_line(words)) } } }
            (facts(&[
                ("command", command.clone()),
                ("files", list(paths)),
                ("filters", list(filters)),
                ("shard", shard.clone().unwrap_or_else(|| "all".to_owned())),
                ("chosen", format!("{chosen} of {}", counted(suite.found, "experiments"))),
                ("accuracy only", yes(*accuracy_only)),
                ("side by side", jobs.to_string()),
                ("ends with the first that doesn't pass", yes(*fail_fast)),
                ("counterpoint", suite.counterpoint.clone()),
            ]))
        }
    }
}

/// The command that repeats the suite, in one line.
fn command_line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ").replace('\n', "\\n")
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
