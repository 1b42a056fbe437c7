//! Some rows that are looked up together.

/// So many rows are looked up at once.
pub(super) const ROWS: usize = 256;
/// Or fewer, of so many bytes.
const BYTES: usize = 1 << 20;

/// Holds packed rows.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    rows: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    start: usize,
    key: usize,
}

impl Batch {
    /// Appends a row; returns whether the batch is full.
    #[inline]
    pub(super) fn push(&mut self, hash: u64, row: &[u8], key: usize) -> bool {
        self.rows.push(Entry { hash, start: self.bytes.len(), key });
        self.bytes.extend_from_slice(row);
        self.rows.len() == ROWS || self.bytes.len() >= BYTES
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.rows.iter().map(|row| row.hash)
    }

    /// Returns the rows in order: the hash of the key, the key, the rest.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, &[u8], &[u8])> {
        let ends = self.rows.iter().skip(1).map(|row| row.start).chain([self.bytes.len()]);
        self.rows.iter().zip(ends).map(|(row, end)| {
            let (key, values) = self.bytes[row.start..end].split_at(row.key);
            (row.hash, key, values)
        })
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.rows.clear();
    }
}
