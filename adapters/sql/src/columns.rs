//! The table that SQL sees: which columns a dataset has, and of which types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datasets::{ColumnKind, Manifest};

/// The name of the table.
pub(crate) const TABLE: &str = "records";
/// The name of the column that holds the number of a record, from 0.
pub(crate) const OFFSET: &str = "record_offset";

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Says whether its numbers are times: then a division of them is worth a word.
    pub(crate) is_time: bool,
}

/// Says what a column holds, and so of which SQL type it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `BIGINT`.
    Whole,
    /// `DECIMAL(digits, scale)`, written in the data file as a whole number of the last digit's unit.
    Scaled { digits: u8, scale: u8 },
    /// `VARCHAR`.
    Text,
}

impl Kind {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Whole => DataType::Int64,
            Self::Scaled { digits, scale } => DataType::Decimal128(digits, scale.cast_signed()),
            Self::Text => DataType::Utf8,
        }
    }
}

/// Returns the columns of a dataset.
pub(crate) fn of(manifest: &Manifest) -> Vec<Column> {
    // A scale is a power of ten below 2^64, so it has 19 zeros at most.
    let scale = manifest.scale.checked_ilog10().unwrap_or(0) as u8;
    let column = |name: &String| {
        let kind = ColumnKind::of_column(name);
        Column {
            name: name.clone(),
            is_time: kind == ColumnKind::TimeMs,
            kind: match kind {
                ColumnKind::TimeMs | ColumnKind::Number => Kind::Whole,
                ColumnKind::Int if scale == 0 => Kind::Whole,
                ColumnKind::Int => Kind::Scaled { digits: 19, scale },
                // 2^64 is beyond a BIGINT.
                ColumnKind::Size => Kind::Scaled { digits: 20, scale },
                ColumnKind::Text | ColumnKind::Side => Kind::Text,
            },
        }
    };
    manifest.columns.iter().map(column).collect()
}

/// Returns the table's schema: the columns, and the record's number behind them unless one is called so.
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    let mut fields: Vec<Field> =
        columns.iter().map(|column| Field::new(&column.name, column.kind.data_type(), false)).collect();
    if has_offset(columns) {
        fields.push(Field::new(OFFSET, DataType::Int64, false));
    }
    Arc::new(Schema::new(fields))
}

/// Returns whether there is a column of record numbers.
pub(crate) fn has_offset(columns: &[Column]) -> bool {
    columns.iter().all(|column| column.name != OFFSET)
}
