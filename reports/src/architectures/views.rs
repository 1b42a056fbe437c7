//! Lambda: the batch views that were served, what they put right, and what other intervals would give.

use compare::architecture::{LambdaResult, Recomputation, SweptBoundary};
use maud::{Markup, html};

use super::{Clock, length, moment, upgrade::ledger};
use crate::figures::intervals;
use crate::format::{NONE, count, counted, significant};

/// As many views and intervals are listed.
const MOST_VIEWS: usize = 50;
const MOST_INTERVALS: usize = 50;

/// All of it.
pub(super) fn views(lambda: &LambdaResult, clock: &Clock) -> Markup {
    html! {
        (list(&lambda.views, clock))
        p class="notes" {
            "A view is computed anew every " (counted(lambda.every, "records")) ", and "
            (counted(lambda.takes, "records")) " come in before it is served. Its age, in records: median "
            (count(lambda.age_records[0])) ", 99 % within " (count(lambda.age_records[1])) ", most "
            (count(lambda.age_records[2])) ". The laws of the merge held for " (counted(lambda.laws_tried, "splits"))
            " of these data, and " (counted(lambda.versions_checked, "versions")) " of view, boundary and speed layer had \
            neither gap nor overlap."
        }
        (coverage(lambda))
        (ledger(&lambda.ledger, ("ledger-lambda", "Which layer answers for which records at the end?")))
        @if !lambda.sweep.is_empty() { (sweep(lambda)) }
    }
}

/// Says what a boundary leaves to the speed layer, and what of the error a reader couldn't see.
fn coverage(lambda: &LambdaResult) -> Markup {
    let late = lambda.lateness.and_then(|late| Some((late.p99_ms?, late.max_ms?)));
    html! {
        @if let Some((p99, most)) = late {
            p {
                "99 % of the records come in at most " (length(p99)) " behind the newest event time, the last "
                (length(most)) " behind"
                @if let Some(takes) = lambda.takes_ms {
                    "; a view was served at most " (length(takes)) " after its boundary"
                }
                "."
            }
        }
        @if let Some(claimed) = lambda.claimed_row_seconds {
            p {
                "Rows that were wrong though served as complete come to " (significant(claimed)) " row-seconds."
            }
        }
    }
}

fn list(views: &[Recomputation], clock: &Clock) -> Markup {
    html! {
        h3 id="batch-views" { "The batch views" }
        @if views.is_empty() { p { "None came to be served." } } @else {
            div class="scroll" role="region" aria-labelledby="batch-views" tabindex="0" {
                table class="plain tight" {
                    thead {
                        tr {
                            @for name in ["covers records before", "served at record", "time", "rows", "rows it changed"] {
                                th scope="col" { (name) }
                            }
                        }
                    }
                    tbody {
                        @for view in views.iter().take(MOST_VIEWS) {
                            tr {
                                th scope="row" { (count(view.boundary)) }
                                td { (count(view.served_at)) }
                                td { (moment(clock.at(view.served_at).round() as i64)) }
                                td { (count(view.rows)) }
                                td { (view.changed.map_or_else(|| NONE.to_owned(), count)) }
                            }
                        }
                    }
                }
            }
            @if views.len() > MOST_VIEWS {
                p class="notes" { (MOST_VIEWS) " of " (counted(views.len() as u64, "views")) "." }
            }
        }
    }
}

fn sweep(lambda: &LambdaResult) -> Markup {
    let mut points: Vec<&SweptBoundary> = lambda.sweep.iter().collect();
    points.sort_by_key(|point| point.every);
    html! {
        h3 id="intervals" { "What would other intervals give?" }
        @if let Some(every) = lambda.recommended_every {
            p { "Recommended from what was measured: a view every " b { (counted(every, "records")) } "." }
        }
        (intervals(&points, lambda.every, lambda.recommended_every))
        div class="scroll" role="region" aria-labelledby="intervals" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr {
                        @for name in ["a view every", "records recomputed", "error, row-seconds", "of it claimed complete"] {
                            th scope="col" { (name) }
                        }
                    }
                }
                tbody {
                    @for point in points.iter().take(MOST_INTERVALS) {
                        tr {
                            th scope="row" {
                                (counted(point.every, "records"))
                                @if point.every == lambda.every { small { "as in this run" } }
                                @if Some(point.every) == lambda.recommended_every { small { "recommended" } }
                            }
                            td { (count(point.recomputed)) }
                            td { (significant(point.wrong_row_seconds)) }
                            td { (significant(point.claimed_row_seconds)) }
                        }
                    }
                }
            }
        }
        @if points.len() > MOST_INTERVALS {
            p class="notes" { (MOST_INTERVALS) " of " (counted(points.len() as u64, "intervals")) "." }
        }
    }
}
