//! sled 0.34.7, with what it takes to survive kills and power cuts.
//!
//! - A snapshot that a kill left half-written (`snap.*.generating`) is taken for a whole one by the next
//!   recovery, after which the database never opens again (spacejam/sled#1527, #1533): it is deleted first,
//!   under the folder's lock.
//! - `flush` doesn't sync on Linux (#1452): for [`Durability::Power`] every changed file and folder is synced
//!   after it.
//! - `flush_async` can hang (#1308): never called. `flush_every_ms` keeps its default, since only that thread
//!   frees disk space.

use super::Durability;
use super::engine::{Engine, EngineError, Guard, Visit, Write, Written};
use super::folder::sync_tree;
use super::open::patiently;
use sled::transaction::{ConflictableTransactionError, TransactionError, TransactionalTree};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 64 << 20;

/// A page larger than a quarter of a segment goes into a file of its own (a blob), and those pile up: 1,000
/// commits of 1.2 MB, of which the last ten were live, left 855 MiB with sled's 512 KiB segments and parts of
/// 64 KiB. A leaf holds at most 17 records before it splits, which at 32 KiB is half of what this size lets
/// through.
const SEGMENT_BYTES: usize = 4 << 20;

pub(super) struct Sled {
    db: sled::Db,
    path: PathBuf,
    synced: Mutex<HashSet<(PathBuf, u64, SystemTime)>>,
}

impl Sled {
    /// The caller holds the lock of the folder around `path`.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Sled, EngineError> {
        fs::create_dir_all(path)?;
        delete_leftovers(path)?;
        let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).segment_size(SEGMENT_BYTES);
        let db = patiently(|| config.open(), is_held)?;
        let sled = Sled { db, path: path.to_owned(), synced: Mutex::default() };
        if durability == Durability::Power {
            sled.sync()?;
        }
        Ok(sled)
    }

    fn sync(&self) -> Result<(), EngineError> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sync_tree(&self.path, &mut synced)?)
    }
}

/// Removes what a kill during the writing of a snapshot left; the snapshot before it and the log hold everything.
fn delete_leftovers(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// sled wraps the refusal of its lock in an error whose kind says nothing.
fn is_held(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error)
        if error.kind() == io::ErrorKind::WouldBlock || error.to_string().contains("WouldBlock"))
}

impl Engine for Sled {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.db.get(key)?.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError> {
        for record in self.db.range(from..) {
            let (key, value) = record?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn write(
        &self,
        guard: &Guard<'_>,
        writes: &[Write],
        durability: Durability,
    ) -> Result<Written, EngineError> {
        match self.db.transaction(|tree| write_all(tree, guard, writes)) {
            Ok(()) => {}
            Err(TransactionError::Abort(found)) => return Ok(Written::Refused(found)),
            Err(TransactionError::Storage(error)) => return Err(error.into()),
        }
        self.db.flush()?;
        if durability == Durability::Power {
            self.sync()?;
        }
        Ok(Written::Done)
    }
}

/// sled may run it several times.
fn write_all(
    tree: &TransactionalTree,
    guard: &Guard<'_>,
    writes: &[Write],
) -> Result<(), ConflictableTransactionError<Option<Vec<u8>>>> {
    let found = tree.get(guard.key)?;
    if found.as_deref() != guard.expected {
        return Err(ConflictableTransactionError::Abort(found.map(|bytes| bytes.to_vec())));
    }
    for (key, value) in writes {
        match value {
            Some(value) => tree.insert(key.as_slice(), value.as_slice())?,
            None => tree.remove(key.as_slice())?,
        };
    }
    Ok(())
}

impl From<sled::Error> for EngineError {
    fn from(error: sled::Error) -> EngineError {
        match error {
            sled::Error::Io(error) => error.into(),
            // Nothing else can come of sound files used as we use them.
            error => EngineError::Damaged(error.to_string()),
        }
    }
}
