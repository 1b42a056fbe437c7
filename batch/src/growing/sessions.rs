//! Sessions while their log grows.

use std::collections::BTreeMap;

use datasets::{Cell, Event, Table};

use super::{Aggregate, Growing, next, window_columns};
use crate::BatchError;
use crate::windowed_aggregation::Window;

/// The sessions of each key. A session that grows at an end is another row: its bounds are its name.
pub struct Sessions {
    gap_ms: i64,
    /// For each key the row of each session by its start; they lie more than a gap apart.
    by_key: Vec<BTreeMap<i64, u32>>,
    rows: Vec<Row>,
    records: usize,
    newest_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    values: Aggregate,
    start: i64,
    /// The time of its last record.
    last: i64,
    key: u32,
    is_gone: bool,
}

impl Sessions {
    pub(super) fn new(gap_ms: i64) -> Self {
        Self { gap_ms, by_key: Vec::new(), rows: Vec::new(), records: 0, newest_ms: None }
    }

    /// The rows of the sessions that are one with a record at this time, two at most: those that begin at it or before,
    /// and behind it.
    fn touching(&self, key: u32, time_ms: i64) -> [Option<u32>; 2] {
        let sessions = &self.by_key[key as usize];
        let before = sessions.range(..=time_ms).next_back().map(|(_, &row)| row);
        let behind = time_ms.checked_add(1).and_then(|next| sessions.range(next..).next());
        // Two that are exactly a gap apart touch; with the gap added, all these times were checked to fit.
        let before = before.filter(|&row| time_ms <= self.rows[row as usize].last + self.gap_ms);
        let behind = behind.filter(|&(&start, _)| start <= time_ms + self.gap_ms).map(|(_, &row)| row);
        [before, behind]
    }

    /// Ends a row: its session is part of a larger one.
    fn end(&mut self, row: u32) -> Row {
        let ended = &mut self.rows[row as usize];
        ended.is_gone = true;
        self.by_key[ended.key as usize].remove(&ended.start);
        *ended
    }
}

impl Growing<Event> for Sessions {
    fn add(&mut self, record: &Event, touched: &mut Vec<u32>) -> Result<(), BatchError> {
        let Event { time_ms, key, value, .. } = *record;
        if let Some(message) = (Window::Session { gap_ms: self.gap_ms }).refusal(time_ms) {
            return Err(BatchError::at(self.records, message));
        }
        if self.by_key.len() <= key as usize {
            self.by_key.resize_with(key as usize + 1, BTreeMap::new);
        }
        self.records += 1;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        let mut session =
            Row { values: Aggregate::of(value), start: time_ms, last: time_ms, key, is_gone: false };
        let touching = self.touching(key, time_ms);
        if let [Some(row), None] = touching
            && let inside = &mut self.rows[row as usize]
            && time_ms <= inside.last
        {
            inside.values.merge(session.values);
            touched.push(row);
            return Ok(());
        }
        for row in touching.into_iter().flatten() {
            let ended = self.end(row);
            session.start = session.start.min(ended.start);
            session.last = session.last.max(ended.last);
            session.values.merge(ended.values);
            touched.push(row);
        }
        let row = next(&self.rows);
        self.rows.push(session);
        self.by_key[key as usize].insert(session.start, row);
        touched.push(row);
        Ok(())
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { start, last, key, .. } = self.rows[row as usize];
        cells.extend([Cell::Int(start), Cell::Int(last + self.gap_ms), Cell::Text(key)]);
    }

    fn has(&self, row: u32) -> bool {
        !self.rows[row as usize].is_gone
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
