//! Several experiments that were run together: the shape of `suite.json`.

use serde::{Deserialize, Serialize};

use crate::{Basis, Check, Judged, Outcome, Results, Skipped, Timings};

/// The schema of `suite.json` that this version writes.
pub const SUITE_SCHEMA: &str = "counterpoint.suite/1";

/// Several experiments that were run together, and what came of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// [`SUITE_SCHEMA`].
    pub schema: String,
    /// The version of the program that wrote it.
    pub counterpoint: String,
    /// Holds what was asked for.
    pub asked: SuiteAsked,
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// Says how long all of it took.
    pub wall_seconds: f64,
    /// Says how many experiments were found, before filters and shard chose among them.
    pub found: u64,
    /// The exit code, the worst of all; `null` while the suite goes on, and where it was stopped.
    pub exit_code: Option<u8>,
    /// The experiments that were chosen, by their names.
    pub experiments: Vec<SuiteEntry>,
}

/// Describes what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteAsked {
    /// The command: `run` or `gate`.
    pub command: String,
    /// Files, folders and globs. They come from outside: escape them wherever they are shown.
    pub paths: Vec<String>,
    /// The filters, all of which must match.
    pub filters: Vec<String>,
    /// Which part of all, such as `1/3`; `null` where it was all.
    pub shard: Option<String>,
    /// Says whether limits on speed and memory were left out.
    pub accuracy_only: bool,
    /// Says how many experiments ran side by side, at most.
    pub jobs: u64,
    /// Says whether the first that doesn't pass was to be the last.
    pub fail_fast: bool,
    /// The words of the command line, the program first, without the place and without passwords: they repeat the suite. They
    /// come from outside: escape them wherever they are shown.
    #[serde(default)]
    pub words: Vec<String>,
}

/// One experiment of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteEntry {
    /// The name, no other of which there is in the suite: also that of the run's folder.
    pub name: String,
    /// The file. It comes from outside: escape it wherever it is shown.
    pub file: String,
    /// When it began, RFC 3339, UTC; `null` where it didn't.
    pub started: Option<String>,
    /// Says how long it took.
    pub seconds: f64,
    /// The exit code that it alone would have had; `null` where it wasn't run.
    pub exit_code: Option<u8>,
    /// Holds what came of it.
    pub end: SuiteEnd,
}

/// Describes what came of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteEnd {
    /// It ran to its verdict.
    Judged(Box<SuiteJudged>),
    /// There is no verdict.
    Error(SuiteError),
    /// It wasn't run.
    NotRun {
        /// Why.
        why: String,
    },
}

/// Describes a run that came to its verdict, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteJudged {
    /// The run's folder, seen from the suite's.
    pub run: String,
    /// The worst of both verdicts.
    pub outcome: Outcome,
    /// Holds what the outcome is about.
    pub judged: Judged,
    /// The verdict in one line, as on the terminal.
    pub headline: String,
    /// The problem's name.
    pub problem: String,
    /// The dataset's name.
    pub dataset: String,
    /// Says how many records it has.
    pub records: u64,
    /// The job in service.
    pub stable: String,
    /// The job that is to replace it.
    pub candidate: String,
    /// Says how many checks came to what.
    pub checks: SuiteChecks,
    /// Says how far both answers are off.
    pub found: SuiteFound,
    /// The candidate's speed beside stable's; `null` where fresh processes didn't compare them.
    pub speed: Option<SuiteSpeed>,
}

/// Says how many checks came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteChecks {
    /// Within their limits.
    pub passed: u64,
    /// Beyond their limits.
    pub failed: u64,
    /// Could not be decided.
    pub inconclusive: u64,
    /// Can't be trusted.
    pub invalid: u64,
    /// Could not be checked.
    pub skipped: u64,
}

/// Says how far the answers of both versions are off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SuiteFound {
    /// Costs over the optimum, each from the lowest to the highest that it may be.
    Ratio {
        /// Stable's.
        stable: [f64; 2],
        /// The candidate's.
        candidate: [f64; 2],
    },
    /// Rows, or decisions, that are wrong.
    Wrong {
        /// So many rows there are to be.
        of: u64,
        /// Stable's.
        stable: u64,
        /// The candidate's.
        candidate: u64,
    },
}

/// The candidate's speed over stable's, by fresh processes that compared the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteSpeed {
    /// Says of what.
    pub of: SpeedOf,
    /// The ratio.
    pub ratio: f64,
    /// From where to where it may be.
    pub interval: [f64; 2],
}

/// Describes what two speeds are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpeedOf {
    /// Time a record: more is slower.
    Time,
    /// Records a second: more is faster.
    Throughput,
}

/// Says why there is no verdict. Texts come from outside: escape them wherever they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteError {
    /// Holds what was wrong.
    pub message: String,
    /// The cure, where one is known.
    pub hint: Option<String>,
}

/// Says how many experiments came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuiteCounts {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Could not be decided.
    pub inconclusive: usize,
    /// Can't be trusted.
    pub invalid: usize,
    /// Came to no verdict.
    pub error: usize,
    /// Were not run.
    pub not_run: usize,
}

impl Suite {
    /// Counts the experiments by what came of them.
    pub fn counts(&self) -> SuiteCounts {
        let mut counts = SuiteCounts::default();
        for entry in &self.experiments {
            let count = match &entry.end {
                SuiteEnd::Judged(judged) => match judged.outcome {
                    Outcome::Pass => &mut counts.pass,
                    Outcome::Fail => &mut counts.fail,
                    Outcome::Inconclusive => &mut counts.inconclusive,
                    Outcome::Invalid => &mut counts.invalid,
                },
                SuiteEnd::Error(_) => &mut counts.error,
                SuiteEnd::NotRun { .. } => &mut counts.not_run,
            };
            *count += 1;
        }
        counts
    }
}

impl SuiteJudged {
    /// Sums up a run that stands in the folder `run`; `headline` is its verdict in one line.
    pub fn of(results: &Results, timings: &Timings, run: String, headline: String) -> Self {
        let [stable, candidate] = results.jobs().map(str::to_owned);
        Self {
            run,
            outcome: timings.outcome,
            judged: Judged::of(&results.verdict, &timings.verdict),
            headline,
            problem: results.problem.clone(),
            dataset: results.dataset.name.clone(),
            records: results.dataset.records,
            stable,
            candidate,
            checks: checks(results, timings),
            found: found(results),
            speed: speed(timings),
        }
    }
}

fn checks(results: &Results, timings: &Timings) -> SuiteChecks {
    let both = [&results.verdict, &timings.verdict];
    let count = |outcome: Outcome| {
        let is_one = |check: &&Check| check.outcome == outcome;
        both.iter().flat_map(|verdict| &verdict.checks).filter(is_one).count() as u64
    };
    let skipped: Vec<&Skipped> = both.iter().flat_map(|verdict| &verdict.skipped).collect();
    SuiteChecks {
        passed: count(Outcome::Pass),
        failed: count(Outcome::Fail),
        inconclusive: count(Outcome::Inconclusive),
        invalid: count(Outcome::Invalid),
        skipped: skipped.len() as u64,
    }
}

fn found(results: &Results) -> SuiteFound {
    if let Some(costs) = results.costs() {
        let [stable, candidate] = [costs.stable, costs.candidate]
            .map(|cost| [cost.competitive_ratio.low, cost.competitive_ratio.high]);
        return SuiteFound::Ratio { stable, candidate };
    }
    let [stable, candidate] =
        [&results.stable, &results.candidate].map(|version| version.divergence().rows());
    SuiteFound::Wrong { of: results.reference.rows, stable, candidate }
}

fn speed(timings: &Timings) -> Option<SuiteSpeed> {
    let work = timings.speed.work().filter(|_| timings.speed.basis == Basis::Compared);
    if let Some((ratio, interval)) = work.and_then(|work| Some((work.ratio.value, work.ratio.interval?))) {
        return Some(SuiteSpeed { of: SpeedOf::Time, ratio, interval });
    }
    let ratio = timings.throughput.as_ref()?.ratio?;
    Some(SuiteSpeed { of: SpeedOf::Throughput, ratio: ratio.value, interval: [ratio.low, ratio.high] })
}
