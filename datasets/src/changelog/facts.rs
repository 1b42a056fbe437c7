//! Facts that a changelog tells beside its final table.

use std::collections::BTreeMap;

use serde::Serialize;

/// So many illegal changes of a kind are named.
const NAMED: usize = 5;

/// Describes how a changelog came to its final table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChangelogFacts {
    /// Changes and all else that was read, of the tables asked for.
    pub events: u64,
    /// How many there are of each operation: `insert`, `read`, `update`, `update_before`, `update_after`, `delete`, `upsert`,
    /// `tombstone`, `truncate`, `message`.
    pub by_op: BTreeMap<&'static str, u64>,
    /// Changes of other tables, which were passed over.
    pub other_tables: u64,
    /// Beginnings and ends of transactions, heartbeats and changes of a schema, which hold no row.
    pub without_rows: u64,
    /// Changes that can't be of the rows that were there, by kind.
    pub illegal: BTreeMap<IllegalKind, Illegal>,
    /// Changes that were sent again after a crash of the connector, and left out.
    pub repeats: u64,
    /// Rows of a snapshot whose key was there already.
    pub snapshot_again: u64,
    /// Changes after which the row was the one before.
    pub unchanged: u64,
    /// Rows at the end.
    pub rows: u64,
    /// Keys that ever had a row.
    pub keys: u64,
    /// Keys that had a row, and have none at the end.
    pub transient: u64,
    /// Some of those keys.
    pub some_transient: Vec<TransientRow>,
    /// Changes of rows, repeats left out.
    pub changes: u64,
    /// Changes for each key that ever had a row, on average.
    pub changes_per_row: f64,
    /// The key that was changed most.
    pub most_changed: Option<MostChanged>,
    /// Says whether there were more keys without a row than are remembered, so that `keys` may be too many, and `transient` too.
    pub has_forgotten: bool,
}

/// Names the key that was changed most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MostChanged {
    /// The key, as `id=5`.
    pub key: String,
    /// How often it was changed.
    pub changes: u64,
}

/// Names a key that had a row and has none at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransientRow {
    /// The line of the change that took its row, counted from 1.
    pub line: u64,
    /// The key, as `id=5`.
    pub key: String,
}

/// Names what is wrong with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IllegalKind {
    /// An insert of a key that has a row.
    InsertOfLiving,
    /// An update of a key that has no row.
    UpdateOfAbsent,
    /// A delete of a key that never had a row.
    DeleteOfAbsent,
    /// A delete of a key whose row was deleted before.
    DeleteTwice,
    /// A row that is taken back before an update, and isn't the one that was there.
    OtherTakenBack,
}

impl IllegalKind {
    /// Returns what is wrong, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::InsertOfLiving => "insert of a key that has a row",
            Self::UpdateOfAbsent => "update of a row that isn't there",
            Self::DeleteOfAbsent => "delete of a row that was never there",
            Self::DeleteTwice => "delete of a row that was deleted before",
            Self::OtherTakenBack => "a row taken back that isn't the one that was there",
        }
    }
}

/// Counts illegal changes of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Illegal {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub first: Vec<IllegalChange>,
}

/// Names an illegal change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IllegalChange {
    /// The line of the file, counted from 1.
    pub line: u64,
    /// The key, as `id=5`.
    pub key: String,
}

impl ChangelogFacts {
    /// Returns how many changes can't be of the rows that were there.
    pub fn illegal_changes(&self) -> u64 {
        self.illegal.values().map(|illegal| illegal.count).sum()
    }

    pub(super) fn note_illegal(&mut self, kind: IllegalKind, line: u64, key: impl FnOnce() -> String) {
        let illegal = self.illegal.entry(kind).or_default();
        illegal.count += 1;
        if illegal.first.len() < NAMED {
            illegal.first.push(IllegalChange { line, key: key() });
        }
    }
}
