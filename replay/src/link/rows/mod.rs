//! Rows that a job emits, line by line, and the table that follows from them.

mod columns;
pub(super) mod csv_row;
mod fresh;
mod retraction;
mod row;
mod settled;
#[cfg(test)]
mod tests;

use datasets::Reading;
use stream::Update;

pub(super) use self::settled::{Mark, Settled};
use self::{
    columns::{Columns, NoRow},
    fresh::Fresh,
    retraction::{Retraction, is_given},
    row::Row,
};
use super::{Emit, LinkFault, Mode};
use crate::link_error::quoted;

/// A row of CSV may go on over so many lines.
const MOST_LINES: usize = 1000;
/// A row that goes on over lines may be so long.
const MOST_BYTES: usize = 8 << 20;

/// The rows of one job.
#[derive(Debug)]
pub(super) struct EmittedRows {
    emit: Emit,
    /// `None` before the first line.
    columns: Option<Columns>,
    row: Row,
    standing: Reading,
    retraction: Retraction,
    /// Rows that nobody has served yet, where somebody serves them.
    fresh: Option<Fresh>,
    /// Lines read, the first among them.
    lines: u64,
    rows: u64,
    /// The lines of a row that goes on in the next one, and how many they are.
    open: Vec<u8>,
    open_lines: usize,
}

impl EmittedRows {
    pub(super) fn new(emit: &Emit) -> Self {
        Self {
            emit: emit.clone(),
            columns: None,
            row: Row::default(),
            standing: Reading::default(),
            retraction: Retraction::default(),
            fresh: None,
            lines: 0,
            rows: 0,
            open: Vec::new(),
            open_lines: 0,
        }
    }

    /// Keeps rows for somebody who serves them, from the first on.
    pub(super) fn keep_fresh(&mut self) {
        self.fresh = Some(Fresh::default());
    }

    /// Takes the rows that are new since this was asked last; `None` where none are kept, or before the first line.
    pub(super) fn fresh(&mut self) -> Result<Option<Update>, LinkFault> {
        let (Some(fresh), Some(columns)) = (&mut self.fresh, &self.columns) else { return Ok(None) };
        fresh.take(columns).map(Some).map_err(LinkFault::Unserved)
    }

    /// Returns how many rows there were.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns how many lines there were.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Takes the first line, which names the columns.
    pub(super) fn begin(&mut self, line: &[u8]) -> Result<(), LinkFault> {
        self.lines = 1;
        let columns = Columns::read(line, &self.emit)?;
        for (place, name) in columns.table.iter().enumerate() {
            let column = self.standing.column(name);
            debug_assert_eq!(column, place);
        }
        self.columns = Some(columns);
        Ok(())
    }

    /// Takes a line of a job that was sent `sent` records. Returns the offset of the record that made the row due, where rows
    /// have one; `None` as well where the row goes on in the next line.
    pub(super) fn take(&mut self, line: &[u8], sent: u64) -> Result<Option<u64>, LinkFault> {
        self.lines += 1;
        if self.open.is_empty() && self.open_lines == 0 {
            return self.whole(line, sent);
        }
        self.open.push(b'\n');
        self.open.extend_from_slice(line);
        self.open_lines += 1;
        if self.open_lines > MOST_LINES || self.open.len() > MOST_BYTES {
            return Err(self.bad(&self.open, format!("has quotes that aren't closed in {MOST_LINES} lines")));
        }
        // Quotes come in pairs within quotes: with an even number of them, the row can't end here.
        if memchr::memchr_iter(b'"', line).count().is_multiple_of(2) {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.open);
        self.whole(&lines, sent)
    }

    fn whole(&mut self, line: &[u8], sent: u64) -> Result<Option<u64>, LinkFault> {
        let Some(columns) = &self.columns else { return Ok(None) };
        match columns.row(line, &mut self.row) {
            Ok(()) => self.open_lines = 0,
            Err(NoRow::GoesOn) => {
                self.open_lines = self.open_lines.max(1);
                self.open = line.to_vec();
                return Ok(None);
            }
            Err(NoRow::Bad(why)) => return Err(self.bad(line, why)),
        }
        self.rows += 1;
        self.keep().and_then(|()| self.offset(sent)).map_err(|why| self.bad(line, why))
    }

    /// Does with a row as the mode says.
    fn keep(&mut self) -> Result<(), String> {
        let Some(columns) = &self.columns else { return Ok(()) };
        let width = columns.table.len();
        let Some(sign) = columns.sign else {
            for place in 0..width {
                if let Some((kind, text)) = self.row.field(place) {
                    self.standing.push(place, kind, text)?;
                }
            }
            self.standing.end_row(self.lines);
            return self.fresh.as_mut().map_or(Ok(()), |fresh| fresh.stays(&self.row, columns));
        };
        let sign = self.row.field(sign).map_or("", |(_, text)| text);
        let Some(is_given) = is_given(sign) else {
            let shown = datasets::short_name(sign);
            return Err(format!(
                "has the sign '{shown}', which is neither + nor -, +1 nor -1, true nor false"
            ));
        };
        if is_given {
            self.retraction.give(&self.row, width, self.lines);
        } else if !self.retraction.take_back(&self.row, width) {
            return Err("takes back a row that isn't there".to_owned());
        }
        if let Some(fresh) = &mut self.fresh {
            fresh.changes(&self.row, columns, is_given);
        }
        Ok(())
    }

    /// The offset of the row, which must be one of the records that were sent.
    fn offset(&self, sent: u64) -> Result<Option<u64>, String> {
        let Some(place) = self.columns.as_ref().and_then(|columns| columns.offset) else { return Ok(None) };
        let text = self.row.field(place).map_or("", |(_, text)| text);
        let digits =
            Some(text).filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(offset) = digits.and_then(|digits| digits.parse::<u64>().ok()) else {
            let shown = datasets::short_name(text);
            return Err(format!("has the offset '{shown}', which is no whole number from 0"));
        };
        if offset >= sent {
            return Err(format!("has the offset {offset}, and {sent} records have been sent"));
        }
        Ok(Some(offset))
    }

    /// The table, and which rows of it come from a line behind the mark.
    pub(super) fn finish(mut self, mark: Option<Mark>) -> Result<Settled, LinkFault> {
        if self.open_lines > 0 {
            return Err(self.bad(&self.open, "has quotes that aren't closed".to_owned()));
        }
        let retracts = matches!(self.emit.mode, Mode::Retract { .. });
        if retracts {
            std::mem::take(&mut self.retraction)
                .write_to(&mut self.standing)
                .map_err(|why| self.bad(&[], why))?;
        }
        let key = self.columns.as_ref().map_or(0, |columns| columns.key);
        settled::settle(&self.standing.finish(), key, self.emit.mode == Mode::Upsert, mark)
    }

    fn bad(&self, line: &[u8], why: String) -> LinkFault {
        LinkFault::Row { number: self.lines, line: quoted(line), why }
    }
}
