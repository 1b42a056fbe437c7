//! The pictures: what each shows, how to read it, and what to beware of.

mod canvas;
mod curve;
mod fill;
mod latency;
mod orders;
mod ticks;

pub(crate) use curve::curve;
pub(crate) use fill::fill;
pub(crate) use latency::latency;
pub(crate) use orders::orders;

/// The two sides of a comparison. Stable is amber and dashed, the candidate blue and solid, everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Stable,
    Candidate,
}
