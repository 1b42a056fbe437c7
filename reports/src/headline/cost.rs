//! Describes what a problem with a cost came to, in a sentence.

use compare::{Bounds, Costs, Results, VersionResult};

use crate::format::{count, counted};

/// The costs beside the optimum.
pub(super) fn found(results: &Results, costs: &Costs<'_>) -> String {
    let [stable, candidate] = [costs.stable, costs.candidate].map(|cost| cost.value);
    let optimum = optimum(costs.bounds);
    if candidate == 0 && stands_nowhere(&results.candidate) {
        let stable = counted(stable, costs.unit);
        return format!(
            "None of its decisions stands, so it has no cost; {} needs {stable}; {optimum}.",
            results.stable.job
        );
    }
    if stable == candidate {
        return format!("Both need {}; {optimum}.", counted(candidate, costs.unit));
    }
    let word = if candidate < stable { "fewer" } else { "more" };
    format!(
        "It needs {} where {} needs {}, {} {word}; {optimum}.",
        counted(candidate, costs.unit),
        results.stable.job,
        count(stable),
        count(stable.abs_diff(candidate)),
    )
}

/// Says that a version has no cost, because its decisions don't stand.
pub(super) fn without(results: &Results) -> Option<String> {
    let (unit, bounds) = (results.objective.unit()?, results.reference.bounds.as_ref()?);
    let none = "None of its decisions stands, so it has no cost";
    match (&results.stable.cost, &results.candidate.cost) {
        (Some(_), Some(_)) => None,
        (Some(stable), None) => {
            let (job, stable) = (&results.stable.job, counted(stable.value, unit));
            Some(format!("{none}; {job} needs {stable}; {}.", optimum(bounds)))
        }
        (None, Some(candidate)) => {
            let (job, candidate) = (&results.stable.job, counted(candidate.value, unit));
            Some(format!("None of {job}'s decisions stands; it needs {candidate}; {}.", optimum(bounds)))
        }
        (None, None) => Some("None of either version's decisions stands, so they have no cost.".to_owned()),
    }
}

fn stands_nowhere(version: &VersionResult) -> bool {
    let divergence = version.divergence();
    divergence.equal == 0 && divergence.rows() > 0
}

fn optimum(bounds: &Bounds) -> String {
    if bounds.lower == bounds.upper {
        format!("the optimum is {}", count(bounds.lower))
    } else {
        format!("the optimum lies between {} and {}", count(bounds.lower), count(bounds.upper))
    }
}
