//! How a changelog is written, as whoever opens it says.

use std::collections::BTreeMap;

use crate::{ColumnType, RowsForm};

/// Names how the changes of a file are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ChangelogKind {
    /// Envelopes of Debezium as JSON lines, bare or with topic, headers and key; also what Flink's `debezium-json` writes.
    #[default]
    Debezium,
    /// Rows with `+I`, `-U`, `+U` or `-D`: lines of Flink's print connector, or CSV or JSON lines with a column that says so.
    Flink,
    /// The newest row of each key; one without values takes it away.
    Upsert,
    /// Rows of CSV or JSON lines, of which this column says what became of them.
    Op(String),
}

impl ChangelogKind {
    /// Returns the kind of this name: `debezium`, `flink`, `upsert` or `op:COLUMN`.
    pub fn parse(name: &str) -> Result<Self, String> {
        const NAMES: [&str; 3] = ["debezium", "flink", "upsert"];
        Ok(match name {
            "debezium" => Self::Debezium,
            "flink" => Self::Flink,
            "upsert" => Self::Upsert,
            _ => match name.strip_prefix("op:") {
                Some(column) if !column.is_empty() => Self::Op(column.to_owned()),
                _ => {
                    let hint = crate::nearest::did_you_mean(name, NAMES);
                    let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
                    let shown = crate::shown::quoted(name.as_bytes());
                    return Err(format!(
                        "unknown form {shown}, expected one of: debezium, flink, upsert, op:COLUMN{hint}"
                    ));
                }
            },
        })
    }
}

/// Describes how a changelog is written and what is to be read of it.
#[derive(Debug, Clone, Default)]
pub struct ChangelogForm {
    /// Says how the changes are written.
    pub kind: ChangelogKind,
    /// The columns that tell rows apart, where the changes don't say so by keys of their own.
    pub key: Vec<String>,
    /// The tables that are read, as the changes name them: `public.orders`, or `orders` where that is enough. Several, such as
    /// the partitions of a table, become one. Without any, the file has to hold the changes of one table alone.
    pub tables: Vec<String>,
    /// The types of columns, which go before those that the changes say themselves.
    pub types: BTreeMap<String, ColumnType>,
    /// The names of the columns, for lines of Flink's print connector, which have none.
    pub columns: Vec<String>,
    /// Says how rows of CSV or JSON lines are written.
    pub rows: RowsForm,
    /// Says which states of rows are remembered for [`Changelog::ever_held`](super::Changelog::ever_held); none without it.
    pub remember: Option<Remember>,
}

/// Says what of the states that rows go through is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remember {
    /// The columns of which a state is made, those of the key among them.
    pub columns: Vec<String>,
    /// At most so many different states are remembered, each in about ten bytes.
    pub most: usize,
}
