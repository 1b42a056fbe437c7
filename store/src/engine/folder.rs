//! A folder of a store: one owner at a time, its manifest, its room, and the syncing of its files.

use super::{Durability, EngineError, Refusal};
use crate::lock::{self, Taken};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const LOCK: &str = "run.lock";
const MANIFEST: &str = "manifest.toml";
const MANIFEST_TEMPORARY: &str = "manifest.tmp";

/// A folder that this process owns until it drops this.
pub(crate) struct Folder {
    path: PathBuf,
    /// The lock is the kernel's: it ends with the process, however that dies, and a leftover file doesn't block.
    _lock: File,
}

impl Folder {
    /// Takes a folder of a store, or an empty or new one, before anything in it is touched.
    pub(crate) fn take(path: &Path) -> Result<Folder, Refusal> {
        let failed = |error: &io::Error| Refusal::failed(format!("can't take the folder: {error}"));
        fs::create_dir_all(path).map_err(|error| failed(&error))?;
        refuse_strangers(path)?;
        let lock = lock::take(&path.join(LOCK)).map_err(|taken| match taken {
            Taken::By(pid) => Refusal::Locked { pid },
            Taken::Failed(error) => failed(&error),
        })?;
        Ok(Folder { path: path.to_owned(), _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn manifest(&self) -> Result<Option<String>, EngineError> {
        match fs::read(self.path.join(MANIFEST)) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(EngineError::Damaged("the manifest isn't text".to_owned())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the manifest: a reader finds the old one or the new one, whole.
    pub(crate) fn write_manifest(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        let temporary = self.path.join(MANIFEST_TEMPORARY);
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        if durability == Durability::Power {
            file.sync_all()?;
        }
        fs::rename(&temporary, self.path.join(MANIFEST))?;
        if durability == Durability::Power {
            sync(&self.path)?;
        }
        Ok(())
    }

    /// Makes the folder's own entry as durable as asked for.
    pub(crate) fn sync_entry(&self, durability: Durability) -> Result<(), EngineError> {
        if durability == Durability::Process {
            return Ok(());
        }
        sync(&self.path)?;
        let parent = fs::canonicalize(&self.path)?;
        Ok(parent.parent().map_or(Ok(()), sync)?)
    }

    /// Free bytes on its file system.
    pub(crate) fn room(&self) -> Result<u64, EngineError> {
        let figures = rustix::fs::statvfs(&self.path).map_err(io::Error::from)?;
        Ok(figures.f_bavail.saturating_mul(figures.f_frsize))
    }
}

/// A folder with files but neither lock nor manifest was filled by somebody else.
fn refuse_strangers(path: &Path) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::failed(error.to_string());
    if path.join(MANIFEST).exists() {
        return Ok(());
    }
    let owned = path.join(LOCK).exists();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name == LOCK || (owned && name == MANIFEST_TEMPORARY) {
            continue;
        }
        let name = name.to_string_lossy();
        if owned {
            let what = format!("'{name}' is there and {MANIFEST} isn't");
            return Err(Refusal::Damaged { what });
        }
        let what = format!("it holds '{name}' and no {MANIFEST}");
        return Err(Refusal::Foreign { what });
    }
    Ok(())
}

/// Flushes a file or a folder's entries to the disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// A file in the state in which it was synced: its name, length and time of change.
type Known = HashSet<(PathBuf, u64, SystemTime)>;

/// Syncs the files below `path` that have changed since they were last `known`, and their folders.
pub(crate) fn sync_tree(path: &Path, known: &mut Known) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let path = entry.path();
        match sync_entry(&path, known) {
            // sled removes files whenever it likes.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    sync(path)
}

fn sync_entry(path: &Path, known: &mut Known) -> io::Result<()> {
    let facts = fs::metadata(path)?;
    if facts.is_dir() {
        return sync_tree(path, known);
    }
    let state = (path.to_owned(), facts.len(), facts.modified()?);
    if known.contains(&state) {
        return Ok(());
    }
    sync(path)?;
    known.retain(|(name, ..)| *name != state.0);
    known.insert(state);
    Ok(())
}
