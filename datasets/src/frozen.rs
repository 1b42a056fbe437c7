//! Reading a frozen dataset: whole, in one pass that decodes, counts and hashes, or in chunks that are not kept.

mod generic;
pub(crate) mod layout;
mod rows;
mod scan;

use std::fs::File;
use std::io::{Read as _, Seek as _, Take};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::rows::RowDecoder;

use self::generic::{OnRow, RowChecker};
use self::scan::{Scan, check_hash};
use crate::canonical::{Decoded, Fault, decode};
use crate::column::ColumnKind;
use crate::copies::Copies;
use crate::decode::Layout;
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::keys::Keys;
use crate::manifest::{Manifest, check_inside, header_of};
use crate::record::Record;
use crate::schema::{FieldSchema, FieldType};

/// Says how many records [`Frozen::each_chunk`] hands over at a time.
pub const CHUNK_RECORDS: usize = 1024;

/// A frozen dataset whose manifest has been read and validated; the data is read by [`Frozen::load`].
#[derive(Debug, Clone)]
pub struct Frozen {
    /// The dataset's folder.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// How its records are copied, if they are: see [`Frozen::amplified`].
    pub(crate) copies: Option<Arc<Copies>>,
}

/// The records of a dataset, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records<R> {
    /// The records, by offset.
    pub records: Vec<R>,
    /// When each record arrived, in milliseconds since the Unix epoch, if the dataset knows.
    pub arrivals_ms: Option<Vec<i64>>,
    /// The texts of keys and ids.
    pub keys: Keys,
}

/// Describes what [`Frozen::verify`] counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Records in the data file.
    pub records: u64,
    /// Bytes of the data file.
    pub bytes: u64,
}

impl Frozen {
    /// Reads the manifest in `dir` and checks that the data file is there; the data itself isn't read yet.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let metadata = std::fs::metadata(dir).map_err(Error::unreadable(dir))?;
        if !metadata.is_dir() {
            return Err(Place::file(dir).rejects("not a folder").with_hint(Some(
                "a frozen dataset is a folder; 'counterpoint freeze' makes one of a file".into(),
            )));
        }
        let frozen = Self { dir: dir.to_owned(), manifest: Manifest::read(dir)?, copies: None };
        frozen.open_data()?;
        Ok(frozen)
    }

    /// The path of the data file.
    pub fn data_path(&self) -> PathBuf {
        self.dir.join(&self.manifest.data)
    }

    /// Where the record at `offset` stands, for messages about it.
    pub fn place(&self, offset: u64) -> Place {
        // Lines count from 1, and the header is the first.
        let line = self.original(offset) + 2;
        Place { copy: self.copy_name(offset), ..Place::line(&self.data_path(), line) }
    }

    /// The error that the record at `offset` is not what a problem can take.
    pub fn reject(&self, offset: u64, message: impl Into<String>) -> Error {
        self.place(offset).rejects(message)
    }

    /// Returns the header of the lines that a job outside is sent: the columns of a record, without the arrival time, which
    /// is the replay's.
    pub fn header<R: Record>(&self) -> String {
        R::header(&self.manifest.columns)
    }

    /// Reads all records, and fails when the data isn't what was frozen.
    pub fn load<R: Record>(&self) -> Result<Records<R>, Error> {
        self.load_with(|_| {})
    }

    /// Like [`Frozen::load`]; `progress` hears now and then how many bytes have been read.
    pub fn load_with<R: Record>(&self, mut progress: impl FnMut(u64)) -> Result<Records<R>, Error> {
        let layout = self.layout::<R>()?;
        // A record takes at least a digit and a newline, so a lying manifest can't reserve more than the file is long.
        let room = usize::try_from(self.manifest.records.min(self.data_length()? / 2)).unwrap_or(0);
        let room = room.saturating_mul(self.times() as usize);
        let mut records = Vec::with_capacity(room);
        let mut arrivals = Vec::with_capacity(if layout.is_timed { room } else { 0 });
        let (path, mut file) = (self.data_path(), self.frozen_bytes()?);
        let mut scan = self.new_scan();
        if R::KEEPS_LINES {
            // Grown bit by bit they would be moved again and again.
            scan.keys.reserve_lines(usize::try_from(self.data_length()?).unwrap_or(0));
        }
        let (mut read, mut timed) = (0, 0);
        while scan
            .read(&mut file, |block, keys| {
                if !layout.is_timed {
                    return R::decode(layout, block, keys, |_, record| records.push(record));
                }
                R::decode(layout, block, keys, |arrival, record| {
                    arrivals.push(arrival);
                    records.push(record);
                })
            })
            .map_err(Error::unreadable(&path))?
            > 0
        {
            self.copy_records(&mut records, read, &mut scan.keys)?;
            self.copy_arrivals(&mut arrivals, timed);
            (read, timed) = (records.len(), arrivals.len());
            progress(scan.bytes);
        }
        let (found, keys) = scan.end();
        found.judge(&path, &self.manifest)?;
        Ok(Records { records, arrivals_ms: layout.is_timed.then_some(arrivals), keys })
    }

    /// Hands all records on in order, [`CHUNK_RECORDS`] at a time and what is left at the end, and keeps none of them:
    /// memory stays the same for any number of records; only the texts are kept, and given back at the end. (Where records
    /// are lines, all lines are texts that are kept.)
    ///
    /// The file is read twice. The first pass makes sure that it is what was frozen, so no record of a changed file is
    /// ever handed on. The second hashes again what it decodes; a file that changes in between makes it fail, and what
    /// was made of its records must be thrown away.
    ///
    /// An error of `on_chunk` ends the pass.
    pub fn each_chunk<R: Record, E: From<Error>>(
        &self,
        mut on_chunk: impl FnMut(&[R], &Keys) -> Result<(), E>,
    ) -> Result<Keys, E> {
        let layout = self.layout::<R>()?;
        self.data_length()?;
        let (path, mut file) = (self.data_path(), self.frozen_bytes()?);
        check_hash(&mut file, &path, &self.manifest)?;
        let mut file = self.rewound(file, &path)?;
        let (mut records, mut read) = (Vec::new(), 0);
        let mut scan = self.new_scan();
        while scan
            .read(&mut file, |block, keys| R::decode(layout, block, keys, |_, record| records.push(record)))
            .map_err(Error::unreadable(&path))?
            > 0
        {
            self.copy_records(&mut records, read, &mut scan.keys)?;
            let chunks = records.chunks_exact(CHUNK_RECORDS);
            let rest = records.len() - chunks.remainder().len();
            for chunk in chunks {
                on_chunk(chunk, &scan.keys)?;
            }
            records.drain(..rest);
            read = records.len();
        }
        let (found, keys) = scan.end();
        found.judge(&path, &self.manifest)?;
        if !records.is_empty() {
            on_chunk(&records, &keys)?;
        }
        Ok(keys)
    }

    /// Checks everything that [`Frozen::load`] checks, for any record type, and the rejected rows; keeps nothing.
    pub fn verify(&self) -> Result<Verified, Error> {
        if self.manifest.is_generic() {
            return self.verify_generic();
        }
        let kinds: Vec<ColumnKind> =
            self.manifest.columns.iter().map(|name| ColumnKind::of_column(name)).collect();
        self.data_length()?;
        let (path, mut file) = (self.data_path(), self.frozen_bytes()?);
        let mut fields = vec![0; kinds.len()];
        let mut scan = self.new_scan();
        while scan
            .read(&mut file, |block, keys| decode(block, &kinds, &mut fields, keys, |_| {}))
            .map_err(Error::unreadable(&path))?
            > 0
        {}
        scan.end().0.judge(&path, &self.manifest)?;
        crate::rejected::verify(&self.dir, &self.manifest)?;
        Ok(Verified { records: self.manifest.records, bytes: self.manifest.bytes })
    }

    /// Checks the same of a dataset without a problem, whose rows are lines.
    fn verify_generic(&self) -> Result<Verified, Error> {
        let mut checker = RowChecker::new(&self.manifest.fields);
        self.each_block(|block| checker.check(block, None))?;
        checker.finish().map_err(|message| Place::file(&self.data_path()).rejects(message))?;
        crate::rejected::verify(&self.dir, &self.manifest)?;
        Ok(Verified { records: self.manifest.records, bytes: self.manifest.bytes })
    }

    /// Hands on the values of each row, none where one is missing, and fails when the data isn't what was frozen, which is
    /// known only at the end.
    pub(crate) fn each_row(&self, on_row: OnRow<'_>) -> Result<(), Error> {
        let plain = |name: &String| FieldSchema::plain(name, FieldType::Text, None);
        let fields: Vec<FieldSchema> = if self.manifest.is_generic() {
            self.manifest.fields.clone()
        } else {
            self.manifest.columns.iter().map(plain).collect()
        };
        let mut checker = RowChecker::new(&fields);
        self.each_block(|block| checker.check(block, Some(&mut *on_row)))
    }

    /// Hands on the whole rows of the data file, without copies, many at a time.
    pub(crate) fn each_block(
        &self,
        mut on_block: impl FnMut(&[u8]) -> Result<Decoded, Fault>,
    ) -> Result<(), Error> {
        self.data_length()?;
        let (path, mut file) = (self.data_path(), self.frozen_bytes()?);
        let mut scan = self.new_scan();
        while scan.read(&mut file, |block, _| on_block(block)).map_err(Error::unreadable(&path))? > 0 {}
        scan.end().0.judge(&path, &self.manifest)
    }

    fn layout<R: Record>(&self) -> Result<Layout, Error> {
        R::layout(&self.manifest.columns).map_err(|message| Place::file(&self.data_path()).rejects(message))
    }

    fn new_scan(&self) -> Scan {
        Scan::new(header_of(&self.manifest.columns), self.copies.clone())
    }

    fn open_data(&self) -> Result<File, Error> {
        let path = self.data_path();
        let file = open_regular(&path)?;
        check_inside(&self.dir, &path)?;
        Ok(file)
    }

    /// The data file, up to one byte more than was frozen: that shows that it has grown, and the rest doesn't matter.
    fn frozen_bytes(&self) -> Result<Take<File>, Error> {
        Ok(self.open_data()?.take(self.manifest.bytes.saturating_add(1)))
    }

    /// Returns the same file again from its start: not the name, which may by now be another file's.
    fn rewound(&self, file: Take<File>, path: &Path) -> Result<Take<File>, Error> {
        let mut file = file.into_inner();
        file.rewind().map_err(Error::unreadable(path))?;
        Ok(file.take(self.manifest.bytes.saturating_add(1)))
    }

    /// The data file's length, which must be the frozen one.
    fn data_length(&self) -> Result<u64, Error> {
        let path = self.data_path();
        let length = std::fs::metadata(&path).map_err(Error::unreadable(&path))?.len();
        if length == self.manifest.bytes {
            return Ok(length);
        }
        let detail = format!("{length} bytes long, {} were frozen", self.manifest.bytes);
        Err(Error::Changed { place: Place::file(&path), detail })
    }
}
