//! The pictures: what each shows, how to read it, and what to beware of.
//!
//! Stable is amber and dashed, the candidate blue and solid, everywhere.

mod arrival;
mod bars;
mod canvas;
mod curve;
mod intervals;
mod labels;
mod latency;
mod lives;
mod orders;
mod over_time;
mod profile;
mod runs;
mod sweep;
mod ticks;
mod timeline;
mod waits;

pub(crate) use arrival::arrival;
pub(crate) use bars::{differing_rows, records_left_out};
pub(crate) use curve::curve;
pub(crate) use intervals::intervals;
pub(crate) use latency::latency;
pub(crate) use lives::lives;
pub(crate) use orders::orders;
pub(crate) use over_time::over_time;
pub(crate) use profile::profile;
pub(crate) use runs::over_runs;
pub(crate) use sweep::{ratio_by_waiting, rows_by_waiting};
pub(crate) use ticks::round_ticks;
pub(crate) use timeline::timeline;
