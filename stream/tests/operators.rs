//! Oracles: each operator against a naive transcript of its definition, in both flavours, for any batches, restarted
//! anywhere.

mod driver;

use std::collections::{BTreeMap, BTreeSet};

use datasets::{Delivery, Event, Side, Sided};
use driver::{Drive, Driven, Progress, drive};
use proptest::prelude::*;
use stream::Flavour;
use stream::operators::{
    Aggregate, Deduplicate, Either, Filter, FlatMap, Function, IntervalJoin, JoinKind, Joined, Map, Outcome,
    Parse, Pipeline, Row, StaticJoin,
};

/// Times that lie near one another, so that much is late, and the ends of what there is.
fn times() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => -20..100_i64,
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
    ]
}

/// Times of a stream without extremes: one of them makes everything after it late.
fn near_times() -> impl Strategy<Value = i64> {
    0..200_i64
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![5 => -3..3_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn drives() -> impl Strategy<Value = Drive> {
    let flavour = prop_oneof![
        (0..20_i64).prop_map(|lateness_ms| Flavour::PerRecord { lateness_ms }),
        Just(Flavour::PerRecord { lateness_ms: 0 }),
        (any::<bool>(), any::<bool>()).prop_map(|(strict, drain)| Flavour::PerTrigger { strict, drain }),
    ];
    let delay = prop_oneof![5 => (0..60_i64).prop_map(Some), 1 => Just(Some(i64::MAX))];
    let batch = prop_oneof![1 => Just(None), 2 => (1..50_usize).prop_map(Some)];
    (flavour, delay, batch, 0..60_usize).prop_map(|(flavour, delay_ms, batch, restart_at)| Drive {
        flavour,
        delay_ms,
        batch,
        restart_at,
    })
}

fn sided(time: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Sided>> {
    let side = prop::sample::select(vec![Side::Left, Side::Right]);
    let record = (time, side, 0..3_u32, values());
    prop::collection::vec(
        record.prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value }),
        0..60,
    )
}

fn row(record: &Sided) -> Row {
    Row { time_ms: record.time_ms, key: record.key, value: record.value }
}

fn progress(records: &[Sided], drive: Drive) -> Progress {
    Progress::of(&records.iter().map(|record| record.time_ms).collect::<Vec<_>>(), drive)
}

/// Pairs as something that can be sorted and compared.
fn sorted(mut pairs: Vec<(Row, Option<Row>)>) -> Vec<(Row, Option<Row>)> {
    pairs.sort_unstable();
    pairs
}

fn pairs(driven: &Driven<Joined<Row, Row>>) -> Vec<(Row, Option<Row>)> {
    sorted(driven.rows().into_iter().map(|joined| (joined.left, joined.right)).collect())
}

/// The records of a side that are not late, with their place.
fn accepted<'a>(
    records: &'a [Sided],
    progress: &'a Progress,
    side: Side,
) -> impl Iterator<Item = (usize, &'a Sided)> + Clone {
    let places = records.iter().enumerate();
    places.filter(move |(i, record)| record.side == side && !progress.is_late(*i, record.time_ms))
}

/// What an interval join gives: all pairs of accepted records; and the left ones alone that are settled in the end.
fn naive_interval_join(
    records: &[Sided],
    drive: Drive,
    (lower, upper): (i64, i64),
) -> (Vec<(Row, Option<Row>)>, u64) {
    let progress = progress(records, drive);
    let (mut pairs, mut unfired) = (vec![], 0);
    for (_, left) in accepted(records, &progress, Side::Left) {
        let apart = |right: &Sided| i128::from(right.time_ms) - i128::from(left.time_ms);
        let fits = |right: &Sided| (i128::from(lower)..=i128::from(upper)).contains(&apart(right));
        let rights = accepted(records, &progress, Side::Right).map(|(_, right)| right);
        let before = pairs.len();
        pairs.extend(
            rights.filter(|r| r.key == left.key && fits(r)).map(|right| (row(left), Some(row(right)))),
        );
        if pairs.len() > before {
            continue;
        }
        // No right record can come when the last millisecond of the interval is settled.
        let last = i128::from(left.time_ms) + i128::from(upper);
        let end = if last > i128::from(i64::MAX) || last < i128::from(i64::MIN) {
            // Its interval lies partly or wholly outside of time.
            if i128::from(left.time_ms) + i128::from(lower) > i128::from(i64::MAX) || last < 0 {
                left.time_ms
            } else {
                i64::MAX
            }
        } else {
            last as i64
        };
        match end.saturating_add(1) <= *progress.settled_to.last().unwrap() {
            true => pairs.push((row(left), None)),
            false => unfired += 1,
        }
    }
    (sorted(pairs), unfired)
}

/// What an as-of join gives: each accepted left record goes at the first batch's end that settles it, with the best of
/// the right records that have come until then.
fn naive_as_of_join(records: &[Sided], drive: Drive) -> (Vec<(Row, Option<Row>)>, u64) {
    let progress = progress(records, drive);
    let (mut pairs, mut unfired) = (vec![], 0);
    for (i, left) in accepted(records, &progress, Side::Left) {
        let settles = |&batch: &usize| left.time_ms.saturating_add(1) <= progress.settled_to[batch];
        let Some(goes) = (progress.batch_of[i]..progress.settled_to.len()).find(settles) else {
            unfired += 1;
            continue;
        };
        let rights = records.iter().enumerate().filter(|(j, right)| {
            let is_there = progress.batch_of[*j] <= goes;
            right.side == Side::Right && right.key == left.key && right.time_ms <= left.time_ms && is_there
        });
        let valid = rights.max_by_key(|(j, right)| (right.time_ms, *j));
        pairs.push((row(left), valid.map(|(_, right)| row(right))));
    }
    (sorted(pairs), unfired)
}

fn check_interval_join(records: &[Sided], drive: Drive, lower: i64, upper: i64) -> Result<(), TestCaseError> {
    for kind in [JoinKind::Inner, JoinKind::LeftOuter] {
        let join = || {
            let join = IntervalJoin::<Row, Row>::new(kind, lower, upper).unwrap();
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let driven = driver::drive(join, records, drive);
        let (mut expected, unfired) = naive_interval_join(records, drive, (lower, upper));
        if kind == JoinKind::Inner {
            expected.retain(|(_, right)| right.is_some());
        } else {
            prop_assert_eq!(driven.concluded.counts.unfired, unfired);
        }
        prop_assert_eq!(pairs(&driven), expected);
        let progress = progress(records, drive);
        let is_late = |&i: &i64| progress.is_late(i as usize, records[i as usize].time_ms);
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
        drive in drives(),
        bounds in (-40..40_i64, 0..40_i64),
    ) {
        check_interval_join(&records, drive, bounds.0, bounds.0 + bounds.1)?;
    }

    #[test]
    fn an_interval_join_takes_any_bounds(
        records in sided(near_times()),
        drive in drives(),
        mut bounds in prop::array::uniform2(prop::sample::select(vec![i64::MIN, -50, 0, 50, i64::MAX])),
    ) {
        bounds.sort_unstable();
        check_interval_join(&records, drive, bounds[0], bounds[1])?;
    }

    #[test]
    fn an_as_of_join_takes_the_row_that_was_valid(
        records in prop_oneof![sided(times()), sided(near_times())],
        drive in drives(),
    ) {
        for kind in [JoinKind::Inner, JoinKind::LeftOuter] {
            let join = || Pipeline::<Sided, _>::start().map(Either::from).as_of_join::<Row, Row>(kind).build();
            let driven = driver::drive(join, &records, drive);
            let (mut expected, unfired) = naive_as_of_join(&records, drive);
            prop_assert_eq!(driven.concluded.counts.unfired, unfired);
            if kind == JoinKind::Inner {
                expected.retain(|(_, right)| right.is_some());
            }
            prop_assert_eq!(pairs(&driven), expected);
            // Each late record is told of; the left ones among them count, the right ones may still be of use.
            let progress = progress(&records, drive);
            let late = |side: Side| {
                (0..records.len()).filter(|&i| records[i].side == side && progress.is_late(i, records[i].time_ms)).count() as u64
            };
            prop_assert_eq!(driven.late().len() as u64, late(Side::Left) + late(Side::Right));
            let counted = driven.concluded.counts.late;
            prop_assert!(counted >= late(Side::Left) && counted <= late(Side::Left) + late(Side::Right));
        }
    }

    #[test]
    fn deduplication_forgets_what_event_time_has_passed(
        rows in prop::collection::vec((times(), 0..6_u32), 0..60),
        drive in drives(),
        horizon in prop_oneof![4 => (0..60_i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(i64::MAX))],
    ) {
        let records: Vec<Delivery> =
            rows.iter().map(|&(time_ms, id)| Delivery { time_ms, id, key: id, value: 1 }).collect();
        let job = || Deduplicate::new(|delivery: &Delivery| delivery.id, horizon);
        let driven = driver::drive(job, &records, drive);

        let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let progress = Progress::of(&times, drive);
        let (mut kept, mut duplicates, mut late): (Vec<Delivery>, u64, Vec<i64>) = (vec![], 0, vec![]);
        for (i, record) in records.iter().enumerate() {
            let settled = progress.settled_before(i);
            let is_known = |first: &&Delivery| {
                let end = horizon.map(|horizon| first.time_ms.saturating_add(horizon).saturating_add(1));
                first.id == record.id && end.is_none_or(|end| end > settled)
            };
            if kept.iter().any(|first| is_known(&first)) {
                duplicates += 1;
            } else if horizon.is_some() && progress.is_late(i, record.time_ms) {
                late.push(i as i64);
            } else {
                kept.push(*record);
            }
        }
        prop_assert_eq!(driven.rows(), kept);
        prop_assert_eq!(driven.concluded.counts.duplicate, duplicates);
        prop_assert_eq!(driven.concluded.counts.late, late.len() as u64);
        prop_assert_eq!(driven.late(), late);
    }

    #[test]
    fn doubles_within_the_horizon_are_never_counted_twice(
        firsts in prop::collection::vec((near_times(), 0..20_i64), 0..30),
        mut order in prop::collection::vec((0..30_usize, any::<bool>()), 0..60),
        drive in drives(),
    ) {
        order.retain(|(which, _)| *which < firsts.len());
        // An event, and a second delivery of it that is up to 20 ms younger.
        let records: Vec<Delivery> = order.iter().map(|&(which, is_second)| {
            let (time_ms, later) = firsts[which];
            Delivery { time_ms: time_ms + if is_second { later } else { 0 }, id: which as u32, key: 0, value: 1 }
        }).collect();
        let driven = driver::drive(|| Deduplicate::new(|d: &Delivery| d.id, Some(20)), &records, drive);
        let mut ids: Vec<u32> = driven.rows().iter().map(|delivery| delivery.id).collect();
        ids.sort_unstable();
        let once: BTreeSet<u32> = ids.iter().copied().collect();
        prop_assert_eq!(ids, Vec::from_iter(once));
    }

    #[test]
    fn running_totals_are_a_plain_group_by(
        rows in prop::collection::vec((times(), 0..4_u32, values()), 0..60),
        drive in drives(),
    ) {
        let records: Vec<Event> =
            rows.iter().map(|&(time_ms, key, value)| Event { time_ms, key, partition: 0, value }).collect();
        let job = || Aggregate::<Event, u32, 8>::by_key([
            Function::Count, Function::Sum, Function::Min, Function::Max, Function::Mean, Function::First,
            Function::Last, Function::Distinct,
        ]);
        let driven = driver::drive(job, &records, drive);
        let last: BTreeMap<u32, [Outcome; 8]> =
            driven.rows().into_iter().map(|row| (row.group, row.values)).collect();

        let mut groups: BTreeMap<u32, Vec<(i64, i64)>> = BTreeMap::new();
        rows.iter().for_each(|&(time, key, value)| groups.entry(key).or_default().push((time, value)));
        let expected: BTreeMap<u32, [Outcome; 8]> = groups.into_iter().map(|(key, group)| {
            let (count, sum) = (group.len() as i64, group.iter().map(|&(_, value)| i128::from(value)).sum());
            let values = group.iter().map(|&(_, value)| value);
            let mut by_time = group.clone();
            by_time.sort_by_key(|&(time, _)| time);
            (key, [
                Outcome::Int(count),
                Outcome::Wide(sum),
                Outcome::Int(values.clone().min().unwrap()),
                Outcome::Int(values.clone().max().unwrap()),
                Outcome::Mean { sum, count },
                Outcome::Int(by_time[0].1),
                Outcome::Int(by_time[by_time.len() - 1].1),
                Outcome::Int(values.collect::<BTreeSet<_>>().len() as i64),
            ])
        }).collect();
        prop_assert_eq!(last, expected);
        prop_assert_eq!(driven.concluded.counts.late, 0);
    }
}

const PER_RECORD: Drive = Drive {
    flavour: Flavour::PerRecord { lateness_ms: 0 },
    delay_ms: Some(0),
    batch: None,
    restart_at: usize::MAX,
};

fn event(time_ms: i64, key: u32, value: i64) -> Event {
    Event { time_ms, key, partition: 0, value }
}

#[test]
fn steps_without_state_do_what_they_are_given() {
    let events: Vec<Event> = (0..6).map(|i| event(i, i as u32, i - 2)).collect();
    let values = |driven: Driven<i64>| driven.rows();
    assert_eq!(values(drive(|| Map(|e: Event| e.value * 2), &events, PER_RECORD)), [-4, -2, 0, 2, 4, 6]);
    let twice = || FlatMap(|e: Event| vec![e.value; e.value.max(0) as usize]);
    assert_eq!(values(drive(twice, &events, PER_RECORD)), [1, 2, 2, 3, 3, 3]);
    let job = || Pipeline::<Event, _>::start().filter(|e| e.value > 1).map(|e| e.value).build();
    assert_eq!(values(drive(job, &events, PER_RECORD)), [2, 3]);
    assert_eq!(drive(|| Filter(|_: &Event| false), &events, PER_RECORD).rows(), []);
}

#[test]
fn what_cannot_be_read_stands_in_the_rejected_side_output() {
    let events: Vec<Event> = (0..5).map(|i| event(i, 0, i - 2)).collect();
    let root = |e: Event| u32::try_from(e.value).map_err(|_| "a negative value");
    let driven = drive(|| Parse(root), &events, PER_RECORD);
    assert_eq!(driven.rows(), [0, 1, 2]);
    let rejected: Vec<(u64, &str)> =
        driven.concluded.rejected.iter().map(|(record, reason)| (*record, reason.as_ref())).collect();
    assert_eq!(rejected, [(0, "a negative value"), (1, "a negative value")]);
    assert_eq!(driven.concluded.counts.rejected, 2);
}

#[test]
fn a_static_join_gives_a_row_for_each_row_of_the_table() {
    let events = [event(0, 1, 10), event(0, 2, 20), event(0, 1, 30)];
    for (kind, expected) in [
        (JoinKind::Inner, vec![(10, Some('a')), (10, Some('b')), (30, Some('a')), (30, Some('b'))]),
        (
            JoinKind::LeftOuter,
            vec![(10, Some('a')), (10, Some('b')), (20, None), (30, Some('a')), (30, Some('b'))],
        ),
    ] {
        let join = || StaticJoin::new(kind, [(1, 'a'), (3, 'c'), (1, 'b')]);
        let rows = drive(join, &events, PER_RECORD).rows();
        let pairs: Vec<(i64, Option<char>)> = rows.iter().map(|row| (row.left.value, row.right)).collect();
        assert_eq!(pairs, expected);
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
fn approximate_distinct_is_near_the_truth_and_the_same_each_time() {
    let estimate = |distinct: i64, restart_at| {
        let events: Vec<Event> = (0..3 * distinct).map(|i| event(0, 0, (i % distinct) * 7919)).collect();
        let job = || Aggregate::<Event, u32, 1>::by_key([Function::ApproximateDistinct]);
        let rows = drive(job, &events, Drive { restart_at, ..PER_RECORD }).rows();
        match rows.last().unwrap().values[0] {
            Outcome::Int(estimate) => estimate,
            other => panic!("{other:?}"),
        }
    };
    for distinct in [1, 10, 100] {
        assert_eq!(estimate(distinct, usize::MAX), distinct);
    }
    for distinct in [1_000, 10_000] {
        let found = estimate(distinct, usize::MAX);
        // Four standard errors.
        assert!((found - distinct).abs() * 1000 <= distinct * 65, "{found} of {distinct}");
        assert_eq!(found, estimate(distinct, distinct as usize));
    }
}

#[test]
fn state_is_released_as_event_time_goes_on() {
    let drives = [
        PER_RECORD,
        Drive { batch: Some(64), ..PER_RECORD },
        Drive { flavour: Flavour::PerTrigger { strict: false, drain: true }, batch: Some(64), ..PER_RECORD },
    ];
    let records: Vec<Sided> = (0..5_000_i64)
        .map(|i| {
            let side = if i % 3 == 0 { Side::Right } else { Side::Left };
            Sided { time_ms: i, side, key: (i % 5) as u32, value: i }
        })
        .collect();
    let deliveries: Vec<Delivery> =
        (0..5_000_i64).map(|i| Delivery { time_ms: i, id: i as u32, key: 0, value: 1 }).collect();
    for drive in drives {
        let drive = Drive { delay_ms: Some(100), ..drive };
        let interval = || {
            let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, -50, 50).unwrap();
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let interval = driver::drive(interval, &records, drive);
        assert!(interval.concluded.counts.state_peak < 400, "{}", interval.concluded.counts.state_peak);
        assert!(interval.closed.len() < 16, "all is released at the end: {} bytes", interval.closed.len());
        let as_of = || {
            Pipeline::<Sided, _>::start()
                .map(Either::from)
                .as_of_join::<Row, Row>(JoinKind::LeftOuter)
                .build()
        };
        let as_of = driver::drive(as_of, &records, drive);
        assert!(as_of.concluded.counts.state_peak < 400, "{}", as_of.concluded.counts.state_peak);
        assert!(as_of.closed.len() < 200, "a version for each key stays: {} bytes", as_of.closed.len());
        let unique = || Deduplicate::new(|delivery: &Delivery| delivery.id, Some(100));
        let unique = driver::drive(unique, &deliveries, drive);
        assert!(unique.concluded.counts.state_peak < 400, "{}", unique.concluded.counts.state_peak);
        assert_eq!(unique.closed.len(), 1, "no id is left");
    }
}
