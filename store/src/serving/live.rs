//! A deployment as this process knows it: its last epoch, who looks at which epoch, and the old values that they need.
//!
//! Snapshots die with the process, so what only they need is never written to the disk.

use super::head::Head;
use super::record;
use super::{Deployment, Progress, Stamp};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(super) struct Live {
    pub(super) deployment: Deployment,
    state: Mutex<State>,
    history: RwLock<History>,
}

struct State {
    /// Shared with the snapshots of it.
    head: Arc<Head>,
    /// By the epoch that it sees.
    holds: BTreeMap<u64, Hold>,
    /// A hold has gone since the history was last looked through.
    has_released: bool,
}

/// Snapshots of one epoch.
struct Hold {
    count: usize,
    is_expired: Arc<AtomicBool>,
}

impl Live {
    pub(super) fn new(deployment: Deployment, head: Head) -> Live {
        let state = State { head: Arc::new(head), holds: BTreeMap::new(), has_released: false };
        Live { deployment, state: Mutex::new(state), history: RwLock::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn history(&self) -> RwLockReadGuard<'_, History> {
        self.history.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn history_mut(&self) -> RwLockWriteGuard<'_, History> {
        self.history.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self) -> Head {
        Head::clone(&self.state().head)
    }

    /// Begins to hold the last epoch. The caller holds the view, so that a deployment that is retired gets no more.
    pub(super) fn hold(&self) -> (Arc<Head>, Arc<AtomicBool>) {
        let mut state = self.state();
        let head = Arc::clone(&state.head);
        let fresh = || Hold { count: 0, is_expired: Arc::default() };
        let hold = state.holds.entry(head.epoch).or_insert_with(fresh);
        hold.count += 1;
        (head, Arc::clone(&hold.is_expired))
    }

    /// Ends one hold of an epoch.
    pub(super) fn release(&self, epoch: u64) {
        let mut state = self.state();
        // One that has expired is gone already.
        if let Some(hold) = state.holds.get_mut(&epoch) {
            hold.count -= 1;
            if hold.count == 0 {
                state.holds.remove(&epoch);
                state.has_released = true;
            }
        }
    }

    pub(super) fn is_held(&self) -> bool {
        !self.state().holds.is_empty()
    }

    /// Lets readers see the next epoch, then drops the old values that nobody needs: of this epoch's `touched` keys, or
    /// of all if a snapshot has gone. Snapshots more than `span` epochs behind expire.
    pub(super) fn commit<'a>(&self, head: Head, touched: impl Iterator<Item = &'a [u8]>, span: u64) {
        let mut state = self.state();
        let first = head.epoch.saturating_sub(span);
        state.head = Arc::new(head);
        let kept = state.holds.split_off(&first);
        for hold in std::mem::replace(&mut state.holds, kept).into_values() {
            // Before anything that it needs goes: a reader looks at this after it has read.
            hold.is_expired.store(true, Ordering::SeqCst);
            state.has_released = true;
        }
        let has_released = std::mem::take(&mut state.has_released);
        let held: Vec<u64> = state.holds.keys().copied().collect();
        drop(state);
        // Whoever comes now sees the epoch that has just been committed and needs nothing older.
        let mut history = self.history_mut();
        if held.is_empty() {
            history.old.clear();
        } else if has_released {
            history.keep_all(&held);
        } else {
            touched.for_each(|key| history.keep(key, &held));
        }
    }
}

/// The value that a key had until an epoch replaced it.
pub(super) struct Old {
    /// The epoch that wrote it; for a key that wasn't there an epoch at which it wasn't.
    since: u64,
    until: u64,
    /// As it was stored.
    pub(super) row: Option<Vec<u8>>,
}

/// The old values of a deployment's keys, by key and then by age.
#[derive(Default)]
pub(super) struct History {
    old: BTreeMap<Vec<u8>, Vec<Old>>,
}

impl History {
    /// Keeps what `until` is about to replace, before it does. An epoch does so once for a key.
    pub(super) fn insert(&mut self, key: &[u8], until: u64, row: Option<Vec<u8>>, since: Option<u64>) {
        let ages = self.old.entry(key.to_vec()).or_default();
        let since = since.unwrap_or_else(|| ages.last().map_or(0, |last| last.until));
        ages.push(Old { since, until, row });
    }

    /// Returns what the key had at `epoch`, if it has been replaced since.
    pub(super) fn at(&self, key: &[u8], epoch: u64) -> Option<&Old> {
        self.old.get(key)?.iter().find(|old| old.until > epoch)
    }

    /// The keys of a range that have been replaced since `epoch`, with what they had.
    pub(super) fn range(
        &self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        epoch: u64,
    ) -> impl Iterator<Item = (&[u8], &Old)> {
        self.old
            .range::<[u8], _>(range)
            .filter_map(move |(key, ages)| Some((key.as_slice(), ages.iter().find(|old| old.until > epoch)?)))
    }

    fn keep(&mut self, key: &[u8], held: &[u64]) {
        if let Some(ages) = self.old.get_mut(key) {
            ages.retain(|old| is_needed(old, held));
            if ages.is_empty() {
                self.old.remove(key);
            }
        }
    }

    fn keep_all(&mut self, held: &[u64]) {
        self.old.retain(|_, ages| {
            ages.retain(|old| is_needed(old, held));
            !ages.is_empty()
        });
    }

    pub(super) fn len(&self) -> usize {
        self.old.values().map(Vec::len).sum()
    }
}

/// `held` is in ascending order.
fn is_needed(old: &Old, held: &[u64]) -> bool {
    let next = held.partition_point(|&epoch| epoch < old.since);
    held.get(next).is_some_and(|&epoch| epoch < old.until)
}

/// The stamp of a deployment's epoch.
pub(super) fn stamp(deployment: Deployment, head: &Head) -> Stamp {
    let Progress { offset, watermark_ms, complete } = head.progress;
    let (name, epoch, rows) = (head.name.clone(), head.epoch, head.totals.rows);
    Stamp { deployment, name, epoch, offset, watermark_ms, complete, rows }
}

/// Checks a row and says its key space and key where it is wrong.
pub(super) fn row_epoch(engine_key: &[u8], bytes: &[u8]) -> Result<u64, String> {
    record::unseal(engine_key, bytes).map(|sealed| sealed.epoch)
}
