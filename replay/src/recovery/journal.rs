//! A job's progress in a store: a whole state now and then, what changed since, the position, and the rows of the epoch.

use std::ops::ControlFlow;

use store::checkpoints::{Durability, Namespace, Store, StoreError, WriteSet};
use stream::Version;

use super::{Lineage, RecoveryError};

const BASE: &[u8] = b"base";
const LINEAGE: &[u8] = b"lineage";
/// The keys of changes: this, and their number.
const CHANGES: &[u8] = b"changes-";
const POSITION: &[u8] = b"position";
const ROWS: &[u8] = b"rows";
/// The keys of delivered epochs, where rows are delivered to the store: this, and their number.
const EPOCHS: &[u8] = b"epoch-";
const DONE: &[u8] = b"done";
const PREFIX: &[u8] = b"prefix";
const IDENTITY: &[u8] = b"identity";

/// A whole state is written anew once the changes since are larger than it, and than this: a recovery reads at most
/// twice the state, and each byte of a change is written twice on average.
const LEAST_BYTES: u64 = 1 << 20;

/// So many bytes of rows are compressed together.
const PIECE: usize = 1 << 20;

/// A store, and what has been put into it.
pub(super) struct Journal {
    pub(super) store: Store,
    durability: Durability,
    base_bytes: Option<u64>,
    changes_bytes: u64,
    changes: u64,
    /// Epochs whose rows were delivered to the store.
    epochs: u64,
    /// Bytes of states and changes that this handle has committed.
    pub(super) written: u64,
}

/// The beginning of an output: its length and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) end: u64,
    pub(super) hash: blake3::Hash,
}

impl Prefix {
    fn bytes(self) -> Vec<u8> {
        [&self.end.to_be_bytes()[..], self.hash.as_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (end, hash) = bytes.split_at_checked(8)?;
        Some(Self { end: number(end)?, hash: blake3::Hash::from_bytes(hash.try_into().ok()?) })
    }
}

/// Describes what a job goes on from.
#[derive(Default)]
pub(super) struct Progress {
    base: Option<Vec<u8>>,
    changes: Vec<Vec<u8>>,
    pub(super) lineage: Lineage,
    pub(super) position: u64,
    /// The rows of the last epoch; they stand behind `prefix`.
    pub(super) rows: Option<Vec<u8>>,
    /// Holds what the output is known to begin with.
    pub(super) prefix: Option<Prefix>,
    /// The rows at the end of input were committed.
    pub(super) is_done: bool,
}

impl Journal {
    /// `identity` tells of which run the store is; another one's is refused.
    pub(super) fn open(store: Store, identity: &str, durability: Durability) -> Result<Self, RecoveryError> {
        let mut journal =
            Self { store, durability, base_bytes: None, changes_bytes: 0, changes: 0, epochs: 0, written: 0 };
        match journal.store.get(Namespace::Meta, IDENTITY)? {
            Some(found) if found == identity.as_bytes() => {}
            Some(found) => {
                let (found, own) = (String::from_utf8_lossy(&found).into_owned(), identity.to_owned());
                return Err(RecoveryError::Foreign { found, own });
            }
            None => {
                let mut writes = WriteSet::new();
                writes.put(Namespace::Meta, IDENTITY, identity);
                journal.commit(&writes)?;
            }
        }
        Ok(journal)
    }

    pub(super) fn progress(&mut self) -> Result<Progress, StoreError> {
        let store = &self.store;
        let mut progress = Progress { base: store.get(Namespace::State, BASE)?, ..Progress::default() };
        store.scan(Namespace::State, CHANGES, &mut |_, value| {
            progress.changes.push(value.to_vec());
            ControlFlow::Continue(())
        })?;
        let damaged = |what: &str| StoreError::Damaged { place: self.store.place(), what: what.to_owned() };
        if let Some(lineage) = store.get(Namespace::State, LINEAGE)? {
            progress.lineage = Lineage::read(&lineage).ok_or_else(|| damaged("the lineage can't be read"))?;
        }
        if let Some(position) = store.get(Namespace::Input, POSITION)? {
            progress.position = number(&position).ok_or_else(|| damaged("the position can't be read"))?;
        }
        if let Some(rows) = store.get(Namespace::Output, ROWS)? {
            let rows = unpacked(&rows).ok_or_else(|| damaged("the rows can't be unpacked"))?;
            progress.rows = Some(rows);
        }
        if let Some(prefix) = store.get(Namespace::Output, PREFIX)? {
            let prefix = Prefix::read(&prefix).ok_or_else(|| damaged("the output's end can't be read"))?;
            progress.prefix = Some(prefix);
        }
        progress.is_done = store.get(Namespace::Input, DONE)?.is_some();
        self.base_bytes = progress.base.as_ref().map(|base| base.len() as u64);
        self.changes_bytes = progress.changes.iter().map(|changes| changes.len() as u64).sum();
        self.changes = progress.changes.len() as u64;
        Ok(progress)
    }

    /// All rows that were delivered to the store, in their order.
    pub(super) fn delivered(&mut self) -> Result<Vec<u8>, StoreError> {
        let (mut rows, mut epochs, mut is_whole) = (Vec::new(), 0, true);
        self.store.scan(Namespace::Output, EPOCHS, &mut |_, value| {
            match unpacked(value) {
                Some(epoch) => rows.extend(epoch),
                None => is_whole = false,
            }
            epochs += 1;
            ControlFlow::Continue(())
        })?;
        self.epochs = epochs;
        let what = "the delivered rows can't be unpacked".to_owned();
        if is_whole { Ok(rows) } else { Err(StoreError::Damaged { place: self.store.place(), what }) }
    }

    /// Adds the rows of an epoch to those that were delivered to the store.
    pub(super) fn put_epoch(&mut self, rows: &[u8], writes: &mut WriteSet) {
        writes.put(Namespace::Output, [EPOCHS, &self.epochs.to_be_bytes()].concat(), packed(rows));
        self.epochs += 1;
    }

    pub(super) fn commit(&mut self, writes: &WriteSet) -> Result<(), StoreError> {
        self.store.commit(self.store.epoch() + 1, writes, self.durability)
    }

    /// Adds the job's state, or what changed of it. `Ok(false)`: the job can't be saved.
    pub(super) fn put_state<R>(
        &mut self,
        version: &mut dyn Version<R>,
        lineage: &Lineage,
        writes: &mut WriteSet,
    ) -> bool {
        let Some(state) = version.state() else { return false };
        let wants_base = self.base_bytes.is_none_or(|bytes| self.changes_bytes > bytes.max(LEAST_BYTES));
        let bytes = if wants_base { state.save() } else { state.changes() };
        let length = bytes.len() as u64;
        self.written += length;
        if wants_base {
            (0..self.changes).for_each(|number| writes.delete(Namespace::State, changes_key(number)));
            (self.base_bytes, self.changes_bytes, self.changes) = (Some(length), 0, 0);
            writes.put(Namespace::State, BASE, bytes);
        } else {
            writes.put(Namespace::State, changes_key(self.changes), bytes);
            self.changes += 1;
            self.changes_bytes += length;
        }
        let mut lineage_bytes = Vec::new();
        lineage.write(&mut lineage_bytes);
        writes.put(Namespace::State, LINEAGE, lineage_bytes);
        true
    }
}

pub(super) fn put_position(position: u64, writes: &mut WriteSet) {
    writes.put(Namespace::Input, POSITION, position.to_be_bytes());
}

/// The rows of an epoch, to be delivered behind what the output holds.
pub(super) fn put_rows(rows: &[u8], writes: &mut WriteSet) {
    writes.put(Namespace::Output, ROWS, packed(rows));
}

/// Notes what the output holds when this is committed.
pub(super) fn put_prefix(prefix: Prefix, writes: &mut WriteSet) {
    writes.put(Namespace::Output, PREFIX, prefix.bytes());
}

pub(super) fn put_done(writes: &mut WriteSet) {
    writes.put(Namespace::Input, DONE, []);
}

/// Rows of CSV resemble each other, and compressing them costs less than keeping them: pieces, each with its length.
fn packed(rows: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in rows.chunks(PIECE) {
        let piece = lz4_flex::compress_prepend_size(piece);
        out.extend((piece.len() as u32).to_be_bytes());
        out.extend(piece);
    }
    out
}

/// Returns what was [`packed`]; `None` if that can't be.
fn unpacked(mut packed: &[u8]) -> Option<Vec<u8>> {
    let mut rows = Vec::new();
    while !packed.is_empty() {
        let (length, rest) = packed.split_first_chunk()?;
        let (piece, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let (size, block) = lz4_flex::block::uncompressed_size(piece).ok()?;
        if size > PIECE {
            return None;
        }
        rows.extend(lz4_flex::decompress(block, size).ok()?);
        packed = rest;
    }
    Some(rows)
}

fn changes_key(number: u64) -> Vec<u8> {
    [CHANGES, &number.to_be_bytes()].concat()
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

impl Progress {
    /// Brings a fresh job to where it was. The error says what the job has against its state.
    pub(super) fn restore<R>(&self, version: &mut dyn Version<R>) -> Result<(), String> {
        let Some(base) = &self.base else { return Ok(()) };
        let state = version.state().ok_or("this job can't be restored: it keeps no state")?;
        state.restore(base)?;
        self.changes.iter().try_for_each(|changes| state.apply(changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unpacked_as_they_were_packed() {
        let line = |i: usize| format!("{},key-{},{}\n", i / 1000, i % 1000, i * i).into_bytes();
        for lines in [0, 1, 100_000, 200_000] {
            let rows: Vec<u8> = (0..lines).flat_map(line).collect();
            let packed = packed(&rows);
            assert!(rows.len() < PIECE || packed.len() < rows.len());
            assert_eq!(unpacked(&packed), Some(rows));
        }
    }

    #[test]
    fn damaged_rows_are_refused_or_unpacked_to_something() {
        let rows = b"1,key,2\n1,key,3\n".repeat(20);
        let whole = packed(&rows);
        for at in 1..whole.len() {
            assert_eq!(unpacked(&whole[..at]), None, "cut at {at}");
            let mut damaged = whole.clone();
            damaged[at] ^= 0xFF;
            assert_ne!(unpacked(&damaged), Some(Vec::new()), "flipped at {at}");
        }
    }
}
