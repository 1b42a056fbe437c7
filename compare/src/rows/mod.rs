//! Two tables held against each other row by row: one is kept as packed bytes, the other goes by.
//!
//! Rows are paired by their keys. Rows of a pair that are the same bytes are equal, whatever the rules; of others each
//! cell is looked at. So time and memory are those of reading the tables and of keeping one of them.
//!
//! One thread reads rows and packs them; a second one keeps them and looks them up, once there are many.

mod batch;
mod between;
mod column;
mod finding;
mod found;
mod pack;
mod plan;
mod samples;
mod shelf;
mod slots;
mod takers;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod thread_tests;

use std::{hash::BuildHasher as _, sync::atomic::AtomicBool, thread};

use datasets::{Row, Rows};
use foldhash::quality::RandomState;

use self::{
    finding::Finding,
    pack::Packer,
    plan::{Head, Plan},
    shelf::Shelf,
    takers::Takers,
    tally::Tally,
};

pub use self::{
    between::{Between, Histories, History, RightInBetween},
    column::{CellPair, ColumnFound, Deltas},
    found::{DifferingRows, Duplicate, RowCounts, RowsError, RowsFound, Which},
    plan::ComparingRows,
};

/// So many rows go by between two looks at whether to go on.
const ROWS_UNASKED: u64 = 4096;
/// So many keys are shown that stand in more than one row.
const DUPLICATES: usize = 3;
/// So many bytes of rows are worth a second thread.
const ALONE_BYTES: u64 = 1 << 20;

/// Compares two tables row by row. `go_on` is asked now and then; once it has said no, it must not say yes again.
pub fn compare_rows(
    left: &mut dyn Rows,
    right: &mut dyn Rows,
    how: &ComparingRows,
    go_on: &dyn Fn() -> bool,
) -> Result<RowsFound, RowsError> {
    let (found, _) = compare_rows_and_pasts(left, right, how, Histories::default(), go_on)?;
    Ok(found)
}

/// Compares two tables row by row, and asks for each row that one has and the other hasn't whether that one once had it.
pub fn compare_rows_and_pasts(
    left: &mut dyn Rows,
    right: &mut dyn Rows,
    how: &ComparingRows,
    histories: Histories<'_>,
    go_on: &dyn Fn() -> bool,
) -> Result<(RowsFound, Between), RowsError> {
    let has_two = thread::available_parallelism().is_ok_and(|processors| processors.get() > 1);
    let alone = if has_two { ALONE_BYTES } else { u64::MAX };
    Comparing { how, histories, go_on, alone }.compare(left, right)
}

fn head(rows: &dyn Rows) -> Head<'_> {
    Head { columns: rows.columns(), is_typed: rows.is_typed() }
}

/// Says how tables are compared, and on how many threads; what is found doesn't depend on these.
struct Comparing<'a> {
    how: &'a ComparingRows,
    histories: Histories<'a>,
    go_on: &'a dyn Fn() -> bool,
    /// So many bytes of rows are taken before there is a second thread.
    alone: u64,
}

impl Comparing<'_> {
    fn compare(&self, left: &mut dyn Rows, right: &mut dyn Rows) -> Result<(RowsFound, Between), RowsError> {
        let plan = Plan::of(head(left), head(right), self.how)?;
        let state = RandomState::default();
        let tally = Tally::new(&plan, self.how).asking(self.histories);
        let finding = Finding::new(tally, Shelf::new(state.clone()), Shelf::new(state.clone()));
        let stop = AtomicBool::new(false);
        let mut finding = thread::scope(|scope| {
            let takers = Takers::new(scope, Box::new(finding), &stop, self);
            let mut reading = Reading { state: &state, plan: &plan, takers };
            reading.read(left, Which::Left, &plan.left)?;
            let goes_on = reading.takers.end_left();
            let read = if goes_on { reading.read(right, Which::Right, &plan.right) } else { Ok(()) };
            // A key that stands twice on the left comes first, though it be found while the right is read.
            let finding = reading.takers.finish()?;
            read.map(|()| finding)
        })?;
        finding.take_missing(plan.key.len(), self.go_on)?;
        finding.finish(&plan)
    }
}

/// Reads the tables one after the other.
struct Reading<'t, 's, 'e> {
    state: &'t RandomState,
    plan: &'t Plan,
    takers: Takers<'s, 'e>,
}

impl Reading<'_, '_, '_> {
    /// Reads a table, or as much of it as is of use.
    fn read(&mut self, rows: &mut dyn Rows, which: Which, packer: &Packer) -> Result<(), RowsError> {
        let (mut row, mut count) = (Row::default(), 0_u64);
        while rows.next(&mut row)? {
            let batch = self.takers.batch();
            let pushed = batch.push(|bytes| packer.pack(&row, bytes), |key| self.state.hash_one(key));
            let is_full = batch.is_full();
            if let Err(column) = pushed {
                let column = self.plan.key[column].clone();
                return Err(RowsError::NoKeyField { which, column, place: rows.place() });
            }
            count += 1;
            if is_full {
                // A little more, since growing again costs more than some room.
                let expected = rows.share_read().map(|share| count as f64 / share * 1.02);
                batch.expected = expected.map_or(0, |rows| rows as usize);
                if !self.takers.take(which) {
                    return Ok(());
                }
            }
        }
        self.takers.take(which);
        Ok(())
    }
}
