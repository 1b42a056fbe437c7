//! Columns of two tables: which only one has, how often the others differ and by how much.

use compare::{Alike, CellPair, ColumnFound, Deltas, RowsFound};
use maud::{Markup, html};

use super::values::{MOST_CHARS, key_of, marked};
use crate::format::{NONE, count, counted, shorten};

/// As many columns are listed.
pub(super) const MOST_COLUMNS: usize = 100;

/// Returns the columns that differ, those that differ most before the others.
pub(crate) fn by_count(found: &RowsFound) -> Vec<&ColumnFound> {
    let mut columns: Vec<&ColumnFound> =
        found.columns.iter().filter(|column| column.differing + column.unknown > 0).collect();
    columns.sort_by_key(|column| std::cmp::Reverse((column.differing, column.unknown)));
    columns
}

/// The columns that one of the tables lacks.
pub(super) fn one_sided(found: &RowsFound, alike: &Alike) -> Markup {
    html! {
        @for (name, columns) in [("left", &found.columns_missing), ("right", &found.columns_extra)] {
            @if !columns.is_empty() {
                p class="warning" {
                    b { (counted(columns.len() as u64, "columns")) " on the " (name) " only: " }
                    @for (at, column) in columns.iter().take(MOST_COLUMNS).enumerate() {
                        @if at > 0 { ", " }
                        code { (shorten(&alike.column(column), MOST_CHARS)) }
                    }
                    @if columns.len() > MOST_COLUMNS { ", and others" }
                }
            }
        }
    }
}

/// The table of the columns that differ.
pub(super) fn differing(found: &RowsFound) -> Markup {
    let columns = by_count(found);
    if columns.is_empty() {
        return html! {};
    }
    let heads =
        ["column", "rows differ", "left only", "right only", "unknown", "median", "90 %", "99 %", "largest"];
    html! {
        section {
            h2 id="columns" { "Column by column" }
            div class="scroll" role="region" aria-labelledby="columns" tabindex="0" {
                table class="plain tight" {
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { @for column in columns.iter().take(MOST_COLUMNS) { (counts(column)) } }
                }
            }
            p class="notes" {
                em { "Left only" } " and " em { "right only" } ": the other side has no value there. Behind them, how far \
                numbers are apart that differ. "
                @if columns.len() > MOST_COLUMNS {
                    (MOST_COLUMNS) " of " (counted(columns.len() as u64, "columns")) ", those that differ most."
                }
            }
            (constants(&columns))
            (furthest(&columns))
        }
    }
}

/// The columns whose values all lie one constant apart.
fn constants(columns: &[&ColumnFound]) -> Markup {
    let constants =
        columns.iter().take(MOST_COLUMNS).filter_map(|column| Some((column, column.constant_words()?)));
    let constants: Vec<_> = constants.collect();
    html! {
        @if !constants.is_empty() {
            p class="notes" { "By one constant in every row that differs:" }
            ul class="notes" {
                @for (column, words) in constants { li { code { (shorten(&column.name, MOST_CHARS)) } " " (words) } }
            }
        }
    }
}

fn counts(column: &ColumnFound) -> Markup {
    let apart = column.deltas.as_ref().map(|deltas| [deltas.p50, deltas.p90, deltas.p99, deltas.max]);
    html! {
        tr {
            th scope="row" { code { (shorten(&column.name, MOST_CHARS)) } }
            @for number in [column.differing, column.only_left, column.only_right, column.unknown] { td { (count(number)) } }
            @for at in 0..4 { td { (apart.map_or(NONE.to_owned(), |apart| Deltas::written(apart[at]))) } }
        }
    }
}

/// The two numbers of each column that are furthest apart.
fn furthest(columns: &[&ColumnFound]) -> Markup {
    let pairs: Vec<(&str, &CellPair)> = columns
        .iter()
        .take(MOST_COLUMNS)
        .filter_map(|column| Some((column.name.as_str(), &column.deltas.as_ref()?.furthest)))
        .collect();
    html! {
        @if !pairs.is_empty() {
            h3 id="furthest" { "Furthest apart" }
            (cells("furthest", "column", pairs.into_iter().map(|(name, pair)| (shorten(name, MOST_CHARS), pair))))
        }
    }
}

/// A few cells of each column that differ, folded.
pub(super) fn samples(found: &RowsFound) -> Markup {
    let columns = by_count(found).into_iter().filter(|column| !column.cells.is_empty());
    let columns: Vec<_> = columns.take(MOST_COLUMNS).collect();
    html! {
        @if !columns.is_empty() {
            section {
                h2 { "Some cells of each column" }
                @for (number, column) in columns.iter().enumerate() {
                    @let id = format!("cells-{number}");
                    details {
                        summary id=(id) {
                            (shorten(&column.name, MOST_CHARS)) ": " (count(column.cells.len() as u64)) " of "
                            (counted(column.differing, "cells"))
                        }
                        (cells(&id, "", column.cells.iter().map(|pair| (String::new(), pair))))
                    }
                }
            }
        }
    }
}

/// Pairs of cells with their keys, and before each what `first` heads, if it heads anything.
fn cells<'a>(id: &str, first: &str, pairs: impl Iterator<Item = (String, &'a CellPair)>) -> Markup {
    let none = Alike::default();
    html! {
        div class="scroll" role="region" aria-labelledby=(id) tabindex="0" {
            table class="plain cells tight" {
                thead {
                    tr {
                        @for head in [first, "row", "left", "right"].into_iter().filter(|head| !head.is_empty()) {
                            th scope="col" { (head) }
                        }
                    }
                }
                tbody {
                    @for (name, pair) in pairs {
                        tr {
                            @if !first.is_empty() { th scope="row" { code { (name) } } }
                            th scope="row" { code { (key_of(&pair.key, &none)) } }
                            @for cell in marked(&pair.left, &pair.right, &none) { td { (cell) } }
                        }
                    }
                }
            }
        }
    }
}
