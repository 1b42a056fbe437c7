//! The checks as a short list: passed, failed, not decided or not judged, and how far each estimate lies from its limit.

mod dots;
mod estimates;
mod next;
mod titles;

use compare::{Check, Judged, Outcome, Results, Timings, Unit};
use maud::{Markup, html};

use self::estimates::estimates;
pub(crate) use self::next::next;
use self::titles::{has_limit, title};
use crate::format::{counted, in_unit, increase};
use crate::guarantee::in_words;
use crate::headline::{checks, outcome_word, skipped};
use crate::part::Part;
use crate::sides::limit;

/// Returns every check of both verdicts, those that decided first, and then what nothing judged.
pub(crate) fn checklist(results: &Results, timings: &Timings) -> Part {
    let mut sorted: Vec<&Check> = checks(results, timings).collect();
    sorted.sort_by_key(|check| std::cmp::Reverse(check.outcome));
    let open = not_judged(results, timings);
    let body = html! {
        ul class="checks" {
            @for (index, check) in sorted.iter().enumerate() { (item(results, timings, check, index)) }
            @for (name, why) in &open {
                li { (mark("open", "not judged")) div { b { (name) } p { (why) } } }
            }
        }
    };
    Part::new("checks", heading(&sorted, open.len()), body)
}

/// Counts the outcomes: `Checks: 1 failed, 3 passed, 1 not judged`.
fn heading(checks: &[&Check], open: usize) -> String {
    let outcomes = [Outcome::Invalid, Outcome::Fail, Outcome::Inconclusive, Outcome::Pass];
    let of = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let counts = outcomes.map(|outcome| (of(outcome), said(outcome)));
    let counts = counts.into_iter().chain([(open, "not judged")]).filter(|(number, _)| *number > 0);
    format!(
        "Checks: {}",
        counts.map(|(number, word)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
    )
}

/// Returns what a check came to, as a person would say it.
fn said(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Inconclusive => "not decided",
        Outcome::Fail => "failed",
        Outcome::Invalid => "invalid",
    }
}

/// The outcome with a sign before it, so that it is told without colour, too.
fn mark(class: &str, word: &str) -> Markup {
    let sign = match class {
        "pass" => "✓",
        "fail" => "✗",
        "invalid" => "!",
        "inconclusive" => "?",
        _ => "–",
    };
    html! { span class={ "mark " (class) } { span aria-hidden="true" { (sign) " " } (word) } }
}

fn item(results: &Results, timings: &Timings, check: &Check, index: usize) -> Markup {
    let plot = estimates(results, timings, check);
    html! {
        li {
            (mark(outcome_word(check.outcome), said(check.outcome)))
            div {
                b { (title(results, timings, &check.name)) } " " code { (check.name) }
                @if let Some(bounds) = bounds(check, plot.is_none() && is_known(timings, check)) { " " span class="dim" { (bounds) } }
                p { (check.note) }
                @if let Some(plot) = plot { (plot.draw(&format!("dots-{index}"))) }
            }
        }
    }
}

/// Returns whether the check's number was found at all. Of too few records no quantile is known, and then it is 0.
fn is_known(timings: &Timings, check: &Check) -> bool {
    check.name != "latency_p99" || timings.candidate.p99_bounds.is_some()
}

/// Returns the number that was found, where it is to be told, and its limit.
fn bounds(check: &Check, is_told: bool) -> Option<String> {
    if !has_limit(&check.name) {
        return None;
    }
    if let Some([limit, found]) = in_words(check) {
        return Some(format!("found {found}, wanted {limit}"));
    }
    let limit = format!("limit {}{}", limit(check), noun(check.limit, check.unit));
    let is_found = matches!(check.outcome, Outcome::Pass | Outcome::Fail) && is_told;
    let found = || format!("found {}{}, {limit}", found(check), noun(check.value, check.unit));
    Some(if is_found { found() } else { limit.clone() })
}

/// A check's number as it was found.
pub(crate) fn found(check: &Check) -> String {
    if let Some([_, found]) = in_words(check) {
        return found.to_owned();
    }
    match check.unit {
        Unit::Share => increase(check.value),
        Unit::Ratio | Unit::Part | Unit::Rows | Unit::Records | Unit::Values | Unit::Ns | Unit::Bytes => {
            in_unit(check.value, check.unit)
        }
    }
}

/// Returns the unit that stands behind a number.
fn noun(value: f64, unit: Unit) -> String {
    let plural = match unit {
        Unit::Rows => "rows",
        Unit::Records => "records",
        Unit::Values => "values",
        Unit::Ratio | Unit::Share | Unit::Part | Unit::Ns | Unit::Bytes => return String::new(),
    };
    let counted = counted(value.max(0.0) as u64, plural);
    counted.split_once('\u{a0}').map_or(String::new(), |(_, noun)| format!("\u{a0}{noun}"))
}

/// Limits that were set and could not be checked, and aspects that no limit was set on, each with the reason.
fn not_judged(results: &Results, timings: &Timings) -> Vec<(String, String)> {
    let limits = skipped(results, timings)
        .map(|limit| (title(results, timings, &limit.name), format!("{}: {}", limit.name, limit.reason)));
    let judged = Judged::of(&results.verdict, &timings.verdict);
    let aspects = judged.aspects().filter(|(_, outcome)| outcome.is_none()).map(|(name, _)| {
        let why = match name {
            "speed" if crate::speed::emits(timings) => {
                "No limit was set on it; throughput_decrease sets one."
            }
            "speed" => "No limit was set on it; latency_increase sets one.",
            _ => "No limit was set on it.",
        };
        (name.to_owned(), why.to_owned())
    });
    limits.chain(aspects).collect()
}
