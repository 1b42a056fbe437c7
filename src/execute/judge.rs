//! Puts the deterministic results together and has them judged.

use compare::{
    Accuracy, CurvePoint, DatasetId, Decisions, Ledger, Noise, Orders, PackingCheck, RESULTS_SCHEMA,
    RatioResult, ReferenceResult, Results, SweepPoint, VersionResult, accuracy_verdict, ratio_interval,
};
use datasets::{Bound, Frozen, Record, Reference};

use super::job::Job;
use crate::{
    experiment::Experiment,
    problem::{Params, Problem},
};

/// What a run has seen, before it is judged.
pub(super) struct Seen<'a, R: 'static> {
    pub(super) records: &'a [R],
    pub(super) jobs: &'a [Job<R>; 2],
    pub(super) reference: &'a Reference,
    /// Stable's and the candidate's decisions, by offset.
    pub(super) answers: &'a [Vec<u32>; 2],
    pub(super) noise: [Option<Noise>; 2],
    pub(super) curve: Vec<CurvePoint>,
    pub(super) orders: Option<Orders>,
    pub(super) sweep: Vec<SweepPoint>,
}

/// The results, with the accuracy verdict in them.
pub(super) fn results<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    seen: &Seen<'_, R>,
) -> Results {
    let checks =
        seen.answers.each_ref().map(|answer| (problem.check)(seen.records, &experiment.params, answer));
    let names = [&experiment.stable, &experiment.candidate];
    let version = |which: usize| version(names[which], which, &checks[which], seen);
    let (stable, candidate) = (version(0), version(1));
    let reference = reference_result(problem.entry.reference_name, seen.reference);
    let reference_wrong =
        reference_problem(problem, frozen, seen.records, &experiment.params, seen.reference);
    let verdict = accuracy_verdict(
        &experiment.limits,
        &Accuracy {
            reference: &reference,
            stable: &stable,
            candidate: &candidate,
            decisions: decisions(seen.answers),
            problems: (checks[0].problem.as_deref(), checks[1].problem.as_deref()),
            reference_problem: reference_wrong.as_deref(),
            orders: seen.orders.as_ref(),
        },
    );
    Results {
        schema: RESULTS_SCHEMA.to_owned(),
        counterpoint: env!("CARGO_PKG_VERSION").to_owned(),
        problem: problem.entry.name.to_owned(),
        cost_unit: problem.cost_unit.to_owned(),
        parameters: experiment.resolved.parameters.clone(),
        dataset: dataset_id(frozen),
        replay: experiment.replay_id(),
        reference,
        stable,
        candidate,
        decisions: decisions(seen.answers),
        curve: seen.curve.clone(),
        orders: seen.orders.clone(),
        sweep: seen.sweep.clone(),
        verdict,
    }
}

pub(crate) fn dataset_id(frozen: &Frozen) -> DatasetId {
    let manifest = &frozen.manifest;
    DatasetId {
        name: manifest.name.clone(),
        records: manifest.records,
        blake3: manifest.blake3.clone(),
        scale: manifest.scale,
        rejected: manifest.rejected.unwrap_or(0),
    }
}

pub(crate) fn reference_result(job: &str, reference: &Reference) -> ReferenceResult {
    let Reference { lower: Bound { value: lower_bound, by: lower_by }, upper, .. } = reference;
    ReferenceResult {
        job: job.to_owned(),
        kind: if reference.is_exact() { "exact" } else { "bounds" }.to_owned(),
        lower_bound: *lower_bound,
        upper_bound: upper.value,
        lower_bound_by: (*lower_by).to_owned(),
        upper_bound_by: upper.by.to_owned(),
    }
}

fn version<R: Record>(name: &str, which: usize, check: &PackingCheck, seen: &Seen<'_, R>) -> VersionResult {
    let (proven, noise) = (seen.jobs[which].proven(), seen.noise[which]);
    let (cheapest, dearest) =
        noise.map_or((check.cost, check.cost), |noise| (noise.cost_low, noise.cost_high));
    let (lower, upper) = (seen.reference.lower.value, seen.reference.upper.value);
    let (low, high) = (ratio_interval(cheapest, lower, upper).0, ratio_interval(dearest, lower, upper).1);
    VersionResult {
        job: name.to_owned(),
        cost: check.cost,
        competitive_ratio: RatioResult {
            low,
            high,
            proven: proven.asymptotic,
            proven_absolute: proven.absolute,
            proven_constant: proven.constant,
            source: proven.source.to_owned(),
        },
        ledger: ledger(check, seen.records.len()),
        divergence: check.divergence,
        fill: check.fill.clone(),
        noise,
    }
}

/// Every record is used or lost: a job inside the process can refuse none and sees each once, in order.
pub(super) fn ledger(check: &PackingCheck, records: usize) -> Ledger {
    let (records, lost) = (records as u64, check.divergence.missing);
    Ledger { records, used: records - lost, lost, ..Ledger::default() }
}

/// What shows that the reference can't be trusted: its packing doesn't hold, or the manifest knows better.
pub(super) fn reference_problem<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    records: &[R],
    params: &Params,
    reference: &Reference,
) -> Option<String> {
    let check = (problem.check)(records, params, &reference.packing.bins);
    let (lower, upper) = (reference.lower.value, reference.upper.value);
    if let Some(wrong) = check.problem {
        return Some(format!("the reference's own answer is wrong: {wrong}"));
    }
    if check.cost != upper {
        return Some(format!("the reference's answer costs {}, not the {upper} that it claims", check.cost));
    }
    if lower > upper {
        return Some(format!("the lower bound {lower} is above the offline cost {upper}"));
    }
    let manifest = &frozen.manifest;
    // What the manifest knows holds for its own parameters only.
    if params.0.iter().any(|(name, value)| manifest.parameters.get(name) != Some(value)) {
        return None;
    }
    match (manifest.optimum, manifest.best_known) {
        (Some(optimum), _) if !(lower..=upper).contains(&optimum) => Some(format!(
            "the manifest says the optimum is {optimum}, the reference that it is {lower} to {upper}"
        )),
        (_, Some(best_known)) if best_known < lower => {
            Some(format!("the manifest knows a cost of {best_known}, below the lower bound {lower}"))
        }
        _ => None,
    }
}

fn decisions(answers: &[Vec<u32>; 2]) -> Decisions {
    let pairs = || answers[0].iter().zip(&answers[1]);
    let different = pairs().filter(|(stable, candidate)| stable != candidate).count() as u64;
    Decisions {
        same: pairs().count() as u64 - different,
        different,
        first_different: pairs().position(|(stable, candidate)| stable != candidate).map(|at| at as u64),
    }
}
