//! Writing an epoch: journal and rows one by one, then the head, which commits them.

use super::head::Totals;
use super::journal::{Journal, PIECES_TO_LEAVE};
use super::live::Live;
use super::record::{self, ROOT_KEY, head_key, journal_key, row_key};
use super::shared::{Shared, Turn};
use super::{Change, Deployment, Progress, Serving, ServingError};
use crate::engine::{Engine, EngineError, Guard, Write, Written};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest key of a row.
pub(super) const KEY_LIMIT: usize = 1024;

/// The longest value: a journal's piece with the row and its key is small enough for sled never to put a page of such
/// into a file of its own, which it doesn't remove again.
pub(super) const VALUE_LIMIT: usize = 30 << 10;

/// So many rows are written in one go.
const CHUNK: usize = 512;

/// Rows as they are to be: keys in order, `None` deletes.
type Rows = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Some rows of an epoch, on their way to the engine.
struct Chunk {
    live: Arc<Live>,
    epoch: u64,
    /// Pieces of the journal so far.
    pieces: u32,
    totals: Totals,
    rows: Rows,
}

/// How far an epoch has come with a chunk.
struct Landed {
    pieces: u32,
    totals: Totals,
    /// The keys that it has really changed.
    touched: Vec<Vec<u8>>,
}

impl Serving {
    /// Writes one epoch of a deployment, all of it or nothing: the changes, and the progress that the answer then stands
    /// for. It is durable when this returns, and the snapshots from then on see it.
    ///
    /// After [`ServingError::NoRoom`], [`ServingError::WentBack`], [`ServingError::TooLong`] and
    /// [`ServingError::Unknown`] nothing was written and the handle can go on. After another error the handle writes no
    /// more; the store, when it is opened again, holds the epoch before, or this one, whole.
    pub fn write(
        &self,
        deployment: Deployment,
        progress: Progress,
        changes: &[Change<'_>],
    ) -> Result<(), ServingError> {
        let shared = &self.shared;
        let mut turn = shared.turn()?;
        let live = shared.live(deployment)?;
        let mut head = live.head();
        if progress.offset < head.progress.offset {
            let (last, got) = (head.progress.offset, progress.offset);
            return Err(ServingError::WentBack { place: shared.place(), deployment, last, got });
        }
        let rows = shared.last_of_each(changes)?;
        (head.epoch, head.progress) = (head.epoch + 1, progress);
        let (mut pieces, mut touched) = (0, Vec::new());
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let rows: Rows = rows.by_ref().take(CHUNK).collect();
            let chunk =
                Chunk { live: Arc::clone(&live), epoch: head.epoch, pieces, totals: head.totals, rows };
            let landed = shared.write_chunk(&turn, chunk)?;
            (pieces, head.totals) = (landed.pieces, landed.totals);
            touched.extend(landed.touched);
        }
        let record = (head_key(deployment), Some(head.encode(deployment)));
        shared.write(&turn, &format!("write epoch {} of {deployment}", head.epoch), vec![record])?;
        live.commit(head, touched.iter().map(Vec::as_slice), shared.span());
        shared.tidy(&mut turn, deployment, pieces);
        Ok(())
    }
}

impl Shared {
    /// The changes in the order of their keys, once they are known to fit.
    fn last_of_each(&self, changes: &[Change<'_>]) -> Result<Rows, ServingError> {
        let mut rows = BTreeMap::new();
        for change in changes {
            let (key, value) = match *change {
                Change::Put(key, value) => (key, Some(value)),
                Change::Delete(key) => (key, None),
            };
            self.check_length("a key", key.len(), KEY_LIMIT)?;
            self.check_length("a value", value.map_or(0, <[u8]>::len), VALUE_LIMIT)?;
            rows.insert(key, value);
        }
        self.check_room(rows.iter().map(|(key, value)| key.len() + value.map_or(0, <[u8]>::len)).sum())?;
        let owned = |(key, value): (&[u8], Option<&[u8]>)| (key.to_vec(), value.map(<[u8]>::to_vec));
        Ok(rows.into_iter().map(owned).collect())
    }

    pub(super) fn check_length(
        &self,
        what: &'static str,
        length: usize,
        limit: usize,
    ) -> Result<(), ServingError> {
        if length > limit {
            return Err(ServingError::TooLong { place: self.place(), what, length, limit });
        }
        Ok(())
    }

    fn write_chunk(&self, turn: &Turn, chunk: Chunk) -> Result<Landed, ServingError> {
        let to = format!("write epoch {} of {}", chunk.epoch, chunk.live.deployment);
        let root = turn.bytes.clone();
        let (written, landed) = self.ask(&to, move |engine| {
            let guard = Guard { key: ROOT_KEY, expected: root.as_deref() };
            chunk.land(engine, &guard)
        })?;
        self.check_written(written)?;
        Ok(landed)
    }

    /// Deletes what an epoch leaves behind, and a bounded part of what is being retired.
    fn tidy(&self, turn: &mut Turn, deployment: Deployment, pieces: u32) {
        let surplus = PIECES_TO_LEAVE..pieces;
        if !surplus.is_empty() {
            let writes = surplus.map(|piece| (journal_key(deployment, piece), None)).collect();
            // The epoch is committed, and the next open can do this; the next write is told of the error.
            let _ = self.put(turn, "drop the journal", writes);
        }
        self.sweep_a_little(turn);
    }

    /// Writes one after another; durable only with a later write.
    pub(super) fn put(&self, turn: &Turn, to: &str, writes: Vec<Write>) -> Result<(), ServingError> {
        let root = turn.bytes.clone();
        let written = self.ask(to, move |engine| {
            engine.put(&Guard { key: ROOT_KEY, expected: root.as_deref() }, &writes)
        })?;
        self.check_written(written)
    }
}

impl Chunk {
    /// Old values go to the history and to the journal before anything is put over them.
    fn land(self, engine: &dyn Engine, guard: &Guard<'_>) -> Result<(Written, Landed), EngineError> {
        let Chunk { live, epoch, pieces, totals, rows } = self;
        let mut journal = Journal::new(live.deployment, epoch, pieces);
        let mut landed = Landed { pieces, totals, touched: Vec::new() };
        let (mut journalled, mut put) = (Vec::new(), Vec::new());
        for (key, value) in rows {
            let engine_key = row_key(live.deployment, &key);
            let old = engine.get(&engine_key)?;
            let sealed = old.as_deref().map(|bytes| record::unseal(&engine_key, bytes)).transpose();
            let sealed = sealed.map_err(EngineError::Damaged)?;
            if sealed.as_ref().map(|sealed| sealed.payload) == value.as_deref() {
                continue;
            }
            let since = sealed.as_ref().map(|sealed| sealed.epoch);
            if let Some(sealed) = &sealed {
                landed.totals.remove(sealed.checksum);
            }
            journal.note(&key, old.as_deref(), &mut journalled);
            live.history_mut().insert(&key, epoch, old, since);
            let new = value.map(|value| record::seal(&engine_key, epoch, &value));
            if let Some((_, checksum)) = &new {
                landed.totals.add(*checksum);
            }
            put.push((engine_key, new.map(|(bytes, _)| bytes)));
            landed.touched.push(key);
        }
        landed.pieces = journal.close(&mut journalled);
        journalled.append(&mut put);
        Ok((engine.put(guard, &journalled)?, landed))
    }
}
