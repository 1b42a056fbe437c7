//! `rejected.csv`: the rows that an import left out, kept beside the data and as well guarded.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::error::{Error, Place};
use crate::files::open_regular;
use crate::manifest::{MANIFEST_FILE, Manifest, REJECTED_FILE, check_inside};
use crate::quoting::write_text;

/// A row of a source that was left out of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its line in the imported file, counted from 1.
    pub line: u64,
    /// Why: the column and what is wrong with it, without the value.
    pub reason: String,
    /// The row as it stood in the file, without its line end. It may hold any bytes.
    pub row: Vec<u8>,
}

/// Returns how many rows were rejected for each reason.
pub(crate) fn count(rejected: &[Rejected]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in rejected {
        *counts.entry(row.reason.clone()).or_default() += 1;
    }
    counts
}

/// Writes the rows; returns the hash of the bytes.
pub(crate) fn write(rows: &[Rejected], out: &mut impl Write) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut text = b"line,reason,row\n".to_vec();
    for Rejected { line, reason, row } in rows {
        text.extend_from_slice(format!("{line},").as_bytes());
        write_text(reason.as_bytes(), &mut text);
        text.push(b',');
        write_text(row, &mut text);
        text.push(b'\n');
        hasher.update(&text);
        out.write_all(&text)?;
        text.clear();
    }
    hasher.update(&text);
    out.write_all(&text)?;
    Ok(hasher.finalize())
}

/// So many reasons are counted one by one in a manifest; a file can be wrong in more ways than anybody reads.
const MOST_REASONS: usize = 50;
/// All others.
const OTHER_REASONS: &str = "other reasons";

/// Returns how many rows were left out for each reason, the commonest ones.
pub(crate) fn reasons(rows: &[Rejected]) -> BTreeMap<String, u64> {
    let mut counted: Vec<(String, u64)> = count(rows).into_iter().collect();
    // Stable, so that of reasons equally common the first by name are kept.
    counted.sort_by_key(|(_, rows)| Reverse(*rows));
    let others: u64 = counted.iter().skip(MOST_REASONS).map(|(_, rows)| rows).sum();
    counted.truncate(MOST_REASONS);
    let others = (others > 0).then(|| (OTHER_REASONS.to_owned(), others));
    counted.into_iter().chain(others).collect()
}

/// Checks that the rejected rows are those that the manifest speaks of.
pub(crate) fn verify(dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    let (Some(expected), Some(frozen)) = (manifest.rejected, &manifest.rejected_blake3) else {
        return Ok(());
    };
    let path = dir.join(REJECTED_FILE);
    let file = open_regular(&path)?;
    check_inside(dir, &path)?;
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(Hashing::new(file));
    let (mut rows, mut row) = (0, ByteRecord::new());
    let found = loop {
        match reader.read_byte_record(&mut row) {
            Ok(true) => rows += 1,
            Ok(false) => break reader.into_inner().hasher.finalize().to_hex(),
            Err(error) => {
                return Err(Place::file(&path).rejects(crate::shown(&error.to_string()).to_string()));
            }
        }
    };
    if found.as_str() != frozen {
        let detail = format!("its hash is {}…, {}… was frozen", &found[..12], &frozen[..12]);
        return Err(Error::Changed { place: Place::file(&path), detail });
    }
    if rows != expected {
        return Err(Place::file(&path).rejects(format!("holds {rows} rows, the manifest says {expected}")));
    }
    let reasons = manifest.rejected_reasons.values().try_fold(0, |sum: u64, rows| sum.checked_add(*rows));
    if !manifest.rejected_reasons.is_empty() && reasons != Some(expected) {
        let manifest = Place::file(&dir.join(MANIFEST_FILE));
        return Err(manifest.rejects(format!("rejected_reasons don't add up to {expected}")));
    }
    Ok(())
}

/// Hashes whatever is read through it.
struct Hashing {
    file: File,
    hasher: blake3::Hasher,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self { file, hasher: blake3::Hasher::new() }
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
