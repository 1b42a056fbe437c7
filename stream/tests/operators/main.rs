//! The operators against naive transcripts of their definitions, in both flavours, for any batches, restarted anywhere.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    reason = "helpers of tests may fail as tests do, and their inputs are small"
)]

mod aggregates;
mod damage;
mod deduplication;
mod driver;
mod inputs;
mod joins;
mod process;
mod release;
mod stateless;
