//! Orders with the payments that came within a time after them.

use datasets::Side;
use foldhash::HashMap;

use crate::{
    knobs::{Bounds, Knobs, Sum, Unmatched},
    record::Record,
    rows::{NONE, Rows},
};

/// Adds a key's rows.
pub(super) fn add(rows: &mut Rows, key: i128, group: &[Record], within_ms: u64, knobs: &Knobs) {
    let mut payments: Vec<&Record> = group.iter().filter(|record| record.side == Side::Right).collect();
    payments.sort_by_key(|payment| payment.time_ms);
    let mut found: HashMap<[i128; 2], (i128, Sum, Sum)> = HashMap::default();
    let mut put = |order: &Record, payment: Option<&Record>| {
        let paid = payment.map_or(NONE, |payment| payment.time_ms.into());
        let (pairs, orders, payments) = found.entry([order.time_ms.into(), paid]).or_default();
        *pairs += 1;
        orders.add(order.value);
        payments.add(payment.map_or(0, |payment| payment.value));
    };
    for order in group.iter().filter(|record| record.side == Side::Left) {
        let last = order.time_ms.saturating_add_unsigned(within_ms);
        let from = payments.partition_point(|payment| match knobs.bounds {
            Bounds::NearExclusive => payment.time_ms <= order.time_ms,
            Bounds::Inclusive | Bounds::FarExclusive => payment.time_ms < order.time_ms,
        });
        let to = payments.partition_point(|payment| match knobs.bounds {
            Bounds::FarExclusive => payment.time_ms < last,
            Bounds::Inclusive | Bounds::NearExclusive => payment.time_ms <= last,
        });
        let paid = payments.get(from..to).unwrap_or_default();
        for payment in paid {
            put(order, Some(payment));
        }
        let alone = match knobs.unmatched {
            Unmatched::Alone => paid.is_empty(),
            Unmatched::Too => true,
            Unmatched::Missing => false,
        };
        if alone {
            put(order, None);
        }
    }
    for ([order_time, paid], (pairs, orders, payments)) in found {
        let values = [pairs, orders.told(knobs.sums), payments.told(knobs.sums), NONE];
        rows.insert([key, order_time, paid], values);
    }
}
