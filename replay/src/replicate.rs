//! One replicate of the latency comparison: stable, the candidate and stable again, fresh jobs fed in turns.

use datasets::SplitMix64;
use stream::Version;

use crate::{
    Clock, Control, Edges, Interrupted, Latency, Schedule, batches, feed::CHUNK, feed_paced, paced::Paced,
};

/// Makes fresh jobs: stable, the candidate, stable again.
pub type MakeThree<'a, R> = &'a dyn Fn() -> [Box<dyn Version<R>>; 3];

/// Describes the jobs of a replicate, and what they are fed.
#[derive(Clone, Copy)]
pub struct Contest<'a, R> {
    /// Makes the jobs.
    pub make: MakeThree<'a, R>,
    /// The records, in the order of the feed.
    pub records: &'a [R],
    /// Where micro-batches end.
    pub edges: &'a Edges,
}

/// Describes what was measured of one job.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The time a record takes at pace max, or its latency from the due time.
    pub latency: Latency,
    /// The time spent inside the job.
    pub service_ns: u64,
    /// Records measured.
    pub records: u64,
    /// Turns in which they were, each timed as one.
    turns: u64,
}

impl Measured {
    fn new() -> Self {
        Self { latency: Latency::new(), service_ns: 0, records: 0, turns: 0 }
    }

    /// The mean service time, p50, p90, p95, p99 and the maximum, in nanoseconds.
    pub fn metrics_ns(&self) -> [f64; 6] {
        let mean = self.service_ns as f64 / self.records.max(1) as f64;
        let [p50, p90, p95, p99] = [50.0, 90.0, 95.0, 99.0].map(|p| self.latency.percentile_ns(p));
        [mean, p50, p90, p95, p99, self.latency.max_ns()]
    }
}

/// Describes how much a replicate at pace max measures, at least, and in what pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    /// Says how long the three jobs work together, in nanoseconds.
    pub work_ns: u64,
    /// Says how many turns of each job are counted: as many as its percentiles need.
    pub turns: u64,
    /// Says how long a turn takes, about. It has no more records than [`CHUNK`], and at least one.
    pub turn_ns: u64,
    /// Records in one turn of a job, if need be over several fresh jobs in a row: the clock can't time a few records
    /// of a job inside the process, but it can time a process.
    pub turn_records: usize,
}

/// Records of a job's first turn, by which it is seen how many make a turn.
const FIRST_TURN: usize = 64;

/// Feeds fresh jobs turn by turn, in an order that `random` draws anew each time, and starts over with fresh jobs at the
/// end of the records, until there is as much as `least` says. The first tenth of the work warms up and isn't counted.
pub fn replicate_at_max<R>(
    contest: &Contest<'_, R>,
    least: Least,
    random: &mut SplitMix64,
    clock: &impl Clock,
    control: &Control,
) -> Result<[Measured; 3], Interrupted> {
    let &Contest { make, records, edges } = contest;
    let mut measured = [(); 3].map(|()| Measured::new());
    let mut decisions = Vec::with_capacity(CHUNK);
    let abreast = least.turn_records.div_ceil(records.len().max(1)).max(1);
    let (mut worked_ns, mut turn) = (0, FIRST_TURN.min(CHUNK));
    while !records.is_empty() && !is_enough(&measured, worked_ns, least) {
        let mut jobs: Vec<[Box<dyn Version<R>>; 3]> = (0..abreast).map(|_| make()).collect();
        let mut start = 0;
        while start < records.len() {
            control.check()?;
            let records = &records[start..(start + turn).min(records.len())];
            let before_ns = worked_ns;
            let mut turns = [0, 1, 2];
            random.shuffle(&mut turns);
            for which in turns {
                decisions.clear();
                let push = || {
                    for job in &mut jobs {
                        batches::push(&mut *job[which], records, start, edges, &mut decisions);
                    }
                };
                // At least a nanosecond, so that no clock, however coarse, makes this loop for ever.
                let took = clock.time(push).max(1);
                worked_ns += took;
                if worked_ns > least.work_ns / 10 {
                    measured[which].count(took, (records.len() * abreast) as u64);
                }
            }
            if before_ns <= least.work_ns / 10 {
                let each_ns = (worked_ns - before_ns) / (3 * records.len() as u64);
                turn = (least.turn_ns / each_ns.max(1)).clamp(1, CHUNK as u64) as usize;
            }
            start += records.len();
        }
    }
    Ok(measured)
}

fn is_enough(measured: &[Measured; 3], worked_ns: u64, least: Least) -> bool {
    worked_ns >= least.work_ns && measured.iter().all(|job| job.turns >= least.turns)
}

impl Measured {
    fn count(&mut self, took_ns: u64, records: u64) {
        self.latency.record_mean(took_ns, records);
        self.service_ns += took_ns;
        self.records += records;
        self.turns += 1;
    }
}

/// Returns the same in an open loop; also the share of records that the feeder sent late.
pub fn replicate_paced<R>(
    contest: &Contest<'_, R>,
    schedule: &Schedule<'_>,
    random: &mut SplitMix64,
    clock: &impl Clock,
    control: &Control,
) -> Result<([Measured; 3], f64), Interrupted> {
    let &Contest { make, records, edges } = contest;
    let mut jobs = make();
    let input = Paced { records, edges, schedule, emissions: &[] };
    let (replayed, feeder) = feed_paced(&mut jobs, &input, random, clock, control)?;
    let mut measured = [(); 3].map(|()| Measured::new());
    for (measured, job) in measured.iter_mut().zip(replayed) {
        let records = job.latency.count();
        *measured = Measured { records, turns: records, service_ns: job.service_ns, latency: job.latency };
    }
    Ok((measured, feeder.misses as f64 / feeder.records.max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use stream::{Deciding, Job};

    thread_local!(static NOW: Cell<u64> = const { Cell::new(0) });

    struct Ticks;
    impl Clock for Ticks {
        fn now_ns(&self) -> u64 {
            NOW.get()
        }
        fn wait_until_ns(&self, due: u64, _: &Control) -> Result<u64, Interrupted> {
            NOW.set(NOW.get().max(due));
            Ok(NOW.get())
        }
    }

    struct Takes(i64);
    impl Job<u8> for Takes {
        fn push(&mut self, _: &u8) -> u32 {
            NOW.set(NOW.get().saturating_add_signed(self.0));
            0
        }
    }

    fn three(costs: [i64; 3]) -> [Box<dyn Version<u8>>; 3] {
        costs.map(|cost| Box::new(Deciding(Takes(cost))) as Box<dyn Version<u8>>)
    }

    fn once(records: usize) -> Edges {
        Edges::new(stream::Trigger::Once, records, None, None).expect("needs no times")
    }

    fn means(records: &[u8], costs: [i64; 3], least_ns: u64) -> [f64; 3] {
        let random = &mut SplitMix64::new(1);
        let measured = replicate_at_max(
            &Contest { make: &|| three(costs), records, edges: &once(records.len()) },
            Least { work_ns: least_ns, turns: 1, turn_ns: 100_000, turn_records: CHUNK },
            random,
            &Ticks,
            &Control::default(),
        );
        measured.expect("not stopped").map(|job| job.metrics_ns()[0])
    }

    #[test]
    fn each_job_is_timed_for_its_own_work() {
        for records in [vec![0; 5000], vec![0; 3]] {
            for (mean, cost) in
                means(&records, [100, 110, 100], 1_000_000).into_iter().zip([100.0, 110.0, 100.0])
            {
                assert!((mean - cost).abs() < 1e-9, "{mean}");
            }
        }
    }

    #[test]
    fn a_clock_that_stands_or_steps_back_ends_all_the_same() {
        NOW.set(1 << 40);
        assert!(means(&[0; 2000], [0, 0, 0], 50).iter().all(|mean| mean.is_finite()));
        assert!(means(&[0; 2000], [-5, 0, 0], 50).iter().all(|mean| mean.is_finite()));
        assert!(means(&[], [1, 1, 1], 50).iter().all(|mean| *mean == 0.0));
    }

    #[test]
    fn paced_latency_is_that_of_each_lane() {
        let schedule = Schedule::new(crate::Pace::Rate(1e6), false, None).expect("valid").expect("paced");
        let make = || three([100, 400, 100]);
        let measured = replicate_paced(
            &Contest { make: &make, records: &[0; 500], edges: &once(500) },
            &schedule,
            &mut SplitMix64::new(1),
            &Ticks,
            &Control::default(),
        );
        let (measured, late) = measured.expect("not stopped");
        let p50 = measured.map(|job| job.metrics_ns()[1].round() as u64);
        assert_eq!((p50, late.to_bits()), ([100, 400, 100], 0.0_f64.to_bits()));
    }
}
