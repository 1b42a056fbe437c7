//! The page from top to bottom: the verdict first, then the table, the pictures, and how to repeat the run.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figures::{curve, fill, latency, orders};
use crate::format::counted;
use crate::headline::{Headline, checks, headline_for_page, outcome_word};
use crate::style::{STYLE, content_policy};
use crate::table::side_by_side;
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
                    (curve(results))
                    (orders(results))
                    (latency(results, timings))
                    (fill(results))
                    (details::background(run))
                    (details::reproduce(run))
                }
            }
        }
    }
}

fn head(headline: &Headline) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(content_policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="referrer" content="no-referrer";
            title { (outcome_word(headline.outcome)) ": " (headline.sentence) }
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
                " · order " (results.replay.order) " · pace " (timings.pace)
            }
            h1 {
                @if decided { span class={ "badge " (word) } { (capital(word)) } " " }
                (headline.sentence)
            }
            p class="lead" { (headline.detail) }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
