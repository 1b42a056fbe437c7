//! The as-of join against an oracle that looks through all rows for each reading.

mod common;

use std::collections::BTreeMap;

use batch::enrichment_join::reference;
use common::{TEXTS, count, header, key, keys, lines, shuffled, time, value};
use datasets::{Side, Sided};
use proptest::prelude::*;

fn reading(time_ms: i64, key: u32, value: i64) -> Sided {
    Sided { time_ms, side: Side::Left, key, value }
}

fn row(time_ms: i64, key: u32, value: i64) -> Sided {
    Sided { side: Side::Right, ..reading(time_ms, key, value) }
}

/// The row with the greatest (time, offset) of those that aren't later than the reading.
fn valid(records: &[Sided], reading: &Sided) -> Option<i64> {
    let rows = records.iter().enumerate().filter(|(_, row)| {
        row.side == Side::Right && row.key == reading.key && row.time_ms <= reading.time_ms
    });
    rows.max_by_key(|(at, row)| (row.time_ms, *at)).map(|(_, row)| row.value)
}

fn readings(records: &[Sided]) -> impl Iterator<Item = &Sided> {
    records.iter().filter(|record| record.side == Side::Left)
}

/// Key and attribute.
type Name = (&'static str, Option<i64>);

fn oracle(records: &[Sided]) -> Vec<String> {
    let mut totals: BTreeMap<Name, (u64, i128)> = BTreeMap::new();
    for reading in readings(records) {
        let total = totals.entry((TEXTS[reading.key as usize], valid(records, reading))).or_default();
        *total = (total.0 + 1, total.1 + i128::from(reading.value));
    }
    let field =
        |attribute: Option<i64>| attribute.map_or_else(String::new, |attribute| attribute.to_string());
    let rows = totals.into_iter();
    rows.map(|((key, attribute), (count, sum))| format!("{key},{},{count},{sum}", field(attribute))).collect()
}

/// Rows that a later one of their key and time replaces.
fn replaced(records: &[Sided]) -> usize {
    let is_replaced = |(at, row): &(usize, &Sided)| {
        let behind = &records[at + 1..];
        row.side == Side::Right && behind.iter().any(|other| Sided { value: row.value, ..*other } == **row)
    };
    records.iter().enumerate().filter(is_replaced).count()
}

fn any_record() -> impl Strategy<Value = Sided> {
    let side = prop_oneof![Just(Side::Left), Just(Side::Right)];
    (time(), side, key(), value()).prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value })
}

/// Rows of one key and time are alike.
fn faithful() -> impl Strategy<Value = Sided> {
    any_record().prop_map(|record| match record.side {
        Side::Left => record,
        Side::Right => Sided { value: record.time_ms / 3, ..record },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_table_is_that_of_the_oracle((records, _) in shuffled(any_record(), 16)) {
        let found = reference(&records, &keys());
        prop_assert_eq!(lines(&found, &keys()), oracle(&records));
        let unattached = readings(&records).filter(|reading| valid(&records, reading).is_none()).count();
        prop_assert_eq!(count(&found, "readings without an attribute"), unattached as u64);
        let attached = readings(&records).count() - unattached;
        prop_assert_eq!(count(&found, "readings with an attribute"), attached as u64);
        prop_assert_eq!(count(&found, "rows replaced at their own time"), replaced(&records) as u64);
    }

    #[test]
    fn without_contradicting_rows_the_order_of_the_file_changes_nothing(
        (records, shuffled) in shuffled(faithful(), 40),
    ) {
        prop_assert_eq!(reference(&records, &keys()), reference(&shuffled, &keys()));
    }
}

#[test]
fn joins_by_hand() {
    for (what, records, expected) in [
        (
            "from its own millisecond on",
            vec![reading(4, 0, 1), reading(5, 0, 2), row(5, 0, 7)],
            vec!["b,,1,1", "b,7,1,2"],
        ),
        (
            "until the next row",
            vec![row(0, 0, 7), row(5, 0, 8), reading(4, 0, 1), reading(5, 0, 2)],
            vec!["b,7,1,1", "b,8,1,2"],
        ),
        (
            "of equal times the last in the file",
            vec![row(0, 0, 9), row(0, 0, 7), reading(0, 0, 1)],
            vec!["b,7,1,1"],
        ),
        (
            "an attribute that returns is one line",
            vec![
                row(0, 0, 7),
                row(5, 0, 8),
                row(9, 0, 7),
                reading(1, 0, 1),
                reading(6, 0, 2),
                reading(9, 0, 4),
            ],
            vec!["b,7,2,5", "b,8,1,2"],
        ),
        ("another key's row", vec![row(0, 4, 7), reading(1, 0, 1)], vec!["b,,1,1"]),
        (
            "a row that stands later in the file is still valid",
            vec![reading(1, 0, 1), row(0, 0, 7)],
            vec!["b,7,1,1"],
        ),
        ("only rows", vec![row(0, 0, 7)], vec![]),
    ] {
        assert_eq!(lines(&reference(&records, &keys()), &keys()), expected, "{what}");
    }
}

#[test]
fn where_rows_of_one_time_differ_the_order_of_the_file_matters() {
    let records = [row(0, 0, 9), row(0, 0, 7), reading(0, 0, 1)];
    let mut swapped = records;
    swapped.swap(0, 1);
    assert_ne!(reference(&records, &keys()).table, reference(&swapped, &keys()).table);
    assert_eq!(count(&reference(&records, &keys()), "rows replaced at their own time"), 1);
}

#[test]
fn times_and_values_at_the_ends_of_64_bits_are_ordinary() {
    let (low, high) = (i64::MIN, i64::MAX);
    let records = [
        row(low, 0, low),
        row(high, 0, high),
        reading(low, 0, low),
        reading(high - 1, 0, low),
        reading(high, 0, high),
    ];
    let found = reference(&records, &keys());
    let expected = [format!("b,{low},2,{}", 2 * i128::from(low)), format!("b,{high},1,{high}")];
    assert_eq!(lines(&found, &keys()), expected);
    assert_eq!((header(&found), found.table.key_columns), ("key,attribute,count,sum\n".to_owned(), 2));
}
