//! Why two tables can't be compared, said so that it can be cured.

use std::{collections::BTreeSet, path::Path};

use compare::{Alike, Duplicate, Glance, RowsError, Which};
use datasets::{Rows, short_name as short};
use platform::Error;

use super::LISTED_COLUMNS;

/// `again` finds the same error in the right table read as the left one, which knows where its keys stood first.
pub(super) fn explain(
    error: RowsError,
    (left, right): (&Path, &Path),
    again: impl FnOnce() -> Option<RowsError>,
) -> Error {
    let file = |which| datasets::shown_path(if which == Which::Left { left } else { right });
    match error {
        RowsError::Source(error) => error.into(),
        RowsError::NoColumn { which, column, nearest } => {
            let whose = which.map_or("neither table".to_owned(), file);
            not_there(&format!("{whose} has {} column", no(which)), &column, &nearest)
        }
        RowsError::RenamedTwice { old, new } => Error::usage(format!(
            "--rename {}={}: the left table would have two columns of one name",
            short(&old),
            short(&new)
        )),
        RowsError::NoKeyField { which: _, column, place } => {
            Error::input(format!("{place}: no field '{}'", short(&column)))
                .with_hint("each row needs a value in every column of the key")
        }
        RowsError::Duplicates { which, rows, examples } => {
            let examples = match again().filter(|_| which == Which::Right) {
                Some(RowsError::Duplicates { examples, .. }) => examples,
                _ => examples,
            };
            duplicates(&file(which), rows, &examples)
        }
        RowsError::ToleranceOnText { column, values: (left, right) } => {
            let none = Alike::default();
            Error::usage(format!(
                "'{}' holds texts such as {} and {}, and a tolerance is for numbers",
                short(&column),
                datasets::shown(&left.shown(&none)),
                datasets::shown(&right.shown(&none))
            ))
            .with_hint("--ignore-case and --ignore-spaces are for texts")
        }
    }
}

/// Returns the error that a column isn't there, out of all of these.
pub(super) fn no_column<'a>(says: &str, column: &str, all: impl Iterator<Item = &'a String>) -> Error {
    let all: BTreeSet<&str> = all.map(String::as_str).collect();
    let nearest: Vec<String> = datasets::nearest_names(column, all).into_iter().map(str::to_owned).collect();
    not_there(says, column, &nearest)
}

/// Refuses a key with a column that a table hasn't, or with one that is named twice.
pub(super) fn check_key(path: &Path, rows: &dyn Rows, key: &[String]) -> Result<(), Error> {
    let all = rows.columns();
    if let Some(twice) = key.iter().enumerate().find(|(at, name)| key[..*at].contains(name)) {
        return Err(Error::usage(format!("--key names '{}' twice", short(twice.1))));
    }
    let Some(name) = key.iter().find(|name| !all.contains(name)) else { return Ok(()) };
    let file = datasets::shown_path(path);
    let says = format!("{file} has no column");
    if let [only] = all
        && only.contains([';', '\t', '|'])
    {
        return Err(not_there(&says, name, &[]).with_hint(format!(
            "its only column is '{}': fields have commas between them, or tabs in a file whose name ends in .tsv; \
             'counterpoint freeze --delimiter' reads others",
            short(only)
        )));
    }
    let error = no_column(&says, name, all.iter());
    if datasets::nearest_names(name, all.iter().map(String::as_str)).is_empty() {
        let names: Vec<String> =
            all.iter().take(LISTED_COLUMNS).map(|name| format!("'{}'", short(name))).collect();
        let more = if all.len() > names.len() { ", ..." } else { "" };
        return Err(error.with_hint(format!("it has {}{more}", names.join(", "))));
    }
    Err(error)
}

fn not_there(says: &str, column: &str, nearest: &[String]) -> Error {
    let error = Error::usage(format!("{says} '{}'", short(column)));
    if nearest.is_empty() {
        return error;
    }
    let names: Vec<String> = nearest.iter().map(|name| format!("'{}'", short(name))).collect();
    error.with_hint(format!("did you mean {}?", names.join(" or ")))
}

fn no(which: Option<Which>) -> &'static str {
    if which.is_some() { "no" } else { "a" }
}

fn duplicates(file: &str, rows: u64, examples: &[Duplicate]) -> Error {
    let example = |row: &Duplicate| {
        let key = datasets::shown(&key(&row.key)).to_string();
        match row.first {
            Some(first) => format!("rows {first} and {} have the same key '{key}'", row.row),
            None => format!("row {} has the key '{key}' of an earlier one", row.row),
        }
    };
    let shown: Vec<String> = examples.iter().map(example).collect();
    let more = match rows - examples.len() as u64 {
        0 => String::new(),
        more => format!("; and {} more", datasets::counted(more, "rows")),
    };
    Error::input(format!("{file}: {}{more}", shown.join("; ")))
        .with_hint("name more columns with --key, so that a key names one row")
}

fn key(fields: &[Glance]) -> String {
    fields.iter().map(|field| field.shown(&Alike::default())).collect::<Vec<_>>().join(",")
}
