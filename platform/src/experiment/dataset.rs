//! Where an experiment's dataset is: where the file says that names it, or in a folder above that.

use std::path::{Path, PathBuf};

use datasets::{MANIFEST_FILE, shown_path};

use crate::error::Error;

/// Who has named a dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum NamedBy {
    /// The command line: it is relative to the folder in which the program runs.
    #[default]
    Flag,
    /// An experiment file.
    File {
        /// The file.
        file: PathBuf,
        /// The line that names the dataset.
        line: usize,
    },
}

impl NamedBy {
    /// The file whose content is `text`, if it names a dataset.
    pub(super) fn file(file: &Path, text: &str) -> Self {
        let is_it = |line: &str| {
            let rest = line.trim_start().strip_prefix("dataset");
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        match text.lines().position(is_it) {
            Some(before) => Self::File { file: file.to_owned(), line: before + 1 },
            None => Self::Flag,
        }
    }

    /// Says of a dataset that isn't there who has named it.
    pub(super) fn explain(&self, dataset: &Path, error: datasets::Error) -> Error {
        match self {
            Self::File { file, line } if !dataset.exists() => {
                Error::input(format!("{} line {line}: dataset {error}", shown_path(file)))
                    .with_hint("a dataset's path starts from the experiment's folder or one above it")
            }
            Self::File { .. } | Self::Flag => error.into(),
        }
    }
}

fn is_dataset(path: &Path) -> bool {
    path.join(MANIFEST_FILE).is_file()
}

/// The first folder above `start`, itself among them, from which `dataset` leads to one; where that is.
fn above(start: &Path, dataset: &Path) -> Option<PathBuf> {
    start.ancestors().map(|folder| folder.join(dataset)).find(|place| is_dataset(place))
}

/// The path by which this process reaches the `dataset` that stands in the experiment `file`.
pub(super) fn named_in(file: &Path, dataset: String) -> String {
    let place = || -> Option<String> {
        let folder = parent(file).canonicalize().ok()?;
        let place = above(&folder, Path::new(&dataset))?.canonicalize().ok()?;
        // Shorter, where it means the same.
        let is_here = Path::new(&dataset).canonicalize().is_ok_and(|here| here == place);
        (!is_here).then(|| place.to_str().map(str::to_owned))?
    };
    place().unwrap_or(dataset)
}

/// The path that leads to `dataset` from anywhere.
pub(super) fn anywhere(dataset: String) -> String {
    let place = Path::new(&dataset).canonicalize().ok();
    place.and_then(|place| place.to_str().map(str::to_owned)).unwrap_or(dataset)
}

/// Returns what an experiment file in the folder `run` has to say to be run again from anywhere: the path from the
/// nearest folder above both, so that both can be moved together; or else the whole path.
pub(super) fn seen_from(run: &Path, dataset: String) -> String {
    let relative = || -> Option<String> {
        let place = Path::new(&dataset).canonicalize().ok()?;
        let run = parent(run).canonicalize().ok()?.join(run.file_name()?);
        let common = run.ancestors().find(|folder| place.starts_with(folder))?;
        // Only the root is above both: they don't belong together.
        common.parent()?;
        let relative = place.strip_prefix(common).ok()?;
        // A nearer folder may hold another dataset of this name.
        let is_found = above(&run, relative).is_some_and(|found| found == place);
        is_found.then(|| relative.to_str().map(str::to_owned))?
    };
    relative().unwrap_or_else(|| anywhere(dataset))
}

/// The folder that `path` lies in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_dataset_is_found_from_the_file_upwards() {
        let scratch = tempfile::tempdir().expect("a folder");
        let root = scratch.path().canonicalize().expect("it is there");
        for dataset in ["data/a", "runs/data/b", "data/b"] {
            let place = root.join(dataset);
            fs::create_dir_all(&place).expect("a folder");
            fs::write(place.join(MANIFEST_FILE), "").expect("a file");
        }
        let text = |path: &str| root.join(path).to_str().expect("UTF-8").to_owned();
        fs::create_dir_all(root.join("runs/one")).expect("a folder");
        let file = root.join("runs/one/experiment.toml");
        for (dataset, place) in [
            ("data/a", text("data/a")),
            ("data/b", text("runs/data/b")),
            ("../../data/b", text("data/b")),
            ("data/none", "data/none".to_owned()),
        ] {
            assert_eq!(named_in(&file, dataset.to_owned()), place);
        }
        assert_eq!(seen_from(&root.join("runs/two"), text("data/a")), "data/a");
        assert_eq!(seen_from(&root.join("runs/two"), text("runs/data/b")), "data/b");
        // From there, data/b would be the other one.
        assert_eq!(seen_from(&root.join("runs/two"), text("data/b")), text("data/b"));
    }

    #[test]
    fn a_file_names_its_dataset_in_a_line() {
        let line = |text: &str| match NamedBy::file(Path::new("e.toml"), text) {
            NamedBy::File { line, .. } => line,
            NamedBy::Flag => 0,
        };
        assert_eq!(line("problem = 'x'\ndataset_blake3 = 'y'\n dataset = 'z'\n"), 3);
        assert_eq!((line("dataset='z'"), line("problem = 'dataset'"), line("")), (1, 0, 0));
    }
}
