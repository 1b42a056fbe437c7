//! The jobs, a module for each problem; the batch side of a problem bears the same name.

pub mod bin_packing;
pub mod windowed_aggregation;
