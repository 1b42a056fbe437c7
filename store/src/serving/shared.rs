//! Holds what the handles of one open store share, and how each of them asks the engine.

use super::head::Root;
use super::live::Live;
use super::record::ROOT_KEY;
use super::{Deployment, Durability, ServingError};
use crate::engine::{Engine, EngineError, Guard, Kind, Manifest, Medium, Write, Written};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Holds what a write wants to find free beyond six times its changes: engines write pages, not records, and the journal
/// holds the old rows.
const ROOM_TO_SPARE: u64 = 16 << 20;

pub(super) struct Shared {
    pub(super) medium: Medium,
    pub(super) durability: Durability,
    turn: Mutex<Turn>,
    view: Mutex<View>,
    /// Why nothing more may be written.
    broken: OnceLock<String>,
    /// Why the engine may not even be read.
    lost: OnceLock<String>,
    span: AtomicU64,
}

/// Held by whoever writes: one at a time.
pub(super) struct Turn {
    pub(super) root: Root,
    /// As it is stored, if it is.
    pub(super) bytes: Option<Vec<u8>>,
    /// Retired, but not deleted yet.
    pub(super) leaving: Vec<Arc<Live>>,
}

/// Holds what readers may look at.
pub(super) struct View {
    pub(super) served: Option<Deployment>,
    pub(super) control: Option<Vec<u8>>,
    pub(super) live: BTreeMap<Deployment, Arc<Live>>,
}

impl Shared {
    pub(super) fn new(medium: Medium, durability: Durability, root: Root, stored: Option<Vec<u8>>) -> Shared {
        let view = View { served: root.served, control: root.control.clone(), live: BTreeMap::new() };
        Shared {
            medium,
            durability,
            turn: Mutex::new(Turn { root, bytes: stored, leaving: Vec::new() }),
            view: Mutex::new(view),
            broken: OnceLock::new(),
            lost: OnceLock::new(),
            span: AtomicU64::new(u64::MAX),
        }
    }

    /// Where it lies, as messages say it.
    pub(super) fn place(&self) -> String {
        self.medium.place.name()
    }

    pub(super) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn span(&self) -> u64 {
        self.span.load(Ordering::Relaxed)
    }

    pub(super) fn set_span(&self, epochs: u64) {
        self.span.store(epochs, Ordering::Relaxed);
    }

    /// Waits for the turn to write; after an error there is none.
    pub(super) fn turn(&self) -> Result<MutexGuard<'_, Turn>, ServingError> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match self.broken() {
            Some(cause) => Err(self.poisoned(cause)),
            None => Ok(turn),
        }
    }

    /// Why nothing more may be written.
    pub(super) fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }

    /// A deployment that isn't retired.
    pub(super) fn live(&self, deployment: Deployment) -> Result<Arc<Live>, ServingError> {
        let unknown = || ServingError::Unknown { place: self.place(), deployment };
        self.view().live.get(&deployment).cloned().ok_or_else(unknown)
    }

    /// Has the engine do something for a write, which is named for a message.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        to: &str,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, ServingError> {
        self.medium.engine.ask(ask).map_err(|error| self.fail(to, &error))
    }

    /// Has the engine read something, on this thread; an error of it ends no other reads.
    pub(super) fn read<T>(
        &self,
        to: &str,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, ServingError> {
        if let Some(cause) = self.lost.get() {
            return Err(self.poisoned(cause));
        }
        self.medium.engine.ask_here(ask).map_err(|error| {
            if matches!(error, EngineError::Panicked(_)) {
                return self.fail(to, &error);
            }
            ServingError::of_engine(&error, self.place(), to)
        })
    }

    /// Marks the store as unfit for writing, and the engine as unfit for anything where it is; the error for the caller.
    pub(super) fn fail(&self, to: &str, error: &EngineError) -> ServingError {
        // Only the first cause is kept: later ones follow from it.
        let _ = self.broken.set(error.to_string());
        if matches!(error, EngineError::Panicked(_) | EngineError::Stuck(_)) {
            let _ = self.lost.set(error.to_string());
        }
        ServingError::of_engine(error, self.place(), to)
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> ServingError {
        ServingError::Damaged { place: self.place(), what: what.into() }
    }

    fn poisoned(&self, cause: &str) -> ServingError {
        ServingError::Poisoned { place: self.place(), cause: cause.to_owned() }
    }

    /// Nothing is begun that may not fit.
    pub(super) fn check_room(&self, bytes: usize) -> Result<(), ServingError> {
        let needed = 6 * bytes as u64 + ROOM_TO_SPARE;
        let free = self.medium.place.room().map_err(|error| self.fail("ask for the free room", &error))?;
        if free < needed {
            return Err(ServingError::NoRoom { place: self.place(), free, needed });
        }
        Ok(())
    }

    /// Writes all of it atomically and durably, if the store is still this handle's.
    pub(super) fn write(&self, turn: &Turn, to: &str, writes: Vec<Write>) -> Result<(), ServingError> {
        let (root, durability) = (turn.bytes.clone(), self.durability);
        let written = self.ask(to, move |engine| {
            engine.write(&Guard { key: ROOT_KEY, expected: root.as_deref() }, &writes, durability)
        })?;
        self.check_written(written)
    }

    pub(super) fn check_written(&self, written: Written) -> Result<(), ServingError> {
        let Written::Refused(found) = written else { return Ok(()) };
        let error = match found.as_deref().map(Root::decode) {
            Some(Ok(_)) => ServingError::Fenced { place: self.place() },
            Some(Err(what)) => self.damaged(what),
            None => self.damaged("the root record is gone"),
        };
        let _ = self.broken.set(error.to_string());
        Err(error)
    }

    /// Writes the next root and, with it, some other records, then acknowledges it in the manifest.
    pub(super) fn write_root(
        &self,
        turn: &mut Turn,
        root: Root,
        mut others: Vec<Write>,
        to: &str,
    ) -> Result<(), ServingError> {
        let bytes = root.encode();
        others.push((ROOT_KEY.to_vec(), Some(bytes.clone())));
        self.write(turn, to, others)?;
        let manifest = Manifest {
            kind: Kind::Serving,
            backend: self.medium.engine_name.to_owned(),
            id: root.id,
            epoch: root.generation,
            incarnation: root.incarnation,
        };
        let written = self.medium.place.write_manifest(&manifest.encode(), self.durability);
        written.map_err(|error| self.fail("write the manifest", &error))?;
        (turn.root, turn.bytes) = (root, Some(bytes));
        Ok(())
    }
}
