//! The table that holds reference, stable and candidate side by side, with limits and outcomes.

use compare::{Check, Results, Timings, VersionResult};
use maud::{Markup, html};

use crate::format::{counted, in_unit};
use crate::guarantee::in_words;
use crate::headline::outcome_word;
use crate::part::Part;
use crate::rows::{Cell, Row, groups};

/// The section. The roles stand in the open because a narrow page lays the rows out as grids, which would hide them.
pub(crate) fn side_by_side(results: &Results, timings: &Timings) -> Part {
    let body = html! {
        div class="scroll" role="region" aria-labelledby="side-by-side" tabindex="0" {
            table class="sides" role="table" {
                (head(results))
                @for rows in groups(results, timings) {
                    tbody role="rowgroup" { @for row in &rows { (body_row(row)) } }
                }
            }
        }
        @if results.costs().is_some() { (sources(results)) }
        @if results.tables().is_some() { (meanings(results)) }
    };
    Part::new("side-by-side", "Side by side", body)
}

fn head(results: &Results) -> Markup {
    let reference = &results.reference.job;
    let [stable, candidate] = results.jobs();
    html! {
        thead role="rowgroup" {
            tr role="row" {
                td role="cell" {}
                th role="columnheader" scope="col" { small { "reference" } b { (reference) } }
                th role="columnheader" scope="col" class="stable" { small { "stable" } b { (stable) } }
                th role="columnheader" scope="col" class="candidate" { small { "candidate" } b { (candidate) } }
                th role="columnheader" scope="col" class="end" { "limit" }
                th role="columnheader" scope="col" class="end" { "outcome" }
            }
        }
    }
}

fn body_row(row: &Row<'_>) -> Markup {
    html! {
        tr role="row" {
            th role="rowheader" scope="row" { (row.label) }
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

fn value(cell: &Cell) -> Markup {
    html! {
        (cell.main)
        @if !cell.sub.is_empty() { small { (cell.sub) } }
    }
}

/// The limit with its direction: `≤ 1.25`.
pub(crate) fn limit(check: &Check) -> String {
    if let Some([limit, _]) = in_words(check) {
        return limit.to_owned();
    }
    let limit = in_unit(check.limit, check.unit);
    match check.name.as_str() {
        // The one limit from below: a cost can't be less than what is proved of every answer.
        "lower_bound" => format!("≥\u{a0}{limit}"),
        name if name.contains("increase") && check.limit > 0.0 => format!("≤\u{a0}+{limit}"),
        _ => format!("≤\u{a0}{limit}"),
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
    let ratio = &version.cost.as_ref()?.competitive_ratio;
    let known = ratio.proven.is_some() || ratio.proven_absolute.is_some();
    (known && !ratio.source.is_empty()).then(|| format!("{}, {}", version.job, ratio.source))
}

fn lost(results: &Results) -> &'static str {
    match (&results.stable.recovery, &results.candidate.recovery) {
        (None, None) => " without a trace",
        (Some(_), _) | (_, Some(_)) => " to a crash",
    }
}

/// Returns what the rows of a table's answer mean.
fn meanings(results: &Results) -> Markup {
    html! {
        p class="notes" {
            "Rows are paired by their key: " em { "changed" } " ones have another value than the reference\u{2019}s, "
            em { "missing" } " ones only the reference has, " em { "extra" } " ones only the version has. "
            @if results.tables().is_some_and(|tables| tables.are_told()) { (ledger_meanings(results)) }
        }
    }
}

/// Returns what the numbers of the ledger mean.
fn ledger_meanings(results: &Results) -> Markup {
    html! {
            "Of " (counted(results.fed(), "records")) " each is counted once: " em { "used" } " in a row of the \
            answer; " em { "late" } ", when what it belongs to had been closed; " em { "not emitted" } ", when the input ended \
            before its row was emitted; " em { "duplicate" } ", its id seen before; " em { "rejected" } " for what it \
            holds; " em { "in no window" } ", between two of them; " em { "lost" } (lost(results)) ". A record that belongs to several windows may be late for some of \
            them: the pairs count those. Firings are more than rows where a window fires again."
            @if [&results.stable, &results.candidate].iter().any(|version| version.ledger.repeated > 0) {
                " What a crash had taken in again is counted again among them; " em { "repeated" } " says how often that \
                was."
            }
    }
}
