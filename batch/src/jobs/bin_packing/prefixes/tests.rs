use super::super::exact::{optimum, random_instance};
use super::super::{Effort, reference};
use super::*;
use datasets::SplitMix64;

fn items(sizes: impl IntoIterator<Item = u64>) -> Vec<Item> {
    sizes.into_iter().map(|size| Item { size }).collect()
}

fn whole(items: &[Item], capacity: u64) -> Bounds {
    let found = reference(items, capacity, Effort::default());
    (found.lower.value, found.upper.value)
}

fn all_prefixes(items: &[Item]) -> Vec<usize> {
    (1..=items.len()).collect()
}

/// A random order of the items of a random instance, some of size 0 among them.
fn random_items(random: &mut SplitMix64, most: u64) -> (u64, Vec<Item>) {
    let instance = random_instance(random, most);
    let copies = |class: &super::super::sorted::Class| std::iter::repeat_n(class.size, class.count as usize);
    let mut sizes: Vec<u64> = instance.classes.iter().flat_map(copies).collect();
    sizes.extend(std::iter::repeat_n(0, random.uniform(0, 1) as usize));
    random.shuffle(&mut sizes);
    (instance.capacity, items(sizes))
}

#[test]
fn the_optimum_of_every_prefix_is_between_its_bounds() {
    let mut random = SplitMix64::new(51);
    let (mut exact, mut seen) = (0, 0);
    for round in 0..1000 {
        let (capacity, items) = random_items(&mut random, 9);
        let prefixes = all_prefixes(&items);
        let bounds = at_prefixes(&items, capacity, &prefixes, whole(&items, capacity));
        for (&prefix, (lower, upper)) in prefixes.iter().zip(bounds) {
            let classes = Census::new(&items[..prefix], capacity);
            let mut growing = Growing::new(&classes);
            growing.grow_to(prefix);
            let best = optimum(&growing.no_larger()).max(1);
            assert!(
                lower <= best && best <= upper,
                "round {round}, {prefix} of {items:?}: {lower} {best} {upper}"
            );
            seen += 1;
            exact += u32::from(lower == upper);
        }
    }
    // So few items are nearly always settled.
    assert!(exact * 100 >= seen * 99, "{exact} of {seen}");
}

#[test]
fn no_bound_is_looser_than_counts_of_the_prefix_alone_give() {
    let mut random = SplitMix64::new(52);
    for (low, high, capacity) in
        [(1, 100, 100), (20, 100, 150), (250, 490, 1000), (1 << 60, 1 << 62, 1 << 63)]
    {
        let items = items((0..400).map(|_| random.uniform(low, high)));
        let prefixes: Vec<usize> = (1..=20).map(|point| 20 * point).collect();
        let found = reference(&items, capacity, Effort::Full { work: 1_000_000 });
        let whole = (found.lower.value, found.upper.value);
        let bounds = at_prefixes(&items, capacity, &prefixes, whole);
        assert!(bounds.is_sorted_by(|left, right| left.0 <= right.0 && left.1 <= right.1), "{bounds:?}");
        for (&prefix, &(lower, upper)) in prefixes.iter().zip(&bounds) {
            let quick = reference(&items[..prefix], capacity, Effort::Quick);
            let least = quick.lower.value.min(whole.0);
            assert!(least <= lower && upper <= quick.upper.value, "{prefix}: {lower} {upper}, {quick:?}");
        }
        assert_eq!(bounds, at_prefixes(&items, capacity, &prefixes, whole));
    }
}

#[test]
fn bounds_hold_where_sizes_are_taken_together() {
    let mut random = SplitMix64::new(53);
    let mut sizes: Vec<u64> = (0..90_000).map(|_| random.uniform(1, 1 << 61)).collect();
    // Each size has its complement, so that half as many bins suffice for all, and no fewer do.
    sizes.extend((0..90_000).map(|at| (1 << 62) - sizes[at]).collect::<Vec<_>>());
    random.shuffle(&mut sizes);
    let items = items(sizes);
    assert!(!Census::new(&items, 1 << 62).is_exact);
    let prefixes: Vec<usize> = (1..=10).map(|point| 18_000 * point).collect();
    let bounds = at_prefixes(&items, 1 << 62, &prefixes, (1, u64::MAX));
    let by_counts = quick(&Census::new(&items, 1 << 62), &prefixes)[9];
    assert!(
        by_counts.0 <= 90_000 && 90_000 <= by_counts.1 && by_counts.1 - by_counts.0 < 90,
        "{by_counts:?}"
    );
    for (&prefix, (lower, upper)) in prefixes.iter().zip(bounds) {
        let exact = reference(&items[..prefix], 1 << 62, Effort::Quick);
        let (least, most) = (exact.lower.value, exact.upper.value);
        assert!(lower <= most && least <= upper, "{prefix}: {lower} {upper}, {least} {most}");
        assert!(prefix == items.len() || upper <= most + most / 1000, "{prefix}: {upper}, {most}");
    }
}

#[test]
fn bounds_that_are_known_tighten_each_other() {
    let mut bounds = [(3, 5), (2, 4), (4, 9), (4, 7)];
    tighten(&mut bounds);
    assert_eq!(bounds, [(3, 4), (3, 4), (4, 7), (4, 7)]);
}

#[test]
fn no_items_and_items_of_size_zero() {
    assert_eq!(at_prefixes(&[], 10, &[], (0, 0)), []);
    assert_eq!(at_prefixes(&items([0, 0, 7]), 10, &[1, 2, 3], (1, 1)), [(1, 1); 3]);
}
