//! The open bins, by residual capacity: the tightest that fits, the emptiest, the earliest opened among equals.

use std::collections::BTreeSet;

use super::dense::Dense;

/// Up to this capacity every residual capacity has a list of its own (some 50 bytes each); above it a tree serves.
const DENSE_CAPACITY: u64 = 1 << 16;

/// A set of (residual capacity, bin) pairs.
#[derive(Debug, Clone)]
pub(super) enum Residuals {
    /// A bit for each residual capacity.
    Dense(Dense),
    /// For capacities too large for that.
    Sparse(BTreeSet<(u64, u32)>),
}

impl Residuals {
    pub(super) fn new(capacity: u64) -> Self {
        if capacity <= DENSE_CAPACITY {
            Self::Dense(Dense::new(capacity as usize))
        } else {
            Self::Sparse(BTreeSet::new())
        }
    }

    /// Adds a bin.
    #[inline]
    pub(super) fn insert(&mut self, residual: u64, bin: u32) {
        match self {
            Self::Dense(dense) => dense.insert(residual as usize, bin),
            Self::Sparse(set) => {
                set.insert((residual, bin));
            }
        }
    }

    /// Takes out the fullest bin with a residual capacity of at least `size`, the earliest opened on ties.
    #[inline]
    pub(super) fn take_tightest(&mut self, size: u64) -> Option<(u64, u32)> {
        match self {
            Self::Dense(dense) => {
                dense.take_tightest(size as usize).map(|(residual, bin)| (residual as u64, bin))
            }
            Self::Sparse(set) => {
                let found = *set.range((size, 0)..).next()?;
                set.remove(&found);
                Some(found)
            }
        }
    }

    /// The largest residual capacity.
    pub(super) fn largest(&self) -> Option<u64> {
        match self {
            Self::Dense(dense) => dense.largest().map(|residual| residual as u64),
            Self::Sparse(set) => set.last().map(|&(residual, _)| residual),
        }
    }

    /// Takes out the earliest opened bin with this residual capacity.
    pub(super) fn take(&mut self, residual: u64) -> Option<(u64, u32)> {
        self.take_tightest(residual).inspect(|taken| debug_assert_eq!(taken.0, residual))
    }
}
