//! Describes what may be run, and the running of it, without a terminal: the catalogue of problems, experiments, trials
//! and the latency comparison.
//!
//! It writes no run and knows no exit code. What it does is told as [`events`], what ends it early is an [`Error`].

pub mod architecture_sections;
mod architectures;
pub mod attach;
pub mod catalog;
pub mod erased;
pub mod error;
pub mod events;
pub mod execute;
pub mod experiment;
pub mod explain;
pub mod job_section;
mod kappa;
pub mod kept;
mod lambda;
pub mod latency;
pub mod limits;
mod listed;
pub mod log_section;
pub mod own;
pub mod problem;
pub mod recovery_section;
mod serving;
pub mod sinks_section;
pub mod size;
pub mod span;
pub mod topics_section;
mod trial;
pub mod truth;
pub mod view_section;
pub mod whole;

pub use error::Error;
