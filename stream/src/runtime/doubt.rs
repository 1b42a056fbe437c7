//! Records whose time is too far ahead to be believed yet: which of them agree, and the records themselves.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::codec;

/// A record that is held aside, by what it says of event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Doubt {
    /// Counted from 0 in arrival order.
    pub(super) record: u64,
    pub(super) partition: u32,
    pub(super) time_ms: i64,
}

/// Those that the next record may agree with: the record right before it, and the last of its partition, where these are
/// held aside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Doubts {
    before: Option<Doubt>,
    /// At most one of each partition.
    last: Vec<Doubt>,
}

impl Doubts {
    /// Returns whether there is nothing to agree with.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_none() && self.last.is_empty()
    }

    /// Whatever a record of this partition may agree with; it is the last one of its partition now.
    pub(super) fn take(&mut self, partition: u32) -> [Option<Doubt>; 2] {
        let of_partition = self.last.iter().position(|doubt| doubt.partition == partition);
        [self.before.take(), of_partition.map(|at| self.last.swap_remove(at))]
    }

    /// A record is held aside.
    pub(super) fn note(&mut self, doubt: Doubt) {
        self.before = Some(doubt);
        self.last.push(doubt);
    }

    /// Forgets those that are no longer held aside: whose time is up to `reach_ms`.
    pub(super) fn forget_up_to(&mut self, reach_ms: i64) {
        self.before = self.before.filter(|doubt| doubt.time_ms > reach_ms);
        self.last.retain(|doubt| doubt.time_ms > reach_ms);
    }
}

/// The records that are held aside, in arrival order.
#[derive(Debug, Clone)]
pub(super) struct Held<R> {
    rows: Vec<(Doubt, R)>,
    /// Says how many of them were saved; `None` once any that was is gone.
    saved: Option<usize>,
}

impl<R: Copy> Held<R> {
    pub(super) fn new() -> Self {
        Self { rows: Vec::new(), saved: Some(0) }
    }

    pub(super) fn push(&mut self, doubt: Doubt, record: R) {
        self.rows.push((doubt, record));
    }

    /// Takes out those that `is_wanted`.
    pub(super) fn take(&mut self, is_wanted: impl Fn(&Doubt) -> bool) -> Vec<(Doubt, R)> {
        let taken: Vec<_> = self.rows.extract_if(.., |(doubt, _)| is_wanted(doubt)).collect();
        if !taken.is_empty() {
            self.saved = None;
        }
        taken
    }

    /// Takes note that what is there was saved.
    pub(super) fn mark_saved(&mut self) {
        self.saved = Some(self.rows.len());
    }
}

impl<R: Copy + Serialize + DeserializeOwned> Held<R> {
    /// Appends all to `out`.
    pub(super) fn save(&self, out: &mut Vec<u8>) {
        codec::save(&(true, &self.rows), out);
    }

    /// Appends what has changed to `out`: those that are new, or all.
    pub(super) fn changes(&mut self, out: &mut Vec<u8>) {
        codec::save(&(self.saved.is_none(), &self.rows[self.saved.unwrap_or(0)..]), out);
        self.mark_saved();
    }

    /// Takes what was saved from the front of `bytes`.
    pub(super) fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (is_whole, rows): (bool, Vec<(Doubt, R)>) = codec::restore("records held aside", bytes)?;
        if is_whole {
            self.rows.clear();
        }
        self.rows.extend(rows);
        self.mark_saved();
        Ok(())
    }
}
