//! Totals of events that may be delivered more than once, while their log grows.

use datasets::{Cell, Cells, Delivery, Table};

use super::{Growing, columns, next};
use crate::BatchError;

/// Count and sum of each key, of the first delivery of each id.
#[derive(Default)]
pub struct Totals {
    /// Says of each id whether it was delivered.
    seen: Vec<bool>,
    /// The row of each key that has one.
    by_key: Vec<Option<u32>>,
    rows: Vec<Row>,
    newest_ms: Option<i64>,
}

struct Row {
    key: u32,
    count: i64,
    sum: i128,
}

/// The place of a number of the dataset's keys.
fn place<T: Default + Clone>(places: &mut Vec<T>, number: u32) -> &mut T {
    if places.len() <= number as usize {
        places.resize(number as usize + 1, T::default());
    }
    &mut places[number as usize]
}

impl Growing<Delivery> for Totals {
    fn add(&mut self, record: &Delivery, touched: &mut Vec<u32>) -> Result<(), BatchError> {
        let Delivery { time_ms, id, key, value } = *record;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        if std::mem::replace(place(&mut self.seen, id), true) {
            return Ok(());
        }
        let row = *place(&mut self.by_key, key).get_or_insert_with(|| {
            let row = next(&self.rows);
            self.rows.push(Row { key, count: 0, sum: 0 });
            row
        });
        let total = &mut self.rows[row as usize];
        total.count += 1;
        total.sum += i128::from(value);
        touched.push(row);
        Ok(())
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        cells.push(Cell::Text(self.rows[row as usize].key));
    }

    fn has(&self, _: u32) -> bool {
        true
    }

    fn value(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { count, sum, .. } = self.rows[row as usize];
        cells.extend([Cell::Int(count), Cell::Wide(sum)]);
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    fn columns(&self) -> Table {
        columns(
            1,
            [
                ("key", Cells::Text(Vec::new())),
                ("count", Cells::Int(Vec::new())),
                ("sum", Cells::Wide(Vec::new())),
            ],
        )
    }
}
