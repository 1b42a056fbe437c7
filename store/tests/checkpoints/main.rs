//! The store of checkpoints: one suite for all backends, faults, damage, refusals and real kills.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included: a panic is a failure")]

mod common;
mod conformance;
mod crash;
mod damage;
mod driver;
mod faults;
mod refusals;
