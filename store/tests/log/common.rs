//! The vector that says what a log should hold, and how to fill and read one.

use store::Durability;
use store::log::{Append, Batch, Entry, LogError, LogReader, LogSettings, Read};

/// Describes what a log should hold: time and payload of each entry, its offset being its position.
pub(crate) type Model = Vec<(i64, Vec<u8>)>;

/// Splitmix64 (Steele, Lea and Flood 2014): every seed gives a good stream.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Small segments and a fine index, so that little data has many of both.
pub(crate) fn small(durability: Durability) -> LogSettings {
    LogSettings { segment_bytes: 400, index_every: 3, durability }
}

/// Returns `count` entries: times that mostly rise, payloads of 0 to 40 bytes.
pub(crate) fn entries(chance: &mut Chance, count: usize) -> Model {
    let mut now = chance.below(1_000).cast_signed();
    let mut made = Vec::new();
    for _ in 0..count {
        now += chance.below(30).cast_signed() - 8;
        let length = chance.below(41);
        made.push((now, (0..length).map(|_| chance.next() as u8).collect()));
    }
    made
}

pub(crate) fn append(log: &mut impl Append, made: &[(i64, Vec<u8>)]) -> Result<u64, LogError> {
    let entries: Vec<Entry<'_>> =
        made.iter().map(|(time_ms, payload)| Entry { time_ms: *time_ms, payload }).collect();
    log.append(&entries)
}

/// Appends all, in appends of 1 to 9 entries.
pub(crate) fn append_in_parts(log: &mut impl Append, chance: &mut Chance, made: &[(i64, Vec<u8>)]) {
    let mut left = made;
    while !left.is_empty() {
        let (part, rest) = left.split_at((1 + chance.below(9) as usize).min(left.len()));
        append(log, part).unwrap();
        left = rest;
    }
}

/// Reads to the end, `most` at once; checks that offsets follow each other.
pub(crate) fn read_all(reader: &mut LogReader, most: usize) -> Result<Model, LogError> {
    let mut batch = Batch::new();
    let mut found = Model::new();
    let mut next = reader.position();
    loop {
        let count = reader.next(most, &mut batch)?;
        assert_eq!(count, batch.len());
        assert!(count <= most);
        if count == 0 {
            return Ok(found);
        }
        for (offset, time_ms, payload) in batch.iter() {
            assert_eq!(offset, next);
            next += 1;
            found.push((time_ms, payload.to_vec()));
        }
        assert_eq!(reader.position(), next);
    }
}

/// Returns whether a file's name ends with a dot and that.
pub(crate) fn is_of(name: &str, kind: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == kind)
}
