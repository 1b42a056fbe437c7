//! Where two answers part: the first record that one of them has taken in and the other hasn't.
//!
//! Nobody sees into a job; its rows are all that there is, whichever engine it runs on. But the truth is known after each
//! record ([`batch::growing`]): a version that stopped counting at some record, because it took it for late, has the row that
//! was true before this record. So the truth is followed through the differing rows, and for each version the record is noted
//! at which the truth left its row. A row that was never true, as one of wrong times, tells nothing.

#[cfg(test)]
mod tests;

use std::{cmp::Ordering, collections::HashMap};

use batch::{BatchError, Growing};
use compare::{Pair, PartingRecord, Role, Rules, differing_places, number_order};
use datasets::{Cell, Keys, Record, Table};

use crate::{
    error::Error,
    trial::{Given, Trial},
};

/// So many rows are looked into, in the order of their kinds and keys.
const MOST_ROWS: usize = 100_000;
/// Records between two looks at the stop signal.
const STRETCH: usize = 1 << 16;

/// Returns the first record that parts the two versions' tables, where they differ and their rows tell.
pub(super) fn parting<R: Record>(
    trial: &Trial<'_, R>,
    versions: &Pair<Given>,
    rules: &Rules,
) -> Result<Option<PartingRecord>, Error> {
    // Somebody else's truth isn't the catalogue's, which alone is known at each record.
    let (Some(make), None) = (trial.problem.growing, &trial.plan.truth) else { return Ok(None) };
    let Pair { stable: Given::Table(stable), candidate: Given::Table(candidate) } = versions else {
        return Ok(None);
    };
    let keys = &trial.loaded.keys;
    // Where the truth fails before its end, it isn't known where the two part.
    let Ok(mut growing) = make(&trial.plan.params) else { return Ok(None) };
    let Some(shape) = Shape::of(&growing.columns(), &stable.table, trial.plan.scale) else { return Ok(None) };
    let mut followed = Followed::new(shape, [&stable.table, &candidate.table], keys, rules);
    if followed.rows.is_empty() {
        return Ok(None);
    }
    for stretch in trial.arranged.records.chunks(STRETCH) {
        trial.work.control.check()?;
        for record in stretch {
            if followed.take(&mut *growing, record, keys).is_err() {
                return Ok(None);
            }
        }
    }
    let mut found = followed.first();
    if let (Some(found), Some(offsets)) = (&mut found, &trial.arranged.offsets) {
        found.record = offsets[found.record as usize].into();
    }
    Ok(found)
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

/// A row in which the versions differ.
struct Row {
    key: Vec<String>,
    /// Its values in each version's answer; nothing where that has no such row.
    values: Pair<Option<Vec<String>>>,
    /// Says whether the truth is each version's row now; neither side has one before the first record.
    is_true: Pair<bool>,
    /// The record at which the truth last left each version's row.
    left_at: Pair<Option<Left>>,
}

/// A record, by its place in the order of the replay.
#[derive(Debug, Clone, Copy)]
struct Left {
    record: u64,
    event_time_ms: Option<i64>,
    newest_ms: Option<i64>,
}

impl Row {
    fn new(key: Vec<String>, values: Pair<Option<Vec<String>>>) -> Self {
        let is_true = values.as_ref().map(Option::is_none);
        Self { key, values, is_true, left_at: Pair { stable: None, candidate: None } }
    }

    /// The truth has these values from `here` on.
    fn change(&mut self, truth: Option<&[String]>, here: Left) {
        for role in Role::BOTH {
            if self.is_true[role] {
                self.left_at[role] = Some(here);
            }
            self.is_true[role] = match (&self.values[role], truth) {
                (None, None) => true,
                (Some(values), Some(truth)) => {
                    values.iter().zip(truth).all(|(one, other)| is_equal(one, other))
                }
                _ => false,
            };
        }
    }

    /// The first record that only one of the two has taken in, and the one that hasn't. Nothing where a version's row never was
    /// true.
    fn parting(&self) -> Option<(Left, Role)> {
        let end = |role: Role| if self.is_true[role] { Some(None) } else { self.left_at[role].map(Some) };
        match (end(Role::Stable)?, end(Role::Candidate)?) {
            (Some(stable), Some(candidate)) if stable.record <= candidate.record => {
                Some((stable, Role::Stable))
            }
            (_, Some(candidate)) => Some((candidate, Role::Candidate)),
            (Some(stable), None) => Some((stable, Role::Stable)),
            (None, None) => None,
        }
    }
}

/// Numbers by their value, for a job may write `2.50` or `2.5`.
fn is_equal(one: &str, other: &str) -> bool {
    one == other || number_order(one, other) == Some(Ordering::Equal)
}

/// Says that a row of the growing answer isn't followed.
const NOT_FOLLOWED: u32 = u32::MAX;
/// Says that a row of the growing answer hasn't been looked up.
const UNKNOWN: u32 = u32::MAX - 1;

/// The rows that differ, while the truth goes by.
struct Followed {
    shape: Shape,
    rows: Vec<Row>,
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
        Self { shape, rows, by_key, places: Vec::new(), records: 0, touched: Vec::new(), cells: Vec::new() }
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
        let told = || self.rows.iter().filter_map(|row| Some((row, row.parting()?)));
        let (row, (at, without)) =
            told().min_by(|(a, (x, _)), (b, (y, _))| (x.record, &a.key).cmp(&(y.record, &b.key)))?;
        let behind = at.newest_ms.zip(at.event_time_ms).map(|(newest, own)| newest.saturating_sub(own));
        Some(PartingRecord {
            record: at.record,
            event_time_ms: at.event_time_ms,
            behind_ms: behind.filter(|behind| *behind > 0),
            key: row.key.clone(),
            without,
            rows: self.rows.len() as u64,
            told: told().count() as u64,
        })
    }
}
