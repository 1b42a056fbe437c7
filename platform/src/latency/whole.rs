//! Whole replays of the same records by the three jobs of a replicate, one job after the other.

use std::time::Instant;

use compare::Role;
use datasets::{Record, SplitMix64};
use replay::{MaxFeed, RealClock};
use stream::Version;

use super::processes::WholeTimes;
use crate::{
    error::Error,
    trial::{Trial, job_failure},
};

/// The jobs of a replicate, in this order.
pub(super) const THREE: [Role; 3] = [Role::Stable, Role::Candidate, Role::Stable];

impl<R: Record> Trial<'_, R> {
    /// Times each of the jobs, which are ready, over the first `records`, in a random order. No job runs while another is
    /// timed.
    pub(super) fn whole(
        &self,
        jobs: [Box<dyn Version<R>>; 3],
        records: usize,
        random: &mut SplitMix64,
    ) -> Result<WholeTimes, Error> {
        let mut jobs: Vec<_> = (0..).zip(THREE).zip(jobs).collect();
        random.shuffle(&mut jobs);
        let mut took_ns = [0; 3];
        for ((place, role), job) in jobs {
            let place: usize = place;
            took_ns[place] = self.replayed_whole(role, job, records)?;
        }
        let [stable_ns, candidate_ns, again_ns] = took_ns;
        Ok(WholeTimes { stable_ns, candidate_ns, again_ns })
    }

    /// Returns how long it took from before the first record was written until the job had ended, and its last row been
    /// read. What is made of its rows after that isn't the job's.
    fn replayed_whole(&self, role: Role, job: Box<dyn Version<R>>, records: usize) -> Result<u64, Error> {
        let Self { arranged, edges, loaded, work, .. } = self;
        let records = &arranged.records[..records.min(arranged.records.len())];
        let mut job = [job];
        let start = Instant::now();
        let clock = RealClock::new();
        let mut feed = MaxFeed::new(&mut job, records.len(), edges, &clock, work.control);
        feed.push_all(records)?;
        drop(feed.end());
        let fed = start.elapsed();
        let [mut job] = job;
        let concluded = job.finish(&loaded.keys);
        let ended = start.elapsed();
        let offsets = arranged.offsets.as_deref();
        concluded.map_err(|failure| job_failure(failure, self.plan.name(role), offsets, self.frozen))?;
        work.control.check()?;
        let emitted = self.jobs[role].emissions().take();
        let took = emitted.map_or(ended, |emitted| fed + emitted.ending);
        Ok(took.as_nanos() as u64)
    }
}
