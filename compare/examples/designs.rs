//! Measures what looking after each replicate saves: the sequential test against fixed designs of equal power,
//! simulated.
//!
//! `cargo run --release -p compare --example designs`
//!
//! A row is an effect, told by the share p of replicates that lie beyond the limit. The sequential test may look after
//! each of 100 replicates. The fixed design is the exact sign test of the least length that has the same power at that
//! effect. The table goes into `docs/gate.md`.

use compare::{least_replicates, ln_e_value};
use datasets::SplitMix64;

/// One percent, shared over three metrics.
const ALPHA: f64 = 0.01 / 3.0;
const MOST: usize = 100;
const GATES: u64 = 10_000;

fn main() {
    println!("| p | power | replicates, median | fixed design of equal power | share |");
    println!("|---|---|---|---|---|");
    for percent in [75, 80, 85, 90, 95, 99, 100] {
        let p = f64::from(percent) / 100.0;
        let (power, median) = sequential(p);
        // A power of 1 in so many gates shows 0.999 and no more.
        let fixed = fixed(p, power.min(0.999));
        let share = median as f64 * 100.0 / fixed as f64;
        println!("| {p} | {:.1} % | {median} | {fixed} | {share:.0} % |", power * 100.0);
    }
}

/// The share of gates that find the effect, and the median number of replicates.
fn sequential(p: f64) -> (f64, usize) {
    let mut ended: Vec<Option<usize>> = (0..GATES).map(|seed| gate(p, seed)).collect();
    let found = ended.iter().flatten().count();
    ended.sort_unstable_by_key(|replicates| replicates.unwrap_or(MOST));
    (found as f64 / GATES as f64, ended[ended.len() / 2].unwrap_or(MOST))
}

/// After how many replicates a gate finds the effect, if it does.
fn gate(p: f64, seed: u64) -> Option<usize> {
    let mut random = SplitMix64::new(seed);
    let mut beyond = 0;
    (1..=MOST).find(|&n| {
        beyond += usize::from((random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0 < p);
        n >= least_replicates(ALPHA) && 2 * beyond > n && ln_e_value(beyond, n) >= -ALPHA.ln()
    })
}

/// The least number of replicates with which the exact sign test finds the effect as often as `power` says.
fn fixed(p: f64, power: f64) -> usize {
    (1..100_000)
        .find(|&n| {
            let fair = tails(n, 0.5);
            let needed = fair.iter().position(|&tail| tail <= ALPHA);
            needed.is_some_and(|k| tails(n, p)[k] >= power)
        })
        .expect("the power grows to 1 with the number of replicates")
}

/// For each k the probability that at least k of `n` lie beyond, each with probability `p`.
fn tails(n: usize, p: f64) -> Vec<f64> {
    // One more coin at a time: exact, and no binomial coefficient overflows.
    let mut exactly = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; exactly.len() + 1];
        for (k, share) in exactly.iter().enumerate() {
            next[k] += share * (1.0 - p);
            next[k + 1] += share * p;
        }
        exactly = next;
    }
    let mut sum = 0.0;
    let mut tails: Vec<f64> = exactly
        .iter()
        .rev()
        .map(|share| {
            sum += share;
            sum
        })
        .collect();
    tails.reverse();
    tails
}
