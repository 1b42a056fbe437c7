//! Bounds of many prefixes at once, in about the time of a few references.
//!
//! What a reference does with items is done here with counts: of items by class, which grow from prefix to prefix, of
//! bins by room, of items above a threshold. Only where the two ends don't meet then, a packing is searched for.

mod carried;
mod census;
mod decreasing_counts;
mod rooms;
mod searched;

use datasets::Item;

use super::bounds::{load_bound, threshold_bound};
use super::check;
use super::staircases::Staircases;
use census::{Census, Growing};
use decreasing_counts::{best_fit_bins, first_fit_bins};
use searched::search_gaps;

/// Prefixes at which first fit decreasing may fail to beat best fit decreasing before it is left out.
const FIRST_FIT_TRIES: usize = 2;

/// A lower and an upper bound.
type Bounds = (u64, u64);

/// Returns the interval that holds the fewest bins of each prefix; `prefixes` are numbers of items, ascending, and
/// `whole` is the interval of all items, as [`reference`](super::reference()) gives it.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn at_prefixes(items: &[Item], capacity: u64, prefixes: &[usize], whole: Bounds) -> Vec<Bounds> {
    check(items, capacity);
    let census = Census::new(items, capacity);
    let mut bounds = quick(&census, prefixes);
    tighten(&mut bounds);
    if has_gap(&bounds) {
        sharpen(&census, prefixes, &mut bounds);
    }
    let by_counts = bounds.last().copied();
    let last = if prefixes.last() == Some(&items.len()) { bounds.len() - 1 } else { bounds.len() };
    bounds[last..].fill(whole);
    tighten(&mut bounds);
    // Where sizes are taken together, a search would see other items; and there are too many for it.
    if has_gap(&bounds) && census.is_exact {
        let solved = if whole.0 < whole.1 { None } else { by_counts };
        search_gaps(&census, prefixes, &mut bounds, solved);
        tighten(&mut bounds);
    }
    // No more is said of all items than their reference says.
    bounds[last..].fill(whole);
    for (lower, _) in &mut bounds {
        *lower = whole.0.min(*lower);
    }
    bounds
}

fn has_gap(bounds: &[Bounds]) -> bool {
    bounds.iter().any(|(lower, upper)| lower < upper)
}

/// L1, L2 and best fit decreasing.
fn quick(census: &Census, prefixes: &[usize]) -> Vec<Bounds> {
    let mut growing = Growing::new(census);
    let at = |&prefix: &usize| {
        growing.grow_to(prefix);
        // Items of size 0 need a bin if nothing else does.
        let some = u64::from(prefix > 0);
        let smaller = growing.no_larger();
        let lower = load_bound(&smaller).max(threshold_bound(&smaller)).max(some);
        let bins =
            if census.is_exact { best_fit_bins(&smaller) } else { best_fit_bins(&growing.no_smaller()) };
        (lower, bins.max(some))
    };
    prefixes.iter().map(at).collect()
}

/// Dual feasible functions and first fit decreasing, where there is a gap.
fn sharpen(census: &Census, prefixes: &[usize], bounds: &mut [Bounds]) {
    let staircases = Staircases::new(&census.smallest, census.capacity);
    let mut growing = Growing::new(census);
    let mut tries = FIRST_FIT_TRIES;
    for ((lower, upper), &prefix) in bounds.iter_mut().zip(prefixes) {
        growing.grow_to(prefix);
        if lower < upper {
            *lower = staircases.bound(&growing.cumulative()).max(*lower);
        }
        if lower < upper && tries > 0 {
            let bins = first_fit_bins(&growing.no_smaller());
            tries -= usize::from(bins >= *upper);
            *upper = bins.min(*upper);
        }
    }
}

/// The optimum never falls when items are added, so a shorter prefix's lower bound holds for the longer ones, and
/// a longer prefix's upper bound for the shorter ones.
fn tighten(bounds: &mut [Bounds]) {
    let mut best = 0;
    for (lower, _) in bounds.iter_mut() {
        best = best.max(*lower);
        *lower = best;
    }
    let mut best = u64::MAX;
    for (_, upper) in bounds.iter_mut().rev() {
        best = best.min(*upper);
        *upper = best;
    }
}

#[cfg(test)]
mod tests;
