//! Windows by key over event time: how records are assigned to them, their state, and what they give.
//!
//! [`Aligned`] holds tumbling and sliding windows, [`Sessions`] those that the records' own times make. Each is an [`Operator`](crate::Operator) that takes
//! [`Measured`] records and gives [`Firing`]s, which [`Firings`] gathers into the answer.

mod aggregate;
mod aligned;
mod assign;
mod changes;
mod emission;
mod gather;
mod key_index;
mod key_sessions;
mod key_table;
mod open;
mod panes;
mod sessions;
mod spans;

pub use aggregate::{Firing, Measured};
pub use aligned::Aligned;
pub use assign::{Ms, Windows};
pub use emission::{OutputMode, Superseding};
pub use gather::Firings;
pub(crate) use panes::Panes;
pub use sessions::Sessions;

/// Why a record is refused whose windows begin or end beyond what a time can be.
const OUT_OF_RANGE: &str = "event time out of range";
