//! `compare`: two answers of earlier runs, or any two tables with a key.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use compare::{
    Alike, Comparing, DifferingField, DifferingRow, FieldNoise, Glance, Listed, Rules, TableComparison,
    TableError, beyond_noise, compare_tables,
};
use datasets::{Keys, ReadTable, short_name as short};
use platform::Error;
use replay::Control;
use serde::Serialize;

use crate::{cli::CompareArgs, exit, output::Output};

/// The column that names a row of an answer.
const ANSWER_KEY: &str = "record";
/// A hint lists this many columns, and people are shown as many that differ.
const LISTED_COLUMNS: usize = 20;
/// People are shown this many rows.
const SHOWN_ROWS: usize = 20;
/// Says how often noise alone may be taken for more, over all fields together.
const NOISE_ERROR_RATE: f64 = 0.01;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    outcome: Outcome,
    divergence: compare::Divergence,
    changed_by_column: &'a BTreeMap<String, u64>,
    columns_missing: &'a [String],
    columns_extra: &'a [String],
    differences: PrintedRows<'a>,
    /// With `--noise`: each field held against its noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<&'a BTreeMap<String, FieldNoise>>,
}

/// The rows that differ, up to a limit.
#[derive(Serialize)]
struct PrintedRows<'a> {
    /// Says how many there are.
    total: u64,
    /// So many are listed at most.
    limit: usize,
    rows: &'a [DifferingRow],
}

/// Describes what the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Equal,
    WithinNoise,
    Different,
}

impl Outcome {
    fn of(found: &TableComparison, noise: Option<&BTreeMap<String, FieldNoise>>) -> Self {
        let same_columns = found.columns_missing.is_empty() && found.columns_extra.is_empty();
        match noise {
            _ if found.is_none() => Self::Equal,
            Some(fields) if same_columns && fields.values().all(|field| !field.beyond) => Self::WithinNoise,
            Some(_) | None => Self::Different,
        }
    }

    fn exit_code(self) -> u8 {
        match self {
            Self::Equal | Self::WithinNoise => 0,
            Self::Different => exit::FAIL,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Equal => "the tables are equal",
            Self::WithinNoise => "the tables differ by no more than their noise",
            Self::Different => "the tables differ",
        }
    }
}

pub(super) fn compare(args: CompareArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let CompareArgs { left, right, key, noise: again } = args;
    let (left_table, right_table) = (read(&left, control)?, read(&right, control)?);
    let key = if key.is_empty() { default_key(&left_table, &right_table)? } else { key };
    let go_on = || control.check().is_ok();
    let how = Comparing {
        key: &key,
        rules: Rules::EXACT,
        keys: &Keys::default(),
        listed: Listed::OF_TABLES,
        go_on: &go_on,
    };
    let compared = |left: (&Path, &ReadTable), right: (&Path, &ReadTable)| {
        compare_tables(&left.1.table, &right.1.table, &how).map_err(|error| explain(&error, left, right))
    };
    let found = compared((&left, &left_table), (&right, &right_table))?;
    let noise = match &again {
        None => None,
        Some(again) => {
            let between = compared((&left, &left_table), (again, &read(again, control)?))?;
            Some(beyond_noise(&found, &between, NOISE_ERROR_RATE))
        }
    };
    let outcome = Outcome::of(&found, noise.as_ref());
    output.json(&Printed {
        schema: "counterpoint.comparison/1",
        outcome,
        divergence: found.rows,
        changed_by_column: &found.changed_by_column,
        columns_missing: &found.columns_missing,
        columns_extra: &found.columns_extra,
        differences: PrintedRows {
            total: found.rows.rows(),
            limit: Listed::OF_TABLES.rows,
            rows: &found.examples,
        },
        noise: noise.as_ref(),
    });
    print(&found, output);
    print_noise(noise.as_ref(), output);
    output.line(outcome.sentence());
    Ok(outcome.exit_code())
}

fn read(path: &Path, control: &Control) -> Result<ReadTable, Error> {
    if path.is_dir() {
        let shown = datasets::shown_path(path);
        return Err(Error::usage(format!("{shown} is a folder"))
            .with_hint(format!("name the answer in it, such as {shown}/answers/candidate.csv")));
    }
    Ok(datasets::read_table(path, &|| control.check().is_ok())?)
}

fn default_key(left: &ReadTable, right: &ReadTable) -> Result<Vec<String>, Error> {
    let has = |read: &ReadTable| read.table.columns.iter().any(|column| column.name == ANSWER_KEY);
    if has(left) && has(right) {
        return Ok(vec![ANSWER_KEY.to_owned()]);
    }
    let columns = left.table.columns.iter().map(|column| short(&column.name));
    let columns: Vec<String> = columns.take(LISTED_COLUMNS).collect();
    Err(Error::usage(format!("without a column '{ANSWER_KEY}' in both, the key must be named"))
        .with_hint(format!("add --key COLUMN[,COLUMN...], out of {}", columns.join(", "))))
}

fn explain(error: &TableError, left: (&Path, &ReadTable), right: (&Path, &ReadTable)) -> Error {
    let side = |is_left: bool| if is_left { left } else { right };
    let file = |is_left: bool| datasets::shown_path(side(is_left).0);
    match error {
        TableError::NoKeyColumn { left, column } => {
            Error::usage(format!("{} has no column '{}'", file(*left), short(column)))
        }
        TableError::NoKeyField { left, column, row } => {
            let line = side(*left).1.line(*row);
            Error::input(format!("{} line {line}: no field '{}'", file(*left), short(column)))
                .with_hint("each row needs a value in every column of the key")
        }
        TableError::DuplicateKey { left, key, rows: (first, second) } => Error::input(format!(
            "{}: rows {first} and {second} have the same key '{}'",
            file(*left),
            datasets::shown(&listed(key, &Alike::default()))
        ))
        .with_hint("name more columns with --key, so that a key names one row"),
        TableError::Stopped => Error::Interrupted,
    }
}

fn print(found: &TableComparison, output: &Output) {
    let compare::Divergence { missing, extra, changed, equal } = found.rows;
    output.line(format_args!("missing {missing}   extra {extra}   changed {changed}   equal {equal}"));
    let alike = Alike::among(found.columns_missing.iter().chain(&found.columns_extra).map(String::as_str));
    for (name, columns) in [("missing", &found.columns_missing), ("extra", &found.columns_extra)] {
        let lines =
            columns.iter().map(|column| format!("column {name}: {}", short(&alike.told_apart(column))));
        print_first(lines, columns.len(), &format!("columns {name}"), output);
    }
    let differing = || found.changed_by_column.iter().filter(|(_, rows)| **rows > 0);
    let lines = differing().map(|(column, rows)| {
        format!("column {} differs in {}", short(column), datasets::counted(*rows, "rows"))
    });
    print_first(lines, differing().count(), "columns that differ", output);
    let examples = &found.examples[..found.examples.len().min(SHOWN_ROWS)];
    let alike = Alike::among(examples.iter().flat_map(DifferingRow::texts));
    for example in examples {
        output.line(format_args!("  {}", datasets::shown(&describe(example, &alike))));
    }
    let shown = found.examples.len().min(SHOWN_ROWS) as u64;
    if found.rows.rows() > shown {
        output.line(format_args!("  ({shown} of {} rows that differ)", found.rows.rows()));
    }
}

/// Prints the first lines of a list, and how many there are of what when it is longer.
fn print_first(lines: impl Iterator<Item = String>, total: usize, what: &str, output: &Output) {
    lines.take(LISTED_COLUMNS).for_each(|line| output.line(line));
    if total > LISTED_COLUMNS {
        output.line(format_args!("({LISTED_COLUMNS} of {total} {what})"));
    }
}

fn print_noise(noise: Option<&BTreeMap<String, FieldNoise>>, output: &Output) {
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
        DifferingRow::Missing { key } => format!("- {}", listed(key, alike)),
        DifferingRow::Extra { key } => format!("+ {}", listed(key, alike)),
        DifferingRow::Changed { key, columns, fields } => {
            let first = fields.first().map_or(String::new(), |DifferingField { column, left, right }| {
                format!("{column} {} -> {}", left.shown(alike), right.shown(alike))
            });
            let more = match columns - 1 {
                0 => String::new(),
                more => format!(", and {} more", datasets::counted(more, "columns")),
            };
            format!("~ {}: {first}{more}", listed(key, alike))
        }
    }
}
