//! The ratio over growing prefixes of the arrival order, each against its own reference interval.

use compare::{CurvePoint, Pair};
use datasets::{Bound, Record};

use super::parallel;
use crate::{
    error::Error,
    problem::{Decided, Work},
    trial::Trial,
};

/// Points of a curve, and how many for a dataset of several million records, whose prefixes take their time.
const POINTS: usize = 200;
const POINTS_IF_LARGE: usize = 40;
const LARGE: usize = 2_000_000;
/// Up to this many records each prefix gets a share of the search; above, the near-linear methods are as good.
const SEARCHED: usize = 20_000;

/// Costs and bounds at about 200 prefixes; `whole` are those of all records. `decisions` are stable's and the
/// candidate's, in arrival order.
pub(super) fn curve<R: Record>(
    trial: &Trial<'_, R>,
    decided: &Decided<R>,
    decisions: Pair<&[u32]>,
    whole: [Bound; 2],
) -> Result<Vec<CurvePoint>, Error> {
    let (arrived, params) = (&*trial.arranged.records, &trial.plan.params);
    let prefixes = prefixes(arrived.len());
    let costs = decisions.map(|decisions| (decided.costs_at)(arrived, params, decisions, &prefixes));
    let steps = if arrived.len() <= SEARCHED { Work::FULL_STEPS / POINTS as u64 } else { 0 };
    if let Some(bounds_at) = decided.bounds_at {
        let bounds = bounds_at(arrived, params, &prefixes);
        return Ok(points(&prefixes, monotone(bounds), &costs));
    }
    let bounds = parallel::map(&prefixes, arrived.len(), trial.work.control, |&prefix| {
        let bounds = if prefix == arrived.len() {
            Some(whole)
        } else {
            // What fails for some of the records has failed for all of them before.
            let computed =
                (trial.problem.reference)(&arrived[..prefix], &trial.loaded.keys, params, Work::Steps(steps));
            computed.ok().and_then(|computed| computed.bounds)
        };
        bounds.map_or((0, u64::MAX), |[lower, upper]| (lower.value, upper.value))
    })?;
    Ok(points(&prefixes, monotone(bounds), &costs))
}

fn points(prefixes: &[usize], bounds: Vec<(u64, u64)>, costs: &Pair<Vec<u64>>) -> Vec<CurvePoint> {
    let points = prefixes.iter().zip(bounds).zip(costs.stable.iter().zip(&costs.candidate));
    points
        .map(|((&records, (lower_bound, upper_bound)), (&stable, &candidate))| CurvePoint {
            records: records as u64,
            lower_bound,
            upper_bound,
            stable,
            candidate,
        })
        .collect()
}

/// Evenly spaced counts of records, the last of them all.
fn prefixes(records: usize) -> Vec<usize> {
    let points = if records > LARGE { POINTS_IF_LARGE } else { POINTS };
    let mut prefixes: Vec<usize> = (1..=points).map(|point| (records * point).div_ceil(points)).collect();
    prefixes.dedup();
    prefixes.retain(|&prefix| prefix > 0);
    prefixes
}

/// The optimum never falls when records are added, so a shorter prefix's lower bound holds for the longer ones, and
/// a longer prefix's upper bound for the shorter ones.
fn monotone(mut bounds: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let mut lower = 0;
    for bound in &mut bounds {
        lower = lower.max(bound.0);
        bound.0 = lower;
    }
    let mut upper = u64::MAX;
    for bound in bounds.iter_mut().rev() {
        upper = upper.min(bound.1);
        bound.1 = upper;
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_grow_evenly_to_the_whole() {
        assert_eq!(prefixes(3), [1, 2, 3]);
        assert_eq!(prefixes(0), [0; 0]);
        let many = prefixes(1000);
        assert_eq!((many.len(), many[0], many[1], many[199]), (200, 5, 10, 1000));
        assert_eq!(prefixes(10_000_000).len(), POINTS_IF_LARGE);
    }

    #[test]
    fn bounds_tighten_each_other() {
        assert_eq!(monotone(vec![(3, 5), (2, 4), (4, 9), (4, 7)]), [(3, 4), (3, 4), (4, 7), (4, 7)]);
    }
}
