//! The operators against naive transcripts of their definitions, in both flavours, for any batches, restarted anywhere.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod aggregates;
mod damage;
mod deduplication;
mod driver;
mod inputs;
mod joins;
mod process;
mod release;
mod stateless;
