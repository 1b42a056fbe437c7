//! The pictures: what each shows, how to read it, and what to beware of.
//!
//! Stable is amber and dashed, the candidate blue and solid, everywhere.

mod bars;
mod canvas;
mod curve;
mod labels;
mod latency;
mod lives;
mod orders;
mod profile;
mod sweep;
mod ticks;
mod waits;

pub(crate) use bars::{differing_rows, records_left_out};
pub(crate) use curve::curve;
pub(crate) use latency::latency;
pub(crate) use lives::lives;
pub(crate) use orders::orders;
pub(crate) use profile::profile;
pub(crate) use sweep::{ratio_by_waiting, rows_by_waiting};
