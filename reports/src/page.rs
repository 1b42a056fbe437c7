//! The page from top to bottom: the verdict first, then the table, the pictures, and how to repeat the run.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use compare::{AnyResults, Results, TableResults};

use crate::crashes::crashes;
use crate::differences::differences;
use crate::figures::{curve, differing_rows, fill, latency, orders, records_left_out};
use crate::format::{capital, counted};
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
            (head(&headline))
            body {
                main {
                    (verdict(run, &headline))
                    (side_by_side(results, timings))
                    (details::changes(results))
                    @match results {
                        AnyResults::Cost(of_cost) => (cost_pictures(run, of_cost)),
                        AnyResults::Table(of_table) => (table_pictures(run, of_table)),
                    }
                    (details::background(run))
                    (details::reproduce(run))
                }
            }
        }
    }
}

fn cost_pictures(run: &Run<'_>, results: &Results) -> Markup {
    html! {
        (curve(results))
        (orders(results))
        (sweep(run.results))
        (latency(run.results, run.timings))
        (fill(results))
    }
}

fn table_pictures(run: &Run<'_>, results: &TableResults) -> Markup {
    html! {
        (crashes(results))
        (why(results))
        (differing_rows(results))
        (records_left_out(results))
        (sweep(run.results))
        (differences(results))
        (latency(run.results, run.timings))
    }
}

fn head(headline: &Headline) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(content_policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="referrer" content="no-referrer";
            title { (headline.line()) }
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
                (results.problem()) " · " (results.dataset().name) " · " (counted(results.dataset().records, "records"))
                " · order " (results.replay().order) " · trigger " (results.replay().trigger) " · pace " (timings.pace)
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
