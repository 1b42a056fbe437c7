//! Opens a source: a file or stdin, decompressed and as UTF-8, hashed as it stands where that is wanted, within limits.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::GenericOptions;
use super::encoding::Decoder;
use super::zstd::Zstd;
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::freeze::Go;
use crate::meter::Meter;

const BUFFER_BYTES: usize = 256 * 1024;
/// No source may hold more, once it is decompressed.
const MAX_BYTES: u64 = 64 << 30;
/// A source may expand as it likes up to this.
const FREE_BYTES: u64 = 64 << 20;
/// Beyond [`FREE_BYTES`], a source may expand this many times: text hardly shrinks to less than a twentieth.
const MAX_RATIO: u64 = 200;

/// Names standard input where a file is expected.
pub const STDIN: &str = "-";

/// A source that has been opened: its text is read from it.
pub(crate) struct Source<'g> {
    path: PathBuf,
    go: Go<'g>,
    reader: Box<dyn Read>,
    raw: Rc<RefCell<Raw>>,
    limits: Limits,
    bytes: u64,
    /// How many bytes the source has as it stands, where it is a file.
    length: Option<u64>,
}

/// Holds what is known of the bytes as they stand in the source.
#[derive(Default)]
struct Raw {
    /// None where nobody wants to know the hash.
    hasher: Option<blake3::Hasher>,
    bytes: u64,
    /// Shows others how many; of a file that is only looked at it doesn't.
    meter: Meter,
    /// An error of the system, which decompressors would take for damage.
    is_unreadable: bool,
}

#[derive(Clone, Copy)]
struct Limits {
    is_compressed: bool,
    ratio: u64,
}

/// How the bytes of a source are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    fn of(head: &[u8]) -> Self {
        if head.starts_with(b"\x1f\x8b\x08") {
            return Self::Gzip;
        }
        let is_skippable = matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
        if head.starts_with(b"\x28\xb5\x2f\xfd") || is_skippable { Self::Zstd } else { Self::Plain }
    }
}

/// Returns whether a path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Returns whether the file at `path` is compressed.
pub(crate) fn is_packed(path: &Path) -> Result<bool, Error> {
    let mut file = BufReader::new(open_regular(path)?);
    Ok(Packing::of(file.fill_buf().map_err(Error::unreadable(path))?) != Packing::Plain)
}

/// Returns the first bytes of the text of the file at `path`.
pub(crate) fn head(path: &Path, bytes: usize) -> Result<Vec<u8>, Error> {
    let mut file = BufReader::new(open_regular(path)?);
    let packing = Packing::of(file.fill_buf().map_err(Error::unreadable(path))?);
    let mut head = Vec::new();
    // What is damaged is told when all of it is read.
    let read = unpacked(file, packing).take(bytes as u64).read_to_end(&mut head);
    match (packing, read) {
        (Packing::Plain, Err(cause)) => Err(Error::unreadable(path)(cause)),
        _ => Ok(head),
    }
}

fn unpacked(reader: impl BufRead + 'static, packing: Packing) -> Box<dyn Read> {
    match packing {
        Packing::Plain => Box::new(reader),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Packing::Zstd => Box::new(Zstd::new(reader)),
    }
}

impl<'g> Source<'g> {
    /// Opens a file, or stdin, that is hashed while it is read and told of by the options' meter. It is read as long as
    /// `go` says so.
    pub(crate) fn open(path: &Path, options: &GenericOptions, go: Go<'g>) -> Result<(Self, Packing), Error> {
        let ratio = options.max_ratio.unwrap_or(MAX_RATIO);
        let meter = options.meter.clone();
        let raw = Raw { hasher: Some(blake3::Hasher::new()), meter, ..Raw::default() };
        Self::open_as(path, options.encoding.as_deref(), Limits { is_compressed: false, ratio }, raw, go)
    }

    /// Opens a file, or stdin, that is only looked at.
    pub(crate) fn open_unhashed(path: &Path, encoding: Option<&str>, go: Go<'g>) -> Result<Self, Error> {
        let limits = Limits { is_compressed: false, ratio: MAX_RATIO };
        Ok(Self::open_as(path, encoding, limits, Raw::default(), go)?.0)
    }

    fn open_as(
        path: &Path,
        encoding: Option<&str>,
        limits: Limits,
        raw: Raw,
        go: Go<'g>,
    ) -> Result<(Self, Packing), Error> {
        let (bytes, length): (Box<dyn Read>, _) = if is_stdin(path) {
            (Box::new(io::stdin()), None)
        } else {
            let file = open_regular(path)?;
            let length = file.metadata().map_err(Error::unreadable(path))?.len();
            (Box::new(file), Some(length))
        };
        raw.meter.begin(length);
        let raw = Rc::new(RefCell::new(raw));
        let hashing = Hashing { bytes, raw: Rc::clone(&raw) };
        let mut buffered = BufReader::with_capacity(BUFFER_BYTES, hashing);
        let packing = Packing::of(buffered.fill_buf().map_err(Error::unreadable(path))?);
        let reader = match encoding {
            Some(name) => Box::new(Decoder::named(name, unpacked(buffered, packing))?),
            None => unpacked(buffered, packing),
        };
        let limits = Limits { is_compressed: packing != Packing::Plain, ..limits };
        Ok((Self { path: path.to_owned(), go, reader, raw, limits, bytes: 0, length }, packing))
    }

    /// Reads some more; 0 at the end, by which all checksums have been right.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if !(self.go)() {
            return Err(Error::Interrupted);
        }
        let read = loop {
            match self.reader.read(buffer) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let read = read.map_err(|cause| self.explain(cause))?;
        self.bytes += read as u64;
        self.check_limits()?;
        Ok(read)
    }

    fn explain(&self, cause: io::Error) -> Error {
        if self.raw.borrow().is_unreadable {
            return Error::unreadable(&self.path)(cause);
        }
        let what =
            if self.limits.is_compressed { "the compressed file is damaged or cut" } else { "unreadable" };
        let cause = crate::shown(&cause.to_string()).to_string();
        Place::file(&self.path).rejects(format!("{what} after {} bytes of text: {cause}", self.bytes))
    }

    fn check_limits(&self) -> Result<(), Error> {
        let Limits { is_compressed, ratio } = self.limits;
        if self.bytes > MAX_BYTES {
            return Err(Place::file(&self.path).rejects("more than 64 GiB of text"));
        }
        let most = self.raw.borrow().bytes.saturating_mul(ratio).max(FREE_BYTES);
        if is_compressed && self.bytes > most {
            let message = format!("the compressed file grows to more than {ratio} times its size");
            let hint = "if it is meant to, say so with '--max-ratio'".to_owned();
            return Err(Place::file(&self.path).rejects(message).with_hint(hint));
        }
        Ok(())
    }

    /// Returns the hash of the source's bytes, once all have been read; none where they aren't hashed.
    pub(super) fn hash(&self) -> Option<blake3::Hash> {
        self.raw.borrow().hasher.as_ref().map(blake3::Hasher::finalize)
    }

    /// Returns which share of the source has been read, where its length is known.
    pub(crate) fn share_read(&self) -> Option<f64> {
        Some(self.raw.borrow().bytes as f64 / self.length? as f64)
    }

    /// Returns the path, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Counts and hashes whatever is read through it.
struct Hashing {
    bytes: Box<dyn Read>,
    raw: Rc<RefCell<Raw>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut raw = self.raw.borrow_mut();
        match self.bytes.read(buffer) {
            Ok(read) => {
                raw.bytes += read as u64;
                raw.meter.add(read);
                if let Some(hasher) = &mut raw.hasher {
                    hasher.update(&buffer[..read]);
                }
                Ok(read)
            }
            Err(cause) => {
                raw.is_unreadable = cause.kind() != io::ErrorKind::Interrupted;
                Err(cause)
            }
        }
    }
}
