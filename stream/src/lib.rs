//! The streaming jobs: each sees one record at a time and decides before it sees the next.
//!
//! A job author implements [`Job`] for the problem's record type. The feed sees a [`Version`]: one virtual call
//! a chunk, and the loop inside it is compiled for the job. This crate knows nothing of the batch side, and it
//! reads no clock.

mod concluded;
pub mod jobs;
pub mod operators;
mod runtime;
mod settling;
mod trigger;
pub mod windows;

pub use concluded::{Concluded, Counts, JobError, Superseded};
pub use runtime::{Context, Flavour, Late, Operator, Running, Sink, Source, Then, WatermarkPolicy};
pub use settling::Settling;
pub use trigger::Trigger;

use datasets::{Keys, Table};

/// A streaming job over records of type `R`, as its author writes it.
pub trait Job<R> {
    /// Takes the decision for `record`; it can't be changed later. For a packing: the number of the bin.
    fn push(&mut self, record: &R) -> u32;

    /// Takes the decisions for `records` one by one and appends them; the loop is compiled for the job. A job that wraps
    /// another, or decides nothing record by record, has a reason to write its own.
    fn push_all(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        decisions.extend(records.iter().map(|record| self.push(record)));
    }

    /// See [`Version::batching`].
    fn batching(&self) -> Batching {
        Batching::None
    }

    /// See [`Version::end_batch`].
    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        let _ = decisions;
    }

    /// See [`Version::tick`].
    fn tick(&mut self) {}

    /// See [`Version::finish`].
    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        let _ = keys;
        Ok(None)
    }

    /// See [`Version::save`].
    fn save(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// See [`Version::changes`].
    fn changes(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// See [`Version::restore`].
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        let _ = bytes;
        Err("this job can't be restored: it keeps no state".to_owned())
    }

    /// See [`Version::apply`].
    fn apply(&mut self, bytes: &[u8]) -> Result<(), String> {
        let _ = bytes;
        Err("this job can't be restored: it keeps no state".to_owned())
    }

    /// See [`Version::take_output`].
    fn take_output(&mut self) -> Option<Table> {
        None
    }
}

/// What a job wants to know of micro-batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// Nothing: it acts on each record.
    None,
    /// It acts on each record, and something more happens at the end of a batch: event time moves.
    Edges,
    /// It acts on whole batches: a record waits until its batch is complete.
    Micro,
}

/// A streaming job as the feed sees it.
pub trait Version<R>: Send {
    /// Feeds `records` one by one. A job that decides appends one decision for each to `decisions`, at once or at the
    /// end of their batch.
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>);

    /// What it wants to know of micro-batches.
    fn batching(&self) -> Batching;

    /// All records of a micro-batch have been fed.
    fn end_batch(&mut self, decisions: &mut Vec<u32>);

    /// A trigger in time has come, and no record since the last micro-batch ended. A job may be told of it again and
    /// again: until records come it acts once at most.
    fn tick(&mut self);

    /// All records have been fed: what a job that answers with a table has concluded, `None` from any other.
    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError>;

    /// All that it knows, so that a fresh job of the same settings can go on from here; `None` from a job that can't
    /// be saved. What [`Version::changes`] tells later is told against this.
    fn save(&mut self) -> Option<Vec<u8>>;

    /// What has changed since the last [`Version::save`], [`Version::changes`], [`Version::restore`] or
    /// [`Version::apply`], in time and bytes in proportion to the entries of the state that did. Without any of them
    /// before, all that it knows, as `save` tells it: changes are noted only once somebody has asked.
    fn changes(&mut self) -> Option<Vec<u8>>;

    /// Goes on from what [`Version::save`] gave; the error says what is wrong with `bytes`. After an error the job is
    /// of no more use.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// Goes on from what [`Version::changes`] gave, in a job that was restored and has applied all changes in between:
    /// it is then in the very state of the job that gave them. Changes of another state, in another order, or that were
    /// applied before, are refused with the reason, and then the job is as it was; after any other error it is of no
    /// more use.
    fn apply(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// The rows that were emitted since this was asked last, in the order and with the columns of
    /// [`Concluded::firings`]; `None` from a job that answers only at the end.
    ///
    /// It is for a sink outside that writes epoch by epoch: rows that were taken are no longer the job's. They are in
    /// no later checkpoint, and what [`Version::finish`] concludes is told of the others alone; its
    /// [`Counts::firings`] counts all. So a checkpoint that is taken right after this holds no row twice, and an epoch
    /// that is replayed gives the same rows again.
    fn take_output(&mut self) -> Option<Table>;
}

impl<R, J: Job<R> + Send> Version<R> for J {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.push_all(records, decisions);
    }

    fn batching(&self) -> Batching {
        Job::batching(self)
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        Job::end_batch(self, decisions);
    }

    fn tick(&mut self) {
        Job::tick(self);
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        Job::finish(self, keys)
    }

    fn save(&mut self) -> Option<Vec<u8>> {
        Job::save(self)
    }

    fn changes(&mut self) -> Option<Vec<u8>> {
        Job::changes(self)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        Job::restore(self, bytes)
    }

    fn apply(&mut self, bytes: &[u8]) -> Result<(), String> {
        Job::apply(self, bytes)
    }

    fn take_output(&mut self) -> Option<Table> {
        Job::take_output(self)
    }
}

/// What is proved of a job's cost for any input whatever.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proven {
    /// `cost ≤ asymptotic · OPT + constant`, for some constant.
    pub asymptotic: Option<f64>,
    /// `cost ≤ absolute · OPT`.
    pub absolute: Option<f64>,
    /// The constant of the asymptotic statement, where the proof gives one.
    pub constant: Option<u64>,
    /// Author and year.
    pub source: &'static str,
}
