//! Packed rows, found again by their keys.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

use super::{
    batch::{Batch, Block, LOOKED_UP, PackedRow},
    pack::{Packed, put_number, take_number},
    slots::Slots,
};

/// Few rows have fewer bytes.
const ROW_BYTES: usize = 24;

/// Keeps packed rows one behind the other, and finds them by the bytes of their keys.
///
/// Beside its bytes, a row takes two for its lengths and some twelve to 24 in the [`Slots`].
#[derive(Debug)]
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
    /// Returns an empty shelf; `state` makes the hashes by which rows are looked up.
    pub(super) fn new(state: RandomState) -> Self {
        let (bytes, lengths) = (Vec::new(), Vec::new());
        Self { bytes, lengths, slots: Slots::default(), state, rows: 0, fetched: 0 }
    }

    /// Appends the rows of a batch; hands on each whose key an earlier one has: the earlier one's place, its own number, its
    /// key. Returns false as soon as `go_on` does.
    pub(super) fn push_all(
        &mut self,
        batch: &Batch,
        mut again: impl FnMut(usize, u64, &[u8]),
        go_on: &dyn Fn() -> bool,
    ) -> bool {
        let mut place = self.bytes.len();
        self.bytes.extend_from_slice(batch.bytes());
        for block in batch.blocks() {
            if !self.make_room(block.len(), batch.expected, go_on) {
                return false;
            }
            self.slots.fetch(block.hashes(), |_| {});
            for PackedRow { hash, key, values } in block.rows() {
                match self.slots.find(hash, |place| self.bytes[place..].starts_with(key)) {
                    Some(slot) => again(self.slots.place(slot), self.rows, key),
                    None => self.slots.insert(hash, place),
                }
                place += key.len() + values.len();
                self.push_lengths(key.len(), key.len() + values.len());
            }
        }
        true
    }

    #[inline]
    fn push_lengths(&mut self, key: usize, row: usize) {
        put_number(key, &mut self.lengths);
        put_number(row, &mut self.lengths);
        self.rows += 1;
    }

    /// Makes room for so many rows more, or for as many as are expected in all. Returns false as soon as `go_on` does.
    pub(super) fn make_room(&mut self, rows: usize, expected: usize, go_on: &dyn Fn() -> bool) -> bool {
        if self.slots.has_room(rows) {
            return true;
        }
        let Self { bytes, lengths, slots, state, .. } = self;
        *slots = slots.grown(rows, expected);
        let mut rows = Places { lengths, place: 0, number: 0 };
        let mut block = Vec::with_capacity(LOOKED_UP);
        loop {
            block.clear();
            block.extend(rows.by_ref().take(LOOKED_UP).map(|row| (state.hash_one(row.key(bytes)), row.at)));
            if block.is_empty() {
                return true;
            }
            slots.fetch(block.iter().map(|(hash, _)| *hash), |_| {});
            for (hash, at) in &block {
                slots.insert(*hash, *at);
            }
            if rows.number.is_multiple_of(super::ROWS_UNASKED) && !go_on() {
                return false;
            }
        }
    }

    /// Gets hold of what some rows will be held against: so many reads from memory take hardly longer than one,
    /// if they don't wait for each other.
    pub(super) fn fetch(&mut self, rows: Block<'_>) {
        let Self { bytes, slots, fetched, .. } = self;
        slots.fetch(rows.hashes(), |place| {
            // A row may go on in the next line of the cache.
            *fetched ^= bytes[place] ^ bytes.get(place + ROW_BYTES).copied().unwrap_or_default();
        });
    }

    /// Finds the row with this key, marks it as met, and returns what begins with it, and whether it had been met before.
    #[inline]
    pub(super) fn meet(&mut self, hash: u64, key: &[u8]) -> Option<(&[u8], bool)> {
        let bytes = &self.bytes;
        let slot = self.slots.find(hash, |place| bytes[place..].starts_with(key))?;
        let was_met = self.slots.mark(slot);
        Some((&bytes[self.slots.place(slot)..], was_met))
    }

    /// Appends a row, for which there is [room](Self::make_room); false if there is one with its key, which is all of it.
    pub(super) fn insert(&mut self, hash: u64, key: &[u8]) -> bool {
        let bytes = &self.bytes;
        if self.slots.find(hash, |place| bytes[place..].starts_with(key)).is_some() {
            return false;
        }
        self.slots.insert(hash, self.bytes.len());
        self.bytes.extend_from_slice(key);
        self.push_lengths(key.len(), key.len());
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
