//! Finds the parts of a folder that is one table, and tells them from what a writer keeps beside them, or has left there when
//! it crashed.

use std::fs;
use std::path::{Path, PathBuf};

use super::spark_log;
use crate::error::{Error, Place};

/// Folders within folders, links counted too.
const MOST_LEVELS: usize = 32;
/// A folder named so holds rows whose value for the column is missing.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";
/// Files and folders of formats whose own log says which files count; here we would read rows that were deleted.
const LOGGED: [(&str, &str); 3] =
    [("_delta_log", "Delta Lake"), (".hoodie", "Hudi"), ("metadata", "Iceberg")];

/// A file of rows in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    /// The columns whose value the folders around it say, such as `day=2026-01-01`; none where it is missing.
    pub(super) values: Vec<(String, Option<String>)>,
}

/// Describes what was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The parts, in the order in which they are read.
    pub(super) parts: Vec<Part>,
    /// Files that are no rows: a writer was at work on them, or has given them up.
    pub(super) left: Left,
    /// Says whether a sink's log names the parts.
    pub(super) has_log: bool,
}

/// Counts files that a writer has left, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Left {
    fn add(&mut self, path: &Path) {
        self.files += 1;
        self.bytes += fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
    }
}

/// Says what a file or folder is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Part,
    /// Kept beside the parts by their writer: it says nothing of rows.
    Mark,
    /// Begun, and not done with.
    Left,
}

impl Sort {
    fn of(name: &str) -> Self {
        let is_mark = Path::new(name).extension().is_some_and(|end| end == "crc")
            || ["_committed_", "_started_"].iter().any(|begin| name.starts_with(begin))
            || ["_SUCCESS", "_metadata", "_common_metadata", ".DS_Store"].contains(&name);
        let is_at_work = [".inprogress", ".in-progress", ".pending"].iter().any(|word| name.contains(word))
            || name.ends_with("._COPYING_");
        match name.as_bytes().first() {
            _ if is_mark => Self::Mark,
            Some(b'.' | b'_') => Self::Left,
            _ if is_at_work => Self::Left,
            _ => Self::Part,
        }
    }
}

/// Finds the parts of a folder.
pub(super) fn list(folder: &Path) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut walk = Walk { listing: &mut listing, values: Vec::new(), around: Vec::new() };
    walk.folder(folder, 0)?;
    if let Some(committed) = spark_log::committed(folder)? {
        let found = std::mem::take(&mut listing.parts);
        listing.has_log = true;
        listing.parts =
            spark_log::choose(folder, &committed, &found, &mut |part| listing.left.add(&part.path))?;
    }
    if listing.parts.is_empty() {
        return Err(none(folder, &listing));
    }
    Ok(listing)
}

fn none(folder: &Path, listing: &Listing) -> Error {
    let seen = match listing.left.files {
        others if listing.has_log => {
            format!("its log names none, beside {}", crate::counted(others, "other files"))
        }
        0 => "it is empty, but for what is hidden".to_owned(),
        _ => format!("only {}", described(listing.left)),
    };
    Place::file(folder).rejects(format!("no file of rows in this folder: {seen}"))
}

/// Returns the sentence on what was left.
pub(super) fn described(left: Left) -> String {
    let files = crate::counted(left.files, "files");
    let bytes = crate::counted(left.bytes, "bytes");
    format!("{files} ({bytes}) that a writer was at work on, or has left behind in a crash")
}

struct Walk<'a> {
    listing: &'a mut Listing,
    values: Vec<(String, Option<String>)>,
    /// The folders that we are in, by the paths that no link leads through.
    around: Vec<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, levels: usize) -> Result<(), Error> {
        if levels > MOST_LEVELS {
            let message = format!("folders within folders, more than {MOST_LEVELS} levels deep");
            return Err(Place::file(folder).rejects(message));
        }
        let itself = fs::canonicalize(folder).map_err(Error::unreadable(folder))?;
        if self.around.contains(&itself) {
            return Err(Place::file(folder).rejects("a link that leads back to a folder around it"));
        }
        self.around.push(itself);
        for (name, path) in entries(folder)? {
            refuse_logged(folder, &name, &path)?;
            if name == spark_log::FOLDER && levels == 0 {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).map_err(Error::unreadable(&path))?;
            match Sort::of(&name) {
                Sort::Mark => {}
                Sort::Left if metadata.is_dir() => self.count(&path, levels + 1)?,
                Sort::Left => self.listing.left.add(&path),
                Sort::Part => self.part(&name, path, levels)?,
            }
        }
        self.around.pop();
        Ok(())
    }

    fn part(&mut self, name: &str, path: PathBuf, levels: usize) -> Result<(), Error> {
        let metadata = fs::metadata(&path).map_err(Error::unreadable(&path))?;
        if metadata.is_dir() {
            let value = partition(name);
            let is_partition = value.is_some();
            self.values.extend(value);
            self.folder(&path, levels + 1)?;
            if is_partition {
                self.values.pop();
            }
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(Place::file(&path).rejects("not a regular file"));
        }
        self.listing.parts.push(Part { path, values: self.values.clone() });
        Ok(())
    }

    /// Counts all that stands in a folder that isn't done with.
    fn count(&mut self, folder: &Path, levels: usize) -> Result<(), Error> {
        if levels > MOST_LEVELS {
            return Ok(());
        }
        for (name, path) in entries(folder)? {
            let metadata = fs::symlink_metadata(&path).map_err(Error::unreadable(&path))?;
            if metadata.is_dir() {
                self.count(&path, levels + 1)?;
            } else if Sort::of(&name) != Sort::Mark {
                self.listing.left.add(&path);
            }
        }
        Ok(())
    }
}

/// Returns the entries of a folder in the order of their names.
pub(super) fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::unreadable(folder))? {
        let entry = entry.map_err(Error::unreadable(folder))?;
        found.push((entry.file_name(), entry.path()));
    }
    found.sort();
    Ok(found.into_iter().map(|(name, path)| (name.to_string_lossy().into_owned(), path)).collect())
}

/// Refuses tables of which files alone don't say what is in them.
fn refuse_logged(folder: &Path, name: &str, path: &Path) -> Result<(), Error> {
    let Some((_, format)) = LOGGED.iter().find(|(known, _)| *known == name) else { return Ok(()) };
    if !path.is_dir() || *format == "Iceberg" && !is_of_iceberg(path)? {
        return Ok(());
    }
    let message = format!("this is a table of {format}, whose own log says which files count; it isn't read");
    let hint = "write the table's rows into a folder of their own".to_owned();
    Err(Place::file(folder).rejects(message).with_hint(hint))
}

fn is_of_iceberg(folder: &Path) -> Result<bool, Error> {
    Ok(entries(folder)?.iter().any(|(name, _)| name.ends_with(".metadata.json")))
}

/// Returns the column and value that a folder's name says.
fn partition(name: &str) -> Option<(String, Option<String>)> {
    let (column, value) = name.split_once('=').filter(|(column, _)| !column.is_empty())?;
    let value = (value != NO_VALUE).then(|| unescaped(value));
    Some((unescaped(column), value))
}

/// Returns a name without the `%3A` that stands for what a path can't hold.
pub(super) fn unescaped(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| behind.first_chunk::<2>()).flatten().and_then(|hex| {
            let is_hex = hex.iter().all(u8::is_ascii_hexdigit);
            u8::from_str_radix(str::from_utf8(hex).ok().filter(|_| is_hex)?, 16).ok()
        });
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    // What was no escape of UTF-8 stays as it stands.
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}
