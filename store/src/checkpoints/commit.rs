//! Committing an epoch: the engine's atomic write first, the manifest after it.

use super::frame::{self, KEY_LIMIT};
use super::head::{HEAD_KEY, Head, Sum};
use super::{Durability, Namespace, Shared, Store, StoreError, WriteSet};
use crate::engine::{Engine, EngineError, Guard, Kind, Manifest, Write, Written};

/// Holds what a commit wants to find free beyond three times what it writes: engines write pages, not records.
const ROOM_TO_SPARE: u64 = 16 << 20;

/// From one head record to the next.
pub(super) struct Step {
    pub(super) before: Option<Vec<u8>>,
    pub(super) after: Head,
}

impl Store {
    /// Makes the changes durable as epoch `epoch`, the one after [`Store::epoch`]: all of them or none, then
    /// acknowledges it in the manifest. After an error the store holds the last epoch, or this one, whole; only after
    /// [`StoreError::NoRoom`], [`StoreError::WrongEpoch`] and [`StoreError::LongKey`] can this handle go on.
    pub fn commit(
        &mut self,
        epoch: u64,
        changes: &WriteSet,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let place = || self.shared.place();
        if epoch != self.head.epoch + 1 {
            return Err(StoreError::WrongEpoch { place: place(), last: self.head.epoch, got: epoch });
        }
        if let Some(length) = changes.iter().map(|(_, key, _)| key.len()).find(|&length| length > KEY_LIMIT) {
            return Err(StoreError::LongKey { place: place(), length, limit: KEY_LIMIT });
        }
        let shared = &self.shared;
        let turn = shared.turn();
        shared.check_sound()?;
        let (writes, sum) = shared.writes(self.head.sum, changes)?;
        shared.check_room(epoch, &writes)?;
        let after = Head { epoch, sum, ..self.head };
        shared.write_epoch(Step { before: Some(self.head.encode()), after }, writes, durability)?;
        drop(turn);
        self.head = after;
        Ok(())
    }
}

/// The engine's key of a part, and the checksum of what stands there.
type OldPart = (Vec<u8>, u64);

impl Shared {
    /// The engine's writes for these changes, and what all frames then sum up to.
    fn writes(&self, mut sum: Sum, changes: &WriteSet) -> Result<(Vec<Write>, Sum), StoreError> {
        // One more for the head.
        let mut writes = Vec::with_capacity(changes.len() + 1);
        let old = self.old_parts(changes)?;
        for ((namespace, key, value), old) in changes.iter().zip(old) {
            let new = value.map(frame::split).unwrap_or_default();
            for (at, (key, checksum)) in old.into_iter().enumerate() {
                sum.remove(checksum);
                if at >= new.len() {
                    writes.push((key, None));
                }
            }
            let total = value.map_or(0, <[u8]>::len) as u64;
            for (part, payload) in (0..).zip(&new) {
                let engine_key = frame::part_key(namespace, key, part);
                let (bytes, checksum) = frame::encode(&engine_key, part, new.len() as u32, total, payload);
                sum.add(checksum);
                writes.push((engine_key, Some(bytes)));
            }
        }
        Ok((writes, sum))
    }

    /// The present parts of each record that is to change.
    fn old_parts(&self, changes: &WriteSet) -> Result<Vec<Vec<OldPart>>, StoreError> {
        let keys: Vec<_> = changes.iter().map(|(namespace, key, _)| (namespace, key.to_vec())).collect();
        self.ask("read what an epoch replaces", move |engine| {
            keys.iter().map(|(namespace, key)| old_parts(engine, *namespace, key)).collect()
        })
    }

    fn check_room(&self, epoch: u64, writes: &[Write]) -> Result<(), StoreError> {
        let bytes: usize =
            writes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum();
        let needed = 3 * bytes as u64 + ROOM_TO_SPARE;
        let free = self.medium.place.room().map_err(|error| self.fail("ask for the free room", &error))?;
        if free < needed {
            return Err(StoreError::NoRoom { place: self.place(), epoch, free, needed });
        }
        Ok(())
    }

    /// Writes and acknowledges; the caller holds the turn.
    pub(super) fn write_epoch(
        &self,
        step: Step,
        mut writes: Vec<Write>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let Step { before, after } = step;
        writes.push((HEAD_KEY.to_vec(), Some(after.encode())));
        let write = move |engine: &dyn Engine| {
            let guard = Guard { key: HEAD_KEY, expected: before.as_deref() };
            engine.write(&guard, &writes, durability)
        };
        match self.ask(&format!("write epoch {}", after.epoch), write)? {
            Written::Done => {}
            Written::Refused(found) => return Err(self.refused(found.as_deref(), &after)),
        }
        let manifest = Manifest {
            kind: Kind::Checkpoints,
            backend: self.medium.engine_name.to_owned(),
            id: after.id,
            epoch: after.epoch,
            incarnation: after.incarnation,
        };
        let written = self.medium.place.write_manifest(&manifest.encode(), durability);
        written.map_err(|error| self.fail("write the manifest", &error))
    }

    /// Somebody else has written the head: a later incarnation, or damage.
    fn refused(&self, found: Option<&[u8]>, after: &Head) -> StoreError {
        match found.map(Head::decode) {
            Some(Ok(head)) if head.incarnation != after.incarnation => {
                StoreError::Fenced { place: self.place(), own: after.incarnation, current: head.incarnation }
            }
            Some(Ok(head)) => self.damaged(format!("the head is of epoch {} all of a sudden", head.epoch)),
            Some(Err(what)) => self.damaged(what),
            None => self.damaged("the head record is gone"),
        }
    }
}

fn old_parts(engine: &dyn Engine, namespace: Namespace, key: &[u8]) -> Result<Vec<OldPart>, EngineError> {
    let mut old = Vec::new();
    let mut parts = 1;
    while old.len() < parts {
        let engine_key = frame::part_key(namespace, key, old.len() as u32);
        let Some(bytes) = engine.get(&engine_key)? else { break };
        let frame = frame::decode(&engine_key, &bytes).map_err(EngineError::Damaged)?;
        parts = frame.parts as usize;
        old.push((engine_key, frame.checksum));
    }
    Ok(old)
}
