//! Running totals, as a plain group-by.

use std::collections::{BTreeMap, BTreeSet};

use datasets::Event;
use proptest::prelude::*;
use stream::operators::{Aggregate, Function, Outcome};

use crate::driver::{Drive, drive};
use crate::inputs::{PER_RECORD, drives, event, times, values};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]


    #[test]
    fn running_totals_are_a_plain_group_by(
        rows in prop::collection::vec((times(), 0..4_u32, values()), 0..60),
        how in drives(),
    ) {
        let records: Vec<Event> =
            rows.iter().map(|&(time_ms, key, value)| Event { time_ms, key, partition: 0, value }).collect();
        let job = || Aggregate::<Event, u32, 8>::by_key([
            Function::Count, Function::Sum, Function::Min, Function::Max, Function::Mean, Function::First,
            Function::Last, Function::Distinct,
        ]);
        let driven = drive(job, &records, how);
        let last: BTreeMap<u32, [Outcome; 8]> =
            driven.rows().into_iter().map(|row| (row.group, row.values)).collect();

        let mut groups: BTreeMap<u32, Vec<(i64, i64)>> = BTreeMap::new();
        for (time, key, value) in rows {
            groups.entry(key).or_default().push((time, value));
        }
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
