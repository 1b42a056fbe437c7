//! Where two answers part: the first record that one of them has taken in and the other hasn't.
//!
//! Nobody sees into a job; its rows are all that there is, whichever engine it runs on. But the truth is known after each
//! record ([`batch::growing`]): a version that stopped counting at some record, because it took it for late, has the row that
//! was true before this record. So the truth is followed through the differing rows, and for each version the record is noted
//! at which the truth left its row. A row that was never true, as one of wrong times, tells nothing.

mod row;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use batch::{BatchError, Growing};
use compare::{Pair, PartingRecord, Role, RowCause, RowDifference, RowDifferences, Rules, differing_places};
use datasets::{Cell, Keys, Record, Table};

use self::row::{Left, Row};
use crate::{
    error::Error,
    trial::{Given, Trial},
};

/// So many rows are looked into, in the order of their kinds and keys.
const MOST_ROWS: usize = 100_000;
/// Records between two looks at the stop signal.
const STRETCH: usize = 1 << 16;

/// So many rows of an answer are gone through for those that are listed and alike in both.
const MOST_SEARCHED: usize = 200_000;

/// Holds what the rows that differ tell.
#[derive(Debug, Default)]
pub(super) struct Parted {
    /// The first record that parts the two versions' tables.
    pub(super) first: Option<PartingRecord>,
    /// Of listed rows that aren't the reference's: the first record that is lacking, stable's rows first.
    pub(super) causes: Vec<RowCause>,
}

/// Follows the truth through rows that differ between the two versions, and through those that are listed as unlike the
/// reference's.
pub(super) fn parting<R: Record>(
    trial: &Trial<'_, R>,
    versions: &Pair<Given>,
    listed: Pair<&RowDifferences>,
    rules: &Rules,
) -> Result<Parted, Error> {
    let none = || Ok(Parted::default());
    // Somebody else's truth isn't the catalogue's, which alone is known at each record.
    let (Some(make), None) = (trial.problem.growing, &trial.plan.truth) else { return none() };
    let Pair { stable: Given::Table(stable), candidate: Given::Table(candidate) } = versions else {
        return none();
    };
    let keys = &trial.loaded.keys;
    // Where the truth fails before its end, it isn't known where the two part.
    let Ok(mut growing) = make(&trial.plan.params) else { return none() };
    let Some(shape) = Shape::of(&growing.columns(), &stable.table, trial.plan.scale) else { return none() };
    let tables = [&stable.table, &candidate.table];
    let mut followed = Followed::new(shape, tables, keys, rules);
    followed.add_listed(listed, tables, keys);
    if followed.rows.is_empty() {
        return none();
    }
    for stretch in trial.arranged.records.chunks(STRETCH) {
        trial.work.control.check()?;
        for record in stretch {
            if followed.take(&mut *growing, record, keys).is_err() {
                return none();
            }
        }
    }
    let mut found = Parted { first: followed.first(), causes: followed.causes(listed) };
    if let Some(offsets) = &trial.arranged.offsets {
        let records = found.first.iter_mut().map(|first| &mut first.record);
        for record in records.chain(found.causes.iter_mut().map(|cause| &mut cause.record)) {
            *record = offsets[*record as usize].into();
        }
    }
    Ok(found)
}

/// The key of a listed row.
fn key_of(row: &RowDifference) -> &Vec<String> {
    match row {
        RowDifference::Missing { key, .. }
        | RowDifference::Extra { key, .. }
        | RowDifference::Superseded { key, .. }
        | RowDifference::Changed { key, .. } => key,
    }
}

/// Where the columns of the answer stand in a version's table, and the unit of its values.
struct Shape {
    /// Of each column of the growing answer that both have: its place there, and in the tables.
    columns: Vec<[usize; 2]>,
    /// The growing answer's columns, without a row.
    pattern: Table,
}

impl Shape {
    /// Nothing where a column is lacking that names rows.
    fn of(growing: &Table, table: &Table, scale: u64) -> Option<Self> {
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let columns: Vec<[usize; 2]> = (growing.columns.iter().enumerate())
            .filter_map(|(at, column)| Some([at, place(&column.name)?]))
            .collect();
        let named = columns.iter().filter(|[at, _]| *at < growing.key_columns).count();
        let mut pattern = growing.clone();
        pattern.restore_unit(scale);
        (named == growing.key_columns).then_some(Self { columns, pattern })
    }

    /// A version's row as texts: its key, or else its values.
    fn texts(&self, is_key: bool, table: &Table, row: usize, keys: &Keys) -> Vec<String> {
        let columns = self.columns.iter().filter(|[at, _]| is_key == (*at < self.pattern.key_columns));
        columns.map(|[_, at]| table.text(*at, row, keys)).collect()
    }

    /// The key of a row of the growing answer.
    fn true_key(&self, cells: &[Cell], keys: &Keys) -> Vec<String> {
        let names = self.pattern.columns[..self.pattern.key_columns].to_vec();
        let mut one = Table::new(self.pattern.key_columns, names);
        one.push_row(cells);
        (0..one.columns.len()).map(|at| one.text(at, 0, keys)).collect()
    }

    /// The values of a row of the growing answer, of which all cells are given.
    fn true_values(&self, cells: &[Cell], keys: &Keys) -> Vec<String> {
        let mut one = self.pattern.clone();
        one.push_row(cells);
        let values = self.columns.iter().filter(|[at, _]| *at >= self.pattern.key_columns);
        values.map(|[at, _]| one.text(*at, 0, keys)).collect()
    }
}

/// Says that a row of the growing answer isn't followed.
const NOT_FOLLOWED: u32 = u32::MAX;
/// Says that a row of the growing answer hasn't been looked up.
const UNKNOWN: u32 = u32::MAX - 1;

/// The rows that differ, while the truth goes by.
struct Followed {
    shape: Shape,
    rows: Vec<Row>,
    /// So many of them differ between the versions; the others are listed, and alike in both.
    differing: usize,
    by_key: HashMap<Vec<String>, u32>,
    /// For each row of the growing answer its place in `rows`.
    places: Vec<u32>,
    records: u64,
    touched: Vec<u32>,
    cells: Vec<Cell>,
}

impl Followed {
    fn new(shape: Shape, [stable, candidate]: [&Table; 2], keys: &Keys, rules: &Rules) -> Self {
        let found = differing_places(stable, candidate, keys, rules);
        let changed = found.changed.iter().map(|[stable, candidate]| (Some(*stable), Some(*candidate)));
        let missing = found.missing.iter().map(|row| (Some(*row), None));
        let extra = found.extra.iter().map(|row| (None, Some(*row)));
        let mut rows = Vec::new();
        for (left, right) in changed.chain(missing).chain(extra).take(MOST_ROWS) {
            let side =
                |is_key, table, row: Option<usize>| row.map(|row| shape.texts(is_key, table, row, keys));
            let key = side(true, stable, left).or_else(|| side(true, candidate, right)).unwrap_or_default();
            let values = Pair { stable: side(false, stable, left), candidate: side(false, candidate, right) };
            rows.push(Row::new(key, values));
        }
        let by_key = rows.iter().zip(0..).map(|(row, at)| (row.key.clone(), at)).collect();
        let differing = rows.len();
        let (places, touched, cells) = (Vec::new(), Vec::new(), Vec::new());
        Self { shape, rows, differing, by_key, places, records: 0, touched, cells }
    }

    /// Follows listed rows, too, that both versions have alike.
    fn add_listed(&mut self, listed: Pair<&RowDifferences>, tables: [&Table; 2], keys: &Keys) {
        if tables.iter().any(|table| table.rows() > MOST_SEARCHED) {
            return;
        }
        for row in Role::BOTH.iter().flat_map(|role| &listed[*role].worst) {
            let key = key_of(row);
            if key.len() == self.shape.pattern.key_columns && !self.by_key.contains_key(key) {
                self.by_key.insert(key.clone(), self.rows.len() as u32);
                self.rows.push(Row::new(key.clone(), Pair { stable: None, candidate: None }));
            }
        }
        if self.rows.len() == self.differing {
            return;
        }
        for (role, table) in Role::BOTH.into_iter().zip(tables) {
            for row in 0..table.rows() {
                let at = self.by_key.get(&self.shape.texts(true, table, row, keys));
                if let Some(followed) = at.map(|&at| at as usize).filter(|&at| at >= self.differing) {
                    let values = self.shape.texts(false, table, row, keys);
                    self.rows[followed].values[role] = Some(values);
                    self.rows[followed].is_true[role] = false;
                }
            }
        }
    }

    /// The first record that each listed row lacks, where its version had the truth before it.
    fn causes(&self, listed: Pair<&RowDifferences>) -> Vec<RowCause> {
        let rows = Role::BOTH
            .into_iter()
            .flat_map(|role| listed[role].worst.iter().map(move |row| (role, key_of(row))));
        let cause = |(role, key): (Role, &Vec<String>)| {
            let row = &self.rows[*self.by_key.get(key)? as usize];
            let left = row.left_at[role].filter(|_| !row.is_true[role])?;
            let (event_time_ms, behind_ms) = (left.event_time_ms, left.behind_ms());
            Some(RowCause { role, key: key.clone(), record: left.record, event_time_ms, behind_ms })
        };
        rows.filter_map(cause).collect()
    }

    /// Takes the next record, which changes the truth.
    fn take<R: Record>(
        &mut self,
        growing: &mut dyn Growing<R>,
        record: &R,
        keys: &Keys,
    ) -> Result<(), BatchError> {
        let here = Left {
            record: self.records,
            event_time_ms: record.event_time_ms(),
            newest_ms: growing.newest_ms(),
        };
        self.records += 1;
        self.touched.clear();
        growing.add(record, &mut self.touched)?;
        self.touched.sort_unstable();
        self.touched.dedup();
        for at in 0..self.touched.len() {
            let row = self.touched[at];
            let place = self.place(row, growing, keys);
            let Some(followed) = self.rows.get_mut(place as usize) else { continue };
            let truth = growing.has(row).then(|| {
                self.cells.clear();
                growing.key(row, &mut self.cells);
                growing.value(row, &mut self.cells);
                self.shape.true_values(&self.cells, keys)
            });
            followed.change(truth.as_deref(), here);
        }
        Ok(())
    }

    /// The place of a row of the growing answer among those that are followed.
    fn place<R>(&mut self, row: u32, growing: &dyn Growing<R>, keys: &Keys) -> u32 {
        let at = row as usize;
        if at >= self.places.len() {
            self.places.resize(at + 1, UNKNOWN);
        }
        if self.places[at] == UNKNOWN {
            self.cells.clear();
            growing.key(row, &mut self.cells);
            let key = self.shape.true_key(&self.cells, keys);
            self.places[at] = self.by_key.get(&key).copied().unwrap_or(NOT_FOLLOWED);
        }
        self.places[at]
    }

    /// The first record at which rows part, of all that tell; of two rows the one with the first key.
    fn first(&self) -> Option<PartingRecord> {
        let differing = &self.rows[..self.differing];
        let told = || differing.iter().filter_map(|row| Some((row, row.parting()?)));
        let (row, (at, without)) =
            told().min_by(|(a, (x, _)), (b, (y, _))| (x.record, &a.key).cmp(&(y.record, &b.key)))?;
        Some(PartingRecord {
            record: at.record,
            event_time_ms: at.event_time_ms,
            behind_ms: at.behind_ms(),
            key: row.key.clone(),
            without,
            rows: differing.len() as u64,
            told: told().count() as u64,
        })
    }
}
