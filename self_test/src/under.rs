//! Before which gate a case is put.

use compare::Pair;
use datasets::Guarantee;

/// Before which gate a case is put.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Under {
    /// One that allows nothing.
    Strict,
    /// The one of an experiment that sets no limit.
    Default,
    /// One that looks at nothing but this.
    Only(Limit),
    /// One that allows nothing, over shuffled orders as well.
    Orders,
    /// One without limits that holds the run against what the unchanged job has left.
    Baseline,
    /// One without limits, of a run with this guarantee and these faults.
    Crashes(Guarantee, &'static [&'static str]),
    /// One that allows nothing, of a run in which the candidate takes over from stable's state.
    Upgrade,
    /// One that looks at the cost, of programs outside of which each run is another; how noisy stable is, and the
    /// candidate.
    NoisyCost(Pair<&'static str>),
    /// Holds the same for their decisions.
    NoisyDecisions(Pair<&'static str>),
}

/// A limit that stands alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    /// None at all: what is left are the checks that no limit turns off.
    Nothing,
    Divergence,
    DivergenceIncrease,
    DecisionChanges,
    Late,
    NotEmitted,
    Rejected,
    NoWindow,
    LeftOut,
    Ratio(f64),
    RatioIncrease,
}
