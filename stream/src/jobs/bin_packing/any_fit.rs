//! Best, worst and almost worst fit: the choice among the open bins goes by residual capacity.

use datasets::Item;

use super::{proven, residuals::Residuals};
use crate::{Job, Proven};

/// The open bins by residual capacity, and how many there are.
#[derive(Debug, Clone)]
struct Bins {
    capacity: u64,
    opened: u32,
    residuals: Residuals,
}

impl Bins {
    fn new(capacity: u64) -> Self {
        Self { capacity, opened: 0, residuals: Residuals::new(capacity) }
    }

    /// Puts `item` into the bin that was taken out with this residual capacity, or into a new one.
    #[inline]
    fn place(&mut self, item: Item, taken: Option<(u64, u32)>) -> u32 {
        let (residual, bin) = taken.unwrap_or_else(|| {
            self.opened += 1;
            (self.capacity, self.opened - 1)
        });
        self.residuals.insert(residual - item.size, bin);
        bin
    }
}

/// Best fit: the fullest bin that fits, the earliest opened on ties.
#[derive(Debug, Clone)]
pub struct BestFit(Bins);

impl BestFit {
    /// `BF ≤ ⌊1.7 OPT⌋`.
    pub const PROVEN: Proven =
        proven(1.7, Some(1.7), "Johnson, Demers, Ullman, Garey & Graham 1974; absolute: Dósa & Sgall 2014");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        Self(Bins::new(capacity))
    }
}

impl Job<Item> for BestFit {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        let taken = self.0.residuals.take_tightest(item.size);
        self.0.place(*item, taken)
    }
}

/// Worst fit: the emptiest open bin if it fits, the earliest opened on ties.
#[derive(Debug, Clone)]
pub struct WorstFit(Bins);

impl WorstFit {
    /// `WF ≤ 2 OPT`.
    pub const PROVEN: Proven = proven(2.0, Some(2.0), "Johnson 1974");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        Self(Bins::new(capacity))
    }
}

impl Job<Item> for WorstFit {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        let taken = match self.0.residuals.largest() {
            Some(residual) if residual >= item.size => self.0.residuals.take(residual),
            _ => None,
        };
        self.0.place(*item, taken)
    }
}

/// Almost worst fit: the second emptiest bin if it fits, else the emptiest, else a new one.
///
/// Of two equally empty bins the earlier opened counts as the emptier.
#[derive(Debug, Clone)]
pub struct AlmostWorstFit(Bins);

impl AlmostWorstFit {
    /// Like any rule that avoids the emptiest bin where it can.
    pub const PROVEN: Proven = proven(1.7, None, "Johnson 1974");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        Self(Bins::new(capacity))
    }
}

impl Job<Item> for AlmostWorstFit {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        let residuals = &mut self.0.residuals;
        let fits = |residual: &u64| *residual >= item.size;
        let emptiest = residuals.largest().filter(fits).and_then(|residual| residuals.take(residual));
        let Some((residual, bin)) = emptiest else { return self.0.place(*item, None) };
        match residuals.largest().filter(fits).and_then(|second| residuals.take(second)) {
            Some(second) => {
                residuals.insert(residual, bin);
                self.0.place(*item, Some(second))
            }
            None => self.0.place(*item, Some((residual, bin))),
        }
    }
}
