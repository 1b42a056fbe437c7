//! Windows by key over event time: how records are assigned to them, their state, and what they give.
//!
//! [`Aligned`] holds tumbling and sliding windows, [`Sessions`] those that the records' own times make. Each is an [`Operator`](crate::Operator) that takes
//! [`Measured`] records and gives [`Firing`]s, which [`Firings`] gathers into the answer.

mod aggregate;
mod aligned;
mod changes;
mod firings;
mod key_index;
mod key_sessions;
mod key_table;
mod kinds;
mod open;
mod output_mode;
mod panes;
mod sessions;
mod spans;

pub use aggregate::{Firing, Measured};
pub use aligned::Aligned;
pub use firings::Firings;
pub use kinds::{Ms, Windows};
pub use output_mode::{OutputMode, Superseding};
pub(crate) use panes::Panes;
pub use sessions::Sessions;

/// Why a record is refused whose windows begin or end beyond what a time can be.
const OUT_OF_RANGE: &str = "event time out of range";
