//! Time a record: the bare algorithms over a slice, and reading a frozen dataset.
//!
//! `cargo bench --bench throughput`. Sizes are uniform on [1, 10000], the capacity is 10,000.

use std::path::Path;

use datasets::{Frozen, Item, SplitMix64};
use divan::{Bencher, counter::BytesCount, counter::ItemsCount};
use stream::{
    Deciding, Version,
    jobs::bin_packing::{AlmostWorstFit, BestFit, FirstFit, Harmonic, NextFit, RefinedHarmonic, WorstFit},
};

const RECORDS: usize = 1_000_000;
const CAPACITY: u64 = 10_000;

/// A way to make a job.
type Make = fn() -> Box<dyn Version<Item>>;

const JOBS: [(&str, Make); 7] = [
    ("next-fit", || Box::new(Deciding(NextFit::new(CAPACITY)))),
    ("first-fit", || Box::new(Deciding(FirstFit::new(CAPACITY)))),
    ("best-fit", || Box::new(Deciding(BestFit::new(CAPACITY)))),
    ("worst-fit", || Box::new(Deciding(WorstFit::new(CAPACITY)))),
    ("almost-worst-fit", || Box::new(Deciding(AlmostWorstFit::new(CAPACITY)))),
    ("harmonic:7", || Box::new(Deciding(Harmonic::new(CAPACITY, 7)))),
    ("refined-harmonic", || Box::new(Deciding(RefinedHarmonic::new(CAPACITY)))),
];

fn main() {
    divan::main();
}

fn items() -> Vec<Item> {
    let mut random = SplitMix64::new(1);
    (0..RECORDS).map(|_| Item { size: random.uniform(1, CAPACITY) }).collect()
}

#[divan::bench(args = JOBS.map(|(name, _)| name), sample_count = 10, sample_size = 1)]
fn job(bencher: Bencher<'_, '_>, name: &str) {
    let items = items();
    let (_, make) = JOBS.iter().find(|(known, _)| *known == name).expect("divan passes a name of the list");
    bencher
        .counter(ItemsCount::new(RECORDS))
        .with_inputs(|| (make(), Vec::with_capacity(RECORDS)))
        .bench_refs(|(job, decisions)| job.push_chunk(&items, decisions));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn read_frozen_with_hash(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("uniform");
    let manifest = freeze(&target);
    bencher.counter(BytesCount::new(manifest.bytes)).bench(|| {
        Frozen::open(&target).and_then(|frozen| frozen.load::<Item>()).expect("just frozen").records.len()
    });
}

fn freeze(target: &Path) -> datasets::Manifest {
    let sizes = [("min", 1), ("max", CAPACITY), ("capacity", CAPACITY)]
        .map(|(name, value)| (name.to_owned(), value.into()));
    let instance = datasets::generate("uniform", RECORDS as u64, 1, &sizes.into()).expect("valid parameters");
    datasets::freeze(&instance, target).expect("a fresh folder")
}
