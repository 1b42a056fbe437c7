//! Rows that are kept, and held against others.

use super::{
    DUPLICATES, ROWS_UNASKED,
    batch::{Batch, PackedRow},
    between::Between,
    found::{Duplicate, RowsError, RowsFound, Which},
    pack::Packed,
    plan::Plan,
    samples::glances,
    shelf::Shelf,
    tally::Tally,
};
use crate::{Glance, number};

/// Two tables while they are compared.
pub(super) struct Finding<'a> {
    shelf: Shelf,
    /// The keys of the right table only.
    extra_keys: Shelf,
    tally: Tally<'a>,
    /// Rows of the left table with the key of an earlier one: where that stands, its own number, the key.
    twice: Vec<(usize, u64, Vec<Glance>)>,
    rows_twice: u64,
    /// How many rows of the right table were taken.
    met: u64,
    again: Vec<Duplicate>,
    rows_again: u64,
}

impl<'a> Finding<'a> {
    /// Both shelves go by the same hashes, which come with the rows.
    pub(super) fn new(tally: Tally<'a>, shelf: Shelf, extra_keys: Shelf) -> Self {
        let (twice, again) = (Vec::new(), Vec::new());
        Self { shelf, extra_keys, tally, twice, rows_twice: 0, met: 0, again, rows_again: 0 }
    }

    /// Keeps rows of the left table, or holds rows of the right one against them.
    pub(super) fn take(
        &mut self,
        which: Which,
        batch: &Batch,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), RowsError> {
        let goes_on = match which {
            Which::Left => self.keep(batch, go_on),
            Which::Right => self.meet(batch, go_on),
        };
        if goes_on { Ok(()) } else { Err(datasets::Error::Interrupted.into()) }
    }

    fn keep(&mut self, batch: &Batch, go_on: &dyn Fn() -> bool) -> bool {
        let Self { shelf, tally, twice, rows_twice, .. } = self;
        let again = |first, number, key: &[u8]| {
            *rows_twice += 1;
            if twice.len() < DUPLICATES {
                twice.push((first, number, glances(key, tally.how.chars)));
            }
        };
        shelf.push_all(batch, again, go_on)
    }

    /// Says that there are no more rows of the left table.
    pub(super) fn end_left(&mut self) -> Result<(), RowsError> {
        if self.rows_twice == 0 {
            return Ok(());
        }
        let example =
            |(first, row, key)| Duplicate { key, row: row + 1, first: Some(self.shelf.number_at(first) + 1) };
        let examples = std::mem::take(&mut self.twice).into_iter().map(example).collect();
        Err(RowsError::Duplicates { which: Which::Left, rows: self.rows_twice, examples })
    }

    fn meet(&mut self, batch: &Batch, go_on: &dyn Fn() -> bool) -> bool {
        batch.blocks().all(|block| {
            let goes_on = self.extra_keys.make_room(block.len(), 0, go_on);
            self.shelf.fetch(block);
            block.rows().for_each(|row| self.meet_row(row));
            goes_on
        })
    }

    #[inline]
    fn meet_row(&mut self, PackedRow { hash, key, values }: PackedRow<'_>) {
        self.met += 1;
        match self.shelf.meet(hash, key) {
            Some((known, false)) => self.tally.take_pair(key, &known[key.len()..], values),
            None if self.extra_keys.insert(hash, key) => self.tally.take_extra(key, values),
            Some((_, true)) | None => {
                self.rows_again += 1;
                if self.again.len() < DUPLICATES {
                    let key = glances(key, self.tally.how.chars);
                    self.again.push(Duplicate { key, row: self.met, first: None });
                }
            }
        }
    }

    /// Takes what wasn't met; a key has so many fields.
    pub(super) fn take_missing(&mut self, fields: usize, go_on: &dyn Fn() -> bool) -> Result<(), RowsError> {
        for (at, (key, values)) in (0..).zip(self.shelf.unmet(fields)) {
            if u64::is_multiple_of(at, ROWS_UNASKED) && !go_on() {
                return Err(datasets::Error::Interrupted.into());
            }
            self.tally.take_missing(key, values);
        }
        Ok(())
    }

    pub(super) fn finish(self, plan: &Plan) -> Result<(RowsFound, Between), RowsError> {
        if self.rows_again > 0 {
            let Self { again: examples, rows_again: rows, .. } = self;
            return Err(RowsError::Duplicates { which: Which::Right, rows, examples });
        }
        let holds_numbers = |column| {
            let mut fields =
                self.shelf.values().filter_map(|values| Packed::new(values).nth(column)?.number());
            fields.any(number::is_number)
        };
        self.tally.finish(plan, holds_numbers)
    }
}
