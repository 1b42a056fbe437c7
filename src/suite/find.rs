//! Where the experiments of a suite are: files, folders of them, and patterns.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use datasets::shown_path;
use platform::Error;
use serde::Deserialize;

use super::glob;
use crate::output::Output;

/// So many names are told where nothing was found.
const MOST_NAMES: usize = 10;
/// Files that are larger are no experiments.
const MOST_BYTES: u64 = 1 << 20;

/// The key that files of ours have which are no experiments: a baseline, a dataset's manifest.
#[derive(Deserialize)]
struct Versioned {
    schema: Option<String>,
}

/// Returns whether a path leads to several experiments: a folder of them, or a pattern.
pub(crate) fn is_several(path: &Path) -> bool {
    is_folder(path) || is_glob(path)
}

/// Datasets and runs are folders, too, of another kind.
fn is_folder(path: &Path) -> bool {
    path.is_dir() && !path.join(datasets::MANIFEST_FILE).is_file() && !path.join("results.json").is_file()
}

fn is_glob(path: &Path) -> bool {
    path.symlink_metadata().is_err() && path.to_str().is_some_and(glob::is_pattern)
}

/// Returns the experiments' files, each once, sorted. What leads to none is an error before anything runs.
pub(crate) fn find(paths: &[PathBuf], output: &Output) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in paths {
        if is_glob(path) {
            found.extend(of_glob(path)?);
        } else if is_folder(path) {
            found.extend(of_folder(path, output)?);
        } else if path.is_dir() || path.symlink_metadata().is_err() {
            // It says what it is instead.
            platform::experiment::ExperimentFile::read(path)?;
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    found.sort();
    Ok(found)
}

fn of_glob(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = pattern.to_string_lossy();
    let files = glob::files(&text).map_err(|cause| unreadable(pattern, cause))?;
    if !files.is_empty() {
        return Ok(files);
    }
    let literal = text.split('/').take_while(|part| !glob::is_pattern(part)).collect::<Vec<_>>().join("/");
    let folder = if literal.is_empty() && !text.starts_with('/') { ".".to_owned() } else { literal + "/" };
    let folder = Path::new(&folder);
    Err(Error::usage(format!("no file matches '{}'", datasets::shown(&text))).with_hint(holding(folder)))
}

/// The TOML files in a folder, but for those that say that they are something else of ours.
fn of_folder(folder: &Path, output: &Output) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))?;
    for entry in entries {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // A link that leads nowhere is an experiment that can't be read, and not passed over.
        if is_hidden || path.is_dir() || path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        match other_schema(&path) {
            Some(schema) => {
                let (shown, schema) = (shown_path(&path), datasets::shown(&schema).to_string());
                output.note(format_args!("{shown} is no experiment, its schema is {schema}: passed over"));
            }
            None => found.push(path),
        }
    }
    if found.is_empty() {
        let shown = shown_path(folder);
        return Err(Error::usage(format!("{shown} holds no experiment: no file in it ends with .toml"))
            .with_hint(holding(folder)));
    }
    Ok(found)
}

/// The schema of a file that has one of ours; an experiment has none.
fn other_schema(path: &Path) -> Option<String> {
    let text = datasets::read_regular_text(path, MOST_BYTES, "an experiment").ok()?;
    toml::from_str::<Versioned>(&text).ok()?.schema.filter(|schema| schema.starts_with("counterpoint."))
}

/// Says what a folder holds, where what was looked for isn't there.
fn holding(folder: &Path) -> String {
    let shown = shown_path(folder);
    let Ok(entries) = fs::read_dir(folder) else { return format!("there is no folder {shown}") };
    let name = |entry: fs::DirEntry| {
        let name = datasets::shown(&entry.file_name().to_string_lossy()).to_string();
        if entry.path().is_dir() { name + "/" } else { name }
    };
    let mut names: Vec<String> = entries.flatten().map(name).filter(|name| !name.starts_with('.')).collect();
    names.sort();
    format!("{shown} holds {}", listed(&names))
}

/// Returns names in one line, cut where there are many.
pub(crate) fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "nothing".to_owned(),
        all if all <= MOST_NAMES => names.join(", "),
        all => format!("{}, and {} more", names[..MOST_NAMES].join(", "), all - MOST_NAMES),
    }
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::System { action: "look into", path: path.to_owned(), cause }
}
