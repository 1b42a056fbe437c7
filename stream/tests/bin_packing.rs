//! Differential: each job decides as a naive scan that is a transcript of the rule's definition.

use datasets::Item;
use proptest::prelude::*;
use stream::{
    Deciding, Job, Version,
    jobs::bin_packing::{AlmostWorstFit, BestFit, FirstFit, Harmonic, NextFit, RefinedHarmonic, WorstFit},
};

/// Packs by scanning: `choose` gets the residual capacities in opening order and the size.
fn naive(capacity: u64, sizes: &[u64], choose: impl Fn(&[u64], u64) -> Option<usize>) -> Vec<u32> {
    let mut residuals = Vec::new();
    sizes
        .iter()
        .map(|&size| {
            let bin = choose(&residuals, size).unwrap_or_else(|| {
                residuals.push(capacity);
                residuals.len() - 1
            });
            residuals[bin] -= size;
            bin as u32
        })
        .collect()
}

fn run(job: &mut dyn Version<Item>, sizes: &[u64]) -> Vec<u32> {
    let items: Vec<Item> = sizes.iter().map(|&size| Item { size }).collect();
    let mut decisions = Vec::new();
    for chunk in items.chunks(7) {
        job.push_chunk(chunk, &mut decisions);
    }
    decisions
}

fn next_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let last = residuals.len().checked_sub(1)?;
    (residuals[last] >= size).then_some(last)
}

fn first_fit(residuals: &[u64], size: u64) -> Option<usize> {
    residuals.iter().position(|&residual| residual >= size)
}

fn best_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let fitting = residuals.iter().enumerate().filter(|&(_, &residual)| residual >= size);
    fitting.min_by_key(|&(bin, &residual)| (residual, bin)).map(|(bin, _)| bin)
}

/// Bins from the emptiest to the fullest, the earlier opened first among equals.
fn emptiest_first(residuals: &[u64]) -> Vec<usize> {
    let mut bins: Vec<usize> = (0..residuals.len()).collect();
    bins.sort_by_key(|&bin| (std::cmp::Reverse(residuals[bin]), bin));
    bins
}

fn worst_fit(residuals: &[u64], size: u64) -> Option<usize> {
    emptiest_first(residuals).into_iter().take(1).find(|&bin| residuals[bin] >= size)
}

fn almost_worst_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let bins = emptiest_first(residuals);
    let fits = |bin: &&usize| residuals[**bin] >= size;
    bins.get(1).filter(fits).or(bins.first().filter(fits)).copied()
}

/// Harmonic, by its definition with fractions compared by cross-multiplication.
fn naive_harmonic(capacity: u64, k: u64, sizes: &[u64]) -> Vec<u32> {
    let class_of =
        |size: u64| (1..k).find(|j| size * (j + 1) > capacity && size * j <= capacity).unwrap_or(k);
    // For each bin: its class, its residual capacity, its number of items.
    let mut bins: Vec<(u64, u64, u64)> = Vec::new();
    sizes
        .iter()
        .map(|&size| {
            let class = class_of(size);
            let open = bins.iter().rposition(|&(c, ..)| c == class);
            let takes = |&bin: &usize| if class < k { bins[bin].2 < class } else { bins[bin].1 >= size };
            let bin = open.filter(takes).unwrap_or_else(|| {
                bins.push((class, capacity, 0));
                bins.len() - 1
            });
            bins[bin].1 -= size;
            bins[bin].2 += 1;
            bin as u32
        })
        .collect()
}

/// Capacities small and large (above 2¹⁶ the sparse index serves), sizes with many ties, zeros and full bins.
fn instances() -> impl Strategy<Value = (u64, Vec<u64>)> {
    prop_oneof![
        Just(1_u64),
        2..30_u64,
        64..70_u64,
        Just(10_000),
        Just(1 << 20),
        Just((1 << 20) + 1),
        Just(1 << 50)
    ]
    .prop_flat_map(|capacity| {
        let size = prop_oneof![
            0..=capacity,
            Just(0),
            Just(capacity),
            Just(capacity / 2),
            Just(capacity / 3),
            Just(capacity / 3 + 1).prop_map(move |s| s.min(capacity)),
            0..=capacity / 4,
        ];
        (Just(capacity), prop::collection::vec(size, 0..150))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_rule_decides_as_its_definition((capacity, sizes) in instances()) {
        let check = |job: &mut dyn Version<Item>, choose: fn(&[u64], u64) -> Option<usize>| {
            prop_assert_eq!(run(job, &sizes), naive(capacity, &sizes, choose));
            Ok(())
        };
        check(&mut Deciding(NextFit::new(capacity)), next_fit)?;
        check(&mut Deciding(FirstFit::new(capacity)), first_fit)?;
        check(&mut Deciding(BestFit::new(capacity)), best_fit)?;
        check(&mut Deciding(WorstFit::new(capacity)), worst_fit)?;
        check(&mut Deciding(AlmostWorstFit::new(capacity)), almost_worst_fit)?;
        for k in [1, 2, 3, 7] {
            let expected = naive_harmonic(capacity, u64::from(k), &sizes);
            prop_assert_eq!(run(&mut Deciding(Harmonic::new(capacity, k)), &sizes), expected, "k = {}", k);
        }
    }

    #[test]
    fn refined_harmonic_packs_soundly_and_like_a_harmonic_rule((capacity, sizes) in instances()) {
        let bins = run(&mut Deciding(RefinedHarmonic::new(capacity)), &sizes);
        let mut loads = vec![0; sizes.len()];
        for (&bin, size) in bins.iter().zip(&sizes) {
            loads[bin as usize] += size;
        }
        prop_assert!(loads.iter().all(|&load| load <= capacity), "{:?}", loads);
        // Halves and thirds apart, it is harmonic(20).
        let (half, third) = (u128::from(capacity) * 59 / 96, u128::from(capacity) * 37 / 96);
        let plain: Vec<u64> = sizes.iter().copied().filter(|&size| {
            let size = u128::from(size);
            let is_half = size * 2 > u128::from(capacity) && size <= half;
            let is_third = size * 3 > u128::from(capacity) && size * 2 <= u128::from(capacity) && size <= third;
            !is_half && !is_third
        }).collect();
        let alone = run(&mut Deciding(RefinedHarmonic::new(capacity)), &plain);
        prop_assert_eq!(alone, run(&mut Deciding(Harmonic::new(capacity, 20)), &plain));
    }

    #[test]
    fn one_by_one_and_by_chunk_are_the_same((capacity, sizes) in instances()) {
        let mut job = BestFit::new(capacity);
        let single: Vec<u32> = sizes.iter().map(|&size| job.push(&Item { size })).collect();
        prop_assert_eq!(single, run(&mut Deciding(BestFit::new(capacity)), &sizes));
    }
}

#[test]
fn the_rules_differ_where_their_definitions_do() {
    // Loads 6, 7, 5 of 10, then 3: first fit takes bin 0, best fit bin 1, worst fit bin 2, almost worst bin 0.
    let sizes = [6, 7, 5, 3];
    let last = |mut job: Box<dyn Version<Item>>| run(&mut *job, &sizes)[3];
    assert_eq!(last(Box::new(Deciding(NextFit::new(10)))), 2);
    assert_eq!(last(Box::new(Deciding(FirstFit::new(10)))), 0);
    assert_eq!(last(Box::new(Deciding(BestFit::new(10)))), 1);
    assert_eq!(last(Box::new(Deciding(WorstFit::new(10)))), 2);
    assert_eq!(last(Box::new(Deciding(AlmostWorstFit::new(10)))), 0);
}
