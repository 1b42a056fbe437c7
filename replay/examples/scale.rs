//! Simulates a day of a keyed stream on a cluster that nobody has at hand: which partition a key goes to, how much each task has to
//! do, how far it falls behind at the day's peak, and how long it takes to catch up when a machine is lost. The rates are those
//! that were measured on one machine (docs/scale.md); what multiplication leaves out, unequal keys, partitions that don't divide
//! among tasks and work that is done again, is what this puts in. It knows nothing of networks, garbage collection or disks.
//!
//! ```text
//! cargo run --release -p replay --example scale -- [RECORDS] [KEYS] [SKEW]
//! ```
//!
//! Each line is the median of 11 seeds, which draw the keys' names and so their partitions.

use datasets::SplitMix64;

const SEEDS: u64 = 11;
const DAY_S: usize = 86_400;
/// Seconds of one step.
const STEP_S: usize = 10;
const CORES: usize = 2;
/// Records a second and core, as the shipped Flink job did (docs/scale.md).
const CORE_RATE: f64 = 41_000.0;
/// Records a second and producer.
const PRODUCER_RATE: f64 = 400_000.0;
/// A machine is lost at the peak: so long until its tasks run elsewhere, from a checkpoint that is so old on average.
const RESTART_S: f64 = 60.0;
const CHECKPOINT_AGE_S: f64 = 30.0;

fn main() {
    let mut words = std::env::args().skip(1).map(|word| word.parse::<f64>().expect("a number"));
    let records = words.next().unwrap_or(10e9);
    let keys = words.next().unwrap_or(100_000.0) as usize;
    let skew = words.next().unwrap_or(1.0);
    let weights = zipf(keys, skew);
    println!(
        "{records:.1e} records a day, {keys} keys by Zipf's law with exponent {skew}; the largest key has {:.2} % of them",
        100.0 * weights[0]
    );
    println!(
        "machines partitions | busiest task  replayed at full speed     paced: worst lag   lost machine: lag, back in time"
    );
    println!(
        "                    | x the mean    multiplied  simulated      s of records       s of records, s"
    );
    for (machines, partitions) in [(1, 6), (10, 60), (10, 20), (100, 600), (100, 200), (100, 210)] {
        let cluster = Cluster { tasks: (machines * CORES).min(partitions), partitions };
        let runs: Vec<Outcome> = (1..=SEEDS).map(|seed| cluster.run(records, &weights, seed)).collect();
        let median = |of: fn(&Outcome) -> f64| {
            let mut values: Vec<f64> = runs.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let multiplied = records / (CORE_RATE * (machines * CORES) as f64);
        println!(
            "{machines:>8} {partitions:>10} | {:>12.2}  {:>10}  {:>9}  {:>16}  {:>14}, {}",
            median(|run| run.busiest),
            time(multiplied),
            time(median(|run| run.replayed_s)),
            time(median(|run| run.lag_s)),
            time(median(|run| run.lost_lag_s)),
            time(median(|run| run.recovered_s)),
        );
    }
    println!(
        "one producer needs {}; a hundred, each with partitions of its own, {}",
        time(records / PRODUCER_RATE),
        time(records / PRODUCER_RATE / 100.0)
    );
}

/// The share of each key, the largest first.
fn zipf(keys: usize, skew: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=keys).map(|rank| (rank as f64).powf(-skew)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

struct Cluster {
    tasks: usize,
    partitions: usize,
}

struct Outcome {
    /// The largest task's share over the mean.
    busiest: f64,
    replayed_s: f64,
    /// The longest that a task is behind on a paced day, in seconds of records.
    lag_s: f64,
    /// How far it is behind where a machine is lost at the peak, and how long until it is no more behind than before.
    lost_lag_s: f64,
    recovered_s: f64,
}

impl Cluster {
    fn run(&self, records: f64, weights: &[f64], seed: u64) -> Outcome {
        let shares = self.shares(weights, seed);
        let largest = shares.iter().copied().fold(0.0, f64::max);
        let sum: f64 = shares.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "each record is somebody's");
        let (lag_s, _) = day(records * largest, None);
        let (lost_lag_s, recovered_s) = day(records * largest, Some(DAY_S / 2));
        Outcome {
            busiest: largest * self.tasks as f64,
            // Whoever has most ends last, for each task has a core of its own; the producers may be slower.
            replayed_s: records * largest / CORE_RATE,
            lag_s,
            lost_lag_s,
            recovered_s,
        }
    }

    /// The share of the records that each task gets: a key's partition is drawn, as a hash of its name is; partitions go to tasks in
    /// turn.
    fn shares(&self, weights: &[f64], seed: u64) -> Vec<f64> {
        let mut random = SplitMix64::new(seed << 32 | self.partitions as u64);
        let mut of_partition = vec![0.0; self.partitions];
        for weight in weights {
            of_partition[random.uniform(0, self.partitions as u64 - 1) as usize] += weight;
        }
        let mut of_task = vec![0.0; self.tasks];
        for (partition, share) in of_partition.into_iter().enumerate() {
            of_task[partition % self.tasks] += share;
        }
        of_task
    }
}

/// A day of one task that gets so many records: the rate is twice the mean at noon and none at midnight. Returns the longest that
/// it is behind, in seconds of records, and after a failure the time until it is back.
fn day(records: f64, fails_at: Option<usize>) -> (f64, f64) {
    let (mut waiting, mut worst, mut recovered) = (0.0_f64, 0.0_f64, 0.0);
    let (mut down, mut before) = (0.0_f64, None);
    let mean = records / DAY_S as f64;
    // It goes on behind midnight until nothing waits.
    for second in (0..4 * DAY_S).step_by(STEP_S) {
        let step = STEP_S as f64;
        let phase = (second % DAY_S) as f64 / DAY_S as f64;
        let rate = mean * (1.0 - (std::f64::consts::TAU * phase).cos());
        if fails_at == Some(second) {
            before = Some(waiting);
            // What was worked off since the checkpoint is worked off again.
            waiting += rate * CHECKPOINT_AGE_S;
            down = RESTART_S;
        }
        let working = (step - down.min(step)).max(0.0);
        down = (down - step).max(0.0);
        let comes = if second < DAY_S { rate * step } else { 0.0 };
        waiting = (waiting + comes - CORE_RATE * working).max(0.0);
        if second < DAY_S {
            worst = worst.max(waiting / rate.max(mean / 10.0));
        }
        if let Some(level) = before
            && waiting <= level + 1e-6
            && working > 0.0
        {
            recovered = (second + STEP_S - fails_at.unwrap_or_default()) as f64;
            before = None;
        }
    }
    (worst, recovered)
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
