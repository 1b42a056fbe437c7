//! Committing an epoch: the engine's atomic write first, the manifest after it.

use super::engine::{EngineError, Guard, Write, Written};
use super::frame::{self, KEY_LIMIT};
use super::head::{HEAD_KEY, Head, Sum};
use super::manifest::Manifest;
use super::{Durability, Namespace, Shared, Store, StoreError, WriteSet};

/// What a commit wants to find free beyond three times what it writes: engines write pages, not records.
const ROOM_TO_SPARE: u64 = 16 << 20;

/// From one head record to the next.
pub(super) struct Step<'a> {
    pub(super) before: Option<&'a [u8]>,
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
        let place = || self.shared.place.name();
        if epoch != self.head.epoch + 1 {
            return Err(StoreError::WrongEpoch { place: place(), last: self.head.epoch, got: epoch });
        }
        if let Some(length) = changes.iter().map(|(_, key, _)| key.len()).find(|&length| length > KEY_LIMIT) {
            return Err(StoreError::LongKey { place: place(), length, limit: KEY_LIMIT });
        }
        let shared = &self.shared;
        let turn = shared.turn();
        let (writes, sum) = shared.ask(|_| Ok(())).and_then(|()| shared.writes(self.head.sum, changes))?;
        shared.check_room(epoch, &writes)?;
        let after = Head { epoch, sum, ..self.head };
        let before = self.head.encode();
        let step = Step { before: Some(&before), after };
        shared.write_epoch(&step, writes, durability)?;
        drop(turn);
        self.head = after;
        Ok(())
    }
}

impl Shared {
    /// The engine's writes for these changes, and what all frames then sum up to.
    fn writes(&self, mut sum: Sum, changes: &WriteSet) -> Result<(Vec<Write>, Sum), StoreError> {
        // One more for the head.
        let mut writes = Vec::with_capacity(changes.len() + 1);
        for (namespace, key, value) in changes.iter() {
            let new = value.map(frame::split).unwrap_or_default();
            for old in self.old_parts(namespace, key, &mut sum)?.into_iter().skip(new.len()) {
                writes.push((old, None));
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

    /// The engine's keys of a record's present parts, which are taken out of the sum.
    fn old_parts(&self, namespace: Namespace, key: &[u8], sum: &mut Sum) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut old = Vec::new();
        let mut parts = 1;
        while old.len() < parts {
            let engine_key = frame::part_key(namespace, key, old.len() as u32);
            let Some(bytes) = self.ask(|engine| engine.get(&engine_key))? else {
                break;
            };
            let frame = frame::decode(&engine_key, &bytes).map_err(|what| self.damaged(what))?;
            sum.remove(frame.checksum);
            parts = frame.parts as usize;
            old.push(engine_key);
        }
        Ok(old)
    }

    fn check_room(&self, epoch: u64, writes: &[Write]) -> Result<(), StoreError> {
        let bytes: usize =
            writes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum();
        let needed = 3 * bytes as u64 + ROOM_TO_SPARE;
        let free = self.place.room().map_err(|error| self.fail(&error))?;
        if free < needed {
            return Err(StoreError::NoRoom { place: self.place.name(), epoch, free, needed });
        }
        Ok(())
    }

    /// Writes and acknowledges; the caller holds the turn.
    pub(super) fn write_epoch(
        &self,
        step: &Step<'_>,
        mut writes: Vec<Write>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        writes.push((HEAD_KEY.to_vec(), Some(step.after.encode())));
        let guard = Guard { key: HEAD_KEY, expected: step.before };
        match self.ask(|engine| engine.write(&guard, &writes, durability))? {
            Written::Done => {}
            Written::Refused(found) => return Err(self.refused(found.as_deref(), step)),
        }
        let manifest = Manifest {
            backend: self.engine_name.to_owned(),
            id: step.after.id,
            epoch: step.after.epoch,
            incarnation: step.after.incarnation,
        };
        self.ask(|_| self.place.write_manifest(&manifest.encode(), durability))
    }

    /// Somebody else has written the head: a later incarnation, or damage.
    fn refused(&self, found: Option<&[u8]>, step: &Step<'_>) -> StoreError {
        match found.map(Head::decode) {
            Some(Ok(head)) if head.incarnation != step.after.incarnation => StoreError::Fenced {
                place: self.place.name(),
                own: step.after.incarnation,
                current: head.incarnation,
            },
            Some(Ok(head)) => self.damaged(format!("the head is of epoch {} all of a sudden", head.epoch)),
            Some(Err(what)) => self.damaged(what),
            None => self.fail(&EngineError::Damaged("the head record is gone".to_owned())),
        }
    }
}
