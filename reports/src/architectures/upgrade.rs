//! The upgrade under Kappa: its steps, when it was to catch up, what it was judged by, and what it left.

use std::collections::BTreeMap;

use compare::architecture::{
    AnsweredBy, Architectures, Changelog, KappaResult, Parted, Transition, UpgradeVerdict,
};
use maud::{Markup, html};

use super::{Clock, MOST_CHARS, brief, moment};
use crate::figures::arrival;
use crate::format::{count, counted, shorten};
use crate::headline::outcome_word;
use crate::sides::limit;

/// As many steps, ranges and columns are listed.
const MOST_STEPS: usize = 60;
const MOST_RANGES: usize = 40;
const MOST_COLUMNS: usize = 40;

/// All of it.
pub(super) fn upgrade(kappa: &KappaResult, run: &Architectures, clock: &Clock) -> Markup {
    html! {
        @if !kappa.transitions.is_empty() { (steps(&kappa.transitions)) }
        (arrival(kappa, run.length_ms))
        (judged(kappa.verdict.as_ref()))
        @if let Some(parted) = &kappa.parted { (parting(parted, clock)) }
        (seen(kappa))
        (ledger(&kappa.ledger, ("ledger-kappa", "Who answered for which records?")))
    }
}

fn steps(steps: &[Transition]) -> Markup {
    html! {
        h3 id="upgrade-steps" { "The steps of the upgrade" }
        div class="scroll" role="region" aria-labelledby="upgrade-steps" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr { @for name in ["step, and why", "record", "time"] { th scope="col" { (name) } } }
                }
                tbody {
                    @for (index, step) in steps.iter().take(MOST_STEPS).enumerate() {
                        tr {
                            th scope="row" {
                                (index + 1) ": " (shorten(&step.from, MOST_CHARS)) " → " (shorten(&step.to, MOST_CHARS))
                                small { (shorten(&step.cause, MOST_CHARS)) }
                            }
                            td { (count(step.records)) }
                            td { (moment(step.time_ms)) }
                        }
                    }
                }
            }
        }
        @if steps.len() > MOST_STEPS {
            p class="notes" { (MOST_STEPS) " of " (counted(steps.len() as u64, "steps")) "." }
        }
    }
}

/// Says what was held against what, and what followed.
fn judged(verdict: Option<&UpgradeVerdict>) -> Markup {
    let Some(verdict) = verdict else {
        return html! { p class="notes" { "The candidate was never judged on what it would serve." } };
    };
    let outcome = outcome_word(verdict.verdict.outcome);
    html! {
        h3 id="upgrade-verdict" { "What was the candidate judged by?" }
        p {
            "On what both serve of records " (count(verdict.from)) " to " (count(verdict.to)) ": "
            @match &verdict.cannot_judge {
                Some(why) => { b class="inconclusive" { "can\u{2019}t judge" } ", for " (shorten(why, MOST_CHARS)) "." }
                None => { b class=(outcome) { (outcome) } "." }
            }
        }
        (classes(verdict))
        @if let Some(rows) = verdict.replay_differs {
            p {
                "It went on from stable\u{2019}s state. Held against a job that reads the log from its beginning, "
                (counted(rows, "rows")) " of what it serves are otherwise."
            }
        }
        @if !verdict.verdict.checks.is_empty() { (checks(verdict)) }
        p class="notes" {
            "The verdict belongs to revision " code { (shorten(&verdict.revision, MOST_CHARS)) } " and to these records; \
             for anything else it doesn\u{2019}t count."
        }
    }
}

fn classes(verdict: &UpgradeVerdict) -> Markup {
    let of = &verdict.classes;
    let rows = [
        ("pass", of.pass, "both answer alike"),
        ("fail", of.fail, "they differ, or one has no such row though both have read as far"),
        ("warm-up", of.warm_up, "taken over with stable\u{2019}s state, not computed by the candidate"),
        ("skipped", of.skipped, "not complete by the event time of both"),
    ];
    html! {
        table class="facts" {
            tbody {
                @for (name, rows, meaning) in rows {
                    tr { th scope="row" { (name) } td { (counted(rows, "rows")) ": " (meaning) } }
                }
            }
        }
    }
}

fn checks(verdict: &UpgradeVerdict) -> Markup {
    html! {
        div class="scroll" role="region" aria-labelledby="upgrade-verdict" tabindex="0" {
            table class="plain tight" {
                thead { tr { @for name in ["check", "limit", "outcome"] { th scope="col" { (name) } } } }
                tbody {
                    @for check in &verdict.verdict.checks {
                        tr {
                            th scope="row" {
                                (check.name.replace('_', " "))
                                small { (shorten(&check.note, MOST_CHARS)) }
                            }
                            td { (limit(check)) }
                            td class=(outcome_word(check.outcome)) { (outcome_word(check.outcome)) }
                        }
                    }
                }
            }
        }
    }
}

/// The first row that both served otherwise.
fn parting(parted: &Parted, clock: &Clock) -> Markup {
    let empty = BTreeMap::new();
    let [stable, candidate] = [&parted.stable, &parted.candidate].map(|row| row.as_ref().unwrap_or(&empty));
    let mut columns: Vec<&str> = stable.keys().chain(candidate.keys()).map(String::as_str).collect();
    columns.sort_unstable();
    columns.dedup();
    let at = clock.at(parted.record.saturating_add(1)).round() as i64;
    html! {
        h3 id="upgrade-parted" { "Where did the two part?" }
        p {
            "At record " (count(parted.record)) " (" (moment(at)) ") they first served different answers, in row"
            @for field in &parted.key { " " code { (shorten(field, MOST_CHARS)) } } "."
        }
        div class="scroll" role="region" aria-labelledby="upgrade-parted" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr {
                        th scope="col" { "column" }
                        th scope="col" class="stable" { "stable" }
                        th scope="col" class="candidate" { "candidate" }
                    }
                }
                tbody {
                    @for column in columns.iter().take(MOST_COLUMNS) {
                        tr {
                            th scope="row" { code { (shorten(column, MOST_CHARS)) } }
                            @for row in [&parted.stable, &parted.candidate] { td { (cell(row.as_ref(), column)) } }
                        }
                    }
                }
            }
        }
        @if columns.len() > MOST_COLUMNS {
            p class="notes" { (MOST_COLUMNS) " of " (counted(columns.len() as u64, "columns")) "." }
        }
    }
}

fn cell(row: Option<&BTreeMap<String, String>>, column: &str) -> Markup {
    html! {
        @match row.map(|row| row.get(column)) {
            None | Some(None) => { i class="dim" { "no such row" } }
            Some(Some(text)) if text.is_empty() => { i class="dim" { "empty" } }
            Some(Some(text)) => { code { (shorten(text, MOST_CHARS)) } }
        }
    }
}

/// Says what subscribers saw, at the switch and back.
fn seen(kappa: &KappaResult) -> Markup {
    let said = |at: &str, seen: Changelog| brief::sentence(&format!("{at} {}", brief::subscribers(seen)));
    html! {
        @if kappa.switch.is_some() || kappa.rollback.is_some() {
            h3 { "What did subscribers see?" }
            @if let Some(seen) = kappa.switch { p { (said("at the switch", seen)) } }
            @if let Some(seen) = kappa.rollback { p { (said("when stable came back", seen)) } }
        }
    }
}

/// Who answered for which records.
pub(super) fn ledger(ranges: &[AnsweredBy], (id, heading): (&str, &str)) -> Markup {
    html! {
        @if !ranges.is_empty() {
            h3 id=(id) { (heading) }
            div class="scroll" role="region" aria-labelledby=(id) tabindex="0" { (ranges_table(ranges)) }
            p class="notes" {
                "Each record once."
                @if ranges.len() > MOST_RANGES { " " (MOST_RANGES) " of " (counted(ranges.len() as u64, "ranges")) "." }
            }
        }
    }
}

fn ranges_table(ranges: &[AnsweredBy]) -> Markup {
    let heads = ["answered by", "from record", "to before", "records"];
    html! {
        table class="plain tight" {
            thead { tr { @for name in heads { th scope="col" { (name) } } } }
            tbody {
                @for range in ranges.iter().take(MOST_RANGES) {
                    tr {
                        th scope="row" class=[class(&range.by)] { (shorten(&range.by, MOST_CHARS)) }
                        td { (count(range.from)) }
                        td { (count(range.to)) }
                        td { (count(range.to.saturating_sub(range.from))) }
                    }
                }
            }
        }
    }
}

fn class(by: &str) -> Option<&'static str> {
    match by {
        "stable" => Some("stable"),
        "candidate" => Some("candidate"),
        _ => None,
    }
}
