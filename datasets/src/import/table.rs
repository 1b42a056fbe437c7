//! CSV files: two passes over the rows, since the unit of a number is known only when all have been seen.

use std::borrow::Cow;

use csv::ByteRecord;

use super::gathered::{Gathered, check_sortable};
use super::layout;
use super::plan::{Plan, Planned, csv_error, reader};
use super::reject::{BadRow, BadRows, Fault, Finder};
use super::time::{Moment, TimeReader};
use super::unit::{Misfit, Unit};
use super::{Format, Given, ImportOptions, Imported, file_stem, source};
use crate::column::{Column, ColumnKind, Side};
use crate::decimal::{Decimal, SignedDecimal, has_more_decimals, written_out};
use crate::error::{Error, Place};
use crate::files::Input;
use crate::instance::SIZE;
use crate::schema::NumberForm;
use crate::source::Source;
use crate::value::CAPACITY;

pub(super) fn import(input: Input<'_>, options: &ImportOptions, given: Given) -> Result<Imported, Error> {
    let path = input.path;
    let layout = layout::check(input, options.bad_rows)?;
    let table = Table {
        input,
        plan: Plan::new(input, options)?,
        times: TimeReader::new(options.time_unit, options.time_zone.as_deref())?
            .with(options.date_form, options.fold),
        numbers: options.numbers,
        bad_rows: options.bad_rows,
        trim: options.trim,
        rounds_to: None,
    };
    let columns: Vec<Column> = table.plan.columns.iter().map(|column| column.column).collect();
    check_sortable(&columns, options)?;
    let named = options.unit.as_deref().map(|text| Unit::named(text, given.capacity)).transpose();
    let unit = named.map_err(Error::usage)?.unwrap_or_else(|| Unit::new(given.capacity));
    let table = Table { rounds_to: unit.rounds_to(), ..table };
    let (unit, finest, rows) = table.find_unit(unit)?;
    if rows == 0 && !options.records_only {
        return Err(Place::file(path).rejects("a header and no records"));
    }
    let capacity = unit.capacity().map_err(Error::usage)?;
    let gathered = table.gather(columns, unit, finest.as_ref(), rows)?;
    let mut parameters = given.others;
    parameters.extend(capacity.map(|value| (CAPACITY.to_owned(), value.into())));
    let source = Source {
        renamed: options.renamed.clone(),
        constants: options.constants.clone(),
        unit: options.unit.clone(),
        rounded: (gathered.rounded > 0).then_some(gathered.rounded),
        ..source(path, Format::Csv, &layout.hash)
    };
    let (mut instance, mut summary) = gathered.finish(path, options, parameters, source)?;
    instance.name = options.name.clone().unwrap_or_else(|| file_stem(path));
    instance.scale = unit.scale();
    summary.ignored_columns = table.plan.ignored;
    summary.blank_lines = layout.blank_lines;
    summary.byte_order_mark = layout.byte_order_mark;
    Ok(Imported { instances: vec![instance], summary })
}

/// A file and how it is to be read.
struct Table<'a> {
    input: Input<'a>,
    plan: Plan,
    times: TimeReader,
    numbers: NumberForm,
    bad_rows: BadRows,
    trim: bool,
    /// The decimals that numbers are rounded to, where the user wants that.
    rounds_to: Option<u32>,
}

/// The number that asks for the finest unit, and where it stands.
struct Finest {
    what: String,
    stand: Stand,
}

/// A wanted field of a row, understood. A text stays in the row.
#[derive(Clone, Copy)]
enum Cell {
    Number(Decimal),
    Signed(SignedDecimal),
    Time(Moment),
    /// A field as it will be frozen.
    Field(u64),
    Text,
}

/// Where a row stands: between two bytes of the file, after `offset` others.
#[derive(Clone, Copy)]
struct Stand {
    start: u64,
    end: u64,
    offset: u64,
}

impl Table<'_> {
    /// The first pass: the smallest unit that makes all numbers whole, which row asks for it, and how many rows there
    /// are, good and bad. A unit that the user names stays what it is.
    fn find_unit(&self, mut unit: Unit) -> Result<(Unit, Option<Finest>, u64), Error> {
        let mut finest = None;
        let include = |_: &ByteRecord, cells: &[Cell], stand: Stand| {
            for (cell, planned) in cells.iter().zip(&self.plan.columns) {
                let number = match cell {
                    Cell::Number(number) => SignedDecimal::from(*number),
                    Cell::Signed(number) => *number,
                    Cell::Time(_) | Cell::Field(_) | Cell::Text => continue,
                };
                if self.rounds_to.is_none() && unit.include(number.magnitude()) {
                    finest = Some((planned, number, stand));
                }
            }
            Ok(())
        };
        let rows = self.each_row(include, |bad, stand| match (self.bad_rows, bad.fault()) {
            (BadRows::Fail, _) | (_, Fault::Unit) => Err(self.error(bad, stand)),
            (BadRows::Reject, Fault::Row) => Ok(()),
        })?;
        let finest = finest.map(|(planned, number, stand)| Finest {
            what: format!("{} {number}", crate::shown(&planned.header)),
            stand,
        });
        Ok((unit, finest, rows))
    }

    /// The second pass: each number is stored once, as it will be frozen.
    fn gather(
        &self,
        columns: Vec<Column>,
        unit: Unit,
        finest: Option<&Finest>,
        rows: u64,
    ) -> Result<Gathered, Error> {
        let mut gathered = Gathered::new(columns, rows);
        let mut rejected = Vec::new();
        let mut finder = Finder::open(self.input)?;
        let again = self.each_row(
            |record, cells, _| self.store(&mut gathered, unit, record, cells),
            |bad, stand| match (self.bad_rows, bad.fault()) {
                (_, Fault::Unit) => Err(self.unit_error(bad, stand, finest)),
                (BadRows::Fail, Fault::Row) => Err(self.error(bad, stand)),
                (BadRows::Reject, Fault::Row) => {
                    let (line, row) = finder.find(stand.start, stand.end)?;
                    rejected.push(bad.rejected(line, row));
                    Ok(())
                }
            },
        )?;
        if again != rows {
            return Err(Place::file(self.input.path).rejects("the file changed while it was read"));
        }
        gathered.rejected = rejected;
        Ok(gathered)
    }

    /// A number that fits no more in the unit that another number, or the capacity, asks for: both are named.
    fn unit_error(&self, bad: BadRow, stand: Stand, finest: Option<&Finest>) -> Error {
        let Some(Finest { what, stand: at }) = finest else {
            return self.error(bad.adding(", as the capacity asks for"), stand);
        };
        let found = Finder::open(self.input).and_then(|mut finder| finder.find(at.start, at.end));
        match found {
            Ok((line, _)) => self.error(bad.adding(&format!(", as {what} in line {line} asks for")), stand),
            Err(error) => error,
        }
    }

    /// Adds a row, or nothing: a text is given its number only when all else is good.
    fn store(
        &self,
        gathered: &mut Gathered,
        unit: Unit,
        record: &ByteRecord,
        cells: &[Cell],
    ) -> Result<(), BadRow> {
        let start = gathered.values.len();
        for (cell, planned) in cells.iter().zip(&self.plan.columns) {
            match in_unit(*cell, planned, unit) {
                Ok(value) => gathered.values.push(value),
                Err(bad) => {
                    gathered.values.truncate(start);
                    return Err(bad);
                }
            }
        }
        for ((value, cell), planned) in gathered.values[start..].iter_mut().zip(cells).zip(&self.plan.columns)
        {
            match cell {
                Cell::Text => *value = u64::from(gathered.keys.intern(&planned.at.text(record))),
                Cell::Time(moment) => gathered.times.count(*moment),
                Cell::Number(_) | Cell::Signed(_) => {
                    let text = planned.at.text(record);
                    let plain = self.plain_number(planned, &text)?;
                    let rounds = |decimals| has_more_decimals(&plain, decimals);
                    gathered.rounded += u64::from(self.rounds_to.is_some_and(rounds));
                }
                Cell::Field(_) => {}
            }
        }
        Ok(())
    }

    /// Reads all rows, and hands each on as good or bad; returns how many there were.
    fn each_row(
        &self,
        mut on_good: impl FnMut(&ByteRecord, &[Cell], Stand) -> Result<(), BadRow>,
        mut on_bad: impl FnMut(BadRow, Stand) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let mut reader = reader(self.input, self.trim)?;
        let mut record = ByteRecord::new();
        let mut cells = Vec::with_capacity(self.plan.columns.len());
        let mut offset = 0;
        // The time before, for each column of times.
        let mut before = vec![None; self.plan.columns.len()];
        while reader.read_byte_record(&mut record).map_err(|error| csv_error(self.input.path, &error))? {
            let start = record.position().map_or(0, csv::Position::byte);
            let stand = Stand { start, end: reader.position().byte(), offset };
            let parsed = self.parse(&record, &before, &mut cells);
            if let Err(bad) = parsed.and_then(|()| on_good(&record, &cells, stand)) {
                on_bad(bad, stand)?;
            } else {
                remember(&cells, &mut before);
            }
            offset += 1;
        }
        Ok(offset)
    }

    fn parse(
        &self,
        record: &ByteRecord,
        before: &[Option<i64>],
        cells: &mut Vec<Cell>,
    ) -> Result<(), BadRow> {
        if record.len() != self.plan.fields {
            let fields = crate::counted(record.len() as u64, "fields");
            let message = format!("{fields}, the header has {}", self.plan.fields);
            return Err(BadRow::whole(message));
        }
        // Where the first bad row fails, the layout has seen to that.
        if self.bad_rows == BadRows::Reject && record.iter().any(|field| str::from_utf8(field).is_err()) {
            return Err(BadRow::whole("not UTF-8 text"));
        }
        cells.clear();
        for (planned, before) in self.plan.columns.iter().zip(before) {
            cells.push(self.parse_cell(planned, &planned.at.text(record), *before)?);
        }
        Ok(())
    }

    fn parse_cell(&self, planned: &Planned, text: &[u8], before: Option<i64>) -> Result<Cell, BadRow> {
        let written = text;
        let number = self.plain_number(planned, text)?;
        let text = number.as_ref();
        let cell = match planned.column.kind {
            ColumnKind::Size => match self.rounds_to {
                None => Decimal::parse(text),
                Some(decimals) => Decimal::parse_rounded(text, decimals),
            }
            .map(Cell::Number),
            ColumnKind::Number => parse_number(text).map(Cell::Field),
            ColumnKind::Int => match self.rounds_to {
                None => SignedDecimal::parse(text),
                Some(decimals) => SignedDecimal::parse_rounded(text, decimals),
            }
            .map(Cell::Signed),
            ColumnKind::Side => parse_side(text).map(Cell::Field),
            ColumnKind::Text => Ok(Cell::Text),
            ColumnKind::TimeMs => {
                return self.times.parse_after(text, before).map(Cell::Time).map_err(|why| {
                    let bad = BadRow::field(&planned.header, text, &why.to_string());
                    bad.counted_as(&planned.header, &why.reason()).with_hint(why.hint())
                });
            }
        };
        cell.map_err(|why| {
            let bad = BadRow::field(&planned.header, written, &why);
            // What reads once it is rounded has too many digits for any exact unit, which isn't the row's fault either.
            let has_too_many_digits = match planned.column.kind {
                ColumnKind::Size => Decimal::parse_rounded(text, 0).is_ok(),
                ColumnKind::Int => {
                    SignedDecimal::parse_rounded(text, 0).is_ok_and(|it| it.scaled(0).is_some())
                }
                ColumnKind::Number | ColumnKind::Side | ColumnKind::Text | ColumnKind::TimeMs => false,
            };
            if has_too_many_digits { bad.of_unit() } else { bad }
        })
    }

    /// Returns a number as it would be without separators and written out; another value as it is.
    fn plain_number<'t>(&self, planned: &Planned, text: &'t [u8]) -> Result<Cow<'t, [u8]>, BadRow> {
        match planned.column.kind {
            ColumnKind::Size | ColumnKind::Int | ColumnKind::Number => {}
            ColumnKind::Side | ColumnKind::Text | ColumnKind::TimeMs => return Ok(Cow::Borrowed(text)),
        }
        if self.numbers.is_plain() {
            return Ok(written_out(text));
        }
        let form = || format!("is not a number in the form {}", self.numbers.name());
        let plain = self.numbers.plain(text).ok_or_else(|| BadRow::field(&planned.header, text, &form()))?;
        Ok(Cow::Owned(written_out(&plain).into_owned()))
    }

    fn error(&self, bad: BadRow, stand: Stand) -> Error {
        let found = Finder::open(self.input).and_then(|mut finder| finder.find(stand.start, stand.end));
        found.map_or_else(|error| error, |(line, _)| bad.error(self.input.path, line, Some(stand.offset)))
    }
}

/// Remembers the times of a row for the next.
fn remember(cells: &[Cell], before: &mut [Option<i64>]) {
    for (cell, before) in cells.iter().zip(before) {
        if let Cell::Time(moment) = cell {
            *before = Some(moment.ms);
        }
    }
}

/// A cell as it will be frozen; a text is 0 until it has its number.
fn in_unit(cell: Cell, planned: &Planned, unit: Unit) -> Result<u64, BadRow> {
    let header = crate::shown(&planned.header);
    match cell {
        Cell::Number(number) => {
            let has_limit = planned.column.name == SIZE;
            let value = if has_limit { unit.size(number) } else { unit.scaled(number) };
            value.map_err(|misfit| too_large(&header, &number, misfit))
        }
        Cell::Signed(number) => unit.signed(number).map_err(|misfit| too_large(&header, &number, misfit)),
        Cell::Time(moment) => Ok(moment.ms.cast_unsigned()),
        Cell::Field(field) => Ok(field),
        Cell::Text => Ok(0),
    }
}

fn too_large(header: &impl std::fmt::Display, number: &impl std::fmt::Display, misfit: Misfit) -> BadRow {
    let bad =
        |why: &str| BadRow::whole(format!("{header} {why}")).with_message(format!("{header} {number} {why}"));
    match misfit {
        Misfit::Own(why) => bad(&why),
        Misfit::Unit(why) => bad(&why).of_unit(),
    }
}

fn parse_number(text: &[u8]) -> Result<u64, String> {
    let whole = Decimal::parse(text)?.whole().filter(|&number| u32::try_from(number).is_ok());
    whole.ok_or_else(|| "is not a whole number below 2^32".into())
}

fn parse_side(text: &[u8]) -> Result<u64, String> {
    let side = Side::NAMES.iter().position(|(name, _)| name.as_bytes() == text);
    side.map(|side| side as u64).ok_or_else(|| "is neither `left` nor `right`".into())
}
