//! The search where counts alone leave a gap, within one budget for all prefixes.

use super::super::DEFAULT_WORK;
use super::super::search::{MOST_ROWS, search};
use super::super::work::Work;
use super::Bounds;
use super::carried::Carried;
use super::census::{Census, Growing};

/// The most steps for a gap: a 200th of a reference's.
const MOST_STEPS: u64 = DEFAULT_WORK / 200;
/// Steps for a gap where the optimum of all items was found soon: with few classes there is a linear program to solve,
/// with more of them hardly anything helps.
const LEAST_STEPS: u64 = 30_000;
const LEAST_STEPS_IF_FEW: u64 = 1_000_000;
/// Items for which there is one step more for each gap: packing what came in takes longer where there is more of it.
const ITEMS_PER_STEP: u64 = 5;
/// A gap may take as much of the budget as this many, and half as much after each two that stayed.
const FORWARD: u64 = 8;
const MOST_HALVINGS: u32 = 4;
/// One part in so many of the budget isn't kept for the prefixes to come.
const ADVANCE: u64 = 8;
/// The part of a gap's steps for the packing that is carried along, and of all steps that it may take once.
const CARRIED: u64 = 2;
/// How much more it gets after having got too little, before it is left behind.
const MOST_PATIENCE: u64 = 32;
const CARRIED_ONCE: u64 = 16;

/// Narrows the gaps. `by_counts` is the interval of all items without a search, where their optimum is known.
pub(super) fn search_gaps(
    census: &Census,
    prefixes: &[usize],
    bounds: &mut [Bounds],
    by_counts: Option<Bounds>,
) {
    let mut work = budget(census, prefixes, bounds, by_counts);
    let kept = work.left() / prefixes.len().max(1) as u64 * (ADVANCE - 1) / ADVANCE;
    let mut narrowing = Narrowing { carried: Carried::new(census), patience: 1 };
    let mut growing = Growing::new(census);
    let (mut stayed, mut least) = (0, 0);
    for at in 0..bounds.len() {
        growing.grow_to(prefixes[at]);
        let (lower, upper) = bounds[at];
        least = lower.max(least);
        if least < upper && !work.is_spent() {
            let fair = work.left() / gaps(&bounds[at..]);
            let free = work.left().saturating_sub(kept * (bounds.len() - at - 1) as u64);
            let forward = (FORWARD * fair).min(MOST_STEPS).min(free) >> (stayed / 2).min(MOST_HALVINGS);
            let mut own = Work::new(forward.max(fair.min(LEAST_STEPS)));
            bounds[at] = narrowing.narrow(&growing, (least, upper), &mut own, &mut work);
            least = bounds[at].0;
            stayed = if bounds[at].0 < bounds[at].1 { stayed + 1 } else { 0 };
        }
    }
}

/// Counts gaps; there is always something to divide by.
fn gaps(bounds: &[Bounds]) -> u64 {
    bounds.iter().filter(|(lower, upper)| lower < upper).count().max(1) as u64
}

/// Returns a 200th of a reference's steps for each gap where the optimum of all items isn't known. Where it is, the search
/// for it is done again to see how many steps it takes, of which each gap gets a 100th, or a few where it takes none.
fn budget(census: &Census, prefixes: &[usize], bounds: &[Bounds], by_counts: Option<Bounds>) -> Work {
    let Some((lower, upper)) = by_counts else { return Work::new(MOST_STEPS * gaps(bounds)) };
    let items = prefixes.last().copied().unwrap_or(0);
    let mut whole = Work::new(DEFAULT_WORK);
    if lower < upper {
        let mut all = Growing::new(census);
        all.grow_to(items);
        search(&all.no_smaller(), lower, upper, &mut whole);
    }
    let spent = (DEFAULT_WORK - whole.left()) / 100;
    let few = LEAST_STEPS_IF_FEW + items as u64 / ITEMS_PER_STEP;
    let least = if census.smallest.len() <= MOST_ROWS { few } else { LEAST_STEPS };
    Work::new(spent.max(least).min(MOST_STEPS) * gaps(bounds))
}

struct Narrowing<'a> {
    carried: Carried<'a>,
    /// Grows while the carried packing gets too few steps to take in what is new.
    patience: u64,
}

impl Narrowing<'_> {
    /// Packs what is carried along, then searches with the rest of `own`; `all` pays for it.
    fn narrow(&mut self, growing: &Growing<'_>, bounds: Bounds, own: &mut Work, all: &mut Work) -> Bounds {
        let (lower, mut upper) = bounds;
        if self.patience <= MOST_PATIENCE {
            let steps = (own.left() / CARRIED * self.patience).min(all.left() / CARRIED_ONCE);
            let mut part = Work::new(steps);
            let packed = self.carried.pack(growing.counts(), lower, &mut part);
            self.patience = if packed.is_none() { self.patience * 2 } else { (self.patience / 2).max(1) };
            own.spend(steps - part.left());
            all.spend(steps - part.left());
            upper = packed.map_or(upper, |bins| bins.min(upper));
        }
        if upper <= lower {
            return (lower, upper);
        }
        let steps = own.left();
        let found = search(&growing.no_smaller(), lower, upper, own);
        all.spend(steps - own.left());
        if let Some((solution, _)) = &found.packing {
            self.carried.replace(solution, growing.counts());
            upper = solution.bins().min(upper);
        }
        (found.lower.0.max(lower), upper)
    }
}
