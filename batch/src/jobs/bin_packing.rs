//! One-dimensional bin packing: the fewest bins of one capacity that hold all items.

mod bounds;
mod columns;
mod completion;
mod decreasing;
mod dive;
mod dual_feasible;
#[cfg(test)]
mod exact;
mod grid;
mod knapsack;
mod max_tree;
mod prefixes;
mod reachable;
mod reduction;
mod search;
mod shelves;
mod simplex;
mod slack;
mod solution;
mod sorted;
mod staircases;
mod work;

use datasets::{Bound, Item, Reference};

pub use bounds::{l1, l2};
pub use decreasing::{best_fit_decreasing, first_fit_decreasing};
pub use dual_feasible::dual_feasible;
pub use prefixes::at_prefixes;

use dual_feasible::EVALUATIONS;
use search::MOST_CLASSES;
use sorted::Sorted;
use staircases::Staircases;
use work::Work;

/// The work of a full reference: a thousand items take well under a second.
pub const DEFAULT_WORK: u64 = 900_000_000;

/// Describes how hard a reference tries. Work is counted in steps, never by a clock, so the answer depends on nothing
/// but the items, their order and the capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Near-linear methods only: first and best fit decreasing, L1, L2 and dual feasible functions.
    Quick,
    /// A search on top, which ends when the optimum is known or the work is spent.
    Full {
        /// The most steps to spend, about a nanosecond each; see [`DEFAULT_WORK`].
        work: u64,
    },
}

impl Default for Effort {
    fn default() -> Self {
        Self::Full { work: DEFAULT_WORK }
    }
}

/// Returns what is known of the fewest bins for these items: an interval, and the packing that is its upper end.
///
/// A search never widens the interval of [`Effort::Quick`]. Of several methods with the same result the simplest is named.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn reference(items: &[Item], capacity: u64, effort: Effort) -> Reference {
    check(items, capacity);
    let sorted = Sorted::new(items);
    let mut reference = quick(&sorted, capacity);
    if let Effort::Full { work } = effort
        && !reference.is_exact()
    {
        improve(&mut reference, &sorted, capacity, work);
    }
    reference
}

fn quick(sorted: &Sorted, capacity: u64) -> Reference {
    let lower = quick_lower(sorted, capacity);
    let packing = decreasing::first_fit(sorted, capacity);
    let upper = Bound { value: decreasing::cost(&packing), by: "first-fit-decreasing" };
    let first = Reference { lower, upper, decisions: packing };
    if first.is_exact() {
        return first;
    }
    let packing = decreasing::best_fit(sorted, capacity);
    let upper = Bound { value: decreasing::cost(&packing), by: "best-fit-decreasing" };
    let mut best =
        if upper.value < first.upper.value { Reference { lower, upper, decisions: packing } } else { first };
    if !best.is_exact() && sorted.classes.len() <= MOST_CLASSES {
        let value = Staircases::bound_of(&sorted.instance(capacity));
        if value > best.lower.value {
            best.lower = Bound { value, by: "dual-feasible-functions" };
        }
    }
    best
}

fn quick_lower(sorted: &Sorted, capacity: u64) -> Bound {
    let instance = sorted.instance(capacity);
    let some = u64::from(!sorted.order.is_empty());
    let mut best = Bound { value: bounds::load_bound(&instance).max(some), by: "l1" };
    let better = [
        (bounds::threshold_bound(&instance), "martello-toth-l2"),
        (dual_feasible::dual_feasible_bound(&instance, EVALUATIONS), "dual-feasible-functions"),
    ];
    for (value, by) in better {
        if value > best.value {
            best = Bound { value, by };
        }
    }
    best
}

fn improve(reference: &mut Reference, sorted: &Sorted, capacity: u64, work: u64) {
    let instance = sorted.instance(capacity);
    let mut work = Work::new(work);
    let found = search::search(&instance, reference.lower.value, reference.upper.value, &mut work);
    let (value, by) = found.lower;
    if value > reference.lower.value {
        reference.lower = Bound { value, by };
    }
    if let Some((solution, by)) = found.packing
        && solution.bins() < reference.upper.value
    {
        reference.upper = Bound { value: solution.bins(), by };
        reference.decisions = solution.packing(sorted);
    }
}

/// The conditions that every function here asks for.
fn check(items: &[Item], capacity: u64) {
    assert!(capacity > 0, "the capacity is 0");
    if let Some(offset) = items.iter().position(|item| item.size > capacity) {
        let size = items[offset].size;
        panic!("item {offset}: size {size} is larger than the capacity {capacity}");
    }
}
