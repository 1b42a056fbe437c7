//! A view in memory, which outlives the process that publishes there and in which a test makes things go wrong. Whatever is
//! published is held against what the serving store has by then, read in another way.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use csv::ByteRecord;
use datasets::Keys;
use replay::{
    recovery::SinkError,
    view::{Rhythm, Standing, View, ViewChange, ViewStamp},
};
use store::serving::Reader;

use super::{
    dress::Dress,
    rows::Shape,
    view::{Leaving, Publisher},
};

/// A mishap of the process that publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It dies, and nothing has changed.
    Before,
    /// It dies, and all of it has.
    After,
}

/// Rows by their keys, a field for each column.
pub(crate) type Shown = BTreeMap<Vec<String>, Vec<String>>;

#[derive(Default)]
struct State {
    writer: u64,
    stamp: Option<ViewStamp>,
    rows: Shown,
    /// Each epoch that was published, with what stood there then.
    history: Vec<(ViewStamp, Shown)>,
    calls: u64,
    mishap: Option<(u64, Mishap)>,
    is_dead: bool,
    was_removed: bool,
    is_held: bool,
    store: Option<Reader>,
}

/// The view; clones are the same one.
#[derive(Clone)]
pub(crate) struct Outside {
    shape: Shape,
    keys: Keys,
    rhythm: Rhythm,
    state: Arc<Mutex<State>>,
}

impl Outside {
    pub(crate) fn new(shape: &Shape, keys: &Keys, rhythm: Rhythm) -> Self {
        Self { shape: shape.clone(), keys: keys.clone(), rhythm, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens it as a process does that has just begun. What is published is held against the store that `store` reads.
    pub(crate) fn open(&self, store: Option<Reader>, leaving: Leaving) -> Publisher {
        let mut state = self.state();
        (state.is_dead, state.store, state.was_removed) = (false, store, false);
        drop(state);
        let dress = Dress { shape: self.shape.clone(), keys: self.keys.clone() };
        Publisher::open(Box::new(self.clone()), dress, leaving).expect("it can be taken over")
    }

    /// Has the `n`th change from now on go wrong.
    pub(crate) fn plan(&self, n: u64, mishap: Mishap) {
        let mut state = self.state();
        state.mishap = Some((state.calls + n, mishap));
    }

    pub(crate) fn shown(&self) -> (Option<ViewStamp>, Shown) {
        let state = self.state();
        (state.stamp.clone(), state.rows.clone())
    }

    pub(crate) fn history(&self) -> Vec<(ViewStamp, Shown)> {
        self.state().history.clone()
    }

    pub(crate) fn was_removed(&self) -> bool {
        self.state().was_removed
    }

    /// Has it not be removed, as where somebody reads a table on and on.
    pub(crate) fn hold(&self) {
        self.state().is_held = true;
    }

    /// Writes to it behind the back of whoever publishes.
    pub(crate) fn spoil(&self, spoil: impl FnOnce(&mut Shown)) {
        spoil(&mut self.state().rows);
    }

    /// Reads rows as people do, one by one.
    pub(crate) fn read(&self, rows: &[(Vec<u8>, Vec<u8>)]) -> Shown {
        let [_, others] = self.shape.column_names();
        let row = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let names = self.shape.shown_key(key, &self.keys).expect("a key");
            let cells = self.shape.shown((key, value), &self.keys, 1).expect("a value");
            (names, others.iter().map(|name| cells[name].clone()).collect())
        };
        rows.iter().map(row).collect()
    }

    fn split(&self, row: &ByteRecord) -> (Vec<String>, Vec<String>) {
        let fields = row.iter().map(|field| String::from_utf8(field.to_vec()).expect("a text"));
        let mut key: Vec<String> = fields.collect();
        let value = key.split_off(self.shape.column_names()[0].len().min(key.len()));
        (key, value)
    }

    fn apply(&self, state: &mut State, change: &ViewChange<'_>) {
        if change.from.is_none() {
            state.rows.clear();
        }
        for key in change.gone {
            state.rows.remove(&self.split(key).0);
        }
        state.rows.extend(change.rows.iter().map(|row| self.split(row)));
        state.stamp = Some(change.to.clone());
        state.history.push((change.to.clone(), state.rows.clone()));
        let Some(store) = &state.store else { return };
        let served = store.snapshot().expect("something is served");
        let mut rows = Vec::new();
        let all = served.all(&mut |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        });
        all.expect("whole");
        let of = served.stamp();
        assert_eq!((of.epoch, u64::from(of.deployment.id())), (change.to.epoch, change.to.deployment));
        assert_eq!((of.offset, of.watermark_ms), (change.to.records, change.to.watermark_ms));
        assert_eq!(state.rows, self.read(&rows), "{of:?}");
    }
}

impl View for Outside {
    fn take_over(&mut self) -> Result<Standing, SinkError> {
        let mut state = self.state();
        state.writer += 1;
        Ok(Standing { writer: state.writer, stamp: state.stamp.clone(), rhythm: self.rhythm })
    }

    fn publish(&mut self, writer: u64, change: &ViewChange<'_>) -> Result<(), SinkError> {
        let mut state = self.state();
        let dead = || SinkError::Failed("the process is dead".to_owned());
        if state.is_dead {
            return Err(dead());
        }
        if state.writer != writer {
            return Err(SinkError::Fenced);
        }
        assert!(change.from.is_none() || state.stamp.as_ref() == change.from, "{change:?}");
        assert_ne!(state.stamp.as_ref(), Some(change.to), "what stands there is not published again");
        let mishap = state.mishap.filter(|(at, _)| *at == state.calls).map(|(_, mishap)| mishap);
        state.calls += 1;
        if mishap != Some(Mishap::Before) {
            self.apply(&mut state, change);
        }
        state.is_dead = mishap.is_some();
        if state.is_dead { Err(dead()) } else { Ok(()) }
    }

    fn read(&mut self, take: &mut dyn FnMut(&ByteRecord)) -> Result<Option<ViewStamp>, SinkError> {
        let state = self.state();
        for (key, value) in &state.rows {
            take(&key.iter().chain(value).collect::<Vec<_>>().into());
        }
        Ok(state.stamp.clone())
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        let mut state = self.state();
        if state.is_held {
            return Err(SinkError::Failed("somebody holds it".to_owned()));
        }
        state.rows.clear();
        state.stamp = None;
        state.was_removed = true;
        Ok(())
    }
}
