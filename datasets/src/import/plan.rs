//! Which columns of a CSV file are wanted: found by name, all others are listed and left out.

use std::fs::File;
use std::path::Path;

use csv::{Reader, ReaderBuilder};

use super::ImportOptions;
use super::reject::Finder;
use crate::column::{ARRIVAL, Column};
use crate::decimal::SignedDecimal;
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::nearest::{did_you_mean, nearest};
use crate::shown::{quoted, shell_word};

/// A header is listed in a message up to this many columns.
const LISTED_COLUMNS: usize = 20;

/// Which fields of a row are wanted, in the order of the frozen file.
pub(super) struct Plan {
    pub(super) columns: Vec<Planned>,
    pub(super) ignored: Vec<String>,
    /// Says how many fields each row must have.
    pub(super) fields: usize,
}

/// A wanted column.
pub(super) struct Planned {
    pub(super) column: Column,
    /// The column's name in the file.
    pub(super) header: String,
    /// Its position in the file.
    pub(super) at: usize,
}

impl Plan {
    pub(super) fn new(path: &Path, options: &ImportOptions) -> Result<Self, Error> {
        let headers = read_headers(path)?;
        check_renamed(options)?;
        let mut columns = Vec::new();
        for (column, is_optional) in wanted(options) {
            let renamed = options.renamed.get(column.name);
            let header = renamed.cloned().unwrap_or_else(|| column.name.to_owned());
            match headers.iter().position(|name| *name == header) {
                Some(at) => columns.push(Planned { column, header, at }),
                None if is_optional && renamed.is_none() => {}
                None => return Err(missing_column(path, options, column.name, &header, &headers)),
            }
        }
        let is_used = |at: &usize| columns.iter().any(|column| column.at == *at);
        let ignored = (0..headers.len()).filter(|at| !is_used(at)).map(|at| headers[at].clone()).collect();
        Ok(Self { columns, ignored, fields: headers.len() })
    }
}

/// The columns that a file may have, in order, and whether it may lack them.
fn wanted(options: &ImportOptions) -> Vec<(Column, bool)> {
    let has_own_arrival = options.columns.iter().any(|column| column.name == ARRIVAL.name);
    let arrival = (!has_own_arrival).then_some((ARRIVAL, true));
    let needed = options.columns.iter().map(|column| (*column, false));
    let optional = options.optional.iter().map(|column| (*column, true));
    arrival.into_iter().chain(needed).chain(optional).collect()
}

fn check_renamed(options: &ImportOptions) -> Result<(), Error> {
    let wanted = wanted(options);
    let known = || wanted.iter().map(|(column, _)| column.name);
    match options.renamed.keys().find(|name| known().all(|column| column != name.as_str())) {
        Some(name) => {
            Err(Error::usage(format!("{} has no column `{}`", options.problem, crate::shown(name)))
                .with_hint(did_you_mean(name, known())))
        }
        None => Ok(()),
    }
}

/// A reader of the file's rows, which lets rows of any length pass.
pub(super) fn reader(path: &Path) -> Result<Reader<File>, Error> {
    Ok(ReaderBuilder::new().buffer_capacity(256 * 1024).flexible(true).from_reader(open_regular(path)?))
}

fn read_headers(path: &Path) -> Result<Vec<String>, Error> {
    let mut reader = reader(path)?;
    let record = reader.headers().map_err(|error| csv_error(path, &error))?;
    let headers: Vec<String> = record.iter().map(str::to_owned).collect();
    if headers.is_empty() {
        return Err(Place::file(path).rejects("the file is empty"));
    }
    let mut seen = std::collections::HashSet::new();
    match headers.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => {
            let (line, _) = Finder::open(path)?.find(0, reader.position().byte())?;
            Err(Place::line(path, line).rejects(format!("column {} stands twice", quoted(name.as_bytes()))))
        }
        None => Ok(headers),
    }
}

/// `wanted`: the column's name, and what it should be called in the file.
fn missing_column(
    path: &Path,
    options: &ImportOptions,
    column: &str,
    wanted: &str,
    headers: &[String],
) -> Error {
    let listed: Vec<String> =
        headers.iter().take(LISTED_COLUMNS).map(|header| quoted(header.as_bytes())).collect();
    let more = match headers.len().saturating_sub(LISTED_COLUMNS) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    if headers.iter().any(|header| is_data(header)) {
        let names: Vec<&str> = options.columns.iter().map(|column| column.name).collect();
        let message = format!("line 1 looks like data: {}{more}; a header is needed", listed.join(", "));
        let hint = format!("put a line with the names of the columns before it, such as {}", names.join(","));
        return Place::line(path, 1).rejects(message).with_hint(hint);
    }
    let message = format!("no column `{}`; found {}{more}", crate::shown(wanted), listed.join(", "));
    let delimiter = [';', '\t', '|'].into_iter().find(|&c| headers.iter().any(|header| header.contains(c)));
    let hint = match delimiter {
        Some(c) => {
            Some(format!("fields seem to be separated by `{}`; use commas", crate::shown(&c.to_string())))
        }
        None => Some(named_otherwise(options, column, wanted, headers)),
    };
    Place::line(path, 1).rejects(message).with_hint(hint)
}

fn named_otherwise(options: &ImportOptions, column: &str, wanted: &str, headers: &[String]) -> String {
    if let Some(near) = nearest(wanted, headers.iter().map(String::as_str)) {
        let word = shell_word(&format!("{column}={near}"));
        return format!("did you mean `{}`? say `--column {word}`", crate::shown(near));
    }
    let problem = &options.problem;
    format!(
        "if it has another name, say '--column {column}=...'; if this is not for {problem}, '--problem ...'"
    )
}

/// Returns whether a column's name is a number or a time, which no header has.
fn is_data(header: &str) -> bool {
    let text = header.as_bytes();
    let shape: Vec<u8> =
        text.iter().take(8).map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
    let is_date = shape == b"0000-00-";
    is_date || SignedDecimal::parse(text).is_ok()
}

/// Returns what the csv crate can still complain about: reading, and a header that isn't text.
pub(super) fn csv_error(path: &Path, error: &csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => Place::line(path, 1).rejects("not UTF-8 text"),
        _ => Place::file(path).rejects(crate::shown(&error.to_string()).to_string()),
    }
}
