//! The answer as it comes, batch by batch, within limits.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datasets::{Cells, Table, TableColumn, Written};

use crate::{Limits, SqlError, written};

/// The rows so far.
pub(crate) struct Gathered<'a> {
    names: Vec<String>,
    columns: Vec<Written>,
    rows: usize,
    bytes: usize,
    limits: &'a Limits,
}

impl<'a> Gathered<'a> {
    pub(crate) fn new(schema: &SchemaRef, limits: &'a Limits) -> Self {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        Self { columns: vec![Written::default(); names.len()], names, rows: 0, bytes: 0, limits }
    }

    /// Appends rows, unless there are too many.
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let (rows, limits) = (self.rows + batch.num_rows(), self.limits);
        if rows > limits.rows {
            return Err(too_much(&format!("more than {} rows", limits.rows)));
        }
        for (column, cells) in self.columns.iter_mut().zip(batch.columns()) {
            let mut row = self.rows;
            written::each_field(cells, |kind, text| {
                self.bytes += text.len();
                if self.bytes > limits.bytes {
                    return Err(too_much(&format!("more than {} bytes", limits.bytes)));
                }
                row += 1;
                column.push(row - 1, kind, text).map_err(SqlError::failed)
            })?;
        }
        self.rows = rows;
        Ok(())
    }

    /// Returns the table of all rows, none of whose columns names a row.
    pub(crate) fn table(self) -> Table {
        let columns = self.names.into_iter().zip(self.columns);
        Table::new(0, columns.map(|(name, cells)| TableColumn::new(name, Cells::Written(cells))).collect())
    }
}

fn too_much(what: &str) -> SqlError {
    SqlError::failed(format!("SQL gives {what}"))
        .with_hint("compare fewer records, or a coarser answer".to_owned())
}

impl From<ArrowError> for SqlError {
    fn from(error: ArrowError) -> Self {
        Self::failed(format!("SQL fails on these data: {}", datasets::shown(&error.to_string())))
    }
}
