//! Windowed aggregation against a naive oracle, against hand-computed cases, and against the batch answer.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included: a panic is a failure")]

mod ahead;
mod by_hand;
mod common;
mod edges;
mod limits;
mod oracle;
mod properties;
mod saving;
