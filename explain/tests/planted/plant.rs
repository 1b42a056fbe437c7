//! Plants rules: in the records that a job is given, in the job, and in the rows that it gives.

use std::collections::{BTreeMap, BTreeSet};

use datasets::{Side, Table};
use explain::{Asked, Rule};

use crate::{
    compute,
    rows::{Rows, rows, table},
    world::{Any, World},
};

/// The answer under these rules, and the batch job's.
pub(crate) fn planted(world: &World, rules: &[Rule]) -> (Table, Table) {
    let reference = compute::batch(world.asked, &world.records, &world.keys);
    let mut records = world.records.clone();
    // What is counted again or not at all is told by records as they came.
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| match rule {
        Rule::RepeatsCounted | Rule::RepeatsDropped | Rule::LastKept | Rule::FirstOfTimeKept => 0,
        Rule::ReadTwice => 2,
        _ => 1,
    });
    let mut asked = world.asked;
    for rule in &rules {
        records = changed(world, records, *rule);
        asked = asked_under(asked, *rule);
    }
    let late = rules.iter().find(|rule| is_late(**rule));
    let computed = match late {
        Some(Rule::LateRowOfItsOwn { delay_ms }) => late_rows(world, asked, &records, *delay_ms),
        Some(late @ Rule::LateInOpenWindow { .. }) => {
            rows(&compute::batch(asked, &in_open_windows(asked, &records, *late), &world.keys))
        }
        Some(late) => rows(&compute::streaming(world, &records, asked, *late)),
        None if rules.contains(&Rule::AsOfArrival) => rows(&compute::latest(world, &records)),
        None => rows(&compute::batch(asked, &records, &world.keys)),
    };
    // Ends last, for windows are missing by what they are, not by what they are called.
    rules.sort_by_key(|rule| match rule {
        Rule::EndInclusive | Rule::SessionEndsAtLast | Rule::SessionEndsAfterLast => 2,
        Rule::LastMissing { .. } | Rule::LastOfKeyMissing => 1,
        _ => 0,
    });
    let given = rules.iter().fold(computed, |rows, rule| told(world, &records, rows, (asked, *rule)));
    (table(&given, &reference), reference)
}

fn is_late(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::LateDropped { .. }
            | Rule::LateDroppedByBatch { .. }
            | Rule::LateDroppedByBatchBefore { .. }
            | Rule::LateInOpenWindow { .. }
            | Rule::LateRowOfItsOwn { .. }
    )
}

fn asked_under(asked: Asked, rule: Rule) -> Asked {
    match (asked, rule) {
        (Asked::Sessions { gap_ms }, Rule::GapExclusive) => Asked::Sessions { gap_ms: gap_ms - 1 },
        (Asked::Within { ms }, Rule::BoundExclusive | Rule::SameTimeExclusive) => {
            Asked::Within { ms: ms - 1 }
        }
        _ => asked,
    }
}

/// The records that the job is given.
fn changed(world: &World, mut records: Vec<Any>, rule: Rule) -> Vec<Any> {
    let timed = |records: Vec<Any>, of: &dyn Fn(i64) -> i64| -> Vec<Any> {
        records.into_iter().map(|r| Any { time_ms: of(r.time_ms), ..r }).collect()
    };
    let kept = |records: Vec<Any>, keeps: &dyn Fn(&Any) -> bool| -> Vec<Any> {
        records.into_iter().filter(keeps).collect()
    };
    let right = |records: Vec<Any>, by: i64| -> Vec<Any> {
        let of = |r: Any| if r.side == Side::Right { r.time_ms + by } else { r.time_ms };
        records.into_iter().map(|r| Any { time_ms: of(r), ..r }).collect()
    };
    match rule {
        Rule::ClosedRight => timed(records, &|time| time - 1),
        Rule::Origin { offset_ms } => timed(records, &|time| time - offset_ms),
        Rule::Shifted { by_ms } => timed(records, &|time| time + by_ms),
        Rule::SecondsCut => timed(records, &|time| time - time.rem_euclid(1_000)),
        Rule::SecondsRounded => timed(records, &|time| time + 500 - (time + 500).rem_euclid(1_000)),
        Rule::MinutesCut => timed(records, &|time| time - time.rem_euclid(60_000)),
        Rule::TakenForSeconds => timed(records, &|time| time * 1_000),
        Rule::TakenForMicroseconds => timed(records, &|time| (time - time.rem_euclid(1_000)) / 1_000),
        Rule::TowardZero => {
            let Asked::Tumbling { size_ms } = world.asked else { panic!("of tumbling windows") };
            timed(records, &|time| if time < 0 { time / size_ms * size_ms } else { time })
        }
        Rule::SameTimeExclusive if world.asked == Asked::AsOf => right(records, 1),
        Rule::SameTimeExclusive => right(records, -1),
        Rule::WholeValues => {
            let scale = world.scale.cast_signed();
            for r in &mut records {
                r.value -= r.value % scale;
            }
            records
        }
        Rule::EmptyKeyLeftOut => kept(records, &|r| !world.keys.get(r.key).is_empty()),
        Rule::ZeroLeftOut if world.asked == Asked::Totals => {
            kept(firsts(records, |r| (r.id, 0, 0, 0)), &|r| r.value != 0)
        }
        Rule::ZeroLeftOut => kept(records, &|r| r.value != 0),
        Rule::PartitionMissing { partition } => kept(records, &|r| r.partition != partition),
        Rule::RepeatsDropped => firsts(records, |r| (r.key, r.time_ms, r.value, r.side as u32)),
        Rule::FirstOfTimeKept => {
            let mut seen = BTreeSet::new();
            kept(records, &|_| true)
                .into_iter()
                .filter(|r| r.side == Side::Left || seen.insert((r.key, r.time_ms)))
                .collect()
        }
        Rule::RepeatsCounted => {
            for (id, r) in (0..).zip(&mut records) {
                r.id = id;
            }
            records
        }
        Rule::LastKept => {
            records.reverse();
            let mut kept = firsts(records, |r| (r.id, 0, 0, 0));
            kept.reverse();
            kept
        }
        Rule::ReadTwice if world.asked == Asked::Totals => {
            let once = firsts(records, |r| (r.id, 0, 0, 0));
            let twice = once.iter().flat_map(|r| [*r, *r]);
            (0..).zip(twice).map(|(id, r)| Any { id, ..r }).collect()
        }
        Rule::ReadTwice => records.into_iter().flat_map(|r| [r, r]).collect(),
        _ => records,
    }
}

fn firsts(records: Vec<Any>, identity: impl Fn(&Any) -> (u32, i64, i64, u32)) -> Vec<Any> {
    let mut seen = BTreeSet::new();
    records.into_iter().filter(|record| seen.insert(identity(record))).collect()
}

/// For each record how far event time has come before it.
fn newest(records: &[Any]) -> Vec<Option<i64>> {
    let mut newest = None;
    let before = |r: &Any| {
        let before = newest;
        newest = before.max(Some(r.time_ms));
        before
    };
    records.iter().map(before).collect()
}

fn end_of_last_window(asked: Asked, time_ms: i64) -> i64 {
    let (size, slide) = match asked {
        Asked::Tumbling { size_ms } => (size_ms, size_ms),
        Asked::Sliding { size_ms, slide_ms } => (size_ms, slide_ms),
        other => panic!("{other:?} has no windows of one length"),
    };
    time_ms - time_ms.rem_euclid(slide) + size
}

/// Moves late records to where the watermark stands.
fn in_open_windows(asked: Asked, records: &[Any], rule: Rule) -> Vec<Any> {
    let Rule::LateInOpenWindow { delay_ms } = rule else { panic!("another rule") };
    let of = |(r, newest): (&Any, Option<i64>)| {
        let watermark = newest.map(|newest| newest - delay_ms);
        let is_late = watermark.is_some_and(|watermark| end_of_last_window(asked, r.time_ms) <= watermark);
        Any { time_ms: watermark.filter(|_| is_late).unwrap_or(r.time_ms), ..*r }
    };
    records.iter().zip(newest(records)).map(of).collect()
}

/// Rows without what is late, and then, one after the other, a row of each record that is.
fn late_rows(world: &World, asked: Asked, records: &[Any], delay_ms: i64) -> Rows {
    let on_time = compute::streaming(world, records, asked, Rule::LateDropped { delay_ms });
    let mut all = rows(&on_time);
    for (record, newest) in records.iter().zip(newest(records)) {
        let Some(watermark) = newest.map(|newest| newest - delay_ms) else { continue };
        let own = rows(&compute::batch(asked, &[*record], &world.keys));
        all.extend(own.into_iter().filter(|(key, _)| key[1].expect("an end") <= watermark.into()));
    }
    all
}

/// The rows that the job gives.
fn told(world: &World, records: &[Any], computed: Rows, (asked, rule): (Asked, Rule)) -> Rows {
    let gap = if let Asked::Sessions { gap_ms } = world.asked { gap_ms } else { 0 };
    let moved = |rows: Rows, place: usize, by: i64| -> Rows {
        let of = |mut key: Vec<Option<i128>>| {
            key[place] = key[place].map(|time| time + i128::from(by));
            key
        };
        rows.into_iter().map(|(key, others)| (of(key), others)).collect()
    };
    let kept = |rows: Rows, keeps: &dyn Fn(&[Option<i128>]) -> bool| -> Rows {
        rows.into_iter().filter(|(key, _)| keeps(key)).collect()
    };
    let sums = |mut rows: Rows, wrapped: &dyn Fn(i128) -> i128| -> Rows {
        let places: &[usize] = if matches!(asked, Asked::Within { .. }) { &[1, 2] } else { &[1] };
        for others in rows.values_mut() {
            for &at in places {
                others[at] = others[at].map(wrapped);
            }
        }
        rows
    };
    match rule {
        Rule::Origin { offset_ms } => moved(moved(computed, 0, offset_ms), 1, offset_ms),
        Rule::GapExclusive => moved(computed, 1, 1),
        Rule::EndInclusive => moved(computed, 1, -1),
        Rule::SessionEndsAtLast => moved(computed, 1, -gap),
        Rule::SessionEndsAfterLast => moved(computed, 1, 1 - gap),
        Rule::SameTimeExclusive if asked != Asked::AsOf => moved(computed, 2, 1),
        Rule::LastMissing { after_ms } => kept(computed, &|key| key[1] <= Some(after_ms.into())),
        Rule::LastOfKeyMissing => {
            let mut newest: BTreeMap<i128, i128> = BTreeMap::new();
            for r in records {
                let newest = newest.entry(r.key.into()).or_insert(i128::MIN);
                *newest = (*newest).max(r.time_ms.into());
            }
            kept(computed, &|key| key[1].expect("an end") <= newest[&key[2].expect("a key")])
        }
        Rule::FromFirstRecord => {
            let Asked::Sliding { slide_ms, .. } = asked else { panic!("of sliding windows") };
            let mut first: BTreeMap<i128, i64> = BTreeMap::new();
            for r in records {
                let first = first.entry(r.key.into()).or_insert(i64::MAX);
                *first = (*first).min(r.time_ms - r.time_ms.rem_euclid(slide_ms));
            }
            kept(computed, &|key| key[0].expect("a start") >= first[&key[2].expect("a key")].into())
        }
        Rule::Wrap32 => sums(computed, &|sum| (sum as i32).into()),
        Rule::Wrap64 => sums(computed, &|sum| (sum as i64).into()),
        Rule::Doubles => doubles(records, computed, asked),
        Rule::UnmatchedMissing if asked == Asked::AsOf => kept(computed, &|key| key[1].is_some()),
        Rule::UnmatchedMissing => kept(computed, &|key| key[2].is_some()),
        Rule::UnmatchedToo => {
            let orders: Vec<Any> = records.iter().filter(|r| r.side == Side::Left).copied().collect();
            let alone = rows(&compute::batch(asked, &orders, &world.keys));
            computed.into_iter().filter(|(key, _)| key[2].is_some()).chain(alone).collect()
        }
        _ => computed,
    }
}

/// Adds each row's values up again, by one walk through the records for each row.
fn doubles(records: &[Any], mut computed: Rows, asked: Asked) -> Rows {
    let is_total = asked == Asked::Totals;
    let records = if is_total { firsts(records.to_vec(), |r| (r.id, 0, 0, 0)) } else { records.to_vec() };
    for (key, others) in &mut computed {
        let is_in = |r: &&Any| {
            let (time, own) = (Some(i128::from(r.time_ms)), Some(r.key.into()));
            if is_total { key[0] == own } else { key[2] == own && key[0] <= time && time < key[1] }
        };
        let sum = records.iter().filter(is_in).fold(0.0, |sum, r| sum + r.value as f64);
        others[1] = Some(sum as i128);
    }
    computed
}
