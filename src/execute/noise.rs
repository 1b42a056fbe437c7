//! Whether attached jobs are deterministic: each runs again, and where that shows noise, so often that the noise can be
//! told from a difference.

use compare::Noise;
use datasets::Record;
use replay::CHUNK;

use super::job::Job;
use crate::{error::Error, experiment::Experiment, problem::Problem, progress::Working};

/// Runs of each job where there is noise. All of the candidate's exceed all of stable's by chance once in 3,432 times;
/// all of them exceed a job without noise once in 128.
const RUNS: usize = 7;

/// The noise of stable and of the candidate; `None` of a job that is compiled in, and where no two runs differ.
/// `first` are the decisions of their first runs, in arrival order.
pub(super) fn noise<R: Record>(
    problem: &Problem<R>,
    jobs: &[Job<R>; 2],
    arrived: &[R],
    first: &[Vec<u32>; 2],
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<[Option<Noise>; 2], Error> {
    let again = |which: usize| -> Result<Vec<Vec<u32>>, Error> {
        let job = jobs[which].is_process();
        job.then(|| run(&jobs[which], arrived, experiment, work)).into_iter().collect()
    };
    if !jobs.iter().any(Job::is_process) {
        return Ok([None, None]);
    }
    work.progress.step("again");
    let mut runs = [again(0)?, again(1)?];
    if (0..2).all(|which| runs[which].iter().all(|again| *again == first[which])) {
        return Ok([None, None]);
    }
    for _ in 2..RUNS {
        for (which, runs) in runs.iter_mut().enumerate() {
            runs.extend(again(which)?);
        }
    }
    let noise = |which: usize| {
        let others = &runs[which];
        (!others.is_empty()).then(|| summary(problem, arrived, experiment, which, first, others))
    };
    Ok([noise(0), noise(1)])
}

/// The decisions of one more run, untimed.
fn run<R: Record>(
    job: &Job<R>,
    arrived: &[R],
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<Vec<u32>, Error> {
    let mut version = job.make(&experiment.params, experiment.trigger);
    let mut decisions = Vec::with_capacity(arrived.len());
    for chunk in arrived.chunks(CHUNK) {
        work.control.check()?;
        version.push_chunk(chunk, &mut decisions);
    }
    version.finish(&datasets::Keys::default()).map_err(|failure| Error::input(failure.message))?;
    work.control.check()?;
    Ok(decisions)
}

fn summary<R: Record>(
    problem: &Problem<R>,
    arrived: &[R],
    experiment: &Experiment,
    which: usize,
    first: &[Vec<u32>; 2],
    others: &[Vec<u32>],
) -> Noise {
    let all = || std::iter::once(&first[which]).chain(others);
    let checks: Vec<_> =
        all().map(|decisions| (problem.check)(arrived, &experiment.params, decisions)).collect();
    let costs = || checks.iter().map(|check| check.cost);
    // Stable's first run is what all others are held against, so it says nothing itself.
    let skipped = usize::from(which == 0);
    let changes: Vec<u64> = all().skip(skipped).map(|decisions| differing(&first[0], decisions)).collect();
    Noise {
        runs: checks.len() as u64,
        decisions_differing: others.iter().map(|run| differing(&first[which], run)).max().unwrap_or(0),
        changes_low: changes.iter().copied().min().unwrap_or(0),
        changes_high: changes.iter().copied().max().unwrap_or(0),
        cost_low: costs().min().unwrap_or(0),
        cost_high: costs().max().unwrap_or(0),
        wrong_high: checks.iter().map(|check| check.divergence.rows()).max().unwrap_or(0),
    }
}

fn differing(one: &[u32], other: &[u32]) -> u64 {
    one.iter().zip(other).filter(|(one, other)| one != other).count() as u64
}
