//! The open bins by the room left in them, with the fullest one that still fits an item.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Open bins, found by room; bins with equal room come out in the order in which they were opened.
pub(super) enum Shelves {
    /// A heap of bins for each room up to the capacity, and a set of the rooms that have one.
    Dense { rooms: RoomSet, bins: Vec<BinaryHeap<Reverse<u32>>> },
    /// For capacities that are too large for a table.
    Sparse(BTreeSet<(u64, u32)>),
}

impl Shelves {
    /// A table if it is small, or no larger than what `items` items take anyway.
    pub(super) fn new(capacity: u64, items: usize) -> Self {
        match usize::try_from(capacity) {
            Ok(capacity) if capacity < (items / 4).max(1 << 14) => {
                Self::Dense { rooms: RoomSet::new(capacity), bins: vec![BinaryHeap::new(); capacity + 1] }
            }
            _ => Self::Sparse(BTreeSet::new()),
        }
    }

    /// Takes out the fullest bin with room for `size`, the earliest one on ties, with its room.
    pub(super) fn take(&mut self, size: u64) -> Option<(u64, u32)> {
        match self {
            Self::Dense { rooms, bins } => {
                let room = rooms.first_from(size as usize)?;
                let Reverse(bin) = bins[room].pop().expect("a room in the set has a bin");
                if bins[room].is_empty() {
                    rooms.remove(room);
                }
                Some((room as u64, bin))
            }
            Self::Sparse(bins) => {
                let first = bins.range((size, 0)..).next().copied()?;
                bins.remove(&first);
                Some(first)
            }
        }
    }

    pub(super) fn put(&mut self, room: u64, bin: u32) {
        match self {
            Self::Dense { rooms, bins } => {
                rooms.insert(room as usize);
                bins[room as usize].push(Reverse(bin));
            }
            Self::Sparse(bins) => {
                bins.insert((room, bin));
            }
        }
    }
}

/// A set of small numbers: one bit each, and one bit for each 64 of them.
pub(super) struct RoomSet {
    low: Vec<u64>,
    high: Vec<u64>,
}

impl RoomSet {
    pub(super) fn new(largest: usize) -> Self {
        let low = largest / 64 + 1;
        Self { low: vec![0; low], high: vec![0; low / 64 + 1] }
    }

    pub(super) fn insert(&mut self, room: usize) {
        self.low[room / 64] |= 1 << (room % 64);
        self.high[room / 4096] |= 1 << (room / 64 % 64);
    }

    pub(super) fn remove(&mut self, room: usize) {
        self.low[room / 64] &= !(1 << (room % 64));
        if self.low[room / 64] == 0 {
            self.high[room / 4096] &= !(1 << (room / 64 % 64));
        }
    }

    pub(super) fn first_from(&self, room: usize) -> Option<usize> {
        first_bit_in_word(&self.low, room).or_else(|| {
            let next = room / 64 + 1;
            let word = first_bit_in_word(&self.high, next).or_else(|| {
                let rest = next / 64 + 1;
                let found = self.high.iter().skip(rest).position(|&bits| bits != 0)? + rest;
                Some(found * 64 + self.high[found].trailing_zeros() as usize)
            })?;
            Some(word * 64 + self.low[word].trailing_zeros() as usize)
        })
    }
}

/// The first set bit at or after `from`, in the word that holds `from`.
fn first_bit_in_word(words: &[u64], from: usize) -> Option<usize> {
    let bits = words.get(from / 64)? >> (from % 64);
    (bits != 0).then(|| from + bits.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn the_table_and_the_tree_agree() {
        let mut random = SplitMix64::new(3);
        for capacity in [1, 63, 64, 5000, 16_000] {
            let mut dense = Shelves::new(capacity, 0);
            assert!(matches!(dense, Shelves::Dense { .. }));
            let mut sparse = Shelves::Sparse(BTreeSet::new());
            for bin in 0..3000 {
                let room = random.uniform(0, capacity);
                dense.put(room, bin);
                sparse.put(room, bin);
                if bin % 3 != 0 {
                    let size = random.uniform(0, capacity);
                    assert_eq!(dense.take(size), sparse.take(size), "capacity {capacity}, bin {bin}");
                }
            }
        }
    }
}
