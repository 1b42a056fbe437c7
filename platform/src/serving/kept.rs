//! The log of a run, where the experiment has it kept: made for the run, and gone when it is over.
//!
//! A run in a folder that stays remembers the name of a log elsewhere before it makes it, so that whoever is killed leaves
//! nothing that nobody knows of.

use std::{
    fs::{self, File},
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

/// A log of a run.
pub(crate) struct RunLog {
    // In this order: before a log is removed nobody may speak of it any more.
    log: Box<dyn Kept>,
    removal: Option<Removal>,
}

/// Removes a log that is kept elsewhere when it is dropped.
struct Removal {
    keeper: &'static Keeper,
    place: Elsewhere,
}

impl Drop for Removal {
    fn drop(&mut self) {
        (self.keeper.remove)(&self.place);
    }
}

impl RunLog {
    /// Makes one that goes with the run; one that is embedded stands in `folder`.
    pub(crate) fn make(choice: &ArchitectureChoice, folder: &Path) -> Result<Self, Error> {
        let LogChoice::Topic(place) = &choice.log else {
            let log = Log::create(&folder.join(LOG), settings(choice)).map_err(trouble)?;
            return Ok(Self { log: Box::new(log), removal: None });
        };
        let keeper = keeper()?;
        let place = named(place, &(keeper.fresh)(&place.name).map_err(log_trouble)?);
        let log = (keeper.create)(&place).map_err(log_trouble)?;
        Ok(Self { log, removal: Some(Removal { keeper, place }) })
    }

    /// Returns the log.
    pub(crate) fn log(&mut self) -> &mut dyn Kept {
        &mut *self.log
    }

    /// Returns whether somebody else keeps it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.removal.is_some()
    }

    /// Leaves it where it is, for whoever goes on.
    pub(crate) fn leave(self) {
        let Self { log, removal } = self;
        drop(log);
        std::mem::forget(removal);
    }

    /// Removes what a folder remembers of a log elsewhere, and the log, if it is still there.
    pub(crate) fn forget(choice: &ArchitectureChoice, folder: &Path) -> Result<(), Error> {
        let (LogChoice::Topic(place), Some(name)) = (&choice.log, remembered(folder)?) else { return Ok(()) };
        (keeper()?.remove)(&named(place, &name));
        let path = folder.join(NOTE);
        fs::remove_file(&path).map_err(|cause| Error::System { action: "remove", path, cause })
    }

    /// Finds the log of `folder` again, or makes it where nothing was begun yet.
    pub(crate) fn in_folder(
        choice: &ArchitectureChoice,
        folder: &Path,
        is_begun: bool,
    ) -> Result<Self, Error> {
        let remembered = remembered(folder)?;
        match &choice.log {
            LogChoice::Embedded => {
                if remembered.is_some() {
                    return Err(other_log(folder, "a topic", "a folder"));
                }
                let log = match Log::create(&folder.join(LOG), settings(choice)) {
                    Err(LogError::Occupied { .. }) => Log::open(&folder.join(LOG)).map(|(log, _)| log),
                    created => created,
                };
                Ok(Self { log: Box::new(log.map_err(trouble)?), removal: None })
            }
            LogChoice::Topic(place) => in_topic(place, folder, (remembered, is_begun)),
        }
    }
}

fn in_topic(place: &Elsewhere, folder: &Path, found: (Option<String>, bool)) -> Result<RunLog, Error> {
    let keeper = keeper()?;
    let name = match found {
        (Some(name), true) => {
            let place = named(place, &name);
            let log = (keeper.open)(&place).map_err(log_trouble)?;
            return Ok(RunLog { log, removal: Some(Removal { keeper, place }) });
        }
        (None, true) => return Err(other_log(folder, "a folder", "a topic")),
        (unfinished, false) => {
            // Whoever was killed may have made it, and nothing is in it.
            if let Some(name) = unfinished {
                (keeper.remove)(&named(place, &name));
            }
            (keeper.fresh)(&place.name).map_err(log_trouble)?
        }
    };
    remember(folder, &name)?;
    let place = named(place, &name);
    let log = (keeper.create)(&place).map_err(log_trouble)?;
    Ok(RunLog { log, removal: Some(Removal { keeper, place }) })
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
