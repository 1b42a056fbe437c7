//! The log of a run, where the experiment has it kept: made for the run, and gone when it is over.
//!
//! A run in a folder that stays remembers the name of a log elsewhere before it makes it, so that whoever is killed leaves
//! nothing that nobody knows of.

#[cfg(test)]
mod tests;

use std::{
    any::Any,
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::Path,
};

use store::log::{Elsewhere, Keeper, Kept, Log, LogError, LogSettings};

use super::{log_trouble, trouble};
use crate::{
    architecture_sections::ArchitectureChoice,
    error::Error,
    log_section::{LogChoice, keeper},
};

/// The log's folder.
const LOG: &str = "log";
/// Holds the name of a log that is kept elsewhere.
const NOTE: &str = "topic";

/// Is locked by the process that works with a log elsewhere.
const LOCK: &str = "topic.lock";

/// A log of a run.
pub(crate) struct RunLog {
    // In this order: before a log is removed nobody may speak of it any more.
    log: Box<dyn Kept>,
    /// Nothing where the log stays for whoever goes on, also after a panic.
    _removal: Option<Removal>,
    /// Of a folder that stays: only one process works with its log.
    _lock: Option<File>,
}

/// Removes a log that is kept elsewhere when it is dropped.
struct Removal {
    keeper: &'static Keeper,
    place: Elsewhere,
    note: Option<Box<dyn Any + Send>>,
}

impl Drop for Removal {
    fn drop(&mut self) {
        if (self.keeper.remove)(&self.place).is_err() {
            // It is still to be removed.
            std::mem::forget(self.note.take());
        }
    }
}

impl RunLog {
    /// Makes one that goes with the run; one that is embedded stands in `folder`.
    pub(crate) fn make(choice: &ArchitectureChoice, folder: &Path) -> Result<Self, Error> {
        match &choice.log {
            LogChoice::Embedded => {
                let log = Log::create(&folder.join(LOG), settings(choice)).map_err(trouble)?;
                Ok(Self { log: Box::new(log), _removal: None, _lock: None })
            }
            LogChoice::Topic(place) => for_now(keeper()?, place),
        }
    }

    /// Returns the log.
    pub(crate) fn log(&mut self) -> &mut dyn Kept {
        &mut *self.log
    }

    /// Removes what a folder remembers of a log elsewhere, and the log, if it is still there. What can't be removed is remembered.
    pub(crate) fn forget(choice: &ArchitectureChoice, folder: &Path) -> Result<(), Error> {
        match (&choice.log, remembered(folder)?) {
            (LogChoice::Topic(place), Some(name)) => forget_topic(keeper()?, &named(place, &name), folder),
            _ => Ok(()),
        }
    }

    /// Finds the log of `folder` again, or makes it where nothing was begun yet. A log elsewhere stays there until it is forgotten.
    pub(crate) fn in_folder(
        choice: &ArchitectureChoice,
        folder: &Path,
        is_begun: bool,
    ) -> Result<Self, Error> {
        match &choice.log {
            LogChoice::Embedded => {
                if remembered(folder)?.is_some() {
                    return Err(other_log(folder, "a topic", "a folder"));
                }
                let log = match Log::create(&folder.join(LOG), settings(choice)) {
                    Err(LogError::Occupied { .. }) => Log::open(&folder.join(LOG)).map(|(log, _)| log),
                    created => created,
                };
                Ok(Self { log: Box::new(log.map_err(trouble)?), _removal: None, _lock: None })
            }
            LogChoice::Topic(place) => in_topic(keeper()?, place, (folder, is_begun)),
        }
    }
}

fn for_now(keeper: &'static Keeper, place: &Elsewhere) -> Result<RunLog, Error> {
    let place = named(place, &(keeper.fresh)(&place.name).map_err(log_trouble)?);
    let note = Some((keeper.note)(&place).map_err(log_trouble)?);
    let log = (keeper.create)(&place).map_err(log_trouble)?;
    Ok(RunLog { log, _removal: Some(Removal { keeper, place, note }), _lock: None })
}

fn in_topic(keeper: &Keeper, place: &Elsewhere, (folder, is_begun): (&Path, bool)) -> Result<RunLog, Error> {
    let lock = Some(locked(folder)?);
    let kept = |log| RunLog { log, _removal: None, _lock: lock };
    let unfinished = match (remembered(folder)?, is_begun) {
        (Some(name), true) => return (keeper.open)(&named(place, &name)).map(kept).map_err(log_trouble),
        (None, true) => return Err(other_log(folder, "a folder", "a topic")),
        (unfinished, false) => unfinished,
    };
    // Whoever was killed may have made it, and nothing is in it.
    if let Some(name) = unfinished {
        (keeper.remove)(&named(place, &name)).map_err(log_trouble)?;
    }
    let name = (keeper.fresh)(&place.name).map_err(log_trouble)?;
    remember(folder, &name)?;
    let created = (keeper.create)(&named(place, &name));
    if created.is_err() {
        // Nothing of it is left, and what has its name is somebody else's.
        unremember(folder)?;
    }
    created.map(kept).map_err(log_trouble)
}

fn forget_topic(keeper: &Keeper, place: &Elsewhere, folder: &Path) -> Result<(), Error> {
    match (keeper.remove)(place) {
        Ok(()) => unremember(folder),
        // Whoever comes next tries again; what the log was for is done.
        Err(_) => Ok(()),
    }
}

/// Locks a folder for this process, until what is returned is dropped.
fn locked(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let wrong = |cause| Error::System { action: "take", path: path.clone(), cause };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(wrong(io::Error::other("another process works with the log; wait until it ends")))
        }
        Err(TryLockError::Error(cause)) => Err(wrong(cause)),
    }
}

fn settings(choice: &ArchitectureChoice) -> LogSettings {
    LogSettings { durability: choice.durability, ..LogSettings::default() }
}

fn named(place: &Elsewhere, name: &str) -> Elsewhere {
    Elsewhere { name: name.to_owned(), ..place.clone() }
}

fn other_log(folder: &Path, was: &str, is: &str) -> Error {
    let folder = datasets::shown_path(folder);
    Error::input(format!("{folder}: its log was kept in {was}, and the experiment says {is}"))
        .with_hint("undo the change of [serving] log, or begin anew in an empty folder")
}

fn remembered(folder: &Path) -> Result<Option<String>, Error> {
    let path = folder.join(NOTE);
    match fs::read_to_string(&path) {
        Ok(name) => Ok(Some(name.trim().to_owned())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::System { action: "read the name of the log in", path, cause }),
    }
}

fn remember(folder: &Path, name: &str) -> Result<(), Error> {
    write_whole(&folder.join(NOTE), name.as_bytes())
}

fn unremember(folder: &Path) -> Result<(), Error> {
    let path = folder.join(NOTE);
    fs::remove_file(&path).map_err(|cause| Error::System { action: "remove", path, cause })
}

/// Writes a file that is there whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension("new");
    let written = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    written().map_err(|cause| Error::System { action: "write", path: path.to_owned(), cause })
}
