//! What a problem with a cost came to, in a sentence.

use compare::{ReferenceResult, Results};

use crate::format::{count, counted};

/// The costs beside the optimum.
pub(super) fn found(results: &Results) -> String {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let unit = &results.cost_unit;
    let optimum = optimum(&results.reference);
    if stable.cost == candidate.cost {
        return format!("Both need {}; {optimum}.", counted(candidate.cost, unit));
    }
    let word = if candidate.cost < stable.cost { "fewer" } else { "more" };
    format!(
        "It needs {} where {} needs {}, {} {word}; {optimum}.",
        counted(candidate.cost, unit),
        stable.job,
        count(stable.cost),
        count(stable.cost.abs_diff(candidate.cost)),
    )
}

fn optimum(reference: &ReferenceResult) -> String {
    if reference.lower_bound == reference.upper_bound {
        format!("the optimum is {}", count(reference.lower_bound))
    } else {
        format!(
            "the optimum lies between {} and {}",
            count(reference.lower_bound),
            count(reference.upper_bound)
        )
    }
}
