//! The log of Spark's streaming sink, which names the files that were committed: all others are none of the table.
//!
//! Batch 7's files are added by the log's file `7`. Now and then `9.compact` takes all of them together, and what stands
//! before it doesn't count any more.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::listing::{Part, entries, unescaped};
use crate::error::{Error, Place};
use crate::files::read_regular_text;

/// The folder of the log, within that of the table.
pub(super) const FOLDER: &str = "_spark_metadata";
const VERSION: &str = "v1";
const MOST_BYTES: u64 = 1 << 30;

/// A line of the log; it says more than we need.
#[derive(Debug, Deserialize)]
struct Entry {
    path: String,
    size: u64,
    action: String,
}

/// A file that was committed: the end of its path, from the first folder of a partition on, and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    name: String,
    size: u64,
}

/// Returns the files that the log of a folder names, in its order; none where there is no log.
pub(super) fn committed(folder: &Path) -> Result<Option<Vec<Committed>>, Error> {
    let log = folder.join(FOLDER);
    if !log.is_dir() {
        return Ok(None);
    }
    let mut files: Vec<Option<Committed>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for path in logs(&log)? {
        for (line, entry) in read(&path)? {
            let name = name_of(&entry.path);
            if let Some(known) = places.remove(&name) {
                files[known] = None;
            }
            match entry.action.as_str() {
                "add" => {
                    places.insert(name.clone(), files.len());
                    files.push(Some(Committed { name, size: entry.size }));
                }
                "delete" => {}
                other => {
                    let message = format!("action '{}', expected add or delete", crate::shown(other));
                    return Err(Place::line(&path, line).rejects(message));
                }
            }
        }
    }
    Ok(Some(files.into_iter().flatten().collect()))
}

/// Returns the files of the log that count, in order: the last that takes all together, and those behind it.
fn logs(log: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut batches: Vec<(u64, bool, PathBuf)> = Vec::new();
    for (name, path) in entries(log)? {
        let (number, is_compact) = match name.strip_suffix(".compact") {
            Some(number) => (number, true),
            None => (name.as_str(), false),
        };
        if let Ok(number) = number.parse() {
            batches.push((number, is_compact, path));
        }
    }
    batches.sort();
    let begin = batches.iter().rposition(|(_, is_compact, _)| *is_compact).unwrap_or(0);
    let counting = &batches[begin..];
    let first = counting.first().map_or(0, |(number, is_compact, _)| if *is_compact { *number } else { 0 });
    for ((number, ..), expected) in counting.iter().zip(first..) {
        if *number != expected {
            let message = format!("batch {expected} is missing from the log, though batch {number} is there");
            return Err(Place::file(log).rejects(message));
        }
    }
    Ok(counting.iter().map(|(.., path)| path.clone()).collect())
}

fn read(path: &Path) -> Result<Vec<(u64, Entry)>, Error> {
    let text = read_regular_text(path, MOST_BYTES, "a log of committed files")?;
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, version)| version != VERSION) {
        return Err(
            Place::line(path, 1).rejects(format!("not the log of a sink: it doesn't begin with {VERSION}"))
        );
    }
    let entry = |(line, text): (u64, &str)| {
        let entry = serde_json::from_str(text);
        entry.map(|entry| (line, entry)).map_err(|error| {
            let why = crate::shown(&error.to_string()).to_string();
            Place::line(path, line).rejects(format!("not an entry of a sink's log: {why}"))
        })
    };
    lines.filter(|(_, text)| !text.is_empty()).map(entry).collect()
}

/// Returns the end of a path, from the first folder of a partition on: the table may have been moved since.
fn name_of(path: &str) -> String {
    let mut names = path.rsplit('/');
    let mut name = unescaped(names.next().unwrap_or_default());
    for folder in names.take_while(|folder| folder.contains('=')) {
        // The log escapes a path that has escapes in it already.
        name = format!("{}/{name}", unescaped(folder));
    }
    name
}

/// Returns the parts that the log names, in its order, and hands on the others.
pub(super) fn choose(
    folder: &Path,
    committed: &[Committed],
    found: &[Part],
    on_other: &mut dyn FnMut(&Part),
) -> Result<Vec<Part>, Error> {
    let by_name: HashMap<String, &Part> =
        found.iter().filter_map(|part| Some((name_within(folder, &part.path)?, part))).collect();
    let mut taken = HashSet::new();
    let mut parts = Vec::with_capacity(committed.len());
    for file in committed {
        let place = Place::file(folder);
        let name = crate::shown(&file.name).to_string();
        let Some(part) = by_name.get(&file.name) else {
            return Err(place.rejects(format!("'{name}' was committed by the log, and isn't there")));
        };
        let size = part.path.metadata().map_err(Error::unreadable(&part.path))?.len();
        if size != file.size {
            let message = format!("{size} bytes, by the log it has {}", file.size);
            return Err(Place::file(&part.path).rejects(message));
        }
        taken.insert(&part.path);
        parts.push((*part).clone());
    }
    found.iter().filter(|part| !taken.contains(&part.path)).for_each(on_other);
    Ok(parts)
}

fn name_within(folder: &Path, path: &Path) -> Option<String> {
    let within = path.strip_prefix(folder).ok()?;
    Some(within.components().map(|name| name.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}
