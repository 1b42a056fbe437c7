//! Describes what a streaming job is to its author, to the feed, and to a store.

use datasets::{Keys, Table};

use crate::{Concluded, JobError, Settling};

/// A streaming job over records of type `R` that decides on each record by itself, as its author writes it.
///
/// ```
/// use datasets::Item;
/// use stream::{Deciding, Job, Version};
///
/// /// Packs by turns into two bins.
/// struct ByTurns(u32);
///
/// impl Job<Item> for ByTurns {
///     fn push(&mut self, _: &Item) -> u32 {
///         self.0 += 1;
///         (self.0 - 1) % 2
///     }
/// }
///
/// let mut bins = Vec::new();
/// Deciding(ByTurns(0)).push_chunk(&[4, 1, 3].map(|size| Item { size }), &mut bins);
/// assert_eq!(bins, [0, 1, 0]);
/// ```
pub trait Job<R> {
    /// Takes the decision for `record`; it can't be changed later. For a packing: the number of the bin.
    fn push(&mut self, record: &R) -> u32;
}

/// A streaming job as the feed sees it.
///
/// No method has a default: whoever wraps a version forwards each of them or says why not, and the compiler finds those
/// that were forgotten.
pub trait Version<R>: Send {
    /// Feeds `records` one by one. A job that decides appends one decision for each to `decisions`, at once or at the
    /// end of their batch.
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>);

    /// Tells what it wants to know of micro-batches.
    fn batching(&self) -> Batching;

    /// Learns that all records of a micro-batch have been fed.
    fn end_batch(&mut self, decisions: &mut Vec<u32>);

    /// Learns that a trigger in time has come, and no record since the last micro-batch ended. A job may be told of it
    /// again and again: until records come it acts once at most.
    fn tick(&mut self);

    /// Concludes after the last record: what a job that answers with a table has found, `None` from any other.
    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError>;

    /// Returns its state, to be saved or restored; `None` from a job that can't be.
    fn state(&mut self) -> Option<&mut dyn State>;

    /// Takes the rows that were emitted since this was asked last, in the order and with the columns of
    /// [`Concluded::firings`]; `None` from a job that answers only at the end.
    ///
    /// It is for a sink outside that writes epoch by epoch: rows that were taken are no longer the job's. They are in
    /// no later checkpoint, and what [`Version::finish`] concludes is told of the others alone; its
    /// [`Counts::firings`](crate::Counts::firings) counts all. So a checkpoint that is taken right after this holds no
    /// row twice, and an epoch that is replayed gives the same rows again.
    fn take_output(&mut self) -> Option<Table>;

    /// Takes what is new of the answer since this was asked last, for whoever serves it while the job goes on; `None` from
    /// a job that has no rows to serve: it decides, or it answers only at the end.
    ///
    /// Rows that were emitted are taken, as [`Version::take_output`] takes them: one of the two is asked, not both. The
    /// error is why the job has stopped.
    fn serve(&mut self) -> Result<Option<Update>, JobError>;
}

/// Describes what is new of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Rows in the order in which they came to be, with the answer's columns and perhaps others.
    pub rows: Table,
    /// Says how the answer follows from them.
    pub settling: Settling,
    /// How far event time has come in the job: what ends at or before this is complete. `None` before the first record,
    /// and in a job without a watermark.
    pub complete_to_ms: Option<i64>,
}

/// All that a job knows, so that a fresh job of the same settings can go on from there.
pub trait State {
    /// Returns all that the job knows. What [`State::changes`] tells later is told against this.
    fn save(&mut self) -> Vec<u8>;

    /// Returns what has changed since the last [`State::save`], [`State::changes`], [`State::restore`] or
    /// [`State::apply`], in time and bytes in proportion to the entries of the state that did. Without any of them
    /// before, it is all that the job knows, as `save` tells it: changes are noted only once somebody has asked.
    fn changes(&mut self) -> Vec<u8>;

    /// Goes on from what [`State::save`] gave; the error says what is wrong with `bytes`. After an error the job is
    /// of no more use.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// Goes on from what [`State::changes`] gave, in a job that was restored and has applied all changes in between:
    /// it is then in the very state of the job that gave them. Changes of another state, in another order, or that were
    /// applied before, are refused with the reason, and then the job is as it was; after any other error it is of no
    /// more use.
    fn apply(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// Describes what a job wants to know of micro-batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// Nothing: it acts on each record.
    None,
    /// It acts on each record, and something more happens at the end of a batch: event time moves.
    Edges,
    /// It acts on whole batches: a record waits until its batch is complete.
    Micro,
}

/// A [`Job`] as a [`Version`]: it decides on each record, has nothing to conclude, and keeps no state that can be saved.
#[derive(Debug, Clone)]
pub struct Deciding<J>(pub J);

impl<R, J: Job<R> + Send> Version<R> for Deciding<J> {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        decisions.extend(records.iter().map(|record| self.0.push(record)));
    }

    fn batching(&self) -> Batching {
        Batching::None
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {}

    fn tick(&mut self) {}

    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        Ok(None)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        Ok(None)
    }
}
