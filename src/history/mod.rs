//! Earlier runs: finding them, and reading of each what a list, a comparison or a trend shows.
//!
//! They are read leniently. A run of an earlier version of this program has other fields and stays worth a line, so
//! each value is taken from wherever it stood and is missing where it stood nowhere.

mod changes;
mod entry;
mod figures;
mod found;
mod json;
mod stamp;
mod trend;

pub(crate) use changes::changes;
pub(crate) use entry::Entry;
pub(crate) use found::{Found, SUITE, named, runs_in};
pub(crate) use stamp::stamp;
pub(crate) use trend::trend;
