//! CSV files: the columns that a record needs are found by name, all others are dropped and listed.

use std::fs::File;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::layout::{self, line_at};
use super::unit::Unit;
use super::{Format, Given, ImportOptions, Imported, Summary, file_stem, source};
use crate::decimal::{Decimal, SignedDecimal, complain, parse_ms};
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::instance::{CAPACITY, Instance, SIZE};
use crate::keys::Keys;
use crate::manifest::Source;
use crate::nearest::did_you_mean;
use crate::record::{ARRIVAL, Column, ColumnKind, Side};
use crate::shown::quoted;

/// A header is listed in a message up to this many columns.
const LISTED_COLUMNS: usize = 20;

pub(super) fn import(path: &Path, options: &ImportOptions, given: Given) -> Result<Imported, Error> {
    let layout = layout::check(path)?;
    let plan = Plan::new(path, options)?;
    let mut unit = Unit::new(given.capacity);
    let records = each_row(path, &plan, |cells| {
        for cell in cells {
            match cell {
                Cell::Number(number) => unit.include(*number),
                Cell::Signed(number) => unit.include(number.magnitude()),
                Cell::Field(_) | Cell::Text(_) => {}
            }
        }
        Ok(())
    })?;
    if records == 0 {
        return Err(Place::file(path).rejects("a header and no records"));
    }
    let capacity = unit.capacity().map_err(Error::usage)?;
    let (values, keys) = read_values(path, &plan, unit, records)?;
    let mut parameters = given.others;
    parameters.extend(capacity.map(|value| (CAPACITY.to_owned(), value.into())));
    let instance = Instance {
        name: options.name.clone().unwrap_or_else(|| file_stem(path)),
        problem: options.problem.clone(),
        columns: plan.columns.iter().map(|column| column.column).collect(),
        values,
        scale: unit.scale(),
        parameters,
        keys,
        optimum: None,
        best_known: None,
        source: Source { renamed: options.renamed.clone(), ..source(path, Format::Csv, &layout.hash) },
    };
    let summary = Summary {
        ignored_columns: plan.ignored,
        blank_lines: layout.blank_lines,
        byte_order_mark: layout.byte_order_mark,
    };
    Ok(Imported { instances: vec![instance], summary })
}

/// The second pass: it knows the scale and the length, so each number is stored once, as it will be frozen.
fn read_values(path: &Path, plan: &Plan, unit: Unit, records: u64) -> Result<(Vec<u64>, Keys), Error> {
    let mut keys = Keys::default();
    let mut values = Vec::with_capacity(usize::try_from(records).unwrap_or(0) * plan.columns.len());
    let again = each_row(path, plan, |cells| {
        for (cell, column) in cells.iter().zip(&plan.columns) {
            values.push(match *cell {
                Cell::Number(number) if column.column.name == SIZE => unit.size(&column.header, number)?,
                Cell::Number(number) => unit.scaled(&column.header, number)?,
                Cell::Signed(number) => unit.signed(&column.header, number)?,
                Cell::Field(field) => field,
                Cell::Text(text) => u64::from(keys.intern(text)),
            });
        }
        Ok(())
    })?;
    if again != records {
        return Err(Place::file(path).rejects("the file changed while it was read"));
    }
    Ok((values, keys))
}

/// Which fields of a row are wanted, in the order of the frozen file.
struct Plan {
    columns: Vec<Planned>,
    ignored: Vec<String>,
}

struct Planned {
    column: Column,
    /// The column's name in the file.
    header: String,
    /// Its position in the file.
    at: usize,
}

impl Plan {
    fn new(path: &Path, options: &ImportOptions) -> Result<Self, Error> {
        let headers = read_headers(path)?;
        let header_of = |column: &Column| {
            options.renamed.get(column.name).cloned().unwrap_or_else(|| column.name.to_owned())
        };
        check_renamed(options)?;
        let mut columns = Vec::new();
        let has_own_arrival = options.columns.iter().any(|column| column.name == ARRIVAL.name);
        let arrival = [ARRIVAL];
        let before = if has_own_arrival { &[] } else { &arrival[..] };
        let is_optional = |column: &Column| before.contains(column) || options.optional.contains(column);
        for column in before.iter().chain(options.columns).chain(options.optional) {
            let header = header_of(column);
            match headers.iter().position(|name| *name == header) {
                Some(at) => columns.push(Planned { column: *column, header, at }),
                None if is_optional(column) && !options.renamed.contains_key(column.name) => {}
                None => return Err(missing_column(path, &header, &headers)),
            }
        }
        let is_used = |at: &usize| columns.iter().any(|column| column.at == *at);
        let ignored = (0..headers.len()).filter(|at| !is_used(at)).map(|at| headers[at].clone()).collect();
        Ok(Self { columns, ignored })
    }
}

fn check_renamed(options: &ImportOptions) -> Result<(), Error> {
    let known =
        || options.columns.iter().chain(options.optional).map(|column| column.name).chain([ARRIVAL.name]);
    match options.renamed.keys().find(|name| known().all(|column| column != name.as_str())) {
        Some(name) => {
            Err(Error::usage(format!("{} has no column `{}`", options.problem, crate::shown(name)))
                .with_hint(did_you_mean(name, known())))
        }
        None => Ok(()),
    }
}

fn reader(path: &Path) -> Result<Reader<File>, Error> {
    Ok(ReaderBuilder::new().buffer_capacity(256 * 1024).from_reader(open_regular(path)?))
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
            let line = line_at(path, 0)?;
            Err(Place::line(path, line).rejects(format!("column {} stands twice", quoted(name.as_bytes()))))
        }
        None => Ok(headers),
    }
}

fn missing_column(path: &Path, wanted: &str, headers: &[String]) -> Error {
    let listed: Vec<String> =
        headers.iter().take(LISTED_COLUMNS).map(|header| quoted(header.as_bytes())).collect();
    let more = match headers.len().saturating_sub(LISTED_COLUMNS) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let message = format!("no column `{}`; found {}{more}", crate::shown(wanted), listed.join(", "));
    let delimiter = [';', '\t', '|'].into_iter().find(|&c| headers.iter().any(|header| header.contains(c)));
    let hint = match delimiter {
        Some(c) => {
            Some(format!("fields seem to be separated by `{}`; use commas", crate::shown(&c.to_string())))
        }
        None => did_you_mean(wanted, headers.iter().map(String::as_str)),
    };
    Place::line(path, 1).rejects(message).with_hint(hint)
}

enum Cell<'a> {
    Number(Decimal),
    Signed(SignedDecimal),
    /// A field as it will be frozen.
    Field(u64),
    Text(&'a [u8]),
}

/// Reads all rows and hands the wanted cells on; returns how many there were.
fn each_row(
    path: &Path,
    plan: &Plan,
    mut on_row: impl FnMut(&[Cell<'_>]) -> Result<(), String>,
) -> Result<u64, Error> {
    let mut reader = reader(path)?;
    let (mut record, mut offset) = (ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).map_err(|error| csv_error(path, &error))? {
        parse_row(plan, &record).and_then(|cells| on_row(&cells)).map_err(|message| {
            let byte = record.position().map_or(0, csv::Position::byte);
            line_at(path, byte).map_or_else(|error| error, |line| reject(path, line, offset, &message))
        })?;
        offset += 1;
    }
    Ok(offset)
}

fn parse_row<'a>(plan: &Plan, record: &'a ByteRecord) -> Result<Vec<Cell<'a>>, String> {
    let mut cells = Vec::with_capacity(plan.columns.len());
    for Planned { column, header, at } in &plan.columns {
        // The reader refuses rows that are not as long as the header.
        let text = &record[*at];
        let cell = match column.kind {
            ColumnKind::Size => Decimal::parse(text).map(Cell::Number),
            ColumnKind::Number => parse_number(text).map(Cell::Field),
            ColumnKind::TimeMs => parse_ms(text).map(|ms| Cell::Field(ms.cast_unsigned())),
            ColumnKind::Int => SignedDecimal::parse(text).map(Cell::Signed),
            ColumnKind::Text => Ok(Cell::Text(text)),
            ColumnKind::Side => parse_side(text).map(Cell::Field),
        };
        cells.push(cell.map_err(|why| complain(header, text, &why))?);
    }
    Ok(cells)
}

fn parse_number(text: &[u8]) -> Result<u64, String> {
    let whole = Decimal::parse(text)?.whole().filter(|&number| u32::try_from(number).is_ok());
    whole.ok_or_else(|| "is not a whole number below 2^32".into())
}

fn parse_side(text: &[u8]) -> Result<u64, String> {
    let side = Side::NAMES.iter().position(|(name, _)| name.as_bytes() == text);
    side.map(|side| side as u64).ok_or_else(|| "is neither `left` nor `right`".into())
}

/// Names the record too where blank lines or newlines in values make it differ from the line.
fn reject(path: &Path, line: u64, offset: u64, message: &str) -> Error {
    let record = if line == offset + 2 { String::new() } else { format!(" (record {offset})") };
    Place::line(path, line).rejects(format!("{message}{record}"))
}

fn csv_error(path: &Path, error: &csv::Error) -> Error {
    let line = |position: &Option<csv::Position>| {
        position.as_ref().map_or(Ok(1), |position| line_at(path, position.byte()))
    };
    let result = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => line(pos).map(|line| {
            Place::line(path, line).rejects(format!("{len} fields, the header has {expected_len}"))
        }),
        csv::ErrorKind::Utf8 { pos, .. } => {
            line(pos).map(|line| Place::line(path, line).rejects("not UTF-8 text"))
        }
        _ => Ok(Place::file(path).rejects(crate::shown(&error.to_string()).to_string())),
    };
    result.unwrap_or_else(|error| error)
}
