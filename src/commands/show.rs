//! `show`: the first rows of a frozen dataset, and what its columns hold.

use datasets::{Frozen, Overview, shown};
use platform::Error;
use serde::Serialize;

use crate::{cli::ShowArgs, output::Output};

/// Wider cells are cut.
const WIDEST_CELL: usize = 32;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    name: &'a str,
    problem: Option<&'a str>,
    records: u64,
    bytes: u64,
    blake3: &'a str,
    columns: &'a [datasets::ColumnOverview],
    rows: &'a [Vec<Option<String>>],
}

pub(super) fn show(args: &ShowArgs, output: &Output) -> Result<u8, Error> {
    let frozen = Frozen::open(&args.dataset)?;
    let overview = frozen.overview(args.rows)?;
    let manifest = &frozen.manifest;
    output.json(&Printed {
        schema: "counterpoint.dataset-overview/1",
        name: &manifest.name,
        problem: (!manifest.is_generic()).then_some(&manifest.problem),
        records: manifest.records,
        bytes: manifest.bytes,
        blake3: &manifest.blake3,
        columns: &overview.columns,
        rows: &overview.rows,
    });
    let whose =
        if manifest.is_generic() { String::new() } else { format!(" for {}", shown(&manifest.problem)) };
    output.line(format_args!(
        "{}: {}{whose}, {}, blake3 {}",
        shown(&manifest.name),
        datasets::counted(manifest.records, "records"),
        datasets::counted(manifest.bytes, "bytes"),
        manifest.blake3
    ));
    output.line("");
    for line in aligned(&columns(&overview, manifest.records)) {
        output.line(line);
    }
    if !overview.rows.is_empty() {
        output.line("");
        for line in aligned(&rows(&overview)) {
            output.line(line);
        }
    }
    Ok(0)
}

/// Describes the columns, a line each.
fn columns(overview: &Overview, records: u64) -> Vec<Vec<String>> {
    let head = ["column", "type", "role", "missing", "distinct (estimate)", "least", "greatest"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for column in &overview.columns {
        table.push(vec![
            cell(&column.name),
            column.kind.clone(),
            column.role.unwrap_or_default().to_owned(),
            share(column.missing, records),
            column.distinct.to_string(),
            cell(column.least.as_deref().unwrap_or_default()),
            cell(column.greatest.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

/// Returns the share of records without a value: `0`, `3 (0.1%)`.
fn share(missing: u64, records: u64) -> String {
    if missing == 0 {
        return "0".to_owned();
    }
    // In tenths of a percent, at least one, so that no missing value looks like none.
    let tenths = (u128::from(missing) * 1000 / u128::from(records.max(1))).max(1);
    format!("{missing} ({}.{}%)", tenths / 10, tenths % 10)
}

fn rows(overview: &Overview) -> Vec<Vec<String>> {
    let head = overview.columns.iter().map(|column| cell(&column.name)).collect();
    let row = |row: &Vec<Option<String>>| {
        row.iter().map(|value| value.as_deref().map_or_else(|| "–".to_owned(), written)).collect()
    };
    std::iter::once(head).chain(overview.rows.iter().map(row)).collect()
}

/// An empty text is told from a missing value.
fn written(value: &str) -> String {
    if value.is_empty() { "\"\"".to_owned() } else { cell(value) }
}

/// Returns a value that harms no terminal, cut where it is long.
fn cell(value: &str) -> String {
    let shown = shown(value).to_string();
    match shown.char_indices().nth(WIDEST_CELL) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// Returns the lines of a table whose columns stand below each other.
fn aligned(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |at: usize| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}
