//! Session windows: each record reaches as far as the gap, and what overlaps or touches is one.

use std::{cmp::Reverse, collections::BinaryHeap};

use hashbrown::{HashTable, hash_table::Entry};
use serde::{Deserialize, Serialize};

use super::{
    Firing, Measured, Ms, OUT_OF_RANGE, OutputMode, Superseding,
    key_index::hash,
    key_sessions::{KeySessions, Session},
};
use crate::{
    Context, Operator, Superseded,
    runtime::{
        codec,
        dirty::{Changes, Dirty},
    },
};

/// Aggregates by session and key.
#[derive(Debug, Clone)]
pub struct Sessions {
    gap: i64,
    mode: OutputMode,
    superseding: Superseding,
    keys: HashTable<KeySessions>,
    /// When to look at a key: one entry for each key at the time that it knows, and perhaps outdated ones.
    timers: BinaryHeap<Reverse<(i64, u32)>>,
    /// Sessions whose end is at most this have fired.
    fired_to: i64,
    /// Says whether records have come since rows were emitted last.
    is_touched: bool,
    /// Room to sort firings in.
    firings: Vec<Firing>,
    /// Room for sessions that had fired and became part of a longer one.
    merged: Vec<Session>,
    dirty: Dirty<u32>,
}

/// Describes what the state is saved as.
#[derive(Serialize, Deserialize)]
struct Saved {
    fired_to: i64,
    is_touched: bool,
    keys: Vec<(u32, SavedKey)>,
}

/// When a key is looked at next, and its sessions.
type SavedKey = (i64, Vec<Session>);

impl Sessions {
    /// Sessions that end `gap` after their last record. `mode`: append or complete. `superseding`: what becomes of the
    /// rows of sessions that merge after they have fired.
    pub fn new(gap: Ms, mode: OutputMode, superseding: Superseding) -> Self {
        Self {
            gap: gap.get(),
            mode,
            superseding,
            keys: HashTable::new(),
            timers: BinaryHeap::new(),
            fired_to: i64::MIN,
            is_touched: false,
            firings: Vec::new(),
            merged: Vec::new(),
            dirty: Dirty::default(),
        }
    }

    /// Makes sure that a key is looked at when event time has come to `at`.
    fn wake(&mut self, key: u32, at: i64) {
        if let Some(state) = self.keys.find_mut(hash(key), |state| state.key == key) {
            state.timer = at;
            self.timers.push(Reverse((at, key)));
        }
    }

    /// Merges a record's session with those of its key that it touches; the result, and when the
    /// key is looked at next; `None` if the record came too late.
    fn merge(&mut self, key: u32, own: Session, context: &mut Context) -> Option<(Session, i64)> {
        let is_late = own.end_ms <= context.late_to && self.mode != OutputMode::Complete;
        let hashed = hash(key);
        let Self { keys, merged: gone, fired_to, .. } = self;
        let state = keys.find_mut(hashed, |state| state.key == key);
        match state {
            _ if is_late && !context.judges_merged => None,
            Some(state) => {
                // Live sessions end after `late_to`, and so does whatever is merged with one.
                if is_late && !state.touches(&own) {
                    return None;
                }
                let (merged, absorbed) = state.merge(own, |session| {
                    if session.end_ms <= *fired_to {
                        gone.push(*session);
                    }
                });
                context.hold(1);
                context.release(absorbed);
                Some((merged, state.timer))
            }
            None if is_late => None,
            None => {
                keys.insert_unique(hashed, KeySessions::new(key, own), |state| hash(state.key));
                context.hold(1);
                Some((own, i64::MAX))
            }
        }
    }

    /// The rows of sessions that have fired and are part of `merged` now stand for nothing any more.
    #[cold]
    fn supersede(
        &mut self,
        key: u32,
        merged: &Session,
        context: &mut Context,
        emit: &mut impl FnMut(Firing, &mut Context),
    ) {
        let mut gone = std::mem::take(&mut self.merged);
        gone.sort_unstable_by_key(|session| session.start_ms);
        for session in gone.drain(..).filter(|session| !session.is_named_as(merged)) {
            match self.superseding {
                Superseding::Keep => {
                    let Session { start_ms, end_ms, aggregate } = session;
                    context.supersede(Superseded { start_ms, end_ms, key, records: aggregate.count });
                }
                Superseding::Withdraw => emit(session.withdrawal(key), context),
            }
        }
        self.merged = gone;
    }

    /// Looks at a key whose time has come: notes what is complete, forgets what no record can reach any more.
    fn look_at(&mut self, key: u32, time: i64, context: &mut Context) {
        let live = self.keys.len();
        let Ok(mut found) = self.keys.find_entry(hash(key), |state| state.key == key) else { return };
        let state = found.get_mut();
        if state.timer != time {
            return;
        }
        self.dirty.note(key, live);
        let complete_to = context.complete_to;
        let due = state.ending_after(self.fired_to).take_while(|session| session.end_ms <= complete_to);
        self.firings.extend(due.map(|session| session.firing(key)));
        match state.forget(context.forget_to()) {
            (forgotten, true) => {
                context.release(forgotten);
                found.remove();
            }
            (forgotten, false) => {
                context.release(forgotten);
                let to_forget = state.first().end_ms.saturating_add(context.lateness_ms);
                let to_fire = state.ending_after(complete_to).next().map(|session| session.end_ms);
                state.timer = to_fire.map_or(to_forget, |to_fire| to_fire.min(to_forget));
                self.timers.push(Reverse((state.timer, key)));
            }
        }
    }

    /// Emits the firings that were noted, sorted.
    fn emit_noted(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        self.firings.sort_unstable_by_key(|firing| (firing.end_ms, firing.start_ms, firing.key));
        for firing in self.firings.drain(..) {
            emit(firing, context);
        }
    }

    /// Emits everything.
    fn complete(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        if !std::mem::take(&mut self.is_touched) {
            return;
        }
        for state in &self.keys {
            self.firings.extend(state.all().map(|session| session.firing(state.key)));
        }
        // Each row is kept again for each batch: without a limit that would fill any memory.
        context.hold(self.firings.len() as u64);
        self.emit_noted(context, emit);
    }

    /// Returns what is saved of every key, in the order of keys.
    fn sorted(keys: &HashTable<KeySessions>) -> Vec<(u32, SavedKey)> {
        let mut keys: Vec<_> = keys.iter().map(|state| (state.key, saved_key(state))).collect();
        keys.sort_unstable_by_key(|&(key, _)| key);
        keys
    }

    /// Takes a key as it was saved.
    fn put_saved(&mut self, key: u32, (timer, sessions): &SavedKey) -> Result<(), String> {
        let state = KeySessions::restored(key, *timer, sessions)?;
        // Without a timer nobody looks at it, and with the one that it had somebody does already.
        let mut is_new = true;
        match self.keys.entry(hash(key), |state| state.key == key, |state| hash(state.key)) {
            Entry::Occupied(mut entry) => {
                is_new = entry.get().timer != *timer;
                *entry.get_mut() = state;
            }
            Entry::Vacant(entry) => _ = entry.insert(state),
        }
        if is_new {
            self.timers.push(Reverse((*timer, key)));
        }
        Ok(())
    }

    fn remove(&mut self, key: u32) {
        if let Ok(entry) = self.keys.find_entry(hash(key), |state| state.key == key) {
            entry.remove();
        }
    }

    fn settings(&self) -> String {
        format!("a gap of {} ms, {}, superseded rows: {}", self.gap, self.mode, self.superseding)
    }
}

impl<I: Into<Measured>> Operator<I> for Sessions {
    type Out = Firing;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        let record: Measured = input.into();
        let Some(own) = Session::of(record, self.gap) else {
            context.reject(OUT_OF_RANGE);
            return;
        };
        self.is_touched = true;
        let Some((merged, timer)) = self.merge(record.key, own, context) else {
            context.drop_late(record.late(context.record, (own.start_ms, own.end_ms)));
            context.count_late();
            return;
        };
        self.dirty.note(record.key, self.keys.len());
        if !self.merged.is_empty() {
            self.supersede(record.key, &merged, context, emit);
        }
        if self.mode == OutputMode::Complete {
            return;
        }
        let mut wake_at = merged.end_ms;
        if context.fires_at_once && merged.end_ms <= context.complete_to {
            emit(merged.firing(record.key), context);
            wake_at = wake_at.saturating_add(context.lateness_ms);
        }
        if wake_at < timer {
            self.wake(record.key, wake_at);
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        if self.mode == OutputMode::Complete {
            self.complete(context, emit);
            return;
        }
        while let Some(&Reverse((time, key))) = self.timers.peek()
            && time <= context.complete_to
        {
            self.timers.pop();
            self.look_at(key, time, context);
        }
        self.fired_to = context.complete_to;
        if !self.firings.is_empty() {
            self.emit_noted(context, emit);
        }
    }

    fn close(&mut self, context: &mut Context) {
        // In complete mode each row was emitted with the batch that changed it.
        if self.mode != OutputMode::Complete {
            let not_emitted = self.keys.iter().flat_map(|state| state.ending_after(self.fired_to));
            context.count_not_emitted(not_emitted.map(|session| session.aggregate.count).sum());
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let keys = Self::sorted(&self.keys);
        let saved = Saved { fired_to: self.fired_to, is_touched: self.is_touched, keys };
        codec::save(&(self.settings(), saved), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (settings, saved): (String, Saved) = codec::restore("sessions", bytes)?;
        codec::check_same("sessions", &settings, &self.settings())?;
        self.keys.clear();
        self.timers.clear();
        (self.fired_to, self.is_touched) = (saved.fired_to, saved.is_touched);
        for (key, saved) in &saved.keys {
            if self.keys.find(hash(*key), |state| state.key == *key).is_some() {
                return Err(format!("the saved state of sessions can't be right: key {key} stands twice"));
            }
            self.put_saved(*key, saved)?;
        }
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.dirty.clear();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { keys, dirty, .. } = self;
        let get = |key| keys.find(hash(key), |state| state.key == key).map(saved_key);
        let changes = dirty.changes(get, || Self::sorted(keys));
        codec::save(&(self.fired_to, self.is_touched, changes), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let changes: Changes<u32, SavedKey>;
        (self.fired_to, self.is_touched, changes) = codec::restore("sessions", bytes)?;
        let (is_whole, keys) = changes.into_parts();
        if is_whole {
            self.keys.clear();
            self.timers.clear();
        }
        for (key, saved) in keys {
            match saved {
                Some(saved) => self.put_saved(key, &saved)?,
                None => self.remove(key),
            }
        }
        self.dirty.clear();
        Ok(())
    }
}

fn saved_key(state: &KeySessions) -> SavedKey {
    (state.timer, state.all().copied().collect())
}
