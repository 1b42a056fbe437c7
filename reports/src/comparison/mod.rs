//! Two tables that were compared, as one page: what differs in all, column by column, and row by row.

mod columns;
mod rows;
mod values;

use std::collections::BTreeMap;

use compare::{Alike, DifferingRow, FieldNoise, RowsFound};
use maud::{DOCTYPE, Markup, html};

use crate::format::{capital, count, counted, shorten};
use crate::page::head;

pub(crate) use self::columns::by_count;
pub(crate) use self::values::{MOST_CHARS, key_of};

/// Two tables that were compared.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// Describes the left table, to which the right one is compared.
    pub left: ComparedSide<'a>,
    /// Describes the right table.
    pub right: ComparedSide<'a>,
    /// Holds what was found.
    pub found: &'a RowsFound,
    /// Each field held against its noise, where there is a second run of the left.
    pub noise: Option<&'a BTreeMap<String, FieldNoise>>,
    /// Says whether nothing differs that counts, and every limit is kept.
    pub passes: bool,
    /// The verdict in a word or two.
    pub word: &'a str,
    /// The verdict in words.
    pub sentence: &'a str,
    /// The shell command that repeats the comparison.
    pub command: String,
}

/// One of two tables that were compared.
#[derive(Debug, Clone)]
pub struct ComparedSide<'a> {
    /// Where it stands.
    pub path: &'a str,
    /// So many rows it has.
    pub rows: u64,
    /// Holds what was said while it was read, a sentence each.
    pub notes: &'a [String],
}

impl Comparison<'_> {
    /// The counts of rows, each with its name and what it means.
    pub(crate) fn counts(&self) -> [(&'static str, u64, &'static str); 5] {
        let rows = self.found.rows;
        [
            ("missing", rows.missing, "in the left table only"),
            ("extra", rows.extra, "in the right table only"),
            ("changed", rows.changed, "in both, with another value"),
            ("unknown", rows.unknown, "in both, the same as far as can be known"),
            ("equal", rows.equal, "in both, the same"),
        ]
    }

    /// The texts that are listed and look like another of them.
    pub(crate) fn alike(&self) -> Alike {
        let differing = &self.found.differing;
        let rows = [&differing.missing, &differing.extra, &differing.changed];
        let listed = rows.into_iter().flatten().flat_map(DifferingRow::texts);
        let columns = self.found.columns_missing.iter().chain(&self.found.columns_extra);
        Alike::among(listed.chain(columns.map(String::as_str)))
    }

    /// The sentence under the verdict.
    pub(crate) fn lead(&self) -> String {
        let rows = self.found.rows;
        let changed = self.found.columns.iter().filter(|column| column.differing > 0).count() as u64;
        let columns =
            if changed > 0 { format!(" in {}", counted(changed, "columns")) } else { String::new() };
        format!(
            "Of {} on the left and {} on the right {} equal, {} changed{columns}, {} missing and {} extra.",
            counted(rows.left(), "rows"),
            count(rows.right()),
            if rows.equal == 1 { "1 is".to_owned() } else { format!("{} are", count(rows.equal)) },
            count(rows.changed),
            count(rows.missing),
            count(rows.extra)
        )
    }
}

/// The whole document.
pub(crate) fn page(comparison: &Comparison<'_>) -> Markup {
    let alike = comparison.alike();
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(comparison.sentence))
            body {
                main {
                    (verdict(comparison))
                    (counts(comparison))
                    (columns::one_sided(comparison.found, &alike))
                    (columns::differing(comparison.found))
                    (noise(comparison.noise))
                    (rows::rows(comparison.found, &alike))
                    (columns::samples(comparison.found))
                    (sides(comparison))
                    section {
                        h2 id="repeat" { "Compare again" }
                        pre class="command" { (comparison.command) }
                    }
                }
            }
        }
    }
}

fn verdict(comparison: &Comparison<'_>) -> Markup {
    let class = if comparison.passes { "badge pass" } else { "badge fail" };
    html! {
        header {
            p class="dim" { (comparison.left.path) " against " (comparison.right.path) }
            h1 { span class=(class) { (comparison.word) } " " (comparison.sentence) }
            p class="lead" { (comparison.lead()) }
        }
    }
}

fn counts(comparison: &Comparison<'_>) -> Markup {
    let unknown = &comparison.found.unknown;
    html! {
        section {
            h2 id="counts" { "Rows" }
            div class="scroll" role="region" aria-labelledby="counts" tabindex="0" {
                table class="plain tight" {
                    thead { tr { th scope="col" { "rows" } th scope="col" { "how many" } th scope="col" class="meaning" { "are" } } }
                    tbody {
                        @for (name, rows, meaning) in comparison.counts() {
                            tr { th scope="row" { (name) } td { (count(rows)) } td class="meaning dim" { (meaning) } }
                        }
                    }
                }
            }
            @if let Some(shift) = &comparison.found.shift {
                p class="warning" { (capital(&shift.sentence())) "." }
            }
            @if !unknown.is_empty() {
                p class="notes" { "Cells that can't be known:" }
                ul class="notes" {
                    @for (reason, cells) in unknown { li { (counted(*cells, "cells")) ": " (shorten(reason, MOST_CHARS)) } }
                }
            }
        }
    }
}

/// Each field that differs, held against its noise.
fn noise(noise: Option<&BTreeMap<String, FieldNoise>>) -> Markup {
    let Some(noise) = noise else { return html! {} };
    let fields: Vec<_> = noise.iter().filter(|(_, field)| field.changed + field.noise > 0).collect();
    html! {
        section {
            h2 id="noise" { "Against noise" }
            p class="notes" { "Noise is what two runs of the program that wrote the left table differ in." }
            @if fields.is_empty() { p { "Nothing differs, neither between the two tables nor between the two runs." } }
            @else {
                div class="scroll" role="region" aria-labelledby="noise" tabindex="0" {
                    table class="plain tight" {
                        thead { tr { @for name in ["field", "rows differ", "noise", "so it is"] { th scope="col" { (name) } } } }
                        tbody {
                            @for (name, field) in fields.iter().take(columns::MOST_COLUMNS) {
                                tr {
                                    th scope="row" { code { (shorten(name, MOST_CHARS)) } }
                                    td { (count(field.changed)) }
                                    td { (count(field.noise)) }
                                    @if field.beyond { td class="fail" { "beyond" } } @else { td class="pass" { "within" } }
                                }
                            }
                        }
                    }
                }
                @if fields.len() > columns::MOST_COLUMNS {
                    p class="notes" { (columns::MOST_COLUMNS) " of " (counted(fields.len() as u64, "fields")) "." }
                }
            }
        }
    }
}

fn sides(comparison: &Comparison<'_>) -> Markup {
    let key: Vec<String> = comparison.found.key.iter().map(|name| shorten(name, MOST_CHARS)).collect();
    html! {
        section {
            h2 id="sides" { "What was compared" }
            table class="facts" {
                tbody {
                    @for (name, side) in [("left", &comparison.left), ("right", &comparison.right)] {
                        tr {
                            th scope="row" { (name) }
                            td {
                                (side.path) ", " (counted(side.rows, "rows"))
                                @for note in side.notes { small { (note) } }
                            }
                        }
                    }
                    tr { th scope="row" { "key" } td { (key.join(", ")) } }
                    tr { th scope="row" { "compared" } td { (counted(comparison.found.columns.len() as u64, "columns")) } }
                }
            }
        }
    }
}
