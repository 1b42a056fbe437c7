//! The jobs, a module for each problem; the batch side of a problem bears the same name.

pub mod bin_packing;
pub mod caching;
pub mod deduplicated_totals;
pub mod enrichment_join;
pub mod order_payment_join;
mod settings;
pub mod windowed_aggregation;

pub use settings::Clock;
