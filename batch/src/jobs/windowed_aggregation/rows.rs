//! The rows of the answer while it grows: column by column, key by key.

use datasets::{Cells, Table, TableColumn};

use super::Timed;
use crate::answer::counted;

/// Rows by columns; those of a key side by side, keys in the order of their bytes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    starts: Vec<i64>,
    ends: Vec<i64>,
    keys: Vec<u32>,
    counts: Vec<i64>,
    sums: Vec<i128>,
    minima: Vec<i64>,
    maxima: Vec<i64>,
}

/// One row: a window of a key.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) key: u32,
    pub(super) count: i64,
    pub(super) sum: i128,
    pub(super) min: i64,
    pub(super) max: i64,
}

impl Rows {
    /// Appends a window with the records in it, at least one.
    pub(super) fn add(&mut self, start: i64, end: i64, key: u32, records: &[Timed]) {
        let (mut sum, mut min, mut max) = (0, i64::MAX, i64::MIN);
        for &(_, value) in records {
            sum += i128::from(value);
            min = value.min(min);
            max = value.max(max);
        }
        self.push(Row { start, end, key, count: counted(records), sum, min, max });
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: Row) {
        self.starts.push(row.start);
        self.ends.push(row.end);
        self.keys.push(row.key);
        self.counts.push(row.count);
        self.sums.push(row.sum);
        self.minima.push(row.min);
        self.maxima.push(row.max);
    }

    /// Makes room for so many more rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.starts.reserve_exact(rows);
        self.ends.reserve_exact(rows);
        self.keys.reserve_exact(rows);
        self.counts.reserve_exact(rows);
        self.sums.reserve_exact(rows);
        self.minima.reserve_exact(rows);
        self.maxima.reserve_exact(rows);
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns how many pairs of a record and a window that holds it there are.
    pub(super) fn pairs(&self) -> u64 {
        self.counts.iter().map(|count| count.cast_unsigned()).sum()
    }

    /// Sorts by start, then end; the sort is stable, so that keys stay in the order of their bytes.
    pub(super) fn into_table(self) -> Table {
        let bounds = self.starts.iter().zip(&self.ends).zip(0_u32..);
        let mut order: Vec<(i64, i64, u32)> = bounds.map(|((&start, &end), row)| (start, end, row)).collect();
        order.sort_by_key(|&(start, end, _)| (start, end));
        let column = TableColumn::new;
        Table::new(
            3,
            vec![
                column("window_start_ms", Cells::Int(picked(self.starts, &order))),
                column("window_end_ms", Cells::Int(picked(self.ends, &order))),
                column("key", Cells::Text(picked(self.keys, &order))),
                column("count", Cells::Int(picked(self.counts, &order))),
                column("sum", Cells::Wide(picked(self.sums, &order))),
                column("min", Cells::Int(picked(self.minima, &order))),
                column("max", Cells::Int(picked(self.maxima, &order))),
            ],
        )
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the column is freed before the next one is copied")]
fn picked<T: Copy>(cells: Vec<T>, order: &[(i64, i64, u32)]) -> Vec<T> {
    order.iter().map(|&(_, _, row)| cells[row as usize]).collect()
}
