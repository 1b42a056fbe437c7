//! State by key, forgotten when event time has passed it by.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    codec,
    dirty::{Changes, Dirty},
    due::Due,
    keyed::end_of,
};
use crate::Context;

/// A value for each key that has one, counted as an entry of the job's state.
///
/// With a time to live, a value is forgotten once event time has passed the time of its last write by that much. Event
/// time, not the clock: the same records leave the same state.
#[derive(Debug, Clone)]
pub struct KeyedState<S> {
    ttl_ms: Option<i64>,
    entries: HashMap<u32, Entry<S>, RandomState>,
    /// One that counts for each entry; others, of entries that were removed meanwhile, don't.
    expiries: Due<u32>,
    dirty: Dirty<u32>,
}

#[derive(Debug, Clone)]
struct Entry<S> {
    value: S,
    /// When it is forgotten.
    end_ms: i64,
    /// When [`KeyedState::expiries`] asks for it. A later write moves `end_ms` only, for writes are many.
    asked_ms: i64,
}

/// Describes what is saved of an entry: when it is forgotten, and the value.
type Saved<S> = (i64, S);

impl<S> KeyedState<S> {
    /// Without a value. `ttl_ms`: how much event time a value outlives its last write; `None`: for ever.
    pub fn new(ttl_ms: Option<i64>) -> Self {
        Self { ttl_ms, entries: HashMap::default(), expiries: Due::default(), dirty: Dirty::default() }
    }

    /// Returns how many keys have a value.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether no key has one.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The key's value.
    #[inline]
    pub fn get(&self, key: u32) -> Option<&S> {
        self.entries.get(&key).map(|entry| &entry.value)
    }

    /// Sets the key's value, as of `time_ms`.
    #[inline]
    pub fn put(&mut self, key: u32, value: S, time_ms: i64, context: &mut Context) {
        let end_ms = self.ttl_ms.map_or(i64::MAX, |ttl_ms| end_of(time_ms.saturating_add(ttl_ms)));
        self.put_until(end_ms, key, value, context);
    }

    /// Sets the key's value, to be forgotten when event time is at `end_ms`, if values are forgotten at all.
    #[inline]
    pub(super) fn put_until(&mut self, end_ms: i64, key: u32, value: S, context: &mut Context) {
        self.dirty.note(key, self.entries.len());
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.value = value;
            entry.end_ms = entry.end_ms.max(end_ms);
            return;
        }
        self.entries.insert(key, Entry { value, end_ms, asked_ms: end_ms });
        if self.ttl_ms.is_some() {
            self.expiries.push(end_ms, key);
        }
        context.hold(1);
    }

    /// Forgets the key's value.
    pub fn remove(&mut self, key: u32, context: &mut Context) -> Option<S> {
        let entry = self.entries.remove(&key)?;
        self.dirty.note(key, self.entries.len());
        context.release(1);
        Some(entry.value)
    }

    /// Forgets the values whose time to live has ended when event time is at `to`.
    #[inline]
    pub fn expire(&mut self, to: i64, context: &mut Context) {
        while let Some((asked_ms, key)) = self.expiries.pop(to) {
            let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.asked_ms == asked_ms) else {
                continue;
            };
            if entry.end_ms > to {
                entry.asked_ms = entry.end_ms;
                self.expiries.push(entry.end_ms, key);
            } else {
                self.entries.remove(&key);
                self.dirty.note(key, self.entries.len());
                context.release(1);
            }
        }
    }

    /// Takes note that what is there was saved: [`KeyedState::changes`] is to tell what changes from here on.
    pub fn mark_saved(&mut self) {
        self.dirty.clear();
    }

    fn insert_saved(&mut self, key: u32, (end_ms, value): Saved<S>) {
        let before = self.entries.insert(key, Entry { value, end_ms, asked_ms: end_ms });
        if self.ttl_ms.is_some() && before.is_none_or(|before| before.asked_ms != end_ms) {
            self.expiries.push(end_ms, key);
        }
    }
}

impl<S: Serialize + DeserializeOwned> KeyedState<S> {
    /// Appends the state to `out`; equal states give equal bytes.
    pub fn save(&self, out: &mut Vec<u8>) {
        codec::save(&(self.ttl_ms, sorted(&self.entries)), out);
    }

    /// Takes the state from the front of `bytes`. `what`: whose it is, for the error.
    pub fn restore(&mut self, what: &str, bytes: &mut &[u8]) -> Result<(), String> {
        let (ttl_ms, entries): (Option<i64>, Vec<(u32, Saved<S>)>) = codec::restore(what, bytes)?;
        let shown =
            |ttl_ms: Option<i64>| ttl_ms.map_or("no end".to_owned(), |ms| format!("an end after {ms} ms"));
        codec::check_same(what, &shown(ttl_ms), &shown(self.ttl_ms))?;
        self.entries.clear();
        self.entries.reserve(entries.len());
        self.expiries = Due::default();
        for (key, entry) in entries {
            self.insert_saved(key, entry);
        }
        self.mark_saved();
        Ok(())
    }

    /// Appends what has changed since it was saved, or since this was asked last, to `out`.
    pub fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { entries, dirty, .. } = self;
        let get = |key| entries.get(&key).map(|entry| (entry.end_ms, &entry.value));
        codec::save(&dirty.changes(get, || sorted(entries)), out);
    }

    /// Takes what has changed from the front of `bytes`. `what`: whose state it is, for the error.
    pub fn apply(&mut self, what: &str, bytes: &mut &[u8]) -> Result<(), String> {
        let changes: Changes<u32, Saved<S>> = codec::restore(what, bytes)?;
        let (is_whole, entries) = changes.into_parts();
        if is_whole {
            self.entries.clear();
            self.expiries = Due::default();
        }
        for (key, entry) in entries {
            match entry {
                Some(entry) => self.insert_saved(key, entry),
                None => _ = self.entries.remove(&key),
            }
        }
        self.mark_saved();
        Ok(())
    }
}

/// Returns what is saved of each key, in the order of keys.
fn sorted<S>(entries: &HashMap<u32, Entry<S>, RandomState>) -> Vec<(u32, Saved<&S>)> {
    let mut entries: Vec<_> =
        entries.iter().map(|(&key, entry)| (key, (entry.end_ms, &entry.value))).collect();
    entries.sort_unstable_by_key(|&(key, _)| key);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flavour;

    #[test]
    fn what_is_written_again_and_again_asks_to_be_forgotten_once() {
        let mut context = Context::new(Flavour::PerRecord { lateness_ms: 0 }, true, 10);
        let mut state = KeyedState::new(Some(10));
        for time_ms in 0..1000 {
            state.put(0, time_ms, time_ms, &mut context);
            state.expire(time_ms, &mut context);
            assert_eq!(state.get(0), Some(&time_ms));
            // Its place among the expiries outlives it, until that is due.
            state.remove(0, &mut context);
            state.put(0, time_ms, time_ms, &mut context);
            assert!(state.expiries.len() <= 12, "{} at {time_ms}", state.expiries.len());
        }
        state.expire(1009, &mut context);
        assert_eq!(state.len(), 1);
        state.expire(1010, &mut context);
        assert!(state.is_empty() && context.failure().is_none());
    }
}
