//! Two tables that were compared, short enough for a comment on a pull request.

use compare::{Alike, ColumnFound, Deltas, DifferingRow, Glance};

use super::text::{code, escaped, fenced, table};
use crate::Comparison;
use crate::comparison::{by_count, key_of};
use crate::format::{NONE, capital, count, counted, plain_spaces, shorten};

/// As many columns are listed.
const MOST_COLUMNS: usize = 15;
/// As many fields of changed rows are, and as many rows of the other kinds.
const MOST_ROWS: usize = 10;
/// A value has no more characters.
const MOST_CHARS: usize = 60;

/// The document. Whatever text stands in the tables, it stays text.
pub(crate) fn document(comparison: &Comparison<'_>) -> String {
    let alike = comparison.alike();
    let found = comparison.found;
    let rows = &found.differing;
    let sides = [&comparison.left, &comparison.right];
    let parts = [
        format!("## Counterpoint: {}", escaped(comparison.sentence)),
        format!("{} against {}", cell(comparison.left.path), cell(comparison.right.path)),
        escaped(&comparison.lead()),
        counts(comparison),
        one_sided("left", &found.columns_missing, &alike),
        one_sided("right", &found.columns_extra, &alike),
        found
            .shift
            .as_ref()
            .map_or(String::new(), |shift| escaped(&format!("{}.", capital(&shift.sentence())))),
        columns(&by_count(found)),
        constants(&by_count(found)),
        unknown(comparison),
        noise(comparison),
        changed(&rows.changed, found.rows.changed, &alike),
        keys("missing", &rows.missing, found.rows.missing, &alike),
        keys("extra", &rows.extra, found.rows.extra, &alike),
        sides
            .into_iter()
            .flat_map(|side| {
                side.notes
                    .iter()
                    .map(|note| format!("- {}: {}", cell(side.path), escaped(&shorten(note, 200))))
            })
            .take(2 * MOST_ROWS)
            .collect::<Vec<_>>()
            .join("\n"),
        fenced(&comparison.command),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    plain_spaces(&parts.join("\n\n")) + "\n"
}

fn cell(text: &str) -> String {
    code(&shorten(text, MOST_CHARS))
}

fn value(glance: &Glance, alike: &Alike) -> String {
    cell(&glance.shown(alike))
}

fn counts(comparison: &Comparison<'_>) -> String {
    let counts = comparison.counts();
    table(counts.map(|(name, _, _)| name), [counts.map(|(_, rows, _)| count(rows))])
}

fn one_sided(side: &str, columns: &[String], alike: &Alike) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let names: Vec<String> =
        columns.iter().take(MOST_COLUMNS).map(|column| cell(&alike.column(column))).collect();
    let more = if columns.len() > MOST_COLUMNS { ", and others" } else { "" };
    format!("{} on the {side} only: {}{more}", counted(columns.len() as u64, "columns"), names.join(", "))
}

fn columns(columns: &[&ColumnFound]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let none = Alike::default();
    let line = |column: &&ColumnFound| {
        let deltas = column.deltas.as_ref();
        let apart = |number: fn(&Deltas) -> f64| {
            deltas.map_or(NONE.to_owned(), |deltas| escaped(&Deltas::written(number(deltas))))
        };
        let furthest = deltas.map_or(NONE.to_owned(), |deltas| {
            let pair = &deltas.furthest;
            let key = cell(&key_of(&pair.key, &none));
            format!("{key}: {} → {}", value(&pair.left, &none), value(&pair.right, &none))
        });
        [
            cell(&column.name),
            count(column.differing),
            count(column.only_left),
            count(column.only_right),
            count(column.unknown),
            apart(|deltas| deltas.p50),
            apart(|deltas| deltas.p90),
            apart(|deltas| deltas.p99),
            furthest,
        ]
    };
    let heads = [
        "column",
        "rows differ",
        "left only",
        "right only",
        "unknown",
        "median",
        "90 %",
        "99 %",
        "furthest apart",
    ];
    let listed = table(heads, columns.iter().take(MOST_COLUMNS).map(line));
    if columns.len() > MOST_COLUMNS {
        return format!("{listed}\n\n{MOST_COLUMNS} of {}.", counted(columns.len() as u64, "columns"));
    }
    listed
}

/// The columns whose values all lie one constant apart.
fn constants(columns: &[&ColumnFound]) -> String {
    let line = |column: &&ColumnFound| {
        Some(format!(
            "- {} differs by one constant: {}",
            cell(&column.name),
            escaped(&column.constant_words()?)
        ))
    };
    columns.iter().take(MOST_COLUMNS).filter_map(line).collect::<Vec<_>>().join("\n")
}

fn unknown(comparison: &Comparison<'_>) -> String {
    let reasons = comparison.found.unknown.iter().take(MOST_ROWS);
    let line = |(reason, cells): (&String, &u64)| {
        format!("- {} can't be known: {}", counted(*cells, "cells"), escaped(&shorten(reason, 200)))
    };
    reasons.map(line).collect::<Vec<_>>().join("\n")
}

fn noise(comparison: &Comparison<'_>) -> String {
    let fields = comparison.noise.into_iter().flatten().filter(|(_, field)| field.changed + field.noise > 0);
    let lines = fields.map(|(name, field)| {
        let is = if field.beyond { "beyond its noise" } else { "within its noise" };
        [cell(name), count(field.changed), count(field.noise), is.to_owned()]
    });
    let lines: Vec<_> = lines.take(MOST_COLUMNS).collect();
    if lines.is_empty() { String::new() } else { table(["field", "rows differ", "noise", "so it is"], lines) }
}

fn changed(rows: &[DifferingRow], all: u64, alike: &Alike) -> String {
    let mut lines = Vec::new();
    let mut shown = 0;
    for row in rows {
        let DifferingRow::Changed { key, fields, .. } = row else { continue };
        if lines.len() + fields.len() > MOST_ROWS && shown > 0 {
            break;
        }
        shown += 1;
        for field in fields.iter().take(MOST_ROWS) {
            let key = cell(&key_of(key, alike));
            lines.push([key, cell(&field.column), value(&field.left, alike), value(&field.right, alike)]);
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let listed = table(["row", "column", "left", "right"], lines);
    format!("Changed: {} of {}\n\n{listed}", count(shown), counted(all, "rows"))
}

fn keys(kind: &str, rows: &[DifferingRow], all: u64, alike: &Alike) -> String {
    let keys = rows.iter().take(MOST_ROWS).filter_map(|row| match row {
        DifferingRow::Missing { key, .. } | DifferingRow::Extra { key, .. } => {
            Some(cell(&key_of(key, alike)))
        }
        DifferingRow::Changed { .. } => None,
    });
    let keys: Vec<String> = keys.collect();
    if keys.is_empty() {
        return String::new();
    }
    let shown = count(keys.len() as u64);
    format!("{}: {shown} of {}: {}", capital(kind), counted(all, "rows"), keys.join(", "))
}
