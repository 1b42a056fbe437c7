//! Describes what outlives a process: the checkpoints of jobs.
//!
//! Nothing here knows what a job is: records go in and come out as bytes.

pub mod checkpoints;
