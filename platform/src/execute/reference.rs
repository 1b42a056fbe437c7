//! The reference alone, and whether the dataset can be used at all.

use std::collections::BTreeMap;

use batch::Outside;
use compare::{Bounds, Checked, Objective, ReferenceResult};
use datasets::{Answer, Frozen, Record};

use super::{FinishedReference, column, outside};
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    events::{Step, Working},
    problem::{Checking, Computed, Decided, Params, Problem},
    trial::{self, load},
};

/// Reads the dataset and checks every record against the parameters.
pub struct Verify<'a> {
    /// The dataset.
    pub frozen: &'a Frozen,
    /// The problem's parameters, all set.
    pub params: &'a Params,
}

impl Verify<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Verify<'_> {
    type Out = Result<(), Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        load(&problem.entry, self.frozen, self.params).map(|_| ())
    }
}

/// The reference alone.
pub struct Reference<'a> {
    /// The dataset.
    pub frozen: &'a Frozen,
    /// The problem's parameters, all set.
    pub params: &'a Params,
    /// Computes it in the place of the problem's own reference, where something does.
    pub outside: Option<&'a dyn Outside>,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
}

impl Reference<'_> {
    /// Does it with this problem. Whatever depends on the type of a record is compiled here, once, and not in each crate that
    /// calls.
    #[inline(never)]
    pub fn of(self, problem: AnyProblem) -> <Self as Visit>::Out {
        problem.visit(self)
    }
}

impl Visit for Reference<'_> {
    type Out = Result<FinishedReference, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self { frozen, params, outside, work } = self;
        work.begin(Step::Reading);
        let loaded = load(&problem.entry, frozen, params)?;
        work.control.check()?;
        work.begin(Step::Reference);
        let computed = match outside {
            Some(outside) => {
                let shape = outside::shape(problem, params)?;
                outside::reference(outside, frozen, &shape, &loaded.keys, work.control)?
            }
            None => trial::reference(problem, frozen, params, &loaded.records, &loaded.keys)?,
        };
        let name = outside.map_or(problem.entry.reference_name, Outside::name);
        let (records, keys) = (&loaded.records[..], &loaded.keys);
        let check = |decided: &Decided<R>, decisions: &[u32]| {
            (decided.check)(&Checking { records, keys, params, decisions, control: work.control })
        };
        Ok(FinishedReference {
            described: described(name, &computed),
            problem: wrong(problem, &computed, check)?
                .or_else(|| known_better(problem, &computed, frozen, params)),
            computed,
            unit: problem.objective.unit(),
            column: column(problem.decided()),
            keys: loaded.keys,
        })
    }
}

/// Returns what stands in the results.
pub(super) fn described(job: &str, computed: &Computed) -> ReferenceResult {
    let is_exact = computed.bounds.is_none_or(|[lower, upper]| lower.value == upper.value);
    let counts = computed.counts.iter().map(|count| (count.name.to_owned(), count.value));
    ReferenceResult {
        job: job.to_owned(),
        kind: if is_exact { "exact" } else { "bounds" }.to_owned(),
        rows: computed.answer.rows() as u64,
        bounds: computed.bounds.map(|[lower, upper]| Bounds {
            lower: lower.value,
            lower_by: lower.by.to_owned(),
            upper: upper.value,
            upper_by: upper.by.to_owned(),
        }),
        notes: Vec::new(),
        counts: counts.collect::<BTreeMap<_, _>>(),
    }
}

/// Returns what shows that the reference can't be trusted: its decisions, which `check` holds against the records,
/// aren't right or cost something else.
pub(super) fn wrong<R: Record>(
    problem: &Problem<R>,
    computed: &Computed,
    check: impl FnOnce(&Decided<R>, &[u32]) -> Result<Checked, Error>,
) -> Result<Option<String>, Error> {
    let (Some(decided), Answer::Decisions(decisions)) = (problem.decided(), &computed.answer) else {
        return Ok(None);
    };
    let check = check(decided, decisions)?;
    if let Some(wrong) = check.problem {
        return Ok(Some(format!("the reference's own answer is wrong: {wrong}")));
    }
    let Some(bounds) = computed.bounds else { return Ok(None) };
    let [lower, upper] = bounds.map(|bound| bound.value);
    Ok(contradiction(&problem.objective, &check, [lower, upper]))
}

/// Returns what the reference says against itself.
fn contradiction(objective: &Objective, check: &Checked, [lower, upper]: [u64; 2]) -> Option<String> {
    let claimed = match objective {
        Objective::None => return None,
        Objective::Minimise(_) => upper,
        Objective::Maximise(_) => lower,
    };
    match check.cost {
        Some(cost) if cost == claimed => {}
        Some(cost) => {
            return Some(format!("the reference's answer costs {cost}, not the {claimed} that it claims"));
        }
        None => return Some(format!("the reference's answer has no cost, and claims {claimed}")),
    }
    (lower > upper).then(|| format!("the lower bound {lower} is above the offline cost {upper}"))
}

/// Returns what the manifest says against the reference. It knows that for its own parameters only, and for its own
/// order.
pub(super) fn known_better<R: Record>(
    problem: &Problem<R>,
    computed: &Computed,
    frozen: &Frozen,
    params: &Params,
) -> Option<String> {
    let manifest = &frozen.manifest;
    if params.0.iter().any(|(name, value)| manifest.parameters.get(name) != Some(value)) {
        return None;
    }
    let [lower, upper] = computed.bounds?.map(|bound| bound.value);
    match (manifest.optimum, manifest.best_known, &problem.objective) {
        (Some(optimum), ..) if !(lower..=upper).contains(&optimum) => Some(format!(
            "the manifest says the optimum is {optimum}, the reference that it is {lower} to {upper}"
        )),
        (_, Some(best_known), Objective::Minimise(_)) if best_known < lower => {
            Some(format!("the manifest knows a cost of {best_known}, below the lower bound {lower}"))
        }
        (_, Some(best_known), Objective::Maximise(_)) if best_known > upper => {
            Some(format!("the manifest knows a value of {best_known}, above the upper bound {upper}"))
        }
        _ => None,
    }
}
