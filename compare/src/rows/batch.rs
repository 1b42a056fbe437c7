//! Some packed rows, which go from hand to hand together.

/// So many rows go together.
const ROWS: usize = 2048;
/// Or fewer, of so many bytes.
const BYTES: usize = 256 << 10;
/// A batch that grew beyond this for one long row doesn't keep the room.
const MOST_BYTES: usize = 4 * BYTES;
/// So many rows are looked up at once.
pub(super) const LOOKED_UP: usize = 256;

/// Holds packed rows.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    rows: Vec<Entry>,
    /// So many rows their table seems to have; 0 where nobody knows.
    pub(super) expected: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    start: usize,
    key: usize,
    end: usize,
}

/// A row of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedRow<'a> {
    /// The key's hash.
    pub(super) hash: u64,
    pub(super) key: &'a [u8],
    /// All that isn't the key's.
    pub(super) values: &'a [u8],
}

/// Some rows of a batch, which are looked up at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    bytes: &'a [u8],
    rows: &'a [Entry],
}

impl Batch {
    /// Appends a row: `pack` appends its bytes to those that are there, and returns how many of them are the key's.
    #[inline]
    pub(super) fn push<E>(
        &mut self,
        pack: impl FnOnce(&mut Vec<u8>) -> Result<usize, E>,
        hash: impl FnOnce(&[u8]) -> u64,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        let key = pack(&mut self.bytes)?;
        let hash = hash(&self.bytes[start..start + key]);
        self.rows.push(Entry { hash, start, key, end: self.bytes.len() });
        Ok(())
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.bytes.len() >= BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns whether it holds so much that there should be no other beside it.
    pub(super) fn is_huge(&self) -> bool {
        self.bytes.len() > MOST_BYTES
    }

    /// Returns the bytes of all rows, one behind the other.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.rows.chunks(LOOKED_UP).map(|rows| Block { bytes: &self.bytes, rows })
    }

    pub(super) fn clear(&mut self) {
        if self.bytes.capacity() > MOST_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.rows.clear();
        self.expected = 0;
    }
}

impl<'a> Block<'a> {
    pub(super) fn len(self) -> usize {
        self.rows.len()
    }

    pub(super) fn hashes(self) -> impl Iterator<Item = u64> {
        self.rows.iter().map(|row| row.hash)
    }

    pub(super) fn rows(self) -> impl Iterator<Item = PackedRow<'a>> {
        self.rows.iter().map(move |row| {
            let (key, values) = self.bytes[row.start..row.end].split_at(row.key);
            PackedRow { hash: row.hash, key, values }
        })
    }
}
