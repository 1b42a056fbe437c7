//! Growing answers against the references of every prefix.

#[path = "common/drawn.rs"]
mod drawn;

use std::collections::BTreeMap;

use batch::growing::{Enriched, Growing, Paid, Totals, changes, windowed};
use batch::windowed_aggregation::Window;
use batch::{BatchError, RowChanges};
use batch::{deduplicated_totals, enrichment_join, order_payment_join, windowed_aggregation};
use datasets::{Delivery, Event, Side, Sided, Table};
use drawn::{key, keys, time, value};
use proptest::prelude::*;

/// The rows as they add up from changes: each key's bytes, and the row's value.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

fn write(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn take(rows: &mut Rows, changes: &RowChanges) {
    let keys = keys();
    for row in 0..changes.rows.rows() {
        let key = write(|out| changes.rows.write_key(row, &keys, out));
        rows.insert(key, write(|out| changes.rows.write_value(row, &keys, out)));
    }
    for row in 0..changes.gone.rows() {
        rows.remove(&write(|out| changes.gone.write_key(row, &keys, out)));
    }
}

/// Holds the rows against the reference after each record, asking for changes after every `every` of them.
fn check<R>(
    records: &[R],
    growing: &mut dyn Growing<R>,
    every: usize,
    reference: impl Fn(&[R]) -> Result<Table, BatchError>,
    time_ms: impl Fn(&R) -> i64,
) -> Result<(), TestCaseError> {
    let (mut rows, mut touched) = (Rows::new(), Vec::new());
    prop_assert_eq!(growing.columns(), reference(&[]).expect("no records are no trouble"));
    for (at, record) in records.iter().enumerate() {
        let (added, expected) = (growing.add(record, &mut touched), reference(&records[..=at]));
        let (Ok(()), Ok(table)) = (&added, &expected) else {
            prop_assert_eq!(added.err(), expected.err());
            return Ok(());
        };
        let newest = records[..=at].iter().map(&time_ms).max();
        prop_assert_eq!(growing.newest_ms(), newest);
        if (at + 1) % every == 0 {
            take(&mut rows, &changes(growing, &mut touched));
            let given = rows.iter().map(|(key, value)| (&key[..], &value[..]));
            prop_assert_eq!(&Table::from_row_bytes(table, given, &keys()).expect("rows"), table);
        }
    }
    Ok(())
}

fn windows() -> impl Strategy<Value = Window> {
    let long = || i64::MAX / 4..=i64::MAX;
    prop_oneof![
        3 => (1_i64..=25).prop_map(|size_ms| Window::Tumbling { size_ms }),
        6 => (1_i64..=25, 1_i64..=40).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        6 => (1_i64..=25).prop_map(|gap_ms| Window::Session { gap_ms }),
        1 => long().prop_map(|size_ms| Window::Tumbling { size_ms }),
        1 => (long(), long()).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        1 => long().prop_map(|gap_ms| Window::Session { gap_ms }),
    ]
}

fn sides() -> impl Strategy<Value = Vec<Sided>> {
    let side = prop_oneof![Just(Side::Left), Just(Side::Right)];
    // Few values, so that attributes come back.
    let value = prop_oneof![4 => 0_i64..=2, 1 => value()];
    let record = (time(), side, key(), value);
    prop::collection::vec(
        record.prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value }),
        0..40,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn windows_grow_as_the_reference_says(
        records in prop::collection::vec((time(), key(), value()), 0..30),
        window in windows(),
        every in 1_usize..=4,
    ) {
        let event = |&(time_ms, key, value): &(i64, u32, i64)| Event { time_ms, key, partition: 0, value };
        let records: Vec<Event> = records.iter().map(event).collect();
        let reference =
            |records: &[Event]| Ok(windowed_aggregation::reference(records, window, &keys())?.table);
        check(&records, &mut *windowed(window).expect("a window"), every, reference, |event| event.time_ms)?;
    }

    #[test]
    fn totals_grow_as_the_reference_says(
        records in prop::collection::vec((time(), key(), key(), value()), 0..30),
        every in 1_usize..=4,
    ) {
        let delivery = |&(time_ms, id, key, value): &(i64, u32, u32, i64)| Delivery { time_ms, id, key, value };
        let records: Vec<Delivery> = records.iter().map(delivery).collect();
        let reference = |records: &[Delivery]| Ok(deduplicated_totals::reference(records, &keys()).table);
        check(&records, &mut Totals::default(), every, reference, |delivery| delivery.time_ms)?;
    }

    #[test]
    fn readings_grow_as_the_reference_says(records in sides(), every in 1_usize..=4) {
        let reference = |records: &[Sided]| Ok(enrichment_join::reference(records, &keys()).table);
        check(&records, &mut Enriched::default(), every, reference, |record| record.time_ms)?;
    }

    #[test]
    fn payments_grow_as_the_reference_says(
        records in sides(),
        within_ms in prop_oneof![8 => 0_u64..=30, 1 => any::<u64>(), 1 => Just(u64::MAX)],
        every in 1_usize..=4,
    ) {
        let reference = |records: &[Sided]| Ok(order_payment_join::reference(records, within_ms, &keys())?.table);
        check(&records, &mut Paid::new(within_ms), every, reference, |record| record.time_ms)?;
    }
}

#[test]
fn windows_without_a_length_are_refused() {
    let error = windowed(Window::Session { gap_ms: 0 }).err().expect("no length");
    assert_eq!(error.to_string(), "window 'session:0': the gap is 0 ms, but must be at least 1 ms");
}

#[test]
fn too_many_windows_are_refused_before_they_are_made() {
    let window = Window::Sliding { size_ms: i64::MAX / 4, slide_ms: 1 };
    let mut growing = windowed(window).expect("a window");
    let record = Event { time_ms: 0, key: 0, partition: 0, value: 1 };
    let error = growing.add(&record, &mut Vec::new()).expect_err("too many");
    assert_eq!(Err(error), windowed_aggregation::reference(&[record], window, &keys()).map(|_| ()));
}
