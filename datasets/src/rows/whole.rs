//! Whole tables: read into memory, or hashed.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Row, RowsForm, is_parquet_file, listing, open_rows};
use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::freeze::Go;
use crate::reading::{ReadTable, Reading};

const BUFFER_BYTES: usize = 1 << 20;

/// Returns whether a path is that of a table which can only be read row by row: a Parquet file, or a folder of parts.
pub fn is_table_of_rows(path: &Path) -> Result<bool, Error> {
    Ok(path.is_dir() || is_parquet_file(path)?)
}

/// Reads a table of any format, or a folder of parts, into memory, each field as it was written.
pub fn read_table_of_rows(path: &Path, go: Go<'_>) -> Result<ReadTable, Error> {
    let mut rows = open_rows(path, &RowsForm::default(), go)?;
    let mut table = Reading::default();
    let columns: Vec<usize> = rows.columns().iter().map(|name| table.column(name)).collect();
    let mut row = Row::default();
    let mut line = 0;
    while rows.next(&mut row)? {
        line = rows.place().line.unwrap_or(line + 1);
        for (column, field) in columns.iter().zip(row.fields()) {
            let pushed = table.push(*column, field.kind, field.text);
            pushed.map_err(|message| rows.place().rejects(message))?;
        }
        table.end_row(line);
    }
    Ok(table.finish())
}

/// Returns the parts of a folder that is one table.
pub(crate) fn parts(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(listing::list(folder)?.parts.into_iter().map(|part| part.path).collect())
}

/// Returns the hash of a file, or that of a list of a folder's parts, each a line: its hash, two blanks, its name.
pub fn hash_of_table(path: &Path, go: Go<'_>) -> Result<blake3::Hash, Error> {
    if !path.is_dir() {
        return hash_of_file(path, go);
    }
    let mut all = blake3::Hasher::new();
    for part in parts(path)? {
        let name = part.strip_prefix(path).unwrap_or(&part).to_string_lossy();
        let line = format!("{}  {name}\n", hash_of_file(&part, go)?.to_hex());
        all.update(line.as_bytes());
    }
    Ok(all.finalize())
}

/// Returns how many bytes a file has, or the parts of a folder.
pub(crate) fn bytes_of_table(path: &Path) -> Result<u64, Error> {
    let files = if path.is_dir() { parts(path)? } else { vec![path.to_owned()] };
    let bytes = |file: &PathBuf| Ok(file.metadata().map_err(Error::unreadable(file))?.len());
    files.iter().map(bytes).sum()
}

fn hash_of_file(path: &Path, go: Go<'_>) -> Result<blake3::Hash, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut file = open_regular(path)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        if !go() {
            return Err(Error::Interrupted);
        }
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(read) => drop(hasher.update(&buffer[..read])),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(Error::unreadable(path)(cause)),
        }
    }
}

/// Returns an error where a table isn't what it was when it had this hash.
pub(crate) fn check_unchanged(path: &Path, before: blake3::Hash, go: Go<'_>) -> Result<(), Error> {
    if hash_of_table(path, go)? == before {
        return Ok(());
    }
    Err(Place::file(path).rejects("it changed while it was read"))
}
