//! What every operator of a job sees: event time, and the places where records go that don't go on.

use datasets::{Cells, Table, TableColumn};

use crate::{Counts, Flavour, JobError, concluded::RECORD};

/// Event time as the operators see it, and the account of the records.
#[derive(Debug, Clone)]
pub struct Context {
    /// The record at hand, counted from 0 in arrival order.
    pub record: u64,
    /// The micro-batch at hand, counted from 0; with a watermark that moves per record, always 0.
    pub batch: u64,
    /// Windows whose (exclusive) end is at most this are complete. Flink's watermark is one less, Spark's is this.
    pub complete_to: i64,
    /// Windows whose end is at most this are closed for the record at hand.
    pub late_to: i64,
    /// What is complete is kept until event time has come this much further.
    pub lateness_ms: i64,
    /// A session is judged after the record was merged with the sessions that it touches, not before.
    pub judges_merged: bool,
    /// How many entries the state may hold.
    state_limit: u64,
    state: u64,
    pub(super) counts: Counts,
    late: Vec<Late>,
    rejected: Vec<(u64, &'static str)>,
    failure: Option<JobError>,
}

/// A record that was dropped for coming late, for one of its windows or altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Context {
    /// A context before the first record. `state_limit`: how many entries the state may hold.
    pub(crate) fn new(flavour: Flavour, state_limit: u64) -> Self {
        let (lateness_ms, judges_merged, start) = match flavour {
            Flavour::PerRecord { lateness_ms } => (lateness_ms, true, super::source::START),
            // Spark's watermark starts at the epoch.
            Flavour::PerTrigger { .. } => (0, false, 0),
        };
        Self {
            record: 0,
            batch: 0,
            complete_to: start,
            late_to: start,
            lateness_ms,
            judges_merged,
            state_limit,
            state: 0,
            counts: Counts::default(),
            late: Vec::new(),
            rejected: Vec::new(),
            failure: None,
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

    /// This many records are held of which nothing was ever emitted.
    pub fn count_unfired(&mut self, records: u64) {
        self.counts.unfired += records;
    }

    /// Refuses the record at hand.
    pub fn reject(&mut self, reason: &'static str) {
        self.counts.rejected += 1;
        self.rejected.push((self.record, reason));
        self.hold(1);
    }

    /// The state has grown by `entries`; beyond its limit the job fails, rather than the machine.
    #[inline]
    pub fn hold(&mut self, entries: u64) {
        self.state += entries;
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

    /// What was dropped for coming late, as a table.
    pub(super) fn late_table(&mut self) -> Table {
        let late = std::mem::take(&mut self.late);
        let int = |name, cell: fn(&Late) -> i64| TableColumn {
            name,
            cells: Cells::Int(late.iter().map(cell).collect()),
        };
        let maybe = |name, cell: fn(&Late) -> Option<i64>| TableColumn {
            name,
            cells: Cells::Maybe(late.iter().map(cell).collect()),
        };
        let key = TableColumn { name: "key", cells: Cells::Text(late.iter().map(|late| late.key).collect()) };
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
    pub(super) fn take_rejected(&mut self) -> Vec<(u64, &'static str)> {
        std::mem::take(&mut self.rejected)
    }
}
