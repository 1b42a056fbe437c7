//! Executes an experiment on a problem whose answer is a keyed table.

use std::collections::BTreeSet;

use batch::Answer;
use compare::{
    AnyResults, Ledger, RESULTS_SCHEMA, RecoveryResult, Role, RowDifferences, SweepOutcome, SweepPoint,
    TABLE, TableAccuracy, TableReference, TableResults, TableVersion, compare_answers, regressions,
    table_verdict,
};
use datasets::{Frozen, Keys, Record, Records, Table};
use replay::{Arranged, arrange};
use stream::{Concluded, Superseded, Version};

use super::{
    Answers, Conclusion, Fed, FinishedReference, FinishedReplay, FinishedRun, Started, Tables, comparison,
    conclude, dataset_id, feed, into_pair, job::jobs, load, recover::Tried, schedule, streamed, sweep,
    timing,
};
use crate::{
    error::Error,
    experiment::Experiment,
    problem::{Params, TableProblem},
    progress::Working,
    recovery_section::RecoveryChoice,
};

/// The whole experiment.
pub(crate) fn run<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedRun, Error> {
    let started = Started::now();
    let entry = &problem.entry;
    work.progress.step("reading");
    let loaded = load(entry, frozen, &experiment.params)?;
    let jobs = jobs(entry, experiment, &loaded.keys, work)?;
    work.control.check()?;
    work.progress.step("reference");
    let reference = compute(problem, &loaded, frozen, &experiment.params)?;
    work.control.check()?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = |which: usize| jobs[which].make(&experiment.params, experiment.trigger);
    let Fed { mut versions, replayed, feeder } =
        feed(&|| vec![make(0), make(1)], &arranged, &loaded, experiment, work)?;
    let mut concluded = Vec::new();
    for (version, name) in versions.iter_mut().zip([&experiment.stable, &experiment.candidate]) {
        concluded.extend(conclude(&mut **version, name, &loaded.keys, arranged.offsets.as_deref(), frozen)?);
    }
    let mut concluded = into_pair(concluded);
    let mut recovered = [None, None];
    if let Some(choice) = &experiment.recovery {
        work.progress.step("faults");
        for (which, name) in [&experiment.stable, &experiment.candidate].into_iter().enumerate() {
            let made = || make(which);
            let undisturbed = &concluded[which];
            let tried = Tried {
                make: &made,
                role: Role::BOTH[which],
                name,
                arranged: &arranged,
                loaded: &loaded,
                frozen,
                experiment,
                choice,
            };
            let through = tried.run(undisturbed, work)?;
            concluded[which] = through.concluded;
            recovered[which] = Some(through.result);
        }
    }
    let judge =
        |_: &[u32], concluded: Option<&Concluded>| sweep_outcome(&reference.table, concluded, &loaded.keys);
    let sweep = sweep::sweep(&jobs[1], &arranged, &loaded, frozen, experiment, work, judge)?;
    for concluded in &mut concluded {
        restore_unit(concluded, frozen);
    }
    let [stable, candidate] = recovered;
    let versions = [(&concluded[0], stable), (&concluded[1], candidate)];
    let results = results(problem, frozen, experiment, &reference, versions, &loaded.keys, sweep);
    let schedule = schedule(&arranged, &loaded, experiment)?;
    let comparison = comparison::comparison(experiment, frozen.manifest.records, schedule.as_ref(), work)?;
    let measured = timing::Measured { replayed: &replayed, feeder, peaks_rss_bytes: [None; 2] };
    let timings = timing::timings(started, experiment, &measured, comparison, &results.verdict);
    let latencies = into_pair(replayed.into_iter().map(|job| job.latency));
    let answers = Answers::Tables(Box::new(Tables {
        keys: loaded.keys,
        reference: reference.table,
        versions: concluded,
    }));
    Ok(FinishedRun { results: AnyResults::Table(Box::new(results)), timings, answers, latencies })
}

fn compute<R: Record>(
    problem: &TableProblem<R>,
    loaded: &Records<R>,
    frozen: &Frozen,
    params: &Params,
) -> Result<Answer, Error> {
    let computed = (problem.reference)(&loaded.records, &loaded.keys, params);
    let mut answer = computed.map_err(|error| match error.record {
        Some(record) => frozen.reject(record, error.message).into(),
        None => Error::input(error.message),
    })?;
    answer.table.restore_unit(frozen.manifest.scale);
    Ok(answer)
}

/// Whoever reads what a job concluded reads it in the unit of the source. The last thing that is done to it.
fn restore_unit(concluded: &mut Concluded, frozen: &Frozen) {
    let tables = [Some(&mut concluded.table), concluded.firings.as_mut(), Some(&mut concluded.late)];
    tables.into_iter().flatten().for_each(|table| table.restore_unit(frozen.manifest.scale));
}

fn describe<R>(problem: &TableProblem<R>, answer: &Answer) -> TableReference {
    let counts = answer.counts.iter().map(|count| (count.name.to_owned(), count.value));
    TableReference {
        job: problem.entry.reference_name.to_owned(),
        rows: answer.table.rows() as u64,
        counts: counts.collect(),
    }
}

fn results<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    reference: &Answer,
    versions: [(&Concluded, Option<RecoveryResult>); 2],
    keys: &Keys,
    sweep: Vec<SweepPoint>,
) -> TableResults {
    let records = frozen.manifest.records;
    let [(stable, stable_recovery), (candidate, candidate_recovery)] = versions;
    let changes = RowDifferences::from(compare_answers(&stable.table, &candidate.table, keys));
    let regressions = regressions(&reference.table, &stable.table, &candidate.table, keys);
    let version = |job: &str, concluded: &Concluded, recovery: Option<RecoveryResult>| {
        let version = version(job, about(problem, job), concluded, recovery.as_ref(), records);
        let divergence = RowDifferences::from(compare_answers(&reference.table, &concluded.table, keys))
            .with_superseded(&superseded(concluded, keys));
        TableVersion { divergence, recovery, ..version }
    };
    let stable = version(&experiment.stable, stable, stable_recovery);
    let candidate = version(&experiment.candidate, candidate, candidate_recovery);
    let seen = TableAccuracy {
        stable: &stable,
        candidate: &candidate,
        changes: &changes,
        regressions: &regressions,
    };
    let verdict = table_verdict(&experiment.limits, &seen);
    TableResults {
        schema: RESULTS_SCHEMA.to_owned(),
        answer: TABLE.to_owned(),
        counterpoint: env!("CARGO_PKG_VERSION").to_owned(),
        problem: problem.entry.name.to_owned(),
        parameters: experiment.resolved.parameters.clone(),
        dataset: dataset_id(frozen),
        replay: experiment.replay_id(),
        reference: describe(problem, reference),
        stable,
        candidate,
        changes,
        wrong_in_both: Some(regressions.wrong_in_both),
        sweep,
        verdict,
    }
}

/// What the catalogue says of a version; nothing of a program outside.
fn about<R: Record>(problem: &TableProblem<R>, job: &str) -> String {
    problem.entry.version(job).map(|chosen| chosen.entry.about.to_owned()).unwrap_or_default()
}

/// All of a version but what is held against the reference.
fn version(
    job: &str,
    about: String,
    concluded: &Concluded,
    recovery: Option<&RecoveryResult>,
    records: u64,
) -> TableVersion {
    let counts = &concluded.counts;
    let (lost, again) = recovery.map_or((0, 0), |recovery| (recovery.lost, recovery.doubled));
    TableVersion {
        job: job.to_owned(),
        about,
        rows: concluded.table.rows() as u64,
        ledger: ledger(concluded, records, lost, again),
        divergence: RowDifferences::default(),
        late_pairs: counts.late_pairs,
        firings: counts.firings,
        batches: counts.batches,
        state_peak: counts.state_peak,
        recovery: None,
    }
}

/// Every record of the dataset stands in one of these, and again for each time that it was taken in `again`. `lost`: those
/// that crashes have lost.
fn ledger(concluded: &Concluded, records: u64, lost: u64, again: u64) -> Ledger {
    let counts = &concluded.counts;
    let astray = counts.late + counts.duplicate + counts.rejected + counts.unfired + counts.no_window;
    Ledger {
        records,
        used: counts.records.saturating_sub(astray),
        late: counts.late,
        duplicate: counts.duplicate,
        rejected: counts.rejected,
        unfired: counts.unfired,
        no_window: counts.no_window,
        lost,
        again,
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

fn sweep_outcome(reference: &Table, concluded: Option<&Concluded>, keys: &Keys) -> SweepOutcome {
    let concluded = concluded.expect("a version of this problem answers with a table");
    let divergence = compare_answers(reference, &concluded.table, keys).rows;
    SweepOutcome::Table {
        differing: divergence.rows(),
        equal: divergence.equal,
        late: concluded.counts.late,
        unfired: concluded.counts.unfired,
    }
}

/// The reference alone.
pub(crate) fn reference<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    params: &Params,
    work: &Working<'_>,
) -> Result<FinishedReference, Error> {
    work.progress.step("reading");
    let loaded = load(&problem.entry, frozen, params)?;
    work.control.check()?;
    work.progress.step("reference");
    let answer = compute(problem, &loaded, frozen, params)?;
    let described = describe(problem, &answer);
    Ok(FinishedReference::Table { described, table: answer.table, keys: loaded.keys })
}

/// One job alone: the experiment's stable one.
pub(crate) fn replay_one<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedReplay, Error> {
    if streamed::is_possible(experiment) {
        replay_streamed(problem, frozen, experiment, work)
    } else {
        replay_loaded(problem, frozen, experiment, work)
    }
}

/// … fed as the file is read.
pub(super) fn replay_streamed<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedReplay, Error> {
    // Only a job outside has to be told all keys beforehand, and such a one isn't fed like this.
    let [job, _] = jobs(&problem.entry, experiment, &Keys::default(), work)?;
    let make = || vec![job.make(&experiment.params, experiment.trigger)];
    let (fed, keys) = streamed::feed(&problem.entry, &make, frozen, experiment, work)?;
    let mut finished = finished(fed, keys, None, frozen, experiment)?;
    finished.restore_unit(frozen);
    Ok(finished)
}

/// … fed from memory.
pub(super) fn replay_loaded<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedReplay, Error> {
    work.progress.step("reading");
    let loaded = load(&problem.entry, frozen, &experiment.params)?;
    let [job, _] = jobs(&problem.entry, experiment, &loaded.keys, work)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = || vec![job.make(&experiment.params, experiment.trigger)];
    let fed = feed(&make, &arranged, &loaded, experiment, work)?;
    let FinishedReplay { ledger: plain, mut conclusion, replayed, feeder, mut spent } =
        finished(fed, loaded.keys.clone(), arranged.offsets.as_deref(), frozen, experiment)?;
    let mut balance = plain;
    if let (Some(choice), Conclusion::Table { concluded, recovered, .. }) =
        (&experiment.recovery, &mut conclusion)
    {
        work.progress.step("faults");
        let make = || job.make(&experiment.params, experiment.trigger);
        let through = tried(&make, experiment, choice, &arranged, &loaded, frozen).run(concluded, work)?;
        balance = ledger(&through.concluded, plain.records, through.result.lost, through.result.doubled);
        **concluded = through.concluded;
        *recovered = Some(through.result);
        spent = Some(through.spent);
    }
    let mut finished = FinishedReplay { ledger: balance, conclusion, replayed, feeder, spent };
    finished.restore_unit(frozen);
    Ok(finished)
}

impl FinishedReplay {
    fn restore_unit(&mut self, frozen: &Frozen) {
        if let Conclusion::Table { concluded, .. } = &mut self.conclusion {
            restore_unit(concluded, frozen);
        }
    }
}

fn finished<R: Record>(
    fed: Fed<R>,
    keys: Keys,
    offsets: Option<&[u32]>,
    frozen: &Frozen,
    experiment: &Experiment,
) -> Result<FinishedReplay, Error> {
    let Fed { mut versions, mut replayed, feeder } = fed;
    let concluded = conclude(&mut *versions[0], &experiment.stable, &keys, offsets, frozen)?
        .expect("a version of this problem answers with a table");
    let ledger = ledger(&concluded, frozen.manifest.records, 0, 0);
    let conclusion = Conclusion::Table { concluded: Box::new(concluded), recovered: None, keys };
    Ok(FinishedReplay { ledger, conclusion, replayed: replayed.remove(0), feeder, spent: None })
}

/// The experiment's stable version alone.
fn tried<'a, R: Record>(
    make: &'a dyn Fn() -> Box<dyn Version<R>>,
    experiment: &'a Experiment,
    choice: &'a RecoveryChoice,
    arranged: &'a Arranged<'a, R>,
    loaded: &'a Records<R>,
    frozen: &'a Frozen,
) -> Tried<'a, R> {
    let name = &experiment.stable;
    Tried { make, role: Role::Stable, name, arranged, loaded, frozen, experiment, choice }
}

/// The experiment's stable job through its checkpoints, and nothing more; `watch` is told of the beginning and of each.
pub(crate) fn survive_one<R: Record>(
    problem: &TableProblem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    choice: &RecoveryChoice,
    work: &Working<'_>,
    watch: &dyn Fn(u64),
) -> Result<(), Error> {
    let loaded = load(&problem.entry, frozen, &experiment.params)?;
    let [job, _] = jobs(&problem.entry, experiment, &loaded.keys, work)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = || job.make(&experiment.params, experiment.trigger);
    // From here on a kill strikes a recovery.
    watch(0);
    tried(&make, experiment, choice, &arranged, &loaded, frozen).survive(work, watch)?;
    Ok(())
}
