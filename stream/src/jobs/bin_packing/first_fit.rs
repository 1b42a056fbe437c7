//! First fit: the earliest opened bin that fits.

use datasets::Item;

use super::{max_tree::MaxTree, proven};
use crate::{Job, Proven};

/// Finds its bin by descending a tree of maxima over the residual capacities: O(log n) an item.
#[derive(Debug, Clone)]
pub struct FirstFit {
    capacity: u64,
    /// The residual capacity of every bin, in opening order.
    residuals: MaxTree,
}

impl FirstFit {
    /// `FF ≤ ⌊1.7 OPT⌋`.
    pub const PROVEN: Proven = proven(1.7, Some(1.7), "Ullman 1971; absolute: Dósa & Sgall 2013");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        Self { capacity, residuals: MaxTree::default() }
    }
}

impl Job<Item> for FirstFit {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        match self.residuals.first_at_least(item.size) {
            Some((bin, residual)) => {
                self.residuals.lower(bin, residual - item.size);
                bin as u32
            }
            None => self.residuals.push(self.capacity - item.size) as u32,
        }
    }
}
