//! Says whether attached jobs are deterministic: each runs again, and where that shows noise, so often that the noise
//! can be told from a difference.

use compare::{Noise, Pair, Role, Rules, compare_answers};
use datasets::Record;
use replay::CHUNK;

use crate::{
    error::Error,
    events::Step,
    problem::Decided,
    trial::{Given, Trial},
};

/// Runs of each job where there is noise. All of the candidate's exceed all of stable's by chance once in 3,432 times;
/// all of them exceed a job without noise once in 128.
const RUNS: usize = 7;

/// The noise of stable and of the candidate; `None` of a job that is compiled in, and where no two runs differ.
/// `first` are the decisions of their first runs, in arrival order.
pub(super) fn noise<R: Record>(
    trial: &Trial<'_, R>,
    decided: &Decided<R>,
    first: Pair<&[u32]>,
) -> Result<Pair<Option<Noise>>, Error> {
    let again = |role: Role| -> Result<Vec<Vec<u32>>, Error> {
        trial.jobs[role].is_process().then(|| run(trial, role)).into_iter().collect()
    };
    if !trial.jobs.iter().any(|(_, job)| job.is_process()) {
        return Ok(Pair::default());
    }
    trial.work.begin(Step::Again);
    let mut runs = Pair::try_of(again)?;
    if Role::BOTH.into_iter().all(|role| runs[role].iter().all(|again| *again == first[role])) {
        return Ok(Pair::default());
    }
    for _ in 2..RUNS {
        for role in Role::BOTH {
            runs[role].extend(again(role)?);
        }
    }
    Pair::try_of(|role| {
        let others = &runs[role];
        (!others.is_empty()).then(|| summary(trial, decided, role, first, others)).transpose()
    })
}

/// The decisions of one more run, untimed.
fn run<R: Record>(trial: &Trial<'_, R>, role: Role) -> Result<Vec<u32>, Error> {
    let arrived = &trial.arranged.records;
    let control = trial.work.control;
    let mut version = trial.make(role);
    let mut decisions = Vec::with_capacity(arrived.len());
    for chunk in arrived.chunks(CHUNK) {
        control.check()?;
        version.push_chunk(chunk, &mut decisions);
    }
    version.finish(&datasets::Keys::default()).map_err(|failure| Error::input(failure.message))?;
    control.check()?;
    Ok(decisions)
}

/// Rows in which a second run of each job outside differs from its first, where the answer is a table; `first` is as it is
/// presented.
pub(super) fn unsteady<R: Record>(trial: &Trial<'_, R>, first: &Pair<Given>) -> Result<Pair<u64>, Error> {
    if trial.problem.decided().is_some() || !trial.jobs.iter().any(|(_, job)| job.is_process()) {
        return Ok(Pair::default());
    }
    trial.work.begin(Step::Again);
    Pair::try_of(|role| {
        let Given::Table(first) = &first[role] else { return Ok(0) };
        if !trial.jobs[role].is_process() {
            return Ok(0);
        }
        let mut version = trial.make(role);
        let mut decisions = Vec::new();
        for chunk in trial.arranged.records.chunks(CHUNK) {
            trial.work.control.check()?;
            version.push_chunk(chunk, &mut decisions);
        }
        let again = trial.given(role, &mut *version, decisions)?;
        trial.work.control.check()?;
        let Given::Table(again) = trial.presented(again) else { return Ok(0) };
        if first.table.columns.len() != again.table.columns.len() {
            return Ok(first.table.rows().max(1) as u64);
        }
        Ok(compare_answers(&first.table, &again.table, &trial.loaded.keys, Rules::EXACT).rows.rows())
    })
}

fn summary<R: Record>(
    trial: &Trial<'_, R>,
    decided: &Decided<R>,
    role: Role,
    first: Pair<&[u32]>,
    others: &[Vec<u32>],
) -> Result<Noise, Error> {
    let all = || std::iter::once(first[role]).chain(others.iter().map(Vec::as_slice));
    let check = |decisions| trial.check_of(decided, &trial.arranged.records, decisions);
    let checks = all().map(check).collect::<Result<Vec<_>, _>>()?;
    let costs = || checks.iter().filter_map(|check| check.cost);
    // Stable's first run is what all others are held against, so it says nothing itself.
    let skipped = usize::from(role == Role::Stable);
    let changes: Vec<u64> = all().skip(skipped).map(|decisions| differing(first.stable, decisions)).collect();
    Ok(Noise {
        runs: checks.len() as u64,
        decisions_differing: others.iter().map(|run| differing(first[role], run)).max().unwrap_or(0),
        changes_low: changes.iter().copied().min().unwrap_or(0),
        changes_high: changes.iter().copied().max().unwrap_or(0),
        cost_low: costs().min().unwrap_or(0),
        cost_high: costs().max().unwrap_or(0),
        wrong_high: checks.iter().map(|check| check.divergence.rows()).max().unwrap_or(0),
    })
}

fn differing(one: &[u32], other: &[u32]) -> u64 {
    one.iter().zip(other).filter(|(one, other)| one != other).count() as u64
}
