//! Measures, by the machine's clock, what catching up costs whom. A run goes by recorded time; here the same parts (log,
//! jobs, worker, serving store) are driven as fast as they go, or at a rate.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use compare::Role;
use datasets::Record;
use store::{
    log::{Log, LogSettings},
    serving::{Deployment, Durability},
};

use super::Ground;
use crate::{
    error::Error,
    serving::{
        runner::{Advanced, Failed, Runner},
        store::Store,
        trouble,
        worker::Worker,
    },
};

/// Records that stable reads at once at most, and the candidate beside it.
const TURN: u64 = 1024;
/// The candidate is granted so many times as many as come in.
const CAP: u64 = 4;

/// Describes how fast a candidate reads a log, and what stable's readers notice of it.
#[derive(Debug, Clone, Copy)]
pub struct UpgradeSpeed {
    /// Records of the log.
    pub records: u64,
    /// Records a second that the candidate reads and serves with nobody beside it.
    pub alone: f64,
    /// Records a second that it reads and serves while stable does so, too, as fast as it can.
    pub beside: f64,
    /// Records a second at which records come in while latency is measured.
    pub rate: u64,
    /// Records whose latency was measured, each way.
    pub measured: u64,
    /// Stable's median and p99 from the moment a record was due until its rows were served, with no candidate.
    pub without: [Duration; 2],
    /// Stable's median and p99 while a candidate catches up.
    pub with: [Duration; 2],
}

/// A log and a store in a folder.
struct Machine<'a, 'g, R: Record> {
    ground: &'a Ground<'g, R>,
    log: Log,
    store: Store,
}

impl<'a, 'g, R: Record> Machine<'a, 'g, R> {
    /// With so many records in the log.
    fn new(ground: &'a Ground<'g, R>, folder: &Path, records: u64) -> Result<Self, Error> {
        let settings = LogSettings { durability: Durability::Process, ..LogSettings::default() };
        let mut log = Log::create(&folder.join("log"), settings).map_err(trouble)?;
        while log.end() < records {
            let to = (log.end() + TURN).min(records);
            ground.arrivals.append(&mut log, to).map_err(trouble)?;
        }
        let store = Store::open(&folder.join("served"), Durability::Process).map_err(trouble)?;
        Ok(Self { ground, log, store })
    }

    fn job(&mut self, role: Role, from: u64) -> Result<(Runner<R>, Deployment), Error> {
        let source = self.ground.source(&self.log, from, role)?;
        let deployment = self.store.deploy(role.name()).map_err(trouble)?;
        Ok((Runner::new(self.ground.trial.make_served(role), source), deployment))
    }

    fn serve(&mut self, of: Deployment, advanced: Result<Advanced, Failed>) -> Result<u64, Error> {
        let advanced = advanced.map_err(|failed| self.ground.failure(Role::Candidate, failed))?;
        self.store.write(of, &advanced)?;
        Ok(advanced.position)
    }

    /// The seconds in which a candidate reads the whole log alone.
    fn alone(&mut self) -> Result<f64, Error> {
        let (mut job, deployment) = self.job(Role::Candidate, 0)?;
        let (end, began) = (self.log.end(), Instant::now());
        let mut position = 0;
        while position < end {
            let advanced = job.advance((position + CAP * TURN).min(end));
            position = self.serve(deployment, advanced)?;
        }
        Ok(began.elapsed().as_secs_f64())
    }

    /// The seconds in which it does so while stable reads, too.
    fn beside(&mut self) -> Result<f64, Error> {
        let ((mut stable, of_stable), (job, of_candidate)) =
            (self.job(Role::Stable, 0)?, self.job(Role::Candidate, 0)?);
        let worker = Worker::new(job, self.ground.patience);
        let (end, began) = (self.log.end(), Instant::now());
        let (mut position, mut read) = (0, 0);
        while position < end {
            worker.advance((position + CAP * TURN).min(end));
            read = (read + TURN).min(end);
            let advanced = stable.advance(read);
            self.serve(of_stable, advanced)?;
            position = self.serve(of_candidate, worker.answer())?;
        }
        Ok(began.elapsed().as_secs_f64())
    }

    /// Stable's latencies while `count` more records come in at this rate, beside a candidate or not.
    fn paced(&mut self, count: u64, rate: u64, candidate: bool) -> Result<Vec<Duration>, Error> {
        let first = self.log.end();
        let (mut stable, of_stable) = self.job(Role::Stable, first)?;
        let mut beside = None;
        if candidate {
            let (job, deployment) = self.job(Role::Candidate, 0)?;
            let worker = Worker::new(job, self.ground.patience);
            worker.advance(TURN);
            beside = Some((worker, deployment));
        }
        let due = |record: u64| Duration::from_nanos(record * 1_000_000_000 / rate);
        let (mut latencies, began) = (Vec::new(), Instant::now());
        while self.log.end() < first + count {
            let there = (began.elapsed().as_nanos() * u128::from(rate) / 1_000_000_000) as u64;
            let (from, to) = (self.log.end(), (first + there.min(count)).min(self.log.end() + TURN));
            if to > from {
                self.ground.arrivals.append(&mut self.log, to).map_err(trouble)?;
                let advanced = stable.advance(to);
                self.serve(of_stable, advanced)?;
                let served = began.elapsed();
                latencies.extend((from..to).map(|record| served.saturating_sub(due(record - first))));
            }
            match &beside {
                Some((worker, deployment)) => {
                    if let Some(answer) = worker.try_answer() {
                        let position = self.serve(*deployment, answer)?;
                        worker.advance((position + TURN).min(first));
                    }
                }
                None if to == from => std::thread::yield_now(),
                None => {}
            }
        }
        latencies.sort_unstable();
        Ok(latencies)
    }
}

/// Measures on a ground whose records are a backlog, and `paced` more for each of two ways to take them in, each twice.
pub(super) fn measure<R: Record>(
    ground: &Ground<'_, R>,
    folder: &Path,
    (paced, rate): (u64, u64),
) -> Result<UpgradeSpeed, Error> {
    let all = ground.timeline.records();
    let records = all.checked_sub(4 * paced).filter(|&records| records > 0);
    let records = records.ok_or_else(|| Error::usage("too few records for what is to be measured"))?;
    let mut machine = Machine::new(ground, folder, records)?;
    let (alone, beside) = (machine.alone()?, machine.beside()?);
    let mut found = [Vec::new(), Vec::new()];
    for round in [false, true, true, false] {
        found[usize::from(round)].extend(machine.paced(paced, rate, round)?);
    }
    let measured = found[0].len() as u64;
    let [without, with] = found.map(|mut all| {
        all.sort_unstable();
        [all.len() / 2, all.len() * 99 / 100].map(|at| all[at])
    });
    let speed = |seconds: f64| records as f64 / seconds;
    Ok(UpgradeSpeed { records, alone: speed(alone), beside: speed(beside), rate, measured, without, with })
}
