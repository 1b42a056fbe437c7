//! Reads the rows of a source that is CSV, a block at a time.

use std::ops::Range;
use std::path::Path;

use super::open::Source;
use super::rows::{Dialect, Fault, Piece, Shape, Split, line_ends, split};
use crate::error::{Error, Place};

pub(super) const MAX_FIELD_BYTES: usize = 1 << 20;
pub(super) const MAX_RECORD_BYTES: usize = 8 << 20;
const BUFFER_BYTES: usize = 256 * 1024;
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A row of a source, in the text that holds it.
pub(crate) struct Row<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) pieces: &'a [Piece],
    /// The row with its line end.
    pub(crate) whole: Range<usize>,
    /// The line that it begins in, counted from 1.
    pub(crate) line: u64,
    /// Says whether the text around it is known to be UTF-8.
    pub(crate) is_utf8: bool,
    /// Says whether there are quotes in the text around it.
    pub(super) has_quotes: bool,
}

/// Describes what was passed over while rows were read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Passed {
    pub(crate) blank_lines: u64,
    pub(crate) byte_order_mark: bool,
}

/// Says how long what is read may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Longest {
    field: usize,
    record: usize,
}

impl Longest {
    /// Bounds a record, which goes through a pipe one day.
    pub(super) const OF_RECORDS: Self = Self { field: MAX_FIELD_BYTES, record: MAX_RECORD_BYTES };
    /// Bounds a row of a table, which is only looked at.
    pub(crate) const OF_TABLES: Self = Self { field: 1 << 30, record: 1 << 30 };
}

/// Hands on each row of the source, the header too; blank lines are counted.
pub(super) fn each_row(
    source: &mut Source<'_>,
    dialect: Dialect,
    mut on_row: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<Passed, Error> {
    let mut rows = RowsOfCsv::new(dialect, Longest::OF_RECORDS);
    while let Some(row) = rows.next(source)? {
        on_row(&row)?;
    }
    Ok(rows.passed)
}

/// Reads one row after the other, the header too.
pub(crate) struct RowsOfCsv {
    dialect: Dialect,
    longest: Longest,
    block: Block,
    pieces: Vec<Piece>,
    /// The line at which the block's rest begins.
    line: u64,
    pub(crate) passed: Passed,
}

impl RowsOfCsv {
    pub(crate) fn new(dialect: Dialect, longest: Longest) -> Self {
        let (block, passed) = (Block::new(), Passed::default());
        Self { dialect, longest, block, pieces: Vec::new(), line: 1, passed }
    }

    /// Leaves it to whoever takes the rows to look whether they are UTF-8.
    pub(crate) fn unchecked(mut self) -> Self {
        self.block.is_utf8 = None;
        self
    }

    /// Returns the next row that isn't a blank line.
    pub(crate) fn next(&mut self, source: &mut Source<'_>) -> Result<Option<Row<'_>>, Error> {
        loop {
            let Some(end) = self.split(source)? else { return Ok(None) };
            let (at, line) = (self.block.at, self.line);
            self.block.at = end;
            self.line += 1 + self.lines_within();
            if self.is_blank() {
                self.passed.blank_lines += 1;
                continue;
            }
            let Block { is_utf8, has_quotes, .. } = self.block;
            let is_utf8 = is_utf8 == Some(true);
            let text = self.block.text();
            return Ok(Some(Row { text, pieces: &self.pieces, whole: at..end, line, is_utf8, has_quotes }));
        }
    }

    /// Finds the pieces of the row that comes next, and where it ends.
    fn split(&mut self, source: &mut Source<'_>) -> Result<Option<usize>, Error> {
        loop {
            let Block { at, is_last, .. } = self.block;
            let text = self.block.text();
            if at < text.len() {
                match split(text, at, is_last, self.dialect, &mut self.pieces) {
                    Ok(Split::Row { end }) => {
                        if end - at > self.longest.field {
                            self.check_lengths(source.path(), end - at)?;
                        }
                        return Ok(Some(end));
                    }
                    Ok(Split::Unfinished) => self.check_room(source.path())?,
                    Err(fault) => {
                        let rest = &text[at..];
                        return Err(explain(fault.behind(at), source.path(), rest, self.line, self.longest));
                    }
                }
            }
            if !self.block.fill(source)? {
                return Ok(None);
            }
            if self.line == 1 && self.block.at == 0 && self.block.text().starts_with(BYTE_ORDER_MARK) {
                self.passed.byte_order_mark = true;
                self.block.at = BYTE_ORDER_MARK.len();
            }
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self.pieces[..], [Piece { start, end, shape: Shape::Plain }] if start == end)
    }

    /// Returns how many line ends stand within the values of the row.
    fn lines_within(&self) -> u64 {
        if !self.block.has_quotes_of(self.dialect) {
            return 0;
        }
        let within = self.pieces.iter().filter(|piece| piece.shape != Shape::Plain);
        within.map(|piece| line_ends(&self.block.text()[piece.start..piece.end])).sum()
    }

    /// Refuses a row that is longer than any can be before it is read to its end.
    fn check_room(&self, path: &Path) -> Result<(), Error> {
        let rest = &self.block.text()[self.block.at..];
        if rest.len() <= self.longest.record || self.block.is_last {
            return Ok(());
        }
        // The quote that never closes explains it, if there is one.
        match split(rest, 0, true, self.dialect, &mut Vec::new()) {
            Err(fault) => Err(explain(fault, path, rest, self.line, self.longest)),
            Ok(_) => Err(self.too_long(path)),
        }
    }

    fn too_long(&self, path: &Path) -> Error {
        let most = self.longest.record >> 20;
        Place::line(path, self.line).rejects(format!("a record longer than {most} MiB"))
    }

    fn check_lengths(&self, path: &Path, length: usize) -> Result<(), Error> {
        if length > self.longest.record {
            return Err(self.too_long(path));
        }
        let is_long = |piece: &&Piece| piece.end - piece.start > self.longest.field;
        match self.pieces.iter().find(is_long) {
            Some(piece) => {
                let before = &self.block.text()[self.pieces[0].start..piece.start];
                let most = self.longest.field >> 20;
                Err(Place::line(path, self.line + line_ends(before))
                    .rejects(format!("a value longer than {most} MiB")))
            }
            None => Ok(()),
        }
    }
}

/// Holds a piece of the text, from the beginning of a row on.
struct Block {
    buffer: Vec<u8>,
    filled: usize,
    at: usize,
    is_last: bool,
    /// None where nobody looks.
    is_utf8: Option<bool>,
    has_quotes: bool,
}

impl Block {
    fn new() -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        Self { buffer, filled: 0, at: 0, is_last: false, is_utf8: Some(true), has_quotes: false }
    }

    fn text(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Drops the rows that were read and reads on; false at the end.
    fn fill(&mut self, source: &mut Source<'_>) -> Result<bool, Error> {
        if self.is_last {
            return Ok(false);
        }
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        // As much as there is room for, since a short read would make a short block.
        while self.filled < self.buffer.len() {
            let read = source.read(&mut self.buffer[self.filled..])?;
            self.is_last = read == 0;
            if self.is_last {
                break;
            }
            self.filled += read;
        }
        self.is_utf8 = self.is_utf8.map(|_| match str::from_utf8(self.text()) {
            Ok(_) => true,
            // A character that the end of the block cuts belongs to a row that isn't whole yet.
            Err(cut) => cut.error_len().is_none() && !self.is_last,
        });
        self.has_quotes = memchr::memchr(b'"', self.text()).is_some();
        Ok(true)
    }

    /// Returns whether a row may have fields in quotes.
    fn has_quotes_of(&self, dialect: Dialect) -> bool {
        match dialect.quote {
            Some(b'"') => self.has_quotes,
            quote => quote.is_some(),
        }
    }
}

/// `text` begins with the row, and the fault is counted from there.
fn explain(fault: Fault, path: &Path, text: &[u8], line: u64, longest: Longest) -> Error {
    let place = |at: usize| Place::line(path, line + line_ends(&text[..at]));
    let hint = "a quote within a quoted value is written twice; 'freeze --quote none' takes quotes for characters as others";
    let error = match fault {
        Fault::Unclosed(at) if text.len() - at > longest.field => {
            let most = longest.field >> 20;
            place(at).rejects(format!("a value longer than {most} MiB: a quote opens here and doesn't close"))
        }
        Fault::Unclosed(at) => place(at).rejects("a quote opens here and never closes"),
        Fault::TextAfterQuote(at) => place(at).rejects("text after a closing quote"),
    };
    error.with_hint(hint.to_owned())
}
