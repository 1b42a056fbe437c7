//! The sparse index of a segment: where every so-manieth entry begins, and the latest time from there to the next.
//!
//! It is made from the data and serves only to find a place in them. Of a segment that takes no more entries it is
//! written beside it, so that an open need not read the segment; a file that is missing, damaged, or of another length
//! of segment is made anew.

use super::disk::Disk;
use super::frame;

const MAGIC: [u8; 8] = *b"cplogidx";
const EXTENSION: &str = ".index";
const FORMAT: u32 = 1;
/// Bytes of a mark in the file.
const MARK: usize = 24;
/// Bytes before the marks: magic, format, interval, first offset, end, length of the segment.
const HEAD: usize = 44;

/// Describes entries from `offset` on: the first begins at `byte`, and none up to the next mark is later than `latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) offset: u64,
    pub(super) byte: u64,
    pub(super) latest: i64,
}

/// The marks of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    first: u64,
    every: u64,
    marks: Vec<Mark>,
}

/// Describes the segment that an index belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) bytes: u64,
}

impl Index {
    pub(super) fn new(first: u64, every: u64) -> Index {
        Index { first, every, marks: Vec::new() }
    }

    /// Takes note of the next entry.
    pub(super) fn see(&mut self, offset: u64, byte: u64, time_ms: i64) {
        match self.marks.last_mut() {
            Some(mark) if offset - mark.offset < self.every => mark.latest = mark.latest.max(time_ms),
            _ => self.marks.push(Mark { offset, byte, latest: time_ms }),
        }
    }

    /// Returns an index that goes on where this one ends; [`Index::adopt`] takes it in.
    pub(super) fn tail(&self) -> Index {
        Index {
            marks: self.marks.last().copied().into_iter().collect(),
            ..Index::new(self.first, self.every)
        }
    }

    pub(super) fn adopt(&mut self, tail: &Index) {
        self.marks.pop();
        self.marks.extend_from_slice(&tail.marks);
    }

    /// Returns the last mark at or before an entry.
    pub(super) fn before(&self, offset: u64) -> Option<Mark> {
        let after = self.marks.partition_point(|mark| mark.offset <= offset);
        self.marks.get(after.checked_sub(1)?).copied()
    }

    /// Returns the first mark of which an entry is at or after that time.
    pub(super) fn reaching(&self, time_ms: i64) -> Option<Mark> {
        self.marks.iter().find(|mark| mark.latest >= time_ms).copied()
    }

    /// Writes its file. Without that, the next open reads the segment: no reason to refuse anything.
    pub(super) fn keep(&self, disk: &Disk, extent: Extent) {
        let bytes = self.encode(extent);
        let _ = disk.create(&index_name(extent.first)).and_then(|file| file.write_at(&bytes, 0));
    }

    /// Reads the file of a segment's index, if it is there and right.
    pub(super) fn kept(disk: &Disk, extent: Extent, every: u64) -> Option<Index> {
        let file = disk.open(&index_name(extent.first)).ok()?;
        let length = Index::file_length(extent, every);
        if file.length().ok()? != length {
            return None;
        }
        let mut bytes = vec![0; length as usize];
        let read = file.read_at(&mut bytes, 0).ok()?;
        Index::decode(&bytes[..read], extent, every)
    }

    /// Returns how long the file of such an index is.
    fn file_length(extent: Extent, every: u64) -> u64 {
        (HEAD + 4) as u64 + MARK as u64 * (extent.end - extent.first).div_ceil(every)
    }

    /// Returns the bytes of its file.
    fn encode(&self, extent: Extent) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + MARK * self.marks.len() + 4);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        for number in [self.every, extent.first, extent.end, extent.bytes] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for mark in &self.marks {
            bytes.extend_from_slice(&mark.offset.to_le_bytes());
            bytes.extend_from_slice(&mark.byte.to_le_bytes());
            bytes.extend_from_slice(&mark.latest.to_le_bytes());
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Returns the index in a file, if it is whole and of just this segment with just this interval.
    fn decode(bytes: &[u8], extent: Extent, every: u64) -> Option<Index> {
        let (said, checksum) = bytes.split_last_chunk::<4>()?;
        let (head, marks) = said.split_at_checked(HEAD)?;
        let mut expected = Index::new(extent.first, every).encode(extent);
        expected.truncate(HEAD);
        let whole = head == expected && crc32fast::hash(said) == u32::from_le_bytes(*checksum);
        if !whole || marks.len() % MARK != 0 {
            return None;
        }
        let marks = marks.chunks_exact(MARK).map(|mark| Mark {
            offset: frame::u64_at(mark, 0),
            byte: frame::u64_at(mark, 8),
            latest: frame::u64_at(mark, 16).cast_signed(),
        });
        Some(Index { first: extent.first, every, marks: marks.collect() })
    }
}

/// Returns the name of the index of the segment that begins with this offset.
fn index_name(first: u64) -> String {
    frame::segment_name(first).replace(".log", EXTENSION)
}
