//! The page from top to bottom: the verdict first, then the table, the pictures, and how to repeat the run.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::architectures::section;
use crate::crashes::crashes;
use crate::differences::differences;
use crate::expected::expected;
use crate::figures::{curve, differing_rows, latency, orders, profile, records_left_out};
use crate::format::{amplified, capital, counted};
use crate::handover;
use crate::headline::{Headline, checks, headline_for_page, outcome_word};
use crate::sides::side_by_side;
use crate::style::{STYLE, content_policy};
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
                    (side_by_side(results, timings))
                    (details::changes(results))
                    (pictures(run))
                    (details::background(run))
                    (details::reproduce(run))
                }
            }
        }
    }
}

/// Each where there is something to show: what follows from a table, what from a cost, and what every run has.
fn pictures(run: &Run<'_>) -> Markup {
    let results = run.results;
    let (tables, costs) = (results.tables(), results.costs());
    html! {
        (section(results, run.timings))
        (crashes(results))
        @if let Some(tables) = &tables { (why(results, tables)) (differing_rows(tables)) (records_left_out(tables)) }
        @if let Some(costs) = &costs { (curve(results, costs)) (orders(results, costs)) }
        (sweep(results))
        @if let Some(tables) = &tables { (differences(tables, &results.reference.notes)) }
        @if let Some(tables) = &tables { (handover::section(results, tables)) }
        (expected(results))
        (latency(results, run.timings))
        @if let Some(costs) = &costs { (profile(results, costs)) }
    }
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
        }
    }
}
