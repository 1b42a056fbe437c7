//! Readings with the attribute that is valid at their time, while their log grows.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Bound, SubAssign};

use datasets::{Cell, Cells, Side, Sided, Table};

use super::{Growing, Map, columns, next};
use crate::BatchError;

/// Count and sum of the readings of each key and attribute.
///
/// A row of the table of attributes that comes late takes readings over from the attribute that was valid until then:
/// those from its time on to the next row's. They are counted from whichever side has fewer moments, so that all rows of a
/// key together cost O(m log m) steps for its m moments, in whatever order they come.
#[derive(Default)]
pub struct Enriched {
    by_key: Vec<Device>,
    /// The row of each key and attribute.
    index: Map<(u32, Option<i64>), u32>,
    rows: Vec<Row>,
    newest_ms: Option<i64>,
}

/// All that is known of one key.
#[derive(Default)]
struct Device {
    /// The readings of each time.
    readings: BTreeMap<i64, Tally>,
    /// The readings before the first span.
    unattached: Tally,
    /// By the time from which on its attribute is valid.
    spans: BTreeMap<i64, Span>,
}

/// The time from one row of the table of attributes to the next.
#[derive(Debug, Clone, Copy)]
struct Span {
    attribute: i64,
    readings: Tally,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    count: i64,
    sum: i128,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
    }
}

impl SubAssign for Tally {
    fn sub_assign(&mut self, other: Self) {
        self.count -= other.count;
        self.sum -= other.sum;
    }
}

struct Row {
    key: u32,
    attribute: Option<i64>,
    readings: Tally,
}

/// Readings that get another attribute.
struct Moved {
    from: Option<i64>,
    readings: Tally,
}

impl Device {
    /// Adds a reading and returns its attribute.
    fn read(&mut self, time_ms: i64, reading: Tally) -> Option<i64> {
        *self.readings.entry(time_ms).or_default() += reading;
        if let Some((_, span)) = self.spans.range_mut(..=time_ms).next_back() {
            span.readings += reading;
            Some(span.attribute)
        } else {
            self.unattached += reading;
            None
        }
    }

    /// Has an attribute be valid from a time on.
    fn attach(&mut self, time_ms: i64, attribute: i64) -> Moved {
        if let Some(span) = self.spans.get_mut(&time_ms) {
            // The row that stands last is valid.
            let from = Some(std::mem::replace(&mut span.attribute, attribute));
            return Moved { from, readings: span.readings };
        }
        let start = self.spans.range(..time_ms).next_back().map(|(&start, _)| start);
        let end = self.spans.range(time_ms..).next().map(|(&end, _)| end);
        let whole = start.map_or(self.unattached, |start| self.spans[&start].readings);
        let readings = self.from(time_ms, (start, end), whole);
        let from = if let Some(span) = start.and_then(|start| self.spans.get_mut(&start)) {
            span.readings -= readings;
            Some(span.attribute)
        } else {
            self.unattached -= readings;
            None
        };
        self.spans.insert(time_ms, Span { attribute, readings });
        Moved { from, readings }
    }

    /// The readings of a span that lie at a time or behind it. Goes from there to both ends at once, until one is reached.
    fn from(&self, time_ms: i64, (start, end): (Option<i64>, Option<i64>), whole: Tally) -> Tally {
        let until = end.map_or(Bound::Unbounded, Bound::Excluded);
        let since = start.map_or(Bound::Unbounded, Bound::Included);
        let mut behind = self.readings.range((Bound::Included(time_ms), until));
        let mut before = self.readings.range((since, Bound::Excluded(time_ms))).rev();
        let (mut from, mut rest) = (Tally::default(), whole);
        loop {
            match behind.next() {
                Some((_, &readings)) => from += readings,
                None => return from,
            }
            match before.next() {
                Some((_, &readings)) => rest -= readings,
                None => return rest,
            }
        }
    }
}

impl Enriched {
    fn row(&mut self, key: u32, attribute: Option<i64>) -> u32 {
        let new = next(&self.rows);
        let row = *self.index.entry((key, attribute)).or_insert(new);
        if row == new {
            self.rows.push(Row { key, attribute, readings: Tally::default() });
        }
        row
    }
}

impl Growing<Sided> for Enriched {
    fn add(&mut self, record: &Sided, touched: &mut Vec<u32>) -> Result<(), BatchError> {
        let Sided { time_ms, side, key, value } = *record;
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        if self.by_key.len() <= key as usize {
            self.by_key.resize_with(key as usize + 1, Device::default);
        }
        let device = &mut self.by_key[key as usize];
        if side == Side::Left {
            let reading = Tally { count: 1, sum: value.into() };
            let attribute = device.read(time_ms, reading);
            let row = self.row(key, attribute);
            self.rows[row as usize].readings += reading;
            touched.push(row);
            return Ok(());
        }
        let Moved { from, readings } = device.attach(time_ms, value);
        if readings.count > 0 && from != Some(value) {
            let (from, to) = (self.row(key, from), self.row(key, Some(value)));
            self.rows[from as usize].readings -= readings;
            self.rows[to as usize].readings += readings;
            touched.extend([from, to]);
        }
        Ok(())
    }

    fn key(&self, row: u32, cells: &mut Vec<Cell>) {
        let Row { key, attribute, .. } = self.rows[row as usize];
        cells.extend([Cell::Text(key), Cell::Maybe(attribute)]);
    }

    fn has(&self, row: u32) -> bool {
        self.rows[row as usize].readings.count > 0
    }

    fn value(&self, row: u32, cells: &mut Vec<Cell>) {
        let Tally { count, sum } = self.rows[row as usize].readings;
        cells.extend([Cell::Int(count), Cell::Wide(sum)]);
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest_ms
    }

    fn columns(&self) -> Table {
        columns(
            2,
            [
                ("key", Cells::Text(Vec::new())),
                ("attribute", Cells::Maybe(Vec::new())),
                ("count", Cells::Int(Vec::new())),
                ("sum", Cells::Wide(Vec::new())),
            ],
        )
    }
}
