//! A record of which nothing is known but its line: what a job outside is sent needs no type of its own here.

use crate::canonical::{Decoded, Fault, signed};
use std::borrow::Cow;

use crate::column::Column;
use crate::copies::{CopyKeys, is_timed};
use crate::decode::{Decode, Layout};
use crate::keys::Keys;
use crate::manifest::header_of;
use crate::record::Record;
use crate::shown::quoted;

/// Refers to a row of a data file as it stands there, without its end and without its arrival time: to its place among the
/// lines that the dataset's [`Keys`] hold.
///
/// Whatever columns a dataset has, its rows can be read as lines. Nothing of a line is parsed but where it ends, so all of
/// the file is held in memory for as long as its keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The first byte's place among the lines.
    start: u64,
    /// Bytes.
    length: u32,
    /// Which copy of that row is meant; 0 for the row itself.
    copy: u32,
}

impl Line {
    /// Returns the bytes of its row, of a copy those of the row that it is a copy of; `keys` are those that it was loaded
    /// with. A text with line ends in it is in quotes.
    ///
    /// # Panics
    ///
    /// With the keys of another dataset.
    pub fn text(self, keys: &Keys) -> &[u8] {
        let start = self.start as usize;
        &keys.lines()[start..start + self.length as usize]
    }

    /// Returns its bytes; those of a copy with its own keys.
    pub fn written(self, keys: &Keys) -> Cow<'_, [u8]> {
        if self.copy == 0 {
            return Cow::Borrowed(self.text(keys));
        }
        let mut text = Vec::with_capacity(self.length as usize + 16);
        self.write(keys, &mut text);
        Cow::Owned(text)
    }

    /// Appends its bytes to `out`: a line for a job outside.
    pub fn write(&self, keys: &Keys, out: &mut Vec<u8>) {
        let row = self.text(keys);
        match keys.copies().filter(|_| self.copy > 0) {
            Some(copies) => copies.write_line(row, self.copy, out),
            None => out.extend_from_slice(row),
        }
    }
}

impl Record for Line {
    /// A line has no value to sort by: *ascending* is the order of the file, *descending* is that backwards.
    fn sort_key(&self) -> u64 {
        self.start
    }

    fn lines<'a>(records: &[Self], keys: &'a Keys) -> Option<&'a [u8]> {
        let (first, last) = (records.first()?, records.last()?);
        if records.iter().any(|record| record.copy > 0) {
            return None;
        }
        let follows = |pair: &[Self]| pair[1].start == pair[0].start + u64::from(pair[0].length) + 1;
        let end = last.start as usize + last.length as usize + 1;
        records.windows(2).all(follows).then(|| &keys.lines()[first.start as usize..end])
    }

    fn copied(self, keys: &mut CopyKeys<'_>) -> Option<Self> {
        Some(Self { copy: keys.copy(), ..self })
    }
}

impl Decode for Line {
    const KEEPS_LINES: bool = true;
    const DECLARED: [&'static [Column]; 2] = [&[], &[]];

    fn layout(columns: &[String]) -> Result<Layout, String> {
        Ok(Layout { is_timed: is_timed(columns), has_optional: false })
    }

    fn header(columns: &[String]) -> String {
        header_of(&columns[usize::from(is_timed(columns))..])
    }

    fn decode(
        layout: Layout,
        block: &[u8],
        keys: &mut Keys,
        mut on_record: impl FnMut(i64, Self),
    ) -> Result<Decoded, Fault> {
        let (base, mut at, mut rows) = (keys.lines().len(), 0, 0);
        let mut take = |end: usize| {
            let whole = &block[at..end];
            let (arrival, skipped) = if layout.is_timed { arrival(whole, rows)? } else { (0, 0) };
            let length = u32::try_from(whole.len() - skipped).expect("a scan refuses longer lines");
            on_record(arrival, Self { start: (base + at + skipped) as u64, length, copy: 0 });
            at = end + 1;
            rows += 1;
            Ok(())
        };
        if memchr::memchr(b'"', block).is_none() {
            memchr::memchr_iter(b'\n', block).try_for_each(&mut take)?;
        } else {
            row_ends(block).try_for_each(&mut take)?;
        }
        keys.push_lines(&block[..at]);
        Ok(Decoded { rows, end: at })
    }
}

/// Returns where rows end: at the line ends outside of quotes.
fn row_ends(block: &[u8]) -> impl Iterator<Item = usize> {
    let mut is_quoted = false;
    memchr::memchr2_iter(b'"', b'\n', block).filter(move |&at| {
        is_quoted ^= block[at] == b'"';
        block[at] == b'\n' && !is_quoted
    })
}

/// Returns the arrival time that a row begins with, and how many bytes it takes with its comma.
fn arrival(whole: &[u8], row: u64) -> Result<(i64, usize), Fault> {
    let mut at = 0;
    match signed(whole, &mut at) {
        Some(time) if whole.get(at) == Some(&b',') => Ok((time.cast_signed(), at + 1)),
        _ => Err(Fault { row, message: format!("{} doesn't begin with an arrival time", quoted(whole)) }),
    }
}
