//! Deduplication, exact and approximate.

use std::collections::BTreeSet;

use datasets::Delivery;
use proptest::prelude::*;
use stream::Flavour;
use stream::operators::{Deduplicate, DeduplicateApproximately};

use crate::driver::{Drive, Progress, drive};
use crate::inputs::{PER_RECORD, drives, near_times, times};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]


    #[test]
    fn deduplication_forgets_what_event_time_has_passed(
        rows in prop::collection::vec((times(), 0..6_u32), 0..60),
        how in drives(),
        horizon in prop_oneof![4 => (0..60_i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(i64::MAX))],
    ) {
        let records: Vec<Delivery> =
            rows.iter().map(|&(time_ms, id)| Delivery { time_ms, id, key: id, value: 1 }).collect();
        let job = || Deduplicate::new(|delivery: &Delivery| delivery.id, horizon);
        let driven = drive(job, &records, how);

        let progress = Progress::of(&records, how);
        let is_spark = matches!(how.flavour, Flavour::PerTrigger { .. });
        let (mut kept, mut duplicates, mut late): (Vec<Delivery>, u64, Vec<i64>) = (vec![], 0, vec![]);
        for (i, record) in records.iter().enumerate() {
            let settled = progress.settled_before(i);
            let is_known = |first: &&Delivery| {
                let last = horizon.map(|horizon| first.time_ms.saturating_add(horizon));
                let end = last.map(|last| if is_spark { last } else { last.saturating_add(1) });
                first.id == record.id && end.is_none_or(|end| end > settled)
            };
            let is_late = horizon.is_some() && if is_spark {
                progress.is_late_for_engine(i, record.time_ms, how.flavour)
            } else {
                progress.is_late(i, record.time_ms)
            };
            let is_known = kept.iter().any(|first| is_known(&first));
            if is_known && !(is_spark && is_late) {
                duplicates += 1;
            } else if is_late {
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
        how in drives(),
    ) {
        order.retain(|(which, _)| *which < firsts.len());
        // An event, and a second delivery of it that is up to 20 ms younger.
        let records: Vec<Delivery> = order.iter().map(|&(which, is_second)| {
            let (time_ms, later) = firsts[which];
            Delivery { time_ms: time_ms + if is_second { later } else { 0 }, id: which as u32, key: 0, value: 1 }
        }).collect();
        let driven = drive(|| Deduplicate::new(|d: &Delivery| d.id, Some(20)), &records, how);
        let mut ids: Vec<u32> = driven.rows().iter().map(|delivery| delivery.id).collect();
        ids.sort_unstable();
        let once: BTreeSet<u32> = ids.iter().copied().collect();
        prop_assert_eq!(ids, Vec::from_iter(once));
    }
}

#[test]
fn approximate_deduplication_drops_few_events_and_lets_no_double_through() {
    let records: Vec<Delivery> = (0..20_000_u32)
        .map(|i| Delivery { time_ms: i64::from(i), id: i % 10_000, key: 0, value: 1 })
        .collect();
    let filter = || DeduplicateApproximately::new(|d: &Delivery| d.id, 10_000, 0.01).unwrap();
    let driven = drive(filter, &records, Drive { restart_at: 5_000, ..PER_RECORD });
    let passed = driven.rows().len() as u64;
    assert!((9_900..=10_000).contains(&passed), "{passed}");
    assert_eq!(passed + driven.concluded.counts.duplicate, 20_000);
    assert!(driven.rows().iter().all(|delivery| delivery.time_ms < 10_000));
    assert!(DeduplicateApproximately::new(|d: &Delivery| d.id, 0, 0.01).is_err());
}
