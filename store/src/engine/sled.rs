//! sled 0.34.7, with what it takes to survive kills and power cuts.
//!
//! - A snapshot that a kill left half-written (`snap.*.generating`) is taken for a whole one by the next
//!   recovery, after which the database never opens again (spacejam/sled#1527, #1533): it is deleted first,
//!   under the folder's lock.
//! - `flush` doesn't sync on Linux (#1452): for [`Durability::Power`] every changed file and folder is synced
//!   after it.
//! - `flush_async` can hang (#1308): never called. `flush_every_ms` keeps its default, since only that thread
//!   frees disk space.

use super::folder::sync_tree;
use super::{Durability, Engine, EngineError, Guard, Visit, Write, Written, patiently};
use sled::transaction::{ConflictableTransactionError, TransactionError, TransactionalTree};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::SystemTime;

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 64 << 20;

/// A page larger than a quarter of a segment goes into a file of its own (a blob), and those pile up: 1,000
/// commits of 1.2 MB, of which the last ten were live, left 855 MiB with sled's 512 KiB segments and parts of
/// 64 KiB. A leaf holds at most 17 records before it splits, which at 32 KiB is half of what this size lets
/// through.
const SEGMENT_BYTES: usize = 4 << 20;

/// One that flushes, and some that read and write.
const THREADS: usize = 4;

pub(crate) struct Sled {
    db: sled::Db,
    path: PathBuf,
    synced: Mutex<HashSet<(PathBuf, u64, SystemTime)>>,
}

impl Sled {
    /// The caller holds the lock of the folder around `path`.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Sled, EngineError> {
        check_clock(SystemTime::now())?;
        check_threads()?;
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

    /// A transaction shuts out readers until all of it is in the tree; single records don't. Its log is one sequence,
    /// of which recovery takes what comes before the first gap.
    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError> {
        let found = self.db.get(guard.key)?;
        if found.as_deref() != guard.expected {
            return Ok(Written::Refused(found.map(|bytes| bytes.to_vec())));
        }
        for (key, value) in writes {
            match value {
                Some(value) => self.db.insert(key.as_slice(), value.as_slice())?,
                None => self.db.remove(key.as_slice())?,
            };
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
            // sled reads only where its log says that something is: a file that ends before was cut.
            sled::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                EngineError::Damaged("a file of the engine's ends too soon".to_owned())
            }
            sled::Error::Io(error) => error.into(),
            // By its checksums.
            error @ sled::Error::Corruption { .. } => EngineError::Damaged(error.to_string()),
            error @ (sled::Error::CollectionNotFound(_)
            | sled::Error::Unsupported(_)
            | sled::Error::ReportableBug(_)) => EngineError::Other(format!("the engine failed: {error}")),
        }
    }
}

/// sled takes the time since 1970 for a name that it doesn't use, and panics where there is none.
fn check_clock(now: SystemTime) -> Result<(), EngineError> {
    match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(_) => Ok(()),
        Err(_) => Err(EngineError::Other("the clock stands before 1970; set it right".to_owned())),
    }
}

/// sled waits for ever for threads that it couldn't start, so whether some can be is found out beforehand.
fn check_threads() -> Result<(), EngineError> {
    let (held, release) = mpsc::channel::<()>();
    let release = Arc::new(Mutex::new(release));
    let start = |_| {
        let release = Arc::clone(&release);
        // They end as soon as the sender does.
        let wait = move || drop(release.lock().map(|release| release.recv()));
        thread::Builder::new().spawn(wait)
    };
    let started: io::Result<Vec<_>> = (0..THREADS).map(start).collect();
    drop(held);
    let threads =
        started.map_err(|error| EngineError::Other(format!("no more threads can be started: {error}")))?;
    for thread in threads {
        // It has done nothing that could fail.
        let _ = thread.join();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_clock_before_1970_is_told_of() {
        assert_eq!(check_clock(SystemTime::now()), Ok(()));
        assert_eq!(check_clock(SystemTime::UNIX_EPOCH), Ok(()));
        let error = check_clock(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).unwrap_err();
        assert_eq!(error, EngineError::Other("the clock stands before 1970; set it right".to_owned()));
    }

    #[test]
    fn only_what_sled_finds_in_its_files_is_damage() {
        let corruption = sled::Error::Corruption { at: None, bt: () };
        assert!(matches!(EngineError::from(corruption), EngineError::Damaged(_)));
        for kind in [
            io::ErrorKind::Other,
            io::ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::WouldBlock,
            io::ErrorKind::InvalidData,
            io::ErrorKind::Interrupted,
            io::ErrorKind::OutOfMemory,
        ] {
            let error = EngineError::from(sled::Error::Io(kind.into()));
            assert!(matches!(error, EngineError::Other(_)), "{kind}: {error}");
        }
        for code in [5, 11, 12, 23, 24, 30] {
            let error = EngineError::from(sled::Error::Io(io::Error::from_raw_os_error(code)));
            assert!(matches!(error, EngineError::Other(_)), "{code}: {error}");
        }
        let full = EngineError::from(sled::Error::Io(io::Error::from_raw_os_error(28)));
        assert_eq!(full, EngineError::NoSpace);
        for error in [sled::Error::Unsupported(String::new()), sled::Error::ReportableBug(String::new())] {
            assert!(matches!(EngineError::from(error), EngineError::Other(_)));
        }
    }
}
