//! Mutants and equivalents of the jobs that answer with a table: shipped jobs that are fed something else, set
//! otherwise, or whose answer is changed on its way out.

mod answers;
mod common;
mod crashes;
pub(super) mod orders;
pub(super) mod readings;
pub(super) mod sessions;
pub(super) mod totals;
pub(super) mod windows;
mod wrapped;
