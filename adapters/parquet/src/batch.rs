//! Reads one row group after the other, a batch of rows at a time.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datasets::Error;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use crate::column::{Column, unknown_compression};
use crate::fault::{Fault, caught};

/// A batch has at most so many rows.
const MOST_ROWS: u64 = 4096;
/// The values of a batch have about so many bytes, if all rows of a row group are alike.
const BYTES_OF_BATCH: u64 = 8 << 20;
/// A value has no fewer bytes in memory, with what says where it stands.
const LEAST_BYTES: u64 = 12;

/// The row groups of a file, and how far they were read.
pub(crate) struct Batches {
    file: Arc<File>,
    metadata: ParquetMetaData,
    /// The row group that comes next.
    next_group: usize,
    /// The rows of the row group at hand that are still to be read.
    left: u64,
    rows_of_batch: u64,
}

impl Batches {
    pub(crate) fn new(file: File, metadata: ParquetMetaData) -> Self {
        Self { file: Arc::new(file), metadata, next_group: 0, left: 0, rows_of_batch: MOST_ROWS }
    }

    /// Reads the next batch into the columns; returns how many rows it has, 0 at the end.
    pub(crate) fn next(&mut self, columns: &mut [Column], path: &Path) -> Result<u64, Error> {
        while self.left == 0 {
            if self.next_group == self.metadata.num_row_groups() {
                return Ok(0);
            }
            self.begin_group(columns).map_err(|fault| fault.in_file(path))?;
        }
        let rows = self.left.min(self.rows_of_batch);
        for column in columns.iter_mut() {
            let read =
                caught(|| column.read(rows as usize)).map_err(|fault| of_column(fault, column, path))?;
            if read as u64 != rows {
                let fault = Fault::new("the file is damaged: it has fewer rows than the file says");
                return Err(of_column(fault, column, path));
            }
        }
        self.left -= rows;
        if self.left == 0 {
            self.check_end(columns, path)?;
        }
        Ok(rows)
    }

    fn begin_group(&mut self, columns: &mut [Column]) -> Result<(), Fault> {
        let group = self.metadata.row_group(self.next_group);
        self.next_group += 1;
        let rows =
            u64::try_from(group.num_rows()).map_err(|_| Fault::new("the file is damaged: rows below 0"))?;
        if group.num_columns() != columns.len() {
            return Err(Fault::new("the file is damaged: a row group hasn't all columns"));
        }
        for (column, chunk) in columns.iter_mut().zip(group.columns()) {
            let name = datasets::short_name(&column.name);
            if let Some(compression) = unknown_compression(chunk.compression()) {
                return Err(Fault::new(format!(
                    "column '{name}' is compressed with {compression}, which isn't read"
                ))
                .with_hint("write the file again, compressed with Snappy or Zstandard"));
            }
            if chunk.file_path().is_some() {
                return Err(Fault::new(format!("column '{name}' stands in another file, which isn't read")));
            }
            let pages = caught(|| {
                Ok(SerializedPageReader::new(Arc::clone(&self.file), chunk, rows as usize, None)?)
            })?;
            column.begin(Box::new(pages));
        }
        self.left = rows;
        self.rows_of_batch = rows_of_batch(group, columns.len());
        Ok(())
    }

    /// Returns an error where columns go on when all rows were read. They are read for that into no batch: the rows at hand are
    /// still in theirs.
    fn check_end(&self, columns: &[Column], path: &Path) -> Result<(), Error> {
        let group = self.metadata.row_group(self.next_group - 1);
        for (column, chunk) in columns.iter().zip(group.columns()) {
            let is_flat = column.descriptor().max_rep_level() == 0;
            if is_flat && chunk.num_values() != group.num_rows() {
                let fault =
                    Fault::new("the file is damaged: it has another number of values than the file has rows");
                return Err(of_column(fault, column, path));
            }
        }
        Ok(())
    }
}

fn rows_of_batch(group: &RowGroupMetaData, columns: usize) -> u64 {
    let rows = group.num_rows().unsigned_abs().max(1);
    let bytes = group.total_byte_size().unsigned_abs() / rows;
    let bytes = bytes.max(LEAST_BYTES * columns as u64);
    (BYTES_OF_BATCH / bytes.max(1)).clamp(1, MOST_ROWS)
}

fn of_column(fault: Fault, column: &Column, path: &Path) -> Error {
    fault.of_column(&column.name).in_file(path)
}
