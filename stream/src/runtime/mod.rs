//! The runtime that drives a table job: event time, micro-batches, the end of input.
//!
//! A job is declared: a [`Source`] says how event time is told, [`Operator`]s are put in a row, a [`Sink`] gathers what
//! comes out. [`Running`] drives them for the feed, in one of two [`Flavour`]s. All of it is compiled into one loop.

pub(crate) mod array;
mod chain;
pub(crate) mod codec;
mod context;
pub(crate) mod dirty;
mod doubt;
mod moves;
mod operator;
mod running;
mod saving;
mod source;

pub use context::{Context, Late};
pub use operator::{Operator, Then};
pub use running::{Running, Sink};
pub use source::{Flavour, Regime, Source, WatermarkPolicy};
