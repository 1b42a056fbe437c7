//! Bad rows: an error, or left out, counted and kept.

use std::io::{BufReader, Bytes, Read as _};
use std::path::Path;
use std::str::FromStr;

use super::line_count::LineCount;
use crate::decimal::complain;
use crate::error::{Error, Place};
use crate::files::{Input, InputReader};
use crate::rejected::Rejected;

/// Describes what becomes of a row that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadRows {
    /// The first one is an error.
    #[default]
    Fail,
    /// They are left out, counted, and kept beside the dataset. All rows bad is an error still.
    Reject,
}

impl BadRows {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::Fail, Self::Reject];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Reject => "reject",
        }
    }
}

impl FromStr for BadRows {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|way| way.name() == name).ok_or_else(|| {
            Error::usage(format!("bad rows can't be `{}`", crate::shown(name)))
                .with_hint("bad rows either `fail` or `reject`".to_owned())
        })
    }
}

/// Why a row can't be taken.
#[derive(Debug)]
pub(super) struct BadRow {
    /// With the value, for an error.
    message: String,
    /// Without it, to be counted.
    reason: String,
    hint: Option<&'static str>,
    fault: Fault,
}

/// Whose fault a bad row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its own: it may be left out.
    Row,
    /// That of a unit which other rows ask for: left out would be the largest numbers.
    Unit,
}

impl BadRow {
    /// A fault of the row as a whole.
    pub(super) fn whole(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { message: reason.clone(), reason, hint: None, fault: Fault::Row }
    }

    /// A fault of one field.
    pub(super) fn field(column: &str, text: &[u8], why: &str) -> Self {
        let message = complain(column, text, why);
        Self { message, reason: format!("{} {why}", crate::shown(column)), hint: None, fault: Fault::Row }
    }

    /// With another reason to be counted by, which begins with the column.
    pub(super) fn counted_as(self, column: &str, why: &str) -> Self {
        Self { reason: format!("{} {why}", crate::shown(column)), ..self }
    }

    pub(super) fn with_message(self, message: String) -> Self {
        Self { message, ..self }
    }

    /// The fault of the unit, not of the row.
    pub(super) fn of_unit(self) -> Self {
        let hint =
            Some("name a coarser unit, such as '--unit 0.001': numbers are rounded to it, and counted");
        Self { fault: Fault::Unit, hint, ..self }
    }

    pub(super) fn fault(&self) -> Fault {
        self.fault
    }

    /// Adds to the message.
    pub(super) fn adding(self, more: &str) -> Self {
        Self { message: self.message + more, ..self }
    }

    pub(super) fn with_hint(self, hint: Option<&'static str>) -> Self {
        Self { hint, ..self }
    }

    /// The error about it. Names the record too where blank lines or newlines in values make it differ from the line.
    pub(super) fn error(self, path: &Path, line: u64, offset: Option<u64>) -> Error {
        let record = match offset {
            Some(offset) if line != offset + 2 => format!(" (record {offset})"),
            Some(_) | None => String::new(),
        };
        let error = Place::line(path, line).rejects(format!("{}{record}", self.message));
        error.with_hint(self.hint.map(str::to_owned))
    }

    pub(super) fn rejected(self, line: u64, row: Vec<u8>) -> Rejected {
        Rejected { line, reason: self.reason, row }
    }
}

/// Finds the lines of rows of which only the bytes are known.
///
/// The csv crate's own line numbers miss carriage returns, and its rows begin before skipped blank lines. The file is
/// read again, but only once, so rows must be asked for in order, and only as far as there is something to report.
pub(super) struct Finder<'a> {
    path: &'a Path,
    bytes: Bytes<BufReader<InputReader<'a>>>,
    at: u64,
    lines: LineCount,
}

impl<'a> Finder<'a> {
    pub(super) fn open(input: Input<'a>) -> Result<Self, Error> {
        let bytes = BufReader::new(input.open()?).bytes();
        Ok(Self { path: input.path, bytes, at: 0, lines: LineCount::default() })
    }

    /// The first line, and the text without line ends around it, of the row between two bytes.
    pub(super) fn find(&mut self, start: u64, end: u64) -> Result<(u64, Vec<u8>), Error> {
        let mut row = Vec::new();
        let mut line = None;
        while self.at < end {
            let Some(byte) = self.bytes.next() else { break };
            let byte = byte.map_err(Error::unreadable(self.path))?;
            let is_line_end = matches!(byte, b'\r' | b'\n');
            if self.at >= start && (line.is_some() || !is_line_end) {
                line.get_or_insert(self.lines.line);
                row.push(byte);
            }
            self.lines.count(byte);
            self.at += 1;
        }
        let end = row.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        row.truncate(end);
        Ok((line.unwrap_or(self.lines.line), row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_known_by_name() {
        for way in BadRows::ALL {
            assert_eq!(way.name().parse::<BadRows>().expect("its own name"), way);
        }
        let error = "drop".parse::<BadRows>().expect_err("never silently");
        assert_eq!(error.to_string(), "bad rows can't be `drop`");
    }

    #[test]
    fn rows_are_found_in_order() {
        let scratch = tempfile::tempdir().expect("a folder");
        let path = scratch.path().join("x.csv");
        std::fs::write(&path, "a\r\n\r\nb\r\"c\nd\"\nlast").expect("a write");
        let meter = crate::Meter::default();
        let mut finder = Finder::open(Input { path: &path, go: &|| true, meter: &meter }).expect("a file");
        for (start, end, line, row) in [(3, 7, 3, "b"), (7, 13, 4, "\"c\nd\""), (13, 18, 6, "last")] {
            assert_eq!(finder.find(start, end).expect("readable"), (line, row.as_bytes().to_vec()));
        }
    }
}
