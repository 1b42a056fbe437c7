//! The text of an experiment file: what is named as one and isn't is told by what it is.

use std::path::Path;

use datasets::TomlProblem;

use crate::error::Error;

/// An experiment is a page of text.
const MOST_BYTES: u64 = 1 << 20;

/// Reads the text of the experiment at `path`.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let shown = datasets::shown_path(path);
    if path.is_dir() {
        return Err(folder(path, &shown));
    }
    datasets::read_regular_text(path, MOST_BYTES, "an experiment").map_err(|error| {
        if error.kind() == datasets::ErrorKind::System {
            return error.into();
        }
        let hint = "name an experiment file, or describe one with --dataset, --stable and --candidate";
        Error::usage(format!("cannot read the experiment {error}")).with_hint(hint)
    })
}

fn folder(path: &Path, shown: &str) -> Error {
    if path.join(datasets::MANIFEST_FILE).is_file() {
        let dataset = datasets::shell_word(&path.to_string_lossy());
        return Error::usage(format!("{shown} is a frozen dataset, not an experiment"))
            .with_hint(format!("use --dataset {dataset}"));
    }
    if path.join("results.json").is_file() {
        return Error::usage(format!("{shown} is a finished run, not an experiment"))
            .with_hint(format!("its experiment is {shown}/experiment.toml"));
    }
    Error::usage(format!("{shown} is a folder, not an experiment"))
        .with_hint("name an experiment file, or describe one with --dataset, --stable and --candidate")
}

/// Returns whether a text that doesn't read as TOML is a table, by its name or its first line.
pub fn is_csv(path: &Path, text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let has_name = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    has_name || first.contains(',') && !first.contains(['=', '[', '#'])
}

/// Why a text doesn't read as an experiment; that of a table is known.
pub(super) fn explain(path: &Path, text: &str, problem: TomlProblem) -> Error {
    if !is_csv(path, text) {
        return Error::Experiment(Box::new(problem));
    }
    let shown = datasets::shown_path(path);
    let word = datasets::shell_word(&path.to_string_lossy());
    Error::usage(format!("{shown} is CSV, not an experiment")).with_hint(format!(
        "freeze it first with 'counterpoint freeze {word} --to DIR', then name --dataset DIR"
    ))
}
