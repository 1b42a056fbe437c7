//! The streaming jobs: each sees one record at a time and decides before it sees the next.
//!
//! The author of a job that decides record by record implements [`Job`], and [`Deciding`] makes a [`Version`] of it, which
//! is what the feed sees: one virtual call a chunk, and the loop inside it is compiled for the job. This crate knows nothing of the batch side, and it
//! reads no clock.

mod concluded;
pub mod jobs;
pub mod operators;
mod runtime;
mod settling;
mod trigger;
mod version;
pub mod windows;

pub use concluded::{Concluded, Counts, JobError, Superseded};
pub use runtime::{Context, Flavour, Late, Operator, Regime, Running, Sink, Source, Then, WatermarkPolicy};
pub use settling::Settling;
pub use trigger::Trigger;
pub use version::{Batching, Deciding, Job, State, Update, Version};

/// Describes what is proved of a job's cost for any input whatever.
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
