//! Sizes as small whole numbers, so that a table over all loads stays small.

use super::knapsack::{Choice, Knapsack};
use super::sorted::{Class, Instance};
use super::work::Work;

/// Loads in the table where sizes have to be rounded.
const COARSE: u64 = 4_000;
/// Sizes are taken as they are if the table has no more cells than this, 16 MB.
const MOST_CELLS: u128 = 2_000_000;
/// Capacities up to this are small enough for one exact table.
const MOST_LOADS: u64 = 1_000_000;
/// Prices are rounded down to multiples of 2⁻³⁸, see [`Choice`].
const UNIT: f64 = (1_u64 << 38) as f64;
/// Items that a bin may hold for sums of prices to stay exact, see [`Choice`].
const MOST_ITEMS: u64 = 1 << 15;

/// The sizes of an instance on a scale from 0 to `capacity`.
pub(super) struct Grid {
    pub(super) capacity: usize,
    /// Rounded up: what fits here fits in truth.
    sizes: Vec<usize>,
    /// Says whether nothing was rounded, so that what fits in truth fits here.
    pub(super) is_exact: bool,
    /// Says how many items of each class can lie in one bin.
    most: Vec<u32>,
}

impl Grid {
    /// `None` if a bin may hold too many items for exact sums.
    pub(super) fn new(instance: &Instance) -> Option<Self> {
        let capacity = instance.capacity;
        let cells = u128::from(capacity) * instance.classes.len() as u128;
        let loads = if cells <= MOST_CELLS { capacity } else { capacity.min(COARSE) };
        let scaled = |size: u64| u128::from(size) * u128::from(loads);
        let whole = u128::from(capacity);
        let most = |size: u64, count: u32| u64::from(count).min(capacity / size) as u32;
        let grid = Self {
            capacity: loads as usize,
            sizes: instance.classes.iter().map(|class| scaled(class.size).div_ceil(whole) as usize).collect(),
            is_exact: loads == capacity,
            most: instance.classes.iter().map(|class| most(class.size, class.count)).collect(),
        };
        let items: u64 = grid.most.iter().map(|&most| u64::from(most)).sum();
        (items < MOST_ITEMS).then_some(grid)
    }

    /// Returns how many items of a class alone fit into a bin.
    pub(super) fn copies(&self, class: usize, demand: u32) -> u32 {
        let fit = self.capacity / self.sizes[class];
        demand.min(u32::try_from(fit).unwrap_or(u32::MAX))
    }

    /// The knapsack's view of a class with `demand` items, each worth `price` bins.
    pub(super) fn choice(&self, class: usize, demand: u32, price: f64) -> Choice {
        Choice { size: self.sizes[class], most: demand.min(self.most[class]), value: value(price) }
    }

    /// Returns whether a bin of this value would make a linear program smaller, by more than rounding errors do.
    pub(super) fn improves(value: f64) -> bool {
        value > UNIT * (1.0 + 1e-7)
    }

    /// The bound of Farley (1990): with prices scaled so that no bin is worth more than 1, the items are worth
    /// no more than the bins that hold them. All numbers are whole, so no rounding error can raise it (Held,
    /// Cook & Sewell 2012).
    pub(super) fn bound(demand: &[u32], choices: &[Choice], best: f64) -> u64 {
        let worth =
            choices.iter().zip(demand).map(|(choice, &demand)| choice.value as u128 * u128::from(demand));
        worth.sum::<u128>().div_ceil((best as u128).max(1)) as u64
    }

    /// The bound for the true sizes, with the prices that the rounded ones led to; 0 where the table of loads would
    /// take too long.
    pub(super) fn bound_in_truth(instance: &Instance, prices: &[f64], work: &mut Work) -> u64 {
        if instance.capacity > MOST_LOADS {
            return 0;
        }
        let choice = |class: &Class, &price: &f64| Choice {
            size: class.size as usize,
            most: u64::from(class.count).min(instance.capacity / class.size) as u32,
            value: value(price),
        };
        let choices: Vec<Choice> =
            instance.classes.iter().zip(prices).map(|(class, price)| choice(class, price)).collect();
        let steps = Knapsack::steps(&choices, instance.capacity as usize);
        if steps > work.left() {
            return 0;
        }
        work.spend(steps);
        let demand: Vec<u32> = instance.classes.iter().map(|class| class.count).collect();
        Self::bound(&demand, &choices, Knapsack::best_value(&choices, instance.capacity as usize))
    }
}

/// A price in the knapsack's unit.
fn value(price: f64) -> f64 {
    (price.clamp(0.0, 1.0) * UNIT).floor()
}
