//! Totals without repeats against an oracle that looks for an earlier delivery of each.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use batch::deduplicated_totals::reference;
use common::{TEXTS, count, header, key, keys, lines, shuffled, time, value};
use datasets::Delivery;
use proptest::prelude::*;

fn delivery(id: u32, key: u32, value: i64) -> Delivery {
    Delivery { time_ms: 0, id, key, value }
}

fn oracle(records: &[Delivery]) -> Vec<String> {
    let mut totals: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        if records[..at].iter().all(|earlier| earlier.id != record.id) {
            let total = totals.entry(TEXTS[record.key as usize]).or_default();
            *total = (total.0 + 1, total.1 + i128::from(record.value));
        }
    }
    totals.into_iter().map(|(key, (count, sum))| format!("{key},{count},{sum}")).collect()
}

fn conflicting(records: &[Delivery]) -> usize {
    let pairs = records.iter().flat_map(|a| records.iter().map(move |b| (a, b)));
    pairs.filter(|(a, b)| a.id == b.id && a != b).map(|(a, _)| a.id).collect::<BTreeSet<_>>().len()
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    (time(), key(), key(), value()).prop_map(|(time_ms, id, key, value)| Delivery { time_ms, id, key, value })
}

/// Deliveries of one id that are all the same.
fn faithful() -> impl Strategy<Value = Delivery> {
    key().prop_map(|id| Delivery {
        time_ms: -i64::from(id),
        id,
        key: id / 2,
        value: i64::MAX - i64::from(id),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_table_is_that_of_the_oracle((records, _) in shuffled(any_delivery(), 14)) {
        let found = reference(&records, &keys());
        prop_assert_eq!(lines(&found, &keys()), oracle(&records));
        let ids = records.iter().map(|record| record.id).collect::<BTreeSet<_>>().len();
        prop_assert_eq!(count(&found, "events"), ids as u64);
        prop_assert_eq!(count(&found, "repeated deliveries"), (records.len() - ids) as u64);
        prop_assert_eq!(count(&found, "conflicting ids"), conflicting(&records) as u64);
    }

    #[test]
    fn without_conflicts_the_order_of_the_file_changes_nothing((records, shuffled) in shuffled(faithful(), 20)) {
        let found = reference(&records, &keys());
        prop_assert_eq!(count(&found, "conflicting ids"), 0);
        prop_assert_eq!(found, reference(&shuffled, &keys()));
    }
}

#[test]
fn the_first_in_the_file_counts_when_deliveries_of_an_id_differ() {
    let conflict = [delivery(3, 0, 5), delivery(3, 4, 7), delivery(3, 0, 9), delivery(2, 4, 1)];
    let found = reference(&conflict, &keys());
    assert_eq!(lines(&found, &keys()), ["a,1,1", "b,1,5"]);
    // Two deliveries contradict the first, but it is one id that does.
    let counts = ["events", "repeated deliveries", "conflicting ids"].map(|name| count(&found, name));
    assert_eq!(counts, [2, 2, 1]);

    let mut swapped = conflict;
    swapped.swap(0, 1);
    assert_eq!(lines(&reference(&swapped, &keys()), &keys()), ["a,2,8"], "so the order matters here");
}

#[test]
fn another_event_time_alone_is_a_conflict_too() {
    let records = [delivery(0, 0, 1), Delivery { time_ms: 1, ..delivery(0, 0, 1) }];
    assert_eq!(count(&reference(&records, &keys()), "conflicting ids"), 1);
}

#[test]
fn an_id_may_have_the_text_of_a_key_and_sums_leave_64_bits() {
    let records = [delivery(0, 0, i64::MAX), delivery(1, 0, i64::MAX), delivery(1, 0, i64::MAX)];
    let found = reference(&records, &keys());
    assert_eq!(lines(&found, &keys()), [format!("b,2,{}", 2 * i128::from(i64::MAX))]);
    assert_eq!((header(&found), found.table.key_columns), ("key,count,sum\n".to_owned(), 1));
}
