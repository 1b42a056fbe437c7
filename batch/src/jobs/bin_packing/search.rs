//! The search for a better packing and a better bound, within a budget of counted steps.

use datasets::SplitMix64;

use super::bounds::threshold_bound;
use super::columns::Columns;
use super::completion::{Verdict, complete_bins};
use super::dive::{Dive, Noise};
use super::dual_feasible::{EVALUATIONS, dual_feasible_bound};
use super::grid::Grid;
use super::reachable::tightened;
use super::reduction::{Reduced, reduce};
use super::slack::{Sight, minimum_slack};
use super::solution::{Pattern, Solution};
use super::sorted::Instance;
use super::work::Work;

/// Classes up to which the linear program is worth its quadratic table.
pub(super) const MOST_ROWS: usize = 700;
/// Classes up to which the search is worth its copies of them; where there are more sizes than this, first fit
/// decreasing is hardly ever more than a bin or two from the optimum.
pub(super) const MOST_CLASSES: usize = 100_000;
/// Steps of bin completion on the whole instance.
const COMPLETION_STEPS: u64 = 200_000;
/// One step for this much work left, once column generation has left a gap; a step costs about 8.
const COMPLETION_SHARE: u64 = 64;
/// One evaluation of a dual feasible function for this much work left.
const EVALUATION_SHARE: u64 = 4;
/// Any number will do; it is fixed so that a reference is the same every time.
const SEED: u64 = 0xC0DE;

/// Describes what the search found: a bound and a packing, each with the name of its method.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) lower: (u64, &'static str),
    pub(super) packing: Option<(Solution, &'static str)>,
}

/// Looks for a packing with fewer than `upper` bins and for a bound above `lower`.
pub(super) fn search(instance: &Instance, lower: u64, upper: u64, work: &mut Work) -> Found {
    if instance.classes.len() > MOST_CLASSES {
        return Found { lower: (lower, ""), packing: None };
    }
    let reduced = reduce(&tightened(instance));
    let fixed = reduced.fixed.bins();
    let rest = tightened(&reduced.rest);
    let mut state =
        State { lower: (lower.saturating_sub(fixed), ""), upper: upper - fixed.min(upper), best: None };
    state.raise(threshold_bound(&rest), "martello-toth-reduction");
    let evaluations = (work.left() / EVALUATION_SHARE).min(EVALUATIONS as u64) as usize;
    state.raise(dual_feasible_bound(&rest, evaluations), "dual-feasible-functions");
    state.run(&rest, work);
    Found {
        lower: (state.lower.0 + fixed, state.lower.1),
        packing: state.best.map(|(solution, by)| (whole(&reduced, &solution), by)),
    }
}

fn whole(reduced: &Reduced, rest: &Solution) -> Solution {
    let mut whole = reduced.fixed.clone();
    whole.append(rest, &reduced.origin);
    whole
}

struct State {
    lower: (u64, &'static str),
    /// The bins of the best packing known, here or before the search.
    upper: u64,
    best: Option<(Solution, &'static str)>,
}

impl State {
    fn raise(&mut self, bound: u64, by: &'static str) {
        if bound > self.lower.0 {
            self.lower = (bound, by);
        }
    }

    fn keep(&mut self, solution: Option<Solution>, by: &'static str) {
        if let Some(solution) = solution
            && solution.bins() < self.upper
        {
            self.upper = solution.bins();
            self.best = Some((solution, by));
        }
    }

    fn is_done(&self, work: &Work) -> bool {
        self.upper <= self.lower.0 || work.is_spent()
    }

    fn run(&mut self, rest: &Instance, work: &mut Work) {
        if self.is_done(work) {
            return;
        }
        let first = minimum_slack(rest, &mut Sight::Full, work);
        let patterns = first.iter().flat_map(|solution| &solution.loads).map(|(pattern, _)| pattern.clone());
        let patterns = patterns.collect();
        self.keep(first, "minimum-bin-slack");
        self.complete(rest, COMPLETION_STEPS, work);
        let mut random = SplitMix64::new(SEED);
        if rest.classes.len() <= MOST_ROWS {
            self.generate_columns(rest, patterns, &mut random, work);
        }
        while !self.is_done(work) {
            self.keep(minimum_slack(rest, &mut Sight::Blurred(&mut random), work), "minimum-bin-slack");
        }
    }

    /// Closes the gap from below for as long as bin completion gives a verdict.
    fn complete(&mut self, rest: &Instance, most_steps: u64, work: &mut Work) {
        while !self.is_done(work) {
            let steps = most_steps.min(work.left() / 32);
            match complete_bins(rest, self.lower.0, steps, work) {
                Verdict::Packed(solution) => self.keep(Some(solution), "bin-completion"),
                Verdict::Impossible => self.raise(self.lower.0 + 1, "bin-completion"),
                Verdict::Unknown => return,
            }
        }
    }

    fn generate_columns(
        &mut self,
        rest: &Instance,
        patterns: Vec<Pattern>,
        random: &mut SplitMix64,
        work: &mut Work,
    ) {
        let Some(mut columns) = Columns::new(rest, patterns) else { return };
        if self.is_done(work) {
            return;
        }
        let demand: Vec<u32> = rest.classes.iter().map(|class| class.count).collect();
        let mut half = work.share(2);
        let root = columns.relax(&demand, self.lower.0, &mut half);
        work.spend(work.left() / 2 - half.left());
        self.raise(root.bound, "column-generation");
        if !columns.grid.is_exact {
            self.raise(Grid::bound_in_truth(rest, &root.prices, work), "column-generation");
        }
        let mut strength = 0.0;
        while !self.is_done(work) && root.may_beat(self.upper) {
            let dive = Dive { instance: rest, root: &root, below: self.upper, lower: self.lower.0 };
            let mut noise = Noise { random, strength };
            let found = dive.find(&mut columns, &mut noise, work);
            self.keep(found, "column-generation-dive");
            if strength == 0.0 {
                self.complete(rest, work.left() / COMPLETION_SHARE, work);
            }
            strength = 0.3;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exact::{check_solution, optimum, random_instance};
    use super::*;

    #[test]
    fn reduction_and_search_keep_the_optimum() {
        let mut random = SplitMix64::new(41);
        for _ in 0..1500 {
            let instance = random_instance(&mut random, 9);
            let (best, items) = (optimum(&instance), instance.len());
            for steps in [0, 5_000, 1_000_000] {
                let found = search(&instance, 0, items + 1, &mut Work::new(steps));
                assert!(found.lower.0 <= best, "{instance:?}: {found:?}");
                if let Some((solution, _)) = &found.packing {
                    check_solution(solution, &instance);
                    assert!(solution.bins() >= best);
                }
                if steps == 1_000_000 {
                    let cost = found.packing.map(|(solution, _)| solution.bins());
                    assert_eq!((found.lower.0, cost), (best, Some(best)), "{instance:?}");
                }
            }
        }
    }
}
