//! Feeds a small dataset again to fresh jobs, so that there are times enough to say something.

use compare::LEAST_SAMPLES;
use replay::{CHUNK, Clock, FeederReport, RealClock, Replayed};
use stream::Version;

/// At pace max, how many chunks are timed at least, and of a dataset that has fewer, how many replays of it.
const LEAST_CHUNKS: usize = 100;
const LEAST_REPLAYS: usize = 5;
/// Ends the replays earlier where the jobs are so slow that this long a replay says enough of them. Tests don't look at
/// the times.
const ENOUGH_NS: u64 = if cfg!(test) { 1_000_000 } else { 50_000_000 };

/// Jobs that have been fed, and how.
pub(crate) struct Replays<R> {
    pub(crate) versions: Vec<Box<dyn Version<R>>>,
    pub(crate) replayed: Vec<Replayed>,
    pub(crate) feeder: Option<FeederReport>,
}

/// A chunk or two say little of a job's speed: a small dataset is fed again to fresh jobs, for the times alone, until
/// [`LEAST_CHUNKS`] have been timed, and as many of them as say something have enough work in them. The first replay
/// warmed up and isn't counted then.
pub(crate) fn time_again<E>(
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
