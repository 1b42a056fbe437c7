//! So many times the traffic: copies of a dataset's records, each with a key that no record has.

mod keys;
mod naming;

use std::io;
use std::sync::Arc;

use crate::canonical::{Decoded, Fault};
use crate::column::{ARRIVAL, Column};
use crate::error::Error;
use crate::frozen::Frozen;
use crate::generic::{Dialect, Piece, Shape, Split, split, unquote};
use crate::keys::Keys;
use crate::manifest::header_of;
use crate::quoting::write_text;
use crate::record::Record;

use self::keys::{Renamed, key_columns};

/// The most times that each record may be fed. A thousand times the traffic of a day is that of three years.
const MOST_TIMES: u32 = 1000;

/// Says how the copies of a dataset's records are made: how often each record is fed, once as it stands and else as a copy,
/// and what the keys of copies are called.
///
/// No text of a copy is held anywhere: it is made when a copy is written.
#[derive(Debug)]
pub(crate) struct Copies {
    times: u32,
    /// The dataset's first column is that of arrival times, which a record's line doesn't have.
    is_timed: bool,
    /// In the order of the columns.
    keys: Vec<Renamed>,
}

impl Copies {
    /// Looks at all keys of the dataset.
    fn of(frozen: &Frozen, times: u32) -> Result<Self, Error> {
        let columns = key_columns(&frozen.manifest)?;
        let is_timed = is_timed(&frozen.manifest.columns);
        let namings = naming::namings(frozen, &columns, usize::from(is_timed), times)?;
        let renamed = columns.into_iter().zip(namings);
        let keys = renamed.map(|(column, naming)| Renamed { column, naming }).collect();
        Ok(Self { times, is_timed, keys })
    }

    /// Appends the row with the keys of its copy with this number; `row` has no end, and begins with an arrival time if
    /// `is_whole` and the dataset has such times.
    fn write_row(&self, row: &[u8], is_whole: bool, copy: u32, out: &mut Vec<u8>) {
        let before = usize::from(is_whole && self.is_timed);
        if memchr::memchr(b'"', row).is_none() {
            return self.write_plain_row(row, before, copy, out);
        }
        let mut pieces = Vec::with_capacity(16);
        let Ok(Split::Row { .. }) = split(row, 0, true, Dialect::default(), &mut pieces) else {
            // Whoever read the dataset has looked at its rows.
            return out.extend_from_slice(row);
        };
        let (mut from, mut old, mut new) = (0, Vec::new(), Vec::new());
        for renamed in &self.keys {
            let Some(&piece) = pieces.get(renamed.column.at + before) else { continue };
            let (start, end) = outside(piece);
            out.extend_from_slice(&row[from..start]);
            old.clear();
            unquote(row, piece, b'"', &mut old);
            new.clear();
            renamed.write(&old, piece.shape != Shape::Plain, copy, &mut new);
            write_text(&new, out);
            from = end;
        }
        out.extend_from_slice(&row[from..]);
    }

    /// Does the same with a row without quotes, for which no key is looked at twice: what is put behind one needs none either.
    fn write_plain_row(&self, row: &[u8], before: usize, copy: u32, out: &mut Vec<u8>) {
        let (mut from, mut field, mut start) = (0, 0, 0);
        for renamed in &self.keys {
            let behind =
                |start: usize| memchr::memchr(b',', &row[start..]).map_or(row.len(), |at| start + at);
            while field < renamed.column.at + before {
                start = (behind(start) + 1).min(row.len());
                field += 1;
            }
            let end = behind(start);
            out.extend_from_slice(&row[from..start]);
            renamed.write(&row[start..end], false, copy, out);
            from = end;
        }
        out.extend_from_slice(&row[from..]);
    }

    /// Appends the line of the copy with this number.
    pub(crate) fn write_line(&self, line: &[u8], copy: u32, out: &mut Vec<u8>) {
        self.write_row(line, false, copy, out);
    }

    /// Returns what the record at `offset` is called, where it is a copy: `copy 2 of record 17`.
    pub(crate) fn name(&self, offset: u64) -> Option<String> {
        let (record, copy) = self.origin(offset);
        (copy > 0).then(|| format!("copy {copy} of record {record}"))
    }

    /// Returns of which record the one at `offset` is a copy, and which of its copies; 0 for the record itself.
    fn origin(&self, offset: u64) -> (u64, u64) {
        let times = u64::from(self.times);
        (offset / times, offset % times)
    }
}

/// Where a field begins and ends with its quotes.
fn outside(piece: Piece) -> (usize, usize) {
    match piece.shape {
        Shape::Plain => (piece.start, piece.end),
        Shape::Quoted | Shape::Doubled | Shape::Escaped(_) => (piece.start - 1, piece.end + 1),
    }
}

/// Tells whether arrival times stand before the lines. A dataset of arrival times alone has lines of one column.
pub(crate) fn is_timed(columns: &[String]) -> bool {
    columns.len() > 1 && columns[0] == ARRIVAL.name
}

/// Gives the keys of one copy: what a [`Record`] with its texts among a dataset's [`Keys`] is copied with.
pub struct CopyKeys<'a> {
    copies: &'a Copies,
    keys: &'a mut Keys,
    copy: u32,
    text: Vec<u8>,
}

impl CopyKeys<'_> {
    /// Returns the number of the copy's text in this column, where the record has the text with the number `text`.
    pub fn of(&mut self, column: &Column, text: u32) -> u32 {
        let Some(own) = self.copies.keys.iter().find(|own| own.column.name == column.name) else {
            return text;
        };
        self.text.clear();
        own.write(self.keys.get(text), true, self.copy, &mut self.text);
        self.keys.intern(&self.text)
    }

    /// Returns which of a record's copies it is, from 1.
    pub(crate) fn copy(&self) -> u32 {
        self.copy
    }
}

impl Frozen {
    /// Returns the dataset with each record `times` times: once as it stands, and right behind it, at the same times and with
    /// the same values, copies with keys that no other record has. Offsets are those among all of them. The data file is read
    /// for the keys in use.
    ///
    /// # Errors
    ///
    /// If it is 0 or too often, if the dataset has no key, or if no key can be made that isn't in use.
    pub fn amplified(mut self, times: u32) -> Result<Self, Error> {
        let refuse = |why: String, hint: &str| Err(refused(times, &why).with_hint(Some(hint.to_owned())));
        if times == 0 {
            return refuse("every record is fed at least once".to_owned(), "1 is the dataset as it stands");
        }
        if times > MOST_TIMES {
            return refuse(
                format!("{MOST_TIMES} times at most"),
                "generate or freeze a dataset with more records",
            );
        }
        self.copies = None;
        if times == 1 {
            return Ok(self);
        }
        let records = self.manifest.records;
        if records.checked_mul(times.into()).is_none_or(|all| all >= u64::from(u32::MAX)) {
            return refuse(
                format!("{records} records would become 2^32 or more, and all of them are numbered"),
                "take fewer times",
            );
        }
        self.copies = Some(Arc::new(Copies::of(&self, times)?));
        Ok(self)
    }

    /// Says how often each record is fed.
    pub fn times(&self) -> u32 {
        self.copies.as_ref().map_or(1, |copies| copies.times)
    }

    /// Says how many records there are, copies among them.
    pub fn records(&self) -> u64 {
        self.manifest.records.saturating_mul(self.times().into())
    }

    /// Returns what the record at `offset` is called, where it is a copy: `copy 2 of record 17`.
    pub fn copy_name(&self, offset: u64) -> Option<String> {
        self.copies.as_ref().and_then(|copies| copies.name(offset))
    }

    /// Returns of which record in the data file the one at `offset` is, or is a copy.
    pub(crate) fn original(&self, offset: u64) -> u64 {
        self.copies.as_ref().map_or(offset, |copies| copies.origin(offset).0)
    }

    /// Writes what the data file would hold with all copies in it.
    ///
    /// # Errors
    ///
    /// If the data file isn't what was frozen, which may be known only at its end, or if nothing can be written.
    pub fn write_amplified(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", header_of(&self.manifest.columns))?;
        let (mut rows, mut failed) = (Vec::new(), None);
        let read = self.each_block(|block| {
            rows.clear();
            let decoded = each_row(block, |row, _| {
                rows.extend_from_slice(row);
                rows.push(b'\n');
                for copy in 1..self.times() {
                    if let Some(copies) = &self.copies {
                        copies.write_row(row, true, copy, &mut rows);
                        rows.push(b'\n');
                    }
                }
            })?;
            match out.write_all(&rows) {
                Ok(()) => Ok(decoded),
                Err(error) => {
                    failed = Some(error);
                    Err(Fault { row: 0, message: "nobody reads it".to_owned() })
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => read.map_err(io::Error::other),
        }
    }

    /// Puts the copies of the records from `from` on behind each of them.
    pub(crate) fn copy_records<R: Record>(
        &self,
        records: &mut Vec<R>,
        from: usize,
        keys: &mut Keys,
    ) -> Result<(), Error> {
        let Some(copies) = &self.copies else { return Ok(()) };
        for record in records.split_off(from) {
            records.push(record);
            for copy in 1..copies.times {
                let mut keys = CopyKeys { copies, keys: &mut *keys, copy, text: Vec::new() };
                let copied = record.copied(&mut keys).ok_or_else(|| {
                    refused(copies.times, "records of this problem can't be given new keys")
                        .with_hint(Some("leave it out".to_owned()))
                })?;
                records.push(copied);
            }
        }
        Ok(())
    }

    /// Puts the arrival times of copies behind those of the records from `from` on.
    pub(crate) fn copy_arrivals(&self, arrivals: &mut Vec<i64>, from: usize) {
        if self.times() > 1 {
            let times = self.times() as usize;
            let each = arrivals.split_off(from).into_iter();
            arrivals.extend(each.flat_map(|arrival| std::iter::repeat_n(arrival, times)));
        }
    }
}

fn refused(times: u32, why: &str) -> Error {
    Error::usage(format!("amplify = {times}: {why}"))
}

/// Hands on each whole row of a block without its end, and where its fields stand in it.
fn each_row(block: &[u8], mut on_row: impl FnMut(&[u8], &[Piece])) -> Result<Decoded, Fault> {
    let (mut at, mut rows, mut pieces) = (0, 0, Vec::new());
    while at < block.len() {
        match split(&block[at..], 0, false, Dialect::default(), &mut pieces) {
            Ok(Split::Row { end }) => {
                on_row(&block[at..at + end - 1], &pieces);
                at += end;
                rows += 1;
            }
            Ok(Split::Unfinished) => break,
            Err(_) => {
                return Err(Fault { row: rows, message: "text stands behind a closing quote".to_owned() });
            }
        }
    }
    Ok(Decoded { rows, end: at })
}
