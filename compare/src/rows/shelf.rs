//! Packed rows, found again by their keys.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

use super::{
    batch::Batch,
    pack::{Packed, put_number, take_number},
    slots::Slots,
};

/// Keeps packed rows one behind the other, and finds them by the bytes of their keys.
///
/// Beside its bytes, a row takes two for its lengths and some twelve in the [`Slots`].
#[derive(Debug, Default)]
pub(super) struct Shelf {
    bytes: Vec<u8>,
    /// How long each row's key is, and each row, as packed numbers.
    lengths: Vec<u8>,
    slots: Slots,
    state: RandomState,
    rows: u64,
    /// Is changed by what was fetched ahead, so that it is fetched.
    fetched: u8,
}

impl Shelf {
    /// Appends a row, which can't be found before [`index`](Self::index) was called.
    #[inline]
    pub(super) fn push(&mut self, row: &[u8], key: usize) {
        put_number(key, &mut self.lengths);
        put_number(row.len(), &mut self.lengths);
        self.bytes.extend_from_slice(row);
        self.rows += 1;
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.state.hash_one(key)
    }

    /// Makes all rows findable; hands on each whose key an earlier one has: the earlier one's place, its own number, its
    /// key. Returns false as soon as `go_on` does.
    pub(super) fn index(
        &mut self,
        mut again: impl FnMut(usize, u64, &[u8]),
        go_on: &dyn Fn() -> bool,
    ) -> bool {
        let Self { bytes, lengths, slots, state, rows, .. } = self;
        *slots = Slots::for_rows(*rows);
        let mut rows = Places { lengths, place: 0, number: 0 };
        let mut block = Vec::with_capacity(BLOCK);
        loop {
            block.clear();
            block.extend(rows.by_ref().take(BLOCK).map(|row| (state.hash_one(row.key(bytes)), row)));
            if block.is_empty() {
                return true;
            }
            slots.fetch(block.iter().map(|(hash, _)| *hash), |_| {});
            for (hash, row) in &block {
                let key = row.key(bytes);
                match slots.find(*hash, |place| bytes[place..].starts_with(key)) {
                    Some(slot) => again(slots.place(slot), row.number, key),
                    None => slots.insert(*hash, row.at),
                }
            }
            if rows.number.is_multiple_of(super::ROWS_UNASKED) && !go_on() {
                return false;
            }
        }
    }

    /// Gets hold of what the rows of a batch will be held against: so many reads from memory take hardly longer than one,
    /// if they don't wait for each other.
    pub(super) fn fetch(&mut self, batch: &Batch) {
        let Self { bytes, slots, fetched, .. } = self;
        slots.fetch(batch.hashes(), |place| *fetched ^= bytes[place]);
    }

    /// Finds the row with this key, marks it as met, and returns what begins with it, and whether it had been met before.
    #[inline]
    pub(super) fn meet(&mut self, hash: u64, key: &[u8]) -> Option<(&[u8], bool)> {
        let bytes = &self.bytes;
        let slot = self.slots.find(hash, |place| bytes[place..].starts_with(key))?;
        let was_met = self.slots.mark(slot);
        Some((&bytes[self.slots.place(slot)..], was_met))
    }

    /// Appends a row that can be found at once; false if there is one with its key, which is all of it.
    pub(super) fn insert(&mut self, hash: u64, key: &[u8]) -> bool {
        let bytes = &self.bytes;
        if self.slots.find(hash, |place| bytes[place..].starts_with(key)).is_some() {
            return false;
        }
        if self.slots.is_full() {
            let Self { bytes, lengths, slots, state, rows, .. } = self;
            *slots = Slots::for_rows(2 * (*rows).max(1024));
            for row in (Places { lengths, place: 0, number: 0 }) {
                slots.insert(state.hash_one(row.key(bytes)), row.at);
            }
        }
        self.slots.insert(hash, self.bytes.len());
        self.push(key, key.len());
        true
    }

    /// Returns the rows that weren't met, in no order, each as its key and what begins with its values; a key has so many
    /// fields.
    pub(super) fn unmet(&self, fields: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.slots.unmarked().map(move |place| {
            let from = &self.bytes[place..];
            from.split_at(Packed::new(from).length(fields))
        })
    }

    /// Returns what stands behind the key of each row, in order; more bytes may follow.
    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let rows = Places { lengths: &self.lengths, place: 0, number: 0 };
        rows.map(|row| &self.bytes[row.at + row.key..])
    }

    /// Returns the number of the row that begins at a place, counted from 0.
    pub(super) fn number_at(&self, place: usize) -> u64 {
        let mut rows = Places { lengths: &self.lengths, place: 0, number: 0 };
        rows.find(|row| row.at == place).map_or(0, |row| row.number)
    }
}

/// So many rows are made findable at once.
const BLOCK: usize = 256;

/// The rows of a shelf, in order.
struct Places<'a> {
    lengths: &'a [u8],
    place: usize,
    number: u64,
}

/// Where a row stands.
struct Place {
    number: u64,
    at: usize,
    key: usize,
}

impl Place {
    fn key<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.at..self.at + self.key]
    }
}

impl Iterator for Places<'_> {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        if self.lengths.is_empty() {
            return None;
        }
        let (key, rest) = take_number(self.lengths);
        let (length, rest) = take_number(rest);
        let row = Place { number: self.number, at: self.place, key };
        self.lengths = rest;
        self.place += length;
        self.number += 1;
        Some(row)
    }
}
