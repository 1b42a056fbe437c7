//! Parquet, whose reader is an adapter that the program hands over when it has one.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::sync::OnceLock;

use super::Rows;
use crate::{
    Go,
    error::{Error, Place},
    files::open_regular,
};

/// Opens a Parquet file that has been opened as a file; the path names it in messages.
pub type OpenParquet = for<'g> fn(&Path, File, Go<'g>) -> Result<Box<dyn Rows + 'g>, Error>;

/// Such files begin so, and encrypted ones otherwise.
const MAGIC: [&[u8]; 2] = [b"PAR1", b"PARE"];

static OPEN: OnceLock<OpenParquet> = OnceLock::new();

/// Hands over a reader of Parquet files, once; a second is ignored.
pub fn provide_parquet(open: OpenParquet) {
    let _ = OPEN.set(open);
}

/// Returns whether the first bytes of a file are those of Parquet.
fn is_parquet(head: &[u8]) -> bool {
    MAGIC.iter().any(|magic| head.starts_with(magic))
}

/// Returns whether a file is Parquet by its name, or by how it begins.
pub(crate) fn is_parquet_file(path: &Path) -> Result<bool, Error> {
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet")) {
        return Ok(true);
    }
    let mut head = Vec::new();
    open_regular(path)?.take(4).read_to_end(&mut head).map_err(Error::unreadable(path))?;
    Ok(is_parquet(&head))
}

/// Opens a Parquet file, if this program can.
pub(super) fn open<'g>(path: &Path, go: Go<'g>) -> Result<Box<dyn Rows + 'g>, Error> {
    let mut file = open_regular(path)?;
    let mut head = Vec::new();
    (&mut file).take(4).read_to_end(&mut head).map_err(Error::unreadable(path))?;
    if !is_parquet(&head) {
        let message =
            if head.is_empty() { "the file is empty, and so not Parquet" } else { "not a Parquet file" };
        return Err(Place::file(path).rejects(message));
    }
    file.rewind().map_err(Error::unreadable(path))?;
    if let Some(open) = OPEN.get() {
        return open(path, file, go);
    }
    let hint = "build it with '--features parquet', or write the table as CSV or JSON lines".to_owned();
    Err(Place::file(path).rejects("a Parquet file, which this build doesn't read").with_hint(hint))
}
