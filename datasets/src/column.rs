//! The columns of data files: their names, and what their fields hold.

use serde::{Deserialize, Serialize};

/// A column of a data file: its name in the header and what its fields hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name, as it stands in the header.
    pub name: &'static str,
    /// Holds what its fields hold.
    pub kind: ColumnKind,
}

/// Describes what the fields of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// An unsigned whole number up to 2⁶⁴ − 1. An importer scales decimals exactly to whole numbers.
    Size,
    /// Milliseconds since the Unix epoch, a whole number that may be negative.
    TimeMs,
    /// An unsigned whole number up to 2³² − 1 that names something, so it isn't scaled.
    Number,
    /// A signed whole number of 64 bits. An importer scales decimals exactly to whole numbers.
    Int,
    /// Text, possibly empty: a field holds its number in the dataset's [`Keys`](crate::Keys).
    Text,
    /// `left` or `right`, as 0 and 1.
    Side,
}

impl Column {
    /// Says what the column is to a record.
    pub fn about(&self) -> &'static str {
        match (self.name, self.kind) {
            ("arrival_ms", _) => "when the record came in",
            ("event_time_ms", _) => "when it happened",
            ("key", _) => "what it belongs to, such as a user or a sensor",
            ("value", _) => "the number that is added up",
            ("partition", _) => "which of the source's partitions it came through, by its number",
            ("id", _) => "what tells it from every other record; two records with one id are the same",
            ("side", _) => "which side of the join it is on: left or right",
            ("size", _) => "how much room it takes, a number from 0",
            (_, ColumnKind::TimeMs) => "a time",
            (_, ColumnKind::Text) => "a text",
            (_, ColumnKind::Side) => "left or right",
            (_, ColumnKind::Size | ColumnKind::Number) => "a number from 0",
            (_, ColumnKind::Int) => "a number",
        }
    }
}

impl ColumnKind {
    /// The kind of a column of which only the name is known. A name means the same in every dataset.
    pub fn of_column(name: &str) -> Self {
        let known = [KEY, VALUE, PARTITION, ID, SIDE];
        match known.iter().find(|column| column.name == name) {
            Some(column) => column.kind,
            None if name.ends_with("_ms") => Self::TimeMs,
            None => Self::Size,
        }
    }
}

/// When a record arrived: the column that any dataset may have before the columns of its records.
pub const ARRIVAL: Column = Column { name: "arrival_ms", kind: ColumnKind::TimeMs };

/// When something happened, in milliseconds since the Unix epoch.
pub const EVENT_TIME: Column = Column { name: "event_time_ms", kind: ColumnKind::TimeMs };
/// Holds what a record belongs to.
pub const KEY: Column = Column { name: "key", kind: ColumnKind::Text };
/// A number to be added up.
pub const VALUE: Column = Column { name: "value", kind: ColumnKind::Int };
/// Which of the source's partitions a record came through.
pub const PARTITION: Column = Column { name: "partition", kind: ColumnKind::Number };
/// Holds what tells a record from every other, and shows that two are the same one.
pub const ID: Column = Column { name: "id", kind: ColumnKind::Text };
/// Which side of a join a record belongs to.
pub const SIDE: Column = Column { name: "side", kind: ColumnKind::Side };

/// Says how much room something takes.
pub const SIZE: Column = Column { name: "size", kind: ColumnKind::Size };

/// The side of a join that a record belongs to: `left` or `right` in a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The side that keeps its records in a left outer join: orders, readings.
    Left,
    /// The side that is looked up: payments, the table of devices.
    Right,
}

impl Side {
    /// Both, with their names in a data file; their position is the field's number.
    pub const NAMES: [(&'static str, Self); 2] = [("left", Self::Left), ("right", Self::Right)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_on_datasets_says_what_each_column_is() {
        let page = include_str!("../../docs/datasets.md");
        for column in [ARRIVAL, EVENT_TIME, KEY, VALUE, PARTITION, ID, SIDE, SIZE] {
            let row = format!("| `{}` | {} |", column.name, column.about());
            assert!(page.contains(&row), "docs/datasets.md has no row {row}");
        }
    }
}
