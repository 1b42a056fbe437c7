//! The three layers at work on one log, by recorded time.
//!
//! A view is recomputed on a thread of its own while records come in, from the whole log up to its boundary. A fresh speed
//! layer begins at the boundary beside the old one; when the view is done, (view, boundary, speed layer) is served in place
//! of the last one in one step, so that each record is covered exactly once at any moment.

use std::{
    ops::Range,
    thread::{Scope, ScopedJoinHandle},
    time::Instant,
};

use batch::Merge;
use compare::{
    Role,
    architecture::{Recomputation, Work},
};
use datasets::{Answer, Record, Table};
use store::log::Kept;

use super::{
    merged::{Merged, Rule},
    stored::Stored,
};
use crate::{
    error::Error,
    problem::Work as Effort,
    serving::{
        log_trouble,
        logged::Arrivals,
        rows::{Changed, Changes, Shape},
        runner::{Advanced, Failed, Lines, Runner, Source},
        timeline::Timeline,
        watching::Watching,
    },
    trial::{Trial, job_failure},
};

/// A run has about this many ticks, of so many records at most.
const TICKS: u64 = 1000;
const MOST_A_TICK: u64 = 1024;

/// Describes what the layers work with.
pub(crate) struct Layers<'a, R: Record> {
    pub(crate) trial: &'a Trial<'a, R>,
    pub(crate) timeline: &'a Timeline,
    pub(crate) arrivals: &'a Arrivals<'a>,
    pub(crate) shape: &'a Shape,
    pub(crate) merge: Merge,
    /// The version that is the speed layer.
    pub(crate) speed: Role,
    /// Records that the speed layer never sees.
    pub(crate) lost: Option<Range<u64>>,
}

/// When views are recomputed: each boundary, and where its view is served.
pub(super) type Plan = Vec<(u64, u64)>;

/// A speed layer: a job that began at a boundary, and all that it has said since.
struct Speed<R: Record> {
    runner: Runner<R>,
    boundary: u64,
}

/// A view that is being recomputed, and the speed layer that will cover what comes behind it.
struct Pending<'scope, R: Record> {
    view: ScopedJoinHandle<'scope, Result<(Table, u64), Error>>,
    speed: Speed<R>,
    said: Vec<Changed>,
    complete_to_ms: Option<i64>,
    serve_at: u64,
}

/// Describes what came of a run.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) views: Vec<Recomputation>,
    pub(super) batch: Work,
    pub(super) speed: Work,
    pub(super) batch_ns: u64,
    pub(super) speed_ns: u64,
    pub(super) versions_checked: u64,
    /// The age of the view at each tick, in records.
    pub(super) ages: Vec<u64>,
    /// The boundary of the last view that was served.
    pub(super) boundary: u64,
    /// Holds the rows that were served before and after each view.
    #[cfg(test)]
    pub(super) published: Vec<[Vec<crate::serving::store::Row>; 2]>,
}

/// A run under way.
pub(super) struct Run<'a, 'scope, R: Record> {
    layers: &'a Layers<'a, R>,
    log: &'a mut dyn Kept,
    stored: Option<&'a mut Stored>,
    speed: Speed<R>,
    merged: Merged,
    pending: Option<Pending<'scope, R>>,
    ran: Ran,
}

impl<'a, R: Record> Layers<'a, R> {
    pub(super) fn rule(&self) -> Rule<'_> {
        Rule { merge: self.merge, shape: self.shape, keys: &self.trial.loaded.keys }
    }

    /// Runs the layers over the whole log.
    pub(super) fn drive(
        &'a self,
        log: &'a mut dyn Kept,
        stored: Option<&'a mut Stored>,
        plan: &Plan,
        watch: &mut Watching<'_, R>,
    ) -> Result<Ran, Error> {
        std::thread::scope(|scope| {
            let speed = self.speed_from(log, 0)?;
            let merged = Merged::default();
            let mut run =
                Run { layers: self, log, stored, speed, merged, pending: None, ran: Ran::default() };
            run.run(scope, plan, watch)?;
            Ok(run.ran)
        })
    }

    fn speed_from(&self, log: &dyn Kept, boundary: u64) -> Result<Speed<R>, Error> {
        let source = Source {
            reader: log.read_from(boundary),
            decoder: self.trial.frozen.row_decoder()?,
            keys: self.trial.loaded.keys.clone(),
            edges: self.trial.edges.clone(),
            shape: self.shape.clone(),
            lost: self.lost.clone(),
            left_out: self.trial.left_out(self.speed),
            lines: Lines::of(self.trial),
        };
        Ok(Speed { runner: Runner::new(self.trial.make_served(self.speed), source), boundary })
    }

    /// The batch layer: the answer to the first `boundary` records, and how long that took.
    fn view(&self, boundary: u64) -> Result<(Table, u64), Error> {
        let began = Instant::now();
        let records = &self.trial.arranged.records[..boundary as usize];
        let computed = (self.trial.problem.reference)(
            records,
            &self.trial.loaded.keys,
            &self.trial.plan.params,
            Effort::Full,
        );
        let computed = computed.map_err(|error| Error::input(error.message))?;
        match computed.answer {
            Answer::Table(table) => Ok((table, began.elapsed().as_nanos() as u64)),
            Answer::Decisions(_) => Err(Error::Invalid("the batch answer is no table".to_owned())),
        }
    }

    fn failure(&self, failed: Failed) -> Error {
        let name = self.trial.plan.name(self.speed);
        match failed {
            Failed::Job(failure) => {
                job_failure(failure, name, self.trial.arranged.offsets.as_deref(), self.trial.frozen)
            }
            Failed::Log(error) => log_trouble(error),
            failed => Error::Invalid(format!("job {}: {failed}", datasets::shown(name))),
        }
    }
}

impl<'scope, R: Record> Run<'_, 'scope, R> {
    fn run<'env>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        plan: &Plan,
        watch: &mut Watching<'_, R>,
    ) -> Result<(), Error>
    where
        Self: 'scope,
    {
        let records = self.layers.timeline.records();
        let tick = (records / TICKS).clamp(1, MOST_A_TICK);
        let mut plan = plan.iter().copied().peekable();
        while self.log.end() < records {
            self.layers.trial.work.control.check()?;
            let next = plan.peek().map_or(records, |(boundary, _)| *boundary);
            let head = (self.log.end() + tick).min(records).min(next.max(self.log.end() + 1));
            self.layers.arrivals.append(self.log, head).map_err(log_trouble)?;
            watch.arrived(head)?;
            self.tick(head, watch)?;
            if let Some((boundary, serve_at)) = plan.next_if(|(boundary, _)| *boundary <= head) {
                self.recompute(scope, boundary, serve_at)?;
            }
            watch.told();
            self.layers.trial.work.control.advance(tick);
        }
        let advanced = self.speed.runner.finish().map_err(|failed| self.layers.failure(failed))?;
        self.say(advanced, watch)?;
        self.check_stored(records)?;
        let rows = self.merged.rows();
        let listener = self.layers.trial.work.listener;
        self.stored.as_mut().map_or(Ok(()), |stored| stored.close_view(&rows, listener))
    }

    fn tick(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let layers = self.layers;
        let before = self.speed.runner.position();
        let advanced = self.speed.runner.advance(head).map_err(|failed| layers.failure(failed))?;
        self.ran.speed.records += head - before;
        self.ran.speed_ns += advanced.busy_ns;
        self.say(advanced, watch)?;
        if let Some(pending) = &mut self.pending {
            let before = pending.speed.runner.position();
            let advanced = pending.speed.runner.advance(head).map_err(|failed| layers.failure(failed))?;
            self.ran.speed.records += head - before;
            self.ran.speed_ns += advanced.busy_ns;
            if advanced.changes.replaces {
                pending.said.clear();
            }
            pending.said.extend(advanced.changes.rows);
            pending.complete_to_ms = advanced.complete_to_ms.or(pending.complete_to_ms);
        }
        if self.pending.as_ref().is_some_and(|pending| head >= pending.serve_at) {
            self.serve(head, watch)?;
        }
        self.check_cover(head)?;
        self.ran.ages.push(head - self.speed.boundary);
        Ok(())
    }

    /// Takes what the speed layer has to say into what is served.
    fn say(&mut self, advanced: Advanced, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let Advanced { position, changes, complete_to_ms, busy_ns } = advanced;
        let bytes = changes.rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, Vec::len));
        self.ran.speed.wrote(changes.rows.len() as u64, bytes.sum::<usize>() as u64);
        if let Some(stored) = &mut self.stored {
            stored.speed((position, complete_to_ms), &changes)?;
        }
        let rows = self.merged.apply(self.layers.rule(), changes)?;
        if let Some(stored) = &mut self.stored {
            stored.show_changes(&rows)?;
        }
        let changes = Changes { replaces: false, rows };
        watch.served(&Advanced { position, changes, complete_to_ms, busy_ns });
        Ok(())
    }

    /// Begins to recompute the view of the first `boundary` records, and a speed layer behind it.
    fn recompute<'env>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        boundary: u64,
        serve_at: u64,
    ) -> Result<(), Error>
    where
        Self: 'scope,
    {
        let layers = self.layers;
        let speed = layers.speed_from(self.log, boundary)?;
        let view = scope.spawn(move || layers.view(boundary));
        self.pending = Some(Pending { view, speed, said: Vec::new(), complete_to_ms: None, serve_at });
        Ok(())
    }

    /// Serves the view that is done, with its speed layer, in place of the last one.
    fn serve(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let Some(Pending { view, speed, said, complete_to_ms, .. }) = self.pending.take() else {
            return Ok(());
        };
        let panicked = || Error::Invalid("the batch layer crashed".to_owned());
        let (view, took_ns) = view.join().map_err(|_| panicked())??;
        let merged = Merged::new(self.layers.rule(), &view, said.clone())?;
        if let Some(stored) = &mut self.stored {
            stored.replace(
                (&view, &self.layers.trial.loaded.keys),
                (head, complete_to_ms),
                (speed.boundary, &said),
            )?;
            stored.show_instead([&self.merged, &merged])?;
        }
        self.ran.batch.records += speed.boundary;
        self.ran.batch.wrote(view.rows() as u64, 0);
        self.ran.batch_ns += took_ns;
        self.ran.views.push(Recomputation {
            boundary: speed.boundary,
            served_at: head,
            rows: view.rows() as u64,
            changed: Some(merged.differing(&self.merged)),
        });
        #[cfg(test)]
        self.ran.published.push([&self.merged, &merged].map(Merged::rows));
        watch.replaced(&merged.rows(), complete_to_ms);
        self.ran.boundary = speed.boundary;
        (self.merged, self.speed) = (merged, speed);
        self.check_stored(head)
    }

    /// Checks that whoever reads the store and merges what it finds gets what is served.
    fn check_stored(&self, head: u64) -> Result<(), Error> {
        let Some(stored) = &self.stored else { return Ok(()) };
        if stored.answer(self.layers.rule())? == self.merged.rows() {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "at record {head} the rows in the serving store don't merge to the answer that is served"
        )))
    }

    /// Checks that view and speed layer together cover each record of the log exactly once.
    fn check_cover(&mut self, head: u64) -> Result<(), Error> {
        let (view, speed) = (self.ran.boundary, self.speed.boundary..self.speed.runner.position());
        if speed.start != view || speed.end != head {
            return Err(Error::Invalid(format!(
                "the view covers records 0..{view} and the speed layer {}..{} of {head}: a gap or an overlap",
                speed.start, speed.end
            )));
        }
        self.ran.versions_checked += 1;
        Ok(())
    }
}
