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
pub(super) struct Row<'a> {
    pub(super) text: &'a [u8],
    pub(super) pieces: &'a [Piece],
    /// The row with its line end.
    pub(super) whole: Range<usize>,
    /// The line that it begins in, counted from 1.
    pub(super) line: u64,
    /// Says whether the text around it is known to be UTF-8.
    pub(super) is_utf8: bool,
    /// Says whether there are quotes in the text around it.
    pub(super) has_quotes: bool,
}

/// Describes what was passed over while rows were read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    pub(super) blank_lines: u64,
    pub(super) byte_order_mark: bool,
}

/// Hands on each row of the source, the header too; blank lines are counted.
pub(super) fn each_row(
    source: &mut Source<'_>,
    dialect: Dialect,
    mut on_row: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<Passed, Error> {
    let mut block = Block::new();
    let mut passed = Passed::default();
    let mut pieces = Vec::new();
    let mut line = 1;
    while block.fill(source)? {
        if line == 1 && block.at == 0 && block.text().starts_with(BYTE_ORDER_MARK) {
            passed.byte_order_mark = true;
            block.at = BYTE_ORDER_MARK.len();
        }
        while block.at < block.filled {
            let text = &block.buffer[..block.filled];
            let end = match split(text, block.at, block.is_last, dialect, &mut pieces) {
                Ok(Split::Row { end }) => end,
                Ok(Split::Unfinished) => break,
                Err(fault) => return Err(explain(fault, source.path(), text, block.at, line)),
            };
            if end - block.at > MAX_FIELD_BYTES {
                check_lengths(source.path(), line, text, &pieces, end - block.at)?;
            }
            if let [Piece { start, end: until, shape: Shape::Plain }] = pieces[..]
                && start == until
            {
                passed.blank_lines += 1;
            } else {
                let whole = block.at..end;
                let (is_utf8, has_quotes) = (block.is_utf8, block.has_quotes);
                on_row(&Row { text, pieces: &pieces, whole, line, is_utf8, has_quotes })?;
            }
            line += 1;
            if block.has_quotes_of(dialect) {
                let within = pieces.iter().filter(|piece| piece.shape != Shape::Plain);
                line += within.map(|piece| line_ends(&text[piece.start..piece.end])).sum::<u64>();
            }
            block.at = end;
        }
        block.check_room(source.path(), dialect, line)?;
    }
    Ok(passed)
}

/// Holds a piece of the text, from the beginning of a row on.
struct Block {
    buffer: Vec<u8>,
    filled: usize,
    at: usize,
    is_last: bool,
    is_utf8: bool,
    has_quotes: bool,
}

impl Block {
    fn new() -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        Self { buffer, filled: 0, at: 0, is_last: false, is_utf8: true, has_quotes: false }
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
        self.is_utf8 = match str::from_utf8(self.text()) {
            Ok(_) => true,
            // A character that the end of the block cuts belongs to a row that isn't whole yet.
            Err(cut) => cut.error_len().is_none() && !self.is_last,
        };
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

    /// Refuses a row that is longer than any can be before it is read to its end.
    fn check_room(&self, path: &Path, dialect: Dialect, line: u64) -> Result<(), Error> {
        let rest = &self.text()[self.at..];
        if rest.len() <= MAX_RECORD_BYTES || self.is_last {
            return Ok(());
        }
        // The quote that never closes explains it, if there is one.
        match split(rest, 0, true, dialect, &mut Vec::new()) {
            Err(fault) => Err(explain(fault, path, rest, 0, line)),
            Ok(_) => Err(Place::line(path, line).rejects("a record longer than 8 MiB")),
        }
    }
}

fn explain(fault: Fault, path: &Path, text: &[u8], row: usize, line: u64) -> Error {
    let place = |at: usize| Place::line(path, line + line_ends(&text[row..at]));
    let hint = "a quote within a quoted value is written twice; '--quote none' takes quotes for characters as others";
    let error = match fault {
        Fault::Unclosed(at) if text.len() - at > MAX_FIELD_BYTES => {
            place(at).rejects("a value longer than 1 MiB: a quote opens here and doesn't close")
        }
        Fault::Unclosed(at) => place(at).rejects("a quote opens here and never closes"),
        Fault::TextAfterQuote(at) => place(at).rejects("text after a closing quote"),
    };
    error.with_hint(hint.to_owned())
}

fn check_lengths(path: &Path, line: u64, text: &[u8], pieces: &[Piece], length: usize) -> Result<(), Error> {
    if length > MAX_RECORD_BYTES {
        return Err(Place::line(path, line).rejects("a record longer than 8 MiB"));
    }
    match pieces.iter().find(|piece| piece.end - piece.start > MAX_FIELD_BYTES) {
        Some(piece) => {
            let line = line + line_ends(&text[pieces[0].start..piece.start]);
            Err(Place::line(path, line).rejects("a value longer than 1 MiB"))
        }
        None => Ok(()),
    }
}
