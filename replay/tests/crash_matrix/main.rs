//! Crashes at every record and at every step of every checkpoint, once and again while recovering, for each job and
//! guarantee: exactly-once gives the same bytes as without a crash, at-least-once loses nothing, at-most-once counts
//! nothing twice, and what went into a state is what it says.
//!
//! `COUNTERPOINT_CRASHES=all` goes over all of them, else over a sample.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod everywhere;
mod fake;
mod jobs;
mod matrix;
mod oracles;
mod other_faults;
mod sinks;
