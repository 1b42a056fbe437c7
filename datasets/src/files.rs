//! Opening what we read, carefully, and flushing what we write.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::meter::Meter;

/// Opens a regular file for reading.
///
/// The type is asked first: opening a FIFO would wait for a writer for ever.
pub(crate) fn open_regular(path: &Path) -> Result<File, Error> {
    let metadata = fs::metadata(path).map_err(Error::unreadable(path))?;
    if metadata.is_dir() {
        return Err(Place::file(path).rejects("a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(Place::file(path).rejects("not a regular file").with_hint(
            "what comes through a pipe or from a device is written into a file first".to_owned(),
        ));
    }
    File::open(path).map_err(Error::unreadable(path))
}

/// A file that is read as long as somebody says so.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) path: &'a Path,
    pub(crate) go: Go<'a>,
    pub(crate) meter: &'a Meter,
}

impl<'a> Input<'a> {
    /// Opens it, as [`open_regular`] does.
    pub(crate) fn open(self) -> Result<InputReader<'a>, Error> {
        let file = open_regular(self.path)?;
        self.meter.begin(Some(file.metadata().map_err(Error::unreadable(self.path))?.len()));
        Ok(InputReader { file, go: self.go, meter: self.meter })
    }
}

/// Reads an [`Input`]; once nobody wants it any more, reading fails with [`Stopped`].
pub(crate) struct InputReader<'a> {
    file: File,
    go: Go<'a>,
    meter: &'a Meter,
}

impl Read for InputReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Not of the kind *interrupted*, which readers take for a signal and try again.
        if !(self.go)() {
            return Err(io::Error::other(Stopped));
        }
        let read = self.file.read(buffer)?;
        self.meter.add(read);
        Ok(read)
    }
}

/// Says that nobody wants a file to be read on.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Stopped {}

/// Returns whether reading failed because nobody wanted it any more.
pub(crate) fn is_stopped(cause: &io::Error) -> bool {
    matches!(cause.get_ref(), Some(inner) if inner.is::<Stopped>())
}

/// Reads a regular file of at most `most_bytes`; `what` says what a longer one isn't: `a manifest`.
pub fn read_regular(path: &Path, most_bytes: u64, what: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(most_bytes + 1).read_to_end(&mut bytes).map_err(Error::unreadable(path))?;
    if bytes.len() as u64 > most_bytes {
        let most = match most_bytes >> 20 {
            most if most < 1024 => format!("{most} MiB"),
            most => format!("{} GiB", most >> 10),
        };
        return Err(Place::file(path).rejects(format!("longer than {most}, so not {what}")));
    }
    Ok(bytes)
}

/// Reads a regular file as [`read_regular`] does, which must hold UTF-8.
pub fn read_regular_text(path: &Path, most_bytes: u64, what: &str) -> Result<String, Error> {
    let bytes = read_regular(path, most_bytes, what)?;
    utf8(path, &bytes)?;
    String::from_utf8(bytes).map_err(|_| Place::file(path).rejects("not UTF-8 text"))
}

/// Returns the bytes of a file as text, which they must be.
pub(crate) fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = 1 + memchr::memchr_iter(b'\n', valid).count() as u64;
        Place::line(path, line).rejects("not UTF-8 text")
    })
}

/// Names from a file become folders, so they may not say anything to a path or a shell.
pub(crate) fn check_folder_name(name: &str) -> Result<(), String> {
    let plain = (1..=64).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if plain {
        return Ok(());
    }
    let name = crate::shown::quoted(name.as_bytes());
    Err(format!("the name {name} can't be a folder's: 1 to 64 of A-Z a-z 0-9 . _ - and no leading dot"))
}

/// Makes a folder's entries durable: a rename survives a power cut only after this.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder can't be opened as a file; the file system keeps its own journal.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
