//! Reading: single records, ranges, all of it checked, and a copy for comparison.

use super::frame::{self, Assembler};
use super::head::{HEAD_KEY, Sum};
use super::{Namespace, Shared, Store, StoreError, Visit};
use crate::engine::{Engine, EngineError};
use std::io::{self, Write};
use std::ops::ControlFlow;

/// So many bytes of an engine are read in one go.
const PAGE_BYTES: usize = 1 << 20;

/// Describes what a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Records.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
}

/// Sees a whole value; what the scan reads on depends on it.
type VisitWhole<'a> = dyn FnMut(Namespace, &[u8], &[u8]) -> ControlFlow<()> + 'a;

impl Store {
    /// The value of a record.
    pub fn get(&self, namespace: Namespace, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key.to_vec();
        self.shared.ask("read a record", move |engine| whole(engine, namespace, &key))
    }

    /// Shows the records of a namespace whose keys begin with `prefix`, in the order of the keys, until
    /// `visit` breaks off.
    pub fn scan(&self, namespace: Namespace, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let engine_prefix = frame::prefix_key(namespace, prefix);
        self.shared.walk(&engine_prefix, &mut |_, key, value| visit(key, value)).map(drop)
    }

    /// Reads and checks every record against its checksum, and all of them against the head.
    pub fn verify(&self) -> Result<Contents, StoreError> {
        let (sum, contents) = self.shared.sum_up()?;
        if sum == self.head.sum {
            return Ok(contents);
        }
        // A later incarnation may have committed; only the stored head can tell.
        let stored = self.shared.ask("read the head", |engine| engine.get(HEAD_KEY))?;
        if stored.as_deref() == Some(&self.head.encode()) {
            return Err(self.shared.damaged(format!("epoch {} has lost or gained records", self.head.epoch)));
        }
        Ok(contents)
    }

    /// Writes the epoch and all records as bytes that are the same for the same contents, whatever the
    /// backend: for each record the namespace's tag, length of key, length of value, key and value. Returns
    /// the hash of what it wrote.
    pub fn export(&self, out: &mut dyn Write) -> Result<blake3::Hash, StoreError> {
        let mut hasher = blake3::Hasher::new();
        let mut put = |bytes: &[u8]| -> io::Result<()> {
            hasher.update(bytes);
            out.write_all(bytes)
        };
        let mut begun = put(b"checkpoint 1\n").and_then(|()| put(&self.head.epoch.to_be_bytes()));
        self.shared.walk(&[], &mut |namespace, key, value| {
            let lengths = [(key.len() as u64).to_be_bytes(), (value.len() as u64).to_be_bytes()].concat();
            let record = [&[namespace.tag()], lengths.as_slice(), key, value];
            begun = std::mem::replace(&mut begun, Ok(()))
                .and_then(|()| record.into_iter().try_for_each(&mut put));
            if begun.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        match begun {
            Ok(()) => Ok(hasher.finalize()),
            // The store is sound: only the copy failed.
            Err(error) => Err(StoreError::Failed {
                place: self.shared.place(),
                cause: format!("can't write the copy of epoch {}: {error}", self.head.epoch),
            }),
        }
    }
}

impl Shared {
    /// All frames, checked, with what they sum up to.
    pub(super) fn sum_up(&self) -> Result<(Sum, Contents), StoreError> {
        let mut contents = Contents::default();
        let sum = self.walk(&[], &mut |_, _, value| {
            contents.records += 1;
            contents.bytes += value.len() as u64;
            ControlFlow::Continue(())
        })?;
        Ok((sum, contents))
    }

    /// Shows the whole values below an engine's prefix; the sum of the frames it has read.
    fn walk(&self, prefix: &[u8], visit: &mut VisitWhole<'_>) -> Result<Sum, StoreError> {
        let mut assembler = Assembler::default();
        let mut sum = Sum::default();
        let mut next = Some(prefix.to_vec());
        while let Some(from) = next {
            let page = self.page(prefix, from)?;
            for (key, bytes) in page.records.iter().filter(|(key, _)| key != HEAD_KEY) {
                match step(&mut assembler, &mut sum, key, bytes, visit) {
                    Ok(ControlFlow::Continue(())) => {}
                    Ok(ControlFlow::Break(())) => return Ok(sum),
                    Err(what) => return Err(self.damaged(what)),
                }
            }
            next = page.next;
        }
        assembler.finish().map_err(|what| self.damaged(what))?;
        Ok(sum)
    }

    /// The engine's records below `prefix` from `from` on, as many as are read in one go.
    fn page(&self, prefix: &[u8], from: Vec<u8>) -> Result<Page, StoreError> {
        let prefix = prefix.to_vec();
        self.ask("read the records", move |engine| {
            let mut page = Page { records: Vec::new(), next: None };
            let mut left = PAGE_BYTES;
            engine.scan(&from, &mut |key, bytes| {
                if !key.starts_with(&prefix) {
                    return ControlFlow::Break(());
                }
                if left == 0 {
                    page.next = Some(key.to_vec());
                    return ControlFlow::Break(());
                }
                left = left.saturating_sub(key.len() + bytes.len());
                page.records.push((key.to_vec(), bytes.to_vec()));
                ControlFlow::Continue(())
            })?;
            Ok(page)
        })
    }
}

/// Records of an engine, and the key of the one that follows.
struct Page {
    records: Vec<(Vec<u8>, Vec<u8>)>,
    next: Option<Vec<u8>>,
}

/// The value of a record, put together from its parts.
fn whole(engine: &dyn Engine, namespace: Namespace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
    let mut assembler = Assembler::default();
    for part in 0.. {
        let engine_key = frame::part_key(namespace, key, part);
        let Some(bytes) = engine.get(&engine_key)? else { break };
        let frame = frame::decode(&engine_key, &bytes).map_err(EngineError::Damaged)?;
        let whole = assembler.push(&engine_key, &frame).map_err(EngineError::Damaged)?;
        if let Some((_, _, value)) = whole {
            return Ok(Some(value));
        }
    }
    assembler.finish().map_err(EngineError::Damaged)?;
    Ok(None)
}

fn step(
    assembler: &mut Assembler,
    sum: &mut Sum,
    key: &[u8],
    bytes: &[u8],
    visit: &mut VisitWhole<'_>,
) -> Result<ControlFlow<()>, String> {
    let frame = frame::decode(key, bytes)?;
    sum.add(frame.checksum);
    let whole = assembler.push(key, &frame)?;
    Ok(whole.map_or(ControlFlow::Continue(()), |(namespace, key, value)| visit(namespace, &key, &value)))
}
