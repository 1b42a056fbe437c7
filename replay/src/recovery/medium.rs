//! Describes what survives a crash: the place of the store, and the output.

use std::path::{Path, PathBuf};

use store::checkpoints::{Backend, Durability, Fault, Memory, Store, StoreError};

use super::{Output, RecoveryError};

/// Holds what survives a crash: where checkpoints are kept, and the output beside them.
pub struct Medium {
    store: StorePlace,
    /// A folder of checkpoints has been put aside by this process.
    was_set_aside: bool,
    /// Where rows are delivered.
    pub output: Output,
}

/// Where the store of checkpoints lies.
enum StorePlace {
    Memory(Memory),
    Folder { path: PathBuf, backend: Backend },
}

impl Medium {
    /// In memory: it survives crashes that are made up, and no other.
    pub fn in_memory() -> Self {
        Self::on(Memory::new())
    }

    /// On this memory, which may have faults of its own.
    pub fn on(memory: Memory) -> Self {
        Self { store: StorePlace::Memory(memory), was_set_aside: false, output: Output::in_memory() }
    }

    /// Has rows delivered to `output`.
    #[must_use]
    pub fn with(self, output: Output) -> Self {
        Self { output, ..self }
    }

    /// The memory that it stands on, if it does.
    pub fn memory(&self) -> Option<&Memory> {
        match &self.store {
            StorePlace::Memory(memory) => Some(memory),
            StorePlace::Folder { .. } => None,
        }
    }

    /// A store of `backend` in the folder `path`.
    pub fn in_folder(path: &Path, backend: Backend, output: Output) -> Self {
        Self { store: StorePlace::Folder { path: path.to_owned(), backend }, was_set_aside: false, output }
    }

    pub(super) fn open(&self, durability: Durability) -> Result<Store, StoreError> {
        match &self.store {
            StorePlace::Memory(memory) => Store::open_in_memory(memory, durability),
            StorePlace::Folder { path, backend } => Store::open(path, *backend, durability),
        }
    }

    /// The process is gone: its handles on the store are, too.
    pub(super) fn crash(&mut self) {
        if let StorePlace::Memory(memory) = &mut self.store {
            *memory = memory.after_kill();
        }
    }

    /// The machine was off: which of the unsynced writes are there is `chance`'s business.
    pub(super) fn cut_power(&mut self, chance: u64) -> Result<(), RecoveryError> {
        let StorePlace::Memory(memory) = &mut self.store else {
            return Err(RecoveryError::NeedsMemory("a power cut"));
        };
        let case = (chance % memory.power_cuts() as u64) as usize;
        *memory = memory.after_power_cut(case);
        self.output.lose_unsynced()?;
        Ok(())
    }

    /// Lets the next commit land without anybody hearing of it. Whether it can.
    pub(super) fn die_within_commit(&self) -> bool {
        match &self.store {
            StorePlace::Memory(memory) => {
                memory.plan(0, Fault::CrashAfter);
                true
            }
            StorePlace::Folder { .. } => false,
        }
    }

    /// Gives up a store that can't be used, for the reason `why`; a folder is put aside under another name, for somebody to
    /// look at. If new checkpoints are damaged as soon as they are there, it isn't they that are at fault: a process does
    /// this once.
    pub(super) fn set_aside(&mut self, why: &str) -> Result<(), RecoveryError> {
        match &mut self.store {
            StorePlace::Memory(memory) => *memory = Memory::new(),
            StorePlace::Folder { .. } if self.was_set_aside => {
                return Err(RecoveryError::DamagedAgain(why.to_owned()));
            }
            StorePlace::Folder { path, .. } => {
                let free = (1..).map(|n| path.with_extension(format!("damaged-{n}")));
                let free = free.into_iter().find(|aside| aside.symlink_metadata().is_err());
                std::fs::rename(&*path, free.expect("there are more numbers than folders"))?;
                self.was_set_aside = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_put_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints");
        let mut medium = Medium::in_folder(&path, Backend::Sled, Output::in_memory());
        std::fs::create_dir(&path).unwrap();
        medium.set_aside("a sum").unwrap();
        assert!(!path.exists() && folder.path().join("checkpoints.damaged-1").is_dir());
        std::fs::create_dir(&path).unwrap();
        let error = medium.set_aside("another sum").unwrap_err();
        assert!(error.to_string().contains("another sum"), "{error}");
        assert!(path.is_dir() && !folder.path().join("checkpoints.damaged-2").exists());
    }
}
