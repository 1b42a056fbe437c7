//! Takes the rows of a source in, learns what its columns hold, and writes the rows that are kept in canonical form.

use super::csv::Row;
use super::data_file::DataFile;
use super::mask::Mask;
use super::rows::{Dialect, Piece, Shape, line_ends, unquote};
use super::sample::Sampler;
use super::{Notes, SourceForm};
use crate::error::{Error, Place};
use crate::import::{BadRows, TimeReader};
use crate::instance::MAX_RECORDS;
use crate::quoting::write_text;
use crate::rejected::Rejected;
use crate::schema::Learner;

/// Where rows go.
pub(super) struct Sink<'a> {
    pub(super) form: SourceForm,
    pub(super) learners: Vec<Learner>,
    pub(super) mask: Option<Mask>,
    pub(super) sampler: Option<Sampler>,
    pub(super) arrival: Option<Arrival>,
    pub(super) out: DataFile<'a>,
    pub(super) bad: Bad,
    pub(super) notes: Notes,
    /// Says in which line of the source each record stands and in which of the data file, where somebody wants to know.
    pub(super) lines: Option<Vec<(u64, u64)>>,
    /// The line of the data file that the next record begins in.
    next_line: u64,
    /// Columns in which a missing value makes a bad row.
    pub(super) needed: Vec<(usize, String)>,
    scratch: Vec<u8>,
}

/// The column of arrival times, which is moved to the front.
pub(super) struct Arrival {
    pub(super) at: usize,
    pub(super) times: TimeReader,
}

/// Describes what becomes of rows that can't be read, and has become of them.
#[derive(Default)]
pub(super) struct Bad {
    pub(super) rows: BadRows,
    pub(super) rejected: Vec<Rejected>,
    /// Says whether a row's text may not be kept, since values in it are masked.
    pub(super) is_secret: bool,
}

impl Bad {
    /// Leaves a row out, or fails because of it. `reason` is without the value, `message` with it.
    pub(super) fn reject(
        &mut self,
        place: Place,
        reason: String,
        message: String,
        row: &[u8],
    ) -> Result<(), Error> {
        if self.rows == BadRows::Fail {
            let message = if self.is_secret { reason } else { message };
            let hint = "'--bad-rows reject' leaves such rows out, counts them and keeps them in rejected.csv";
            return Err(place.rejects(message).with_hint(hint.to_owned()));
        }
        let end = row.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        let row = if self.is_secret { Vec::new() } else { row[..end].to_vec() };
        self.rejected.push(Rejected { line: place.line.unwrap_or(0), reason, row });
        Ok(())
    }
}

impl<'a> Sink<'a> {
    pub(super) fn new(form: SourceForm, learners: Vec<Learner>, out: DataFile<'a>) -> Self {
        Self {
            form,
            learners,
            mask: None,
            sampler: None,
            arrival: None,
            out,
            bad: Bad::default(),
            notes: Notes::default(),
            lines: None,
            next_line: 2,
            needed: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Returns whether rows that are canonical already go through as they are.
    fn is_direct(&self) -> bool {
        self.form.dialect.is_canonical()
            && !self.form.trim
            && self.mask.is_none()
            && self.sampler.is_none()
            && self.arrival.is_none()
            && self.needed.is_empty()
            && !self.form.is_json
    }

    /// Takes a row.
    pub(super) fn row(&mut self, row: &Row<'_>, place: impl Fn() -> Place) -> Result<(), Error> {
        let raw = &row.text[row.whole.clone()];
        if row.pieces.len() != self.learners.len() {
            let fields = crate::counted(row.pieces.len() as u64, "fields");
            let message = format!("{fields}, the header has {}", self.learners.len());
            return self.bad.reject(place(), message.clone(), message, raw);
        }
        if !row.is_utf8 && str::from_utf8(raw).is_err() {
            let message = "not UTF-8 text".to_owned();
            return self.bad.reject(place(), message.clone(), message, raw);
        }
        if self.out.records == MAX_RECORDS {
            return Err(place().rejects(format!("more than {MAX_RECORDS} records")));
        }
        let begun = self.out.buffer.len();
        let has_quotes = row.has_quotes && memchr::memchr(b'"', raw).is_some();
        if !has_quotes && raw.ends_with(b"\n") && !raw.ends_with(b"\r\n") && self.is_direct() {
            for (learner, piece) in self.learners.iter_mut().zip(row.pieces) {
                match &row.text[piece.start..piece.end] {
                    [] => learner.miss(),
                    value => learner.see(value, row.line),
                }
            }
            self.out.buffer.extend_from_slice(&raw[..raw.len() - 1]);
        } else if !self.odd_row(row, place)? {
            return Ok(());
        }
        if let Some(lines) = &mut self.lines {
            lines.push((row.line, self.next_line));
            self.next_line += 1 + line_ends(&self.out.buffer[begun..]);
        }
        self.out.end_row()
    }

    /// Takes a row whose fields have to be looked at one by one; returns whether it is kept.
    fn odd_row(&mut self, row: &Row<'_>, place: impl Fn() -> Place) -> Result<bool, Error> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let kept = self.odd_fields(row, place, &mut scratch);
        self.scratch = scratch;
        kept
    }

    fn odd_fields(
        &mut self,
        row: &Row<'_>,
        place: impl Fn() -> Place,
        scratch: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let form = self.form;
        let is_missing = |(at, _): &&(usize, String)| {
            let piece = row.pieces[*at];
            piece.start == piece.end && piece.shape == Shape::Plain
        };
        if let Some((_, name)) = self.needed.iter().find(is_missing) {
            let message = format!("{} is missing", crate::shown(name));
            let raw = &row.text[row.whole.clone()];
            self.bad.reject(place(), message.clone(), message, raw)?;
            return Ok(false);
        }
        if let Some(sampler) = &mut self.sampler
            && !sampler.keeps(|at, out| field(row, row.pieces[at], form, out))
        {
            return Ok(false);
        }
        if let Some(arrival) = &self.arrival {
            let piece = row.pieces[arrival.at];
            scratch.clear();
            field(row, piece, form, scratch);
            match arrival.times.parse(scratch.trim_ascii()) {
                Ok(moment) => {
                    self.notes.times.count(moment);
                    let mut digits = itoa::Buffer::new();
                    self.out.begin_row(moment.ms, digits.format(moment.ms));
                }
                Err(why) => {
                    let name = "the arrival time";
                    let message = crate::decimal::complain(name, scratch, &why.to_string());
                    let raw = &row.text[row.whole.clone()];
                    self.bad.reject(place(), format!("{name} {}", why.reason()), message, raw)?;
                    return Ok(false);
                }
            }
        }
        let mut is_first = self.arrival.is_none();
        for (at, piece) in row.pieces.iter().enumerate() {
            if self.arrival.as_ref().is_some_and(|arrival| arrival.at == at) {
                continue;
            }
            if !std::mem::take(&mut is_first) {
                self.out.buffer.push(b',');
            }
            scratch.clear();
            field(row, *piece, form, scratch);
            self.put(at, scratch, piece.shape != Shape::Plain, row.line);
        }
        Ok(true)
    }

    /// Writes a field and learns from it.
    fn put(&mut self, at: usize, value: &[u8], is_quoted: bool, line: u64) {
        let learner = &mut self.learners[at];
        if value.is_empty() && !is_quoted {
            return learner.miss();
        }
        if let Some(mask) = self.mask.as_ref().filter(|mask| mask.hides(at)) {
            let hidden = mask.hide(value);
            learner.see_text(&hidden, line);
            return self.out.buffer.extend_from_slice(&hidden);
        }
        match value {
            [] => learner.see_empty(),
            _ if is_quoted && self.form.is_json => learner.see_text(value, line),
            _ => learner.see(value, line),
        }
        if value.is_empty() {
            self.out.buffer.extend_from_slice(b"\"\"");
        } else {
            write_text(value, &mut self.out.buffer);
        }
    }
}

/// Appends a field's value to `out`.
fn field(row: &Row<'_>, piece: Piece, form: SourceForm, out: &mut Vec<u8>) {
    let SourceForm { dialect: Dialect { quote, .. }, trim, .. } = form;
    match piece.shape {
        Shape::Plain if trim => out.extend_from_slice(row.text[piece.start..piece.end].trim_ascii()),
        _ => unquote(row.text, piece, quote.unwrap_or(b'"'), out),
    }
}
