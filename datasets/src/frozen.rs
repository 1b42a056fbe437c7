//! Reading a frozen dataset: one pass that decodes, counts and hashes.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::canonical::{Fault, decode};
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::keys::Keys;
use crate::manifest::{Manifest, check_inside};
use crate::record::{ARRIVAL, Column, ColumnKind, Record};

/// How much is read at a time: enough for BLAKE3 to use its widest instructions, little enough to stay in the cache.
const BUFFER_BYTES: usize = 256 * 1024;
/// The longest line of a data file: room for a few long texts.
const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// A frozen dataset whose manifest has been read and validated; the data is read by [`Frozen::load`].
#[derive(Debug, Clone)]
pub struct Frozen {
    /// The dataset's folder.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
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

/// What [`Frozen::verify`] counted.
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
        let frozen = Self { dir: dir.to_owned(), manifest: Manifest::read(dir)? };
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
        Place::line(&self.data_path(), offset + 2)
    }

    /// The error that the record at `offset` is not what a problem can take.
    pub fn reject(&self, offset: u64, message: impl Into<String>) -> Error {
        self.place(offset).rejects(message)
    }

    /// Reads all records, and fails when the data isn't what was frozen.
    pub fn load<R: Record>(&self) -> Result<Records<R>, Error> {
        self.load_with(|_| {})
    }

    /// Like [`Frozen::load`]; `progress` hears now and then how many bytes have been read.
    pub fn load_with<R: Record>(&self, progress: impl FnMut(u64)) -> Result<Records<R>, Error> {
        let layout = self.match_columns::<R>()?;
        // A record takes at least a digit and a newline, so a lying manifest can't reserve more than the file is long.
        let room = usize::try_from(self.manifest.records.min(self.data_length()? / 2)).unwrap_or(0);
        let mut records = Vec::with_capacity(room);
        if !layout.is_timed {
            let keys = self.scan(&layout, |fields| records.push(R::from_fields(fields)), progress)?;
            return Ok(Records { records, arrivals_ms: None, keys });
        }
        let mut arrivals_ms = Vec::with_capacity(room);
        let on_row = |fields: &[u64]| {
            arrivals_ms.push(fields[0].cast_signed());
            records.push(R::from_fields(&fields[1..]));
        };
        let keys = self.scan(&layout, on_row, progress)?;
        Ok(Records { records, arrivals_ms: Some(arrivals_ms), keys })
    }

    /// Checks everything that [`Frozen::load`] checks, for any record type, and the rejected rows; keeps nothing.
    pub fn verify(&self) -> Result<Verified, Error> {
        let kinds = self.manifest.columns.iter().map(|name| ColumnKind::of_column(name)).collect();
        self.data_length()?;
        self.scan(&Layout { is_timed: false, kinds, absent: 0 }, |_| {}, |_| {})?;
        crate::rejected::verify(&self.dir, &self.manifest)?;
        Ok(Verified { records: self.manifest.records, bytes: self.manifest.bytes })
    }

    /// Which of R's columns the dataset has; an error if one that must be there isn't, or there are others.
    fn match_columns<R: Record>(&self) -> Result<Layout, Error> {
        let found: Vec<&str> = self.manifest.columns.iter().map(String::as_str).collect();
        let is_timed = found[0] == ARRIVAL.name && R::COLUMNS[0].name != ARRIVAL.name;
        let mut columns: Vec<Column> = if is_timed { vec![ARRIVAL] } else { Vec::new() };
        columns.extend_from_slice(R::COLUMNS);
        let present = R::OPTIONAL.iter().take_while(|column| found.contains(&column.name)).count();
        columns.extend_from_slice(&R::OPTIONAL[..present]);
        if found.iter().copied().eq(columns.iter().map(|column| column.name)) {
            let kinds = columns.iter().map(|column| column.kind).collect();
            return Ok(Layout { is_timed, kinds, absent: R::OPTIONAL.len() - present });
        }
        let wanted: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
        let message = format!(
            "holds the columns `{}`, not `{}`",
            found[usize::from(is_timed)..].join(","),
            wanted.join(",")
        );
        Err(Place::file(&self.data_path()).rejects(message))
    }

    fn open_data(&self) -> Result<std::fs::File, Error> {
        let path = self.data_path();
        let file = open_regular(&path)?;
        check_inside(&self.dir, &path)?;
        Ok(file)
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

    /// Reads the data file once: each row goes to `on_row`, all bytes through the hash. Returns the texts in it.
    fn scan(
        &self,
        layout: &Layout,
        on_row: impl FnMut(&[u64]),
        mut progress: impl FnMut(u64),
    ) -> Result<Keys, Error> {
        let path = self.data_path();
        let mut scan = Scan::new(self.manifest.columns.join(","), layout, on_row);
        // One byte more than was frozen shows that the file has grown; the rest of it doesn't matter.
        let mut file = self.open_data()?.take(self.manifest.bytes.saturating_add(1));
        while scan.read_from(&mut file).map_err(Error::unreadable(&path))? > 0 {
            progress(scan.bytes);
        }
        scan.finish();
        self.judge(&path, &scan.hasher.finalize().to_hex(), scan.bytes, scan.rows, scan.fault)?;
        Ok(scan.keys)
    }

    /// A changed file is reported as such, whatever the decoder stumbled over: that is the cause.
    fn judge(
        &self,
        path: &Path,
        hash: &str,
        bytes: u64,
        rows: u64,
        fault: Option<(u64, String)>,
    ) -> Result<(), Error> {
        let manifest = &self.manifest;
        let place = match fault {
            Some((line, _)) => Place::line(path, line),
            None => Place::file(path),
        };
        let fault = fault.map(|(_, message)| message);
        if bytes != manifest.bytes || hash != manifest.blake3 {
            let what = format!("its hash is {}…, {}… was frozen", &hash[..12], &manifest.blake3[..12]);
            let detail = fault.map_or_else(|| what.clone(), |fault| format!("{fault}; {what}"));
            return Err(Error::Changed { place, detail });
        }
        match fault {
            Some(fault) => Err(place.rejects(fault)),
            None if rows != manifest.records => {
                Err(place.rejects(format!("holds {rows} records, the manifest says {}", manifest.records)))
            }
            None => Ok(()),
        }
    }
}

/// What the rows of a data file hold.
struct Layout {
    /// Arrival times stand before the record's own columns.
    is_timed: bool,
    /// The columns that are there.
    kinds: Vec<ColumnKind>,
    /// How many optional columns are not; their fields are 0.
    absent: usize,
}

/// The state of one pass over a data file.
struct Scan<'a, F> {
    header: String,
    kinds: &'a [ColumnKind],
    on_row: F,
    fields: Vec<u64>,
    keys: Keys,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    /// How much of the buffer holds bytes that aren't decoded yet.
    filled: usize,
    bytes: u64,
    /// Whole lines decoded, the header among them.
    lines: u64,
    rows: u64,
    /// The line of the first fault and what is wrong; from there on bytes are only hashed.
    fault: Option<(u64, String)>,
}

impl<'a, F: FnMut(&[u64])> Scan<'a, F> {
    fn new(header: String, layout: &'a Layout, on_row: F) -> Self {
        Self {
            header,
            kinds: &layout.kinds,
            on_row,
            fields: vec![0; layout.kinds.len() + layout.absent],
            keys: Keys::default(),
            hasher: blake3::Hasher::new(),
            buffer: vec![0; BUFFER_BYTES],
            filled: 0,
            bytes: 0,
            lines: 0,
            rows: 0,
            fault: None,
        }
    }

    /// Reads, hashes and decodes what the next call to `read` brings; 0 at the end of the file.
    fn read_from(&mut self, file: &mut impl Read) -> io::Result<usize> {
        let read = loop {
            match file.read(&mut self.buffer[self.filled..]) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.hasher.update(&self.buffer[self.filled..self.filled + read]);
        self.bytes += read as u64;
        self.filled += read;
        self.decode_lines();
        Ok(read)
    }

    /// Decodes the whole lines in the buffer and moves the rest to its front.
    fn decode_lines(&mut self) {
        let mut start = 0;
        let mut end = memchr::memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |last| last + 1);
        if self.lines == 0 && end > 0 {
            start = memchr::memchr(b'\n', &self.buffer[..end]).map_or(end, |first| first + 1);
            self.take_header(start - 1);
        }
        if self.fault.is_none() {
            let block = &self.buffer[start..end];
            match decode(block, self.kinds, &mut self.fields, &mut self.keys, &mut self.on_row) {
                Ok(decoded) => {
                    self.lines += decoded.rows;
                    self.rows += decoded.rows;
                    end = start + decoded.end;
                }
                Err(Fault { row, message }) => self.fault = Some((self.lines + row + 1, message)),
            }
        }
        if end == 0 && self.filled == self.buffer.len() {
            self.make_room();
        }
        if self.fault.is_some() {
            self.filled = 0;
            return;
        }
        self.buffer.copy_within(end..self.filled, 0);
        self.filled -= end;
    }

    /// A long text makes a long line, up to a limit.
    fn make_room(&mut self) {
        if self.buffer.len() >= MAX_LINE_BYTES {
            self.fail("a line without end");
        } else {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
    }

    fn take_header(&mut self, end: usize) {
        let header = &self.buffer[..end];
        if header == self.header.as_bytes() {
            self.lines = 1;
        } else {
            let found = crate::shown::quoted(header);
            self.fail(&format!("the header is {found}, the manifest says `{}`", self.header));
        }
    }

    /// A file that ends within a line, or before the first, is not canonical.
    fn finish(&mut self) {
        if self.filled > 0 {
            self.fail("the last line has no end");
        }
        if self.lines == 0 {
            self.fail("no header");
        }
    }

    /// Keeps the first fault.
    fn fail(&mut self, message: &str) {
        let line = self.lines + 1;
        self.fault.get_or_insert_with(|| (line, message.to_owned()));
    }
}
