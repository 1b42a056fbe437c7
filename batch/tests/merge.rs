//! Merges against the reference of the whole: any split, in any order, by any groups of rows.

use std::collections::BTreeMap;

use batch::{
    deduplicated_totals, merge,
    windowed_aggregation::{self, Window},
};
use datasets::{Delivery, Event, Keys, Table};
use proptest::{prelude::*, test_runner::TestCaseError};

type Rows = fn(&Table, &Table, &Keys) -> Table;

/// Texts whose order isn't that of their numbers.
const TEXTS: [&str; 4] = ["b", "", "é", "a"];
const MOST: usize = 24;
const FIRST_ID: u32 = TEXTS.len() as u32;

/// Keys, and as many ids behind them as a case has records.
fn keys() -> Keys {
    let mut keys = Keys::default();
    for text in TEXTS {
        keys.intern(text.as_bytes());
    }
    for id in 0..MOST {
        keys.intern(format!("id-{id}").as_bytes());
    }
    keys
}

fn key() -> impl Strategy<Value = u32> {
    0..TEXTS.len() as u32
}

fn value() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -3_i64..=3, 1 => any::<i64>(), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

/// Holds a merge, and what answers are made by.
struct Tried<'a, R> {
    rows: Rows,
    /// The key columns, from the last on, that rows share which may merge.
    group: usize,
    answer: &'a dyn Fn(&[R]) -> Table,
}

impl<R: Clone> Tried<'_, R> {
    fn merged(&self, one: &Table, other: &Table) -> Table {
        (self.rows)(one, other, &keys())
    }

    fn answer(&self, records: &[R]) -> Table {
        (self.answer)(records)
    }

    /// Tries all laws on these records: `parts` says in which of three parts each record is.
    fn hold(&self, records: &[R], parts: &[u8]) -> Result<(), TestCaseError> {
        let of = |wanted: &[u8]| -> Vec<R> {
            let chosen = records.iter().zip(parts).filter(|(_, part)| wanted.contains(*part));
            chosen.map(|(record, _)| record.clone()).collect()
        };
        let [a, b, c] = [0, 1, 2].map(|part| self.answer(&of(&[part])));
        let (ab, whole) = (self.merged(&a, &b), self.answer(records));
        prop_assert_eq!(&ab, &self.answer(&of(&[0, 1])), "any split");
        prop_assert_eq!(&ab, &self.merged(&b, &a), "the order of the two");
        prop_assert_eq!(&self.merged(&ab, &c), &whole, "three parts");
        prop_assert_eq!(&self.merged(&a, &self.merged(&b, &c)), &whole, "associativity");
        let none = self.answer(&[]);
        prop_assert_eq!(&self.merged(&whole, &none), &whole, "nothing is added");
        prop_assert_eq!(&self.merged(&none, &whole), &whole, "something is added to nothing");
        prop_assert_eq!(&self.by_groups(&a, &b), &ab, "each group by itself");
        Ok(())
    }

    /// Merges the rows of each group by itself.
    fn by_groups(&self, one: &Table, other: &Table) -> Table {
        let mut groups: BTreeMap<Vec<u8>, [Table; 2]> = BTreeMap::new();
        for (side, table) in [one, other].into_iter().enumerate() {
            for row in 0..table.rows() {
                let (mut group, all) = (Vec::new(), table.key_columns - self.group..table.key_columns);
                all.for_each(|column| table.columns[column].cells.cell(row).write(&keys(), &mut group));
                let sides = groups.entry(group).or_insert_with(|| [one.without_rows(), other.without_rows()]);
                push(&mut sides[side], table, row);
            }
        }
        let mut all = one.without_rows();
        for [one, other] in groups.values() {
            let merged = self.merged(one, other);
            (0..merged.rows()).for_each(|row| push(&mut all, &merged, row));
        }
        all.settle(&keys());
        all
    }
}

fn push(into: &mut Table, from: &Table, row: usize) {
    let cells: Vec<_> = from.columns.iter().map(|column| column.cells.cell(row)).collect();
    into.push_row(&cells);
}

fn windows(window: Window) -> impl Fn(&[Event]) -> Table {
    move |records| windowed_aggregation::reference(records, window, &keys()).expect("small times fit").table
}

fn totals(records: &[Delivery]) -> Table {
    deduplicated_totals::reference(records, &keys()).table
}

fn try_windows(window: Window, records: &[Event], parts: &[u8]) -> Result<(), TestCaseError> {
    let (rows, group): (Rows, _) = match window {
        Window::Session { .. } => (merge::sessions, 1),
        Window::Tumbling { .. } | Window::Sliding { .. } => (merge::windows, 3),
    };
    Tried { rows, group, answer: &windows(window) }.hold(records, parts)
}

fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        1 => (1_i64..=25).prop_map(|size_ms| Window::Tumbling { size_ms }),
        2 => (1_i64..=25, 1_i64..=40).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        3 => (1_i64..=12).prop_map(|gap_ms| Window::Session { gap_ms }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (-30_i64..=30, key(), value()).prop_map(|(time_ms, key, value)| Event {
        time_ms,
        key,
        partition: 0,
        value,
    })
}

/// Records, each with the part that it is in.
fn parted<T: std::fmt::Debug>(record: impl Strategy<Value = T>) -> impl Strategy<Value = (Vec<T>, Vec<u8>)> {
    prop::collection::vec((record, 0_u8..3), 0..=MOST).prop_map(|records| records.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn windows_merge_to_those_of_all_records((records, parts) in parted(event()), window in any_window()) {
        try_windows(window, &records, &parts)?;
    }

    #[test]
    fn totals_merge_where_no_id_is_in_two_parts((drawn, parts) in parted((key(), value()))) {
        let delivery = |(id, &(key, value)): (u32, &(u32, i64))| Delivery { time_ms: 0, id, key, value };
        let records: Vec<Delivery> = (FIRST_ID..).zip(&drawn).map(delivery).collect();
        Tried { rows: merge::totals, group: 1, answer: &totals }.hold(&records, &parts)?;
    }
}

/// All ways to put up to three records at times 0 to 5 into three parts, under windows that meet, touch and bridge.
#[test]
fn every_small_case() {
    let windows = [Window::Tumbling { size_ms: 2 }, Window::Sliding { size_ms: 3, slide_ms: 2 }]
        .into_iter()
        .chain((1..=3).map(|gap_ms| Window::Session { gap_ms }));
    for window in windows {
        for length in 0..=3_u32 {
            for drawn in 0..18_u32.pow(length) {
                let digits = (0..length).map(|at| drawn / 18_u32.pow(at) % 18);
                let (records, parts): (Vec<Event>, Vec<u8>) = digits
                    .map(|digit| {
                        let time_ms = i64::from(digit / 3);
                        (Event { time_ms, key: 0, partition: 0, value: time_ms }, (digit % 3) as u8)
                    })
                    .unzip();
                // Of cases that differ in the order of the records, one.
                if records.iter().zip(&parts).map(|(r, p)| (r.time_ms, *p)).is_sorted() {
                    let held = try_windows(window, &records, &parts);
                    held.unwrap_or_else(|error| panic!("{window:?} {records:?} {parts:?}: {error}"));
                }
            }
        }
    }
}

/// The windows and counts of one answer, of another, and of the two merged.
#[test]
fn sessions_by_hand() {
    for (one, other, expected) in [
        // Exactly a gap apart they touch; a millisecond more and they don't.
        (&[0][..], &[10][..], &["0,20 2"][..]),
        (&[0], &[11], &["0,10 1", "11,21 1"]),
        (&[10], &[0], &["0,20 2"]),
        // One that lies between two joins them, from either side.
        (&[0, 18], &[9], &["0,28 3"]),
        (&[9], &[0, 18], &["0,28 3"]),
        (&[0, 15, 30], &[8, 23], &["0,40 5"]),
        // One that lies within another doesn't end it.
        (&[0, 8, 16], &[2], &["0,26 4"]),
        (&[0, 8, 16], &[2, 27], &["0,26 4", "27,37 1"]),
        (&[], &[3], &["3,13 1"]),
    ] {
        let answer = |times: &[i64]| {
            let event = |&time_ms| Event { time_ms, key: 0, partition: 0, value: 1 };
            windows(Window::Session { gap_ms: 10 })(&times.iter().map(event).collect::<Vec<_>>())
        };
        let merged = merge::sessions(&answer(one), &answer(other), &keys());
        let shown = |row| {
            format!(
                "{},{} {}",
                merged.text(0, row, &keys()),
                merged.text(1, row, &keys()),
                merged.text(3, row, &keys())
            )
        };
        assert_eq!((0..merged.rows()).map(shown).collect::<Vec<_>>(), expected, "{one:?} and {other:?}");
    }
}

/// Totals of two parts that both hold a delivery count it twice: such data is what the laws are tried for.
#[test]
fn a_delivery_in_both_parts_counts_twice() {
    let delivery = Delivery { time_ms: 0, id: FIRST_ID, key: 0, value: 5 };
    let (part, whole) = (totals(&[delivery]), totals(&[delivery, delivery]));
    let merged = merge::totals(&part, &part, &keys());
    assert_ne!(merged, whole);
    assert_eq!(merged.text(2, 0, &keys()), "10");
}
