//! The latency comparison: stable and the candidate in fresh processes, one replicate after another.

mod child;
mod comparison;
pub mod machine;
mod processes;

pub use child::Replicate;
pub use processes::{BAD_INPUT, COMMAND, ReplicateSpec, ReplicateTimes};

pub(crate) use comparison::comparison;
