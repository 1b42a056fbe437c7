//! Baseline files: read with suspicion, for they may come from anybody, and written whole.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use compare::{BASELINE_SCHEMA, Baseline, Subject};
use platform::{Error, experiment::is_csv};
use serde::Deserialize;

use crate::run_folder::replace;

/// A baseline has some 50 lines, and the rows of three answers of 256 KiB at most. What is larger is something else.
const MOST_BYTES: u64 = 1024 * 1024;

/// Holds what stands above the values, so that whoever meets the file in a review knows what it is.
const HEADING: &str = "\
# Deterministic results of a gate. 'counterpoint gate --baseline' compares a run with them and names what changed;
# '--write-baseline' writes them again. No latency is kept here.
";

/// The one field that tells whether the others can be read.
#[derive(Deserialize)]
struct Versioned {
    schema: Option<String>,
}

/// Reads the baseline at `path` and checks that it is one of `subject`.
pub(crate) fn read(path: &Path, subject: &Subject<'_>) -> Result<Baseline, Error> {
    let text = text(path)?;
    let malformed = |error: toml::de::Error| {
        if is_csv(path, &text) {
            let shown = datasets::shown_path(path);
            return Error::input(format!("{shown} is CSV, not a baseline"))
                .with_hint("write one with --write-baseline FILE");
        }
        Error::Dataset(datasets::Error::Toml(Box::new(datasets::explain_toml(path, &text, &error))))
    };
    let shown = datasets::shown_path(path);
    let Versioned { schema } = toml::from_str(&text).map_err(malformed)?;
    match schema.as_deref() {
        Some(BASELINE_SCHEMA) => {}
        found => {
            let found = shortened(found.unwrap_or("missing"));
            return Err(Error::input(format!(
                "{shown}: its schema is {found}, this program reads {BASELINE_SCHEMA}"
            ))
            .with_hint("write it again with --write-baseline"));
        }
    }
    let baseline = Baseline::from_toml(&text).map_err(malformed)?;
    match baseline.mismatch(subject) {
        None => Ok(baseline),
        Some(other) => Err(Error::input(format!(
            "{shown}: a baseline of another {}: {}; this run has {}",
            other.what,
            shortened(&other.baseline),
            shortened(&other.run)
        ))
        .with_hint("run the experiment that the baseline is of, or write another with --write-baseline")),
    }
}

/// Values of such a file in a message: escaped, and not longer than a hash with a name before it.
fn shortened(text: &str) -> String {
    const MOST_CHARS: usize = 200;
    let head: String = text.chars().take(MOST_CHARS).collect();
    let more = if text.chars().count() > MOST_CHARS { "…" } else { "" };
    format!("{}{more}", datasets::shown(&head))
}

fn text(path: &Path) -> Result<String, Error> {
    let shown = datasets::shown_path(path);
    let unreadable = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => Error::input(format!("{shown}: there is no such baseline"))
            .with_hint("write one with --write-baseline, on the branch that others are compared with"),
        _ => Error::input(format!("{shown}: {cause}")),
    };
    // Asked before opening: a FIFO would wait for a writer for ever.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::input(format!("{shown}: not a regular file")));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::input(format!(
            "{shown}: longer than the {MOST_BYTES} bytes that a baseline may have"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|&byte| byte == b'\n');
        Error::input(format!("{shown} line {}: not UTF-8", valid.count()))
    })
}

/// The place where a baseline will be written.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// Checks at once, before anything is computed, that a file can stand at `path`. Makes nothing yet.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            let shown = datasets::shown_path(path);
            return Err(Error::usage(format!("{shown} is a folder: a baseline is a file")));
        }
        let above = path.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok());
        let above = above.unwrap_or(Path::new("."));
        tempfile::tempfile_in(above).map_err(failed("write in", above))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes `baseline`, in the place of an older one if there is one.
    pub(crate) fn write(&self, baseline: &Baseline) -> Result<&Path, Error> {
        let values = baseline.to_toml();
        if let Some(parent) = self.0.parent() {
            fs::create_dir_all(parent).map_err(failed("create", parent))?;
        }
        replace(&self.0, &format!("{HEADING}\n{values}"))?;
        Ok(&self.0)
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |cause| Error::System { action, path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_values_are_cut_and_escaped() {
        assert_eq!(shortened("a\u{1b}[2J"), r"a\u{1b}[2J");
        let long = shortened(&"x".repeat(5_000));
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('…'));
    }
}
