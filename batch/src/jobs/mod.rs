//! One file for each problem, named like the streaming job that it judges.

pub mod bin_packing;
