//! The dataset's records as the table's rows: read and hashed in one pass, and none is seen before the hash is right.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{ArrowError, Field as SchemaField, Schema, SchemaRef};
use datasets::{Frozen, Keys, Line, Records};

use crate::SqlError;
use crate::builders::Growing;
use crate::columns::{Column, described, has_offset};
use crate::fields::each_field;

/// A batch ends with so many rows,
const BATCH_ROWS: usize = 8192;
/// or with the row by which it has so many bytes: columns of texts count their bytes in 31 bits, and a batch goes in one message.
const BATCH_BYTES: usize = 4 << 20;
/// A number takes so many bytes at most.
const NUMBER_BYTES: usize = 16;

/// The rows of the table, and its schema.
#[derive(Debug)]
pub struct Loaded {
    /// Describes the columns.
    pub schema: SchemaRef,
    /// Holds the rows, in order.
    pub batches: Vec<RecordBatch>,
}

impl Loaded {
    /// Returns a table without a row, whose times are in microseconds.
    pub fn empty(columns: &[Column]) -> Self {
        Self { schema: Arc::new(Schema::new(described(columns))), batches: Vec::new() }
    }
}

/// Reads all records.
///
/// # Errors
///
/// If the file isn't what was frozen, or a record doesn't fit its columns.
pub fn load(frozen: &Frozen, columns: &[Column]) -> Result<Loaded, SqlError> {
    let loaded = frozen.load::<Line>()?;
    let mut growing = columns.iter().map(Growing::new).collect::<Result<Vec<_>, _>>()?;
    let records = loaded.records.len();
    // The batches: where each ends.
    let (mut ends, mut bytes) = (Vec::new(), 0);
    for offset in 0..records {
        row(&loaded, offset, columns, &mut growing)
            .map_err(|message| SqlError::from(frozen.reject(offset as u64, message)))?;
        bytes += loaded.records[offset].text(&loaded.keys).len() + NUMBER_BYTES * columns.len();
        let rows = offset + 1 - ends.last().unwrap_or(&0);
        if rows == BATCH_ROWS || bytes >= BATCH_BYTES || offset + 1 == records {
            growing.iter_mut().try_for_each(Growing::cut)?;
            ends.push(offset + 1);
            bytes = 0;
        }
    }
    let mut pieces = Vec::with_capacity(columns.len());
    for (column, growing) in columns.iter().zip(growing) {
        let column = growing.finish(&ends).map_err(|row| {
            let name = datasets::shown(&column.name);
            let message = format!(
                "column {name}: its times have nanoseconds, and this one is too far from 1970 for that"
            );
            SqlError::from(frozen.reject(row, message))
        })?;
        pieces.push(column);
    }
    Ok(batches(columns, &pieces, &ends)?)
}

/// Puts columns beside each other, piece by piece.
fn batches(columns: &[Column], pieces: &[Vec<ArrayRef>], ends: &[usize]) -> Result<Loaded, ArrowError> {
    let mut start = 0_i64;
    let arrays = ends.iter().enumerate().map(|(piece, end)| {
        let mut arrays: Vec<ArrayRef> = pieces.iter().map(|column| column[piece].clone()).collect();
        let end = (*end as u64).cast_signed();
        if has_offset(columns) {
            arrays.push(Arc::new(Int64Array::from_iter_values(start..end)));
        }
        start = end;
        arrays
    });
    let arrays: Vec<Vec<ArrayRef>> = arrays.collect();
    let Some(first) = arrays.first() else { return Ok(Loaded::empty(columns)) };
    let typed = |(field, array): (SchemaField, &ArrayRef)| field.with_data_type(array.data_type().clone());
    let fields: Vec<SchemaField> = described(columns).into_iter().zip(first).map(typed).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = |arrays| RecordBatch::try_new(schema.clone(), arrays);
    let batches = arrays.into_iter().map(batch).collect::<Result<_, _>>()?;
    Ok(Loaded { schema, batches })
}

/// Takes one record apart; the error is a message.
fn row(
    loaded: &Records<Line>,
    offset: usize,
    columns: &[Column],
    growing: &mut [Growing],
) -> Result<(), String> {
    let mut at = 0;
    if let Some(arrivals) = &loaded.arrivals_ms {
        growing[0].push_whole(arrivals[offset])?;
        at = 1;
    }
    each_field(text(loaded.records[offset], &loaded.keys)?, |field| {
        let Some(column) = growing.get_mut(at) else {
            return Err(format!("more than {} fields", columns.len()));
        };
        column.push(&field).map_err(|why| format!("column {}: {why}", datasets::shown(&columns[at].name)))?;
        at += 1;
        Ok(())
    })?;
    if at == columns.len() { Ok(()) } else { Err(format!("{at} fields, the header has {}", columns.len())) }
}

fn text(line: Line, keys: &Keys) -> Result<&str, String> {
    str::from_utf8(line.text(keys)).map_err(|_| "SQL reads UTF-8 alone, and this isn't".to_owned())
}
