//! Diving: rounding the linear relaxation into a packing, a few bins at a time.

use datasets::SplitMix64;

use super::columns::{Columns, Relaxation};
use super::completion::{Verdict, complete_bins};
use super::slack::{Sight, minimum_slack};
use super::solution::{Pattern, Solution};
use super::sorted::{Class, Instance};
use super::work::Work;

/// Patterns used at least this much are rounded up together; of the others only the best one.
const NEARLY_WHOLE: f64 = 0.7;

/// A part this close to 1 is one; the relaxation is blurred by about as much.
const WHOLE: f64 = 1e-3;
/// Rounds that a dive may take back because they cost a bin.
const SECOND_THOUGHTS: u32 = 20;
/// Steps of bin completion for the items that a round of a dive leaves.
const COMPLETION_STEPS: u64 = 200_000;

/// Describes where a dive begins, what it has to beat and where it may stop.
pub(super) struct Dive<'a> {
    pub(super) instance: &'a Instance,
    /// The relaxation of the whole.
    pub(super) root: &'a Relaxation,
    /// Only packings with fewer bins are of use.
    pub(super) below: u64,
    /// There is no packing with fewer bins.
    pub(super) lower: u64,
}

impl Dive<'_> {
    /// Fixes the patterns that the relaxation uses most, solves it again for the items left, and so on; after each
    /// round the rest is also packed by minimum bin slack (Wäscher & Gau 1996 compare such heuristics).
    ///
    /// `noise` blurs the choice so that another dive goes another way.
    pub(super) fn find(
        &self,
        columns: &mut Columns,
        noise: &mut Noise<'_>,
        work: &mut Work,
    ) -> Option<Solution> {
        let &Self { instance, root, mut below, lower } = self;
        let mut state = State {
            demand: instance.classes.iter().map(|class| class.count).collect(),
            fixed: Solution::default(),
            relaxation: root.clone(),
        };
        let mut best: Option<Solution> = None;
        let mut second_thoughts = SECOND_THOUGHTS;
        let mut pace = Pace::Bold;
        while !state.costs(below) && !work.is_spent() {
            // Even a round that leaves nothing to do costs something, or endless dives would fit into a budget.
            work.spend(1000 + 50 * state.relaxation.used.len() as u64);
            let mut next = state.clone();
            next.round(pace, noise);
            if let Some(whole) = complete(instance, &next, lower, noise, work)
                && whole.bins() < below
            {
                below = whole.bins();
                best = Some(whole);
            }
            if below <= lower || next.is_empty() {
                break;
            }
            next.relaxation = columns.relax(&next.demand, lower.saturating_sub(next.fixed.bins()), work);
            if next.costs(below) && second_thoughts > 0 {
                second_thoughts -= 1;
                pace = Pace::Careful;
            } else {
                state = next;
                pace = Pace::Bold;
            }
        }
        best
    }
}

/// Describes how many patterns one round fixes.
#[derive(Clone, Copy)]
enum Pace {
    /// All that are nearly whole.
    Bold,
    /// Beyond the whole parts only one.
    Careful,
}

/// Describes how far a dive has come.
#[derive(Clone)]
struct State {
    /// The items left of each class.
    demand: Vec<u32>,
    fixed: Solution,
    /// The relaxation for the items left.
    relaxation: Relaxation,
}

impl State {
    /// Returns whether no packing with fewer than `below` bins can come of this any more.
    fn costs(&self, below: u64) -> bool {
        !self.relaxation.may_beat(below.saturating_sub(self.fixed.bins()))
    }

    fn is_empty(&self) -> bool {
        self.demand.iter().all(|&left| left == 0)
    }

    /// Fixes the whole parts of all patterns, then those nearly whole, and at least one bin.
    fn round(&mut self, pace: Pace, noise: &mut Noise<'_>) {
        let before = self.fixed.loads.len();
        let used = std::mem::take(&mut self.relaxation.used);
        for (pattern, bins) in &used {
            self.fix(pattern, (bins + WHOLE) as u32);
        }
        let parts = used.iter().map(|(pattern, bins)| ((bins + WHOLE).fract() + noise.draw(), pattern));
        let mut parts: Vec<(f64, &Pattern)> = parts.collect();
        parts.sort_by(|left, right| right.0.total_cmp(&left.0));
        for (part, pattern) in parts {
            let wanted = match pace {
                Pace::Bold => part >= NEARLY_WHOLE,
                Pace::Careful => false,
            };
            if wanted || self.fixed.loads.len() == before {
                self.fix(pattern, 1);
            }
        }
    }

    /// Fixes up to `times` bins with this pattern, as many as there are items for.
    fn fix(&mut self, pattern: &Pattern, times: u32) {
        let items = pattern.iter().map(|&(class, copies)| self.demand[class as usize] / copies).min();
        let times = times.min(items.unwrap_or(0));
        if times > 0 {
            for &(class, copies) in pattern {
                self.demand[class as usize] -= copies * times;
            }
            self.fixed.push(pattern.clone(), times);
        }
    }
}

/// A source of small random numbers, and how large they are.
pub(super) struct Noise<'a> {
    pub(super) random: &'a mut SplitMix64,
    pub(super) strength: f64,
}

impl Noise<'_> {
    fn draw(&mut self) -> f64 {
        self.strength * (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Returns what is fixed, with the items left packed by minimum bin slack and, where only few are left, by bin
/// completion.
fn complete(
    instance: &Instance,
    state: &State,
    lower: u64,
    noise: &mut Noise<'_>,
    work: &mut Work,
) -> Option<Solution> {
    let State { demand, fixed, .. } = state;
    let left = || (0..demand.len()).filter(|&class| demand[class] > 0);
    let origin: Vec<u32> = left().map(|class| class as u32).collect();
    let classes =
        left().map(|class| Class { size: instance.classes[class].size, count: demand[class] }).collect();
    let rest = Instance { capacity: instance.capacity, classes };
    let mut sight = if noise.strength > 0.0 { Sight::Blurred(noise.random) } else { Sight::Full };
    let mut packed = minimum_slack(&rest, &mut sight, work)?;
    let wanted = lower.saturating_sub(fixed.bins());
    if packed.bins() > wanted
        && let Verdict::Packed(better) = complete_bins(&rest, wanted, COMPLETION_STEPS, work)
    {
        packed = better;
    }
    let mut whole = fixed.clone();
    whole.append(&packed, &origin);
    Some(whole)
}
