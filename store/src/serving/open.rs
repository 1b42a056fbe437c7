//! Opening a store: the folder is taken, epochs that were cut short are taken back, the rest is checked, and a new
//! incarnation begins.

use super::head::{Head, Root};
use super::journal;
use super::live::Live;
use super::page::page;
use super::record::{self, HEADS, JOURNALS, ROOT_KEY};
use super::shared::{Shared, Turn};
use super::{Backend, Deployment, Durability, Memory, Serving, ServingError};
use crate::engine::{EngineError, IN_MEMORY, Kind, Manifest, Medium, Open, PATIENCE, open_backend};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Heads = BTreeMap<Deployment, Head>;

impl Serving {
    /// Opens the store in `folder`, or creates one in a new or empty folder.
    pub fn open(folder: &Path, backend: Backend, durability: Durability) -> Result<Serving, ServingError> {
        let open: Open = Box::new(move |path| open_backend(path, backend, durability));
        Serving::open_with(folder, backend.name(), durability, open, PATIENCE)
    }

    /// Opens with any engine, which may take `patience` for anything that it is asked.
    pub(super) fn open_with(
        folder: &Path,
        engine_name: &'static str,
        durability: Durability,
        open: Open,
        patience: Duration,
    ) -> Result<Serving, ServingError> {
        let medium = Medium::in_folder(folder, (Kind::Serving, engine_name), durability, open, patience)
            .map_err(|refusal| ServingError::refused(folder.display().to_string(), refusal))?;
        begin(medium, durability)
    }

    /// Opens what `memory` holds; a later handle on one memory fences off the earlier ones.
    pub fn open_in_memory(memory: &Memory, durability: Durability) -> Result<Serving, ServingError> {
        let medium = Medium::in_memory(memory, Kind::Serving, durability)
            .map_err(|refusal| ServingError::refused(IN_MEMORY.to_owned(), refusal))?;
        begin(medium, durability)
    }
}

fn begin(medium: Medium, durability: Durability) -> Result<Serving, ServingError> {
    let place = medium.place.name();
    let damaged = |what: String| ServingError::Damaged { place: place.clone(), what };
    let found = medium.find_manifest().map_err(|refusal| ServingError::refused(place.clone(), refusal))?;
    let manifest = found.ok_or_else(|| damaged("the manifest is gone".to_owned()))?;
    let failed = |error: EngineError| ServingError::of_engine(&error, place.clone(), "read the root record");
    let stored = medium.engine.ask(|engine| engine.get(ROOT_KEY)).map_err(failed)?;
    let root = match &stored {
        Some(bytes) => Root::decode(bytes).map_err(&damaged)?,
        None => Root::fresh(manifest.id),
    };
    compare(&manifest, &root, &place)?;
    let shared = Arc::new(Shared::new(medium, durability, root, stored));
    {
        let mut turn = shared.turn()?;
        let next = Root { incarnation: turn.root.incarnation + 1, ..turn.root.next() };
        shared.write_root(&mut turn, next, Vec::new(), "begin a new incarnation")?;
        shared.recover(&mut turn)?;
    }
    shared.sweep()?;
    Ok(Serving { shared })
}

/// The store may be ahead of the manifest, by one for each crash before an acknowledgement, but not behind it.
fn compare(manifest: &Manifest, root: &Root, place: &str) -> Result<(), ServingError> {
    let place = || place.to_owned();
    if manifest.id != root.id {
        let what = "manifest and store belong to different runs".to_owned();
        return Err(ServingError::Damaged { place: place(), what });
    }
    if root.generation < manifest.epoch {
        let (manifest, store) = (manifest.epoch, root.generation);
        return Err(ServingError::RolledBack { place: place(), manifest, store });
    }
    Ok(())
}

impl Shared {
    /// Takes back what was cut short, and checks what is there.
    fn recover(&self, turn: &mut Turn) -> Result<(), ServingError> {
        let heads = self.heads()?;
        self.take_back(turn, &heads)?;
        self.check_rows(&heads)?;
        let mut view = self.view();
        for (deployment, head) in heads {
            let is_retired = head.is_retired;
            let live = Arc::new(Live::new(deployment, head));
            if is_retired {
                turn.leaving.push(live);
            } else {
                view.live.insert(deployment, live);
            }
        }
        if let Some(lost) = view.served.filter(|served| !view.live.contains_key(served)) {
            return Err(self.damaged(format!("{lost} is served and has no head")));
        }
        Ok(())
    }

    fn heads(&self) -> Result<Heads, ServingError> {
        let mut heads = Heads::new();
        self.each(&[HEADS], |key, bytes| {
            let (deployment, _) = record::parse_key(key).ok_or_else(|| not_ours(key))?;
            heads.insert(deployment, Head::decode(deployment, bytes)?);
            Ok(())
        })?;
        Ok(heads)
    }

    /// Puts back the rows of epochs that were never committed, of each deployment at most one, then drops all journals. Cut
    /// short, it is done again.
    fn take_back(&self, turn: &Turn, heads: &Heads) -> Result<(), ServingError> {
        let mut pieces = Vec::new();
        let mut back = Vec::new();
        self.each(&[JOURNALS], |key, bytes| {
            let (deployment, _) = record::parse_key(key).ok_or_else(|| not_ours(key))?;
            let head =
                heads.get(&deployment).ok_or_else(|| format!("{deployment} has a journal and no head"))?;
            let sealed = record::unseal(key, bytes)?;
            if sealed.epoch > head.epoch + 1 {
                return Err(format!(
                    "{} is of epoch {}, the head of epoch {}",
                    record::describe(key),
                    sealed.epoch,
                    head.epoch
                ));
            }
            if sealed.epoch == head.epoch + 1 {
                back.extend(journal::undo(deployment, sealed.payload).ok_or_else(|| not_ours(key))?);
            }
            pieces.push((key.to_vec(), None));
            Ok(())
        })?;
        if pieces.is_empty() {
            return Ok(());
        }
        if !back.is_empty() {
            self.put(turn, "take back an epoch that was cut short", back)?;
        }
        self.put(turn, "drop the journal", pieces)?;
        self.write(turn, "drop the journal", Vec::new())
    }

    /// Shows all records below a prefix; what `see` says is wrong is damage.
    pub(super) fn each(
        &self,
        prefix: &'static [u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Result<(), ServingError> {
        let mut next = Some(prefix.to_vec());
        while let Some(from) = next {
            let page = self.ask("read the records", move |engine| page(engine, prefix, &from, None))?;
            for (key, bytes) in &page.records {
                see(key, bytes).map_err(|what| self.fail("read", &EngineError::Damaged(what)))?;
            }
            next = page.next;
        }
        Ok(())
    }
}

fn not_ours(key: &[u8]) -> String {
    format!("{} isn't as this store writes it", record::describe(key))
}
