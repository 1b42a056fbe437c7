//! Measures what a checkpoint costs: `store_speed [BACKEND] [COMMITS] [KIB]`, by default `sled 100 1200`.
//!
//! Each commit puts one new delta of KIB kibibytes in values of 60 KiB, deletes the delta of ten commits ago,
//! and moves the offset: what a job does that keeps its state as a log of deltas.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use store::checkpoints::{Backend, Durability, Memory, Namespace, Store, StoreError, WriteSet};

const VALUE: usize = 60 << 10;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize, default: &'static str| words.get(n).map_or(default, String::as_str);
    let backend = Backend::named(word(0, "sled")).expect("BACKEND is one of those of this build");
    let commits: u64 = word(1, "100").parse().expect("COMMITS is a number");
    let bytes = word(2, "1200").parse::<usize>().expect("KIB is a number") << 10;
    for durability in [Durability::Process, Durability::Power] {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let store = Store::open(folder.path(), backend, durability).expect("a new store opens");
        let before = cpu_ms();
        let times = measure(store, commits, bytes, durability).expect("a checkpoint is written");
        report(&format!("{} {durability:?}", backend.name()), times);
        println!("  {:.1} ms of CPU a commit", (cpu_ms() - before) / commits as f64);
        println!("  {} MiB on disk", size(folder.path()) >> 20);
        let begin = Instant::now();
        let store = Store::open(folder.path(), backend, durability).expect("the store opens again");
        println!("  opened and checked in {:.1} ms, {:?}", ms(begin.elapsed()), store.verify());
    }
    let store = Store::open_in_memory(&Memory::new(), Durability::Process).expect("a new store opens");
    let times = measure(store, commits, bytes, Durability::Process).expect("a checkpoint is written");
    report("memory", times);
}

fn measure(
    mut store: Store,
    commits: u64,
    bytes: usize,
    durability: Durability,
) -> Result<Vec<Duration>, StoreError> {
    let mut times = Vec::new();
    // Not of one byte: an engine may compress.
    let delta: Vec<u8> =
        (0..bytes as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    for epoch in 1..=commits {
        let begin = Instant::now();
        let mut writes = WriteSet::new();
        for (n, part) in (0_u32..).zip(delta.chunks(VALUE)) {
            writes.put(Namespace::State, key(epoch, n), part);
            if epoch > 10 {
                writes.delete(Namespace::State, key(epoch - 10, n));
            }
        }
        writes.put(Namespace::Input, "offset", (epoch * 100_000).to_be_bytes());
        store.commit(epoch, black_box(&writes), durability)?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

fn key(epoch: u64, part: u32) -> Vec<u8> {
    [epoch.to_be_bytes().as_slice(), &part.to_be_bytes()].concat()
}

fn report(name: &str, mut times: Vec<Duration>) {
    let mean = times.iter().sum::<Duration>() / times.len() as u32;
    times.sort();
    let at = |quantile: f64| ms(times[((times.len() - 1) as f64 * quantile) as usize]);
    println!(
        "{name}: a commit takes {:.2} ms on average, p50 {:.2}, p90 {:.2}, max {:.2}",
        ms(mean),
        at(0.5),
        at(0.9),
        at(1.0)
    );
}

/// CPU time of all threads so far, as Linux tells it in hundredths of a second; elsewhere nothing.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The fields after the program's name, which may hold blanks itself: the 12th and 13th are user and system time.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap_or(0.0) * 10.0).sum()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn size(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).expect("the store's folder is readable").flatten();
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                size(&entry.path())
            } else {
                entry.metadata().map_or(0, |facts| facts.len())
            }
        })
        .sum()
}
