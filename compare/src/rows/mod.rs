//! Two tables held against each other row by row: one is kept as packed bytes, the other goes by.
//!
//! Rows are paired by their keys. Rows of a pair that are the same bytes are equal, whatever the rules; of others each
//! cell is looked at. So time and memory are those of reading the tables and of keeping one of them.

mod batch;
mod between;
mod column;
mod found;
mod pack;
mod plan;
mod samples;
mod shelf;
mod slots;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use datasets::{Row, Rows};

use self::{
    batch::Batch,
    pack::Packed,
    plan::{Head, Plan},
    samples::glances,
    shelf::Shelf,
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
    let plan = Plan::of(head(left), head(right), how)?;
    let shelf = shelved(left, &plan, how, go_on)?;
    let tally = Tally::new(&plan, how).asking(histories);
    Finding::new(tally, shelf).held_against(right, &plan, go_on)
}

fn head(rows: &dyn Rows) -> Head<'_> {
    Head { columns: rows.columns(), is_typed: rows.is_typed() }
}

/// Reads the left table.
fn shelved(
    left: &mut dyn Rows,
    plan: &Plan,
    how: &ComparingRows,
    go_on: &dyn Fn() -> bool,
) -> Result<Shelf, RowsError> {
    let mut shelf = Shelf::default();
    let (mut row, mut packed) = (Row::default(), Vec::new());
    while left.next(&mut row)? {
        let key = plan.left.pack(&row, &mut packed).map_err(no_key(left, Which::Left, plan))?;
        shelf.push(&packed, key);
    }
    let (mut again, mut rows) = (Vec::new(), 0);
    let went_on = shelf.index(
        |first, number, key| {
            rows += 1;
            if again.len() < DUPLICATES {
                again.push((first, number, glances(key, how.chars)));
            }
        },
        go_on,
    );
    if !went_on {
        return Err(datasets::Error::Interrupted.into());
    }
    if rows == 0 {
        return Ok(shelf);
    }
    let example =
        |(first, row, key)| Duplicate { key, row: row + 1, first: Some(shelf.number_at(first) + 1) };
    let examples = again.into_iter().map(example).collect();
    Err(RowsError::Duplicates { which: Which::Left, rows, examples })
}

/// Says where the row stands that was read last, which has nothing in a column of the key.
fn no_key(rows: &dyn Rows, which: Which, plan: &Plan) -> impl FnOnce(usize) -> RowsError {
    move |column| RowsError::NoKeyField { which, column: plan.key[column].clone(), place: rows.place() }
}

/// Two tables while they are compared.
struct Finding<'a> {
    shelf: Shelf,
    /// The keys of the right table only.
    extra_keys: Shelf,
    tally: Tally<'a>,
    /// How many rows of the right table were taken.
    met: u64,
    again: Vec<Duplicate>,
    rows_again: u64,
}

impl<'a> Finding<'a> {
    fn new(tally: Tally<'a>, shelf: Shelf) -> Self {
        Self { shelf, extra_keys: Shelf::default(), tally, met: 0, again: Vec::new(), rows_again: 0 }
    }

    fn held_against(
        mut self,
        right: &mut dyn Rows,
        plan: &Plan,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(RowsFound, Between), RowsError> {
        let (mut row, mut packed) = (Row::default(), Vec::new());
        let mut batch = Batch::default();
        while right.next(&mut row)? {
            let key = plan.right.pack(&row, &mut packed).map_err(no_key(right, Which::Right, plan))?;
            if batch.push(self.shelf.hash(&packed[..key]), &packed, key) {
                self.meet(&batch);
                batch.clear();
            }
        }
        self.meet(&batch);
        self.take_missing(plan, go_on)?;
        self.finish(plan)
    }

    /// Takes rows of the right table.
    fn meet(&mut self, batch: &Batch) {
        self.shelf.fetch(batch);
        for (hash, key, values) in batch.rows() {
            self.met += 1;
            match self.shelf.meet(hash, key) {
                Some((known, false)) => self.tally.take_pair(key, &known[key.len()..], values),
                None if self.extra_keys.insert(self.extra_keys.hash(key), key) => {
                    self.tally.take_extra(key, values);
                }
                Some((_, true)) | None => {
                    self.rows_again += 1;
                    if self.again.len() < DUPLICATES {
                        let key = glances(key, self.tally.how.chars);
                        self.again.push(Duplicate { key, row: self.met, first: None });
                    }
                }
            }
        }
    }

    /// Takes what wasn't met.
    fn take_missing(&mut self, plan: &Plan, go_on: &dyn Fn() -> bool) -> Result<(), RowsError> {
        for (at, (key, values)) in (0..).zip(self.shelf.unmet(plan.key.len())) {
            if u64::is_multiple_of(at, ROWS_UNASKED) && !go_on() {
                return Err(datasets::Error::Interrupted.into());
            }
            self.tally.take_missing(key, values);
        }
        Ok(())
    }

    fn finish(self, plan: &Plan) -> Result<(RowsFound, Between), RowsError> {
        if self.rows_again > 0 {
            let Self { again: examples, rows_again: rows, .. } = self;
            return Err(RowsError::Duplicates { which: Which::Right, rows, examples });
        }
        let holds_numbers = |column| {
            let mut fields =
                self.shelf.values().filter_map(|values| Packed::new(values).nth(column)?.number());
            fields.any(crate::number::is_number)
        };
        self.tally.finish(plan, holds_numbers)
    }
}
