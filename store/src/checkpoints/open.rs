//! Opening a store: the folder is taken, all is read and checked, and a new incarnation begins.

use super::commit::Step;
use super::head::{HEAD_KEY, Head};
use super::{Backend, Durability, Memory, Shared, Store, StoreError};
use crate::engine::{Kind, Manifest, Medium, Open, PATIENCE, open_backend};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

impl Store {
    /// Opens the store in `folder`, or creates one in a new or empty folder, and begins a new incarnation.
    pub fn open(folder: &Path, backend: Backend, durability: Durability) -> Result<Store, StoreError> {
        let open: Open = Box::new(move |path| open_backend(path, backend, durability));
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
        let medium = Medium::in_folder(folder, (Kind::Checkpoints, engine_name), durability, open, patience)
            .map_err(|refusal| StoreError::refused(folder.display().to_string(), refusal))?;
        Shared::new(medium).incarnate(durability)
    }

    /// Opens what `memory` holds and begins a new incarnation; handles on one memory fence each other off.
    pub fn open_in_memory(memory: &Memory, durability: Durability) -> Result<Store, StoreError> {
        let medium = Medium::in_memory(memory, Kind::Checkpoints, durability)
            .map_err(|refusal| StoreError::refused(crate::engine::IN_MEMORY.to_owned(), refusal))?;
        Shared::new(medium).incarnate(durability)
    }

    /// Begins a new incarnation on the open store; this handle becomes a zombie, which can read but not commit.
    pub fn take_over(&self, durability: Durability) -> Result<Store, StoreError> {
        self.shared.clone().incarnate(durability)
    }
}

impl Shared {
    fn new(medium: Medium) -> Arc<Shared> {
        Arc::new(Shared { medium, broken: OnceLock::new(), turn: Mutex::new(()) })
    }

    fn incarnate(self: Arc<Shared>, durability: Durability) -> Result<Store, StoreError> {
        let turn = self.turn();
        let found = self.medium.find_manifest();
        let found = found.map_err(|refusal| StoreError::refused(self.place(), refusal))?;
        let Some(manifest) = found else {
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
                place: self.place(),
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
