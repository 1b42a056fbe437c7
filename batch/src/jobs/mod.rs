//! One file for each problem, named like the streaming job that it judges.

pub mod bin_packing;
pub mod caching;
pub mod deduplicated_totals;
pub mod enrichment_join;
pub mod order_payment_join;
pub mod windowed_aggregation;
