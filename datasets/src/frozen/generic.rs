//! Checks the rows of a generic dataset: their canonical form, and each value against the description of its column.

use std::ops::Range;

use crate::canonical::{Decoded, Fault};
use crate::generic::{Dialect, Piece, Shape, Split, split, unquote};
use crate::quoting::needs_quotes;
use crate::schema::{Checker, FieldSchema};
use crate::shown::quoted;

/// Hears of the values of a row, none where one is missing.
pub(crate) type OnRow<'a> = &'a mut dyn FnMut(&[Option<&[u8]>]);

/// Checks rows, a block at a time.
pub(super) struct RowChecker<'a> {
    fields: &'a [FieldSchema],
    checkers: Vec<Checker<'a>>,
    pieces: Vec<Piece>,
    /// The values of the row at hand, one after another, and where each stands; none where one is missing.
    values: Vec<u8>,
    places: Vec<Option<Range<usize>>>,
}

impl<'a> RowChecker<'a> {
    pub(super) fn new(fields: &'a [FieldSchema]) -> Self {
        let checkers = fields.iter().map(Checker::new).collect();
        Self { fields, checkers, pieces: Vec::new(), values: Vec::new(), places: Vec::new() }
    }

    /// Checks whole rows and hands on their values; a row that the block holds only a part of is left for the next.
    pub(super) fn check(&mut self, block: &[u8], mut on_row: Option<OnRow<'_>>) -> Result<Decoded, Fault> {
        let (mut at, mut rows) = (0, 0);
        while at < block.len() {
            let fault = |message: String| Fault { row: rows, message };
            match split(block, at, false, Dialect::default(), &mut self.pieces) {
                Ok(Split::Row { end }) => {
                    self.check_row(block, at..end).map_err(fault)?;
                    if let Some(on_row) = &mut on_row {
                        let value =
                            |place: &Option<Range<usize>>| place.clone().map(|place| &self.values[place]);
                        on_row(&self.places.iter().map(value).collect::<Vec<_>>());
                    }
                    at = end;
                    rows += 1;
                }
                Ok(Split::Unfinished) => break,
                Err(_) => return Err(fault("text stands behind a closing quote".to_owned())),
            }
        }
        Ok(Decoded { rows, end: at })
    }

    fn check_row(&mut self, block: &[u8], row: Range<usize>) -> Result<(), String> {
        let whole = &block[row];
        if self.pieces.len() != self.checkers.len() {
            return Err(format!("{} fields, the header has {}", self.pieces.len(), self.checkers.len()));
        }
        if str::from_utf8(whole).is_err() {
            return Err("not UTF-8 text".to_owned());
        }
        self.values.clear();
        self.places.clear();
        for ((piece, checker), field) in self.pieces.iter().zip(&mut self.checkers).zip(self.fields) {
            let start = self.values.len();
            unquote(block, *piece, b'"', &mut self.values);
            let value = &self.values[start..];
            let is_quoted = piece.shape != Shape::Plain;
            if is_quoted != (needs_quotes(value) || is_quoted && value.is_empty()) {
                let name = quoted(field.name.as_bytes());
                return Err(format!("column {name}: {} isn't quoted as it must be", quoted(value)));
            }
            let is_there = checker.check(value, is_quoted)?;
            self.places.push(is_there.then_some(start..self.values.len()));
        }
        if block.get(self.pieces[self.pieces.len() - 1].end) == Some(&b'\r') || whole.ends_with(b"\r\n") {
            return Err("the line ends with a carriage return".to_owned());
        }
        Ok(())
    }

    /// Says whether as many values are missing as the manifest has it; the error is a message.
    pub(super) fn finish(self) -> Result<(), String> {
        self.checkers.into_iter().try_for_each(Checker::finish)
    }
}
