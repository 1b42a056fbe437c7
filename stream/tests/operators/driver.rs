//! Drives a row of operators as the runtime does, and tells from the definitions alone how far event time has come.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use datasets::{Delivery, Event, Keys, Side, Sided, Table};
use stream::{
    Concluded, Context, Flavour, Operator, Regime, Running, Sink, Source, Trigger, Version, WatermarkPolicy,
};

/// Records with an event time.
pub(crate) trait Timed: Copy + 'static {
    /// Says how many streams there are, each with a watermark of its own.
    const STREAMS: u32;
    fn time_ms(&self) -> i64;
    /// Its stream.
    fn stream(&self) -> u32;
}

macro_rules! timed {
    ($($record:ty),*) => {$(
        impl Timed for $record {
            const STREAMS: u32 = 1;

            fn time_ms(&self) -> i64 {
                self.time_ms
            }

            fn stream(&self) -> u32 {
                0
            }
        }
    )*};
}

timed!(Event, Delivery);

impl Timed for Sided {
    const STREAMS: u32 = 2;

    fn time_ms(&self) -> i64 {
        self.time_ms
    }

    fn stream(&self) -> u32 {
        u32::from(self.side == Side::Right)
    }
}

/// Keeps all that comes out, with the record at hand when it did.
pub(crate) struct Collect<T>(pub(crate) Arc<Mutex<Vec<(u64, T)>>>);

impl<T> Sink<T> for Collect<T> {
    fn take(&mut self, record: T, context: &Context) {
        self.0.lock().unwrap().push((context.record, record));
    }

    fn finish(&mut self, _: &Keys) -> (Table, Option<Table>) {
        (Table::default(), None)
    }

    fn emitted(&self) -> u64 {
        self.0.lock().unwrap().len() as u64
    }

    fn save(&self, _: &mut Vec<u8>) {}

    fn restore(&mut self, _: &mut &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn mark_saved(&mut self) {}

    fn changes(&mut self, _: &mut Vec<u8>) {}

    fn apply(&mut self, _: &mut &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn serve(&mut self) -> Table {
        Table::default()
    }
}

/// An operator that is stopped before its n-th record, saved, and gone on with by a fresh one: from its whole state or
/// from an earlier one and what has changed since.
pub(crate) struct Restarting<O> {
    inner: O,
    fresh: Option<O>,
    at: usize,
    save_at: usize,
    changes_each: usize,
    seen: usize,
    /// The state at `save_at` and the changes since.
    chain: Vec<Vec<u8>>,
    /// That, as it was when the operator was stopped.
    stopped: Arc<Mutex<Vec<Vec<u8>>>>,
    /// The state when it was closed.
    pub(crate) closed: Arc<Mutex<Vec<u8>>>,
}

impl<I, O: Operator<I>> Operator<I> for Restarting<O> {
    type Out = O::Out;

    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        self.checkpoint();
        if self.seen == self.at
            && let Some(fresh) = self.fresh.take()
        {
            self.restart(fresh);
        }
        self.seen += 1;
        self.inner.push(input, context, emit);
    }

    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        self.inner.advance(context, emit);
    }

    fn close(&mut self, context: &mut Context) {
        self.inner.close(context);
        self.inner.save(&mut self.closed.lock().unwrap());
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.inner.save(out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.inner.restore(bytes)
    }

    fn mark_saved(&mut self) {
        self.inner.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        self.inner.changes(out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.inner.apply(bytes)
    }
}

impl<O> Restarting<O> {
    fn checkpoint<I>(&mut self)
    where
        O: Operator<I>,
    {
        let mut bytes = vec![];
        if self.seen == self.save_at {
            self.inner.save(&mut bytes);
            self.inner.mark_saved();
        } else if self.seen > self.save_at && self.seen.is_multiple_of(self.changes_each) {
            self.inner.changes(&mut bytes);
        } else {
            return;
        }
        self.chain.push(bytes);
    }

    fn restart<I>(&mut self, mut fresh: O)
    where
        O: Operator<I>,
    {
        let mut saved = vec![];
        self.inner.save(&mut saved);
        let mut chain = std::mem::take(&mut self.chain);
        if chain.is_empty() {
            chain.push(saved.clone());
        } else {
            let mut last = vec![];
            self.inner.changes(&mut last);
            chain.push(last);
        }
        self.stopped.lock().unwrap().clone_from(&chain);
        for (i, bytes) in chain.iter_mut().enumerate() {
            bytes.push(99);
            let mut bytes = &bytes[..];
            let taken = if i == 0 { fresh.restore(&mut bytes) } else { fresh.apply(&mut bytes) };
            taken.expect("what was saved can be restored");
            assert_eq!(bytes, [99], "it takes its own bytes and no more");
        }
        let mut again = vec![];
        fresh.save(&mut again);
        assert_eq!(saved, again, "equal states, equal bytes");
        self.inner = fresh;
    }
}

/// Describes how a job is driven.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drive {
    pub(crate) flavour: Flavour,
    pub(crate) delay_ms: Option<i64>,
    pub(crate) policy: WatermarkPolicy,
    pub(crate) idle_ms: Option<i64>,
    /// Records a micro-batch; `None`: event time moves with each record.
    pub(crate) batch: Option<usize>,
    pub(crate) restart_at: usize,
    /// When the whole state is saved; if that is before the restart, changes are saved from then on.
    pub(crate) save_at: usize,
    /// Before each n-th record.
    pub(crate) changes_each: usize,
}

impl Drive {
    pub(crate) fn trigger(&self) -> Trigger {
        self.batch.map_or(Trigger::Record, |_| Trigger::Eager)
    }
}

/// Describes what came out, when, and what was concluded.
pub(crate) struct Driven<T> {
    pub(crate) out: Vec<(u64, T)>,
    pub(crate) concluded: Concluded,
    pub(crate) closed: Vec<u8>,
    /// The state and the changes that the operator was restarted from.
    pub(crate) stopped: Vec<Vec<u8>>,
}

impl<T: Clone> Driven<T> {
    pub(crate) fn rows(&self) -> Vec<T> {
        self.out.iter().map(|(_, row)| row.clone()).collect()
    }

    /// The records in the late side output.
    pub(crate) fn late(&self) -> Vec<i64> {
        match &self.concluded.late.columns[0].cells {
            datasets::Cells::Int(records) => records.clone(),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn drive<R: Timed, O>(make: impl Fn() -> O, records: &[R], drive: Drive) -> Driven<O::Out>
where
    O: Operator<R>,
    Running<R, Restarting<O>, Collect<O::Out>>: Version<R>,
{
    let (collected, closed, stopped) = (Arc::default(), Arc::default(), Arc::default());
    let operator = Restarting {
        inner: make(),
        fresh: Some(make()),
        at: drive.restart_at,
        save_at: drive.save_at,
        changes_each: drive.changes_each,
        seen: 0,
        chain: vec![],
        stopped: Arc::clone(&stopped),
        closed: Arc::clone(&closed),
    };
    let source = Source {
        time_ms: |record: &R| record.time_ms(),
        partition: |record: &R| record.stream(),
        policy: drive.policy,
        delay_ms: drive.delay_ms,
        partitions: R::STREAMS,
        idle_ms: drive.idle_ms,
        max_ahead_ms: None,
    };
    let sink = Collect(Arc::clone(&collected));
    let mut job = Running::new(
        source,
        Regime { flavour: drive.flavour, trigger: drive.trigger(), state_limit: u64::MAX },
        operator,
        sink,
    );
    let concluded = feed(&mut job, records, drive.batch, &Keys::default());
    let out = std::mem::take(&mut *collected.lock().unwrap());
    let closed = std::mem::take(&mut *closed.lock().unwrap());
    let stopped = std::mem::take(&mut *stopped.lock().unwrap());
    Driven { out, concluded, closed, stopped }
}

/// Feeds a job as the replay does.
pub(crate) fn feed<R: Copy>(
    job: &mut dyn Version<R>,
    records: &[R],
    batch: Option<usize>,
    keys: &Keys,
) -> Concluded {
    let mut decisions = vec![];
    for chunk in records.chunks(batch.unwrap_or(7)) {
        job.push_chunk(chunk, &mut decisions);
        if batch.is_some() {
            job.end_batch(&mut decisions);
        }
    }
    assert!(decisions.is_empty());
    job.finish(keys).expect("no failure").expect("a table job")
}

/// The time on the clock when these records have come: the greatest of all, or the greatest of the stream that is
/// furthest behind. A stream that is idle isn't waited for, one that has never spoken is, unless it is idle.
fn clock<R: Timed>(records: &[R], drive: Drive) -> Option<i64> {
    let greatest = |records: &[R]| records.iter().map(Timed::time_ms).max();
    let now = greatest(records)?;
    match drive.policy {
        WatermarkPolicy::Max => Some(now),
        WatermarkPolicy::Min => {
            let of = |stream| move |record: &&R| record.stream() == stream;
            let is_idle = |stream: &u32| {
                let spoke = records.iter().rposition(|record| record.stream() == *stream).unwrap_or(0);
                let silent = i128::from(now) - i128::from(greatest(&records[..=spoke]).unwrap());
                drive.idle_ms.is_some_and(|most| silent > i128::from(most))
            };
            let streams = (0..R::STREAMS).filter(|stream| !is_idle(stream));
            let own = |stream| records.iter().filter(of(stream)).map(Timed::time_ms).max();
            // `None`, of one that has never spoken, is less than any time.
            streams.map(own).min()?
        }
    }
}

/// Describes how far event time has come, batch by batch, from the definitions.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// By record: its batch.
    pub(crate) batch_of: Vec<usize>,
    /// By batch: a record before this is late.
    pub(crate) late_to: Vec<i64>,
    /// By batch, and for the end of input: up to where everything is complete after it.
    pub(crate) complete_to: Vec<i64>,
    /// By batch, and for the end of input: up to where it is settled after it.
    pub(crate) settled_to: Vec<i64>,
}

impl Progress {
    pub(crate) fn of<R: Timed>(records: &[R], drive: Drive) -> Self {
        let size = drive.batch.unwrap_or(1);
        let mut progress =
            Self { batch_of: (0..records.len()).map(|i| i / size).collect(), ..Self::default() };
        let batches = records.len().div_ceil(size);
        // How far event time has come with the first n batches: it never goes back.
        let largest = |n: usize| -> Option<i64> {
            let at = |n: usize| clock(&records[..records.len().min(n * size)], drive);
            let most = (1..=n).filter_map(at).max()?;
            Some(most.saturating_sub(drive.delay_ms?))
        };
        for n in 0..batches {
            let (late, complete, settled) = match drive.flavour {
                Flavour::PerRecord { lateness_ms } => {
                    let less = |to: Option<i64>| to.map_or(i64::MIN, |to| to.saturating_sub(lateness_ms));
                    (less(largest(n)), largest(n + 1).unwrap_or(i64::MIN), less(largest(n + 1)))
                }
                Flavour::PerTrigger { strict, .. } => {
                    let w = |n: usize| largest(n).unwrap_or(0).max(0);
                    (if strict { w(n) } else { w(n.saturating_sub(1)) }, w(n), w(n))
                }
            };
            progress.late_to.push(late);
            progress.complete_to.push(complete);
            progress.settled_to.push(settled);
        }
        let end = match drive.flavour {
            Flavour::PerTrigger { drain: false, .. } => largest(batches).unwrap_or(0).max(0),
            Flavour::PerTrigger { drain: true, .. } | Flavour::PerRecord { .. } => i64::MAX,
        };
        progress.complete_to.push(end);
        progress.settled_to.push(end);
        progress
    }

    /// Returns whether record `i`, of this time, is late as for a window of its millisecond.
    pub(crate) fn is_late(&self, i: usize, time_ms: i64) -> bool {
        time_ms.saturating_add(1) <= self.late_to[self.batch_of[i]]
    }

    /// Returns whether it is late for its flavour's own joins: in Flink below the watermark, which is the largest time
    /// less the delay less 1, in Spark at most the watermark.
    pub(crate) fn is_late_for_engine(&self, i: usize, time_ms: i64, flavour: Flavour) -> bool {
        let to = self.late_to[self.batch_of[i]];
        let has_watermark = to != i64::MIN;
        has_watermark
            && match flavour {
                Flavour::PerRecord { .. } => time_ms < to - 1,
                Flavour::PerTrigger { .. } => time_ms <= to,
            }
    }

    /// Returns whether what ends at `end` is found to be settled after one of these batches. Per record that is looked
    /// at when event time moves, and only then.
    pub(crate) fn settles(&self, mut batches: Range<usize>, end: i64, flavour: Flavour) -> bool {
        batches.any(|n| {
            let before = n.checked_sub(1).map_or(i64::MIN, |n| self.complete_to[n]);
            let is_looked_at = match flavour {
                Flavour::PerRecord { .. } => self.complete_to[n] > before,
                Flavour::PerTrigger { .. } => true,
            };
            is_looked_at && end <= self.settled_to[n]
        })
    }

    /// Returns what is settled when record `i` comes.
    pub(crate) fn settled_before(&self, i: usize) -> i64 {
        self.batch_of[i].checked_sub(1).map_or(i64::MIN, |batch| self.settled_to[batch])
    }
}
