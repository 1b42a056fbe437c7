//! Sizes as small whole numbers, so that a table over all loads stays small.

use super::knapsack::{Choice, Knapsack};
use super::sorted::Instance;

/// Loads in the table where sizes have to be rounded.
const COARSE: u64 = 4_000;
/// Capacities up to this are taken as they are.
const FINE: u64 = 10_000;
/// Prices are rounded down to multiples of 2⁻³⁸, see [`Choice`].
const UNIT: f64 = (1_u64 << 38) as f64;
/// Items that a bin may hold for sums of prices to stay exact, see [`Choice`].
const MOST_ITEMS: u64 = 1 << 15;

/// The sizes of an instance on a scale from 0 to `capacity`.
pub(super) struct Grid {
    pub(super) capacity: usize,
    /// Rounded up: what fits here fits in truth.
    up: Vec<usize>,
    /// Rounded down: what fits in truth fits here.
    down: Vec<usize>,
    /// How many items of each class can lie in one bin.
    most: Vec<u32>,
}

/// Which way sizes are rounded where the grid is coarser than the capacity.
#[derive(Clone, Copy)]
pub(super) enum Rounding {
    /// For bins that are to be used.
    Up,
    /// For bounds on all bins that there are.
    Down,
}

impl Grid {
    /// `None` if a bin may hold too many items for exact sums.
    pub(super) fn new(instance: &Instance) -> Option<Self> {
        let capacity = instance.capacity;
        let loads = if capacity <= FINE { capacity } else { COARSE };
        let scaled = |size: u64| u128::from(size) * u128::from(loads);
        let whole = u128::from(capacity);
        let most = |size: u64, count: u32| u64::from(count).min(capacity / size) as u32;
        let grid = Self {
            capacity: loads as usize,
            up: instance.classes.iter().map(|class| scaled(class.size).div_ceil(whole) as usize).collect(),
            down: instance.classes.iter().map(|class| (scaled(class.size) / whole) as usize).collect(),
            most: instance.classes.iter().map(|class| most(class.size, class.count)).collect(),
        };
        let items: u64 = grid.most.iter().map(|&most| u64::from(most)).sum();
        (items < MOST_ITEMS).then_some(grid)
    }

    /// How many items of a class alone fit into a bin.
    pub(super) fn copies(&self, class: usize, demand: u32) -> u32 {
        let fit = self.capacity / self.up[class];
        demand.min(u32::try_from(fit).unwrap_or(u32::MAX))
    }

    /// The knapsack's view of a class with `demand` items, each worth `price` bins.
    pub(super) fn choice(&self, class: usize, demand: u32, price: f64, rounding: Rounding) -> Choice {
        let size = match rounding {
            Rounding::Up => self.up[class],
            Rounding::Down => self.down[class],
        };
        Choice { size, most: demand.min(self.most[class]), value: (price.clamp(0.0, 1.0) * UNIT).floor() }
    }

    /// Whether a bin of this value would make a linear program smaller, by more than rounding errors do.
    pub(super) fn improves(value: f64) -> bool {
        value > UNIT * (1.0 + 1e-7)
    }

    /// The bound of Farley (1990): with prices scaled so that no bin is worth more than 1, the items are worth
    /// no more than the bins that hold them. All numbers are whole, so no rounding error can raise it (Held,
    /// Cook & Sewell 2012).
    pub(super) fn bound(&self, demand: &[u32], choices: &[Choice], best: f64) -> u64 {
        let worth =
            choices.iter().zip(demand).map(|(choice, &demand)| choice.value as u128 * u128::from(demand));
        worth.sum::<u128>().div_ceil((best as u128).max(1)) as u64
    }

    /// The bound for given prices where sizes were rounded up to find them.
    pub(super) fn safe_bound(&self, demand: &[u32], prices: &[f64]) -> u64 {
        let choices: Vec<Choice> = prices
            .iter()
            .enumerate()
            .map(|(class, &price)| self.choice(class, demand[class], price, Rounding::Down))
            .collect();
        self.bound(demand, &choices, Knapsack::solve(&choices, self.capacity).best())
    }

    /// Whether sizes are what they are, not rounded.
    pub(super) fn is_exact(&self) -> bool {
        self.up == self.down
    }
}
