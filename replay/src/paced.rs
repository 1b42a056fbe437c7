//! The paced feed: an open loop on an absolute schedule, latency counted from the moment a record was due.
//!
//! Each job has a lane of its own in time. The lanes take turns of some milliseconds, and a lane's clock stands
//! while the other has its turn: a backlog stays a backlog, and a slow job never delays the other's records.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use datasets::SplitMix64;
use stream::{Batching, Version};

use crate::{Clock, Control, Edges, Interrupted, Replayed, Schedule, feed::CHUNK, link::Emissions};

/// A record that the feeder sends later than this, for no fault of the job, is a miss. Timer ticks and interrupts of a
/// healthy virtual machine take 10 to 40 µs; what takes longer is somebody else's turn on the processor.
pub const LATE_AFTER_NS: u64 = 50_000;
/// A lane's turn ends at a record due this long after the turn's first, so that lanes alternate at any pace.
const TURN_NS: u64 = 10_000_000;

/// Describes how well the feeder kept its own schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeederReport {
    /// Records sent, over all jobs.
    pub records: u64,
    /// Records sent more than [`LATE_AFTER_NS`] late, what the jobs themselves delayed taken out.
    pub misses: u64,
    /// The longest such lateness.
    pub worst_ns: u64,
}

/// One job's share of the schedule. Times are in the lane's own clock, which starts at 0.
struct Lane<'a> {
    schedule: Schedule<'a>,
    /// The lane's time when its last turn ended.
    now: u64,
    /// When the job would have finished its last record, had the feeder never been late.
    ideal_end: u64,
    last_due: u64,
    /// When the last micro-batch was to begin.
    fired: u64,
    /// The first record that waits for its micro-batch to be complete.
    waiting: usize,
    /// When the records that wait were due.
    dues: VecDeque<u64>,
}

/// Describes what is fed, and when.
#[derive(Debug, Clone, Copy)]
pub struct Paced<'a, R> {
    /// The records, in the order of the feed.
    pub records: &'a [R],
    /// Where micro-batches end.
    pub edges: &'a Edges,
    /// When records are due.
    pub schedule: &'a Schedule<'a>,
    /// Those of the versions, in their order, that emit rows: each is told how late its records are. Of such a version
    /// [`Replayed::latency`] says only how long records waited until they were taken.
    pub emissions: &'a [Arc<Emissions>],
}

/// Feeds the records of `input` to each of `versions` on schedule; `random` decides who goes first in each turn. Returns
/// what each did, and how the feeder kept up.
pub fn feed_paced<R>(
    versions: &mut [Box<dyn Version<R>>],
    input: &Paced<'_, R>,
    random: &mut SplitMix64,
    clock: &impl Clock,
    control: &Control,
) -> Result<(Vec<Replayed>, FeederReport), Interrupted> {
    let records = input.records.len();
    let mut feeder = FeederReport::default();
    let mut replayed: Vec<Replayed> = versions.iter().map(|_| Replayed::new(records)).collect();
    let mut lanes: Vec<Lane<'_>> = versions.iter().map(|_| Lane::new(input.schedule)).collect();
    let mut ends = input.schedule.clone();
    let mut start = 0;
    let mut turns: Vec<usize> = (0..versions.len()).collect();
    while start < records {
        control.check()?;
        let end = turn_end(&mut ends, start, records);
        // Drawn anew each turn: whoever always came after the same other would always find its caches.
        random.shuffle(&mut turns);
        for &which in &turns {
            let lane = &mut lanes[which];
            let _watch = control.watch(which, start..end);
            // The lane's clock goes on from where it stood.
            let offset = clock.now_ns() - lane.now;
            lane.run(Turn {
                version: &mut *versions[which],
                input,
                emissions: input.emissions.get(which).map(Arc::as_ref),
                range: start..end,
                job: &mut replayed[which],
                feeder: &mut feeder,
                offset,
                clock,
                control,
            })?;
        }
        control.advance(((end - start) * versions.len()) as u64);
        start = end;
    }
    for (lane, job) in lanes.iter().zip(&mut replayed) {
        // Busy for longer than the schedule lasted: it fell further behind the longer it ran. A job that takes its next
        // batch as soon as it can is always busy, and yet keeps up.
        let behind = lane.now.saturating_sub(lane.last_due) > lane.last_due / 100;
        job.saturated = records > 1 && job.service_ns > lane.last_due.max(1) && behind;
    }
    Ok((replayed, feeder))
}

/// The end of the turn that begins with record `start`.
fn turn_end(schedule: &mut Schedule<'_>, start: usize, records: usize) -> usize {
    let most = records.min(start + CHUNK);
    let first_due = schedule.due_ns(start);
    (start + 1..most).find(|&index| schedule.due_ns(index) - first_due >= TURN_NS).unwrap_or(most)
}

/// Describes what a lane works on in one turn.
struct Turn<'a, R, C> {
    version: &'a mut dyn Version<R>,
    input: &'a Paced<'a, R>,
    emissions: Option<&'a Emissions>,
    range: Range<usize>,
    job: &'a mut Replayed,
    feeder: &'a mut FeederReport,
    /// The time on the clock when the lane's own is 0.
    offset: u64,
    clock: &'a C,
    control: &'a Control,
}

impl<R, C: Clock> Turn<'_, R, C> {
    /// The lane's time now.
    fn now(&self) -> u64 {
        self.clock.now_ns() - self.offset
    }

    /// Waits for a time of the lane's, and returns when it was over.
    fn wait_until(&self, due: u64) -> Result<u64, Interrupted> {
        Ok(self.clock.wait_until_ns(self.offset + due, self.control)? - self.offset)
    }
}

impl<'a> Lane<'a> {
    fn new(schedule: &Schedule<'a>) -> Self {
        Self {
            schedule: schedule.clone(),
            now: 0,
            ideal_end: 0,
            last_due: 0,
            fired: 0,
            waiting: 0,
            dues: VecDeque::new(),
        }
    }

    /// One turn.
    fn run<R>(&mut self, mut turn: Turn<'_, R, impl Clock>) -> Result<(), Interrupted> {
        let batching = turn.version.batching();
        for index in turn.range.clone() {
            let due = self.schedule.due_ns(index);
            match batching {
                Batching::Micro => {
                    self.dues.push_back(due);
                    self.last_due = due;
                }
                Batching::None | Batching::Edges => {
                    let ends = batching == Batching::Edges && turn.input.edges.end_after(index) == index + 1;
                    self.feed(&mut turn, index..index + 1, due, ends)?;
                    turn.job.latency.record(self.now - due);
                    turn.job.count(1);
                }
            }
        }
        if batching == Batching::Micro {
            self.feed_batches(&mut turn)?;
        }
        Ok(())
    }

    /// Feeds the micro-batches that are complete by the end of the turn.
    fn feed_batches<R>(&mut self, turn: &mut Turn<'_, R, impl Clock>) -> Result<(), Interrupted> {
        let &Paced { records, edges, .. } = turn.input;
        while !self.dues.is_empty() {
            let start = self.waiting;
            let (end, trigger) = if edges.is_eager() {
                let is_last_turn = turn.range.end == records.len();
                let Some(batch) = self.eager_batch(edges.most(), is_last_turn) else { break };
                batch
            } else {
                let end = edges.end_after(start);
                // The batch goes on in the next turn.
                let Some(&last) = self.dues.get(end - start - 1) else { break };
                (end, edges.fires_ns(last))
            };
            let is_idle = if edges.is_eager() {
                start > 0 && self.now < self.dues[0]
            } else {
                edges.is_idle_before(start)
            };
            if is_idle {
                self.tick(turn, edges.next_ns(self.fired))?;
            }
            self.feed(turn, start..end, trigger, true)?;
            self.fired = trigger;
            turn.job.count((end - start) as u64);
            for due in self.dues.drain(..end - start) {
                turn.job.latency.record(self.now - due);
            }
            self.waiting = end;
        }
        Ok(())
    }

    /// Tells the job of a trigger without records, when the clock comes to it.
    fn tick<R>(&mut self, turn: &mut Turn<'_, R, impl Clock>, at: u64) -> Result<(), Interrupted> {
        let start = turn.wait_until(at)?;
        turn.version.tick();
        let end = turn.now();
        turn.job.service_ns += end - start;
        self.ideal_end = at.max(self.ideal_end) + (end - start);
        self.now = end;
        Ok(())
    }

    /// All that have arrived when the job is ready for the next batch: its end, and when its last was due. `None` when
    /// the next turn may bring more of them.
    fn eager_batch(&self, most: usize, is_last_turn: bool) -> Option<(usize, u64)> {
        let ready = self.now.max(self.dues[0]);
        let arrived = self.dues.partition_point(|&due| due <= ready).min(most);
        let may_grow = arrived == self.dues.len() && arrived < most && !is_last_turn;
        (!may_grow).then(|| (self.waiting + arrived, self.dues[arrived - 1]))
    }

    /// Feeds the records of `range` when the clock comes to `due`.
    #[inline]
    fn feed<R>(
        &mut self,
        turn: &mut Turn<'_, R, impl Clock>,
        range: Range<usize>,
        due: u64,
        ends_batch: bool,
    ) -> Result<(), Interrupted> {
        let start = turn.wait_until(due)?;
        if let Some(emissions) = turn.emissions {
            emissions.are_late(start - due);
        }
        turn.version.push_chunk(&turn.input.records[range], &mut turn.job.decisions);
        if ends_batch {
            turn.version.end_batch(&mut turn.job.decisions);
        }
        let end = turn.now();
        turn.job.service_ns += end - start;
        turn.feeder.note(start - due.max(self.ideal_end).min(start));
        self.ideal_end = due.max(self.ideal_end) + (end - start);
        self.now = end;
        self.last_due = self.last_due.max(due);
        Ok(())
    }
}

impl FeederReport {
    fn note(&mut self, late_ns: u64) {
        self.records += 1;
        self.misses += u64::from(late_ns > LATE_AFTER_NS);
        self.worst_ns = self.worst_ns.max(late_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pace;
    use datasets::{Keys, Table};
    use std::cell::Cell;
    use stream::{Concluded, Deciding, Job, JobError, State};

    fn edges(records: usize) -> Edges {
        Edges::new(stream::Trigger::Record, records, None, None).expect("needs no times")
    }

    fn paced(costs: &[&[u64]], rate: f64) -> (Vec<Replayed>, FeederReport) {
        // One clock for the jobs and the feed.
        thread_local!(static CLOCK: Cell<u64> = const { Cell::new(0) });
        struct Shared;
        impl Clock for Shared {
            fn now_ns(&self) -> u64 {
                CLOCK.get()
            }
            fn wait_until_ns(&self, due: u64, _: &Control) -> Result<u64, Interrupted> {
                CLOCK.set(CLOCK.get().max(due));
                Ok(CLOCK.get())
            }
        }
        struct Takes(Vec<u64>);
        impl Job<usize> for Takes {
            fn push(&mut self, index: &usize) -> u32 {
                CLOCK.set(CLOCK.get() + self.0[*index]);
                *index as u32
            }
        }
        CLOCK.set(1_000_000);
        let records: Vec<usize> = (0..costs[0].len()).collect();
        let mut versions: Vec<Box<dyn Version<usize>>> = costs
            .iter()
            .map(|costs| Box::new(Deciding(Takes(costs.to_vec()))) as Box<dyn Version<usize>>)
            .collect();
        let schedule = Schedule::new(Pace::Rate(rate), false, None).expect("valid").expect("paced");
        let input =
            Paced { records: &records, edges: &edges(records.len()), schedule: &schedule, emissions: &[] };
        feed_paced(&mut versions, &input, &mut SplitMix64::new(1), &Shared, &Control::default())
            .expect("not stopped")
    }

    #[test]
    fn a_record_that_waits_for_a_slow_one_counts_its_waiting() {
        // Due each 1000 ns; the second takes 2500, so the third starts 1500 late and the fourth 600.
        let (replayed, feeder) = paced(&[&[100, 2500, 100, 100, 100]], 1e6);
        let latency = &replayed[0].latency;
        assert_eq!(latency.max_ns().round() as u64 / 10, 250);
        assert!(
            (latency.mean_ns() - f64::from(100 + 2500 + 1600 + 700 + 100) / 5.0).abs() < 2.0,
            "{}",
            latency.mean_ns()
        );
        assert_eq!((feeder.records, feeder.misses, feeder.worst_ns), (5, 0, 0));
    }

    #[test]
    fn a_slow_job_delays_neither_the_other_nor_the_feeder() {
        // 3000 records at 1 µs: lanes alternate each 1024. The slow one is hopeless, the quick one untouched.
        let (slow, quick) = (vec![5000; 3000], vec![100; 3000]);
        let (replayed, feeder) = paced(&[&slow, &quick], 1e6);
        assert!(replayed[0].saturated && !replayed[1].saturated);
        assert!((replayed[0].latency.max_ns() / (2999.0 * 4000.0 + 5000.0) - 1.0).abs() < 0.002);
        assert!((replayed[1].latency.max_ns() - 100.0).abs() < 1.0);
        assert_eq!(feeder.misses, 0);
    }

    #[test]
    fn the_feeders_own_lateness_is_told_from_the_jobs() {
        /// A clock that oversleeps by 60 µs each tenth wait.
        struct Oversleeps(Cell<u64>, Cell<u64>);
        impl Clock for Oversleeps {
            fn now_ns(&self) -> u64 {
                self.0.get()
            }
            fn wait_until_ns(&self, due: u64, _: &Control) -> Result<u64, Interrupted> {
                self.1.set(self.1.get() + 1);
                let late = if self.1.get().is_multiple_of(10) { 60_000 } else { 0 };
                self.0.set(self.0.get().max(due) + late);
                Ok(self.0.get())
            }
        }
        struct Free;
        impl Job<u8> for Free {
            fn push(&mut self, _: &u8) -> u32 {
                0
            }
        }
        let mut versions: Vec<Box<dyn Version<u8>>> = vec![Box::new(Deciding(Free))];
        let schedule = Schedule::new(Pace::Rate(1000.0), false, None).expect("valid").expect("paced");
        let clock = Oversleeps(Cell::new(0), Cell::new(0));
        let input = Paced { records: &[0; 1000], edges: &edges(1000), schedule: &schedule, emissions: &[] };
        let fed = feed_paced(&mut versions, &input, &mut SplitMix64::new(1), &clock, &Control::default());
        let (_, feeder) = fed.expect("not stopped");
        assert_eq!((feeder.misses, feeder.worst_ns), (100, 60_000));
    }

    /// A job that works 300 ns at the end of each batch, and notes how many records were in it.
    struct Micro(std::sync::Arc<std::sync::Mutex<Vec<usize>>>, usize);

    thread_local!(static NOW: Cell<u64> = const { Cell::new(0) });

    impl Version<u8> for Micro {
        fn push_chunk(&mut self, records: &[u8], decisions: &mut Vec<u32>) {
            self.1 += records.len();
            decisions.resize(decisions.len() + records.len(), 0);
        }
        fn batching(&self) -> Batching {
            Batching::Micro
        }
        fn end_batch(&mut self, _: &mut Vec<u32>) {
            NOW.set(NOW.get() + 300);
            self.0.lock().expect("not poisoned").push(std::mem::take(&mut self.1));
        }
        fn tick(&mut self) {
            self.0.lock().expect("not poisoned").push(0);
        }
        fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
            Ok(None)
        }
        fn state(&mut self) -> Option<&mut dyn State> {
            None
        }
        fn take_output(&mut self) -> Option<Table> {
            None
        }

        fn serve(&mut self) -> Result<Option<stream::Update>, JobError> {
            Ok(None)
        }
    }

    fn batches(trigger: &str, records: usize, rate: f64) -> (Vec<usize>, Replayed) {
        struct Shared;
        impl Clock for Shared {
            fn now_ns(&self) -> u64 {
                NOW.get()
            }
            fn wait_until_ns(&self, due: u64, _: &Control) -> Result<u64, Interrupted> {
                NOW.set(NOW.get().max(due));
                Ok(NOW.get())
            }
        }
        NOW.set(0);
        let schedule = Schedule::new(Pace::Rate(rate), false, None).expect("valid").expect("paced");
        let trigger = trigger.parse().expect("a trigger");
        let edges = Edges::new(trigger, records, None, Some(&schedule)).expect("due times are there");
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut versions: Vec<Box<dyn Version<u8>>> = vec![Box::new(Micro(seen.clone(), 0))];
        let random = &mut SplitMix64::new(1);
        let records = vec![0; records];
        let input = Paced { records: &records, edges: &edges, schedule: &schedule, emissions: &[] };
        let (mut replayed, _) =
            feed_paced(&mut versions, &input, random, &Shared, &Control::default()).expect("not stopped");
        (seen.lock().expect("not poisoned").clone(), replayed.remove(0))
    }

    #[test]
    fn a_micro_batch_waits_for_its_last_record_or_the_end_of_its_interval() {
        // Due each microsecond: the first of three waits 2 µs and 300 ns.
        let (sizes, job) = batches("every 3 records", 7, 1e6);
        assert_eq!((sizes, job.latency.count()), (vec![3, 3, 1], 7));
        assert!((job.latency.max_ns() / 2300.0 - 1.0).abs() < 0.002, "{}", job.latency.max_ns());
        // Due each 250 µs: four within each millisecond, the first of which waits to its end.
        let (sizes, job) = batches("every 1ms", 9, 4000.0);
        assert_eq!(sizes, [4, 4, 1]);
        assert!((job.latency.max_ns() / 1_000_300.0 - 1.0).abs() < 0.002, "{}", job.latency.max_ns());
        // Due each 4 ms: of four intervals three are empty, of which the job is told once, and no record waits for it.
        let (sizes, job) = batches("every 1ms", 3, 250.0);
        assert_eq!((sizes, job.latency.count()), (vec![1, 0, 1, 0, 1], 3));
        assert!((job.latency.max_ns() / 1_000_300.0 - 1.0).abs() < 0.002, "{}", job.latency.max_ns());
    }

    #[test]
    fn an_eager_batch_takes_what_has_arrived_meanwhile() {
        // Due each 100 ns, a batch takes 300: after the first, three or four arrive during each.
        let (sizes, job) = batches("eager", 5000, 1e7);
        assert_eq!((sizes[0], sizes[1], sizes[2]), (1, 3, 3));
        assert_eq!(sizes.iter().sum::<usize>(), 5000);
        assert!(sizes.iter().all(|&size| size <= 4), "across turns as well");
        assert!(!job.saturated);
    }

    #[test]
    fn a_turn_lasts_ten_milliseconds_or_a_chunk() {
        let schedule = |rate| Schedule::new(Pace::Rate(rate), false, None).expect("valid").expect("paced");
        assert_eq!(turn_end(&mut schedule(1e6), 0, 5000), CHUNK);
        assert_eq!(turn_end(&mut schedule(10_000.0), 0, 5000), 100);
        assert_eq!(turn_end(&mut schedule(1.0), 7, 5000), 8);
        assert_eq!(turn_end(&mut schedule(1e6), 4999, 5000), 5000);
    }
}
