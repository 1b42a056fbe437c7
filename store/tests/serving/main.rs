//! The serving store: a plain model with full history, faults at every write, threads that read, damage, refusals and real
//! kills.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included: a panic is a failure")]

mod common;
mod crash;
mod damage;
mod driver;
mod faults;
mod model;
mod readers;
mod refusals;
mod script;
