//! One change, with room that is used again for the next.

use crate::rows::Row;
use crate::table::{Field, FieldKind};

/// Says what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Op {
    #[default]
    Insert,
    /// A row of a snapshot.
    Read,
    Update,
    /// The row before an update, which is taken back.
    UpdateBefore,
    UpdateAfter,
    Delete,
    /// The newest row of a key, whatever was there.
    Upsert,
    /// A key without a value.
    Tombstone,
    Truncate,
    /// A message of the application, which is of no row.
    Message,
}

impl Op {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Read => "read",
            Self::Update => "update",
            Self::UpdateBefore => "update_before",
            Self::UpdateAfter => "update_after",
            Self::Delete => "delete",
            Self::Upsert => "upsert",
            Self::Tombstone => "tombstone",
            Self::Truncate => "truncate",
            Self::Message => "message",
        }
    }

    /// Returns its name with an article, for messages.
    pub(super) fn with_article(self) -> String {
        let name = self.name();
        format!("{} {name}", if name.starts_with(['i', 'u']) { "an" } else { "a" })
    }

    /// Returns the operation that a word of an op column means.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "+i" | "i" | "c" | "insert" | "create" => Self::Insert,
            "r" | "read" | "snapshot" => Self::Read,
            "u" | "update" => Self::Update,
            "-u" | "ub" | "update_before" => Self::UpdateBefore,
            "+u" | "ua" | "update_after" => Self::UpdateAfter,
            "-d" | "d" | "delete" => Self::Delete,
            "upsert" => Self::Upsert,
            _ => return None,
        })
    }
}

/// The words of [`Op::parse`], for messages.
pub(super) const OP_WORDS: &str = "+I, -U, +U, -D, I, U, D, c, u, d, r, insert, update, delete, upsert";

/// Where a change stands in the database's own log, and which run of the connector sent it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) lsn: Option<u64>,
    /// When its transaction was committed, in milliseconds.
    pub(super) committed: i64,
    /// The number of the run; 0 where nothing says it.
    pub(super) run: u32,
}

/// Fields of some columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) columns: Vec<u32>,
    pub(super) row: Row,
    /// Says whether the change has such a row at all.
    pub(super) is_there: bool,
}

impl Cells {
    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.row.clear();
        self.is_there = false;
    }

    pub(super) fn push(&mut self, column: u32, kind: FieldKind, text: &str) {
        self.columns.push(column);
        self.row.push(kind, text);
    }

    pub(super) fn field(&self, column: u32) -> Option<Field<'_>> {
        let at = self.columns.iter().position(|other| *other == column)?;
        Some(self.row.field(at))
    }
}

/// A change as it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Event {
    pub(super) line: u64,
    pub(super) op: Op,
    /// The number of its table.
    pub(super) table: u16,
    pub(super) key: Cells,
    /// The key that the row has had before, or will have.
    pub(super) other_key: Cells,
    pub(super) before: Cells,
    pub(super) after: Cells,
    pub(super) position: Position,
    /// Says whether a snapshot begins here.
    pub(super) begins_snapshot: bool,
}

impl Event {
    pub(super) fn clear(&mut self) {
        for cells in [&mut self.key, &mut self.other_key, &mut self.before, &mut self.after] {
            cells.clear();
        }
        self.position = Position::default();
        self.table = 0;
        self.begins_snapshot = false;
    }
}
