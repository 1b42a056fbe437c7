//! The rows that are there, by their keys, and what is remembered of those that are gone.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use foldhash::quality::FixedState;
use hashbrown::HashMap;

use super::event::Position;

/// So many keys without a row are remembered, in about 40 bytes each.
const MOST_GONE: usize = 4 << 20;

/// A row, and how it came here.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) row: Box<[u8]>,
    /// The number of the change that brought it.
    pub(super) order: u64,
    /// The line of its last change.
    pub(super) line: u64,
    pub(super) position: Position,
    pub(super) changes: u64,
    pub(super) table: u16,
    /// How many equal rows there are, where rows have no key.
    pub(super) count: u32,
    /// Says whether the row was taken back, and the one that follows is still to come.
    pub(super) is_taken_back: bool,
}

/// So many keys without a row are remembered by name.
const NAMED_GONE: usize = 5;

/// Holds what is remembered of a key whose row is gone.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gone {
    pub(super) position: Position,
    pub(super) changes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Slots {
    rows: HashMap<Box<[u8]>, Slot, RandomState>,
    gone: HashMap<u64, Gone, FixedState>,
    /// A few keys whose rows are gone, and the lines that took them.
    named_gone: Vec<(Box<[u8]>, u64)>,
    pub(super) has_forgotten: bool,
    /// Keys that are gone and weren't remembered.
    forgotten: u64,
}

impl Slots {
    pub(super) fn get(&self, key: &[u8]) -> Option<&Slot> {
        self.rows.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<&mut Slot> {
        self.rows.get_mut(key)
    }

    pub(super) fn gone(&self, key: &[u8]) -> Option<&Gone> {
        if self.gone.is_empty() { None } else { self.gone.get(&hash(key)) }
    }

    /// Puts a row under a key that has none, which may have had one before.
    pub(super) fn insert(&mut self, key: &[u8], mut slot: Slot) {
        if !self.gone.is_empty()
            && let Some(gone) = self.gone.remove(&hash(key))
        {
            slot.changes += gone.changes;
            self.named_gone.retain(|(named, _)| **named != *key);
        }
        self.rows.insert(key.into(), slot);
    }

    /// Takes a row out; `position` and `line` are those of the change that deletes it.
    pub(super) fn remove(&mut self, key: &[u8], position: Position, line: u64) -> Option<Slot> {
        let slot = self.rows.remove(key)?;
        if self.named_gone.len() < NAMED_GONE {
            self.named_gone.push((key.into(), line));
        }
        self.bury(hash(key), Gone { position, changes: slot.changes + 1 });
        Some(slot)
    }

    fn bury(&mut self, hash: u64, gone: Gone) {
        if self.gone.len() < MOST_GONE {
            self.gone.insert(hash, gone);
        } else {
            self.has_forgotten = true;
            self.forgotten += 1;
        }
    }

    /// Takes out all rows of a table.
    pub(super) fn truncate(&mut self, table: u16, position: Position) -> u64 {
        let mut buried = Vec::new();
        self.rows.retain(|key, slot| {
            let stays = slot.table != table;
            if !stays {
                buried.push((hash(key), Gone { position, changes: slot.changes + 1 }));
            }
            stays
        });
        let rows = buried.len() as u64;
        for (hash, gone) in buried {
            self.bury(hash, gone);
        }
        rows
    }

    /// Returns a few of the keys that are gone, each with the line that took its row.
    pub(super) fn named_gone(&self) -> &[(Box<[u8]>, u64)] {
        &self.named_gone
    }

    /// Returns how many keys are gone.
    pub(super) fn transient(&self) -> u64 {
        self.gone.len() as u64 + self.forgotten
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns all rows, in the order in which they came.
    pub(super) fn into_rows(self) -> Vec<Slot> {
        let mut rows: Vec<Slot> = self.rows.into_values().collect();
        rows.sort_unstable_by_key(|slot| slot.order);
        rows
    }
}

fn hash(key: &[u8]) -> u64 {
    FixedState::default().hash_one(key)
}
