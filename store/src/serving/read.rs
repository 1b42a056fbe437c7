//! Reading: a snapshot sees one epoch of one deployment, whatever is written, switched or retired meanwhile.

use super::head::{Head, Totals};
use super::live::{self, Live};
use super::page::{Page, page};
use super::record::{self, ROWS, row_key};
use super::shared::Shared;
use super::{Deployment, ServingError, Stamp, Visit};
use std::fmt;
use std::ops::{Bound, ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Gives snapshots; clones are equal. The store stays open as long as there is one.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Reader {
        Reader { shared }
    }

    /// The last epoch of the deployment that is served.
    pub fn snapshot(&self) -> Result<Snapshot, ServingError> {
        let view = self.shared.view();
        let live = view.served.and_then(|served| view.live.get(&served));
        let live = live.ok_or_else(|| ServingError::NothingServed { place: self.shared.place() })?;
        Ok(Snapshot::new(&self.shared, live))
    }

    /// The last epoch of any deployment, served or not.
    pub fn snapshot_of(&self, deployment: Deployment) -> Result<Snapshot, ServingError> {
        let view = self.shared.view();
        let unknown = || ServingError::Unknown { place: self.shared.place(), deployment };
        Ok(Snapshot::new(&self.shared, view.live.get(&deployment).ok_or_else(unknown)?))
    }
}

/// One epoch of one deployment, for as long as this lives.
pub struct Snapshot {
    shared: Arc<Shared>,
    live: Arc<Live>,
    head: Arc<Head>,
    is_expired: Arc<AtomicBool>,
}

/// A key, and its row as it was stored.
type Row = (Vec<u8>, Vec<u8>);

impl Snapshot {
    /// The caller holds the view.
    fn new(shared: &Arc<Shared>, live: &Arc<Live>) -> Snapshot {
        let (head, is_expired) = live.hold();
        Snapshot { shared: Arc::clone(shared), live: Arc::clone(live), head, is_expired }
    }

    /// Says what the answer is: whose, how far it has come, and whether it is complete.
    pub fn stamp(&self) -> Stamp {
        live::stamp(self.live.deployment, &self.head)
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ServingError> {
        let engine_key = row_key(self.live.deployment, key);
        let found = self.shared.read("read a row", |engine| engine.get(&engine_key))?;
        let row = match found {
            Some(bytes) if self.epoch_of(&engine_key, &bytes)? <= self.head.epoch => Some(bytes),
            newer => self.before(key, newer.is_some())?,
        };
        self.check_expiry()?;
        Ok(row.map(record::into_payload))
    }

    /// Shows the rows of a range of keys in order, until `visit` breaks off.
    pub fn range(&self, keys: Range<&[u8]>, visit: &mut Visit<'_>) -> Result<(), ServingError> {
        if keys.start >= keys.end {
            return Ok(());
        }
        self.walk(keys.start, Some(keys.end), visit).map(drop)
    }

    /// Shows all rows in order, until `visit` breaks off. When it has shown all, they are held against the count and the
    /// sum of the epoch: a row too few or too many is an error.
    pub fn all(&self, visit: &mut Visit<'_>) -> Result<(), ServingError> {
        match self.walk(&[], None, visit)? {
            Some(found) if found != self.head.totals => {
                Err(self.shared.damaged(self.head.differs(self.live.deployment, found)))
            }
            _ => Ok(()),
        }
    }

    /// Returns what a key had, now that the engine has a later row of it, or none.
    fn before(&self, key: &[u8], is_newer: bool) -> Result<Option<Vec<u8>>, ServingError> {
        let row = match self.live.history().at(key, self.head.epoch) {
            Some(old) => old.row.clone(),
            None if is_newer => return Err(self.lost(key)),
            None => None,
        };
        if let Some(bytes) = &row {
            self.check_old(key, bytes)?;
        }
        Ok(row)
    }

    fn epoch_of(&self, engine_key: &[u8], bytes: &[u8]) -> Result<u64, ServingError> {
        live::row_epoch(engine_key, bytes).map_err(|what| self.shared.damaged(what))
    }

    fn check_old(&self, key: &[u8], bytes: &[u8]) -> Result<(), ServingError> {
        if self.epoch_of(&row_key(self.live.deployment, key), bytes)? > self.head.epoch {
            return Err(self.lost(key));
        }
        Ok(())
    }

    /// The engine has a row of an epoch to come, and nobody knows what was there before.
    fn lost(&self, key: &[u8]) -> ServingError {
        if let Err(expired) = self.check_expiry() {
            return expired;
        }
        let what = record::describe(&row_key(self.live.deployment, key));
        self.shared.damaged(format!("{what} is of a later epoch than {}", self.head.epoch))
    }

    /// Looked at after each read: what was read before the old values went is right.
    fn check_expiry(&self) -> Result<(), ServingError> {
        if self.is_expired.load(Ordering::SeqCst) {
            let (deployment, epoch) = (self.live.deployment, self.head.epoch);
            return Err(ServingError::Expired { place: self.shared.place(), deployment, epoch });
        }
        Ok(())
    }

    /// Shows rows page by page; returns what they sum up to, unless `visit` broke off.
    fn walk(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<Option<Totals>, ServingError> {
        let prefix = record::space(ROWS, self.live.deployment);
        let end = to.map(|to| row_key(self.live.deployment, to));
        let mut next = Some(row_key(self.live.deployment, from));
        let mut totals = Totals::default();
        while let Some(from) = next.take() {
            let page =
                self.shared.read("read rows", |engine| page(engine, &prefix, &from, end.as_deref()))?;
            next.clone_from(&page.next);
            let until = page.next.as_ref().map(|next| &next[prefix.len()..]).or(to).map(<[u8]>::to_vec);
            let rows = self.settle(&from[prefix.len()..], until.as_deref(), page);
            self.check_expiry()?;
            for (key, bytes) in rows {
                let engine_key = row_key(self.live.deployment, &key);
                let sealed = record::unseal(&engine_key, &bytes).map_err(|what| self.shared.damaged(what))?;
                if sealed.epoch > self.head.epoch {
                    return Err(self.lost(&key));
                }
                totals.add(sealed.checksum);
                if visit(&key, sealed.payload) == ControlFlow::Break(()) {
                    return Ok(None);
                }
            }
        }
        Ok(Some(totals))
    }

    /// The rows of a page as this epoch has them: what has been replaced since is replaced back.
    fn settle(&self, from: &[u8], until: Option<&[u8]>, page: Page) -> Vec<Row> {
        let strip = record::space(ROWS, self.live.deployment).len();
        let mut rows = Vec::with_capacity(page.records.len());
        let history = self.live.history();
        let range = (Bound::Included(from), until.map_or(Bound::Unbounded, Bound::Excluded));
        let mut old = history.range(range, self.head.epoch).peekable();
        let put_old = |rows: &mut Vec<Row>, key: &[u8], bytes: Option<&Vec<u8>>| {
            rows.extend(bytes.map(|bytes| (key.to_vec(), bytes.clone())));
        };
        for (engine_key, bytes) in page.records {
            let key = &engine_key[strip..];
            while let Some((before, old)) = old.next_if(|(before, _)| *before < key) {
                put_old(&mut rows, before, old.row.as_ref());
            }
            match old.next_if(|(before, _)| *before == key) {
                Some((_, old)) => put_old(&mut rows, key, old.row.as_ref()),
                None => rows.push((key.to_vec(), bytes)),
            }
        }
        for (key, old) in old {
            put_old(&mut rows, key, old.row.as_ref());
        }
        rows
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.live.release(self.head.epoch);
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.stamp()).finish()
    }
}
