//! The keys of one window or pane, each with its values added up.

use serde::{Deserialize, Serialize};

use super::{aggregate::Aggregate, key_index::KeyIndex};

/// A table that is this many times too large for what it held is not worth keeping for the next window.
const WASTE: usize = 8;

/// Aggregates by key number, in the order in which keys came: the frequent ones come early and lie close together.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyTable {
    entries: Vec<Entry>,
    index: KeyIndex,
    /// Says how many entries, the first, were saved: before the first save none, so nothing is listed.
    saved: usize,
    /// Positions of those of them that have changed since.
    changed: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) aggregate: Aggregate,
    pub(super) key: u32,
    /// Its row was changed since rows were emitted last; kept for the output mode that asks.
    pub(super) is_changed: bool,
    /// It stands in the table's list of those that have changed since they were saved.
    #[serde(skip)]
    is_listed: bool,
}

impl KeyTable {
    /// Adds a value; the key's entry, and whether it is new.
    #[inline]
    pub(super) fn add(&mut self, key: u32, value: i64) -> (&mut Entry, bool) {
        match self.index.find(key) {
            Some(at) => {
                let entry = &mut self.entries[at];
                entry.aggregate.add(value);
                if at < self.saved && !entry.is_listed {
                    entry.is_listed = true;
                    self.changed.push(at as u32);
                }
                (entry, false)
            }
            None => (self.insert(key, Aggregate::of(value)), true),
        }
    }

    /// Adds another's aggregate of this key.
    pub(super) fn merge(&mut self, key: u32, aggregate: &Aggregate) {
        match self.index.find(key) {
            Some(at) => self.entries[at].aggregate.merge(aggregate),
            None => {
                self.insert(key, *aggregate);
            }
        }
    }

    fn insert(&mut self, key: u32, aggregate: Aggregate) -> &mut Entry {
        self.index.push(key, self.entries.iter().map(|entry| entry.key));
        self.entries.push(Entry { aggregate, key, is_changed: false, is_listed: false });
        self.entries.last_mut().expect("one was just pushed")
    }

    /// A key's entry, if the key came.
    pub(super) fn get(&self, key: u32) -> Option<&Entry> {
        self.index.find(key).map(|at| &self.entries[at])
    }

    /// A key's entry, if the key came, to be changed.
    pub(super) fn get_mut(&mut self, key: u32) -> Option<&mut Entry> {
        let at = self.index.find(key)?;
        let entry = &mut self.entries[at];
        if at < self.saved && !entry.is_listed {
            entry.is_listed = true;
            self.changed.push(at as u32);
        }
        Some(entry)
    }

    /// All entries, in the order in which the keys came.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Calls `each` with all entries by key number. `order` is room to work in.
    pub(super) fn each_by_key(&self, order: &mut Vec<u64>, mut each: impl FnMut(&Entry)) {
        self.index.by_key(order);
        for &packed in &*order {
            each(&self.entries[packed as u32 as usize]);
        }
    }

    /// Forgets all entries and keeps the memory for the next window, if it is likely to need as much.
    pub(super) fn clear(&mut self) {
        if self.entries.capacity() / WASTE > self.entries.len() {
            *self = Self::default();
        } else {
            self.entries.clear();
            self.index.clear();
            self.changed.clear();
            self.saved = 0;
        }
    }

    /// A table of these entries; the error says why they can't be one's.
    pub(super) fn restored(entries: Vec<Entry>) -> Result<Self, String> {
        let mut table = Self::default();
        for entry in entries {
            if table.index.find(entry.key).is_some() {
                return Err(format!("key {} stands twice in a window", entry.key));
            }
            table.insert(entry.key, entry.aggregate).is_changed = entry.is_changed;
        }
        Ok(table)
    }

    /// All entries are saved as they are.
    pub(super) fn mark_saved(&mut self) {
        for at in self.changed.drain(..) {
            self.entries[at as usize].is_listed = false;
        }
        self.saved = self.entries.len();
    }

    /// Returns whether any has changed since, or is new.
    pub(super) fn is_changed(&self) -> bool {
        self.saved < self.entries.len() || !self.changed.is_empty()
    }

    /// Returns how many entries were saved, those of them that have changed since, and those that are new; now all are
    /// saved.
    pub(super) fn take_changes(&mut self) -> (usize, Vec<(u32, Entry)>, Vec<Entry>) {
        self.changed.sort_unstable();
        let changed = self.changed.iter().map(|&at| (at, self.entries[at as usize])).collect();
        let taken = (self.saved, changed, self.entries[self.saved..].to_vec());
        self.mark_saved();
        taken
    }

    /// Takes what another's [`KeyTable::take_changes`] gave, which was saved as this is; `None` if that can't be.
    pub(super) fn apply(&mut self, saved: usize, changed: &[(u32, Entry)], new: &[Entry]) -> Option<()> {
        if saved == 0 {
            // A window that was opened since; one of that start may have been closed before.
            *self = Self::default();
        }
        if saved != self.entries.len() {
            return None;
        }
        for (at, entry) in changed {
            let own = self.entries.get_mut(*at as usize).filter(|own| own.key == entry.key)?;
            *own = *entry;
        }
        for entry in new {
            if self.index.find(entry.key).is_some() {
                return None;
            }
            *self.insert(entry.key, entry.aggregate) = *entry;
        }
        self.saved = self.entries.len();
        Some(())
    }
}
