//! Describes what a job that answers with a table has concluded at the end of input.

use std::borrow::Cow;

use datasets::{Cells, Table};
use serde::{Deserialize, Serialize};

use crate::settling::{RECORD, Settling};

/// The answer of a table job, and the account of every record it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concluded {
    /// The answer: each row's last value, sorted by key.
    pub table: Table,
    /// Says how it follows from the firings, where there are any.
    pub settling: Settling,
    /// Everything that was emitted, in the order in which it was. `None` where rows are emitted once, at the end.
    pub firings: Option<Table>,
    /// Holds what was dropped for coming late: a row for each record and, where there are windows, each window.
    pub late: Table,
    /// Holds what was refused: each record's number in arrival order, and why.
    pub rejected: Vec<(u64, Cow<'static, str>)>,
    /// Rows of the answer whose session became part of a longer one after they had been emitted: their records count
    /// in both.
    pub superseded: Vec<Superseded>,
    /// Holds what became of the records.
    pub counts: Counts,
}

impl Concluded {
    /// Renumbers the records of firings and side outputs: from arrival order to whatever `number` says.
    pub fn number_records_by(&mut self, number: &impl Fn(u64) -> u64) {
        for (record, _) in &mut self.rejected {
            *record = number(*record);
        }
        for table in [&mut self.late].into_iter().chain(&mut self.firings) {
            let records = table.columns.iter_mut().find(|column| column.name == RECORD);
            if let Some(Cells::Int(records)) = records.map(|column| &mut column.cells) {
                for record in records {
                    *record = number(record.cast_unsigned()).cast_signed();
                }
            }
        }
    }
}

/// A row of a session that merged into a longer one after the row had been emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Where the shorter session starts.
    pub start_ms: i64,
    /// Where it ends.
    pub end_ms: i64,
    /// Its key's number.
    pub key: u32,
    /// Says how many records the row counts.
    pub records: u64,
}

/// Describes what became of the records. All that stand in none of these counts were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Records seen.
    pub records: u64,
    /// Records that were dropped wholly for coming late: for each of their windows.
    pub late: u64,
    /// Records that had been seen before.
    pub duplicate: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records kept in state at the end of input of which nothing was ever emitted.
    pub not_emitted: u64,
    /// Records that lie in the gaps between windows.
    pub no_window: u64,
    /// Pairs of a record and a window that were dropped for coming late.
    pub late_pairs: u64,
    /// Rows emitted.
    pub firings: u64,
    /// Micro-batches, where there were any.
    pub batches: u64,
    /// The most entries that the state held at once.
    pub state_peak: u64,
}

/// Why a job could not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// The record, counted from 0 in arrival order, at which it gave up.
    pub record: u64,
    /// Holds what happened, in a sentence's middle: `the state holds 1000001 entries, 1000000 are allowed`.
    pub message: String,
    /// Holds what the user can do about it.
    pub hint: Option<String>,
}
