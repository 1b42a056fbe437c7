//! The table that holds reference, stable and candidate side by side, with limits and outcomes.

use compare::{Check, Outcome, Results, Timings, VersionResult};
use maud::{Markup, html};

use crate::format::in_unit;
use crate::headline::{outcome_word, skipped};
use crate::rows::{Cell, Row, groups};

/// The section. The roles stand in the open because a narrow page lays the rows out as grids, which would hide them.
pub(crate) fn side_by_side(results: &Results, timings: &Timings) -> Markup {
    html! {
        section {
            h2 id="side-by-side" { "Side by side" }
            div class="scroll" role="region" aria-labelledby="side-by-side" tabindex="0" {
                table class="sides" role="table" {
                    (head(results))
                    @for rows in groups(results, timings) {
                        tbody role="rowgroup" { @for row in &rows { (body_row(row)) } }
                    }
                }
            }
            (not_checked(results, timings))
            (sources(results))
        }
    }
}

fn head(results: &Results) -> Markup {
    html! {
        thead role="rowgroup" {
            tr role="row" {
                td role="cell" {}
                th role="columnheader" scope="col" { small { "reference" } b { (results.reference.job) } }
                th role="columnheader" scope="col" class="stable" { small { "stable" } b { (results.stable.job) } }
                th role="columnheader" scope="col" class="candidate" { small { "candidate" } b { (results.candidate.job) } }
                th role="columnheader" scope="col" class="end" { "limit" }
                th role="columnheader" scope="col" class="end" { "outcome" }
            }
        }
    }
}

fn body_row(row: &Row<'_>) -> Markup {
    html! {
        tr role="row" {
            th role="rowheader" scope="row" {
                (row.label)
                @if let Some(check) = row.check { (found(check)) }
            }
            @for cell in [&row.reference, &row.stable, &row.candidate] { td role="cell" { (value(cell)) } }
            @if let Some(check) = row.check {
                td role="cell" { (limit(check)) }
                td role="cell" class=(outcome_word(check.outcome)) { (outcome_word(check.outcome)) }
            } @else {
                td role="cell" {}
                td role="cell" {}
            }
        }
    }
}

/// The finding, in the outcome's color where it is not a pass.
fn found(check: &Check) -> Markup {
    let trouble = (check.outcome != Outcome::Pass).then(|| outcome_word(check.outcome));
    html! { small class=[trouble] { code { (check.name) } ": " (check.note) } }
}

fn value(cell: &Cell) -> Markup {
    html! {
        (cell.main)
        @if !cell.sub.is_empty() { small { (cell.sub) } }
    }
}

/// The limit with its direction: `≤ 1.25`.
pub(crate) fn limit(check: &Check) -> String {
    let limit = in_unit(check.limit, check.unit);
    match check.name.as_str() {
        // The one limit from below: a cost can't be less than what is proved of every answer.
        "lower_bound" => format!("≥\u{a0}{limit}"),
        name if name.contains("increase") && check.limit > 0.0 => format!("≤\u{a0}+{limit}"),
        _ => format!("≤\u{a0}{limit}"),
    }
}

/// Limits that were set and that this run could not check, with the reason.
fn not_checked(results: &Results, timings: &Timings) -> Markup {
    html! {
        @for limit in skipped(results, timings) {
            p class="notes" { "Not checked: " code { (limit.name) } ", because " (limit.reason) }
        }
    }
}

/// Where the proofs stand.
fn sources(results: &Results) -> Markup {
    let proofs: Vec<_> = [&results.stable, &results.candidate].into_iter().filter_map(proof).collect();
    html! {
        @if !proofs.is_empty() {
            p class="notes" {
                "Proofs: " (proofs.join("; ")) ". An asymptotic ratio allows a constant on top, so it may be passed on \
                few records; an absolute one never may."
            }
        }
    }
}

fn proof(version: &VersionResult) -> Option<String> {
    let ratio = &version.competitive_ratio;
    let known = ratio.proven.is_some() || ratio.proven_absolute.is_some();
    (known && !ratio.source.is_empty()).then(|| format!("{}, {}", version.job, ratio.source))
}
