//! `compare`: two answers of earlier runs, or any two tables with a key.

use std::{collections::BTreeMap, path::Path};

use compare::{FieldNoise, RowDifference, Table, TableDivergence, TableError, beyond_noise, compare_tables};
use serde::Serialize;

use crate::{error::Error, output::Output};

/// The column that names a row of an answer.
const ANSWER_KEY: &str = "record";
/// A hint lists this many columns.
const LISTED_COLUMNS: usize = 20;
/// How often noise alone may be taken for more, over all fields together.
const NOISE_ERROR_RATE: f64 = 0.01;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    divergence: compare::Divergence,
    changed_by_column: &'a BTreeMap<String, u64>,
    columns_missing: &'a [String],
    columns_extra: &'a [String],
    /// With `--noise`: each field held against its noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<&'a BTreeMap<String, FieldNoise>>,
}

pub(super) fn compare(
    left: &Path,
    right: &Path,
    key: Vec<String>,
    again: Option<&Path>,
    output: &Output,
) -> Result<u8, Error> {
    let (left_table, right_table) = (read(left)?, read(right)?);
    let key = if key.is_empty() { default_key(&left_table, &right_table)? } else { key };
    let found =
        compare_tables(&left_table, &right_table, &key).map_err(|error| explain(&error, left, right))?;
    let noise = again.map(|again| noise(&found, (left, &left_table), again, &key)).transpose()?;
    output.json(&Printed {
        schema: "counterpoint.comparison/1",
        divergence: found.rows,
        changed_by_column: &found.changed_by_column,
        columns_missing: &found.columns_missing,
        columns_extra: &found.columns_extra,
        noise: noise.as_ref(),
    });
    print(&found, output);
    for (field, FieldNoise { changed, noise, beyond }) in
        noise.iter().flatten().filter(|(_, f)| f.changed + f.noise > 0)
    {
        let verdict = if *beyond { "beyond its noise" } else { "within its noise" };
        output.line(format_args!(
            "{}: differs in {changed} rows, in {noise} between two runs of the left: {verdict}",
            datasets::shown(field)
        ));
    }
    Ok(0)
}

/// The left table against a second run of it, and what of `found` that leaves.
fn noise(
    found: &TableDivergence,
    (left, table): (&Path, &Table),
    again: &Path,
    key: &[String],
) -> Result<BTreeMap<String, FieldNoise>, Error> {
    let between = compare_tables(table, &read(again)?, key).map_err(|error| explain(&error, left, again))?;
    Ok(beyond_noise(found, &between, NOISE_ERROR_RATE))
}

fn default_key(left: &Table, right: &Table) -> Result<Vec<String>, Error> {
    let has = |table: &Table| table.columns.iter().any(|column| column == ANSWER_KEY);
    if has(left) && has(right) {
        return Ok(vec![ANSWER_KEY.to_owned()]);
    }
    let columns: Vec<String> =
        left.columns.iter().map(|column| datasets::shown(column).to_string()).take(LISTED_COLUMNS).collect();
    Err(Error::usage(format!("without a column '{ANSWER_KEY}' in both, the key must be named"))
        .with_hint(format!("add --key COLUMN[,COLUMN...], out of {}", columns.join(", "))))
}

/// Reads a table: JSONL by its name, otherwise CSV.
fn read(path: &Path) -> Result<Table, Error> {
    if path.is_dir() {
        let shown = datasets::shown_path(path);
        return Err(Error::usage(format!("{shown} is a folder"))
            .with_hint(format!("name the answer in it, such as {shown}/answers/candidate.csv")));
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => read_jsonl(path),
        _ => read_csv(path),
    }
}

fn read_csv(path: &Path) -> Result<Table, Error> {
    let shown = datasets::shown_path(path);
    let text = std::fs::read(path).map_err(|cause| Error::input(format!("{shown}: {cause}")))?;
    datasets::check_csv(path, &text)?;
    let failed = |error: csv::Error| Error::input(format!("{shown}: {error}"));
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let columns: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    check_columns(path, &columns)?;
    let rows = reader
        .records()
        .map(|row| row.map(|row| row.iter().map(str::to_owned).collect()).map_err(failed))
        .collect::<Result<_, _>>()?;
    Ok(Table { columns, rows })
}

fn check_columns(path: &Path, columns: &[String]) -> Result<(), Error> {
    let shown = datasets::shown_path(path);
    if columns.is_empty() {
        return Err(Error::input(format!("{shown}: the file is empty")));
    }
    match columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
        Some((_, twice)) => {
            Err(Error::input(format!("{shown} line 1: column '{}' is there twice", datasets::shown(twice))))
        }
        None => Ok(()),
    }
}

/// Each line an object of plain values. Its columns are those of the first line.
fn read_jsonl(path: &Path) -> Result<Table, Error> {
    let shown = datasets::shown_path(path);
    let text = std::fs::read_to_string(path).map_err(|cause| Error::input(format!("{shown}: {cause}")))?;
    let mut table = Table::default();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = |message: String| Error::input(format!("{shown} line {}: {message}", number + 1));
        let Fields(object) = serde_json::from_str(line).map_err(|error| at(error.to_string()))?;
        if table.columns.is_empty() {
            table.columns = object.iter().map(|(name, _)| name.clone()).collect();
        }
        if object.len() != table.columns.len() {
            return Err(at(format!("{} fields, the first line has {}", object.len(), table.columns.len())));
        }
        let row = table.columns.iter().map(|column| {
            let found = object.iter().find(|(name, _)| name == column);
            let (_, value) = found.ok_or_else(|| at(format!("no field '{}'", datasets::shown(column))))?;
            Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        table.rows.push(row.collect::<Result<_, Error>>()?);
    }
    check_columns(path, &table.columns)?;
    Ok(table)
}

/// The fields of a JSON object in their order, each name once: a plain map would keep the last of two silently.
struct Fields(Vec<(String, serde_json::Value)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> serde::de::Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields: Vec<(String, serde_json::Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom(format!(
                    "field '{}' is there twice",
                    datasets::shown(&name)
                )));
            }
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

fn explain(error: &TableError, left: &Path, right: &Path) -> Error {
    let file = |is_left: bool| datasets::shown_path(if is_left { left } else { right });
    match error {
        TableError::NoKeyColumn { left, column } => {
            Error::usage(format!("{} has no column '{}'", file(*left), datasets::shown(column)))
        }
        TableError::DuplicateKey { left, key, rows: (first, second) } => Error::input(format!(
            "{}: rows {first} and {second} have the same key '{}'",
            file(*left),
            datasets::shown(&key.join(","))
        ))
        .with_hint("name more columns with --key, so that a key names one row"),
    }
}

fn print(found: &TableDivergence, output: &Output) {
    let compare::Divergence { missing, extra, changed, equal } = found.rows;
    output.line(format_args!("missing {missing}   extra {extra}   changed {changed}   equal {equal}"));
    for (name, columns) in [("missing", &found.columns_missing), ("extra", &found.columns_extra)] {
        for column in columns {
            output.line(format_args!("column {name}: {}", datasets::shown(column)));
        }
    }
    for (column, rows) in found.changed_by_column.iter().filter(|(_, rows)| **rows > 0) {
        output.line(format_args!("column {} differs in {rows} rows", datasets::shown(column)));
    }
    for example in &found.examples {
        output.line(format_args!("  {}", datasets::shown(&describe(example))));
    }
    let shown = found.examples.len() as u64;
    if found.rows.rows() > shown {
        output.line(format_args!("  ({shown} of {} rows that differ)", found.rows.rows()));
    }
}

fn describe(difference: &RowDifference) -> String {
    match difference {
        RowDifference::Missing { key } => format!("- {}", key.join(",")),
        RowDifference::Extra { key } => format!("+ {}", key.join(",")),
        RowDifference::Changed { key, column, left, right } => {
            format!("~ {}: {column} {left} -> {right}", key.join(","))
        }
    }
}
