//! redb: one table, one transaction an epoch; each commit is synced, whatever the durability asked for.

use super::folder::sync_tree;
use super::{Durability, Engine, EngineError, Guard, Visit, Write, Written, patiently};
use redb::{
    Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction,
};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("checkpoints");
const FILE: &str = "checkpoints.redb";
const CACHE_BYTES: usize = 64 << 20;

pub(crate) struct Redb {
    db: Database,
}

impl Redb {
    /// The caller holds the lock of the folder around `path`.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Redb, EngineError> {
        fs::create_dir_all(path)?;
        let open = || Database::builder().set_cache_size(CACHE_BYTES).create(path.join(FILE));
        let db = patiently(open, |error| matches!(error, DatabaseError::DatabaseAlreadyOpen))?;
        let begin = db.begin_write()?;
        begin.open_table(TABLE)?;
        begin.commit()?;
        if durability == Durability::Power {
            // redb syncs its file, not the folder that names it.
            sync_tree(path, &mut HashSet::new())?;
        }
        Ok(Redb { db })
    }
}

impl Engine for Redb {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        let table = self.db.begin_read()?.open_table(TABLE)?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }

    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError> {
        let table = self.db.begin_read()?.open_table(TABLE)?;
        for record in table.range(from..)? {
            let (key, value) = record?;
            if visit(key.value(), value.value()).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// redb has no commit that survives a kill but not a power cut, so both durabilities are the stronger one.
    fn write(&self, guard: &Guard<'_>, writes: &[Write], _: Durability) -> Result<Written, EngineError> {
        let mut transaction = self.db.begin_write()?;
        // Spares the next open a repair that reads the whole file.
        transaction.set_quick_repair(true);
        write_all(transaction, guard, writes)
    }

    /// Readers see the table as it was until this has ended, and it isn't synced.
    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError> {
        let mut transaction = self.db.begin_write()?;
        transaction
            .set_durability(redb::Durability::None)
            .map_err(|error| EngineError::Other(error.to_string()))?;
        write_all(transaction, guard, writes)
    }
}

fn write_all(
    transaction: WriteTransaction,
    guard: &Guard<'_>,
    writes: &[Write],
) -> Result<Written, EngineError> {
    {
        let mut table = transaction.open_table(TABLE)?;
        let found = table.get(guard.key)?.map(|value| value.value().to_vec());
        if found.as_deref() != guard.expected {
            return Ok(Written::Refused(found));
        }
        for (key, value) in writes {
            match value {
                Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                None => table.remove(key.as_slice())?,
            };
        }
    }
    transaction.commit()?;
    Ok(Written::Done)
}

/// redb has an error for each operation; all can become its general one.
impl From<redb::Error> for EngineError {
    fn from(error: redb::Error) -> EngineError {
        match error {
            redb::Error::Io(error) => error.into(),
            redb::Error::Corrupted(what) => EngineError::Damaged(what),
            error => EngineError::Other(error.to_string()),
        }
    }
}

macro_rules! from_each {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for EngineError {
            fn from(error: redb::$error) -> EngineError {
                redb::Error::from(error).into()
            }
        })*
    };
}

from_each!(CommitError, DatabaseError, StorageError, TableError, TransactionError);
