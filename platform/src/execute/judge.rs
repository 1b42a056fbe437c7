//! Puts the deterministic results together and has them judged.

use std::collections::BTreeSet;

use compare::{
    Accuracy, AnswerResult, Changes, Checked, Compared, CostResult, DatasetId, DecisionChanges,
    DecisionsResult, Ledger, Noise, Pair, RESULTS_SCHEMA, RatioResult, RecoveryResult, ReferenceResult,
    Regressions, Results, Role, RowDifferences, Rules, SweepPoint, TableChanges, TableResult, Verdict,
    VersionResult, accuracy_verdict,
    architecture::{Architectures, KappaResult, advise},
    compare_answers, expected_check, regressions,
};
use datasets::{Answer, Frozen, Keys, Record, Table};
use stream::{Concluded, Superseded};

use super::{
    aligned::LeftOut,
    costs::Costs,
    handover::{self, HandOverSeen},
    over_time, parting, reference,
};
use crate::{
    error::Error,
    experiment::Plan,
    own::Source,
    problem::Computed,
    trial::{Given, Trial},
};

/// Describes what a run has seen, before it is judged.
pub(super) struct Seen<'a> {
    pub(super) reference: &'a Computed,
    /// By offset, in the unit of the source.
    pub(super) versions: &'a Pair<Given>,
    pub(super) recovered: Pair<Option<RecoveryResult>>,
    pub(super) costs: Costs,
    pub(super) sweep: Vec<SweepPoint>,
    pub(super) left_out: LeftOut,
    /// Rows in which a second run of a job outside differs.
    pub(super) unsteady: Pair<u64>,
    /// Holds what was seen of versions that took over from earlier jobs.
    pub(super) handovers: Pair<Option<HandOverSeen>>,
    pub(super) architectures: Option<Box<Architectures>>,
}

/// The results, with the accuracy verdict in them.
pub(super) fn results<R: Record>(trial: &Trial<'_, R>, seen: Seen<'_>) -> Result<Results, Error> {
    let Seen { reference, versions, recovered, costs, sweep, left_out, unsteady, handovers, architectures } =
        seen;
    let (problem, plan, loaded) = (trial.problem, trial.plan, trial.loaded);
    let source = plan.truth.as_ref().map(Source::name);
    let name = source.as_deref().unwrap_or(problem.entry.reference_name);
    let notes = plan.truth.as_ref().map(|truth| truth.notes(trial.frozen)).unwrap_or_default();
    let described = ReferenceResult { notes, ..reference::described(name, reference) };
    let wrong = reference::wrong(problem, reference, |decided, decisions| trial.check(decided, decisions))?;
    let known_better = || reference::known_better(problem, reference, trial.frozen, &plan.params);
    // The manifest speaks of the records in their own order, without copies.
    let is_as_frozen = !trial.follows_order() && trial.frozen.times() == 1;
    let wrong = wrong.or_else(|| if is_as_frozen { known_better() } else { None });
    let judged = Pair::try_of(|role| Judged::of(trial, &reference.answer, &versions[role]))?;
    let version = |role: Role, recovery| {
        let (noise, not_emitted, unsteady) = (costs.noise[role], left_out.not_emitted[role], unsteady[role]);
        let found = Found { role, judged: &judged[role], noise, recovery, not_emitted, unsteady };
        version(trial, &described, found)
    };
    let mut stable = version(Role::Stable, recovered.stable);
    let mut candidate = version(Role::Candidate, recovered.candidate);
    for (role, version) in [(Role::Stable, &mut stable), (Role::Candidate, &mut candidate)] {
        handover::tell(trial, role, version, handovers[role].as_ref(), (&reference.answer, &versions[role]))?;
    }
    let (mut changes, worse) = changes(&reference.answer, versions, &loaded.keys, rules(plan));
    if let Changes::Table(changes) = &mut changes {
        if let Some((stable, candidate)) = stable.table().zip(candidate.table()) {
            let listed = Pair { stable: &stable.table.divergence, candidate: &candidate.table.divergence };
            let found = parting::parting(trial, versions, listed, rules(plan))?;
            (changes.parting, changes.causes) = (found.first.map(Box::new), found.causes);
        }
        if let Answer::Table(reference) = &reference.answer {
            changes.key_columns = over_time::key_columns(reference);
            changes.over_time =
                over_time::over_time(reference, versions, &loaded.keys, rules(plan)).map(Box::new);
        }
    }
    let verdict = accuracy_verdict(
        &plan.limits,
        &Accuracy {
            objective: &problem.objective,
            reference: &described,
            stable: &stable,
            candidate: &candidate,
            answers: match &changes {
                Changes::Decisions(changes) => Compared::Decisions {
                    changes: *changes,
                    problems: judged
                        .as_ref()
                        .map(|judged| judged.checked().and_then(|of| of.problem.as_deref()))
                        .into(),
                },
                Changes::Table(changes) => Compared::Table { changes: &changes.rows, regressions: &worse },
            },
            reference_problem: wrong.as_deref(),
            orders: costs.orders.as_ref(),
        },
    );
    let kappa = architectures.as_ref().and_then(|architectures| architectures.kappa.as_ref());
    let lambda = architectures.as_ref().and_then(|architectures| architectures.lambda.as_ref());
    let age = lambda.zip(plan.limits.view_age).map(|(lambda, limit)| lambda.check_age(limit));
    let more = kappa.map(KappaResult::check).into_iter().chain(age).chain(expected_check(&left_out.expected));
    let verdict = more.fold(verdict, Verdict::and);
    let mut results = Results {
        schema: RESULTS_SCHEMA.to_owned(),
        counterpoint: env!("CARGO_PKG_VERSION").to_owned(),
        problem: problem.entry.name.to_owned(),
        objective: problem.objective.clone(),
        parameters: trial.file.parameters.clone(),
        dataset: dataset_id(trial.frozen),
        replay: plan.replay.id(),
        reference: described,
        stable,
        candidate,
        changes,
        profile: problem.decided().and_then(|decided| decided.profile.clone()),
        curve: costs.curve,
        orders: costs.orders,
        sweep,
        expected: left_out.expected,
        architectures,
        verdict,
    };
    let advice = advise(&results);
    if let Some(architectures) = &mut results.architectures {
        architectures.advice = advice;
    }
    Ok(results)
}

/// How tables are compared.
pub(super) fn rules(plan: &Plan) -> &Rules {
    plan.comparing.as_ref().map_or(Rules::EXACT, |comparing| &comparing.rules)
}

/// Returns the dataset's identity, as the results have it.
pub fn dataset_id(frozen: &Frozen) -> DatasetId {
    let manifest = &frozen.manifest;
    DatasetId {
        name: manifest.name.clone(),
        records: manifest.records,
        blake3: manifest.blake3.clone(),
        scale: manifest.scale,
        rejected: manifest.rejected.unwrap_or(0),
    }
}

/// Describes what a version has given, held against what it must be.
enum Judged<'a> {
    Decisions(Checked),
    Table(&'a Concluded, RowDifferences),
}

impl<'a> Judged<'a> {
    fn of<R: Record>(trial: &Trial<'_, R>, reference: &Answer, given: &'a Given) -> Result<Self, Error> {
        let keys = &trial.loaded.keys;
        Ok(match (given, reference, trial.problem.decided()) {
            (Given::Table(concluded), Answer::Table(reference), _) => {
                let found = RowDifferences::from(compare_answers(
                    reference,
                    &concluded.table,
                    keys,
                    rules(trial.plan),
                ));
                Self::Table(concluded, found.with_superseded(&superseded(concluded, keys)))
            }
            (Given::Decisions(decisions), _, Some(decided)) => {
                Self::Decisions(trial.check(decided, decisions)?)
            }
            (Given::Table(_), Answer::Decisions(_), _) | (Given::Decisions(_), _, None) => {
                unreachable!("versions answer with what their problem's answer is")
            }
        })
    }

    fn checked(&self) -> Option<&Checked> {
        match self {
            Self::Decisions(checked) => Some(checked),
            Self::Table(..) => None,
        }
    }
}

/// Describes what was found of one version.
struct Found<'a> {
    role: Role,
    judged: &'a Judged<'a>,
    noise: Option<Noise>,
    recovery: Option<RecoveryResult>,
    /// Rows that it never gave out.
    not_emitted: u64,
    /// Rows in which a second run differs.
    unsteady: u64,
}

fn version<R: Record>(trial: &Trial<'_, R>, reference: &ReferenceResult, found: Found<'_>) -> VersionResult {
    let Found { role, judged, noise, recovery, not_emitted, unsteady } = found;
    let records = trial.frozen.records();
    let (ledger, answer) = match judged {
        Judged::Decisions(checked) => {
            let divergence = checked.divergence;
            (
                decisions_ledger(checked, trial.loaded.records.len()),
                AnswerResult::Decisions(DecisionsResult { divergence }),
            )
        }
        Judged::Table(concluded, divergence) => {
            let lost = recovery.as_ref().map_or((0, 0), |of| (of.lost, of.repeated));
            // A program outside gives rows, and no account of the records.
            let ledger = if trial.jobs[role].is_process() {
                Ledger { records, untold: records, ..Ledger::default() }
            } else {
                table_ledger(concluded, records, lost)
            };
            let table = TableResult { not_emitted, unsteady, ..table(concluded, divergence) };
            (ledger, AnswerResult::Table(table))
        }
    };
    let job = trial.plan.name(role);
    // A program outside is nothing that the catalogue could speak of.
    let about = trial.problem.entry.version(job).map(|chosen| chosen.entry.about.to_owned());
    VersionResult {
        job: job.to_owned(),
        about: about.unwrap_or_default(),
        ledger,
        cost: judged.checked().and_then(|checked| cost(trial, role, checked, reference, noise)),
        answer,
        recovery,
        noise,
        explanation: None,
    }
}

fn cost<R: Record>(
    trial: &Trial<'_, R>,
    role: Role,
    checked: &Checked,
    reference: &ReferenceResult,
    noise: Option<Noise>,
) -> Option<CostResult> {
    let objective = &trial.problem.objective;
    objective.unit()?;
    let bounds = reference.bounds.as_ref()?;
    let proven = trial.jobs[role].proven(&trial.plan.params);
    // Decisions that don't stand have no cost, and no ratio.
    let value = checked.cost?;
    let runs = noise.map_or((value, value), |noise| (noise.cost_low, noise.cost_high));
    let (low, high) = [runs.0, runs.1]
        .map(|cost| objective.ratio(cost, bounds.lower, bounds.upper))
        .into_iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), ratio| (low.min(ratio.0), high.max(ratio.1)));
    Some(CostResult {
        value,
        competitive_ratio: RatioResult {
            low,
            high,
            proven: proven.asymptotic,
            proven_absolute: proven.absolute,
            proven_constant: proven.constant,
            source: proven.source.to_owned(),
        },
        profile: checked.profile.clone(),
    })
}

fn table(concluded: &Concluded, divergence: &RowDifferences) -> TableResult {
    let counts = &concluded.counts;
    TableResult {
        rows: concluded.table.rows() as u64,
        divergence: divergence.clone(),
        late_pairs: counts.late_pairs,
        firings: counts.firings,
        not_emitted: 0,
        unsteady: 0,
        batches: counts.batches,
        state_peak: counts.state_peak,
        handover: None,
    }
}

/// The candidate's answer against stable's; of tables, also where it is worse.
fn changes(reference: &Answer, versions: &Pair<Given>, keys: &Keys, rules: &Rules) -> (Changes, Regressions) {
    match (&versions.stable, &versions.candidate, reference) {
        (Given::Table(stable), Given::Table(candidate), Answer::Table(reference)) => {
            table_changes(reference, [&stable.table, &candidate.table], keys, rules)
        }
        (Given::Decisions(stable), Given::Decisions(candidate), _) => {
            (Changes::Decisions(decision_changes(stable, candidate)), Regressions::default())
        }
        _ => unreachable!("versions answer with what their problem's answer is"),
    }
}

fn table_changes(
    reference: &Table,
    [stable, candidate]: [&Table; 2],
    keys: &Keys,
    rules: &Rules,
) -> (Changes, Regressions) {
    let rows = RowDifferences::from(compare_answers(stable, candidate, keys, rules));
    let regressions = regressions(reference, stable, candidate, keys, rules);
    (
        Changes::Table(TableChanges {
            rows,
            wrong_in_both: regressions.wrong_in_both,
            ..TableChanges::default()
        }),
        regressions,
    )
}

fn decision_changes(stable: &[u32], candidate: &[u32]) -> DecisionChanges {
    let pairs = || stable.iter().zip(candidate);
    let different = pairs().filter(|(stable, candidate)| stable != candidate).count() as u64;
    DecisionChanges {
        same: pairs().count() as u64 - different,
        different,
        first_different: pairs().position(|(stable, candidate)| stable != candidate).map(|at| at as u64),
    }
}

/// Every record is used or lost: a job that decides can refuse none and sees each once, in order.
pub(super) fn decisions_ledger(checked: &Checked, records: usize) -> Ledger {
    let (records, lost) = (records as u64, checked.divergence.missing);
    Ledger { records, used: records - lost, lost, ..Ledger::default() }
}

/// Every record of the dataset stands in one of these, and again for each time that it was `repeated`. `lost`: those
/// that crashes have lost.
pub(super) fn table_ledger(concluded: &Concluded, records: u64, (lost, repeated): (u64, u64)) -> Ledger {
    let counts = &concluded.counts;
    let astray = counts.late + counts.duplicate + counts.rejected + counts.not_emitted + counts.no_window;
    Ledger {
        records,
        used: counts.records.saturating_sub(astray),
        late: counts.late,
        duplicate: counts.duplicate,
        rejected: counts.rejected,
        not_emitted: counts.not_emitted,
        no_window: counts.no_window,
        lost,
        untold: 0,
        repeated,
        superseded_rows: concluded.superseded.len() as u64,
        superseded_records: concluded.superseded.iter().map(|row| row.records).sum(),
    }
}

/// The keys of the rows whose sessions merged later, in the form that differences have.
fn superseded(concluded: &Concluded, keys: &Keys) -> BTreeSet<Vec<String>> {
    let key = |row: &Superseded| {
        let name = String::from_utf8_lossy(keys.get(row.key)).into_owned();
        vec![row.start_ms.to_string(), row.end_ms.to_string(), name]
    };
    concluded.superseded.iter().map(key).collect()
}
