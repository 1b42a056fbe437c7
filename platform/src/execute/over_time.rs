//! When the rows are that differ from the reference's, and the records that came late, in steps that a reader can count.

use compare::{DifferingPlaces, Pair, RowsOverTime, Rules, SideOverTime, differing_places};
use datasets::{Cells, Keys, Table, TableColumn};
use stream::Concluded;

use crate::trial::Given;

/// As many steps at most.
const MOST_STEPS: i64 = 32;
/// How long a step may be, from a millisecond to a week.
const LENGTHS_MS: [i64; 25] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    10_800_000,
    43_200_000,
    86_400_000,
    604_800_000,
];

/// Names the columns that a row's key consists of.
pub(super) fn key_columns(table: &Table) -> Vec<String> {
    table.columns[..table.key_columns].iter().map(|column| column.name.to_string()).collect()
}

/// Counts step by step; nothing where no row differs and no record is late, or where no column of the key is a time.
pub(super) fn over_time(
    reference: &Table,
    versions: &Pair<Given>,
    keys: &Keys,
    rules: &Rules,
) -> Option<RowsOverTime> {
    let Pair { stable: Given::Table(stable), candidate: Given::Table(candidate) } = versions else {
        return None;
    };
    let (at, of_reference) = (reference.columns[..reference.key_columns].iter().enumerate())
        .find_map(|(at, column)| Some((at, times(column)?)))?;
    let sides = [stable, candidate].map(|version| Side::of(version, reference, keys, rules, at));
    let [Some(stable), Some(candidate)] = sides else { return None };
    if [&stable, &candidate].into_iter().all(Side::is_clean) {
        return None;
    }
    let all = || of_reference.iter().chain([&stable, &candidate].into_iter().flat_map(Side::times)).copied();
    let steps = Steps::of(all().min()?, all().max()?, least_gap(of_reference))?;
    Some(RowsOverTime {
        column: reference.columns[at].name.to_string(),
        first_ms: steps.first_ms,
        step_ms: steps.step_ms,
        rows: steps.count(of_reference.iter().copied()),
        versions: Pair {
            stable: stable.counted(&steps, of_reference),
            candidate: candidate.counted(&steps, of_reference),
        },
    })
}

/// A column whose name says that it holds times.
fn times(column: &TableColumn) -> Option<&[i64]> {
    match &column.cells {
        Cells::Int(times) if column.name.ends_with("_ms") => Some(times),
        _ => None,
    }
}

/// The least distance between rows that are at different times: shorter steps would be empty in between.
fn least_gap(times: &[i64]) -> i64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).filter(|gap| *gap > 0).min().unwrap_or(1)
}

/// Holds which of a version's rows differ, and when its rows are.
struct Side<'a> {
    places: DifferingPlaces,
    own: &'a [i64],
    late: Vec<i64>,
}

impl<'a> Side<'a> {
    /// Nothing where the version's columns are others, so that rows can't be paired.
    fn of(version: &'a Concluded, reference: &Table, keys: &Keys, rules: &Rules, at: usize) -> Option<Self> {
        let names =
            |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let own = times(version.table.columns.get(at)?)?;
        let is_alike = names(&version.table) == names(reference);
        is_alike.then(|| Self {
            places: differing_places(reference, &version.table, keys, rules),
            own,
            late: late(version),
        })
    }

    fn is_clean(&self) -> bool {
        let DifferingPlaces { missing, extra, changed } = &self.places;
        missing.is_empty() && extra.is_empty() && changed.is_empty() && self.late.is_empty()
    }

    fn times(&self) -> impl Iterator<Item = &i64> {
        self.own.iter().chain(&self.late)
    }

    fn counted(&self, steps: &Steps, of_reference: &[i64]) -> SideOverTime {
        let DifferingPlaces { missing, extra, changed } = &self.places;
        SideOverTime {
            changed: steps.count(changed.iter().map(|[row, _]| of_reference[*row])),
            missing: steps.count(missing.iter().map(|row| of_reference[*row])),
            extra: steps.count(extra.iter().map(|row| self.own[*row])),
            late: steps.count(self.late.iter().copied()),
        }
    }
}

/// When the records happened that came late; each counts once, however many windows it was late for.
fn late(version: &Concluded) -> Vec<i64> {
    let column = |name: &str| match version.late.columns.iter().find(|column| column.name == name)?.cells {
        Cells::Int(ref cells) => Some(cells),
        _ => None,
    };
    let (Some(records), Some(times)) = (column("record"), column("event_time_ms")) else { return Vec::new() };
    let mut late: Vec<(i64, i64)> = records.iter().copied().zip(times.iter().copied()).collect();
    late.sort_unstable();
    late.dedup();
    late.into_iter().map(|(_, time)| time).collect()
}

/// Steps of one length from a round time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Steps {
    first_ms: i64,
    step_ms: i64,
    number: usize,
}

impl Steps {
    /// The shortest round length, no shorter than `least`, of which so many steps are enough; nothing where not even the longest
    /// is.
    fn of(low: i64, high: i64, least: i64) -> Option<Self> {
        let longest = LENGTHS_MS[LENGTHS_MS.len() - 1];
        let mut lengths = LENGTHS_MS.into_iter().filter(|length| *length >= least.min(longest));
        lengths.find_map(|step_ms| {
            let first = low.div_euclid(step_ms);
            let number = high.div_euclid(step_ms).checked_sub(first)?.checked_add(1)?;
            let first_ms = first.checked_mul(step_ms)?;
            (1..=MOST_STEPS).contains(&number).then_some(Self { first_ms, step_ms, number: number as usize })
        })
    }

    fn count(&self, times: impl Iterator<Item = i64>) -> Vec<u64> {
        let mut counts = vec![0; self.number];
        for time in times {
            let at = time.saturating_sub(self.first_ms).div_euclid(self.step_ms);
            if let Some(count) = usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use datasets::SplitMix64;

    use super::*;

    #[test]
    fn each_time_is_in_one_step_whatever_the_times_are() {
        let mut random = SplitMix64::new(3);
        for round in 0..2_000_u64 {
            let reach = 1_u64 << (round % 39);
            let mut time = || random.uniform(0, 2 * reach).cast_signed() - reach.cast_signed();
            let times: Vec<i64> = (0..=round % 30).map(|_| time()).collect();
            let (low, high) = (*times.iter().min().expect("one"), *times.iter().max().expect("one"));
            let Some(steps) = Steps::of(low, high, 1) else {
                assert!(high - low > 31 * 604_800_000, "{low} {high}");
                continue;
            };
            let counts = steps.count(times.iter().copied());
            assert!(
                counts.len() <= 32 && counts.iter().sum::<u64>() == times.len() as u64,
                "{steps:?} {times:?}"
            );
            assert!(steps.first_ms <= low && low < steps.first_ms + steps.step_ms, "{steps:?} {low}");
            for (at, count) in counts.iter().enumerate() {
                let from = steps.first_ms + steps.step_ms * i64::try_from(at).expect("few");
                let inside = times.iter().filter(|time| (from..from + steps.step_ms).contains(time)).count();
                assert_eq!(*count, inside as u64);
            }
        }
    }

    #[test]
    fn times_too_far_apart_have_no_steps() {
        assert_eq!(Steps::of(i64::MIN, i64::MAX, 1), None);
        assert_eq!(Steps::of(5, 5, 1), Some(Steps { first_ms: 5, step_ms: 1, number: 1 }));
        let windows = Steps { first_ms: 0, step_ms: 10_000, number: 10 };
        assert_eq!(Steps::of(0, 90_000, least_gap(&[30_000, 0, 10_000, 10_000, 90_000])), Some(windows));
    }
}
