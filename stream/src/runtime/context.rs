//! Describes what every operator of a job sees: event time, and the places where records go that don't go on.

use std::borrow::Cow;

use datasets::{Cells, Table, TableColumn};
use serde::{Deserialize, Serialize};

use super::source::{END, START};
use crate::{Counts, Flavour, JobError, Superseded, settling::RECORD};

/// Event time as the operators see it, and the account of the records.
#[derive(Debug, Clone)]
pub struct Context {
    /// The record at hand, or the last one, counted from 0 in arrival order.
    pub record: u64,
    /// Records seen so far, with the one at hand.
    pub seen: u64,
    /// The micro-batch at hand, counted from 0; with a watermark that moves per record, always 0.
    pub batch: u64,
    /// Windows whose (exclusive) end is at most this are complete. Flink's watermark is one less, Spark's is this.
    pub complete_to: i64,
    /// Windows whose end is at most this are closed for the record at hand.
    pub late_to: i64,
    /// Holds what is complete is kept until event time has come this much further.
    pub lateness_ms: i64,
    /// A session is judged after the record was merged with the sessions that it touches, not before.
    pub judges_merged: bool,
    /// Holds what is complete is emitted again as soon as a record changes it, not when event time moves next.
    pub fires_at_once: bool,
    /// Says how many entries the state may hold.
    state_limit: u64,
    state: u64,
    pub(super) counts: Counts,
    late: Vec<Late>,
    rejected: Vec<(u64, Cow<'static, str>)>,
    superseded: Vec<Superseded>,
    failure: Option<JobError>,
    /// Says how many rows of the late, the rejected and the superseded side output were saved.
    saved: [usize; 3],
}

/// A record that was dropped for coming late, for one of its windows or altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Its event time.
    pub time_ms: i64,
    /// Its key's number.
    pub key: u32,
    /// Its value.
    pub value: i64,
    /// The window's start and end; `None` where there are no windows.
    pub window: Option<(i64, i64)>,
    /// The record it was, counted from 0 in arrival order.
    pub record: u64,
}

/// Describes what a context is saved as, whole or with the rows of the side outputs that are new.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    record: u64,
    seen: u64,
    batch: u64,
    complete_to: i64,
    late_to: i64,
    state: u64,
    counts: Counts,
    late: Cow<'a, [Late]>,
    rejected: Cow<'a, [(u64, Cow<'static, str>)]>,
    superseded: Cow<'a, [Superseded]>,
    failure: Cow<'a, Option<JobError>>,
}

impl Context {
    /// A context before the first record. `has_watermark`: event time moves before the end of input. `state_limit`:
    /// how many entries the state may hold.
    pub(crate) fn new(flavour: Flavour, has_watermark: bool, state_limit: u64) -> Self {
        let (lateness_ms, is_per_record) = match flavour {
            Flavour::PerRecord { lateness_ms } => (lateness_ms, true),
            Flavour::PerTrigger { .. } => (0, false),
        };
        // Spark's watermark, where there is one, starts at the epoch.
        let start = if has_watermark && !is_per_record { 0 } else { START };
        Self {
            record: 0,
            seen: 0,
            batch: 0,
            complete_to: start,
            late_to: start,
            lateness_ms,
            judges_merged: is_per_record,
            fires_at_once: is_per_record,
            state_limit,
            state: 0,
            counts: Counts::default(),
            late: Vec::new(),
            rejected: Vec::new(),
            superseded: Vec::new(),
            failure: None,
            saved: [0; 3],
        }
    }

    /// Event time moves between micro-batches, as in Spark.
    #[inline]
    pub fn moves_per_batch(&self) -> bool {
        !self.fires_at_once
    }

    /// Windows whose end is at most this can be forgotten once they were emitted: no record will reach them.
    pub fn forget_to(&self) -> i64 {
        // Where records are held against the batch before, no earlier batch's windows are left.
        self.late_to.max(self.complete_to.saturating_sub(self.lateness_ms))
    }

    /// Returns whether event time has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.complete_to > START
    }

    /// The watermark as the flavour's engine would show it; `None` before there is one.
    pub fn watermark_ms(&self) -> Option<i64> {
        match self.complete_to {
            START => None,
            END => Some(END),
            // Flink's says that nothing at or before it will come.
            to if self.fires_at_once => Some(to - 1),
            to => Some(to),
        }
    }

    /// Drops the record at hand for one of its windows; whether it counts as late is for [`Context::count_late`].
    pub fn drop_late(&mut self, late: Late) {
        self.counts.late_pairs += 1;
        self.late.push(late);
        self.hold(1);
    }

    /// The record at hand was dropped for all of its windows.
    pub fn count_late(&mut self) {
        self.counts.late += 1;
    }

    /// The record at hand had been seen before.
    pub fn count_duplicate(&mut self) {
        self.counts.duplicate += 1;
    }

    /// The record at hand lies in none of the windows.
    pub fn count_no_window(&mut self) {
        self.counts.no_window += 1;
    }

    /// A row that was emitted has become part of a longer one, and stands.
    pub fn supersede(&mut self, row: Superseded) {
        self.superseded.push(row);
        self.hold(1);
    }

    /// This many records are held of which nothing was ever emitted.
    pub fn count_not_emitted(&mut self, records: u64) {
        self.counts.not_emitted += records;
    }

    /// Refuses the record at hand.
    pub fn reject(&mut self, reason: &'static str) {
        self.counts.rejected += 1;
        self.rejected.push((self.record, Cow::Borrowed(reason)));
        self.hold(1);
    }

    /// The state has grown by `entries`; beyond its limit the job fails, rather than the machine.
    #[inline]
    pub fn hold(&mut self, entries: u64) {
        self.state = self.state.saturating_add(entries);
        self.counts.state_peak = self.counts.state_peak.max(self.state);
        if self.state > self.state_limit {
            self.fail_over_limit();
        }
    }

    #[cold]
    fn fail_over_limit(&mut self) {
        let (state, limit) = (self.state, self.state_limit);
        let hint =
            "allow more with --set max-state=NUMBER, or narrow the windows, the delay or the keys".to_owned();
        self.fail(format!("the state holds {state} entries, {limit} are allowed"), Some(hint));
    }

    /// The state has shrunk by `entries`.
    #[inline]
    pub fn release(&mut self, entries: u64) {
        self.state = self.state.saturating_sub(entries);
    }

    /// The job can't go on; the first failure stays.
    #[cold]
    pub fn fail(&mut self, message: String, hint: Option<String>) {
        let record = self.record;
        self.failure.get_or_insert(JobError { record, message, hint });
    }

    /// Why the job can't go on, if it can't.
    pub fn failure(&self) -> Option<&JobError> {
        self.failure.as_ref()
    }

    /// Returns what was dropped for coming late, as a table.
    pub(super) fn late_table(&mut self) -> Table {
        let late = std::mem::take(&mut self.late);
        let int = |name, cell: fn(&Late) -> i64| {
            TableColumn::new(name, Cells::Int(late.iter().map(cell).collect()))
        };
        let maybe = |name, cell: fn(&Late) -> Option<i64>| {
            TableColumn::new(name, Cells::Maybe(late.iter().map(cell).collect()))
        };
        let key = TableColumn::new("key", Cells::Text(late.iter().map(|late| late.key).collect()));
        let columns = vec![
            int(RECORD, |late| late.record.cast_signed()),
            int("event_time_ms", |late| late.time_ms),
            key,
            int("value", |late| late.value),
            maybe("window_start_ms", |late| late.window.map(|(start, _)| start)),
            maybe("window_end_ms", |late| late.window.map(|(_, end)| end)),
        ];
        Table::new(1, columns)
    }

    /// The records that were refused: each one's number in arrival order, and why.
    pub(super) fn take_rejected(&mut self) -> Vec<(u64, Cow<'static, str>)> {
        std::mem::take(&mut self.rejected)
    }

    /// The rows that have become part of longer ones.
    pub(super) fn take_superseded(&mut self) -> Vec<Superseded> {
        std::mem::take(&mut self.superseded)
    }

    /// Appends event time and the account to `out`.
    pub(super) fn save(&self, out: &mut Vec<u8>) {
        self.save_from([0; 3], out);
    }

    /// With the rows of the side outputs from these on.
    fn save_from(&self, [late, rejected, superseded]: [usize; 3], out: &mut Vec<u8>) {
        let saved = Saved {
            record: self.record,
            seen: self.seen,
            batch: self.batch,
            complete_to: self.complete_to,
            late_to: self.late_to,
            state: self.state,
            counts: self.counts,
            late: Cow::Borrowed(&self.late[late..]),
            rejected: Cow::Borrowed(&self.rejected[rejected..]),
            superseded: Cow::Borrowed(&self.superseded[superseded..]),
            failure: Cow::Borrowed(&self.failure),
        };
        super::codec::save(&saved, out);
    }

    /// Takes event time and the account from the front of `bytes`.
    pub(super) fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.late.clear();
        self.rejected.clear();
        self.superseded.clear();
        self.apply(bytes)
    }

    /// Takes note that what is there was saved.
    pub(super) fn mark_saved(&mut self) {
        self.saved = [self.late.len(), self.rejected.len(), self.superseded.len()];
    }

    /// Appends event time, the account, and what is new in the side outputs to `out`.
    pub(super) fn changes(&mut self, out: &mut Vec<u8>) {
        self.save_from(self.saved, out);
        self.mark_saved();
    }

    /// Takes them from the front of `bytes`.
    pub(super) fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let saved: Saved<'_> = super::codec::restore("the account of records", bytes)?;
        self.record = saved.record;
        self.seen = saved.seen;
        self.batch = saved.batch;
        self.complete_to = saved.complete_to;
        self.late_to = saved.late_to;
        self.state = saved.state;
        self.counts = saved.counts;
        self.late.extend_from_slice(&saved.late);
        self.rejected.extend_from_slice(&saved.rejected);
        self.superseded.extend_from_slice(&saved.superseded);
        self.failure = saved.failure.into_owned();
        self.mark_saved();
        Ok(())
    }
}
