//! Joins of two streams, as nested loops.

use datasets::{Side, Sided};
use proptest::prelude::*;
use stream::Flavour;
use stream::operators::{Either, IntervalJoin, JoinKind, Joined, Pipeline, Row, Unmatched};

use crate::driver::{Drive, Driven, Progress, drive};
use crate::inputs::{PER_RECORD, drives, near_times, sided, times};

fn row(record: &Sided) -> Row {
    Row { time_ms: record.time_ms, key: record.key, value: record.value }
}

/// Pairs as something that can be sorted and compared.
fn sorted(mut pairs: Vec<(Row, Option<Row>)>) -> Vec<(Row, Option<Row>)> {
    pairs.sort_unstable();
    pairs
}

fn pairs(driven: &Driven<Joined<Row, Row>>) -> Vec<(Row, Option<Row>)> {
    sorted(driven.rows().into_iter().map(|joined| (joined.left, joined.right)).collect())
}

/// The last time at which a record at `time` can have a counterpart between `from` and `to` after it, or its own where
/// it can have none.
fn last(time: i64, (from, to): (i128, i128)) -> i64 {
    let (from, to) = (i128::from(time) + from, i128::from(time) + to);
    let times = i128::from(i64::MIN)..=i128::from(i64::MAX);
    if from > *times.end() || to < *times.start() { time } else { to.min(*times.end()) as i64 }
}

/// Returns what an interval join gives: all pairs of records that aren't late, unless the first of a pair was settled,
/// so forgotten, before the other came; and the left ones alone that are settled in the end.
fn naive_interval_join(
    records: &[Sided],
    how: Drive,
    (lower, upper): (i64, i64),
) -> (Vec<(Row, Option<Row>)>, u64) {
    let progress = Progress::of(records, how);
    let (lower, upper) = (i128::from(lower), i128::from(upper));
    let accepted = |side: Side| {
        let places = records.iter().enumerate().filter(move |(_, record)| record.side == side);
        places.filter(|(i, record)| !progress.is_late_for_engine(*i, record.time_ms, how.flavour))
    };
    let (mut pairs, mut not_emitted) = (vec![], 0);
    for (i, left) in accepted(Side::Left) {
        let fits = |(_, right): &(usize, &Sided)| {
            let apart = i128::from(right.time_ms) - i128::from(left.time_ms);
            right.key == left.key && (lower..=upper).contains(&apart)
        };
        let is_there = |&(j, right): &(usize, &Sided)| {
            let (first, second, time) = if i < j { (i, j, left.time_ms) } else { (j, i, right.time_ms) };
            let bounds = if i < j { (lower, upper) } else { (-upper, -lower) };
            let batches = progress.batch_of[first]..progress.batch_of[second];
            !progress.settles(batches, last(time, bounds).saturating_add(1), how.flavour)
        };
        let before = pairs.len();
        let rights = accepted(Side::Right).filter(fits).filter(is_there);
        pairs.extend(rights.map(|(_, right)| (row(left), Some(row(right)))));
        if pairs.len() > before {
            continue;
        }
        // No right record can come when the last millisecond of the interval is settled.
        if last(left.time_ms, (lower, upper)).saturating_add(1) <= *progress.settled_to.last().unwrap() {
            pairs.push((row(left), None));
        } else {
            not_emitted += 1;
        }
    }
    (sorted(pairs), not_emitted)
}

/// Returns what an as-of join gives: each accepted left record goes at the first batch's end that settles it, with the
/// best of the right records that have come until then.
fn naive_as_of_join(records: &[Sided], how: Drive) -> (Vec<(Row, Option<Row>)>, u64) {
    let progress = Progress::of(records, how);
    let (mut pairs, mut not_emitted) = (vec![], 0);
    let is_in_time = |(i, record): &(usize, &Sided)| !progress.is_late(*i, record.time_ms);
    let lefts = records.iter().enumerate().filter(|(_, record)| record.side == Side::Left);
    for (i, left) in lefts.filter(is_in_time) {
        let settles = |&batch: &usize| left.time_ms.saturating_add(1) <= progress.settled_to[batch];
        let Some(goes) = (progress.batch_of[i]..progress.settled_to.len()).find(settles) else {
            not_emitted += 1;
            continue;
        };
        let rights = records.iter().enumerate().filter(|(j, right)| {
            let is_there = progress.batch_of[*j] <= goes;
            right.side == Side::Right && right.key == left.key && right.time_ms <= left.time_ms && is_there
        });
        let valid = rights.max_by_key(|(j, right)| (right.time_ms, *j));
        pairs.push((row(left), valid.map(|(_, right)| row(right))));
    }
    (sorted(pairs), not_emitted)
}

fn check_interval_join(records: &[Sided], how: Drive, lower: i64, upper: i64) -> Result<(), TestCaseError> {
    for kind in [JoinKind::Inner, JoinKind::LeftOuter] {
        let join = || {
            let join = IntervalJoin::<Row, Row>::new(kind, lower, upper).unwrap();
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let driven = drive(join, records, how);
        let (mut expected, not_emitted) = naive_interval_join(records, how, (lower, upper));
        if kind == JoinKind::Inner {
            expected.retain(|(_, right)| right.is_some());
        } else {
            prop_assert_eq!(driven.concluded.counts.not_emitted, not_emitted);
        }
        prop_assert_eq!(pairs(&driven), expected);
        let progress = Progress::of(records, how);
        let is_late =
            |&i: &i64| progress.is_late_for_engine(i as usize, records[i as usize].time_ms, how.flavour);
        let late: Vec<i64> = (0..records.len() as i64).filter(is_late).collect();
        prop_assert_eq!(driven.concluded.counts.late, late.len() as u64);
        prop_assert_eq!(driven.late(), late);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]


    #[test]
    fn an_interval_join_is_a_nested_loop_over_what_is_not_late(
        records in sided(times()),
        how in drives(),
        bounds in (-40..40_i64, 0..40_i64),
    ) {
        check_interval_join(&records, how, bounds.0, bounds.0 + bounds.1)?;
    }

    #[test]
    fn an_interval_join_takes_any_bounds(
        records in sided(near_times()),
        how in drives(),
        mut bounds in prop::array::uniform2(prop::sample::select(vec![i64::MIN, -50, 0, 50, i64::MAX])),
    ) {
        bounds.sort_unstable();
        check_interval_join(&records, how, bounds[0], bounds[1])?;
    }

    #[test]
    fn an_as_of_join_takes_the_row_that_was_valid(
        records in prop_oneof![sided(times()), sided(near_times()), sided(0..30_i64)],
        how in drives(),
    ) {
        for kind in [JoinKind::Inner, JoinKind::LeftOuter] {
            let join = || Pipeline::<Sided, _>::start().map(Either::from).as_of_join::<Row, Row>(kind).build();
            let driven = drive(join, &records, how);
            let (mut expected, not_emitted) = naive_as_of_join(&records, how);
            prop_assert_eq!(driven.concluded.counts.not_emitted, not_emitted);
            if kind == JoinKind::Inner {
                expected.retain(|(_, right)| right.is_some());
            }
            prop_assert_eq!(pairs(&driven), expected);
            // Each late record is told of; the left ones among them count, the right ones may still be of use.
            let progress = Progress::of(&records, how);
            let late = |side: Side| {
                (0..records.len()).filter(|&i| records[i].side == side && progress.is_late(i, records[i].time_ms)).count() as u64
            };
            prop_assert_eq!(driven.late().len() as u64, late(Side::Left) + late(Side::Right));
            let counted = driven.concluded.counts.late;
            prop_assert!(counted >= late(Side::Left) && counted <= late(Side::Left) + late(Side::Right));
        }
    }
}

#[test]
fn pairs_come_at_once_and_left_records_alone_when_they_are_settled() {
    let sided = |time_ms, side, value| Sided { time_ms, side, key: 0, value };
    let records = [
        sided(0, Side::Left, 1),
        sided(5, Side::Right, 2),
        sided(10, Side::Left, 3),
        sided(20, Side::Left, 4),
        sided(21, Side::Left, 5),
    ];
    let join = || {
        let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, 0, 10).unwrap();
        Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
    };
    let out = drive(join, &records, PER_RECORD).out;
    let seen: Vec<(i64, Option<i64>)> =
        out.iter().map(|(_, joined)| (joined.left.value, joined.right.map(|right| right.value))).collect();
    assert_eq!(seen, [(1, Some(2)), (3, None), (4, None), (5, None)]);
    // With the second record; with the one that takes event time to 21, so past 20; and at the end.
    assert_eq!(out[0].0, 1);
    assert!(out[1].0 >= 4, "{out:?}");
    let empty = IntervalJoin::<Row, Row>::new(JoinKind::Inner, 1, 0).unwrap_err();
    assert_eq!(empty, "the join's interval from 1 ms to 0 ms is empty");
}

#[test]
fn an_early_join_tells_an_order_twice_that_is_paid_late() {
    let sided = |time_ms, side| Sided { time_ms, side, key: 0, value: time_ms };
    let records = [
        sided(0, Side::Left),
        sided(20, Side::Left),
        sided(5, Side::Right),
        sided(60, Side::Left),
        sided(9, Side::Right),
    ];
    let how = Drive { flavour: Flavour::PerRecord { lateness_ms: 40 }, ..PER_RECORD };
    for restart_at in [usize::MAX, 1, 2, 3, 4] {
        let join = || {
            let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, 0, 10).unwrap();
            let join = join.unmatched(Unmatched::Early);
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let driven = drive(join, &records, Drive { restart_at, ..how });
        let seen: Vec<(i64, Option<i64>)> =
            driven.rows().iter().map(|row| (row.left.value, row.right.map(|right| right.value))).collect();
        assert_eq!(seen, [(0, None), (0, Some(5)), (20, None), (60, None)]);
        assert_eq!(driven.late(), [4]);
    }
}
