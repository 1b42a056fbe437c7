//! The comparisons of times: stable and the candidate in fresh processes, one replicate after another.

mod child;
mod comparison;
pub mod machine;
mod processes;
mod run;
mod throughput;
mod whole;

pub use child::{Replicate, Replicated};
pub use processes::{BAD_INPUT, COMMAND, ReplicateSpec, ReplicateTimes, WholeTimes};

pub(crate) use comparison::comparison;
pub(crate) use throughput::throughput;
