//! Describes what outlives a process: the checkpoints of jobs, the log that they read, and the answers that are
//! served.
//!
//! Nothing here knows what a job is: records go in and come out as bytes.

pub mod checkpoints;
mod engine;
mod lock;
pub mod log;
pub mod serving;

/// Describes what an acknowledged write survives: an epoch of checkpoints, an append to a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process at any instant.
    Process,
    /// A power cut too: every file is synced before the write is acknowledged.
    Power,
}
