//! Online bin packing: each item goes into a bin before the next one is seen.
//!
//! Every constructor takes the bins' capacity, which must be above 0; no item may be larger than it. Bins are
//! numbered from 0 in the order in which they are opened. An item of size 0 opens a bin only when the rule at
//! hand has none open.

mod any_fit;
mod dense;
mod first_fit;
mod harmonic;
mod look_ahead;
mod max_tree;
mod next_fit;
mod refined_harmonic;
mod residuals;

pub use any_fit::{AlmostWorstFit, BestFit, WorstFit};
pub use first_fit::FirstFit;
pub use harmonic::Harmonic;
pub use look_ahead::{LookAhead, SortedBestFit, SortedFirstFit};
pub use next_fit::NextFit;
pub use refined_harmonic::RefinedHarmonic;

use crate::Proven;

/// A proof that gives both ratios, and no separate constant.
const fn proven(asymptotic: f64, absolute: Option<f64>, source: &'static str) -> Proven {
    Proven { asymptotic: Some(asymptotic), absolute, constant: None, source }
}
