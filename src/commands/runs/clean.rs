//! `runs clean`: removes all runs but the newest.
//!
//! Only what a run writes is ever removed: a folder that holds anything else is kept whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use platform::Error;
use serde::Serialize;

use super::tell_unread;
use crate::{
    cli::CleanArgs,
    history::{SUITE, runs_in},
    output::Output,
};

/// The files that a run may write beside its answers and latencies.
const FILES: [&str; 7] = [
    "experiment.toml",
    "results.json",
    "timings.json",
    "report.html",
    "summary.md",
    "junit.xml",
    "events.jsonl",
];
/// The stems of answers, each of which may have files of its own beside it.
const ANSWERS: [&str; 3] = ["reference", "stable", "candidate"];
/// Behind a stem: what was emitted, came late or was refused.
const BESIDE: [&str; 4] = ["", "-firings", "-late", "-rejected"];
/// The files of runs that were made together, beside the runs.
const OF_SUITES: [&str; 4] = [SUITE, "index.html", "junit.xml", "summary.md"];

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    dry_run: bool,
    removed: Vec<String>,
    /// Folders that were kept for what else stands in them.
    kept_for_others: Vec<String>,
}

pub(super) fn clean(args: &CleanArgs, output: &Output) -> Result<u8, Error> {
    let found = runs_in(&args.place.folder)?;
    tell_unread(&found, output);
    // The oldest first, as they were found; runs that were made together go together.
    let mut places: Vec<PathBuf> = Vec::new();
    for run in &found.runs {
        let place = place(&run.folder);
        places.retain(|known| *known != place);
        places.push(place);
    }
    places.truncate(places.len().saturating_sub(args.keep));
    let (removed, kept): (Vec<_>, Vec<_>) =
        places.into_iter().map(|place| (foreign(&place), place)).partition(|(foreign, _)| foreign.is_none());
    for (foreign, place) in &kept {
        let foreign = foreign.as_deref().map(datasets::shown_path).unwrap_or_default();
        let place = datasets::shown_path(place);
        output.note(format_args!("{place} is kept: {foreign} isn't what a run writes"));
    }
    for (_, place) in &removed {
        if !args.dry_run {
            remove(place)?;
        }
        let word = if args.dry_run { "would remove" } else { "removed" };
        output.line(format_args!("{word} {}", datasets::shown_path(place)));
    }
    let paths = |places: &[(Option<PathBuf>, PathBuf)]| {
        places.iter().map(|(_, place)| place.display().to_string()).collect::<Vec<_>>()
    };
    output.json(&Printed {
        schema: "counterpoint.runs-cleaned/1",
        dry_run: args.dry_run,
        removed: paths(&removed),
        kept_for_others: paths(&kept),
    });
    let word = if args.dry_run { "would be removed" } else { "removed" };
    output.line(format_args!("{} {word}", datasets::counted(removed.len() as u64, "folders")));
    for folder in &found.partial {
        output.line(format_args!("stopped before its end, and left alone: {}", datasets::shown_path(folder)));
    }
    Ok(0)
}

/// Returns the folder that goes as a whole: the run's, or that of the runs that were made together with it.
fn place(run: &Path) -> PathBuf {
    let above = run.parent().filter(|above| above.join(SUITE).is_file());
    above.unwrap_or(run).to_owned()
}

/// Returns something in `place` that no run writes, if there is any.
fn foreign(place: &Path) -> Option<PathBuf> {
    if !place.join(SUITE).is_file() {
        return foreign_in_run(place);
    }
    entries(place).into_iter().find_map(|(path, is_folder)| {
        if is_folder && path.join("results.json").is_file() {
            foreign_in_run(&path)
        } else if is_folder {
            Some(path)
        } else {
            (!is_named(&path, &OF_SUITES)).then_some(path)
        }
    })
}

fn foreign_in_run(run: &Path) -> Option<PathBuf> {
    entries(run).into_iter().find_map(|(path, is_folder)| {
        if !is_folder {
            return (!is_named(&path, &FILES)).then_some(path);
        }
        if !path.ends_with("answers") && !path.ends_with("latency") {
            return Some(path);
        }
        let is_ours = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.parent().is_some_and(|folder| folder.ends_with("latency")) {
                return ["stable.hlog", "candidate.hlog"].contains(&&*name);
            }
            let answers = ANSWERS.iter().flat_map(|stem| BESIDE.map(|beside| format!("{stem}{beside}.csv")));
            name == "changelog.csv" || answers.into_iter().any(|answer| answer == name)
        };
        entries(&path)
            .into_iter()
            .find(|(path, is_folder)| *is_folder || !is_ours(path))
            .map(|(path, _)| path)
    })
}

fn is_named(path: &Path, names: &[&str]) -> bool {
    path.file_name().is_some_and(|found| names.iter().any(|name| found == *name))
}

/// Returns what stands in a folder, by name, and whether it is a folder itself. What can't be read counts as something
/// else than a run writes.
fn entries(folder: &Path) -> Vec<(PathBuf, bool)> {
    let Ok(listed) = fs::read_dir(folder) else { return vec![(folder.join("?"), false)] };
    let entry = |entry: std::io::Result<fs::DirEntry>| match entry {
        Ok(entry) => {
            let kind = entry.file_type();
            let is_link = kind.as_ref().is_ok_and(fs::FileType::is_symlink);
            let path = if is_link { entry.path().join("?") } else { entry.path() };
            (path, kind.is_ok_and(|kind| kind.is_dir()))
        }
        Err(_) => (folder.join("?"), false),
    };
    let mut entries: Vec<(PathBuf, bool)> = listed.map(entry).collect();
    entries.sort();
    entries
}

/// Removes a folder of runs; under another name first, so that nobody takes what is left of it for a run.
fn remove(place: &Path) -> Result<(), Error> {
    let failed = |cause| Error::System { action: "remove", path: place.to_owned(), cause };
    let mut name = std::ffi::OsString::from(".removed-");
    name.push(place.file_name().unwrap_or_default());
    let aside = place.with_file_name(name);
    fs::rename(place, &aside).map_err(failed)?;
    fs::remove_dir_all(&aside).map_err(failed)
}
