//! The reference against a solver that tries all packings, and against naive scans.

use batch::bin_packing::{
    DEFAULT_WORK, Effort, best_fit_decreasing, dual_feasible, first_fit_decreasing, l1, l2, reference,
};
use datasets::{Item, Reference};
use proptest::prelude::*;

fn items(sizes: &[u64]) -> Vec<Item> {
    sizes.iter().map(|&size| Item { size }).collect()
}

/// Each item in turn into each bin that is open, and into a new one.
fn optimum(sizes: &[u64], capacity: u64) -> usize {
    fn place(sizes: &[u64], capacity: u64, loads: &mut Vec<u128>, best: &mut usize) {
        let Some((&size, rest)) = sizes.split_first() else {
            *best = loads.len().min(*best);
            return;
        };
        let size = u128::from(size);
        for bin in 0..loads.len() {
            if loads[bin] + size <= u128::from(capacity) {
                loads[bin] += size;
                place(rest, capacity, loads, best);
                loads[bin] -= size;
            }
        }
        loads.push(size);
        place(rest, capacity, loads, best);
        loads.pop();
    }
    let mut best = sizes.len();
    place(sizes, capacity, &mut Vec::new(), &mut best);
    best
}

/// Checks the packing bin by bin and counts the bins.
fn cost(packing: &[u32], sizes: &[u64], capacity: u64) -> usize {
    assert_eq!(packing.len(), sizes.len());
    let count = packing.iter().max().map_or(0, |&last| last as usize + 1);
    let mut loads = vec![None; count];
    for (&bin, &size) in packing.iter().zip(sizes) {
        *loads[bin as usize].get_or_insert(0_u128) += u128::from(size);
    }
    for (bin, load) in loads.iter().enumerate() {
        let load = load.unwrap_or_else(|| panic!("bin {bin} of {count} is never used"));
        assert!(load <= u128::from(capacity), "bin {bin} holds {load}, more than {capacity}");
    }
    count
}

/// By size descending, stable; then `choose` picks among the rooms of the open bins that fit.
fn decreasing(sizes: &[u64], capacity: u64, choose: fn(&[(usize, u64)]) -> usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&left, &right| sizes[right].cmp(&sizes[left]));
    let (mut rooms, mut bins) = (Vec::new(), vec![0; sizes.len()]);
    for item in order {
        let open = rooms.iter().copied().enumerate();
        let fitting: Vec<(usize, u64)> = open.filter(|&(_, room)| room >= sizes[item]).collect();
        let bin = if fitting.is_empty() {
            rooms.push(capacity);
            rooms.len() - 1
        } else {
            choose(&fitting)
        };
        rooms[bin] -= sizes[item];
        bins[item] = bin as u32;
    }
    bins
}

fn earliest(fitting: &[(usize, u64)]) -> usize {
    fitting[0].0
}

fn fullest(fitting: &[(usize, u64)]) -> usize {
    // `min_by_key` keeps the first of equals, which is the earliest bin.
    fitting.iter().min_by_key(|(_, room)| room).expect("a bin fits").0
}

/// Sizes that tie, fill, halve and third a bin more often than chance would have it.
fn size(capacity: u64) -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0..=capacity,
        2 => prop::sample::select(vec![0, capacity, capacity / 2, capacity / 2 + 1, capacity / 3]),
        2 => prop::sample::select(vec![capacity / 3 + 1, capacity / 4, capacity - capacity / 3, 1]),
    ]
    .prop_map(move |size| size.min(capacity))
}

fn capacity() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 1_u64..=40, 2 => 41_u64..=1000, 1 => 10_000_u64..=40_000, 1 => u64::MAX - 3..=u64::MAX]
}

fn instance(most: usize) -> impl Strategy<Value = (u64, Vec<u64>)> {
    capacity()
        .prop_flat_map(move |capacity| (Just(capacity), prop::collection::vec(size(capacity), 0..=most)))
}

fn check_reference(found: &Reference, sizes: &[u64], capacity: u64) {
    assert!(found.lower.value <= found.upper.value, "{found:?}");
    assert_eq!(cost(&found.decisions, sizes, capacity) as u64, found.upper.value, "{}", found.upper.by);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn bounds_and_packings_enclose_the_optimum((capacity, sizes) in instance(8)) {
        let (all, best) = (items(&sizes), optimum(&sizes, capacity) as u64);
        let bounds = [l1(&all, capacity), l2(&all, capacity), dual_feasible(&all, capacity)];
        prop_assert!(bounds.is_sorted(), "{bounds:?}");
        prop_assert!(bounds[2] <= best, "{bounds:?} above {best}");
        let first = cost(&first_fit_decreasing(&all, capacity), &sizes, capacity) as u64;
        let fullest = cost(&best_fit_decreasing(&all, capacity), &sizes, capacity) as u64;
        prop_assert!(best <= first && 9 * first <= 11 * best + 6);
        prop_assert!(best <= fullest && 9 * fullest <= 11 * best + 36);
        for effort in [Effort::Quick, Effort::Full { work: 2000 }, Effort::default()] {
            let found = reference(&all, capacity, effort);
            check_reference(&found, &sizes, capacity);
            prop_assert!(found.lower.value <= best && best <= found.upper.value, "{found:?}, optimum {best}");
            prop_assert!(bounds[2] <= found.lower.value && found.upper.value <= first.min(fullest));
        }
        // So few items are always settled.
        prop_assert!(reference(&all, capacity, Effort::default()).is_exact());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn decreasing_packings_are_those_of_a_naive_scan((capacity, sizes) in instance(300)) {
        let all = items(&sizes);
        prop_assert_eq!(first_fit_decreasing(&all, capacity), decreasing(&sizes, capacity, earliest));
        prop_assert_eq!(best_fit_decreasing(&all, capacity), decreasing(&sizes, capacity, fullest));
    }

    #[test]
    fn a_search_is_never_worse_than_none_and_always_the_same((capacity, sizes) in instance(80)) {
        let all = items(&sizes);
        let quick = reference(&all, capacity, Effort::Quick);
        check_reference(&quick, &sizes, capacity);
        for work in [0, 1000, 100_000, 3_000_000] {
            let found = reference(&all, capacity, Effort::Full { work });
            check_reference(&found, &sizes, capacity);
            prop_assert!(quick.lower.value <= found.lower.value && found.upper.value <= quick.upper.value);
            prop_assert_eq!(&found, &reference(&all, capacity, Effort::Full { work }));
        }
    }
}

#[test]
fn no_items_need_no_bin_and_items_of_size_zero_need_one() {
    for effort in [Effort::Quick, Effort::Full { work: DEFAULT_WORK }] {
        let none = reference(&[], 10, effort);
        assert_eq!((none.lower.value, none.upper.value, none.decisions.len()), (0, 0, 0));
        let zeros = reference(&items(&[0, 0, 0]), 10, effort);
        assert_eq!((zeros.lower.value, zeros.upper.value), (1, 1));
        assert_eq!(zeros.decisions, [0, 0, 0]);
    }
}

#[test]
fn the_simplest_method_is_named() {
    let check = |sizes: &[u64], capacity, lower, upper| {
        let found = reference(&items(sizes), capacity, Effort::default());
        assert_eq!((found.lower.by, found.upper.by), (lower, upper), "{sizes:?}");
    };
    check(&[5, 5], 10, "l1", "first-fit-decreasing");
    check(&[6, 6, 6], 10, "martello-toth-l2", "first-fit-decreasing");
    check(&[34, 34, 34, 34, 34], 100, "dual-feasible-functions", "first-fit-decreasing");
    // First fit decreasing puts the 30 on the 60, best fit on the 65; only then do the 35 and the 40 fit.
    check(&[65, 60, 40, 35], 100, "l1", "first-fit-decreasing");
}

#[test]
#[should_panic(expected = "the capacity is 0")]
fn a_capacity_of_zero_is_refused() {
    reference(&[], 0, Effort::Quick);
}

#[test]
#[should_panic(expected = "item 1: size 11 is larger than the capacity 10")]
fn an_item_above_the_capacity_is_refused() {
    reference(&items(&[10, 11]), 10, Effort::Quick);
}
