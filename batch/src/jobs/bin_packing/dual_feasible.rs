//! Lower bounds from dual feasible functions, which map sizes so that no full bin gets overfull.

use std::cmp::Ordering;

use datasets::Item;

use super::bounds::{at_least_one, threshold_bound};
use super::sorted::Instance;

/// Says how many evaluations of a function the bound may take; a million items of different sizes still get one pass
/// each for the two smallest parameters.
pub(super) const EVALUATIONS: usize = 1_000_000;

/// The best of [`l2`](super::l2) and the bounds of two families of dual feasible functions, in bins.
///
/// A function f is dual feasible if sizes that fit into one bin keep Σ f(size) ≤ f(C); then Σ f / f(C) over all
/// items, rounded up, is a lower bound. The families are u⁽ᵏ⁾ of Fekete & Schepers (2001) and f₁ of Carlier,
/// Clautiaux & Moukrim (2007). Where there are many sizes only the first parameters of each are tried.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn dual_feasible(items: &[Item], capacity: u64) -> u64 {
    at_least_one(items, capacity, |instance| dual_feasible_bound(instance, EVALUATIONS))
}

/// Returns the bound from no more than about this many evaluations of a function.
pub(super) fn dual_feasible_bound(instance: &Instance, evaluations: usize) -> u64 {
    let capacity = instance.capacity;
    let tries = evaluations / 2 / instance.classes.len().max(1);
    let divisors = 1..=tries.min(100) as u64;
    let by_divisor = divisors.map(|k| bound(instance, |size| rounded_multiple(size, capacity, k)));
    let sizes: Vec<u64> = instance.classes.iter().map(|class| class.size).collect();
    let by_step = candidates(&sizes, capacity)
        .into_iter()
        .take(tries)
        .map(|step| bound(instance, |size| balanced_steps(size, capacity, step)));
    by_divisor.chain(by_step).max().unwrap_or(0).max(threshold_bound(instance))
}

/// Returns the steps worth a try, descending: the sizes up to C/2, and the sizes that just don't fit beside a large item.
pub(super) fn candidates(sizes: &[u64], capacity: u64) -> Vec<u64> {
    let mut steps: Vec<u64> = sizes
        .iter()
        .flat_map(|&size| [size, capacity - size + 1])
        .filter(|&step| 0 < step && step <= capacity / 2)
        .collect();
    steps.sort_unstable_by(|left, right| right.cmp(left));
    steps.dedup();
    steps
}

fn bound(instance: &Instance, f: impl Fn(u64) -> u128) -> u64 {
    let total: u128 = instance.classes.iter().map(|class| f(class.size) * u128::from(class.count)).sum();
    total.div_ceil(f(instance.capacity)) as u64
}

/// u⁽ᵏ⁾ of Fekete & Schepers (2001), scaled by k·C: the whole (k+1)-ths in a size, as k-ths; a size that is a
/// whole number of (k+1)-ths stays as it is.
fn rounded_multiple(size: u64, capacity: u64, k: u64) -> u128 {
    let (size, capacity, k) = (u128::from(size), u128::from(capacity), u128::from(k));
    let parts = size * (k + 1);
    if parts % capacity == 0 { size * k } else { parts / capacity * capacity }
}

/// f₁ of Carlier, Clautiaux & Moukrim (2007): small sizes count whole steps, large ones what they leave.
pub(super) fn balanced_steps(size: u64, capacity: u64, step: u64) -> u128 {
    let rest = capacity - size;
    let steps = |room: u64| u128::from(room / step);
    match size.cmp(&rest) {
        Ordering::Less => 2 * steps(size),
        Ordering::Equal => steps(capacity),
        Ordering::Greater => 2 * (steps(capacity) - steps(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ f(size) ≤ f(C) for all multisets of sizes that fit into one bin.
    fn is_dual_feasible(capacity: u64, f: &dyn Fn(u64) -> u128) -> bool {
        // best[load] is the largest Σ f over all multisets with this load.
        let mut best = vec![0; capacity as usize + 1];
        for load in 1..best.len() {
            let added = (1..=load).map(|size| best[load - size] + f(size as u64)).max();
            best[load] = added.expect("a load of at least 1");
        }
        best.iter().all(|&value| value <= f(capacity))
    }

    #[test]
    fn both_families_are_dual_feasible() {
        for capacity in 1..=40 {
            for k in 1..=30 {
                assert!(
                    is_dual_feasible(capacity, &|size| rounded_multiple(size, capacity, k)),
                    "{capacity} {k}"
                );
            }
            for step in 1..=capacity / 2 {
                assert!(
                    is_dual_feasible(capacity, &|size| balanced_steps(size, capacity, step)),
                    "{capacity} {step}"
                );
            }
        }
    }

    #[test]
    fn it_sees_more_than_l2_on_thirds() {
        // No more than two items of 34 fit, which L2 does not see.
        let items = [Item { size: 34 }; 6];
        assert_eq!((super::super::l2(&items, 100), dual_feasible(&items, 100)), (3, 3));
        let items = [Item { size: 34 }; 7];
        assert_eq!((super::super::l2(&items, 100), dual_feasible(&items, 100)), (3, 4));
    }
}
