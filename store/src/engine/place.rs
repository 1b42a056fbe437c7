//! Places where a store lies, and the engine at work there.

use super::folder::Folder;
use super::manifest::Unreadable;
use super::open::{anew, random_id};
use super::watched::Watched;
use super::{Durability, Engine, EngineError, FORMAT, Kind, Manifest, Memory, Open};
use std::path::Path;
use std::time::Duration;

/// Holds what opening wants to find free: recovery may have to write.
const ROOM_TO_OPEN: u64 = 8 << 20;

/// Names the place of a store in memory in messages.
pub(crate) const IN_MEMORY: &str = "the store in memory";

/// Where the manifest lies and how much room there is.
pub(crate) enum Place {
    Folder(Folder),
    Memory(Memory),
}

impl Place {
    pub(crate) fn name(&self) -> String {
        match self {
            Place::Folder(folder) => folder.path().display().to_string(),
            Place::Memory(_) => IN_MEMORY.to_owned(),
        }
    }

    fn manifest(&self) -> Result<Option<String>, EngineError> {
        match self {
            Place::Folder(folder) => folder.manifest(),
            Place::Memory(memory) => memory.manifest(),
        }
    }

    pub(crate) fn write_manifest(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        match self {
            Place::Folder(folder) => folder.write_manifest(text, durability),
            Place::Memory(memory) => memory.write_manifest(text, durability),
        }
    }

    /// Writes the first manifest of an empty place.
    fn create(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        match self {
            Place::Folder(folder) => {
                folder.write_manifest(text, durability)?;
                folder.sync_entry(durability)
            }
            // A folder's files were looked at when it was taken.
            Place::Memory(memory) if memory.stored() > 0 => {
                Err(EngineError::Damaged("the manifest is gone".to_owned()))
            }
            Place::Memory(memory) => memory.write_manifest(text, durability),
        }
    }

    /// Free bytes.
    pub(crate) fn room(&self) -> Result<u64, EngineError> {
        match self {
            Place::Folder(folder) => folder.room(),
            Place::Memory(memory) => Ok(memory.room()),
        }
    }
}

/// Where the engine works.
pub(crate) enum Held {
    /// On whatever thread asks: it is ours and does no more than it says.
    Here(Memory),
    Apart(Watched),
}

impl Held {
    /// Asks the engine to do something, on its own thread if it has one.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        match self {
            Held::Here(memory) => ask(memory),
            Held::Apart(engine) => engine.ask(ask),
        }
    }

    /// Asks on the thread of the caller.
    pub(crate) fn ask_here<T>(
        &self,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match self {
            Held::Here(memory) => ask(memory),
            Held::Apart(engine) => engine.ask_here(ask),
        }
    }
}

/// Holds a place of which nothing but the manifest has been read yet, and the engine at work there.
pub(crate) struct Medium {
    // Dropped before the place, whose lock guards its files.
    pub(crate) engine: Held,
    pub(crate) engine_name: &'static str,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

impl Medium {
    /// Takes a folder, or an empty or new one, and has `open` open the engine in it, which may take `patience` for
    /// anything that it is asked.
    pub(crate) fn in_folder(
        folder: &Path,
        wanted: (Kind, &'static str),
        durability: Durability,
        open: Open,
        patience: Duration,
    ) -> Result<Medium, Refusal> {
        let place = Place::Folder(Folder::take(folder)?);
        let free = place.room().map_err(|error| Refusal::engine("ask for the free room", error))?;
        if free < ROOM_TO_OPEN {
            return Err(Refusal::NoRoom { free, needed: ROOM_TO_OPEN });
        }
        // Before the engine touches a file: the folder may be another program's, or a newer one's.
        let manifest = find_or_create(&place, wanted, durability)?;
        let (kind, engine_name) = wanted;
        let path = folder.join(engine_name);
        let open = if manifest.incarnation == 0 { anew(open) } else { open };
        let engine = Watched::open(move || open(&path), patience)
            .map_err(|error| Refusal::Opening { epoch: manifest.epoch, error })?;
        Ok(Medium { engine: Held::Apart(engine), engine_name, place, kind })
    }

    /// Takes a disk in memory, which works on whatever thread asks.
    pub(crate) fn in_memory(memory: &Memory, kind: Kind, durability: Durability) -> Result<Medium, Refusal> {
        let place = Place::Memory(memory.clone());
        find_or_create(&place, (kind, "memory"), durability)?;
        Ok(Medium { engine: Held::Here(memory.clone()), engine_name: "memory", place, kind })
    }

    /// The manifest as it is now.
    pub(crate) fn find_manifest(&self) -> Result<Option<Manifest>, Refusal> {
        find(&self.place, (self.kind, self.engine_name))
    }
}

/// Why a place can't be used as the store that was asked for.
#[derive(Debug)]
pub(crate) enum Refusal {
    Locked {
        pid: Option<u32>,
    },
    Foreign {
        what: String,
    },
    NewerFormat {
        found: u64,
        known: u64,
    },
    OtherBackend {
        found: String,
        wanted: String,
    },
    Damaged {
        what: String,
    },
    NoRoom {
        free: u64,
        needed: u64,
    },
    Failed {
        cause: String,
    },
    /// The engine, or the file system, when it was to do what `to` says.
    Engine {
        to: &'static str,
        error: EngineError,
    },
    /// The engine could not be opened; the manifest knows the last epoch.
    Opening {
        epoch: u64,
        error: EngineError,
    },
}

impl Refusal {
    pub(crate) fn failed(cause: impl Into<String>) -> Refusal {
        Refusal::Failed { cause: cause.into() }
    }

    fn engine(to: &'static str, error: EngineError) -> Refusal {
        Refusal::Engine { to, error }
    }
}

fn find(place: &Place, wanted: (Kind, &'static str)) -> Result<Option<Manifest>, Refusal> {
    let text = place.manifest().map_err(|error| Refusal::engine("read the manifest", error))?;
    text.map(|text| decode(&text, wanted)).transpose()
}

/// In a new store the manifest comes first, so that engine's files without one are known to be damaged.
fn find_or_create(
    place: &Place,
    wanted: (Kind, &'static str),
    durability: Durability,
) -> Result<Manifest, Refusal> {
    if let Some(manifest) = find(place, wanted)? {
        return Ok(manifest);
    }
    let (kind, backend) = wanted;
    let manifest = Manifest { kind, backend: backend.to_owned(), id: random_id(), epoch: 0, incarnation: 0 };
    place
        .create(&manifest.encode(), durability)
        .map_err(|error| Refusal::engine("write the first manifest", error))?;
    Ok(manifest)
}

fn decode(text: &str, (kind, wanted): (Kind, &'static str)) -> Result<Manifest, Refusal> {
    let manifest = match Manifest::decode(text) {
        Ok(manifest) => manifest,
        Err(Unreadable::Newer(found)) => return Err(Refusal::NewerFormat { found, known: FORMAT }),
        Err(Unreadable::Damaged(what)) => return Err(Refusal::Damaged { what: what.to_owned() }),
    };
    if manifest.kind != kind {
        let what = format!("its manifest is that of {}", manifest.kind.describe());
        return Err(Refusal::Foreign { what });
    }
    if manifest.backend != wanted {
        return Err(Refusal::OtherBackend { found: manifest.backend, wanted: wanted.to_owned() });
    }
    Ok(manifest)
}
