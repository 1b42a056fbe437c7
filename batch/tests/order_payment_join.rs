//! The interval join against an oracle that holds every order against every payment.

mod common;

use std::collections::BTreeMap;

use batch::order_payment_join::reference;
use batch::{Answer, MAX_ROWS};
use common::{TEXTS, count, header, key, keys, lines, shuffled, time, value};
use datasets::{Side, Sided};
use proptest::prelude::*;

fn order(time_ms: i64, key: u32, value: i64) -> Sided {
    Sided { time_ms, side: Side::Left, key, value }
}

fn payment(time_ms: i64, key: u32, value: i64) -> Sided {
    Sided { side: Side::Right, ..order(time_ms, key, value) }
}

fn pair_up(order: &Sided, payment: &Sided, within_ms: u64) -> bool {
    let after = i128::from(payment.time_ms) - i128::from(order.time_ms);
    order.key == payment.key && 0 <= after && after <= i128::from(within_ms)
}

fn sides(records: &[Sided]) -> (Vec<&Sided>, Vec<&Sided>) {
    records.iter().partition(|record| record.side == Side::Left)
}

/// Key, order's time and payment's time.
type Name = (&'static str, i64, Option<i64>);

fn oracle(records: &[Sided], within_ms: u64) -> Vec<String> {
    let (orders, payments) = sides(records);
    let mut rows: BTreeMap<Name, (u64, i128, i128)> = BTreeMap::new();
    for order in orders {
        let paid = payments.iter().filter(|payment| pair_up(order, payment, within_ms));
        let mut found: Vec<(Option<i64>, i64)> = paid.map(|paid| (Some(paid.time_ms), paid.value)).collect();
        if found.is_empty() {
            found.push((None, 0));
        }
        for (payment_ms, value) in found {
            let row = rows.entry((TEXTS[order.key as usize], order.time_ms, payment_ms)).or_default();
            *row = (row.0 + 1, row.1 + i128::from(order.value), row.2 + i128::from(value));
        }
    }
    let field = |time_ms: Option<i64>| time_ms.map_or_else(String::new, |at| at.to_string());
    let line = |((key, order_ms, payment_ms), (pairs, ordered, paid))| {
        format!("{key},{order_ms},{},{pairs},{ordered},{paid}", field(payment_ms))
    };
    rows.into_iter().map(line).collect()
}

fn check_counts(found: &Answer, records: &[Sided], within_ms: u64) {
    let (orders, payments) = sides(records);
    let pairs = |order: &Sided| payments.iter().filter(|paid| pair_up(order, paid, within_ms)).count();
    let paid: usize = orders.iter().map(|order| pairs(order)).sum();
    let unpaid = orders.iter().filter(|order| pairs(order) == 0).count();
    let lone = |paid: &&&Sided| !orders.iter().any(|order| pair_up(order, paid, within_ms));
    assert_eq!(count(found, "pairs with a payment"), paid as u64);
    assert_eq!(count(found, "orders without a payment"), unpaid as u64);
    assert_eq!(count(found, "payments without an order"), payments.iter().filter(lone).count() as u64);
}

fn any_record() -> impl Strategy<Value = Sided> {
    let side = prop_oneof![Just(Side::Left), Just(Side::Right)];
    (time(), side, key(), value()).prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value })
}

fn within() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..=30, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_table_is_that_of_the_oracle((records, _) in shuffled(any_record(), 16), within_ms in within()) {
        let found = reference(&records, within_ms, &keys()).unwrap();
        prop_assert_eq!(lines(&found, &keys()), oracle(&records, within_ms));
        check_counts(&found, &records, within_ms);
    }

    #[test]
    fn the_order_of_the_file_changes_nothing(
        (records, shuffled) in shuffled(any_record(), 40),
        within_ms in within(),
    ) {
        let one = reference(&records, within_ms, &keys());
        prop_assert_eq!(one, reference(&shuffled, within_ms, &keys()));
    }
}

#[test]
fn joins_by_hand() {
    for (what, records, expected) in [
        (
            "both ends are included",
            vec![order(0, 0, 5), payment(0, 0, 1), payment(10, 0, 2)],
            vec!["b,0,0,1,5,1", "b,0,10,1,5,2"],
        ),
        (
            "a payment before its order or too late",
            vec![order(0, 0, 5), payment(-1, 0, 1), payment(11, 0, 2)],
            vec!["b,0,,1,5,0"],
        ),
        ("another key", vec![order(0, 0, 5), payment(0, 1, 1)], vec!["b,0,,1,5,0"]),
        (
            "two orders share a payment",
            vec![order(0, 4, 5), order(3, 4, 6), payment(4, 4, 1)],
            vec!["a,0,4,1,5,1", "a,3,4,1,6,1"],
        ),
        (
            "twins stay two, in pairs and in values",
            vec![order(0, 0, 5), order(0, 0, 6), payment(1, 0, 10), payment(1, 0, 20), payment(1, 0, 30)],
            vec!["b,0,1,6,33,120"],
        ),
        ("unpaid twins", vec![order(0, 0, 5), order(0, 0, 6)], vec!["b,0,,2,11,0"]),
        ("only payments", vec![payment(0, 0, 5)], vec![]),
    ] {
        assert_eq!(lines(&reference(&records, 10, &keys()).unwrap(), &keys()), expected, "{what}");
    }
}

#[test]
fn times_and_values_at_the_ends_of_64_bits_neither_wrap_nor_clip() {
    let records = [
        order(i64::MIN, 0, i64::MIN),
        order(i64::MIN, 0, i64::MIN),
        payment(i64::MAX, 0, i64::MAX),
        payment(i64::MAX, 0, i64::MAX),
        order(i64::MAX, 0, 1),
    ];
    let rows = |within_ms| lines(&reference(&records, within_ms, &keys()).unwrap(), &keys());
    let (low, high) = (i64::MIN, i64::MAX);
    let last = format!("b,{high},{high},2,2,{}", 2 * i128::from(high));
    let all = format!("b,{low},{high},4,{},{}", 4 * i128::from(low), 4 * i128::from(high));
    assert_eq!(rows(u64::MAX), [all, last.clone()]);
    // One millisecond short of the whole range.
    assert_eq!(rows(u64::MAX - 1), [format!("b,{low},,2,{},0", 2 * i128::from(low)), last]);
}

#[test]
fn columns_are_named_and_three_of_them_name_a_row() {
    let found = reference(&[], 0, &keys()).unwrap();
    assert_eq!(header(&found), "key,order_time_ms,payment_time_ms,pairs,order_value,payment_value\n");
    assert_eq!((found.table.key_columns, found.table.rows()), (3, 0));
}

#[test]
fn a_join_that_explodes_is_refused_before_it_is_built() {
    let side = 12_000_i64;
    assert!(side.pow(2).cast_unsigned() > MAX_ROWS);
    let mut records: Vec<Sided> =
        (0..side).flat_map(|time_ms| [order(time_ms, 0, 1), payment(side + time_ms, 0, 1)]).collect();
    // An order that nobody paid is a row too.
    records.push(order(0, 1, 1));
    let error = reference(&records, u64::MAX, &keys()).expect_err("144 M rows");
    let expected = format!(
        "a join within {} ms gives 144000001 rows, more than 67108864; choose a smaller 'within'",
        u64::MAX
    );
    assert_eq!((error.record, error.to_string()), (None, expected));
}
