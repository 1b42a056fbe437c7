//! Faults on demand: what is to go wrong, and where.

use std::{fmt, num::NonZeroU64, str::FromStr, time::Duration};

use datasets::SplitMix64;

use super::{Guarantee, Step};

/// One thing that goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process is gone; what was committed stays.
    Crash(Place),
    /// The process is gone in the middle of delivering rows: half a row stands at the output's end.
    TornOutput {
        /// Of which checkpoint, counted from 1.
        checkpoint: u64,
    },
    /// The machine is off: what was not synced is gone, too.
    PowerCut {
        /// Before which record.
        record: u64,
    },
    /// The process stands still, another takes over, and then the first goes on with its checkpoint.
    Zombie {
        /// Before which record.
        record: u64,
    },
    /// The source connects anew and delivers some records again.
    Redeliver {
        /// Before which record.
        record: u64,
        /// Says how many that came before it.
        records: NonZeroU64,
    },
    /// The source delivers some records in reverse.
    Reorder {
        /// The first of them.
        record: u64,
        /// Says how many.
        records: NonZeroU64,
    },
    /// Nothing happens for a while.
    Stall {
        /// Before which record.
        record: u64,
        /// For how long.
        length: Duration,
    },
}

/// A fault, and whether it has to strike for the run to say what it is meant to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Holds what goes wrong.
    pub what: Fault,
    /// One that was asked for by its place must; one that was drawn may lie where no incarnation comes by.
    pub must_strike: bool,
}

/// Where a crash strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before this record, counted from 0 in order of arrival, is worked off.
    Record(u64),
    /// At this step of a checkpoint; the n-th ends with record n × the interval.
    Checkpoint(u64, Step),
    /// While the n-th recovery is under way, counted from 1.
    Recovery(u64),
}

impl Fault {
    /// The record before which it strikes, if it strikes before one.
    pub(super) fn record(&self) -> Option<u64> {
        match *self {
            Self::Crash(Place::Record(record))
            | Self::PowerCut { record }
            | Self::Zombie { record }
            | Self::Redeliver { record, .. }
            | Self::Stall { record, .. } => Some(record),
            Self::Crash(Place::Checkpoint(..) | Place::Recovery(_))
            | Self::TornOutput { .. }
            | Self::Reorder { .. } => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash(place) => write!(f, "crash at {place}"),
            Self::TornOutput { checkpoint } => write!(f, "torn output at checkpoint {checkpoint}"),
            Self::PowerCut { record } => write!(f, "power cut at record {record}"),
            Self::Zombie { record } => write!(f, "zombie at record {record}"),
            Self::Redeliver { record, records } => write!(f, "redeliver {records} at record {record}"),
            Self::Reorder { record, records } => write!(f, "reorder {records} at record {record}"),
            Self::Stall { record, length } => write!(f, "stall {}ms at record {record}", length.as_millis()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "record {record}"),
            Self::Checkpoint(checkpoint, step) => write!(f, "checkpoint {checkpoint} {step}"),
            Self::Recovery(recovery) => write!(f, "recovery {recovery}"),
        }
    }
}

const KNOWN: &str = "expected one of: 'crash at record 1050', 'crash at checkpoint 3 STEP' (before, within, state, output, \
                     offset, after), 'crash at recovery 1', 'torn output at checkpoint 3', 'power cut at record 800', \
                     'zombie at record 1200', 'redeliver 50 at record 700', 'reorder 10 at record 500', \
                     'stall 20ms at record 900' and '5 random crashes'";

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse::<u64>().ok();
        let some = |word: &str| word.parse::<NonZeroU64>().ok();
        let fault = match words[..] {
            ["crash", "at", "record", n] => number(n).map(|n| Self::Crash(Place::Record(n))),
            ["crash", "at", "recovery", n] => some(n).map(|n| Self::Crash(Place::Recovery(n.get()))),
            ["crash", "at", "checkpoint", n, step] => {
                let step: Step = step.parse().map_err(|why| format!("'{text}': {why}"))?;
                some(n).map(|n| Self::Crash(Place::Checkpoint(n.get(), step)))
            }
            ["torn", "output", "at", "checkpoint", n] => {
                some(n).map(|n| Self::TornOutput { checkpoint: n.get() })
            }
            ["power", "cut", "at", "record", n] => number(n).map(|record| Self::PowerCut { record }),
            ["zombie", "at", "record", n] => number(n).map(|record| Self::Zombie { record }),
            ["redeliver", k, "at", "record", n] => {
                some(k).zip(number(n)).map(|(records, record)| Self::Redeliver { record, records })
            }
            ["reorder", k, "at", "record", n] => {
                some(k).zip(number(n)).map(|(records, record)| Self::Reorder { record, records })
            }
            ["stall", length, "at", "record", n] => {
                let ms = length.strip_suffix("ms").and_then(number).filter(|ms| *ms <= 60_000);
                ms.zip(number(n))
                    .map(|(ms, record)| Self::Stall { record, length: Duration::from_millis(ms) })
            }
            _ => None,
        };
        fault.ok_or_else(|| format!("'{text}' is no fault, {KNOWN}"))
    }
}

/// Plans what `texts` say is to go wrong in a replay of `records` records with a checkpoint each `every`. `N random crashes` are
/// drawn from `seed`: before records and at steps of checkpoints.
pub fn plan_faults(
    texts: &[String],
    guarantee: Guarantee,
    records: u64,
    every: NonZeroU64,
    seed: u64,
) -> Result<Vec<Planned>, String> {
    let mut random = SplitMix64::new(seed);
    let mut all = Vec::new();
    for text in texts {
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [count, "random", "crash" | "crashes"] => {
                let count = count.parse::<u64>().ok().filter(|count| *count <= 10_000);
                let count = count.ok_or_else(|| format!("'{text}': at most 10000 crashes can be drawn"))?;
                let drawn = (0..count).map(|_| drawn(&mut random, guarantee, records, every));
                all.extend(drawn.map(|what| Planned { what, must_strike: false }));
            }
            _ => all.push(Planned { what: text.parse()?, must_strike: true }),
        }
    }
    all.iter().try_for_each(|fault| reachable(&fault.what, guarantee, records, every))?;
    Ok(all)
}

fn drawn(random: &mut SplitMix64, guarantee: Guarantee, records: u64, every: NonZeroU64) -> Fault {
    let steps = Step::of(guarantee);
    if random.uniform(0, 1) == 0 {
        return Fault::Crash(Place::Record(random.uniform(0, records.max(1) - 1)));
    }
    let checkpoint = random.uniform(1, checkpoints(records, every));
    Fault::Crash(Place::Checkpoint(checkpoint, steps[random.uniform(0, steps.len() as u64 - 1) as usize]))
}

/// Returns how many there are: one for each interval, and one at the end of input.
fn checkpoints(records: u64, every: NonZeroU64) -> u64 {
    records.div_ceil(every.get()) + 1
}

/// A fault that can't strike would make the run say something about nothing.
fn reachable(fault: &Fault, guarantee: Guarantee, records: u64, every: NonZeroU64) -> Result<(), String> {
    let checkpoints = checkpoints(records, every);
    let (record, checkpoint) = match *fault {
        Fault::Crash(Place::Checkpoint(_, step)) if !Step::of(guarantee).contains(&step) => {
            return Err(format!("'{fault}': under {guarantee} a checkpoint has no step {step}"));
        }
        Fault::Redeliver { record, records: again } if again.get() > record => {
            return Err(format!("'{fault}': only {record} records come before"));
        }
        Fault::Crash(Place::Record(record))
        | Fault::PowerCut { record }
        | Fault::Zombie { record }
        | Fault::Stall { record, .. }
        | Fault::Redeliver { record, .. } => (record, 0),
        Fault::Reorder { record, records: block } => (record.saturating_add(block.get() - 1), 0),
        Fault::Crash(Place::Checkpoint(checkpoint, _)) | Fault::TornOutput { checkpoint } => (0, checkpoint),
        Fault::Crash(Place::Recovery(_)) => (0, 0),
    };
    if record >= records {
        return Err(format!("'{fault}': there are {records} records, counted from 0"));
    }
    if checkpoint > checkpoints {
        return Err(format!("'{fault}': with one each {every} records there are {checkpoints} checkpoints"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: NonZeroU64 = NonZeroU64::new(10).expect("not 0");

    fn all(texts: &[&str]) -> Result<Vec<Fault>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let planned = plan_faults(&texts, Guarantee::ExactlyOnce, 100, EVERY, 7)?;
        Ok(planned.into_iter().map(|planned| planned.what).collect())
    }

    #[test]
    fn faults_are_read_as_they_are_written() {
        for text in [
            "crash at record 99",
            "crash at checkpoint 10 within",
            "crash at recovery 2",
            "torn output at checkpoint 1",
            "power cut at record 0",
            "zombie at record 12",
            "redeliver 5 at record 5",
            "reorder 10 at record 90",
            "stall 20ms at record 9",
        ] {
            assert_eq!(all(&[text]).map(|faults| faults[0].to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_fault_or_can_never_strike_is_refused() {
        for (text, why) in [
            ("", "is no fault"),
            ("crash", "is no fault"),
            ("crash at record -1", "is no fault"),
            ("crash at checkpoint 0 after", "is no fault"),
            (
                "crash at checkpoint 1 later",
                "unknown step of a checkpoint 'later', expected one of: before, within",
            ),
            ("crash at checkpoint 1 offset", "under exactly-once a checkpoint has no step offset"),
            ("crash at record 100", "there are 100 records, counted from 0"),
            ("crash at checkpoint 12 after", "with one each 10 records there are 11 checkpoints"),
            ("redeliver 6 at record 5", "only 5 records come before"),
            ("reorder 11 at record 90", "there are 100 records"),
            ("stall 5 at record 1", "is no fault"),
            ("20000 random crashes", "at most 10000 crashes"),
        ] {
            let error = all(&[text]).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn random_crashes_follow_from_the_seed() {
        let drawn = all(&["40 random crashes"]).expect("all of them can strike");
        assert_eq!(drawn.len(), 40);
        assert_eq!(all(&["40 random crashes"]), Ok(drawn.clone()));
        let at_records = drawn.iter().filter(|f| matches!(f, Fault::Crash(Place::Record(_)))).count();
        assert!((8..32).contains(&at_records), "{at_records}");
    }
}
