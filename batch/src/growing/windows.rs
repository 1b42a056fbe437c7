//! Tumbling and sliding windows while their log grows.

use datasets::{Cell, Event, Table};

use super::{Aggregate, Growing, Map, next, window_columns};
use crate::BatchError;
use crate::answer::check_rows;
use crate::windowed_aggregation::{Window, indices};

/// The windows of each key. A record costs as many look-ups as there are windows that hold it.
pub struct Windows {
    window: Window,
    size_ms: i64,
    slide_ms: i64,
    /// The row of each window's start and key.
    index: Map<(i64, u32), u32>,
    rows: Vec<Row>,
    records: usize,
    newest_ms: Option<i64>,
}

struct Row {
    values: Aggregate,
    start: i64,
    key: u32,
}

impl Windows {
    pub(super) fn new(window: Window, size_ms: i64, slide_ms: i64) -> Self {
        let (index, rows) = (Map::default(), Vec::new());
        Self { window, size_ms, slide_ms, index, rows, records: 0, newest_ms: None }
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
        for index in first..=last {
            let start = i64::try_from(index * i128::from(self.slide_ms)).expect("its windows were checked");
            let new = next(&self.rows);
            let row = *self.index.entry((start, key)).or_insert(new);
            if row == new {
                self.rows.push(Row { start, key, values: Aggregate::of(value) });
            } else {
                self.rows[row as usize].values.merge(Aggregate::of(value));
            }
            touched.push(row);
        }
        self.records += 1;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        self.check(self.rows.len() as u128)
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { start, key, .. } = self.rows[row as usize];
        cells.extend([Cell::Int(start), Cell::Int(start + self.size_ms), Cell::Text(key)]);
    }

    fn value(&self, row: u32, cells: &mut Vec<Cell>) -> bool {
        self.rows[row as usize].values.write(cells);
        true
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    fn columns(&self) -> Table {
        window_columns()
    }
}
