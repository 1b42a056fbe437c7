//! Writes the data file of a generic dataset, and hashes it on the way.

use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::freeze::Go;

/// Rows are gathered up to this many bytes before they are hashed and written.
const CHUNK_BYTES: usize = 256 * 1024;

/// A data file that grows by rows.
pub(super) struct DataFile<'a> {
    file: File,
    path: PathBuf,
    hasher: blake3::Hasher,
    /// The row at hand is appended here, without a header or a newline.
    pub(super) buffer: Vec<u8>,
    pub(super) records: u64,
    /// The rows in memory with their arrival times, where they are to be sorted.
    sorted: Option<Vec<(i64, Range<usize>)>>,
    arrival: i64,
    begun: usize,
    go: Go<'a>,
}

/// Describes a data file that was written.
pub(super) struct Written {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) hash: blake3::Hash,
}

impl<'a> DataFile<'a> {
    /// Makes a new file.
    pub(super) fn create(path: &Path, is_sorted: bool, go: Go<'a>) -> Result<Self, Error> {
        let file = File::options().write(true).create_new(true).open(path);
        Ok(Self {
            file: file.map_err(Error::system("write", path))?,
            path: path.to_owned(),
            hasher: blake3::Hasher::new(),
            buffer: Vec::with_capacity(CHUNK_BYTES + 4096),
            records: 0,
            sorted: is_sorted.then(Vec::new),
            arrival: 0,
            begun: 0,
            go,
        })
    }

    /// Writes the header.
    pub(super) fn header(&mut self, header: &str) -> Result<(), Error> {
        self.buffer.extend_from_slice(header.as_bytes());
        self.buffer.push(b'\n');
        self.flush()
    }

    /// Begins a row with its arrival time.
    pub(super) fn begin_row(&mut self, arrival: i64, digits: &str) {
        self.begun = self.buffer.len();
        self.arrival = arrival;
        self.buffer.extend_from_slice(digits.as_bytes());
    }

    /// Ends a row.
    #[inline]
    pub(super) fn end_row(&mut self) -> Result<(), Error> {
        self.buffer.push(b'\n');
        self.records += 1;
        match &mut self.sorted {
            Some(rows) => rows.push((self.arrival, self.begun..self.buffer.len())),
            None if self.buffer.len() >= CHUNK_BYTES => {
                if !(self.go)() {
                    return Err(Error::Interrupted);
                }
                return self.flush();
            }
            None => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.hasher.update(&self.buffer);
        self.file.write_all(&self.buffer).map_err(Error::system("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left, and has all of it on the disk when it returns.
    pub(super) fn finish(mut self) -> Result<Written, Error> {
        if let Some(mut rows) = self.sorted.take() {
            // Rows with one arrival time keep their order.
            rows.sort_by_key(|(arrival, _)| *arrival);
            let all = std::mem::take(&mut self.buffer);
            for (_, range) in rows {
                self.buffer.extend_from_slice(&all[range]);
                if self.buffer.len() >= CHUNK_BYTES {
                    self.flush()?;
                }
            }
        }
        self.flush()?;
        self.file.sync_all().map_err(Error::system("write", &self.path))?;
        Ok(Written { records: self.records, bytes: self.hasher.count(), hash: self.hasher.finalize() })
    }
}
