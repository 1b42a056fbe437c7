//! Look-ahead packing against a naive scan: batches sorted by size, largest first, items of one size as they came.

use datasets::{Item, Keys};
use proptest::prelude::*;
use stream::jobs::bin_packing::{BestFit, FirstFit, LookAhead, SortedBestFit, SortedFirstFit};
use stream::{Job, Version};

type Choose = fn(&[u64], u64) -> Option<usize>;

fn first_fit(residuals: &[u64], size: u64) -> Option<usize> {
    residuals.iter().position(|&residual| residual >= size)
}

fn best_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let fitting = residuals.iter().enumerate().filter(|&(_, &residual)| residual >= size);
    fitting.min_by_key(|&(bin, &residual)| (residual, bin)).map(|(bin, _)| bin)
}

/// Packs each batch, in the order of its sizes, into bins that stay open for the next.
fn naive(capacity: u64, sizes: &[u64], batch: usize, choose: Choose) -> Vec<u32> {
    let mut residuals: Vec<u64> = vec![];
    let mut bins = vec![u32::MAX; sizes.len()];
    for start in (0..sizes.len()).step_by(batch) {
        let mut items: Vec<usize> = (start..sizes.len().min(start + batch)).collect();
        items.sort_by_key(|&item| std::cmp::Reverse(sizes[item]));
        for item in items {
            let bin = choose(&residuals, sizes[item]).unwrap_or_else(|| {
                residuals.push(capacity);
                residuals.len() - 1
            });
            residuals[bin] -= sizes[item];
            bins[item] = bin as u32;
        }
    }
    bins
}

fn items(sizes: &[u64]) -> Vec<Item> {
    sizes.iter().map(|&size| Item { size }).collect()
}

/// Feeds batches in chunks of 5.
fn run(mut job: impl Version<Item>, sizes: &[u64], batch: usize) -> Vec<u32> {
    assert!(job.is_batched());
    let mut decisions = vec![];
    for records in items(sizes).chunks(batch) {
        let before = decisions.len();
        records.chunks(5).for_each(|chunk| job.push_chunk(chunk, &mut decisions));
        assert_eq!(decisions.len(), before, "nothing is decided before the batch has ended");
        job.end_batch(&mut decisions);
    }
    assert_eq!(job.finish(&Keys::default()), Ok(None));
    decisions
}

fn alone(mut job: impl Job<Item>, sizes: &[u64]) -> Vec<u32> {
    items(sizes).iter().map(|item| job.push(item)).collect()
}

fn instances() -> impl Strategy<Value = (u64, Vec<u64>)> {
    prop_oneof![1..20_u64, Just(1000), Just(1 << 50), Just(u64::MAX)].prop_flat_map(|capacity| {
        let size = prop_oneof![0..=capacity, 0..=capacity / 3, Just(capacity), Just(0), Just(capacity / 2)];
        (Just(capacity), prop::collection::vec(size, 0..100))
    })
}

proptest! {
    #[test]
    fn a_batch_is_packed_from_its_largest_item_down((capacity, sizes) in instances(), batch in 1..110_usize) {
        let first = run(SortedFirstFit::new(FirstFit::new(capacity)), &sizes, batch);
        prop_assert_eq!(first, naive(capacity, &sizes, batch, first_fit));
        let best = run(SortedBestFit::new(BestFit::new(capacity)), &sizes, batch);
        prop_assert_eq!(best, naive(capacity, &sizes, batch, best_fit));
    }

    #[test]
    fn one_record_a_batch_is_the_rule_itself((capacity, sizes) in instances()) {
        let first = run(LookAhead::new(FirstFit::new(capacity)), &sizes, 1);
        prop_assert_eq!(first, alone(FirstFit::new(capacity), &sizes));
        let best = run(LookAhead::new(BestFit::new(capacity)), &sizes, 1);
        prop_assert_eq!(best, alone(BestFit::new(capacity), &sizes));
    }

    #[test]
    fn one_batch_is_the_decreasing_rule((capacity, sizes) in instances()) {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|&item| std::cmp::Reverse(sizes[item]));
        let decreasing: Vec<u64> = order.iter().map(|&item| sizes[item]).collect();
        let bins = alone(FirstFit::new(capacity), &decreasing);
        let mut expected = vec![0; sizes.len()];
        order.iter().zip(bins).for_each(|(&item, bin)| expected[item] = bin);
        prop_assert_eq!(run(LookAhead::new(FirstFit::new(capacity)), &sizes, 1000), expected);
    }
}

#[test]
fn decisions_come_in_arrival_order() {
    // 2 and 8 share a bin, as do 4 and 6; 7 opens a third. Alone, first fit would need a fourth for the 8.
    let bins = run(LookAhead::new(FirstFit::new(10)), &[4, 2, 7, 6, 8], 5);
    assert_eq!(bins, [2, 0, 1, 2, 0]);
}

#[test]
fn a_batch_that_was_never_ended_is_told_of() {
    let mut job = LookAhead::new(FirstFit::new(10));
    job.push_chunk(&items(&[1, 2]), &mut vec![]);
    let why = job.finish(&Keys::default()).unwrap_err();
    assert_eq!(why.message, "the last micro-batch was never ended, so 2 records are not packed");
}
