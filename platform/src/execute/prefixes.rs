//! The ratio over growing prefixes of the arrival order, each against its own reference interval.

use compare::{CurvePoint, Pair};
use datasets::{Bound, Record};

use crate::{error::Error, problem::AtPrefixes, trial::Trial};

/// Points of a curve.
const POINTS: usize = 200;

/// Costs and bounds at about 200 prefixes; `whole` are those of all records. `decisions` are stable's and the
/// candidate's, in arrival order.
pub(super) fn curve<R: Record>(
    trial: &Trial<'_, R>,
    at: &AtPrefixes<R>,
    decisions: Pair<&[u32]>,
    whole: [Bound; 2],
) -> Result<Vec<CurvePoint>, Error> {
    let (arrived, params) = (&*trial.arranged.records, &trial.plan.params);
    let prefixes = prefixes(arrived.len());
    let costs = decisions.map(|decisions| (at.costs_at)(arrived, params, decisions, &prefixes));
    let bounds = (at.bounds_at)(arrived, params, &prefixes, whole.each_ref().map(|bound| bound.value));
    trial.work.control.check()?;
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
    let mut prefixes: Vec<usize> = (1..=POINTS).map(|point| (records * point).div_ceil(POINTS)).collect();
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
        assert_eq!(prefixes(10_000_000).len(), POINTS);
    }

    #[test]
    fn bounds_tighten_each_other() {
        assert_eq!(monotone(vec![(3, 5), (2, 4), (4, 9), (4, 7)]), [(3, 4), (3, 4), (4, 7), (4, 7)]);
    }
}
