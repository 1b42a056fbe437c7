//! The streaming jobs: each sees one record at a time and decides before it sees the next.
//!
//! A job author implements [`Job`] for the problem's record type. The feed sees a [`Version`]: one virtual call
//! a chunk, and the loop inside it is compiled for the job. This crate knows nothing of the batch side, and it
//! reads no clock.

mod concluded;
pub mod jobs;
pub mod operators;
mod runtime;
pub mod store;
mod trigger;
pub mod windows;

pub use concluded::{Concluded, Counts, JobError};
pub use runtime::{Context, Flavour, Late, Operator, Running, Sink, Source, Then};
pub use trigger::Trigger;

use datasets::Keys;

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

    /// See [`Version::finish`].
    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        let _ = keys;
        Ok(None)
    }

    /// See [`Version::save`].
    fn save(&self) -> Option<Vec<u8>> {
        None
    }

    /// See [`Version::restore`].
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        let _ = bytes;
        Err("this job can't be restored: it keeps no state".to_owned())
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

    /// All records have been fed: what a job that answers with a table has concluded, `None` from any other.
    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError>;

    /// All that it knows, so that a fresh job of the same settings can go on from here; `None` from a job that can't
    /// be saved.
    fn save(&self) -> Option<Vec<u8>>;

    /// Goes on from what [`Version::save`] gave; the error says what is wrong with `bytes`. After an error the job is
    /// of no more use.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String>;
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

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        Job::finish(self, keys)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Job::save(self)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        Job::restore(self, bytes)
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
