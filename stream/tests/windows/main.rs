//! Windowed aggregation against a naive oracle, against hand-computed cases, and against the batch answer.

mod by_hand;
mod common;
mod limits;
mod oracle;
mod properties;
mod saving;
