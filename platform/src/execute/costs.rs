//! Describes what decisions cost beyond the one answer: at growing prefixes, over other orders, in other runs.

use compare::{Bounds, CurvePoint, Noise, Orders, Pair, Role};
use datasets::Record;
use replay::{Edges, Order, arrange};

use super::{noise, parallel, prefixes, reference::described};
use crate::{
    error::Error,
    events::Step,
    problem::{Computed, Decided},
    trial::{Given, Trial},
};

/// All of it; nothing where the answer is a table.
#[derive(Default)]
pub(super) struct Costs {
    /// At growing prefixes of the order of arrival.
    pub(super) curve: Vec<CurvePoint>,
    /// Says how stable's runs differ, and the candidate's.
    pub(super) noise: Pair<Option<Noise>>,
    /// Over shuffled orders.
    pub(super) orders: Option<Orders>,
}

/// `given` is in the order of the arrivals.
pub(super) fn costs<R: Record>(
    trial: &Trial<'_, R>,
    reference: &Computed,
    given: &Pair<Given>,
) -> Result<Costs, Error> {
    let (Some(decided), Pair { stable: Given::Decisions(stable), candidate: Given::Decisions(candidate) }) =
        (trial.problem.decided(), given)
    else {
        return Ok(Costs::default());
    };
    let first = Pair { stable: stable.as_slice(), candidate: candidate.as_slice() };
    trial.work.begin(Step::Prefixes);
    let curve = match (reference.bounds, &decided.prefixes) {
        (Some(whole), Some(at)) => prefixes::curve(trial, at, first, whole)?,
        _ => Vec::new(),
    };
    let noise = noise::noise(trial, decided, first)?;
    let orders = match described("", reference).bounds {
        Some(bounds) if stand(trial, decided, first)? => orders(trial, decided, &bounds)?,
        Some(_) | None => None,
    };
    Ok(Costs { curve, noise, orders })
}

/// Returns whether both jobs' decisions have a cost; else their costs in other orders say nothing.
fn stand<R: Record>(trial: &Trial<'_, R>, decided: &Decided<R>, first: Pair<&[u32]>) -> Result<bool, Error> {
    let checked = Pair::try_of(|role| trial.check_of(decided, &trial.arranged.records, first[role]))?;
    Ok(checked.stable.cost.is_some() && checked.candidate.cost.is_some())
}

/// Both jobs over the plan's shuffled orders; untimed, so side by side on all processors.
fn orders<R: Record>(
    trial: &Trial<'_, R>,
    decided: &Decided<R>,
    bounds: &Bounds,
) -> Result<Option<Orders>, Error> {
    let (plan, work, records) = (trial.plan, trial.work, &trial.loaded.records);
    work.begin(Step::Orders);
    if plan.orders == 0 {
        return Ok(None);
    }
    // A shuffled order has no arrivals to go by.
    let edges =
        Edges::new(plan.replay.trigger, records.len(), plan.replay.max_batch, None).map_err(|error| {
            Error::usage(format!("trigger = \"{}\" with orders: {error}", plan.replay.trigger))
        })?;
    let count = plan.orders as usize;
    let costs = parallel::map_indices(count, records.len(), work.control, |index| {
        let seed = plan.replay.seed + index as u64;
        let arranged = arrange(records, Order::Shuffled, seed).records;
        let cost = |role| -> Result<u64, Error> {
            let decisions = trial.decisions(role, &arranged, &edges);
            let checked = trial.check_of(decided, &arranged, &decisions)?;
            checked.cost.ok_or_else(|| {
                let why = checked.problem.unwrap_or_default();
                let job = trial.plan.name(role);
                Error::input(format!("{job}'s decisions have no cost in the order of seed {seed}: {why}"))
            })
        };
        // The optimum of the records in their own order says nothing of another one, where the order counts.
        let own = decided.follows_order.then(|| trial.bounds_of(&arranged)).flatten();
        let bounds = own.unwrap_or((bounds.lower, bounds.upper));
        Ok(compare::OrderCost {
            seed,
            stable: cost(Role::Stable)?,
            candidate: cost(Role::Candidate)?,
            bounds,
        })
    })?;
    let costs = costs.into_iter().collect::<Result<Vec<_>, Error>>()?;
    work.control.check()?;
    Ok(compare::summarise_orders(&costs, &trial.problem.objective))
}
