//! The general step: state and timers by key, for what no other operator does.

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Keyed, KeyedState, codec,
    dirty::{Changes, Dirty},
    keyed::end_of,
};
use crate::{Context, Operator};

/// Describes what a step does with a record, and when a timer fires.
///
/// It takes `&self`: all that it remembers goes into the key's state, which is limited, saved and restored.
pub trait KeyedProcess<I> {
    /// Describes what it remembers of a key.
    type State: Serialize + DeserializeOwned;
    /// Describes what it gives.
    type Out;

    /// A record of the key has come.
    fn on_record(
        &self,
        record: I,
        at: &mut AtKey<'_, Self::State>,
        emit: &mut impl FnMut(Self::Out, &mut Context),
    );

    /// Event time has passed a timer of the key.
    fn on_timer(&self, at: &mut AtKey<'_, Self::State>, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let _ = (at, emit);
    }
}

/// A key, and what a [`KeyedProcess`] may do at it.
pub struct AtKey<'a, S> {
    /// The key.
    pub key: u32,
    /// The time of the record or timer at hand.
    pub time_ms: i64,
    /// Event time, and the account of the records.
    pub context: &'a mut Context,
    state: &'a mut KeyedState<S>,
    timers: &'a mut Timers,
    /// Timers may be set only after this.
    after: Option<i64>,
}

impl<S> AtKey<'_, S> {
    /// Returns what is remembered of the key, if anything still is.
    pub fn state(&self) -> Option<&S> {
        self.state.get(self.key)
    }

    /// Remembers `state` of the key; its time to live starts anew at the time at hand.
    pub fn put(&mut self, state: S) {
        self.state.put(self.key, state, self.time_ms, self.context);
    }

    /// Forgets what is remembered of the key, and returns it.
    pub fn clear(&mut self) -> Option<S> {
        self.state.remove(self.key, self.context)
    }

    /// Has [`KeyedProcess::on_timer`] called when event time has passed `time_ms`: once, however often it is asked for,
    /// and at the next occasion where event time already has.
    ///
    /// A timer may set another only for a later time, or the job fails, since it would never come to an end. For the
    /// same reason, timers that are set when the end of input fires all of them don't fire.
    pub fn set_timer(&mut self, time_ms: i64) {
        if let Some(after) = self.after.filter(|&after| time_ms <= after) {
            let message = format!("a timer at {after} set another at {time_ms}, which is not later");
            return self.context.fail(message, None);
        }
        let is_last = self.after.is_some() && self.context.complete_to == i64::MAX;
        if !is_last && self.timers.insert((time_ms, self.key)) {
            self.context.hold(1);
        }
    }

    /// Takes back a timer.
    pub fn delete_timer(&mut self, time_ms: i64) {
        if self.timers.remove((time_ms, self.key)) {
            self.context.release(1);
        }
    }
}

/// Runs a [`KeyedProcess`]. Timers and the time to live follow event time; what falls due at once is done in the order
/// of its time, and a timer still finds what lives up to its own time.
#[derive(Debug, Clone)]
pub struct Process<P, S> {
    steps: P,
    state: KeyedState<S>,
    timers: Timers,
}

/// Times and keys.
#[derive(Debug, Clone, Default)]
struct Timers {
    set: BTreeSet<(i64, u32)>,
    dirty: Dirty<(i64, u32)>,
}

impl Timers {
    fn insert(&mut self, timer: (i64, u32)) -> bool {
        self.dirty.note(timer, self.set.len());
        self.set.insert(timer)
    }

    fn remove(&mut self, timer: (i64, u32)) -> bool {
        self.dirty.note(timer, self.set.len());
        self.set.remove(&timer)
    }
}

impl<P, S> Process<P, S> {
    /// `ttl_ms`: how much event time a key's state outlives its last write; `None`: for ever.
    pub fn new(steps: P, ttl_ms: Option<i64>) -> Self {
        Self { steps, state: KeyedState::new(ttl_ms), timers: Timers::default() }
    }
}

impl<I: Keyed, P: KeyedProcess<I>> Operator<I> for Process<P, P::State> {
    type Out = P::Out;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let Self { steps, state, timers } = self;
        // What an old record wrote may have ended without event time having moved.
        state.expire(context.complete_to, context);
        let mut at =
            AtKey { key: input.key(), time_ms: input.time_ms(), context, state, timers, after: None };
        steps.on_record(input, &mut at, emit);
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let Self { steps, state, timers } = self;
        while let Some(&(time_ms, key)) = timers.set.first() {
            if end_of(time_ms) > context.complete_to || context.failure().is_some() {
                break;
            }
            timers.remove((time_ms, key));
            context.release(1);
            state.expire(time_ms, context);
            let mut at = AtKey { key, time_ms, context, state, timers, after: Some(time_ms) };
            steps.on_timer(&mut at, emit);
        }
        state.expire(context.complete_to, context);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.state.save(out);
        codec::save(&self.timers.set, out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.state.restore("process", bytes)?;
        self.timers.set = codec::restore("process", bytes)?;
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.state.mark_saved();
        self.timers.dirty.clear();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        self.state.changes(out);
        let Timers { set, dirty } = &mut self.timers;
        let get = |timer| set.contains(&timer).then_some(());
        codec::save(&dirty.changes(get, || set.iter().map(|&timer| (timer, ()))), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.state.apply("process", bytes)?;
        let changes: Changes<(i64, u32), ()> = codec::restore("process", bytes)?;
        let (is_whole, timers) = changes.into_parts();
        if is_whole {
            self.timers.set.clear();
        }
        for (timer, is_set) in timers {
            match is_set {
                Some(()) => self.timers.set.insert(timer),
                None => self.timers.set.remove(&timer),
            };
        }
        self.timers.dirty.clear();
        Ok(())
    }
}
