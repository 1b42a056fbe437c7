//! Which experiments a suite is of: where they are found, what they are called, which of them are chosen.

mod filter;
mod find;
mod glob;
mod names;
mod shard;

pub(crate) use filter::{Filter, Seen};
pub(crate) use find::{find, is_several, listed};
pub(crate) use names::unique;
pub(crate) use shard::Shard;
