//! A suite's folder: named `.partial` while it is filled, and renamed when all is done; one that was stopped keeps the name.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use compare::{Results, Suite, Timings};
use platform::Error;

use super::state::Ended;
use crate::{
    partial::{EXTENSION, keep_suite, kept_beside},
    run_folder::{Target, make_readable, replace},
};

/// The folder.
pub(super) struct SuiteFolder {
    target: Target,
    /// Where it stands at present.
    path: PathBuf,
    /// It was there before this process was.
    is_old: bool,
    /// The lock is the kernel's: it ends with the process, however that dies.
    _lock: Option<File>,
}

impl SuiteFolder {
    /// Makes it, with what is known of the suite before anything runs.
    pub(super) fn begin(out: Option<&Path>, suite: &Suite) -> Result<Self, Error> {
        // Shards of one suite may begin in the same second.
        let identity = format!("{}\n{}", suite.asked.paths.join("\n"), std::process::id());
        let target = Target::prepare(out, &identity)?;
        let path = kept_beside(target.path());
        match fs::create_dir(&path).and_then(|()| make_readable(&path, 0o755)) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                let shown = datasets::shown_path(&path);
                return Err(Error::usage(format!(
                    "{shown} exists already: a run is at work in it, or was stopped"
                ))
                .with_hint(format!("go on with --resume {shown}, or choose another folder with --out")));
            }
            made => made.map_err(|cause| Error::System { action: "create", path: path.clone(), cause })?,
        }
        let lock = lock(&path)?;
        let folder = Self { target, path, is_old: false, _lock: lock };
        folder.write_json(suite)?;
        keep_suite(Some(&folder.path));
        Ok(folder)
    }

    /// Goes on in the folder at `path`, which `lock` keeps for this process. One that had its name already loses it meanwhile.
    pub(super) fn again(path: PathBuf, lock: Option<File>) -> Result<Self, Error> {
        let is_kept = path.extension().is_some_and(|extension| extension == EXTENSION);
        let place = if is_kept { path.with_extension("") } else { path.clone() };
        let kept = kept_beside(&place);
        if !is_kept {
            if kept.symlink_metadata().is_ok() {
                return Err(Error::TargetExists(kept));
            }
            fs::rename(&path, &kept).map_err(|cause| Error::System { action: "rename", path, cause })?;
        }
        let target = Target::prepare(Some(&place), "")?;
        keep_suite(Some(&kept));
        Ok(Self { target, path: kept, is_old: true, _lock: lock })
    }

    /// Where it stands at present.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `suite.json`, in the place of an older one.
    pub(super) fn write_json(&self, suite: &Suite) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(suite).expect("our types are plain data with string keys");
        replace(&self.path.join("suite.json"), &(text + "\n"))
    }

    /// Writes what sums it up, and gives it its name. One that was stopped stays where it is if anything ran, and goes if
    /// nothing did.
    pub(super) fn finish(&mut self, ended: &Ended, is_stopped: bool) -> Result<(), Error> {
        if is_stopped && !self.is_old && !self.holds_runs() {
            self.remove()?;
            return Err(Error::Interrupted);
        }
        self.write_json(&ended.suite)?;
        let runs: Vec<Option<(&Results, &Timings)>> = ended
            .runs
            .iter()
            .map(|run| run.as_deref().map(|(results, timings)| (results, timings)))
            .collect();
        let write = |name: &str, text: &str| replace(&self.path.join(name), text);
        write("junit.xml", &reports::suite_junit(&ended.suite, &runs))?;
        write("summary.md", &reports::suite_markdown(&ended.suite))?;
        write("index.html", &reports::suite_html(&ended.suite))?;
        if is_stopped {
            return Err(Error::Unfinished(self.path.clone()));
        }
        self.path = self.target.take_place(&self.path)?.to_owned();
        keep_suite(None);
        Ok(())
    }

    fn holds_runs(&self) -> bool {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.path().is_dir())
    }

    fn remove(&self) -> Result<(), Error> {
        keep_suite(None);
        fs::remove_dir_all(&self.path).map_err(|cause| Error::System {
            action: "remove",
            path: self.path.clone(),
            cause,
        })
    }
}

/// Takes a suite's folder for this process alone.
#[cfg(unix)]
pub(super) fn lock(path: &Path) -> Result<Option<File>, Error> {
    let failed = |cause| Error::System { action: "take", path: path.to_owned(), cause };
    let folder = File::open(path).map_err(failed)?;
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => {
            Err(failed(io::Error::other("another process works in it; wait until it ends")))
        }
        Err(fs::TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// Elsewhere a folder can't be opened and locked.
#[cfg(not(unix))]
pub(super) fn lock(_: &Path) -> Result<Option<File>, Error> {
    Ok(None)
}
