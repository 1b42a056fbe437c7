//! The log: what it promises of appends and reads, faults, damage, torn tails and real kills.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included: a panic is a failure")]

mod common;
mod conformance;
mod crash;
mod damage;
mod driver;
mod full;
mod kills;
mod recovery;
mod threads;
