//! The candidate under other triggers: what waiting for a batch buys, and what it costs.

use compare::{Role, Rules, SweepPoint, SweptCost, SweptRows, Wait, WaitUnit, compare_answers};
use datasets::{Answer, Record};
use replay::{Edges, Schedule, feed_untimed};
use stream::{Batching, Concluded, Trigger};

use super::parallel;
use crate::{
    error::Error,
    events::Step,
    problem::Computed,
    trial::{Given, Trial},
};

/// Feeds the candidate anew under each of the plan's triggers, untimed, and says what came of it.
pub(super) fn sweep<R: Record>(trial: &Trial<'_, R>, reference: &Computed) -> Result<Vec<SweepPoint>, Error> {
    trial.work.begin(Step::Triggers);
    let due = trial.due_times();
    let records = &trial.arranged.records;
    let point = |&trigger: &Trigger| -> Result<SweepPoint, Error> {
        let edges = trial.edges_of(trigger)?;
        let mut version = trial.jobs.candidate.make(&trial.plan.params, trigger);
        let mut decisions = Vec::new();
        feed_untimed(&mut *version, records, &edges, &mut decisions);
        let is_micro = version.batching() == Batching::Micro;
        let given = trial.given(Role::Candidate, &mut *version, decisions)?;
        let (batches, wait) = waits(&edges, records.len(), due.as_ref(), is_micro);
        // The job knows better: event time may move from batch to batch of one record, with nobody waiting.
        let batches = match &given {
            Given::Table(concluded) => concluded.counts.batches.max(batches),
            Given::Decisions(_) => batches,
        };
        Ok(SweepPoint {
            trigger: trigger.to_string(),
            batches,
            wait,
            cost: cost(trial, reference, &given)?,
            rows: rows(trial, reference, &given),
        })
    };
    parallel::map(&trial.plan.triggers, records.len(), trial.work.control, point)?.into_iter().collect()
}

fn cost<R: Record>(
    trial: &Trial<'_, R>,
    reference: &Computed,
    given: &Given,
) -> Result<Option<SweptCost>, Error> {
    let (Given::Decisions(decisions), Some([lower, upper])) = (given, reference.bounds) else {
        return Ok(None);
    };
    let Some(decided) = trial.problem.decided() else { return Ok(None) };
    let checked = trial.check_of(decided, &trial.arranged.records, decisions)?;
    let Some(value) = checked.cost else { return Ok(None) };
    let (low, high) = trial.problem.objective.ratio(value, lower.value, upper.value);
    Ok(Some(SweptCost { value, low, high }))
}

fn rows<R: Record>(trial: &Trial<'_, R>, reference: &Computed, given: &Given) -> Option<SweptRows> {
    let (Given::Table(concluded), Answer::Table(reference)) = (given, &reference.answer) else { return None };
    let Concluded { table, counts, .. } = &**concluded;
    let divergence = compare_answers(reference, table, &trial.loaded.keys, Rules::EXACT).rows;
    Some(SweptRows {
        differing: divergence.rows(),
        equal: divergence.equal,
        late: counts.late,
        not_emitted: counts.not_emitted,
    })
}

/// Returns how many batches there are, and how long records wait for theirs; a job that acts on each record makes none
/// wait.
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
