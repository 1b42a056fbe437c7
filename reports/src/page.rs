//! The page from top to bottom: the verdict, the checks, what matters most in one picture, the numbers, and then, folded, the rest.

use compare::Outcome;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::architectures::section;
use crate::checklist::{checklist, next};
use crate::crashes::crashes;
use crate::differences::differences;
use crate::expected::expected;
use crate::explanation::explanation;
use crate::figures::{curve, differing_rows, latency, orders, over_time, profile, records_left_out};
use crate::format::{amplified, capital, counted};
use crate::handover;
use crate::headline::{Headline, checks, headline_for_page, outcome_word};
use crate::part::Part;
use crate::sides::side_by_side;
use crate::style::{SCRIPT, STYLE, content_policy};
use crate::sweep::sweep;
use crate::why::why;
use crate::{Run, details};

/// The whole document.
pub(crate) fn page(run: &Run<'_>) -> Markup {
    let (results, timings) = (run.results, run.timings);
    let headline = headline_for_page(results, timings);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&headline.line()))
            body {
                main {
                    (verdict(run, &headline))
                    (checklist(results, timings).open())
                    @if let Some(next) = next(results, timings) { (next.open()) }
                    (rest(run))
                    (details::reproduce(run).open())
                }
            }
        }
    }
}

/// The part that matters most, the numbers side by side and why they differ; everything else is folded.
fn rest(run: &Run<'_>) -> Markup {
    let mut parts = parts(run);
    let first = matters(run).iter().find_map(|id| parts.iter().position(|part| part.id == *id));
    let first = first.map(|at| parts.remove(at));
    html! {
        @if let Some(first) = first { (first.open()) }
        (side_by_side(run.results, run.timings).open())
        @for part in &parts {
            @if OPEN.contains(&part.id) { (part.open()) } @else { (part.folded()) }
        }
        (details::background(run).folded())
    }
}

/// Parts that are short, and that whoever reads on wants to know.
const OPEN: [&str; 2] = ["changed", "why"];

/// The parts by how much they say about the run, the first one that it has is shown first.
fn matters(run: &Run<'_>) -> &'static [&'static str] {
    let is_of_speed =
        run.timings.verdict.outcome == run.timings.outcome && run.timings.outcome != Outcome::Pass;
    if is_of_speed {
        return &["time", "architectures", "ratio", "unlike"];
    }
    &[
        "architectures",
        "crashes",
        "handover",
        "waiting",
        "when",
        "unlike",
        "left-out",
        "ratio",
        "order",
        "time",
        "profile-of",
    ]
}

/// Each where there is something to show: what follows from a table, what from a cost, and what every run has.
fn parts(run: &Run<'_>) -> Vec<Part> {
    let (results, timings) = (run.results, run.timings);
    let (tables, costs) = (results.tables(), results.costs());
    let of_tables = tables.as_ref().map(|tables| {
        [
            why(results, tables),
            over_time(tables),
            differing_rows(tables),
            records_left_out(tables),
            differences(tables, &results.reference.notes),
            explanation(results),
            handover::section(results, tables),
        ]
    });
    let of_costs =
        costs.as_ref().map(|costs| [curve(results, costs), orders(results, costs), profile(results, costs)]);
    let of_all = [
        section(results, timings),
        crashes(results),
        sweep(results),
        expected(results),
        latency(results, timings),
    ];
    let all = [details::changes(results)].into_iter().chain(of_tables.into_iter().flatten());
    all.chain(of_costs.into_iter().flatten()).chain(of_all).flatten().collect()
}

pub(crate) fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(content_policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="referrer" content="no-referrer";
            title { (title) }
            link rel="icon" href="data:,";
            style { (PreEscaped(STYLE)) }
            script { (PreEscaped(SCRIPT)) }
        }
    }
}

fn verdict(run: &Run<'_>, headline: &Headline) -> Markup {
    let (results, timings) = (run.results, run.timings);
    let word = outcome_word(headline.outcome);
    let decided = checks(results, timings).next().is_some() || headline.outcome != compare::Outcome::Pass;
    html! {
        header {
            p class="dim" {
                (results.problem) " · " (results.dataset.name) " · " (counted(results.dataset.records, "records"))
                @if let Some(amplified) = amplified(results) { ", " (amplified) }
                " · order " (results.replay.order) " · trigger " (results.replay.trigger) " · pace " (timings.pace)
            }
            h1 {
                @if decided { span class={ "badge " (word) } { (capital(word)) } " " }
                @if !headline.scope.is_empty() { (headline.scope) ": " }
                (headline.sentence)
            }
            p class="lead" { (headline.detail) }
            (details::about(run))
        }
    }
}
