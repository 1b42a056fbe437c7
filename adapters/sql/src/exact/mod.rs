//! Where `DataFusion`'s answer isn't the mathematical one: whole numbers beyond their type are an error and never wrap, sums
//! and averages have all their digits, and floats that are equal are equal to it, too.

mod aggregates;
mod arithmetic;
mod float_sum;
mod ratio;
mod rewrite;
mod total;

pub(crate) use aggregates::{Exact, Goal};
pub(crate) use rewrite::Rewrite;
