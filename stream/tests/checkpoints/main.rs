//! Jobs that are saved in part, crash, and are gone on with: as one that ran through, at any point.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    reason = "helpers of tests may fail as tests do, and their inputs are small"
)]

mod harness;
mod jobs;
mod pipelines;
mod refusals;
mod serving;
mod size;
