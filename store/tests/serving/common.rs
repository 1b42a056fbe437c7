//! The stores under test, and what is done to them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use store::serving::{
    Backend, Change, Deployment, Durability, Memory, Progress, Serving, ServingError, Snapshot,
};
use tempfile::TempDir;

/// Describes what a deployment should hold.
pub(crate) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Where a store lives, whether or not it is open.
pub(crate) enum Home {
    Memory(Memory),
    Folder(TempDir, Backend),
}

impl Home {
    /// One of each kind that this build knows.
    pub(crate) fn all() -> Vec<Home> {
        let folder = |&backend| Home::Folder(tempfile::tempdir().unwrap(), backend);
        std::iter::once(Home::Memory(Memory::new())).chain(Backend::ALL.iter().map(folder)).collect()
    }

    pub(crate) fn open(&self) -> Result<Serving, ServingError> {
        match self {
            Home::Memory(memory) => Serving::open_in_memory(memory, Durability::Process),
            Home::Folder(folder, backend) => Serving::open(folder.path(), *backend, Durability::Process),
        }
    }
}

pub(crate) fn in_memory(memory: &Memory) -> Result<Serving, ServingError> {
    Serving::open_in_memory(memory, Durability::Process)
}

pub(crate) fn at(offset: u64) -> Progress {
    Progress { offset, watermark_ms: Some(10 * offset.cast_signed()), complete: offset.is_multiple_of(2) }
}

fn change((key, value): &(Vec<u8>, Option<Vec<u8>>)) -> Change<'_> {
    value.as_deref().map_or(Change::Delete(key), |value| Change::Put(key, value))
}

/// Writes an epoch: `None` deletes.
pub(crate) fn write(
    serving: &Serving,
    deployment: Deployment,
    progress: Progress,
    rows: &[(Vec<u8>, Option<Vec<u8>>)],
) -> Result<(), ServingError> {
    let changes: Vec<Change<'_>> = rows.iter().map(change).collect();
    serving.write(deployment, progress, &changes)
}

pub(crate) fn apply(rows: &mut Rows, changes: &[(Vec<u8>, Option<Vec<u8>>)]) {
    for (key, value) in changes {
        match value {
            Some(value) => rows.insert(key.clone(), value.clone()),
            None => rows.remove(key),
        };
    }
}

/// All that a snapshot shows.
pub(crate) fn all(snapshot: &Snapshot) -> Result<Rows, ServingError> {
    let mut found = Rows::new();
    let mut last = None;
    snapshot.all(&mut |key, value| {
        assert!(last.as_deref() < Some(key), "out of order");
        last = Some(key.to_vec());
        found.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Returns what a snapshot shows of a range.
pub(crate) fn range(snapshot: &Snapshot, from: &[u8], to: &[u8]) -> Result<Rows, ServingError> {
    let mut found = Rows::new();
    snapshot.range(from..to, &mut |key, value| {
        found.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Splitmix64 (Steele, Lea and Flood 2014): every seed gives a good stream.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
