//! The stores under test, and the plain map that says what they should hold.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use store::checkpoints::{Backend, Durability, Memory, Namespace, Store, StoreError, WriteSet};
use tempfile::TempDir;

/// Describes what a store should hold.
pub(crate) type Model = BTreeMap<(Namespace, Vec<u8>), Vec<u8>>;

/// Where a store lives, whether or not it is open.
pub(crate) enum Home {
    Memory(Memory),
    Folder(TempDir, Backend),
}

impl Home {
    pub(crate) fn folder(backend: Backend) -> Home {
        Home::Folder(tempfile::tempdir().unwrap(), backend)
    }

    /// One of each kind that this build knows; the known-bad one is as good as any while nothing is killed.
    pub(crate) fn all() -> Vec<Home> {
        let folders = Backend::ALL.iter().map(|&backend| Home::folder(backend));
        std::iter::once(Home::Memory(Memory::new())).chain(folders).collect()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Home::Memory(_) => "memory",
            Home::Folder(_, backend) => backend.name(),
        }
    }

    pub(crate) fn open(&self, durability: Durability) -> Result<Store, StoreError> {
        match self {
            Home::Memory(memory) => Store::open_in_memory(memory, durability),
            Home::Folder(folder, backend) => Store::open(folder.path(), *backend, durability),
        }
    }
}

pub(crate) fn apply(model: &mut Model, writes: &WriteSet) {
    for (namespace, key, value) in writes.iter() {
        match value {
            Some(value) => model.insert((namespace, key.to_vec()), value.to_vec()),
            None => model.remove(&(namespace, key.to_vec())),
        };
    }
}

/// All that a store holds.
pub(crate) fn contents(store: &Store) -> Result<Model, StoreError> {
    let mut found = Model::new();
    for namespace in Namespace::ALL {
        store.scan(namespace, &[], &mut |key, value| {
            assert_eq!(found.insert((namespace, key.to_vec()), value.to_vec()), None, "a key twice");
            ControlFlow::Continue(())
        })?;
    }
    Ok(found)
}

/// An epoch's changes: `key` gets `value` in each namespace.
pub(crate) fn everywhere(key: &str, value: &str) -> WriteSet {
    let mut writes = WriteSet::new();
    for namespace in Namespace::ALL {
        writes.put(namespace, key, value);
    }
    writes
}

/// The files below a folder, with their bytes.
pub(crate) fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Copies a folder as a crash would leave it: no handle is closed first.
pub(crate) fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for (path, bytes) in files(from) {
        let target = to.path().join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
    to
}
