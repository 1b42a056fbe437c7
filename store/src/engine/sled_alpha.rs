//! sled 1.0.0-alpha.124 as it comes, the control that the crash tests must flag.
//!
//! Its recovery renames a new snapshot over the old one and then deletes the old one, which has the same name
//! when the log was empty: a kill soon after an open loses everything. It has no transactions; one batch on
//! one tree is atomic.

use super::{Durability, Engine, EngineError, Guard, Visit, Write, Written, patiently};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const CACHE_BYTES: usize = 64 << 20;

type Db = sled_alpha::Db<1024>;

pub(crate) struct SledAlpha {
    // Its handle may not be shared between threads; a clone for each call may be sent.
    db: Mutex<Db>,
}

impl SledAlpha {
    pub(crate) fn open(path: &Path) -> Result<SledAlpha, EngineError> {
        let config = sled_alpha::Config::new().path(path).cache_capacity_bytes(CACHE_BYTES);
        let db = patiently(|| config.open(), |error| error.kind() == io::ErrorKind::WouldBlock)?;
        Ok(SledAlpha { db: Mutex::new(db) })
    }

    fn db(&self) -> Db {
        self.db.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Engine for SledAlpha {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.db().get(key)?.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError> {
        for record in self.db().range(from..) {
            let (key, value) = record?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, guard: &Guard<'_>, writes: &[Write], _: Durability) -> Result<Written, EngineError> {
        let db = self.db();
        let found = self.get(guard.key)?;
        if found.as_deref() != guard.expected {
            return Ok(Written::Refused(found));
        }
        let mut batch = sled_alpha::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        db.apply_batch(batch)?;
        db.flush()?;
        Ok(Written::Done)
    }

    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError> {
        self.write(guard, writes, Durability::Process)
    }
}
