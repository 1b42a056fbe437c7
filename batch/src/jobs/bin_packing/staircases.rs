//! Dual feasible functions as staircases: a sum over all items is one over the steps, however many items there are.

use super::dual_feasible::{balanced_steps, candidates};
use super::sorted::Instance;

/// The largest parameter of the family of Fekete & Schepers.
const MOST_DIVISOR: u64 = 100;
/// Steps of all staircases; they are read once for each prefix that is in doubt.
const MOST_STEPS: usize = 30_000;

/// Functions whose bounds [`dual_feasible`](super::dual_feasible()) takes, for the sizes of one census. They are
/// dual feasible whatever the sizes, so those that suit all items bound each prefix too.
pub(super) struct Staircases {
    /// Holds the number of classes that are on a step or above it, and how high the step is.
    steps: Vec<(u32, u64)>,
    /// Where the steps of each function end, and its value for the capacity.
    functions: Vec<(usize, u64)>,
}

impl Staircases {
    /// Returns the best bound for one instance.
    pub(super) fn bound_of(instance: &Instance) -> u64 {
        let sizes: Vec<u64> = instance.classes.iter().map(|class| class.size).collect();
        let sums = instance.classes.iter().scan(0, |sum, class| {
            *sum += class.count;
            Some(*sum)
        });
        let cumulative: Vec<u32> = std::iter::once(0).chain(sums).collect();
        Self::new(&sizes, instance.capacity).bound(&cumulative)
    }

    /// Takes sizes that descend.
    pub(super) fn new(sizes: &[u64], capacity: u64) -> Self {
        let mut all = Self { steps: Vec::new(), functions: Vec::new() };
        for divisor in 1..=MOST_DIVISOR {
            all.add_multiples(sizes, capacity, divisor);
        }
        for step in candidates(sizes, capacity) {
            // Steps descend, so the staircases get longer.
            if capacity / step > MOST_STEPS.saturating_sub(all.steps.len()) as u64 {
                break;
            }
            all.add_balanced(sizes, capacity, step);
        }
        all
    }

    /// Adds u⁽ᵏ⁾ in units of 1 / k(k+1): a (k+1)-th of the capacity is 1/k, but 1/(k+1) where it is met exactly.
    fn add_multiples(&mut self, sizes: &[u64], capacity: u64, k: u64) {
        for part in 1..=k {
            let scaled = u128::from(capacity) * u128::from(part);
            let (threshold, parts) = (scaled.div_ceil(u128::from(k + 1)) as u64, u128::from(k + 1));
            if scaled % parts == 0 {
                self.step(sizes, threshold, k + 1 - part);
                self.step(sizes, threshold + 1, part);
            } else {
                self.step(sizes, threshold, k + 1);
            }
        }
        self.functions.push((self.steps.len(), k * (k + 1)));
    }

    /// Adds f₁ of Carlier, Clautiaux & Moukrim.
    fn add_balanced(&mut self, sizes: &[u64], capacity: u64, step: u64) {
        let half = capacity / 2;
        let multiples = (1..=half / step).map(|times| times * step);
        let mirrored = multiples.clone().map(|multiple| capacity - multiple + 1);
        let mut thresholds: Vec<u64> = multiples.chain(mirrored).chain([half, half + 1]).collect();
        thresholds.sort_unstable();
        let mut reached = 0;
        for threshold in thresholds {
            let value = balanced_steps(threshold, capacity, step) as u64;
            if value > reached {
                self.step(sizes, threshold, value - reached);
                reached = value;
            }
        }
        self.functions.push((self.steps.len(), capacity / step * 2));
    }

    fn step(&mut self, sizes: &[u64], threshold: u64, rise: u64) {
        let classes = sizes.partition_point(|&size| size >= threshold) as u32;
        if classes > 0 && rise > 0 {
            self.steps.push((classes, rise));
        }
    }

    /// Returns the best bound for a prefix, of which `cumulative[i]` items are of the first `i` classes.
    pub(super) fn bound(&self, cumulative: &[u32]) -> u64 {
        let mut from = 0;
        let bounds = self.functions.iter().map(|&(end, whole)| {
            let steps = &self.steps[std::mem::replace(&mut from, end)..end];
            let rises = steps.iter().map(|&(classes, rise)| u64::from(cumulative[classes as usize]) * rise);
            rises.sum::<u64>().div_ceil(whole)
        });
        bounds.max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::dual_feasible::dual_feasible_bound;
    use super::super::exact::random_instance;
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn they_are_the_functions_that_are_summed_item_by_item() {
        let mut random = SplitMix64::new(8);
        for round in 0..2000 {
            let mut instance = random_instance(&mut random, 40);
            if round % 2 == 1 {
                // Sizes far apart, and the largest capacity that there is.
                instance.capacity = u64::MAX;
                instance.classes.iter_mut().for_each(|class| class.size *= u64::MAX / 60);
            }
            let threshold = super::super::bounds::threshold_bound(&instance);
            let (found, expected) =
                (Staircases::bound_of(&instance), dual_feasible_bound(&instance, 1_000_000));
            assert_eq!(found.max(threshold), expected, "{instance:?}");
        }
    }
}
