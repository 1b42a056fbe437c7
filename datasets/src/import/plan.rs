//! Which columns of a CSV file are wanted: found by name, all others are listed and left out.

use std::borrow::Cow;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::ImportOptions;
use super::reject::Finder;
use crate::column::{ARRIVAL, Column};
use crate::decimal::SignedDecimal;
use crate::error::{Error, Place};
use crate::files::{Input, InputReader, is_stopped};
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
    /// Where its values come from.
    pub(super) at: At,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// A column of the file.
    Field(usize),
    /// A date and a time of day, in a column each.
    Two(usize, usize),
    /// Nowhere in the file.
    Constant(Vec<u8>),
}

impl At {
    /// Returns the value in a row.
    pub(super) fn text<'a>(&'a self, record: &'a ByteRecord) -> Cow<'a, [u8]> {
        match self {
            Self::Field(at) => Cow::Borrowed(&record[*at]),
            Self::Two(date, time) => Cow::Owned([&record[*date], b" ", &record[*time]].concat()),
            Self::Constant(value) => Cow::Borrowed(value),
        }
    }

    fn is(&self, column: usize) -> bool {
        match self {
            Self::Field(at) => *at == column,
            Self::Two(date, time) => [*date, *time].contains(&column),
            Self::Constant(_) => false,
        }
    }
}

impl Plan {
    pub(super) fn new(input: Input<'_>, options: &ImportOptions) -> Result<Self, Error> {
        let path = input.path;
        let headers = read_headers(input, options.trim)?;
        check_renamed(options)?;
        let (mut columns, mut missing) = (Vec::new(), Vec::new());
        for (column, is_optional) in wanted(options) {
            let renamed = options.renamed.get(column.name);
            let header = renamed.cloned().unwrap_or_else(|| column.name.to_owned());
            if let Some(value) = options.constants.get(column.name) {
                let at = At::Constant(value.clone().into_bytes());
                columns.push(Planned { column, header: column.name.to_owned(), at });
                continue;
            }
            match find(&headers, &header) {
                Found::One(at) => columns.push(Planned { column, header, at }),
                Found::More(name) => return Err(stands_twice(input, options, &name)),
                Found::None if is_optional && renamed.is_none() => {}
                Found::None => missing.push((column, header)),
            }
        }
        if !missing.is_empty() {
            return Err(missing_columns(path, options, &missing, &headers));
        }
        let is_used = |at: &usize| columns.iter().any(|column| column.at.is(*at));
        let ignored = (0..headers.len()).filter(|at| !is_used(at)).map(|at| headers[at].clone()).collect();
        Ok(Self { columns, ignored, fields: headers.len() })
    }
}

/// The columns that a file may have, in order, and whether it may lack them.
fn wanted(options: &ImportOptions) -> Vec<(Column, bool)> {
    let has_own_arrival = options.columns.iter().any(|column| column.name == ARRIVAL.name);
    let arrival = (!has_own_arrival && !options.records_only).then_some((ARRIVAL, true));
    let needed = options.columns.iter().map(|column| (*column, false));
    let optional = options.optional.iter().map(|column| (*column, true));
    arrival.into_iter().chain(needed).chain(optional).collect()
}

fn check_renamed(options: &ImportOptions) -> Result<(), Error> {
    let wanted = wanted(options);
    let known = || wanted.iter().map(|(column, _)| column.name);
    if let Some(both) = options.constants.keys().find(|name| options.renamed.contains_key(*name)) {
        let both = crate::shown(both);
        return Err(Error::usage(format!("column `{both}` can't both be constant and stand in the file")));
    }
    let is_unknown = |name: &&String| known().all(|column| column != name.as_str());
    let Some(name) = options.renamed.keys().chain(options.constants.keys()).find(is_unknown) else {
        return Ok(());
    };
    let swapped = options.renamed.get(name).filter(|other| !is_unknown(other)).map(|other| {
        let word = shell_word(&format!("{other}={name}"));
        format!("the record's column comes first: say '--column {}'", crate::shown(&word))
    });
    let known = || format!("its columns: {}", known().collect::<Vec<_>>().join(", "));
    let hint = swapped.or_else(|| did_you_mean(name, wanted.iter().map(|(column, _)| column.name)));
    Err(Error::usage(format!("{} has no column `{}`", options.problem, crate::shown(name)))
        .with_hint(hint.unwrap_or_else(known)))
}

/// A reader of the file's rows, which lets rows of any length pass.
pub(super) fn reader(input: Input<'_>, trim: bool) -> Result<Reader<InputReader<'_>>, Error> {
    let trim = if trim { Trim::All } else { Trim::None };
    let mut builder = ReaderBuilder::new();
    Ok(builder.buffer_capacity(256 * 1024).flexible(true).trim(trim).from_reader(input.open()?))
}

fn read_headers(input: Input<'_>, trim: bool) -> Result<Vec<String>, Error> {
    let path = input.path;
    let mut reader = reader(input, trim)?;
    let record = reader.headers().map_err(|error| csv_error(path, &error))?;
    let headers: Vec<String> = record.iter().map(str::to_owned).collect();
    if headers.is_empty() {
        return Err(Place::file(path).rejects("the file is empty"));
    }
    Ok(headers)
}

/// Says what a name finds in a header.
enum Found {
    None,
    One(At),
    /// This name stands more than once.
    More(String),
}

/// Looks a name up, or both of `DATE+TIME`. Names that nobody asks for may stand as often as they like.
fn find(headers: &[String], wanted: &str) -> Found {
    let places = |wanted: &str| {
        let mut places = (0..headers.len()).filter(|at| headers[*at] == wanted);
        (places.next(), places.next())
    };
    match places(wanted) {
        (Some(at), None) => return Found::One(At::Field(at)),
        (Some(_), Some(_)) => return Found::More(wanted.to_owned()),
        (None, _) => {}
    }
    let Some((date, time)) = wanted.split_once('+') else { return Found::None };
    match (places(date), places(time)) {
        ((Some(date), None), (Some(time), None)) => Found::One(At::Two(date, time)),
        ((_, Some(_)), _) => Found::More(date.to_owned()),
        (_, (_, Some(_))) => Found::More(time.to_owned()),
        _ => Found::None,
    }
}

fn stands_twice(input: Input<'_>, options: &ImportOptions, name: &str) -> Error {
    let path = input.path;
    let message = format!("column {} stands twice", quoted(name.as_bytes()));
    let line = reader(input, options.trim).and_then(|mut reader| {
        // The header may not be in the first line.
        reader.headers().map_err(|error| csv_error(path, &error))?;
        Finder::open(input)?.find(0, reader.position().byte())
    });
    line.map_or_else(|error| error, |(line, _)| Place::line(path, line).rejects(message))
}

/// `missing`: columns, each with what it should be called in the file.
fn missing_columns(
    path: &Path,
    options: &ImportOptions,
    missing: &[(Column, String)],
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
    let wanted: Vec<String> =
        missing.iter().map(|(_, wanted)| format!("`{}`", crate::shown(wanted))).collect();
    let word = if let [_] = missing { "column" } else { "columns" };
    let message = format!("no {word} {}; found {}{more}", wanted.join(", "), listed.join(", "));
    let delimiter = [';', '\t', '|'].into_iter().find(|&c| headers.iter().any(|header| header.contains(c)));
    let hint = match delimiter {
        Some(c) => {
            let word = if c == '\t' { "tab".to_owned() } else { shell_word(&c.to_string()) };
            Some(format!(
                "fields seem to be separated by `{}`; say '--delimiter {word}'",
                crate::shown(&c.to_string())
            ))
        }
        None => Some(named_otherwise(options, missing, headers)),
    };
    Place::line(path, 1).rejects(message).with_hint(hint)
}

fn named_otherwise(options: &ImportOptions, missing: &[(Column, String)], headers: &[String]) -> String {
    let one = |(column, wanted): &(Column, String)| match nearest(wanted, headers.iter().map(String::as_str))
    {
        Some(near) => {
            let word = shell_word(&format!("{}={near}", column.name));
            format!("for `{}`, did you mean `{}`? say `--column {word}`", column.name, crate::shown(near))
        }
        None => format!(
            "`{0}` is {1}: if it has another name, say '--column {0}=...'",
            column.name,
            column.about()
        ),
    };
    let each: Vec<String> = missing.iter().map(one).collect();
    format!("{}; if this is not for {}, '--problem ...'", each.join("; "), options.problem)
}

/// Returns whether a column's name is a number or a time, which no header has.
pub(crate) fn is_data(header: &str) -> bool {
    let text = header.as_bytes();
    let shape: Vec<u8> =
        text.iter().take(8).map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
    let is_date = shape == b"0000-00-";
    is_date || SignedDecimal::parse(text).is_ok()
}

/// Returns what the csv crate can still complain about: reading, and a header that isn't text.
pub(super) fn csv_error(path: &Path, error: &csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::Io(cause) if is_stopped(cause) => Error::Interrupted,
        csv::ErrorKind::Utf8 { .. } => Place::line(path, 1).rejects("not UTF-8 text"),
        _ => Place::file(path).rejects(crate::shown(&error.to_string()).to_string()),
    }
}
