//! The ratio over growing prefixes of the arrival order, each against its own reference interval.

use compare::{CurvePoint, cost_at_prefixes};
use datasets::{Record, Reference};

use super::parallel;
use crate::{
    error::Error,
    problem::{Params, Problem, Work},
    progress::Working,
};

/// Points of a curve, and how many for a dataset of several million records, whose prefixes take their time.
const POINTS: usize = 200;
const POINTS_IF_LARGE: usize = 40;
const LARGE: usize = 2_000_000;
/// Up to this many records each prefix gets a share of the search; above, the near-linear methods are as good.
const SEARCHED: usize = 20_000;

/// Costs and bounds at about 200 prefixes. `decisions` are stable's and the candidate's, in arrival order.
pub(super) fn curve<R: Record>(
    problem: &Problem<R>,
    arrived: &[R],
    params: &Params,
    decisions: &[Vec<u32>; 2],
    whole: &Reference,
    work: &Working<'_>,
) -> Result<Vec<CurvePoint>, Error> {
    let prefixes = prefixes(arrived.len());
    let costs = decisions.each_ref().map(|decisions| cost_at_prefixes(decisions, &prefixes));
    let steps = if arrived.len() <= SEARCHED { Work::FULL_STEPS / POINTS as u64 } else { 0 };
    let bounds = parallel::map(&prefixes, arrived.len(), work.control, |&prefix| {
        if prefix == arrived.len() {
            return (whole.lower.value, whole.upper.value);
        }
        let reference = (problem.reference)(&arrived[..prefix], params, Work::Steps(steps));
        (reference.lower.value, reference.upper.value)
    })?;
    let points = prefixes.iter().zip(monotone(bounds)).zip(costs[0].iter().zip(&costs[1]));
    Ok(points
        .map(|((&records, (lower_bound, upper_bound)), (&stable, &candidate))| CurvePoint {
            records: records as u64,
            lower_bound,
            upper_bound,
            stable,
            candidate,
        })
        .collect())
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
/// a longer prefix's packing is one of the shorter ones.
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
