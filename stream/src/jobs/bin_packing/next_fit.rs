//! Next fit: the last opened bin, or a new one.

use datasets::Item;

use super::proven;
use crate::{Job, Proven};

/// Keeps one bin open. The least memory, and the worst guarantee that is still a constant.
#[derive(Debug, Clone)]
pub struct NextFit {
    capacity: u64,
    /// Bins opened so far; the last of them is the open one.
    bins: u32,
    residual: u64,
}

impl NextFit {
    /// `NF ≤ 2 OPT − 1`.
    pub const PROVEN: Proven = proven(2.0, Some(2.0), "Johnson 1973");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        Self { capacity, bins: 0, residual: 0 }
    }
}

impl Job<Item> for NextFit {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        if self.bins == 0 || item.size > self.residual {
            self.bins += 1;
            self.residual = self.capacity;
        }
        self.residual -= item.size;
        self.bins - 1
    }
}
