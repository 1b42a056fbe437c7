//! The feed at pace max: chunks go to the jobs in alternation, and the clock is read once a chunk.

use stream::Version;

use crate::{Clock, Control, Edges, Interrupted, Latency, batches};

/// Records a chunk. Large enough that the clock and the virtual call cost nothing beside the work, small enough
/// that a disturbance of the machine hits all jobs alike.
pub const CHUNK: usize = 1024;

/// A chunk of less work is no sample of its own: what is timed of it is how memory happens to lie.
const LEAST_CHUNK_NS: u64 = 20_000;

/// Describes what one job did with the records it was fed.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Its decisions, in arrival order.
    pub decisions: Vec<u32>,
    /// The time spent inside it, on records that were timed.
    pub service_ns: u64,
    /// The latency of the records that were timed.
    pub latency: Latency,
    /// Says how often it was timed: chunks, or in a paced replay records or micro-batches.
    timed: u64,
    /// The most records that were timed at once.
    largest: u64,
    /// It was timed by chunks, at pace max.
    by_chunk: bool,
    /// The mean time a record took, by replay, where there were several.
    means_ns: Vec<f64>,
    /// It could not keep up with the pace.
    pub saturated: bool,
}

impl Replayed {
    pub(crate) fn new(records: usize) -> Self {
        Self {
            decisions: Vec::with_capacity(records),
            service_ns: 0,
            latency: Latency::new(),
            timed: 0,
            largest: 0,
            by_chunk: false,
            means_ns: Vec::new(),
            saturated: false,
        }
    }

    /// Counts that so many records were timed together.
    pub(crate) fn count(&mut self, records: u64) {
        self.timed += 1;
        self.largest = self.largest.max(records);
    }

    /// Takes the times of another replay of the same records in place of its own, which has warmed up; the decisions
    /// stay.
    pub fn take_times_of(&mut self, other: Self) {
        let decisions = std::mem::take(&mut self.decisions);
        *self = Self { decisions, means_ns: vec![other.mean_ns()], ..other };
    }

    /// Adds the times of another replay of the same records; the decisions stay.
    pub fn add_times_of(&mut self, other: &Self) {
        self.service_ns += other.service_ns;
        self.latency.add(&other.latency);
        self.timed += other.timed;
        self.largest = self.largest.max(other.largest);
        self.means_ns.push(other.mean_ns());
    }

    /// The mean time that a record takes inside the job; of several replays the median, for one that was disturbed
    /// must not decide.
    pub fn mean_ns(&self) -> f64 {
        let mut means = self.means_ns.clone();
        means.sort_by(f64::total_cmp);
        match means.len() {
            0..3 => self.service_ns as f64 / self.latency.count().max(1) as f64,
            several => f64::midpoint(means[(several - 1) / 2], means[several / 2]),
        }
    }

    /// Returns how many independent samples the times make. A last chunk of a few records isn't one: the others would
    /// weigh more than one among so many. Nor are chunks that hold less than 20 µs of work, each by itself.
    pub fn samples(&self) -> u64 {
        let samples = self.timed.min(self.latency.count() / self.largest.max(1));
        if self.by_chunk { samples.min(self.service_ns / LEAST_CHUNK_NS) } else { samples }
    }
}

/// A feed at pace max under way, to which records are handed chunk by chunk: it needs no more of them than one chunk.
///
/// Each chunk goes to all of the versions before the next. Jobs that want to know are told where micro-batches end.
pub struct MaxFeed<'a, R, C> {
    versions: &'a mut [Box<dyn Version<R>>],
    edges: &'a Edges,
    clock: &'a C,
    control: &'a Control,
    replayed: Vec<Replayed>,
    /// Says how many chunks and records have been fed.
    chunks: usize,
    fed: usize,
    /// Chunks that were fed in replays before this one.
    before: usize,
}

impl<'a, R, C: Clock> MaxFeed<'a, R, C> {
    /// A feed of fresh versions; `decisions`: how many of them to make room for. Its first chunk isn't timed: code and
    /// data are cold, and whoever came first would pay for both.
    pub fn new(
        versions: &'a mut [Box<dyn Version<R>>],
        decisions: usize,
        edges: &'a Edges,
        clock: &'a C,
        control: &'a Control,
    ) -> Self {
        let new = || Replayed { by_chunk: true, ..Replayed::new(decisions) };
        let replayed = versions.iter().map(|_| new()).collect();
        Self { versions, edges, clock, control, replayed, chunks: 0, fed: 0, before: 0 }
    }

    /// A feed after others that have fed so many chunks: it goes on with whose turn it is, and times all chunks.
    #[must_use]
    pub fn after(mut self, chunks: usize) -> Self {
        self.before = chunks;
        self
    }

    /// Feeds the records that come next: [`CHUNK`] of them, fewer only at the end.
    pub fn push(&mut self, chunk: &[R]) -> Result<(), Interrupted> {
        self.control.check()?;
        let jobs = self.versions.len();
        let (turn, is_cold) = (self.before + self.chunks, self.before + self.chunks == 0);
        for place in 0..jobs {
            let which = if is_reversed(turn) { jobs - 1 - place } else { place };
            let job = &mut self.replayed[which];
            let _watch = self.control.watch(which, self.fed..self.fed + chunk.len());
            let began = self.clock.now_ns();
            batches::push(&mut *self.versions[which], chunk, self.fed, self.edges, &mut job.decisions);
            let took = self.clock.now_ns().saturating_sub(began);
            if !is_cold {
                job.service_ns += took;
                job.latency.record_mean(took, chunk.len() as u64);
                job.count(chunk.len() as u64);
            }
        }
        self.chunks += 1;
        self.fed += chunk.len();
        self.control.advance((chunk.len() * jobs) as u64);
        Ok(())
    }

    /// Feeds all of these records.
    pub fn push_all(&mut self, records: &[R]) -> Result<(), Interrupted> {
        records.chunks(CHUNK).try_for_each(|chunk| self.push(chunk))
    }

    /// Returns what each did, in the order of the versions.
    pub fn end(self) -> Vec<Replayed> {
        self.replayed
    }
}

/// Feeds all of `records` to each of `versions`, as [`MaxFeed`] does.
pub fn feed_at_max<R>(
    versions: &mut [Box<dyn Version<R>>],
    records: &[R],
    edges: &Edges,
    clock: &impl Clock,
    control: &Control,
) -> Result<Vec<Replayed>, Interrupted> {
    let mut feed = MaxFeed::new(versions, records.len(), edges, clock, control);
    feed.push_all(records)?;
    Ok(feed.end())
}

/// Returns whether the last goes first in this turn: AB BA BA AB BA AB AB BA and so on (Thue 1906, Morse 1921). Whoever
/// goes first fetches the records, and finds the caches as the other has left them; in this sequence nothing that
/// grows, or returns every few chunks, falls on one of them more than on the other.
fn is_reversed(turn: usize) -> bool {
    turn.count_ones() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;
    use datasets::Item;
    use std::cell::Cell;
    use stream::{
        Deciding, Trigger,
        jobs::bin_packing::{BestFit, FirstFit},
    };

    fn items(count: u64) -> Vec<Item> {
        (0..count).map(|i| Item { size: i % 7 }).collect()
    }

    fn once(items: &[Item]) -> Edges {
        Edges::new(Trigger::Once, items.len(), None, None).expect("needs no times")
    }

    #[test]
    fn each_job_decides_as_if_it_were_alone() {
        let items = items(3 * CHUNK as u64 + 17);
        let mut both: Vec<Box<dyn Version<Item>>> =
            vec![Box::new(Deciding(FirstFit::new(10))), Box::new(Deciding(BestFit::new(10)))];
        let replayed =
            feed_at_max(&mut both, &items, &once(&items), &TestClock::default(), &Control::default())
                .expect("not stopped");
        let mut alone = Vec::new();
        Deciding(BestFit::new(10)).push_chunk(&items, &mut alone);
        assert_eq!(replayed[1].decisions, alone);
        assert_eq!(replayed[0].latency.count(), (items.len() - CHUNK) as u64, "the first chunk isn't timed");
        let timed = Replayed { by_chunk: false, ..replayed[0].clone() };
        assert_eq!(timed.samples(), 2, "two chunks and a few records");
    }

    /// A clock that jobs move.
    struct Moved<'a>(&'a Cell<u64>);

    impl Clock for Moved<'_> {
        fn now_ns(&self) -> u64 {
            self.0.get()
        }
        fn wait_until_ns(&self, due: u64, _: &Control) -> Result<u64, Interrupted> {
            self.0.set(self.0.get().max(due));
            Ok(self.0.get())
        }
    }

    thread_local! {
        static NOW: Cell<u64> = const { Cell::new(0) };
        static CALLS: Cell<u64> = const { Cell::new(0) };
    }

    /// Takes 20 ns a record; the very first record of all costs much more, and so does whoever is first to see a chunk.
    struct Steady;

    impl stream::Job<Item> for Steady {
        fn push(&mut self, _: &Item) -> u32 {
            let call = CALLS.get();
            let cold = if call == 0 { 5_000_000 } else { 0 };
            let first = if (call / CHUNK as u64).is_multiple_of(2) { 3 } else { 0 };
            CALLS.set(call + 1);
            NOW.set(NOW.get() + 20 + cold + first);
            0
        }
    }

    /// The two versions after `replays` replays of so many chunks.
    fn steady(chunks: usize, replays: usize) -> Vec<Replayed> {
        NOW.set(0);
        CALLS.set(0);
        let items = items((chunks * CHUNK) as u64);
        let (edges, control) = (once(&items), Control::default());
        let replay = |before: usize| {
            NOW.with(|now| {
                let mut versions: Vec<Box<dyn Version<Item>>> =
                    vec![Box::new(Deciding(Steady)), Box::new(Deciding(Steady))];
                let clock = Moved(now);
                let mut feed = MaxFeed::new(&mut versions, 0, &edges, &clock, &control).after(before);
                feed.push_all(&items).expect("not stopped");
                feed.end()
            })
        };
        let mut replayed = replay(0);
        for pass in 1..replays {
            for (job, again) in replayed.iter_mut().zip(replay(pass * chunks)) {
                if pass == 1 { job.take_times_of(again) } else { job.add_times_of(&again) }
            }
        }
        replayed
    }

    #[test]
    fn a_cold_start_and_going_first_fall_on_neither() {
        // The first is not timed, and the last may be left without its other.
        for (chunks, replays) in [(1, 101), (2, 51), (49, 7), (129, 1), (1025, 1)] {
            let [stable, candidate] = &steady(chunks, replays)[..] else { panic!("two versions") };
            let timed = stable.samples();
            assert_eq!(timed, candidate.samples());
            assert_eq!(timed as usize, chunks * replays - if replays == 1 { 1 } else { chunks });
            assert!((20.0..23.1).contains(&stable.mean_ns()), "{} of {chunks}", stable.mean_ns());
            let apart = (stable.service_ns as f64 - candidate.service_ns as f64).abs();
            assert!(apart <= 2.0 * 3.0 * CHUNK as f64, "{apart} ns after {replays} of {chunks}");
        }
    }

    #[test]
    fn chunks_of_next_to_no_work_are_few_samples() {
        // A chunk takes 21 to 24 µs; of one in a hundred of its records it would be 0.2 µs.
        let whole = steady(100, 1).remove(0);
        let little = Replayed { service_ns: whole.service_ns / 100, ..whole.clone() };
        assert_eq!((whole.samples(), little.samples()), (99, 1));
        assert_eq!(Replayed { by_chunk: false, ..little }.samples(), 99);
    }

    #[test]
    fn one_disturbed_replay_decides_nothing() {
        let mut replayed = steady(3, 6).remove(0);
        let before = replayed.mean_ns();
        let mut disturbed = steady(3, 1).remove(0);
        disturbed.service_ns *= 1000;
        replayed.add_times_of(&disturbed);
        assert!((replayed.mean_ns() / before - 1.0).abs() < 0.1, "{}", replayed.mean_ns());
    }

    #[test]
    fn a_stopped_feed_gives_nothing() {
        let control = Control::default();
        control.stop();
        let mut job: Vec<Box<dyn Version<Item>>> = vec![Box::new(Deciding(FirstFit::new(10)))];
        assert!(feed_at_max(&mut job, &items(5), &once(&items(5)), &TestClock::default(), &control).is_err());
    }
}
