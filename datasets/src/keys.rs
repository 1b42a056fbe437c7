//! Text is stored once: records carry numbers, and a dictionary says what they stand for.

mod short;

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use self::short::ShortTexts;

pub(crate) use self::short::Short;
use crate::copies::Copies;

/// The texts of a dataset's keys and ids, numbered from 0 in the order in which they were first seen.
///
/// Where records are [lines](crate::Line), the lines themselves are here, too.
///
/// The hash is seeded at random, so that no file can choose texts that collide; the numbers don't depend on it.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// All texts, one behind the other.
    bytes: Vec<u8>,
    /// Where each ends in `bytes`.
    ends: Vec<usize>,
    /// The numbers of texts that a [`Short`] can hold.
    short: ShortTexts,
    /// The numbers of all others.
    index: HashTable<u32>,
    hash: RandomState,
    /// All rows of the file, where records are lines; as large as the file, so that a clone must not copy them.
    lines: Arc<Vec<u8>>,
    /// How copies of records are made, where there are any.
    copies: Option<Arc<Copies>>,
}

impl Keys {
    /// None yet, for records that are copied so.
    pub(crate) fn of_copies(copies: Option<Arc<Copies>>) -> Self {
        Self { copies, ..Self::default() }
    }

    /// Returns what the record at `offset` is called, where it is a copy: `copy 2 of record 17`.
    pub fn copy_name(&self, offset: u64) -> Option<String> {
        self.copies.as_ref().and_then(|copies| copies.name(offset))
    }

    /// Returns how copies of records are made.
    pub(crate) fn copies(&self) -> Option<&Copies> {
        self.copies.as_deref()
    }

    /// The number of `text`, a new one if it wasn't known.
    ///
    /// # Panics
    ///
    /// With more than 2³² different texts.
    pub fn intern(&mut self, text: &[u8]) -> u32 {
        match Short::of(text) {
            Some(short) => self.find(short).unwrap_or_else(|| {
                let number = self.append(text);
                self.short.insert(short, number, &self.hash);
                number
            }),
            None => self.intern_long(text),
        }
    }

    /// The number of a short text, if it is known.
    #[inline]
    pub(crate) fn find(&self, text: Short) -> Option<u32> {
        self.short.find(text, &self.hash)
    }

    /// Returns the number of `text`, if it is known.
    pub fn number(&self, text: &[u8]) -> Option<u32> {
        if let Some(short) = Short::of(text) {
            return self.find(short);
        }
        let is_it = |&number: &u32| slice(&self.bytes, &self.ends, number) == text;
        self.index.find(self.hash.hash_one(text), is_it).copied()
    }

    fn intern_long(&mut self, text: &[u8]) -> u32 {
        let hash = self.hash.hash_one(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(&number) = self.index.find(hash, |&number| slice(bytes, ends, number) == text) {
            return number;
        }
        let number = self.append(text);
        let (bytes, ends, state) = (&self.bytes, &self.ends, &self.hash);
        self.index.insert_unique(hash, number, |&number| state.hash_one(slice(bytes, ends, number)));
        number
    }

    fn append(&mut self, text: &[u8]) -> u32 {
        let number = u32::try_from(self.ends.len()).expect("a dataset has at most 2^32 records");
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        number
    }

    /// The text with this number.
    pub fn get(&self, number: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, number)
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the rows of the file with their ends, where records are lines.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// Makes room for rows of so many bytes.
    pub(crate) fn reserve_lines(&mut self, bytes: usize) {
        Arc::make_mut(&mut self.lines).reserve_exact(bytes);
    }

    /// Appends rows with their ends.
    pub(crate) fn push_lines(&mut self, rows: &[u8]) {
        Arc::make_mut(&mut self.lines).extend_from_slice(rows);
    }

    /// For each number its place in the order of the texts' bytes.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.get(a).cmp(self.get(b)));
        let mut ranks = vec![0; order.len()];
        for (rank, &number) in order.iter().enumerate() {
            ranks[number as usize] = rank as u32;
        }
        ranks
    }
}

/// Compares texts under their numbers, and lines.
impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.ends == other.ends && self.lines == other.lines
    }
}

impl Eq for Keys {}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &bytes[start..ends[number]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let mut keys = Keys::default();
        let numbers: Vec<u32> = ["b", "", "a", "b", ""].map(|text| keys.intern(text.as_bytes())).into();
        assert_eq!(numbers, [0, 1, 2, 0, 1]);
        assert_eq!((keys.get(0), keys.get(1), keys.len()), (&b"b"[..], &b""[..], 3));
        assert_eq!(keys.ranks(), [2, 0, 1]);
    }

    #[test]
    fn many_texts_are_all_found_again() {
        for suffix in ["", "-and-something-long", ",", "\n"] {
            let mut keys = Keys::default();
            for pass in 0..2 {
                for i in 0..10_000_u32 {
                    let text = format!("{i}{suffix}");
                    assert_eq!(keys.number(text.as_bytes()), (pass == 1).then_some(i), "pass {pass}");
                    assert_eq!(keys.intern(text.as_bytes()), i, "pass {pass}");
                    assert_eq!(keys.get(i), text.as_bytes());
                }
            }
            assert_eq!(keys.len(), 10_000);
        }
    }

    #[test]
    fn a_clone_copies_no_line() {
        let mut keys = Keys::default();
        keys.push_lines(b"a,1\n");
        assert!(Arc::ptr_eq(&keys.lines, &keys.clone().lines));
    }

    #[test]
    fn texts_that_differ_in_zeros_only_are_different() {
        let mut keys = Keys::default();
        for length in 0..20 {
            assert_eq!(keys.intern(&vec![0; length]), length as u32);
        }
        assert_eq!(keys.intern(&[0; 7]), 7);
    }
}
