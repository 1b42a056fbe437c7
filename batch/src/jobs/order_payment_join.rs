//! Each order with the payments that came within a time after it, and the orders that nobody paid.

use std::ops::Range;

use datasets::{Cells, Keys, Side, Sided, Table, TableColumn};

use crate::answer::{check_rows, counted};
use crate::by_key::ByKey;
use crate::{Answer, BatchError, Count};

/// A left outer interval join: an order (left) and a payment (right) of one key are a pair if the payment's time is
/// in [order's time, order's time + `within_ms`], both ends included. An order without a payment is a pair of its own.
///
/// The table has `key`, `order_time_ms`, `payment_time_ms` (empty for orders without a payment) and, as several
/// pairs can agree in all three, `pairs`, how many do, `order_value` and `payment_value`, the sums over
/// these pairs; 0 where there is no payment. It is sorted by the first three, no payment before any. The order of
/// the file changes nothing.
///
/// Counted: `pairs with a payment`, `orders without a payment`, `payments without an order`.
///
/// # Errors
///
/// If the table would have more than [`MAX_ROWS`](crate::MAX_ROWS) rows: orders and payments of one key can all pair up.
///
/// # Panics
///
/// If a key isn't a number of `keys`.
pub fn reference(records: &[Sided], within_ms: u64, keys: &Keys) -> Result<Answer, BatchError> {
    let entries = records.iter().map(|record| (record.key, (record.side, record.time_ms, record.value)));
    let mut by_key = ByKey::new(entries, keys);
    by_key.sort_groups(|&(side, time_ms, _)| (side, time_ms));
    let sides: Vec<(u32, Moments, Moments)> = by_key.groups().map(|(key, group)| split(key, group)).collect();

    let rows = sides.iter().map(|(_, orders, payments)| count_rows(orders, payments, within_ms)).sum();
    check_rows(rows, format_args!("a join within {within_ms} ms"), "choose a smaller 'within'")?;
    let mut joined = Joined::default();
    for (key, orders, payments) in &sides {
        joined.join(*key, orders, payments, within_ms);
    }
    Ok(joined.into_answer())
}

/// All records of a key and a side that have one time.
#[derive(Debug, Clone, Copy)]
struct Moment {
    time_ms: i64,
    count: i64,
    sum: i128,
}

type Moments = Vec<Moment>;

/// Orders and payments, each by ascending time.
fn split(key: u32, group: &[(Side, i64, i64)]) -> (u32, Moments, Moments) {
    let payments = group.partition_point(|&(side, ..)| side == Side::Left);
    let (orders, payments) = group.split_at(payments);
    (key, moments(orders), moments(payments))
}

fn moments(side: &[(Side, i64, i64)]) -> Moments {
    let alike = side.chunk_by(|&(_, before, _), &(_, time_ms, _)| before == time_ms);
    let moment = |records: &[(Side, i64, i64)]| Moment {
        time_ms: records[0].1,
        count: counted(records),
        sum: records.iter().map(|&(.., value)| i128::from(value)).sum(),
    };
    alike.map(moment).collect()
}

/// For each moment of the orders the range of the payments that pair with it.
fn matches(
    orders: &[Moment],
    payments: &[Moment],
    within_ms: u64,
) -> impl Iterator<Item = (Moment, Range<usize>)> {
    let (mut from, mut to) = (0, 0);
    orders.iter().map(move |&order| {
        // Capped at the last time there is: no payment lies behind it.
        let last_ms = order.time_ms.saturating_add_unsigned(within_ms);
        from += payments[from..].iter().take_while(|payment| payment.time_ms < order.time_ms).count();
        to += payments[to..].iter().take_while(|payment| payment.time_ms <= last_ms).count();
        (order, from..to)
    })
}

fn count_rows(orders: &[Moment], payments: &[Moment], within_ms: u64) -> u128 {
    matches(orders, payments, within_ms).map(|(_, paid)| paid.len().max(1) as u128).sum()
}

/// The table while it grows, column by column, in its final order.
#[derive(Debug, Default)]
struct Joined {
    keys: Vec<u32>,
    order_times: Vec<i64>,
    payment_times: Vec<Option<i64>>,
    pairs: Vec<i64>,
    order_values: Vec<i128>,
    payment_values: Vec<i128>,
    unpaid_orders: u64,
    unordered_payments: u64,
}

impl Joined {
    fn join(&mut self, key: u32, orders: &[Moment], payments: &[Moment], within_ms: u64) {
        // Payments before this position are in a pair or were counted as without an order.
        let mut settled = 0;
        for (order, paid) in matches(orders, payments, within_ms) {
            if paid.is_empty() {
                self.push_unpaid(key, order);
            }
            payments[paid.clone()].iter().for_each(|&payment| self.push_paid(key, order, payment));
            // Those between lie before this order, and later orders lie farther behind them.
            self.leave(&payments[settled..paid.start.max(settled)]);
            settled = paid.end;
        }
        self.leave(&payments[settled..]);
    }

    fn push_unpaid(&mut self, key: u32, order: Moment) {
        self.unpaid_orders += order.count.cast_unsigned();
        self.push_name(key, order.time_ms, None);
        self.pairs.push(order.count);
        self.order_values.push(order.sum);
        self.payment_values.push(0);
    }

    fn push_paid(&mut self, key: u32, order: Moment, payment: Moment) {
        self.push_name(key, order.time_ms, Some(payment.time_ms));
        // Each of the one's records pairs with all of the other's.
        self.pairs.push(order.count * payment.count);
        self.order_values.push(order.sum * i128::from(payment.count));
        self.payment_values.push(payment.sum * i128::from(order.count));
    }

    fn push_name(&mut self, key: u32, order_ms: i64, payment_ms: Option<i64>) {
        self.keys.push(key);
        self.order_times.push(order_ms);
        self.payment_times.push(payment_ms);
    }

    fn leave(&mut self, payments: &[Moment]) {
        self.unordered_payments += payments.iter().map(|payment| payment.count.cast_unsigned()).sum::<u64>();
    }

    fn into_answer(self) -> Answer {
        let pairs: u64 = self.pairs.iter().map(|pairs| pairs.cast_unsigned()).sum();
        let counts = vec![
            Count { name: "pairs with a payment", value: pairs - self.unpaid_orders },
            Count { name: "orders without a payment", value: self.unpaid_orders },
            Count { name: "payments without an order", value: self.unordered_payments },
        ];
        let columns = vec![
            TableColumn::new("key", Cells::Text(self.keys)),
            TableColumn::new("order_time_ms", Cells::Int(self.order_times)),
            TableColumn::new("payment_time_ms", Cells::Maybe(self.payment_times)),
            TableColumn::new("pairs", Cells::Int(self.pairs)),
            TableColumn::new("order_value", Cells::Wide(self.order_values)),
            TableColumn::new("payment_value", Cells::Wide(self.payment_values)),
        ];
        Answer { table: Table::new(3, columns), counts }
    }
}
