//! Holds an answer that is served against the truth, at every prefix of the log.
//!
//! The truth is what the problem's reference says of the records that have arrived so far. It grows with each of them
//! ([`batch::growing`]), and each change of it, or of what is served, is held against the other side's row at once. So a
//! record costs about as much as the rows it changes, and no prefix is ever computed as a whole; [`compare::Wrongness`] says
//! what comes of it.

mod claims;
mod names;
mod rows;
mod tally;

use batch::{BatchError, Growing};
use compare::{Percentiles, UntilRight, Wrongness, WrongnessPoint};
use datasets::{Keys, Table};

use self::{
    rows::{Rows, State},
    tally::Tally,
};
use crate::problem::{Params, Problem};

/// An answer that is served, held against the truth while records arrive.
///
/// Whoever serves tells of arrivals and of what is served in the order in which they happen. Rows are told as bytes, as
/// [`Table::write_key`] and [`Table::write_value`] write them.
pub struct Truth<'a, R> {
    growing: Box<dyn Growing<R>>,
    keys: &'a Keys,
    rows: Rows,
    tally: Tally,
    records: u64,
    points: Vec<WrongnessPoint>,
    touched: Vec<u32>,
}

impl<'a, R> Truth<'a, R> {
    /// The truth of a problem whose answer is a table that grows, and nothing for any other, before the first record.
    ///
    /// # Errors
    ///
    /// If there is no such answer under these parameters.
    pub fn of(problem: &Problem<R>, params: &Params, keys: &'a Keys) -> Result<Option<Self>, BatchError> {
        let Some(make) = problem.growing else { return Ok(None) };
        Ok(Some(Self::new(make(params)?, keys)))
    }

    /// An empty answer, served before the first record arrives.
    pub fn new(growing: Box<dyn Growing<R>>, keys: &'a Keys) -> Self {
        let rows = Rows::new(growing.columns());
        let (tally, points, touched) = (Tally::default(), Vec::new(), Vec::new());
        Self { growing, keys, rows, tally, records: 0, points, touched }
    }

    /// Returns a table of the answer's columns, without a row.
    pub fn columns(&self) -> &Table {
        self.rows.columns()
    }

    /// Takes the next record, which arrives at this time, in ms. Time doesn't run back: an earlier time counts as the last.
    ///
    /// # Errors
    ///
    /// Where the reference of the records so far fails.
    pub fn arrive(&mut self, record: &R, time_ms: i64) -> Result<(), BatchError> {
        self.tally.move_on(self.rows.wrong(), self.records, time_ms, true);
        self.touched.clear();
        self.growing.add(record, &mut self.touched)?;
        self.records += 1;
        let now = Now { growing: &*self.growing, keys: self.keys, moment: self.moment() };
        for &row in &self.touched {
            self.rows.touch(row, &now);
        }
        Ok(())
    }

    /// Lets time pass to this moment, in ms, without an arrival. What is served next is served then.
    pub fn pass_until(&mut self, time_ms: i64) {
        self.tally.move_on(self.rows.wrong(), self.records, time_ms, false);
    }

    /// Serves a row from now on: a new one, or another value.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        let now = Now { growing: &*self.growing, keys: self.keys, moment: self.moment() };
        self.rows.put(key, value, &now);
    }

    /// Serves no row of this key from now on.
    pub fn delete(&mut self, key: &[u8]) {
        let moment = self.moment();
        self.rows.delete(key, moment);
    }

    /// Serves these rows, each a key and a value, and no others from now on.
    pub fn replace<'b>(&mut self, rows: impl IntoIterator<Item = (&'b [u8], &'b [u8])>) {
        let now = Now { growing: &*self.growing, keys: self.keys, moment: self.moment() };
        let kept = rows.into_iter().map(|(key, value)| self.rows.put(key, value, &now)).collect();
        self.rows.keep_only(kept, now.moment);
    }

    /// Returns how many records had arrived at the last point.
    pub fn sampled(&self) -> Option<u64> {
        self.points.last().map(|point| point.records)
    }

    /// Adds a point at the present prefix; the served answer claims to be complete up to `watermark_ms`, until a later
    /// point says otherwise.
    pub fn sample(&mut self, watermark_ms: Option<i64>) {
        let claimed = self.rows.claim(watermark_ms);
        let staleness_ms = watermark_ms.zip(self.growing.newest_ms()).map(|(watermark, newest)| {
            let behind = i128::from(newest) - i128::from(watermark);
            u64::try_from(behind.max(0)).unwrap_or(u64::MAX)
        });
        let count = |state| self.rows.count(state);
        self.points.push(WrongnessPoint {
            records: self.records,
            time_ms: self.tally.now_ms(),
            rows: count(State::Right) + count(State::Missing) + count(State::Changed),
            missing: count(State::Missing),
            changed: count(State::Changed),
            extra: count(State::Extra),
            claimed,
            for_good: 0,
            staleness_ms,
        });
    }

    /// Ends the log: says how wrong the served answer was.
    pub fn end(mut self) -> Wrongness {
        let now_ms = self.tally.now_ms();
        self.tally.move_on(self.rows.wrong(), self.records, now_ms, true);
        self.mark_for_good();
        let (mut durations, never) = self.rows.until_right();
        let rows = durations.len() as u64;
        let time = Percentiles::of(&mut durations);
        let mut staleness: Vec<u64> = self.points.iter().filter_map(|point| point.staleness_ms).collect();
        self.tally.wrongness(
            self.records,
            self.points,
            UntilRight { rows, never, time },
            Percentiles::of(&mut staleness),
        )
    }

    /// Counts at each point the rows that are wrong from there to the end.
    fn mark_for_good(&mut self) {
        let mut begins = vec![0; self.points.len()];
        for point in self.rows.wrong_for_good() {
            if let Some(begins) = begins.get_mut(point as usize) {
                *begins += 1;
            }
        }
        let mut for_good = 0;
        for (point, begins) in self.points.iter_mut().zip(begins) {
            for_good += begins;
            point.for_good = for_good;
        }
    }

    fn moment(&self) -> Moment {
        Moment { now_ms: self.tally.now_ms(), next_point: self.points.len() as u32 }
    }
}

/// When something happens.
#[derive(Debug, Clone, Copy)]
struct Moment {
    now_ms: i64,
    /// The first point that will see it.
    next_point: u32,
}

/// The truth at a moment.
struct Now<'a, R> {
    growing: &'a dyn Growing<R>,
    keys: &'a Keys,
    moment: Moment,
}
