//! Orders with their payments, while their log grows.

use std::collections::BTreeMap;

use datasets::{Cell, Cells, Side, Sided, Table};

use super::{Growing, Map, columns, next};
use crate::BatchError;
use crate::answer::check_rows;

/// The pairs of each key. A record costs as much as there are moments of the other side that it pairs with.
pub struct Paid {
    within_ms: u64,
    by_key: Vec<Account>,
    /// The row of each key, order's time and payment's time.
    index: Map<(u32, i64, Option<i64>), u32>,
    rows: Vec<Row>,
    /// Rows that aren't gone.
    present: u64,
    newest_ms: Option<i64>,
}

/// All that is known of one key: what happened at each time.
#[derive(Default)]
struct Account {
    orders: BTreeMap<i64, Moment>,
    payments: BTreeMap<i64, Moment>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    count: i64,
    sum: i128,
    /// Of orders that nobody has paid: their row.
    unpaid: Option<u32>,
}

impl Moment {
    fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum += i128::from(value);
    }
}

struct Row {
    key: u32,
    order_ms: i64,
    payment_ms: Option<i64>,
    /// How many pairs, 0 where the row is gone.
    pairs: i64,
    order_value: i128,
    payment_value: i128,
}

impl Paid {
    /// The answer of no records; a payment belongs to an order of at most so long before.
    pub fn new(within_ms: u64) -> Self {
        let (by_key, index, rows) = (Vec::new(), Map::default(), Vec::new());
        Self { within_ms, by_key, index, rows, present: 0, newest_ms: None }
    }

    /// Sets a row to what its two moments make.
    fn pair(&mut self, key: u32, (order_ms, order): (i64, Moment), payment: Option<(i64, Moment)>) -> u32 {
        let payment_ms = payment.map(|(payment_ms, _)| payment_ms);
        let new = next(&self.rows);
        let row = *self.index.entry((key, order_ms, payment_ms)).or_insert(new);
        if row == new {
            self.present += 1;
            let (pairs, order_value, payment_value) = (0, 0, 0);
            self.rows.push(Row { key, order_ms, payment_ms, pairs, order_value, payment_value });
        }
        // Each of the one's records pairs with all of the other's; an order that nobody has paid stands by itself.
        let (payments, paid) = payment.map_or((1, 0), |(_, payment)| (payment.count, payment.sum));
        let set = &mut self.rows[row as usize];
        set.pairs = order.count * payments;
        set.order_value = order.sum * i128::from(payments);
        set.payment_value = paid * i128::from(order.count);
        row
    }

    fn order(&mut self, key: u32, order_ms: i64, value: i64, touched: &mut Vec<u32>) {
        let account = &mut self.by_key[key as usize];
        let order = account.orders.entry(order_ms).or_default();
        order.add(value);
        let order = *order;
        // Capped at the last time there is: no payment lies behind it.
        let until = order_ms.saturating_add_unsigned(self.within_ms);
        let paid: Vec<(i64, Moment)> =
            account.payments.range(order_ms..=until).map(|(&ms, &payment)| (ms, payment)).collect();
        for &payment in &paid {
            touched.push(self.pair(key, (order_ms, order), Some(payment)));
        }
        if paid.is_empty() {
            let row = self.pair(key, (order_ms, order), None);
            touched.push(row);
            self.by_key[key as usize].orders.entry(order_ms).or_default().unpaid = Some(row);
        }
    }

    fn payment(&mut self, key: u32, payment_ms: i64, value: i64, touched: &mut Vec<u32>) {
        let account = &mut self.by_key[key as usize];
        let payment = account.payments.entry(payment_ms).or_default();
        payment.add(value);
        let payment = *payment;
        let since = payment_ms.saturating_sub_unsigned(self.within_ms);
        let mut orders = Vec::new();
        for (&order_ms, order) in account.orders.range_mut(since..=payment_ms) {
            if let Some(row) = order.unpaid.take() {
                self.rows[row as usize].pairs = 0;
                self.present -= 1;
                touched.push(row);
            }
            orders.push((order_ms, *order));
        }
        for order in orders {
            touched.push(self.pair(key, order, Some((payment_ms, payment))));
        }
    }
}

impl Growing<Sided> for Paid {
    fn add(&mut self, record: &Sided, touched: &mut Vec<u32>) -> Result<(), BatchError> {
        let Sided { time_ms, side, key, value } = *record;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        if self.by_key.len() <= key as usize {
            self.by_key.resize_with(key as usize + 1, Account::default);
        }
        match side {
            Side::Left => self.order(key, time_ms, value, touched),
            Side::Right => self.payment(key, time_ms, value, touched),
        }
        let asked = format_args!("a join within {} ms", self.within_ms);
        check_rows(self.present.into(), asked, "choose a smaller 'within'")
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { key, order_ms, payment_ms, .. } = self.rows[row as usize];
        cells.extend([Cell::Text(key), Cell::Int(order_ms), Cell::Maybe(payment_ms)]);
    }

    fn has(&self, row: u32) -> bool {
        self.rows[row as usize].pairs > 0
    }

    fn value(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { pairs, order_value, payment_value, .. } = self.rows[row as usize];
        cells.extend([Cell::Int(pairs), Cell::Wide(order_value), Cell::Wide(payment_value)]);
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    fn columns(&self) -> Table {
        columns(
            3,
            [
                ("key", Cells::Text(Vec::new())),
                ("order_time_ms", Cells::Int(Vec::new())),
                ("payment_time_ms", Cells::Maybe(Vec::new())),
                ("pairs", Cells::Int(Vec::new())),
                ("order_value", Cells::Wide(Vec::new())),
                ("payment_value", Cells::Wide(Vec::new())),
            ],
        )
    }
}
