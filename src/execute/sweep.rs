//! The candidate under other triggers: what waiting for a batch buys, and what it costs.

use compare::{SweepOutcome, SweepPoint, Wait, WaitUnit};
use datasets::{Frozen, Record, Records};
use replay::{Arranged, Edges, Schedule, feed_untimed};
use stream::{Batching, Concluded};

use super::{conclude, due_times, edges, job::Job, parallel};
use crate::{error::Error, experiment::Experiment, progress::Working};

/// Feeds the candidate anew under each of the experiment's triggers, untimed; `judge` says what came of it.
pub(super) fn sweep<R: Record>(
    job: &Job<R>,
    arranged: &Arranged<'_, R>,
    loaded: &Records<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
    judge: impl Fn(&[u32], Option<&Concluded>) -> SweepOutcome + Sync,
) -> Result<Vec<SweepPoint>, Error> {
    work.progress.step("triggers");
    let due = due_times(arranged, loaded, experiment)?;
    let point = |&trigger: &stream::Trigger| -> Result<SweepPoint, Error> {
        let edges = edges(trigger, arranged, loaded, experiment)?;
        let mut version = job.make(&experiment.params, trigger);
        let mut decisions = Vec::new();
        feed_untimed(&mut *version, &arranged.records, &edges, &mut decisions);
        let is_micro = version.batching() == Batching::Micro;
        let concluded = conclude(
            &mut *version,
            &experiment.candidate,
            &loaded.keys,
            arranged.offsets.as_deref(),
            frozen,
        )?;
        let (batches, wait) = waits(&edges, arranged.records.len(), due.as_ref(), is_micro);
        // The job knows better: event time may move from batch to batch of one record, with nobody waiting.
        let batches = concluded.as_ref().map_or(batches, |concluded| concluded.counts.batches.max(batches));
        let outcome = judge(&decisions, concluded.as_ref());
        Ok(SweepPoint { trigger: trigger.to_string(), batches, wait, outcome })
    };
    parallel::map(&experiment.triggers, arranged.records.len(), work.control, point)?.into_iter().collect()
}

/// How many batches there are, and how long records wait for theirs; a job that acts on each record makes none wait.
fn waits(edges: &Edges, records: usize, due: Option<&Schedule<'_>>, is_micro: bool) -> (u64, Wait) {
    let unit = if due.is_some() { WaitUnit::Ms } else { WaitUnit::Records };
    let scale = if due.is_some() { 1e6 } else { 1.0 };
    let (batches, mut waits) = if is_micro { edges.waits(due) } else { (0, vec![0; records]) };
    waits.sort_unstable();
    let at = |share: f64| {
        let rank = ((waits.len() as f64 * share).ceil() as usize).max(1) - 1;
        waits.get(rank).map_or(0.0, |&wait| wait as f64 / scale)
    };
    (batches, Wait { unit, p50: at(0.5), p99: at(0.99), max: at(1.0) })
}
