//! A job on its way: the feed's view of source, operators and sink.

use datasets::{Keys, Table};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Context, Operator, Source,
    chain::{Chain, Standing},
    doubt::{Doubt, Held},
    moves::Moves,
    source::{END, EventTime, MAX_PARTITIONS, Weighed},
};
use crate::{
    Batching, Concluded, Counts, Flavour, JobError, Regime, Settling, State, Trigger, Update, Version,
};

/// Where what comes out of the last operator goes.
pub trait Sink<T> {
    /// Takes what was emitted; [`Context`] says when.
    fn take(&mut self, record: T, context: &Context);

    /// The answer, sorted, and everything that was emitted, where rows may be emitted more than once.
    fn finish(&mut self, keys: &Keys) -> (Table, Option<Table>);

    /// Returns how the answer follows from everything that was emitted.
    fn settling(&self) -> Settling {
        Settling::LastOfEach
    }

    /// Returns how many rows were emitted.
    fn emitted(&self) -> u64;

    /// Appends what it holds to `out`.
    fn save(&self, out: &mut Vec<u8>);

    /// Takes what it held from the front of `bytes`, as [`Sink::save`] wrote it; the error says what is wrong with it.
    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String>;

    /// See [`Operator::mark_saved`].
    fn mark_saved(&mut self);

    /// See [`Operator::changes`].
    fn changes(&mut self, out: &mut Vec<u8>);

    /// See [`Operator::apply`].
    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String>;

    /// See [`Version::take_output`].
    fn take_output(&mut self) -> Option<Table> {
        None
    }

    /// Takes the rows that are new since this was asked last, in the order in which they came to be.
    fn serve(&mut self) -> Table;
}

/// A job under way.
pub struct Running<R, O, S> {
    pub(super) source: Source<R>,
    pub(super) flavour: Flavour,
    pub(super) trigger: Trigger,
    moves: Moves,
    pub(super) event_time: EventTime,
    /// Records that are too far ahead to be believed yet.
    pub(super) held: Held<R>,
    pub(super) standing: Standing,
    pub(super) context: Context,
    pub(super) operator: O,
    pub(super) sink: S,
    /// Holds what was saved last, once anything was.
    pub(super) chain: Option<Chain>,
}

impl<R: Copy, O: Operator<R>, S: Sink<O::Out>> Running<R, O, S> {
    /// A job that has seen nothing yet.
    pub fn new(source: Source<R>, regime: Regime, operator: O, sink: S) -> Self {
        let Regime { flavour, trigger, state_limit } = regime;
        Self {
            event_time: EventTime::new(&source),
            context: Context::new(flavour, source.delay_ms.is_some(), state_limit),
            source,
            flavour,
            trigger,
            moves: Moves::new(flavour, trigger),
            held: Held::new(),
            standing: Standing::default(),
            operator,
            sink,
            chain: None,
        }
    }

    /// Takes records until the job fails; what comes after a failure is not looked at.
    fn take_all(&mut self, records: &[R]) {
        if self.context.failure().is_some() {
            return;
        }
        for record in records {
            self.take(*record);
        }
    }

    #[inline]
    fn take(&mut self, record: R) {
        self.context.record = self.context.seen;
        self.context.seen += 1;
        let is_taken = self.event_time.is_plain((self.source.time_ms)(&record)) || self.weigh(record);
        self.standing.is_open = true;
        if is_taken {
            self.admit(record);
        }
        match self.moves {
            Moves::EachRecord => self.move_on(),
            Moves::EachNth(n) if self.context.seen.is_multiple_of(n.get()) => self.move_on(),
            Moves::EachNth(_) | Moves::WhenTold => {}
        }
    }

    /// Hands a record to the operators, and lets event time see it.
    #[inline]
    fn admit(&mut self, record: R) {
        let (time_ms, partition) = ((self.source.time_ms)(&record), (self.source.partition)(&record));
        if partition >= MAX_PARTITIONS {
            self.context.reject("partition number too large");
            return;
        }
        let rejected = self.context.counts.rejected;
        let sink = &mut self.sink;
        self.operator.push(record, &mut self.context, &mut |out, context| sink.take(out, context));
        // A time that was refused says nothing about how far event time has come.
        if self.context.counts.rejected == rejected {
            self.event_time.see(partition, time_ms);
        }
    }

    /// Holds a record against event time where that isn't plain: whether it is to be taken now.
    #[cold]
    fn weigh(&mut self, record: R) -> bool {
        let (time_ms, partition) = ((self.source.time_ms)(&record), (self.source.partition)(&record));
        if partition >= MAX_PARTITIONS {
            // It is refused, and says nothing.
            return true;
        }
        let own = Doubt { record: self.context.record, partition, time_ms };
        match self.event_time.weigh(own) {
            Weighed::Believed => true,
            Weighed::Begins => {
                self.begin();
                true
            }
            Weighed::Doubted => {
                self.hold_aside(own, record);
                false
            }
            Weighed::Agrees(other) => {
                self.admit_held(|doubt| doubt.record == other.record);
                if self.event_time.is_too_far_ahead(time_ms) {
                    // The other one was refused by an operator.
                    self.event_time.doubt(own);
                    self.hold_aside(own, record);
                    return false;
                }
                while self.admit_held_up_to(time_ms) {}
                true
            }
        }
    }

    fn hold_aside(&mut self, own: Doubt, record: R) {
        self.held.push(own, record);
        self.context.hold(1);
    }

    /// After a gap to this time: takes the records held aside that are within reach. Whether there were any: they may have
    /// moved event time, and so its reach.
    fn admit_held_up_to(&mut self, time_ms: i64) -> bool {
        let reach_ms = self.event_time.reach_from(time_ms);
        self.admit_held(|doubt| doubt.time_ms <= reach_ms)
    }

    /// Takes those of the records held aside that `is_wanted`, in arrival order, as if they had come just now. Whether
    /// there were any.
    fn admit_held(&mut self, is_wanted: impl Fn(&Doubt) -> bool) -> bool {
        let at_hand = self.context.record;
        let wanted = self.held.take(is_wanted);
        for &(doubt, record) in &wanted {
            self.context.record = doubt.record;
            self.context.release(1);
            self.admit(record);
        }
        self.context.record = at_hand;
        !wanted.is_empty()
    }

    /// No record that agrees will come any more.
    fn refuse_held(&mut self) {
        let at_hand = self.context.record;
        for (doubt, _) in self.held.take(|_| true) {
            self.context.record = doubt.record;
            self.context.release(1);
            self.context.reject("too far ahead");
        }
        self.context.record = at_hand;
    }

    /// Event time begins, for the record at hand agrees with one before it. If that one's batch has ended, event time moves
    /// now, as it would have then; and if a trigger in time has come meanwhile, a batch without records runs, too.
    #[cold]
    fn begin(&mut self) {
        if self.standing.is_open {
            return;
        }
        match self.flavour {
            Flavour::PerRecord { .. } => self.move_on(),
            Flavour::PerTrigger { strict, .. } => {
                let (before, to) = (self.context.complete_to, self.next_complete_to());
                self.context.complete_to = to;
                if strict {
                    self.context.late_to = to;
                }
                self.standing.has_moved = to > before;
                if self.standing.was_idle {
                    self.run_idle();
                }
            }
        }
    }

    /// The micro-batch, of one record or many, has ended.
    #[inline]
    fn move_on(&mut self) {
        match self.flavour {
            Flavour::PerRecord { lateness_ms } => {
                let to = self.event_time.complete_to();
                if to > self.context.complete_to {
                    self.context.complete_to = to;
                    self.context.late_to = to.saturating_sub(lateness_ms);
                    self.advance();
                }
            }
            Flavour::PerTrigger { strict, .. } => {
                self.advance();
                self.next_batch(strict);
            }
        }
        self.standing.is_open = false;
        self.standing.was_idle = false;
    }

    /// A batch without records, if event time has moved since the last one: it emits what is complete now, and from here
    /// on records are held against the event time of this batch.
    fn run_idle(&mut self) {
        self.standing.was_idle = true;
        if let Flavour::PerTrigger { strict, .. } = self.flavour
            && self.standing.has_moved
        {
            self.advance();
            self.next_batch(strict);
        }
    }

    /// The watermark of the next batch follows from all batches so far.
    fn next_batch(&mut self, strict: bool) {
        let (before, to) = (self.context.complete_to, self.next_complete_to());
        self.context.batch += 1;
        self.context.complete_to = to;
        self.context.late_to = if strict { to } else { before };
        self.standing.has_moved = to > before;
    }

    fn next_complete_to(&self) -> i64 {
        self.event_time.complete_to().max(self.context.complete_to)
    }

    #[inline]
    fn advance(&mut self) {
        let sink = &mut self.sink;
        self.operator.advance(&mut self.context, &mut |out, context| sink.take(out, context));
    }

    /// The answer, after the last record.
    fn conclude(&mut self, keys: &Keys) -> Result<Concluded, JobError> {
        // What is concluded leaves the state, so no changes can tell of it.
        self.chain = None;
        if self.context.failure().is_none() {
            self.end();
        }
        if let Some(failure) = self.context.failure() {
            return Err(failure.clone());
        }
        let counts =
            Counts { records: self.context.seen, firings: self.sink.emitted(), ..self.context.counts };
        let (table, firings) = self.sink.finish(keys);
        let (mut rejected, superseded) = (self.context.take_rejected(), self.context.take_superseded());
        rejected.sort_by_key(|(record, _)| *record);
        let (late, settling) = (self.context.late_table(), self.sink.settling());
        Ok(Concluded { table, settling, firings, late, rejected, superseded, counts })
    }

    /// Whatever the flavour does when no more records come.
    fn end(&mut self) {
        self.refuse_held();
        if self.standing.is_open && self.moves == Moves::WhenTold {
            self.move_on();
        }
        self.context.counts.batches = self.context.batch;
        let drains = match self.flavour {
            Flavour::PerRecord { .. } => true,
            Flavour::PerTrigger { drain, .. } => {
                // One batch without data: the watermark of the last is applied.
                self.advance();
                drain
            }
        };
        if drains {
            self.context.complete_to = END;
            self.context.late_to = END;
            self.advance();
        }
        self.operator.close(&mut self.context);
    }
}

impl<R, O, S> Version<R> for Running<R, O, S>
where
    R: Copy + Serialize + DeserializeOwned + Send,
    O: Operator<R> + Send,
    S: Sink<O::Out> + Send,
{
    /// A job that answers with a table decides nothing.
    fn push_chunk(&mut self, records: &[R], _: &mut Vec<u32>) {
        self.take_all(records);
    }

    fn batching(&self) -> Batching {
        match (self.moves, self.flavour) {
            (Moves::EachRecord | Moves::EachNth(_), Flavour::PerRecord { .. })
            | (Moves::EachRecord, Flavour::PerTrigger { .. }) => Batching::None,
            (Moves::WhenTold, Flavour::PerRecord { .. }) => Batching::Edges,
            (Moves::WhenTold | Moves::EachNth(_), Flavour::PerTrigger { .. }) => Batching::Micro,
        }
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {
        if self.moves == Moves::WhenTold && self.context.failure().is_none() {
            self.move_on();
        }
    }

    fn tick(&mut self) {
        if self.moves == Moves::WhenTold && !self.standing.is_open && self.context.failure().is_none() {
            self.run_idle();
        }
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.conclude(keys).map(Some)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        Some(self)
    }

    fn take_output(&mut self) -> Option<Table> {
        self.sink.take_output()
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        if let Some(failure) = self.context.failure() {
            return Err(failure.clone());
        }
        let rows = self.sink.serve();
        let complete_to_ms = self.context.has_begun().then_some(self.context.complete_to);
        Ok(Some(Update { rows, settling: self.sink.settling(), complete_to_ms }))
    }
}
