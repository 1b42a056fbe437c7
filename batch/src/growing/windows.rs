//! Tumbling and sliding windows while their log grows.

use std::collections::BTreeMap;

use datasets::{Cell, Event, Table};

use super::{Aggregate, Growing, next, window_columns};
use crate::BatchError;
use crate::answer::check_rows;
use crate::windowed_aggregation::{Window, indices};

/// The windows of each key. A record costs as much as there are windows that hold it.
pub struct Windows {
    window: Window,
    size_ms: i64,
    slide_ms: i64,
    by_key: Vec<OfKey>,
    rows: Vec<Row>,
    /// Windows of the record at hand that no record was in before.
    new: Vec<i64>,
    records: usize,
    newest_ms: Option<i64>,
}

/// The windows of one key; the k-th begins at k slides.
#[derive(Default)]
struct OfKey {
    /// The row of each.
    rows: BTreeMap<i64, u32>,
    /// Two windows that records lay in, and their rows: while there is disorder, most lie in one of two.
    recent: [Option<(i64, u32)>; 2],
}

struct Row {
    values: Aggregate,
    start: i64,
    key: u32,
}

impl Windows {
    pub(super) fn new(window: Window, size_ms: i64, slide_ms: i64) -> Self {
        let (by_key, rows, new) = (Vec::new(), Vec::new(), Vec::new());
        Self { window, size_ms, slide_ms, by_key, rows, new, records: 0, newest_ms: None }
    }

    /// Adds a value to the windows from the first to the last of a key.
    fn add_to(&mut self, key: u32, [first, last]: [i64; 2], value: i64, touched: &mut Vec<u32>) {
        let windows = &mut self.by_key[key as usize];
        let mut recent = windows.recent.iter().flatten();
        if first == last
            && let Some(&(_, row)) = recent.find(|&&(index, _)| index == first)
        {
            self.rows[row as usize].values.merge(Aggregate::of(value));
            touched.push(row);
            return;
        }
        self.new.clear();
        let mut next_index = first;
        for (&index, &row) in windows.rows.range(first..=last) {
            self.new.extend(next_index..index);
            next_index = index + 1;
            self.rows[row as usize].values.merge(Aggregate::of(value));
            touched.push(row);
        }
        self.new.extend(next_index..=last);
        for &index in &self.new {
            let row = next(&self.rows);
            self.rows.push(Row { start: index * self.slide_ms, key, values: Aggregate::of(value) });
            windows.rows.insert(index, row);
            touched.push(row);
        }
        if first == last {
            windows.recent = [touched.last().map(|&row| (last, row)), windows.recent[0]];
        }
    }

    /// Refuses more rows than an answer may have. Of windows that slide, a record may ask for billions.
    fn check(&self, rows: u128) -> Result<(), BatchError> {
        match self.window {
            Window::Tumbling { .. } | Window::Session { .. } => Ok(()),
            Window::Sliding { .. } => {
                let asked = format_args!("window '{}'", self.window);
                check_rows(rows, asked, "choose a larger slide or a smaller size")
            }
        }
    }
}

impl Growing<Event> for Windows {
    fn add(&mut self, record: &Event, touched: &mut Vec<u32>) -> Result<(), BatchError> {
        let Event { time_ms, key, value, .. } = *record;
        if let Some(message) = self.window.refusal(time_ms) {
            return Err(BatchError::at(self.records, message));
        }
        let (first, last) = indices(time_ms, self.size_ms, self.slide_ms);
        self.check((last - first + 1).max(0).cast_unsigned())?;
        if self.by_key.len() <= key as usize {
            self.by_key.resize_with(key as usize + 1, OfKey::default);
        }
        if first <= last {
            let index = |index: i128| i64::try_from(index).expect("its windows were checked");
            self.add_to(key, [index(first), index(last)], value, touched);
        }
        self.records += 1;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        self.check(self.rows.len() as u128)
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { start, key, .. } = self.rows[row as usize];
        cells.extend([Cell::Int(start), Cell::Int(start + self.size_ms), Cell::Text(key)]);
    }

    fn has(&self, _: u32) -> bool {
        true
    }

    fn value(&self, row: u32, cells: &mut Vec<Cell>) {
        self.rows[row as usize].values.write(cells);
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    fn columns(&self) -> Table {
        window_columns()
    }
}
