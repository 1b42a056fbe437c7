//! Each online rule against a plain scan of its definition, bin by bin, in every order.

use crate::{
    oracle::{Random, arrivals, pack},
    support::Scratch,
};

const ORDERS: [&str; 4] = ["recorded", "shuffled", "ascending", "descending"];
const RULES: [&str; 10] = [
    "next-fit",
    "first-fit",
    "best-fit",
    "worst-fit",
    "almost-worst-fit",
    "harmonic:1",
    "harmonic:2",
    "harmonic:3",
    "harmonic:7",
    "harmonic:40",
];

/// Returns what the naive `job` decides, by offset in the dataset.
fn expected(job: &str, sizes: &[u64], capacity: u64, order: &str, seed: u64) -> Vec<u64> {
    let offsets = arrivals(sizes, order, seed);
    let arrived: Vec<u64> = offsets.iter().map(|&offset| sizes[offset]).collect();
    let mut bins = vec![0; sizes.len()];
    for (offset, bin) in offsets.into_iter().zip(pack(job, &arrived, capacity)) {
        bins[offset] = bin;
    }
    bins
}

/// Sizes with ties, zeros and full bins among them.
fn random_sizes(seed: u64, records: usize, capacity: u64) -> Vec<u64> {
    let mut random = Random(seed);
    let kinds = [(0, capacity), (0, capacity / 3), (capacity / 4, capacity / 2), (capacity / 2, capacity)];
    let (low, high) = kinds[(seed % 4) as usize];
    (0..records).map(|_| random.between(low, high)).collect()
}

fn check(capacity: u64, records: usize, dataset_seed: u64) {
    check_some(capacity, records, dataset_seed, |_, _| true);
}

/// Every rule in every order that is `wanted`.
fn check_some(capacity: u64, records: usize, dataset_seed: u64, wanted: fn(&str, &str) -> bool) {
    let scratch = Scratch::new();
    let sizes = random_sizes(dataset_seed, records, capacity);
    scratch.freeze("data", &sizes, capacity);
    for (index, job) in RULES.iter().enumerate() {
        for order in ORDERS {
            if !wanted(job, order) {
                continue;
            }
            let (seed, out) = (dataset_seed * 100 + index as u64, format!("{index}-{order}"));
            scratch
                .run(&format!("replay data --job {job} --order {order} --seed {seed} --out {out}"))
                .expect(0);
            let found = scratch.answer(&format!("{out}/answers/answer.csv"));
            let naive = expected(job, &sizes, capacity, order, seed);
            let first = (0..records).find(|&record| found[record] != naive[record]);
            assert_eq!(
                first, None,
                "first record that differs: {job}, {order} {seed}, dataset {dataset_seed}, capacity {capacity}"
            );
        }
    }
}

#[test]
fn small_bins_have_many_ties() {
    check(10, 150, 0);
    check(7, 100, 1);
}

#[test]
fn middling_bins() {
    check(150, 150, 2);
    check(1, 50, 3);
}

#[test]
fn large_bins_have_few_ties() {
    check(30_011, 120, 4);
    check_some(10_000, 1500, 5, |_, order| order == "recorded");
}

#[test]
fn where_a_table_of_residuals_ends() {
    // The rules that look bins up by what is left in them keep a table of every residual up to 2^20, then a tree.
    for capacity in [1 << 20, (1 << 20) + 1] {
        check_some(capacity, 200, 4, |job, order| {
            ["best-fit", "almost-worst-fit"].contains(&job) && order == "shuffled"
        });
    }
}

#[test]
fn sizes_beyond_32_bits() {
    check(9_000_000_000_000, 100, 6);
    check((1 << 40) + 1, 100, 7);
}

#[test]
fn both_answers_of_a_run_are_the_rules_own() {
    for (seed, order) in ORDERS.iter().enumerate() {
        let scratch = Scratch::new();
        let sizes = random_sizes(seed as u64, 60, 100);
        scratch.freeze("data", &sizes, 100);
        for (which, pair) in RULES.chunks(2).enumerate() {
            let jobs = format!("--stable {} --candidate {}", pair[0], pair[1]);
            scratch
                .run(&format!("run --dataset data {jobs} --order {order} --seed {seed} --out {which}"))
                .expect(0);
            for (job, name) in pair.iter().zip(["stable", "candidate"]) {
                let found = scratch.answer(&format!("{which}/answers/{name}.csv"));
                let wanted = expected(job, &sizes, 100, order, seed as u64);
                assert_eq!(found, wanted, "{job} as {name}, {order} {seed}");
            }
        }
    }
}

#[test]
fn first_fit_decreasing_is_first_fit_in_descending_order() {
    // Stable: of equal sizes the earlier goes first, so the bins are known to the record.
    let scratch = Scratch::new();
    scratch.freeze("data", &[3, 7, 3, 5, 5, 2, 7], 10);
    for (job, bins) in [("first-fit", [0, 0, 1, 2, 2, 3, 1]), ("best-fit", [0, 0, 1, 2, 2, 3, 1])] {
        scratch.run(&format!("replay data --job {job} --order descending --out {job}")).expect(0);
        assert_eq!(scratch.answer(&format!("{job}/answers/answer.csv")), bins, "{job}");
    }
}
