//! A run that can be gone on with: a folder beside where the run will stand, with its experiment and its checkpoints.

#[cfg(test)]
mod tests;

use std::{
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use compare::Role;
use datasets::{WorkFolder, shown_path};
use platform::experiment::parent;
use platform::{
    Error,
    catalog::Catalog,
    execute::remove_sinks,
    experiment::{ExperimentFile, Resolved},
    recovery_section::{RecoveryChoice, StoreChoice},
    sinks_section::SinkChoice,
};

use crate::{
    ended,
    output::Output,
    program::program,
    run_folder::{self, Draft, Target},
};

/// Ends the name of a folder that isn't complete.
pub(crate) const EXTENSION: &str = "partial";
const LOCK: &str = "run.lock";

/// The folder that this process keeps at present, for whoever has to end it at once.
static KEPT: Mutex<Option<PathBuf>> = Mutex::new(None);
/// The folder of the suite that this process works on at present.
static SUITE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Describes what was stopped; only the same can go on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `replay`: one job.
    Job,
    /// `run` or `gate`.
    Experiment,
}

impl Kind {
    /// Where the experiment stands in the folder.
    fn file(self) -> &'static str {
        match self {
            Self::Job => "replay.toml",
            Self::Experiment => "experiment.toml",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Job => "replay",
            Self::Experiment => "run",
        }
    }

    /// Tells whether a complete run of this kind stands in the folder `run`.
    fn stands_in(self, run: &Path) -> bool {
        match self {
            Self::Job => ended::is_replay(run),
            Self::Experiment => ended::is_experiment(run),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Job => Self::Experiment,
            Self::Experiment => Self::Job,
        }
    }
}

/// The folder.
pub(crate) struct Partial {
    path: PathBuf,
    /// It was there before this process was.
    is_old: bool,
    /// Says where rows were delivered: what was made for that goes with it.
    choice: Option<RecoveryChoice>,
    /// The lock is the kernel's: it ends with the process, however that dies.
    _lock: Option<File>,
}

/// A run that can begin, or go on.
pub(crate) struct Prepared {
    pub(crate) resolved: Resolved,
    pub(crate) target: Target,
    pub(crate) partial: Option<Partial>,
}

/// Describes what there is to do about a run that was stopped.
pub(crate) enum Resumed {
    GoesOn(Box<Prepared>),
    /// Nothing: it had come to its end, and stands here.
    Ended(PathBuf),
}

impl Prepared {
    /// A new run of the experiment in `file`.
    pub(crate) fn anew(
        kind: Kind,
        out: Option<&Path>,
        file: ExperimentFile,
        catalog: &Catalog,
    ) -> Result<Self, Error> {
        let mut resolved = file.resolve(catalog)?;
        let target = Target::prepare(out, &resolved.file.to_toml())?;
        let partial = Partial::begin(kind, target.path(), &mut resolved)?;
        Ok(Self { resolved, target, partial })
    }

    /// The run that was stopped in `folder`.
    pub(crate) fn again(
        kind: Kind,
        folder: &Path,
        catalog: &Catalog,
        output: &Output,
    ) -> Result<Resumed, Error> {
        let folder = &named(folder);
        if folder.join("suite.json").is_file() {
            let shown = shown_path(folder);
            return Err(Error::usage(format!("{shown} is a suite, and no replay of one job"))
                .with_hint("go on with 'run --resume' or 'gate --resume'"));
        }
        let run = run_of(folder)?;
        if folder.symlink_metadata().is_err() && kind.stands_in(&run) {
            return Ok(Resumed::Ended(run));
        }
        check_files(folder)?;
        let file = read_experiment(kind, folder)?;
        let mut partial = Partial::take(folder)?;
        if ended::is_announced(folder, &run) {
            partial.remove_sinks_of(&file, output);
            partial.remove()?;
            return Ok(Resumed::Ended(run));
        }
        let mut resolved = changed_since(folder, file.resolve(catalog))?;
        if !partial.resume(&mut resolved)?.is_empty() {
            output.note("a run with faults begins anew, so that all of them strike");
            partial.empty()?;
        } else if !folder.join("stable/checkpoints/manifest.toml").is_file() {
            output.note(format_args!("{} holds no checkpoints, so the run begins anew", shown_path(folder)));
        }
        let target = Target::prepare(Some(&run), "")?;
        Ok(Resumed::GoesOn(Box::new(Self { resolved, target, partial: Some(partial) })))
    }
}

impl Partial {
    /// The place beside `run`, if the experiment keeps checkpoints in a folder; they are told to go there.
    fn begin(kind: Kind, run: &Path, resolved: &mut Resolved) -> Result<Option<Self>, Error> {
        let toml = resolved.file.to_toml_anywhere();
        let Some(choice) =
            resolved.plan.recovery.as_mut().filter(|choice| choice.store != StoreChoice::Memory)
        else {
            return Ok(None);
        };
        let path = kept_beside(run);
        if path.symlink_metadata().is_ok() {
            if [Kind::Job, Kind::Experiment].iter().any(|kind| path.join(kind.file()).is_file()) {
                check_files(&path)?;
                // Whoever is at work there is named.
                drop(Self::take(&path)?);
            }
            let shown = shown_path(&path);
            return Err(Error::usage(format!("{shown} holds a run that was stopped"))
                .with_hint(format!("go on with --resume {shown}, or remove it")));
        }
        let lock = make(&path, kind.file(), &toml).map_err(failed("create", &path))?;
        keep(Some(&path));
        choice.folder = Some(path.clone());
        let choice = Some(choice.clone());
        Ok(Some(Self { path, is_old: false, choice, _lock: Some(lock) }))
    }

    /// Takes the folder for this process alone.
    fn take(path: &Path) -> Result<Self, Error> {
        let file = File::options().read(true).write(true).open(path.join(LOCK));
        let mut file = file.map_err(|cause| match cause.kind() {
            // It was made with one.
            io::ErrorKind::NotFound => no_run(path),
            _ => failed("take", path)(cause),
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Without its number the refusal stands all the same.
                let _ = file.read_to_string(&mut pid);
                let cause =
                    io::Error::other(format!("process {} works in it; wait until it ends", pid.trim()));
                return Err(failed("take", path)(cause));
            }
            Err(TryLockError::Error(cause)) => return Err(failed("take", path)(cause)),
        }
        let mut sign = || {
            file.set_len(0)?;
            file.rewind()?;
            write_pid(&mut file)
        };
        sign().map_err(failed("take", path))?;
        keep(Some(path));
        Ok(Self { path: path.to_owned(), is_old: true, choice: None, _lock: Some(file) })
    }

    /// The folder of a replay whose owner has told this process to work in it.
    pub(crate) fn lent(path: &Path) -> Result<(Self, ExperimentFile), Error> {
        run_of(path)?;
        let file = read_experiment(Kind::Job, path)?;
        Ok((Self { path: path.to_owned(), is_old: true, choice: None, _lock: None }, file))
    }

    /// Has the checkpoints of `resolved` go on here. The faults that it asks for, which are not made up.
    pub(crate) fn resume(&mut self, resolved: &mut Resolved) -> Result<Vec<String>, Error> {
        let choice = resolved.plan.recovery.as_mut().filter(|choice| choice.store != StoreChoice::Memory);
        let choice = choice.ok_or_else(|| {
            Error::input(format!("{} has no checkpoints in a folder", shown_path(&self.path)))
        })?;
        choice.folder = Some(self.path.clone());
        self.choice = Some(choice.clone());
        Ok(choice.faults.clone())
    }

    /// Removes what a run of the experiment in `file` has made elsewhere, before it is forgotten.
    fn remove_sinks_of(&mut self, file: &ExperimentFile, output: &Output) {
        match file.recovery.choice() {
            Ok(choice) => {
                self.choice = choice.map(|of| RecoveryChoice { folder: Some(self.path.clone()), ..of });
            }
            Err(error) => output.note(format_args!("what was delivered elsewhere may stay: {error}")),
        }
        self.remove_sinks(output);
    }

    /// Removes what was made elsewhere, and tells of what could not be.
    fn remove_sinks(&self, output: &Output) {
        let left = self.choice.as_ref().map(remove_sinks).unwrap_or_default();
        for what in left {
            output.note(what);
        }
    }

    /// Removes the checkpoints, and before them what was made elsewhere, also what was to be kept: the run that begins anew
    /// would find it in its way. The checkpoints know whose it is, so they stay where it does.
    fn empty(&self) -> Result<(), Error> {
        let mut choice = self.choice.clone();
        if let Some(RecoveryChoice { sink: SinkChoice::Postgres(tables), .. }) = &mut choice {
            tables.keep = false;
        }
        if let Some(left) = choice.as_ref().map(remove_sinks).unwrap_or_default().into_iter().next() {
            return Err(failed("empty", &self.path)(io::Error::other(left)));
        }
        for role in Role::BOTH {
            let folder = self.path.join(role.name());
            match fs::remove_dir_all(&folder) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &folder)(cause));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Says that the run in `draft` is complete and about to stand, if it is kept anywhere.
    pub(crate) fn announce(partial: Option<&Self>, draft: &Draft) -> Result<(), Error> {
        partial.map_or(Ok(()), |partial| ended::announce(&partial.path, draft.path()))
    }

    /// Removes it with all that is in it: it goes as a whole.
    fn remove(self) -> Result<(), Error> {
        keep(None);
        WorkFolder::remove(&self.path).map_err(failed("remove", &self.path))
    }

    /// Returns what becomes of it, now that the run has come to `result`: what can be gone on with stays.
    pub(crate) fn settle<T>(
        partial: Option<Self>,
        result: Result<T, Error>,
        output: &Output,
    ) -> Result<T, Error> {
        let Some(partial) = partial else { return result };
        let path = partial.path.clone();
        let is_there = || path.is_dir();
        let result = result.map_err(|error| match error {
            Error::Interrupted if is_there() => Error::Stopped(path.clone()),
            other => other,
        });
        keep(None);
        match &result {
            Err(Error::System { .. }) if is_there() => {
                let shown = shown_path(&path);
                // A suite says so at its end, when its folder has its name.
                if suite_at_work().is_none() {
                    output.note(format_args!(
                        "what was done so far is kept in {shown}; go on with --resume {shown}"
                    ));
                }
            }
            // It says itself what stays, and of a folder that is gone nothing does.
            Err(Error::Stopped(_) | Error::System { .. }) => {}
            Err(_) if partial.is_old => {}
            Ok(_) | Err(_) => {
                partial.remove_sinks(output);
                partial.remove()?;
            }
        }
        result
    }
}

/// Returns the error of a process that has to end at once: what stays, of a run that can be gone on with or of a suite.
pub(crate) fn left_behind() -> Error {
    match suite_at_work() {
        Some(suite) => Error::Unfinished(suite),
        None => there(&KEPT).map_or(Error::Interrupted, Error::Stopped),
    }
}

fn suite_at_work() -> Option<PathBuf> {
    there(&SUITE)
}

fn there(folder: &Mutex<Option<PathBuf>>) -> Option<PathBuf> {
    folder.lock().ok()?.clone().filter(|folder| folder.is_dir())
}

/// Returns whether a folder is that of a suite.
pub(crate) fn is_of_suite(folder: &Path) -> bool {
    named(folder).join("suite.json").is_file()
}

/// The folder beside a run in which it is kept until it is complete.
pub(crate) fn kept_beside(run: &Path) -> PathBuf {
    let mut name = run.as_os_str().to_owned();
    name.push(format!(".{EXTENSION}"));
    name.into()
}

/// Notes the folder of a suite that is worked on.
pub(crate) fn keep_suite(path: Option<&Path>) {
    if let Ok(mut kept) = SUITE.lock() {
        *kept = path.map(Path::to_owned);
    }
}

fn keep(path: Option<&Path>) {
    if let Ok(mut kept) = KEPT.lock() {
        *kept = path.map(Path::to_owned);
    }
}

/// Makes the folder with `toml` in it, locked: it comes into being as a whole.
fn make(path: &Path, file: &str, toml: &str) -> io::Result<File> {
    let draft = WorkFolder::new(parent(path))?;
    let mut lock = File::create_new(draft.path().join(LOCK))?;
    lock.lock()?;
    write_pid(&mut lock)?;
    let mut experiment = File::create_new(draft.path().join(file))?;
    experiment.write_all(toml.as_bytes())?;
    experiment.sync_all()?;
    run_folder::make_readable(draft.path(), 0o755)?;
    fs::rename(draft.path(), path)?;
    draft.keep();
    Ok(lock)
}

/// Refuses what a run never leaves behind: a link would have files outside written over, a pipe would be waited for.
fn check_files(folder: &Path) -> Result<(), Error> {
    let facts = folder.symlink_metadata().map_err(|_| no_run(folder))?;
    if !facts.is_dir() {
        return Err(no_run(folder));
    }
    let unreadable = |cause| failed("look into", folder)(cause);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (kind, path) = (entry.file_type().map_err(unreadable)?, entry.path());
        if kind.is_dir() {
            check_files(&path)?;
        } else if !kind.is_file() {
            let what = if kind.is_symlink() { "a link" } else { "not a regular file" };
            return Err(Error::input(format!("{} is {what}", shown_path(&path)))
                .with_hint("no run leaves such a thing behind, so this one can't go on: begin it anew"));
        }
    }
    Ok(())
}

fn write_pid(file: &mut File) -> io::Result<()> {
    writeln!(file, "{}", std::process::id())
}

/// The experiment of the run that was stopped in `folder`.
fn read_experiment(kind: Kind, folder: &Path) -> Result<ExperimentFile, Error> {
    let file = folder.join(kind.file());
    if !file.is_file() {
        let other = kind.other();
        return Err(if folder.join(other.file()).is_file() {
            let command = format!("{} {}", program(), other.command());
            Error::usage(format!("'{command}' was stopped in {}", shown_path(folder)))
                .with_hint(format!("go on with '{command} --resume'"))
        } else {
            no_run(folder)
        });
    }
    changed_since(folder, ExperimentFile::read(&file))
}

/// The folder by its own name: `.` has none.
pub(crate) fn named(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(_) => folder.components().collect(),
        None => folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
    }
}

/// Where the run will stand that was stopped in `folder`.
fn run_of(folder: &Path) -> Result<PathBuf, Error> {
    let is_partial = folder.extension() == Some(OsStr::new(EXTENSION));
    is_partial.then(|| folder.with_extension("")).ok_or_else(|| no_run(folder))
}

fn no_run(folder: &Path) -> Error {
    Error::input(format!("{} is not an interrupted run", shown_path(folder)))
        .with_hint(format!("pass the folder ending in .{EXTENSION} that the interrupted run printed"))
}

/// Makes bad input of what is wrong with an experiment that was good when the run began, for it is no wrong use:
/// something has changed.
fn changed_since<T>(folder: &Path, result: Result<T, Error>) -> Result<T, Error> {
    result.map_err(|error| match error {
        Error::Usage { .. } | Error::Experiment(_) => {
            let hint = error.hint();
            let shown = shown_path(folder);
            let message = format!("the run in {shown} can't go on, something has changed since: {error}");
            Error::Input { message, hint }
        }
        other => other,
    })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::System { action, path, cause }
}
