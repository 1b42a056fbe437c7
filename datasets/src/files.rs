//! Opening what we read, carefully, and flushing what we write.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::{Error, Place};

/// Opens a regular file for reading.
///
/// The type is asked first: opening a FIFO would wait for a writer for ever.
pub(crate) fn open_regular(path: &Path) -> Result<File, Error> {
    let metadata = fs::metadata(path).map_err(Error::unreadable(path))?;
    if metadata.is_dir() {
        return Err(Place::file(path).rejects("a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(Place::file(path).rejects("not a regular file"));
    }
    File::open(path).map_err(Error::unreadable(path))
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
