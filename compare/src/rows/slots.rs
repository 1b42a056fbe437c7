//! Where rows are, by the hashes of their keys.

/// A row's place takes so many bits of its slot: enough for a terabyte.
const PLACE_BITS: u32 = 40;
/// The place and one, so that a slot that is 0 is free.
const PLACE: u64 = (1 << PLACE_BITS) - 1;
/// No table is smaller.
const LEAST: usize = 1 << 10;
/// A guess may be wrong, so a table grows to so many times its rows at most.
const MOST_GROWTH: usize = 32;
const MARK: u64 = 1 << 63;
const TAG: u64 = !(PLACE | MARK);

/// A hash table with one slot of eight bytes a row: some bits of the hash, so that hardly a row is looked at in vain, and
/// the row's place.
///
/// Slots are looked at one behind the other from where the hash points, so a row costs one read from memory, where a
/// table for all purposes needs two.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<u64>,
    used: usize,
}

impl Slots {
    /// Returns whether there is room for so many rows more; two of three slots are used at most.
    pub(super) fn has_room(&self, rows: usize) -> bool {
        let used = self.used + rows;
        used + used / 2 < self.slots.len()
    }

    /// Returns free slots for as many rows as these hold, and so many more; for as many as are expected, if that may be.
    pub(super) fn grown(&self, rows: usize, expected: usize) -> Self {
        let used = self.used + rows;
        let used = expected.clamp(used, MOST_GROWTH * used);
        let slots = (used + used / 2 + 1).next_power_of_two().max(LEAST);
        Self { slots: vec![0; slots], used: 0 }
    }

    /// Returns the slot of the row with this hash at whose place `is_it` finds what is looked for.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            if slot & TAG == tag(hash) && is_it(place(slot)) {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// Takes a free slot for a row.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, place: usize) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = tag(hash) | (place as u64 + 1);
        self.used += 1;
    }

    /// Marks a slot; returns whether it was marked.
    #[inline]
    pub(super) fn mark(&mut self, slot: usize) -> bool {
        let was = self.slots[slot] & MARK != 0;
        self.slots[slot] |= MARK;
        was
    }

    #[inline]
    pub(super) fn place(&self, slot: usize) -> usize {
        place(self.slots[slot])
    }

    /// Reads the slots to which hashes point, and hands on the places of rows that seem to be theirs.
    #[inline]
    pub(super) fn fetch(&self, hashes: impl Iterator<Item = u64>, mut seems: impl FnMut(usize)) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let mut heads = [0; super::batch::LOOKED_UP];
        let mut count = 0;
        for (head, hash) in heads.iter_mut().zip(hashes) {
            let slot = self.slots[hash as usize & mask];
            *head = if slot & TAG == tag(hash) { slot } else { 0 };
            count += 1;
        }
        heads[..count].iter().filter(|slot| **slot != 0).for_each(|slot| seems(place(*slot)));
    }

    /// Returns the places of rows that aren't marked, in no order.
    pub(super) fn unmarked(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().filter(|slot| **slot != 0 && **slot & MARK == 0).map(|slot| place(*slot))
    }
}

/// The lowest bits of a hash point to the slot, those on top stand in it.
#[inline]
fn tag(hash: u64) -> u64 {
    hash >> 1 & TAG
}

#[inline]
fn place(slot: u64) -> usize {
    ((slot & PLACE) - 1) as usize
}
