//! The dataset's records as the table's rows: read and hashed in one pass, and none is seen before the hash is right.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Decimal128Builder, Int64Array, Int64Builder, RecordBatch, StringBuilder,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datasets::{ARRIVAL, Frozen, Keys, Line, Records};

use crate::SqlError;
use crate::columns::{Column, Kind, has_offset};
use crate::fields::{Field, each_field};

/// So many rows stand in a batch.
const BATCH_ROWS: usize = 8192;

/// Reads all records.
pub(crate) fn load(
    frozen: &Frozen,
    columns: &[Column],
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, SqlError> {
    let loaded = frozen.load::<Line>()?;
    let starts = (0..loaded.records.len()).step_by(BATCH_ROWS);
    starts.map(|start| batch(frozen, &loaded, start, columns, schema)).collect()
}

fn batch(
    frozen: &Frozen,
    loaded: &Records<Line>,
    start: usize,
    columns: &[Column],
    schema: &SchemaRef,
) -> Result<RecordBatch, SqlError> {
    let end = loaded.records.len().min(start + BATCH_ROWS);
    let mut builders: Vec<Builder> = columns.iter().map(|column| Builder::new(column.kind)).collect();
    for offset in start..end {
        row(loaded, offset, columns, &mut builders)
            .map_err(|message| SqlError::from(frozen.reject(offset as u64, message)))?;
    }
    let mut arrays = builders
        .into_iter()
        .zip(columns)
        .map(|(builder, column)| builder.finish(column.kind))
        .collect::<Result<Vec<ArrayRef>, _>>()
        .map_err(|error| SqlError::failed(error.to_string()))?;
    if has_offset(columns) {
        arrays.push(Arc::new(Int64Array::from_iter_values(start as i64..end as i64)));
    }
    RecordBatch::try_new(schema.clone(), arrays).map_err(|error| SqlError::failed(error.to_string()))
}

/// Takes one record apart; the error is a message.
fn row(
    loaded: &Records<Line>,
    offset: usize,
    columns: &[Column],
    builders: &mut [Builder],
) -> Result<(), String> {
    let Records { records, arrivals_ms, keys }: &Records<Line> = loaded;
    let mut at = 0;
    if let Some(arrivals) = arrivals_ms {
        debug_assert_eq!(columns[0].name, ARRIVAL.name);
        builders[0].push_whole(arrivals[offset]);
        at = 1;
    }
    each_field(text(records[offset], keys)?, |field| {
        let builder = builders.get_mut(at).ok_or_else(|| format!("more than {} fields", columns.len()))?;
        builder
            .push(&field)
            .map_err(|message| format!("column {}: {message}", datasets::shown(&columns[at].name)))?;
        at += 1;
        Ok(())
    })?;
    if at == columns.len() { Ok(()) } else { Err(format!("{at} fields, the header has {}", columns.len())) }
}

fn text(line: Line, keys: &Keys) -> Result<&str, String> {
    str::from_utf8(line.text(keys)).map_err(|_| "SQL reads UTF-8 alone, and this isn't".to_owned())
}

/// Gathers the values of a column.
enum Builder {
    Whole(Int64Builder),
    Scaled(Decimal128Builder),
    Text(StringBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Scaled { .. } => Self::Scaled(Decimal128Builder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    fn push_whole(&mut self, number: i64) {
        if let Self::Whole(builder) = self {
            builder.append_value(number);
        }
    }

    /// Takes a value; the error is a message.
    fn push(&mut self, field: &Field<'_>) -> Result<(), String> {
        let no_number = || format!("'{}' is no such number", datasets::shown(&field.text));
        match self {
            Self::Whole(builder) => builder.append_value(field.text.parse().map_err(|_| no_number())?),
            Self::Scaled(builder) => builder.append_value(field.text.parse().map_err(|_| no_number())?),
            Self::Text(builder) => builder.append_value(&field.text),
        }
        Ok(())
    }

    fn finish(self, kind: Kind) -> Result<ArrayRef, ArrowError> {
        Ok(match (self, kind) {
            (Self::Whole(mut builder), _) => Arc::new(builder.finish()),
            (Self::Scaled(mut builder), Kind::Scaled { digits, scale }) => {
                Arc::new(builder.finish().with_precision_and_scale(digits, scale.cast_signed())?)
            }
            (Self::Scaled(mut builder), _) => Arc::new(builder.finish()),
            (Self::Text(mut builder), _) => Arc::new(builder.finish()),
        })
    }
}
