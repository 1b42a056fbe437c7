//! The streaming jobs: each sees one record at a time and decides before it sees the next.
//!
//! A job author implements [`Job`] for the problem's record type. The feed sees a [`Version`]: one virtual call
//! a chunk, and the loop inside it is compiled for the job. This crate knows nothing of the batch side, and it
//! reads no clock.

pub mod jobs;

/// A streaming job over records of type `R`, as its author writes it.
pub trait Job<R> {
    /// Takes the decision for `record`; it can't be changed later. For a packing: the number of the bin.
    fn push(&mut self, record: &R) -> u32;

    /// Takes the decisions for `records` one by one and appends them; the loop is compiled for the job. Only a job
    /// that wraps another has a reason to write its own.
    fn push_all(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        decisions.extend(records.iter().map(|record| self.push(record)));
    }
}

/// A streaming job as the feed sees it.
pub trait Version<R>: Send {
    /// Feeds `records` one by one and appends one decision for each to `decisions`.
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>);
}

impl<R, J: Job<R> + Send> Version<R> for J {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.push_all(records, decisions);
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
