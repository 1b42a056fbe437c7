//! Prints for people.

use std::collections::BTreeMap;

use compare::{
    Alike, ColumnFound, Deltas, DifferingField, DifferingRow, DifferingRows, FieldNoise, Glance,
    RightInBetween, RowCounts, RowsFound,
};
use datasets::{ChangelogFacts, short_name as short};

use crate::output::Output;

/// So many columns are listed.
const LISTED_COLUMNS: usize = 20;

/// Says what there is to say of a table as a whole, a sentence each.
pub(super) fn of_side(
    notes: &[String],
    changes: Option<&ChangelogFacts>,
    between: Option<&RightInBetween>,
) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(facts) = changes {
        said.push(format!(
            "{} of {}, {:.1} a row; {} at the end, {} that came and went",
            datasets::counted(facts.changes, "changes"),
            datasets::counted(facts.keys, "rows"),
            facts.changes_per_row,
            facts.rows,
            facts.transient
        ));
        for (kind, illegal) in &facts.illegal {
            let first = illegal.first.iter().map(|change| format!("line {} ({})", change.line, change.key));
            let first: Vec<String> = first.collect();
            let first = datasets::shown(&first.join(", ")).to_string();
            said.push(format!("illegal: {} {}: {first}", illegal.count, kind.name()));
        }
    }
    said.extend(between.into_iter().flat_map(of_between));
    said.extend_from_slice(notes);
    said
}

/// Says which rows of the other table a changelog had right on its way.
fn of_between(between: &RightInBetween) -> Vec<String> {
    let mut said = Vec::new();
    if between.rows > 0 {
        let first: Vec<String> = between.first.iter().map(|key| listed(key, &Alike::default())).collect();
        let more = if between.rows > first.len() as u64 { ", ..." } else { "" };
        said.push(format!(
            "{} of the other table stood here in between, and no more at the end: {}{more}",
            datasets::counted(between.rows, "rows"),
            datasets::shown(&first.join("; "))
        ));
    }
    if between.unknown > 0 {
        let rows = datasets::counted(between.unknown, "rows");
        said.push(format!("of {rows} of the other table it isn't known whether they stood here in between"));
    }
    said
}

pub(super) fn print(found: &RowsFound, limit: usize, output: &Output) {
    let RowCounts { missing, extra, changed, unknown, equal } = found.rows;
    let unknown = if unknown > 0 { format!("   unknown {unknown}") } else { String::new() };
    output
        .line(format_args!("missing {missing}   extra {extra}   changed {changed}{unknown}   equal {equal}"));
    let alike = Alike::among(found.columns_missing.iter().chain(&found.columns_extra).map(String::as_str));
    for (name, columns) in [("missing", &found.columns_missing), ("extra", &found.columns_extra)] {
        let lines = columns.iter().map(|column| format!("column {name}: {}", short(&alike.column(column))));
        print_first(lines, columns.len(), &format!("columns {name}"), output);
    }
    let differing = || found.columns.iter().filter(|column| column.differing + column.unknown > 0);
    print_first(differing().map(describe_column), differing().count(), "columns that differ", output);
    if let Some(shift) = &found.shift {
        output.line(shift.sentence());
    }
    for (reason, cells) in &found.unknown {
        let cells = datasets::counted(*cells, "cells");
        output.line(format_args!("{cells} can't be known: {}", datasets::shown(reason)));
    }
    let DifferingRows { missing, extra, changed } = &found.differing;
    let listed = [missing, extra, changed].map(|rows| &rows[..rows.len().min(limit)]);
    // A row that is missing may look like one that is extra.
    let alike = Alike::among(listed.iter().copied().flatten().flat_map(DifferingRow::texts));
    let [missing, extra, changed] = listed;
    for (rows, total, what) in [
        (missing, found.rows.missing, "rows missing"),
        (extra, found.rows.extra, "rows extra"),
        (changed, found.rows.changed, "rows that changed"),
    ] {
        print_rows(rows, (total, what), &alike, output);
    }
}

fn print_rows(rows: &[DifferingRow], (total, what): (u64, &str), alike: &Alike, output: &Output) {
    for row in rows {
        output.line(format_args!("  {}", datasets::shown(&describe(row, alike))));
    }
    if total > rows.len() as u64 {
        output.line(format_args!("  ({} of {total} {what})", rows.len()));
    }
}

fn describe_column(column: &ColumnFound) -> String {
    let name = short(&column.name);
    let mut parts = vec![format!("column {name} differs in {}", datasets::counted(column.differing, "rows"))];
    for (rows, side) in [(column.only_left, "left"), (column.only_right, "right")] {
        if rows > 0 {
            parts.push(format!("{rows} with a value on the {side} only"));
        }
    }
    if column.unknown > 0 {
        parts.push(format!("{} that can't be known", datasets::counted(column.unknown, "cells")));
    }
    if let Some(constant) = column.constant_words() {
        parts.push(constant);
    } else if let Some(deltas) = &column.deltas {
        parts.push(format!(
            "apart by {} (median), {} (90 %), {} (largest)",
            Deltas::written(deltas.p50),
            Deltas::written(deltas.p90),
            Deltas::written(deltas.max)
        ));
    }
    parts.join(", ")
}

/// Prints the first lines of a list, and how many there are of what when it is longer.
fn print_first(lines: impl Iterator<Item = String>, total: usize, what: &str, output: &Output) {
    lines.take(LISTED_COLUMNS).for_each(|line| output.line(line));
    if total > LISTED_COLUMNS {
        output.line(format_args!("({LISTED_COLUMNS} of {total} {what})"));
    }
}

pub(super) fn print_noise(noise: Option<&BTreeMap<String, FieldNoise>>, output: &Output) {
    let fields = noise.into_iter().flatten().filter(|(_, field)| field.changed + field.noise > 0);
    let lines = fields.map(|(name, FieldNoise { changed, noise, beyond })| {
        let verdict = if *beyond { "beyond its noise" } else { "within its noise" };
        let rows = datasets::counted(*changed, "rows");
        format!("{}: differs in {rows}, in {noise} between two runs of the left: {verdict}", short(name))
    });
    let lines: Vec<String> = lines.collect();
    let total = lines.len();
    print_first(lines.into_iter(), total, "fields that differ", output);
}

fn listed(key: &[Glance], alike: &Alike) -> String {
    key.iter().map(|field| field.shown(alike)).collect::<Vec<_>>().join(",")
}

fn describe(difference: &DifferingRow, alike: &Alike) -> String {
    match difference {
        DifferingRow::Missing { key, .. } => format!("- {}", listed(key, alike)),
        DifferingRow::Extra { key, .. } => format!("+ {}", listed(key, alike)),
        DifferingRow::Changed { key, columns, fields } => {
            let shown = fields.iter().take(SHOWN_FIELDS).map(|DifferingField { column, left, right }| {
                format!("{} {} -> {}", short(column), left.shown(alike), right.shown(alike))
            });
            let shown: Vec<String> = shown.collect();
            let more = match columns - shown.len() as u64 {
                0 => String::new(),
                more => format!(", and {} more", datasets::counted(more, "columns")),
            };
            format!("~ {}: {}{more}", listed(key, alike), shown.join(", "))
        }
    }
}

/// So many fields of a row are shown.
const SHOWN_FIELDS: usize = 3;
