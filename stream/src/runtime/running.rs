//! A job on its way: the feed's view of source, operators and sink.

use datasets::{Keys, Table};

use super::{
    Context, Operator, Source,
    source::{END, EventTime, MAX_PARTITIONS, START},
};
use crate::{Batching, Concluded, Counts, Flavour, Job, JobError, Trigger};

/// Where what comes out of the last operator goes.
pub trait Sink<T> {
    /// Takes what was emitted; [`Context`] says when.
    fn take(&mut self, record: T, context: &Context);

    /// The answer, sorted, and everything that was emitted, where rows may be emitted more than once.
    fn finish(&mut self, keys: &Keys) -> (Table, Option<Table>);

    /// How many rows were emitted.
    fn emitted(&self) -> u64;
}

/// A job under way.
pub struct Running<R, O, S> {
    source: Source<R>,
    flavour: Flavour,
    /// Event time moves after each record, without being told.
    moves_per_record: bool,
    event_time: EventTime,
    /// Whether the batch at hand has records.
    is_open: bool,
    context: Context,
    operator: O,
    sink: S,
}

impl<R, O: Operator<R>, S: Sink<O::Out>> Running<R, O, S> {
    /// A job that has seen nothing yet. `state_limit`: how many entries its state may hold.
    pub fn new(
        source: Source<R>,
        flavour: Flavour,
        trigger: Trigger,
        state_limit: u64,
        operator: O,
        sink: S,
    ) -> Self {
        Self {
            event_time: EventTime::new(&source),
            source,
            flavour,
            moves_per_record: trigger == Trigger::Record,
            is_open: false,
            context: Context::new(flavour, state_limit),
            operator,
            sink,
        }
    }

    #[inline]
    fn take(&mut self, record: R) {
        let (time_ms, partition) = ((self.source.time_ms)(&record), (self.source.partition)(&record));
        if self.event_time.is_too_far_ahead(time_ms, self.source.max_ahead_ms) {
            self.context.reject("too far ahead");
        } else if partition >= MAX_PARTITIONS {
            self.context.reject("partition number too large");
        } else {
            let sink = &mut self.sink;
            self.operator.push(record, &mut self.context, &mut |out, context| sink.take(out, context));
            self.event_time.see(partition, time_ms);
        }
        self.is_open = true;
        self.context.record += 1;
        if self.moves_per_record {
            self.move_on();
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
        self.is_open = false;
    }

    /// The watermark of the next batch follows from all batches so far.
    fn next_batch(&mut self, strict: bool) {
        let before = self.context.complete_to;
        let to = self.event_time.largest_to().map_or(before, |to| to.max(before));
        self.context.batch += 1;
        self.context.complete_to = to;
        self.context.late_to = if strict { to } else { before };
        if self.source.delay_ms.is_none() {
            self.context.late_to = START;
        }
    }

    #[inline]
    fn advance(&mut self) {
        let sink = &mut self.sink;
        self.operator.advance(&mut self.context, &mut |out, context| sink.take(out, context));
    }

    /// The answer, after the last record.
    fn conclude(&mut self, keys: &Keys) -> Result<Concluded, JobError> {
        self.end();
        if let Some(failure) = self.context.failure() {
            return Err(failure.clone());
        }
        let (table, firings) = self.sink.finish(keys);
        let counts =
            Counts { records: self.context.record, firings: self.sink.emitted(), ..self.context.counts };
        let rejected = self.context.take_rejected();
        Ok(Concluded { table, firings, late: self.context.late_table(), rejected, counts })
    }

    /// Whatever the flavour does when no more records come.
    fn end(&mut self) {
        if self.is_open {
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

impl<R: Copy, O: Operator<R>, S: Sink<O::Out>> Job<R> for Running<R, O, S> {
    /// A job that answers with a table decides nothing.
    fn push(&mut self, record: &R) -> u32 {
        self.take(*record);
        0
    }

    fn push_all(&mut self, records: &[R], _: &mut Vec<u32>) {
        for record in records {
            self.take(*record);
        }
    }

    fn batching(&self) -> Batching {
        match self.flavour {
            _ if self.moves_per_record => Batching::None,
            Flavour::PerRecord { .. } => Batching::Edges,
            Flavour::PerTrigger { .. } => Batching::Micro,
        }
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {
        self.move_on();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.conclude(keys).map(Some)
    }
}
