//! Holds the rows that stand, each as the line that gave it.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use replay::link::RowMessages;

use super::Give;

/// Holds the rows that stand by their keys, and gives lines of what changes.
///
/// Each takes one piece of memory, in which its key stands before its line: what makes this slow is memory that isn't near.
pub(super) struct Standing {
    rows: HashTable<Row>,
    hasher: RandomState,
    /// Begins each line: `{"…":"+",`.
    begin: Vec<u8>,
    /// A row that is being made.
    new: Vec<u8>,
}

struct Row {
    /// Its key, then its line.
    bytes: Vec<u8>,
    /// How long the key is.
    key: usize,
}

impl Row {
    fn key(&self) -> &[u8] {
        &self.bytes[..self.key]
    }

    fn line(&self) -> &[u8] {
        &self.bytes[self.key..]
    }
}

impl Standing {
    /// Holds none yet.
    pub(super) fn new(rows: RowMessages) -> Self {
        let name = rows.sign().unwrap_or_default();
        let begin = format!("{{\"{name}\":\"+\",").into_bytes();
        Self { rows: HashTable::new(), hasher: RandomState::default(), begin, new: Vec::new() }
    }

    /// Returns whether a row of this key stands.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        self.rows.find(self.hasher.hash_one(key), |row| row.key() == key).is_some()
    }

    /// A row stands from now on in the place of the one that stood. It is an object with some fields before its own, each with
    /// a comma behind it.
    pub(super) fn stands(
        &mut self,
        key: &[u8],
        [before, row]: [&str; 2],
        give: &mut Give<'_>,
    ) -> Result<(), String> {
        let Some(rest) = row.trim().strip_prefix('{') else { return Err("is no JSON object".to_owned()) };
        self.new.clear();
        for part in [key, &self.begin, before.as_bytes()] {
            self.new.extend_from_slice(part);
        }
        if rest.trim_start().starts_with('}') {
            self.new.pop();
        }
        self.new.extend_from_slice(rest.as_bytes());
        let hash = self.hasher.hash_one(key);
        if let Some(row) = self.rows.find_mut(hash, |row| row.key() == key) {
            take_back(row, self.begin.len(), give)?;
            // The memory of the row that goes is that of the next one.
            std::mem::swap(&mut row.bytes, &mut self.new);
            return give(row.line());
        }
        let row = Row { bytes: self.new.as_slice().into(), key: key.len() };
        give(row.line())?;
        self.rows.insert_unique(hash, row, |row| self.hasher.hash_one(row.key()));
        Ok(())
    }

    /// Takes back the row that stands; whether there was one.
    pub(super) fn goes(&mut self, key: &[u8], give: &mut Give<'_>) -> Result<bool, String> {
        let found = self.rows.find_entry(self.hasher.hash_one(key), |row| row.key() == key);
        let Ok(found) = found else { return Ok(false) };
        let (mut row, _) = found.remove();
        take_back(&mut row, self.begin.len(), give)?;
        Ok(true)
    }
}

/// Gives the line that takes a row back: its own with the other sign, which stands before a quotation mark and a comma.
fn take_back(row: &mut Row, begin: usize, give: &mut Give<'_>) -> Result<(), String> {
    row.bytes[row.key + begin - 3] = b'-';
    give(row.line())
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
