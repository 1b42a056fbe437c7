//! A whole run under Lambda: its laws, its folder, its sweep, and what came of it.

use compare::{
    LambdaTimings, Wrongness,
    architecture::{
        AnsweredBy, Healing, LambdaResult, LogResult, ObservedLayers, Recomputation, SweptBoundary,
    },
};
use datasets::Record;

use super::{
    drive::{Layers, Plan, Ran},
    figures::{lateness, quantiles, recommended, sampled},
    laws::Laws,
    stored::Stored,
};
use crate::{
    architecture_sections::{Architecture, ArchitectureChoice, LambdaChoice},
    error::Error,
    events::Step,
    serving::{
        dress::Dress,
        folder::{disk_bytes, work_folder},
        healing::healed_at,
        kept::RunLog,
        store::Store,
        trouble,
        view::{Leaving, Publisher},
        watching::Watching,
    },
    span::Span,
};

impl<R: Record> Layers<'_, R> {
    /// Runs the layers in a folder of their own, which goes when it is over.
    pub(crate) fn run(
        &self,
        choice: &ArchitectureChoice,
    ) -> Result<(LambdaResult, LogResult, LambdaTimings), Error> {
        self.trial.work.begin(Step::Lambda);
        let lambda = &choice.lambda;
        let plan = self.plan(lambda.every, lambda.takes);
        let boundaries: Vec<u64> = sampled(&plan.iter().map(|(boundary, _)| *boundary).collect::<Vec<_>>());
        let laws_tried = Laws { trial: self.trial, merge: self.merge }.hold(&boundaries)?;
        let Once { ran, served, log, disk_bytes } = self.once(choice, &plan, true)?;
        let seconds = |ns: u64| ns as f64 / 1e9;
        let mut timings = LambdaTimings {
            batch_seconds: seconds(ran.batch_ns),
            speed_seconds: seconds(ran.speed_ns),
            disk_bytes,
            observed: None,
        };
        let healing = self.healing(choice, &plan, served.as_ref())?;
        let sweep = self.sweep(choice)?;
        let every = self.timeline.after(0, lambda.every).min(self.timeline.records());
        let mut result =
            self.result(Found { choice: lambda, every, laws_tried, ran, served, healing, sweep });
        timings.observed = self.trial.jobs[self.speed].emits().then(|| observed(&mut result));
        Ok((result, log, timings))
    }

    /// When views are recomputed and served: one at a time, so a boundary that comes too early is left out.
    pub(super) fn plan(&self, every: Span, takes: Span) -> Plan {
        let (records, mut at, mut free) = (self.timeline.records(), 0, 0);
        let mut plan = Vec::new();
        loop {
            at = self.timeline.after(at, every);
            if at >= records {
                return plan;
            }
            if at < free {
                continue;
            }
            free = self.timeline.after(at, takes).max(at + 1);
            plan.push((at, free));
        }
    }

    fn once(&self, choice: &ArchitectureChoice, plan: &Plan, is_stored: bool) -> Result<Once, Error> {
        let folder = work_folder()?;
        let mut kept = RunLog::make(choice, folder.path())?;
        let mut stored = if is_stored {
            let store = Store::open(&folder.path().join("served"), choice.durability).map_err(trouble)?;
            let named = (Architecture::Lambda, self.trial.plan.kept());
            let dress = Dress { shape: self.shape.clone(), keys: self.trial.loaded.keys.clone() };
            let view = Publisher::of(choice.view.as_ref(), named, dress, Leaving::of_run)?;
            Some(Stored::new(store, view.map(Publisher::anew))?)
        } else {
            None
        };
        let mut watch = Watching::new(self.trial, self.timeline)?;
        let ran = self.drive(kept.log(), stored.as_mut(), plan, &mut watch)?;
        let log = kept.log();
        let logged = LogResult { records: log.end(), bytes: log.bytes() };
        Ok(Once { ran, served: watch.end(), log: logged, disk_bytes: disk_bytes(folder.path()) })
    }

    /// Predicts when a planted bug is put right, and finds when it was: by a run without it.
    fn healing(
        &self,
        choice: &ArchitectureChoice,
        plan: &Plan,
        served: Option<&Wrongness>,
    ) -> Result<Option<Healing>, Error> {
        let (Some(lost), Some(served)) = (&self.lost, served) else { return Ok(None) };
        // The first view that covers all of the lost records.
        let view = plan.iter().find(|(boundary, _)| *boundary >= lost.end);
        let predicted_at = view.map(|(_, serve_at)| *serve_at).filter(|at| *at <= self.timeline.records());
        let Self { trial, timeline, arrivals, shape, merge, speed, .. } = *self;
        let well = Layers { trial, timeline, arrivals, shape, merge, speed, lost: None };
        let clean = well.once(choice, plan, false)?.served;
        let healed_at = clean.and_then(|clean| healed_at(served, &clean, lost.start));
        Ok(Some(Healing { from: lost.start, to: lost.end, predicted_at, healed_at }))
    }

    fn sweep(&self, choice: &ArchitectureChoice) -> Result<Vec<SweptBoundary>, Error> {
        let lambda = &choice.lambda;
        if lambda.intervals.is_empty() {
            return Ok(Vec::new());
        }
        let mut sweep = Vec::new();
        for &every in [&lambda.every].into_iter().chain(&lambda.intervals) {
            let plan = self.plan(every, lambda.takes);
            let Once { ran, served, .. } = self.once(choice, &plan, false)?;
            let every = self.timeline.after(0, every).min(self.timeline.records());
            sweep.push(SweptBoundary {
                every,
                recomputed: ran.batch.records,
                wrong_row_seconds: served.as_ref().map_or(0.0, |served| served.wrong_row_seconds),
                claimed_row_seconds: served.as_ref().map_or(0.0, Wrongness::claimed_row_seconds),
            });
        }
        sweep.sort_by_key(|swept| swept.every);
        sweep.dedup_by_key(|swept| swept.every);
        Ok(sweep)
    }

    fn result(&self, found: Found<'_>) -> LambdaResult {
        let Found { choice, every, laws_tried, ran, served, healing, sweep } = found;
        let records = self.timeline.records();
        let layer = |from, to, by: &str| AnsweredBy { from, to, by: by.to_owned() };
        let ledger = [layer(0, ran.boundary, "batch"), layer(ran.boundary, records, "speed")];
        let took = |view: &Recomputation| self.timeline.at(view.served_at) - self.timeline.at(view.boundary);
        let takes_ms = ran.views.iter().map(took).max().map(|ms| ms.max(0).cast_unsigned());
        LambdaResult {
            every,
            takes: self.timeline.after(0, choice.takes).min(records),
            speed_layer: choice.speed.name().to_owned(),
            laws_tried,
            recommended_every: recommended(&sweep),
            views: ran.views,
            ledger: ledger.into_iter().filter(|range| range.from < range.to).collect(),
            versions_checked: ran.versions_checked,
            batch: ran.batch,
            speed: ran.speed,
            claimed_row_seconds: served.as_ref().map(Wrongness::claimed_row_seconds),
            served,
            lateness: lateness(&self.trial.arranged.records),
            takes_ms,
            healing,
            age_records: quantiles(ran.ages),
            sweep,
        }
    }
}

/// Takes out of the results what goes by when rows came.
fn observed(result: &mut LambdaResult) -> ObservedLayers {
    result.claimed_row_seconds = None;
    ObservedLayers {
        changed: result.views.iter_mut().filter_map(|view| view.changed.take()).collect(),
        written: result.speed.take_rows(),
        served: result.served.take(),
    }
}

/// One run of the layers.
struct Once {
    ran: Ran,
    served: Option<Wrongness>,
    log: LogResult,
    disk_bytes: u64,
}

struct Found<'a> {
    choice: &'a LambdaChoice,
    every: u64,
    laws_tried: u64,
    ran: Ran,
    served: Option<Wrongness>,
    healing: Option<Healing>,
    sweep: Vec<SweptBoundary>,
}
