//! A store in memory: the model of what an engine should do, and the place where faults strike on demand.
//!
//! It keeps two images, as a disk does: what the operating system has (it survives a kill) and what has been
//! synced (it survives a power cut), with the writes between them in order. The manifest is a file of its
//! own.

mod damage;

use super::{Durability, Engine, EngineError, Guard, Visit, Write, Written};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Describes what goes wrong at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the write has any effect.
    CrashBefore,
    /// The process dies after the write, before anybody hears of it.
    CrashAfter,
    /// The process dies and the last record of the write is cut in half: an engine that doesn't keep its word.
    Torn,
    /// The disk is full: nothing is written, and the process lives.
    NoSpace,
}

/// A disk in memory. Clones are the same disk; only [`Memory::after_kill`] and [`Memory::after_power_cut`]
/// make another.
#[derive(Clone, Default)]
pub struct Memory {
    disk: Arc<Mutex<Disk>>,
}

type Records = BTreeMap<Vec<u8>, Arc<[u8]>>;

/// A write that has landed but wasn't synced.
type Unsynced = Vec<(Vec<u8>, Option<Arc<[u8]>>)>;

#[derive(Default)]
struct Disk {
    live: Image,
    synced: Image,
    unsynced: Vec<Unsynced>,
    room: Option<u64>,
    sync: Sync,
    planned: Option<(u64, Fault)>,
    struck: bool,
    dead: bool,
    writes: u64,
}

#[derive(Clone, Default)]
struct Image {
    records: Records,
    manifest: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sync {
    #[default]
    Honest,
    Ignored,
}

impl Memory {
    /// An empty disk.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Lets `fault` strike at the `n`th write from now, counted from 0. A commit makes two, the engine's and
    /// the manifest's; so does opening; creating makes one more, a manifest before the others.
    pub fn plan(&self, n: u64, fault: Fault) {
        let mut disk = self.lock();
        disk.planned = Some((disk.writes + n, fault));
        disk.struck = false;
    }

    /// Returns whether the planned fault has struck: a fault without this witness has tested nothing.
    pub fn struck(&self) -> bool {
        self.lock().struck
    }

    /// Returns how many writes it has seen.
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }

    /// From now on so many bytes are free.
    pub fn set_room(&self, bytes: u64) {
        self.lock().room = Some(bytes);
    }

    /// Plants a bug: from now on a sync does nothing, and a power cut loses what it should have kept.
    pub fn ignore_syncs(&self) {
        self.lock().sync = Sync::Ignored;
    }

    /// The disk that the next process finds after a kill: all writes are there.
    #[must_use]
    pub fn after_kill(&self) -> Memory {
        let disk = self.lock();
        let mut next = Disk::holding(disk.live.clone());
        next.synced = disk.synced.clone();
        next.unsynced.clone_from(&disk.unsynced);
        next.room = disk.room;
        next.sync = disk.sync;
        Memory { disk: Arc::new(Mutex::new(next)) }
    }

    /// The disk after a power cut: of the unsynced writes the first few are there, and the manifest is the
    /// last one or the last synced one. Each `case` below [`Memory::power_cuts`] is another possibility.
    #[must_use]
    pub fn after_power_cut(&self, case: usize) -> Memory {
        let disk = self.lock();
        let kept = (case / 2) % (disk.unsynced.len() + 1);
        let mut image = disk.synced.clone();
        for write in &disk.unsynced[..kept] {
            apply(&mut image.records, write);
        }
        if case % 2 == 1 {
            image.manifest.clone_from(&disk.live.manifest);
        }
        let mut next = Disk::holding(image);
        next.sync = disk.sync;
        Memory { disk: Arc::new(Mutex::new(next)) }
    }

    /// Returns how many different disks a power cut could leave now.
    pub fn power_cuts(&self) -> usize {
        2 * (self.lock().unsynced.len() + 1)
    }

    /// Returns how many records the engine holds, parts counted singly.
    pub fn stored(&self) -> usize {
        self.lock().live.records.len()
    }

    pub(crate) fn manifest(&self) -> Result<Option<String>, EngineError> {
        Ok(self.alive()?.live.manifest.clone())
    }

    pub(crate) fn write_manifest(&self, text: &str, durability: Durability) -> Result<(), EngineError> {
        let mut disk = self.alive()?;
        let fault = disk.begin_write()?;
        // Replaced by a rename: never torn.
        disk.live.manifest = Some(text.to_owned());
        if durability == Durability::Power && disk.sync == Sync::Honest {
            disk.synced.manifest = Some(text.to_owned());
        }
        disk.end_write(fault)
    }

    pub(crate) fn room(&self) -> u64 {
        self.lock().room.unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> Result<MutexGuard<'_, Disk>, EngineError> {
        let disk = self.lock();
        if disk.dead { Err(crashed()) } else { Ok(disk) }
    }
}

impl Disk {
    fn holding(image: Image) -> Disk {
        Disk { live: image.clone(), synced: image, ..Disk::default() }
    }

    /// Counts a write; the fault that is to strike at it, unless it has already prevented it.
    fn begin_write(&mut self) -> Result<Option<Fault>, EngineError> {
        let fault = self.planned.filter(|(at, _)| *at == self.writes).map(|(_, fault)| fault);
        self.writes += 1;
        self.struck |= fault.is_some();
        match fault {
            Some(Fault::CrashBefore) => {
                self.dead = true;
                Err(crashed())
            }
            Some(Fault::NoSpace) => Err(EngineError::NoSpace),
            Some(Fault::CrashAfter | Fault::Torn) | None => Ok(fault),
        }
    }

    fn end_write(&mut self, fault: Option<Fault>) -> Result<(), EngineError> {
        if fault.is_none() {
            return Ok(());
        }
        self.dead = true;
        Err(crashed())
    }

    fn sync(&mut self) {
        if self.sync == Sync::Honest {
            for write in self.unsynced.drain(..) {
                apply(&mut self.synced.records, &write);
            }
        }
    }
}

impl Engine for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.alive()?.live.records.get(key).map(|value| value.to_vec()))
    }

    /// Sees the records as they were when it began: `visit` may read the store.
    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError> {
        let mut next = Some(from.to_vec());
        while let Some(from) = next.take() {
            let page: Vec<_> = self
                .alive()?
                .live
                .records
                .range(from..)
                .take(64)
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            for (key, value) in &page {
                if visit(key, value) == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
            // The least key after the last one.
            next = page.last().map(|(key, _)| [key.as_slice(), &[0]].concat());
        }
        Ok(())
    }

    fn write(
        &self,
        guard: &Guard<'_>,
        writes: &[Write],
        durability: Durability,
    ) -> Result<Written, EngineError> {
        let mut disk = self.alive()?;
        let found = disk.live.records.get(guard.key).cloned();
        if found.as_deref() != guard.expected {
            return Ok(Written::Refused(found.map(|bytes| bytes.to_vec())));
        }
        let fault = disk.begin_write()?;
        let mut write: Unsynced =
            writes.iter().map(|(key, value)| (key.clone(), value.as_deref().map(Arc::from))).collect();
        if fault == Some(Fault::Torn) {
            tear(&mut write);
        }
        apply(&mut disk.live.records, &write);
        disk.unsynced.push(write);
        if durability == Durability::Power {
            disk.sync();
        }
        disk.end_write(fault)?;
        Ok(Written::Done)
    }

    /// Each record is a write of its own: a fault may strike at any, and a power cut keeps the first few.
    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError> {
        let mut disk = self.alive()?;
        let found = disk.live.records.get(guard.key).cloned();
        if found.as_deref() != guard.expected {
            return Ok(Written::Refused(found.map(|bytes| bytes.to_vec())));
        }
        for (key, value) in writes {
            let fault = disk.begin_write()?;
            let mut write: Unsynced = vec![(key.clone(), value.as_deref().map(Arc::from))];
            if fault == Some(Fault::Torn) {
                tear(&mut write);
            }
            apply(&mut disk.live.records, &write);
            disk.unsynced.push(write);
            disk.end_write(fault)?;
        }
        Ok(Written::Done)
    }
}

fn apply(records: &mut Records, write: &Unsynced) {
    for (key, value) in write {
        match value {
            Some(value) => records.insert(key.clone(), value.clone()),
            None => records.remove(key),
        };
    }
}

/// The first half of the records lands, the last of them cut; the head, which comes last, doesn't.
fn tear(write: &mut Unsynced) {
    write.truncate(write.len().div_ceil(2));
    if let Some((_, Some(value))) = write.last_mut() {
        *value = value[..value.len() / 2].into();
    }
}

fn crashed() -> EngineError {
    EngineError::Other("the process has crashed".to_owned())
}
