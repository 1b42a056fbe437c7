//! The feed at pace max: chunks go to the jobs in alternation, and the clock is read once a chunk.

use stream::Version;

use crate::{Clock, Control, Edges, Interrupted, Latency, batches};

/// Records a chunk. Large enough that the clock and the virtual call cost nothing beside the work, small enough
/// that a disturbance of the machine hits all jobs alike.
pub const CHUNK: usize = 1024;

/// What one job did with the records it was fed.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Its decisions, in arrival order.
    pub decisions: Vec<u32>,
    /// The time spent inside it.
    pub service_ns: u64,
    /// The latency of its records.
    pub latency: Latency,
    /// It could not keep up with the pace.
    pub saturated: bool,
}

impl Replayed {
    pub(crate) fn new(records: usize) -> Self {
        let decisions = Vec::with_capacity(records);
        Self { decisions, service_ns: 0, latency: Latency::new(), saturated: false }
    }

    /// Adds the times of another replay of the same records; the decisions stay.
    pub fn add_times_of(&mut self, other: &Self) {
        self.service_ns += other.service_ns;
        self.latency.add(&other.latency);
    }

    /// Records over the time spent inside the job.
    pub fn records_per_second(&self) -> f64 {
        self.latency.count() as f64 * 1e9 / self.service_ns.max(1) as f64
    }
}

/// A feed at pace max under way, to which records are handed chunk by chunk: it needs no more of them than one chunk.
///
/// Each chunk goes to all of the versions before the next; who goes first alternates. Jobs that want to know are told
/// where micro-batches end.
pub struct MaxFeed<'a, R, C> {
    versions: &'a mut [Box<dyn Version<R>>],
    edges: &'a Edges,
    clock: &'a C,
    control: &'a Control,
    replayed: Vec<Replayed>,
    /// How many chunks and records have been fed.
    chunks: usize,
    fed: usize,
}

impl<'a, R, C: Clock> MaxFeed<'a, R, C> {
    /// A feed of fresh versions; `decisions`: how many of them to make room for.
    pub fn new(
        versions: &'a mut [Box<dyn Version<R>>],
        decisions: usize,
        edges: &'a Edges,
        clock: &'a C,
        control: &'a Control,
    ) -> Self {
        let replayed = versions.iter().map(|_| Replayed::new(decisions)).collect();
        Self { versions, edges, clock, control, replayed, chunks: 0, fed: 0 }
    }

    /// Feeds the records that come next: [`CHUNK`] of them, fewer only at the end.
    pub fn push(&mut self, chunk: &[R]) -> Result<(), Interrupted> {
        self.control.check()?;
        let jobs = self.versions.len();
        for place in 0..jobs {
            let which = (self.chunks + place) % jobs;
            let job = &mut self.replayed[which];
            let began = self.clock.now_ns();
            batches::push(&mut *self.versions[which], chunk, self.fed, self.edges, &mut job.decisions);
            let took = self.clock.now_ns().saturating_sub(began);
            job.service_ns += took;
            job.latency.record_mean(took, chunk.len() as u64);
        }
        self.chunks += 1;
        self.fed += chunk.len();
        self.control.advance((chunk.len() * jobs) as u64);
        Ok(())
    }

    /// What each did, in the order of the versions.
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
    for chunk in records.chunks(CHUNK) {
        feed.push(chunk)?;
    }
    Ok(feed.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;
    use datasets::Item;
    use stream::{
        Trigger,
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
            vec![Box::new(FirstFit::new(10)), Box::new(BestFit::new(10))];
        let replayed =
            feed_at_max(&mut both, &items, &once(&items), &TestClock::default(), &Control::default())
                .expect("not stopped");
        let mut alone = Vec::new();
        BestFit::new(10).push_chunk(&items, &mut alone);
        assert_eq!(replayed[1].decisions, alone);
        assert_eq!(replayed[0].latency.count(), items.len() as u64);
    }

    #[test]
    fn a_stopped_feed_gives_nothing() {
        let control = Control::default();
        control.stop();
        let mut job: Vec<Box<dyn Version<Item>>> = vec![Box::new(FirstFit::new(10))];
        assert!(feed_at_max(&mut job, &items(5), &once(&items(5)), &TestClock::default(), &control).is_err());
    }
}
