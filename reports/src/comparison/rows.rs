//! The first rows that differ: what both sides have in them, and those that only one has.

use compare::{Alike, DifferingField, DifferingRow, Glance, RowsFound};
use maud::{Markup, html};

use super::values::{MOST_CHARS, key_of, marked};
use crate::format::{capital, count, counted, shorten};

/// The sections of rows.
pub(super) fn rows(found: &RowsFound, alike: &Alike) -> Markup {
    let differing = &found.differing;
    html! {
        @if found.rows.differing() > 0 {
            section {
                h2 id="rows" { "Row by row" }
                (changed(&differing.changed, found.rows.changed, alike))
                (keys("missing", (&differing.missing, found.rows.missing), "Only the left table has them.", alike))
                (keys("extra", (&differing.extra, found.rows.extra), "Only the right table has them.", alike))
            }
        }
    }
}

fn shown_of(kind: &str, shown: usize, all: u64) -> String {
    format!("{}: {} of {}", capital(kind), count(shown as u64), counted(all, "rows"))
}

/// Rows that both tables have, with each field that differs.
fn changed(rows: &[DifferingRow], all: u64, alike: &Alike) -> Markup {
    html! {
        @if all > 0 {
            h3 id="changed" { (shown_of("changed", rows.len(), all)) }
            @if !rows.is_empty() {
                div class="scroll" role="region" aria-labelledby="changed" tabindex="0" {
                    table class="plain cells tight" {
                        thead { tr { @for head in ["row", "column", "left", "right"] { th scope="col" { (head) } } } }
                        @for row in rows {
                            @if let DifferingRow::Changed { key, columns, fields } = row {
                                tbody { (changed_row(key, *columns, fields, alike)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changed_row(key: &[Glance], columns: u64, fields: &[DifferingField], alike: &Alike) -> Markup {
    let more = columns.saturating_sub(fields.len() as u64);
    let lines = fields.len() + usize::from(more > 0);
    html! {
        @for (at, field) in fields.iter().enumerate() {
            tr {
                @if at == 0 { th scope="rowgroup" rowspan=(lines) { code { (key_of(key, alike)) } } }
                td { code { (shorten(&field.column, MOST_CHARS)) } }
                @for cell in marked(&field.left, &field.right, alike) { td { (cell) } }
            }
        }
        @if more > 0 { tr { td class="dim" colspan="3" { "and " (counted(more, "columns")) " more" } } }
    }
}

/// The keys of rows that one table lacks.
fn keys(kind: &str, (rows, all): (&[DifferingRow], u64), meaning: &str, alike: &Alike) -> Markup {
    let keys = rows.iter().map(|row| match row {
        DifferingRow::Missing { key, .. }
        | DifferingRow::Extra { key, .. }
        | DifferingRow::Changed { key, .. } => key,
    });
    html! {
        @if all > 0 {
            h3 id=(kind) { (shown_of(kind, rows.len(), all)) }
            p class="notes" { (meaning) }
            ul { @for key in keys { li { code { (key_of(key, alike)) } } } }
        }
    }
}
