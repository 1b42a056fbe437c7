//! The answer as it comes, batch by batch, within limits.

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use datasets::{Cells, Table, TableColumn, Written};

use crate::{SqlError, written};

/// Says how large an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimits {
    /// The most rows.
    pub rows: usize,
    /// The most bytes of its cells.
    pub bytes: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self { rows: 1 << 26, bytes: 2 << 30 }
    }
}

/// The rows so far.
#[derive(Debug)]
pub struct Gathered {
    names: Vec<String>,
    columns: Vec<Written>,
    rows: usize,
    bytes: usize,
    limits: AnswerLimits,
}

impl Gathered {
    /// Returns a table without a row yet, of these columns.
    pub fn new(schema: &SchemaRef, limits: AnswerLimits) -> Self {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        Self { columns: vec![Written::default(); names.len()], names, rows: 0, bytes: 0, limits }
    }

    /// Appends rows, unless there are too many.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
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
    pub fn table(self) -> Table {
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
