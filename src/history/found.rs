//! Finds runs: all of a folder, or the one that somebody names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use platform::Error;

use super::Entry;
use crate::{ended, program::program};

/// Marks a folder of runs that were made together.
pub(crate) const SUITE: &str = "suite.json";
/// The newest run is called so; `latest~2` is the second before it.
const LATEST: &str = "latest";

/// Holds the runs of a folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The runs, the oldest first.
    pub(crate) runs: Vec<Entry>,
    /// Runs that can't be read, with the reason.
    pub(crate) unread: Vec<(PathBuf, Error)>,
    /// Counts replays of one job, which have nothing to be compared by.
    pub(crate) replays: u64,
    /// Folders of runs that were stopped.
    pub(crate) partial: Vec<PathBuf>,
}

/// Reads all runs below `folder`, those of suites among them.
pub(crate) fn runs_in(folder: &Path) -> Result<Found, Error> {
    let mut found = Found::default();
    if !folder.is_dir() {
        let shown = datasets::shown_path(folder);
        return Err(Error::usage(format!("{shown}: there is no folder of runs"))
            .with_hint(format!("'{} run' makes one, or name another with --in", program())));
    }
    collect(folder, &mut found)?;
    found.runs.sort_by(|one, other| (&one.started, &one.folder).cmp(&(&other.started, &other.folder)));
    Ok(found)
}

fn collect(folder: &Path, found: &mut Found) -> Result<(), Error> {
    for path in folders(folder)? {
        if path.extension().is_some_and(|extension| extension == "partial") {
            found.partial.push(path);
        } else if path.join(SUITE).is_file() {
            collect(&path, found)?;
        } else if path.join("results.json").is_file() {
            match Entry::read(&path) {
                Ok(run) => found.runs.push(run),
                Err(_) if ended::is_replay(&path) => found.replays += 1,
                Err(why) => found.unread.push((path, why)),
            }
        }
    }
    Ok(())
}

/// Returns the folders in `folder`, by name; none that a link leads to, and none that is hidden: a run that is being written
/// stands in one.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |cause| Error::System { action: "read", path: folder.to_owned(), cause };
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && entry.file_type().map_err(failed)?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// Returns the run that `name` means: a folder, `latest`, `latest~N`, or how a folder's name in `runs` begins or ends.
pub(crate) fn named(name: &str, runs: &Path) -> Result<Entry, Error> {
    let path = Path::new(name);
    if path.join("results.json").is_file() {
        return Entry::read(path);
    }
    let found = runs_in(runs)?;
    let shown = datasets::shown(name).to_string();
    if let Some(back) = back(name) {
        let at = back.checked_add(1).and_then(|back| found.runs.len().checked_sub(back));
        let run = at.and_then(|at| found.runs.get(at)).cloned();
        let runs = datasets::counted(found.runs.len() as u64, "runs");
        return run
            .ok_or_else(|| Error::usage(format!("there is no run '{shown}': the folder holds {runs}")));
    }
    let exactly = |run: &&Entry| run.name() == name;
    let nearly = |run: &&Entry| run.name().starts_with(name) || run.name().ends_with(name);
    let mut meant: Vec<&Entry> = found.runs.iter().filter(exactly).collect();
    if meant.is_empty() {
        meant = found.runs.iter().filter(nearly).collect();
    }
    match meant.as_slice() {
        [run] => Ok((*run).clone()),
        [] => Err(Error::usage(format!("there is no run '{shown}' in {}", datasets::shown_path(runs)))
            .with_hint(format!(
                "name a run's folder, latest, latest~1, or how its name begins or ends; '{} runs' lists them",
                program()
            ))),
        several => {
            let names: Vec<String> = several.iter().take(5).map(|run| run.name()).collect();
            Err(Error::usage(format!("'{shown}' may be any of {} runs: {}", several.len(), names.join(", ")))
                .with_hint("name more of it, or the run's folder"))
        }
    }
}

/// Returns how far before the newest run that name means one.
fn back(name: &str) -> Option<usize> {
    let rest = name.strip_prefix(LATEST)?;
    if rest.is_empty() { Some(0) } else { rest.strip_prefix('~')?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_runs_have_names() {
        let all = [
            ("latest", Some(0)),
            ("latest~3", Some(3)),
            ("latest~", None),
            ("latest-1", None),
            ("late", None),
        ];
        for (name, expected) in all {
            assert_eq!(back(name), expected, "{name}");
        }
    }
}
