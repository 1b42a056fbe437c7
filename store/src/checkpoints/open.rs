//! Opening a store: the folder is taken, all is read and checked, and a new incarnation begins.

use super::commit::Step;
use super::engine::{Engine, EngineError};
use super::head::{FORMAT, HEAD_KEY, Head};
use super::manifest::{Manifest, Unreadable};
use super::watched::{PATIENCE, Watched};
use super::{Backend, Durability, Folder, Held, Memory, Place, Shared, Store, StoreError};
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Holds what opening wants to find free: recovery may have to write.
const ROOM_TO_OPEN: u64 = 8 << 20;

/// Describes how an engine is opened in a folder of its own.
pub(super) type Open = Box<dyn FnOnce(&Path) -> Result<Box<dyn Engine>, EngineError> + Send>;

impl Store {
    /// Opens the store in `folder`, or creates one in a new or empty folder, and begins a new incarnation.
    pub fn open(folder: &Path, backend: Backend, durability: Durability) -> Result<Store, StoreError> {
        let open: Open = Box::new(move |path| open_engine(path, backend, durability));
        Store::open_with(folder, backend.name(), durability, open, PATIENCE)
    }

    /// Returns the same with any engine, which may take `patience` for anything that it is asked.
    pub(super) fn open_with(
        folder: &Path,
        engine_name: &'static str,
        durability: Durability,
        open: Open,
        patience: Duration,
    ) -> Result<Store, StoreError> {
        let place = Place::Folder(Folder::take(folder)?);
        let free = place.room().map_err(|error| error.at(place.name(), "ask for the free room"))?;
        if free < ROOM_TO_OPEN {
            let place = place.name();
            return Err(StoreError::NoRoom { place, epoch: 0, free, needed: ROOM_TO_OPEN });
        }
        // Before the engine touches a file: the folder may be another program's, or a newer one's.
        let manifest = find_or_create(&place, engine_name, durability)?;
        let path = folder.join(engine_name);
        let open = if manifest.incarnation == 0 { anew(open) } else { open };
        let engine = Watched::open(move || open(&path), patience)
            .map_err(|error| opening_failed(&place, &manifest, &error))?;
        Shared::new(Held::Apart(engine), engine_name, place).incarnate(durability)
    }

    /// Opens what `memory` holds and begins a new incarnation; handles on one memory fence each other off.
    pub fn open_in_memory(memory: &Memory, durability: Durability) -> Result<Store, StoreError> {
        let place = Place::Memory(memory.clone());
        find_or_create(&place, "memory", durability)?;
        Shared::new(Held::Here(memory.clone()), "memory", place).incarnate(durability)
    }

    /// Begins a new incarnation on the open store; this handle becomes a zombie, which can read but not commit.
    pub fn take_over(&self, durability: Durability) -> Result<Store, StoreError> {
        self.shared.clone().incarnate(durability)
    }
}

impl Shared {
    fn new(engine: Held, engine_name: &'static str, place: Place) -> Arc<Shared> {
        Arc::new(Shared { engine, engine_name, place, broken: OnceLock::new(), turn: Mutex::new(()) })
    }

    fn incarnate(self: Arc<Shared>, durability: Durability) -> Result<Store, StoreError> {
        let turn = self.turn();
        let Some(manifest) = find(&self.place, self.engine_name)? else {
            return Err(self.damaged("the manifest is gone"));
        };
        let stored = self.ask("read the head", |engine| engine.get(HEAD_KEY))?;
        let head = match &stored {
            Some(bytes) => Head::decode(bytes).map_err(|what| self.damaged(what))?,
            None => Head::fresh(manifest.id),
        };
        self.compare(&manifest, &head)?;
        let found = self.sum_up()?.0;
        if found != head.sum {
            let what = format!(
                "epoch {} should hold {} parts of records with sum {:016x}, and {} with sum {:016x} are there",
                head.epoch, head.sum.frames, head.sum.checksums, found.frames, found.checksums
            );
            return Err(self.damaged(what));
        }
        let next = Head { incarnation: head.incarnation + 1, ..head };
        self.write_epoch(Step { before: stored, after: next }, Vec::new(), durability)?;
        drop(turn);
        Ok(Store { shared: self, head: next })
    }

    /// The store may be one epoch ahead of the manifest: a crash came before the acknowledgement.
    fn compare(&self, manifest: &Manifest, head: &Head) -> Result<(), StoreError> {
        if manifest.id != head.id {
            return Err(self.damaged("manifest and store belong to different runs"));
        }
        if head.epoch < manifest.epoch {
            return Err(StoreError::RolledBack {
                place: self.place.name(),
                manifest: manifest.epoch,
                store: head.epoch,
            });
        }
        if head.epoch > manifest.epoch + 1 {
            let what = format!("the manifest names epoch {}, the store holds {}", manifest.epoch, head.epoch);
            return Err(self.damaged(what));
        }
        if head.incarnation < manifest.incarnation {
            let what = format!(
                "the store has gone back to incarnation {}, at the same epoch {}, the manifest knows {}",
                head.incarnation, head.epoch, manifest.incarnation
            );
            return Err(self.damaged(what));
        }
        Ok(())
    }
}

fn find(place: &Place, backend: &str) -> Result<Option<Manifest>, StoreError> {
    let text = place.manifest().map_err(|error| error.at(place.name(), "read the manifest"))?;
    text.map(|text| decode(&text, place, backend)).transpose()
}

/// In a new store the manifest comes first, so that engine's files without one are known to be damaged.
fn find_or_create(place: &Place, backend: &str, durability: Durability) -> Result<Manifest, StoreError> {
    if let Some(manifest) = find(place, backend)? {
        return Ok(manifest);
    }
    let manifest = Manifest { backend: backend.to_owned(), id: random_id(), epoch: 0, incarnation: 0 };
    place
        .create(&manifest.encode(), durability)
        .map_err(|error| error.at(place.name(), "write the first manifest"))?;
    Ok(manifest)
}

fn decode(text: &str, place: &Place, wanted: &str) -> Result<Manifest, StoreError> {
    let place = place.name();
    let manifest = match Manifest::decode(text) {
        Ok(manifest) => manifest,
        Err(Unreadable::Newer(found)) => {
            return Err(StoreError::NewerFormat { place, found, known: FORMAT });
        }
        Err(Unreadable::Damaged(what)) => return Err(StoreError::Damaged { place, what: what.to_owned() }),
    };
    if manifest.backend != wanted {
        let wanted = wanted.to_owned();
        return Err(StoreError::OtherBackend { place, found: manifest.backend, wanted });
    }
    Ok(manifest)
}

/// An engine killed while it created its files may never open them again. As long as no incarnation was
/// acknowledged there is nothing in them, and they are made anew.
fn anew(open: Open) -> Open {
    Box::new(move |path| {
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
        open(path)
    })
}

fn open_engine(
    path: &Path,
    backend: Backend,
    durability: Durability,
) -> Result<Box<dyn Engine>, EngineError> {
    match backend {
        Backend::Sled => Ok(Box::new(super::sled::Sled::open(path, durability)?)),
        #[cfg(feature = "redb")]
        Backend::Redb => Ok(Box::new(super::redb::Redb::open(path, durability)?)),
        #[cfg(feature = "known-bad")]
        Backend::SledAlpha => Ok(Box::new(super::sled_alpha::SledAlpha::open(path)?)),
    }
}

/// Which epoch is at stake is known from the manifest.
fn opening_failed(place: &Place, manifest: &Manifest, error: &EngineError) -> StoreError {
    match error {
        EngineError::Damaged(what) => {
            let what = format!("epoch {} can't be opened: {what}", manifest.epoch);
            StoreError::Damaged { place: place.name(), what }
        }
        EngineError::NoSpace | EngineError::Other(_) | EngineError::Panicked(_) | EngineError::Stuck(_) => {
            error.at(place.name(), &format!("open epoch {}", manifest.epoch))
        }
    }
}

/// Two draws of the operating system's randomness, by way of the standard library.
fn random_id() -> u128 {
    let draw = || u128::from(RandomState::new().hash_one(0));
    draw() << 64 | draw()
}
