//! Executes an experiment: read, compute the reference, replay both versions, compare, judge. Writes nothing.
//!
//! Each activity is a [`Visit`](crate::erased::Visit) of a problem: [`Verify`], [`Reference`], [`Run`], [`Replay`],
//! [`Survive`], and for the latency [`Replicate`](crate::latency::Replicate). All but the first two work with a `Trial`.

mod costs;
pub mod identity;
pub(crate) mod job;
mod judge;
mod noise;
mod outside;
mod parallel;
mod prefixes;
pub mod recover;
mod reference;
mod replay_one;
mod run;
mod streamed;
mod sweep;
mod timing;
pub(crate) mod trial;

use compare::{Checked, LEAST_SAMPLES, Ledger, Pair, RecoveryResult, ReferenceResult, Results, Timings};
use datasets::{Frozen, Keys, Record, Records};
use replay::{CHUNK, Clock, FeederReport, Latency, RealClock, Replayed};
use stream::{Concluded, Proven, Version};

use crate::{
    error::Error,
    problem::{Computed, Decided, Entry, Params},
};

pub use judge::dataset_id;
pub use recover::Spent;
pub use reference::{Reference, Verify};
pub use replay_one::{Replay, Survive};
pub use run::Run;
pub use timing::feeder_result;

/// At pace max, how many chunks are timed at least, and of a dataset that has fewer, how many replays of it.
const LEAST_CHUNKS: usize = 100;
const LEAST_REPLAYS: usize = 5;
/// Ends the replays earlier where the jobs are so slow that this long a replay says enough of them. Tests don't look at
/// the times.
const ENOUGH_NS: u64 = if cfg!(test) { 1_000_000 } else { 50_000_000 };

/// Everything a run leaves behind.
pub struct FinishedRun {
    /// The part that is the same each time.
    pub results: Results,
    /// The times, and the verdict on them.
    pub timings: Timings,
    /// The answers, as they are written.
    pub answers: Answers,
    /// Stable's latencies and the candidate's.
    pub latencies: Pair<Latency>,
}

/// The answers of a run.
pub struct Answers {
    /// The batch answer.
    pub reference: datasets::Answer,
    /// The answers of both versions.
    pub versions: Pair<Given>,
    /// Holds what decisions are called.
    pub column: &'static str,
    /// The texts of tables.
    pub keys: Keys,
}

/// Describes what a version has given.
#[derive(Debug, PartialEq)]
pub enum Given {
    /// One decision a record, by offset.
    Decisions(Vec<u32>),
    /// A table, and what stands beside it.
    Table(Box<Concluded>),
}

/// The reference alone.
pub struct FinishedReference {
    /// The reference as the results have it.
    pub described: ReferenceResult,
    /// The reference's answer and bounds.
    pub computed: Computed,
    /// Holds what a cost counts, in the plural; nothing where there is none.
    pub unit: Option<&'static str>,
    /// Holds what decisions are called.
    pub column: &'static str,
    /// Holds what is wrong with it, if anything.
    pub problem: Option<String>,
    /// The texts of tables.
    pub keys: Keys,
}

/// One job alone.
pub struct FinishedReplay {
    /// The account of all records.
    pub ledger: Ledger,
    /// The answer.
    pub given: Given,
    /// Decisions held against the records, where the answer is one.
    pub judged: Option<JudgedDecisions>,
    /// Its checkpoints and the faults that struck, where it ran with any.
    pub recovered: Option<RecoveryResult>,
    /// The texts of tables.
    pub keys: Keys,
    /// The times of the replay.
    pub replayed: Replayed,
    /// The punctuality of a paced replay's feeder.
    pub feeder: Option<FeederReport>,
    /// Holds what checkpoints have cost, where there were any.
    pub spent: Option<Spent>,
}

/// The decisions of one job alone, held against the records.
pub struct JudgedDecisions {
    /// Holds what they are called.
    pub column: &'static str,
    /// Holds what a cost counts, in the plural; nothing where there is none.
    pub unit: Option<&'static str>,
    /// The decisions held against the records.
    pub checked: Checked,
    /// The proven ratios of the job.
    pub proven: Proven,
}

impl FinishedReplay {
    /// Returns what is wrong with the answer in itself, or with how it came about.
    pub fn problem(&self) -> Option<String> {
        let of_decisions = self.judged.as_ref().and_then(|judged| judged.checked.problem.clone());
        of_decisions.or_else(|| self.recovered.as_ref().and_then(RecoveryResult::breach))
    }
}

/// Returns what decisions are called; nothing where there are none.
fn column<R>(decided: Option<&Decided<R>>) -> &'static str {
    decided.map_or("", |decided| decided.column)
}

/// Reads the dataset, with its hash checked, and checks every record against the parameters.
pub fn load<R: Record>(entry: &Entry<R>, frozen: &Frozen, params: &Params) -> Result<Records<R>, Error> {
    let records = frozen.load::<R>()?;
    refuse(entry, frozen, params, &records.records, 0)?;
    Ok(records)
}

/// Checks records, the first of which is at the offset `first`, against the parameters.
fn refuse<R>(
    entry: &Entry<R>,
    frozen: &Frozen,
    params: &Params,
    records: &[R],
    first: usize,
) -> Result<(), Error> {
    for (offset, record) in (first..).zip(records) {
        if let Some(message) = (entry.reject)(record, params) {
            let unit = match frozen.manifest.scale {
                1 => String::new(),
                scale => format!(", in units of {}", datasets::from_scale(1, scale)),
            };
            return Err(frozen.reject(offset as u64, message + &unit).into());
        }
    }
    Ok(())
}

/// Jobs that have been fed, and how.
pub(crate) struct Replays<R> {
    versions: Vec<Box<dyn Version<R>>>,
    replayed: Vec<Replayed>,
    feeder: Option<FeederReport>,
}

/// A chunk or two say little of a job's speed: a small dataset is fed again to fresh jobs, for the times alone, until
/// [`LEAST_CHUNKS`] have been timed, and as many of them as say something have enough work in them. The first replay
/// warmed up and isn't counted then.
fn time_again<E>(
    mut replayed: Vec<Replayed>,
    records: usize,
    clock: &RealClock,
    mut again: impl FnMut(usize) -> Result<Vec<Replayed>, E>,
) -> Result<Vec<Replayed>, E> {
    let chunks = records.div_ceil(CHUNK).max(1);
    let replays = if chunks < LEAST_CHUNKS { (LEAST_CHUNKS / chunks).max(LEAST_REPLAYS) } else { 0 };
    let says_little = |replayed: &[Replayed]| replayed.iter().any(|job| job.samples() < LEAST_SAMPLES);
    let wants = |replay: usize, replayed: &[Replayed]| replay <= replays || says_little(replayed);
    let mut replay = 0;
    while replays > 0 && wants(replay + 1, &replayed) && clock.now_ns() <= ENOUGH_NS {
        replay += 1;
        for (job, again) in replayed.iter_mut().zip(again(replay * chunks)?) {
            if replay == 1 {
                job.take_times_of(again);
            } else {
                job.add_times_of(&again);
            }
        }
    }
    Ok(replayed)
}
