//! Measures what the bounds of 200 prefixes cost beside one reference of all items, and how tight they are.
//!
//! `cargo run --release -p batch --example prefix_speed [--compare]`; with `--compare` each prefix is also given a reference
//! of its own with a 200th of the search's steps (up to 20,000 items; above, the near-linear methods alone), which takes
//! minutes.

use std::time::{Duration, Instant};

use batch::bin_packing::{DEFAULT_WORK, Effort, at_prefixes, reference};
use datasets::{Item, Reference, SplitMix64};

const ROUNDS: usize = 5;
const POINTS: usize = 200;
/// Items up to which a prefix of its own is searched for.
const SEARCHED: usize = 20_000;

/// One list of items.
struct List {
    name: &'static str,
    capacity: u64,
    items: Vec<Item>,
}

fn main() {
    let compares = std::env::args().any(|argument| argument == "--compare");
    println!("the median of {ROUNDS} rounds\n");
    println!(
        "{:<30} {:>9} {:>10} {:>12} {:>6} {:>5} {:>8}",
        "sizes", "items", "reference", "200 prefixes", "ratio", "gaps", "in bins"
    );
    for list in lists() {
        let bounds = measure(&list);
        if compares {
            compare(&list, &bounds);
        }
    }
}

fn lists() -> [List; 8] {
    let uniform = |name, items, seed, low, high, capacity| {
        let mut random = SplitMix64::new(seed);
        let items = (0..items).map(|_| Item { size: random.uniform(low, high) }).collect();
        List { name, capacity, items }
    };
    [
        uniform("1 to 10,000 in 10,000", 1_000_000, 1, 1, 10_000, 10_000),
        uniform("1 to 10,000 in 10,000", 10_000, 5, 1, 10_000, 10_000),
        uniform("1 to 10,000 in 10,000", 10_000, 7, 1, 10_000, 10_000),
        uniform("20 to 100 in 150", 1_000_000, 1, 20, 100, 150),
        uniform("20 to 100 in 150", 10_000, 1, 20, 100, 150),
        uniform("all distinct, up to 2^63", 1_000_000, 1, 1, 1 << 63, 1 << 63),
        uniform("all distinct, up to 2^63", 10_000, 1, 1, 1 << 63, 1 << 63),
        uniform("all distinct, 2^61 to 2^62", 10_000, 1, 1 << 61, 1 << 62, 1 << 63),
    ]
}

fn prefixes(items: usize) -> Vec<usize> {
    (1..=POINTS).map(|point| (items * point).div_ceil(POINTS)).collect()
}

fn measure(list: &List) -> Vec<(u64, u64)> {
    let prefixes = prefixes(list.items.len());
    let (mut whole, mut bounds) = (None, Vec::new());
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let found = reference(&list.items, list.capacity, Effort::default());
        times[0].push(start.elapsed());
        let interval = ends(whole.insert(found));
        let start = Instant::now();
        bounds = at_prefixes(&list.items, list.capacity, &prefixes, interval);
        times[1].push(start.elapsed());
    }
    let [one, all] = times.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2]
    });
    let (gaps, bins) = gaps(&bounds);
    println!(
        "{:<30} {:>9} {:>7.1} ms {:>9.1} ms {:>6.2} {gaps:>5} {bins:>8}",
        list.name,
        list.items.len(),
        one.as_secs_f64() * 1e3,
        all.as_secs_f64() * 1e3,
        all.as_secs_f64() / one.as_secs_f64()
    );
    bounds
}

fn ends(found: &Reference) -> (u64, u64) {
    (found.lower.value, found.upper.value)
}

/// The prefixes whose optimum isn't known, and the sum of the intervals' lengths.
fn gaps(bounds: &[(u64, u64)]) -> (usize, u64) {
    let open = bounds.iter().filter(|(lower, upper)| lower < upper).count();
    (open, bounds.iter().map(|(lower, upper)| upper - lower).sum())
}

fn compare(list: &List, bounds: &[(u64, u64)]) {
    let work = DEFAULT_WORK / POINTS as u64;
    let effort = if list.items.len() <= SEARCHED { Effort::Full { work } } else { Effort::Quick };
    let start = Instant::now();
    let mut own: Vec<(u64, u64)> = prefixes(list.items.len())
        .into_iter()
        .map(|prefix| ends(&reference(&list.items[..prefix], list.capacity, effort)))
        .collect();
    let took = start.elapsed();
    let mut lower = 0;
    for bound in &mut own {
        lower = bound.0.max(lower);
        bound.0 = lower;
    }
    let mut upper = u64::MAX;
    for bound in own.iter_mut().rev() {
        upper = bound.1.min(upper);
        bound.1 = upper;
    }
    let count = |is: fn(&(u64, u64), &(u64, u64)) -> bool| {
        bounds.iter().zip(&own).filter(|&(bound, own)| is(bound, own)).count()
    };
    let (gaps, bins) = gaps(&own);
    println!(
        "    a reference for each takes {:.1} ms, leaves {gaps} gaps of {bins} bins; lower bounds above those at {}, below at {}; \
         upper below at {}, above at {}",
        took.as_secs_f64() * 1e3,
        count(|bound, own| bound.0 > own.0),
        count(|bound, own| bound.0 < own.0),
        count(|bound, own| bound.1 < own.1),
        count(|bound, own| bound.1 > own.1),
    );
}
