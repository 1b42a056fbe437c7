//! Windowed aggregation against a naive oracle, against hand-computed cases, and against the batch answer.

#![allow(clippy::unwrap_used, clippy::pedantic, reason = "a failed test says where")]

mod by_hand;
mod common;
mod limits;
mod oracle;
mod properties;
mod saving;
