//! Two tables held against each other: what is missing, extra, changed, equal.
//!
//! Rows are paired by their keys once; then the columns are compared one after the other, each by its rule.

mod blocks;
#[cfg(test)]
mod by_definition;
mod cells;
mod columns;
mod differing;
mod examples;
mod keyed;
mod marks;
mod order;
mod pairing;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use datasets::{Keys, Table};

use self::{
    columns::{Shared, places},
    examples::Differing,
    keyed::NoKey,
    marks::Marks,
    order::Order,
    pairing::{Pairing, Partners},
};
use crate::{Divergence, Glance, Rule, Rules};

pub use self::differing::{DifferingField, DifferingRow, RowDifference};
pub(crate) use self::{
    blocks::Blocks,
    cells::{How, Sense, Typing, distance},
    keyed::Keyed,
};

/// Says how many differing rows of two answers are kept for display. Counting never stops.
pub(crate) const SHOWN_ROWS: usize = 20;
/// Says how many differing rows of two tables are kept.
pub const LISTED_ROWS: usize = 1000;

/// Says how much is listed of the rows that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// So many rows.
    pub rows: usize,
    /// So many differing fields of a row.
    pub fields: usize,
    /// So many characters of a field.
    pub chars: usize,
}

impl Listed {
    /// Lists what `results.json` has of answers.
    const OF_ANSWERS: Self = Self { rows: SHOWN_ROWS, fields: 1, chars: usize::MAX };
    /// Lists what a comparison of two tables has.
    pub const OF_TABLES: Self = Self { rows: LISTED_ROWS, fields: 20, chars: 200 };
}

/// Describes how two tables are compared.
#[derive(Clone, Copy)]
pub struct Comparing<'a> {
    /// The columns that name a row. Rows stand in any order, each with a key of its own.
    pub key: &'a [String],
    /// How each column is compared.
    pub rules: &'a Rules,
    /// The texts to which [`Cells::Text`](datasets::Cells::Text) refer.
    pub keys: &'a Keys,
    /// How much is listed.
    pub listed: Listed,
    /// Is asked now and then whether to go on; once it has said no, it must not say yes again.
    pub go_on: &'a dyn Fn() -> bool,
}

/// Why two tables can't be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableError {
    /// A key column that one of them lacks.
    NoKeyColumn {
        /// Says whether the left one lacks it.
        left: bool,
        /// The column.
        column: String,
    },
    /// A row without a field of the key.
    NoKeyField {
        /// Says whether it is in the left one.
        left: bool,
        /// The column.
        column: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// A key that stands in more than one row of the same table: a join on it would multiply rows.
    DuplicateKey {
        /// Says whether it is in the left one.
        left: bool,
        /// The key's fields.
        key: Vec<Glance>,
        /// The 1-based numbers of the first two rows with it.
        rows: (usize, usize),
    },
    /// Somebody asked to stop.
    Stopped,
}

/// Describes what differs between two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Counts of rows: *missing* are in the left table only, *extra* in the right only.
    pub rows: Divergence,
    /// For each column that both have and the key doesn't: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// Columns of the left table only.
    pub columns_missing: Vec<String>,
    /// Columns of the right table only.
    pub columns_extra: Vec<String>,
    /// The first rows that differ, in the order of their keys; at most as many as are to be listed.
    pub examples: Vec<DifferingRow>,
}

impl TableComparison {
    /// Returns whether the tables say the same, whatever the order of rows and columns.
    pub fn is_none(&self) -> bool {
        self.rows.rows() == 0 && self.columns_missing.is_empty() && self.columns_extra.is_empty()
    }
}

/// Pairs the rows of two tables by their keys and counts what differs. Order of rows and columns doesn't matter.
///
/// Written fields are equal that are written alike: `1` and `1.0` differ. Where both tables have types, `1` and `"1"`
/// differ, too; a missing field, `null` and an empty text are three things. Cells of different kinds always differ.
pub fn compare_tables(
    left: &Table,
    right: &Table,
    how: &Comparing<'_>,
) -> Result<TableComparison, TableError> {
    let sense = Sense { keys: how.keys, typing: Typing::of(left, right) };
    let (left, left_order) = keyed(left, true, how, sense)?;
    let (right, pairing) = pair_with(right, (&left, &left_order), how, sense)?;
    let found = held_against(&left, &right, &pairing, how);
    if (how.go_on)() { Ok(found) } else { Err(TableError::Stopped) }
}

/// Compares two answers to one problem: tables of one shape, sorted by the columns that name their rows. Of rows with one
/// key the first are paired, and so on.
///
/// # Panics
///
/// When the tables' columns aren't the same.
pub fn compare_answers(left: &Table, right: &Table, keys: &Keys, rules: &Rules) -> TableComparison {
    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| &*column.name).collect()
    }
    assert_eq!(names(left), names(right), "answers to one problem have one shape");
    let sense = Sense { keys, typing: Typing::of(left, right) };
    let (left, right) = (Keyed::own(left, sense), Keyed::own(right, sense));
    let pairing = Pairing::of_sorted(&left, &right);
    let how = Comparing { key: &[], rules, keys, listed: Listed::OF_ANSWERS, go_on: &|| true };
    held_against(&left, &right, &pairing, &how)
}

/// Finds a table's key columns, and the order in which its keys ascend.
fn keyed<'a>(
    table: &'a Table,
    left: bool,
    how: &Comparing<'a>,
    sense: Sense<'a>,
) -> Result<(Keyed<'a>, Order), TableError> {
    let table = named(table, left, how, sense)?;
    let order = ascending(&table, left, how)?;
    Ok((table, order))
}

fn named<'a>(
    table: &'a Table,
    left: bool,
    how: &Comparing<'a>,
    sense: Sense<'a>,
) -> Result<Keyed<'a>, TableError> {
    if !(how.go_on)() {
        return Err(TableError::Stopped);
    }
    Keyed::named(table, how.key, sense)
        .map_err(|column| TableError::NoKeyColumn { left, column: column.clone() })
}

fn ascending(table: &Keyed<'_>, left: bool, how: &Comparing<'_>) -> Result<Order, TableError> {
    table.ascending().map_err(|why| match why {
        NoKey::NoField { column, row } => {
            TableError::NoKeyField { left, column: table.table.columns[column].name.to_string(), row }
        }
        NoKey::Twice(first, second) => TableError::DuplicateKey {
            left,
            key: table.key_as_written(second, how.listed.chars),
            rows: (first + 1, second + 1),
        },
    })
}

/// Pairs the rows of the right table with those of the left one. Where both have the same keys in the same order, that
/// is all there is to know of the right one's.
fn pair_with<'a>(
    right: &'a Table,
    (left, left_order): (&Keyed<'a>, &Order),
    how: &Comparing<'a>,
    sense: Sense<'a>,
) -> Result<(Keyed<'a>, Pairing), TableError> {
    let right = named(right, false, how, sense)?;
    if left.rows() == right.rows() && left.agrees(0, &right, 0, left.rows()) {
        return Ok((right, Pairing::in_place(left.rows(), left_order)));
    }
    let order = ascending(&right, false, how)?;
    let pairing = Pairing::merge((left, left_order), (&right, &order));
    Ok((right, pairing))
}

/// Compares the columns of paired rows.
fn held_against(
    left: &Keyed<'_>,
    right: &Keyed<'_>,
    pairing: &Pairing,
    how: &Comparing<'_>,
) -> TableComparison {
    let shared = Shared::of(left, right, how.rules);
    let partners = shared.iter().any(Shared::has_gaps);
    let partners = partners.then(|| Partners::new(pairing, left.rows(), right.rows()));
    let mut changed = Marks::new(left.rows());
    let mut count = |column: &Shared<'_>| {
        let mut rows = 0;
        column.differing(pairing, partners.as_ref(), how.go_on, |row| {
            rows += 1;
            changed.mark(row);
        });
        rows
    };
    let counts: Vec<u64> = shared.iter().map(&mut count).collect();
    let columns =
        shared.iter().zip(&counts).filter(|&(_, &rows)| rows > 0).map(|(column, _)| column).collect();
    let differing =
        Differing { left, right, pairing, partners: partners.as_ref(), changed: &changed, columns };
    TableComparison {
        rows: Divergence {
            missing: pairing.missing.len() as u64,
            extra: pairing.extra.len() as u64,
            changed: changed.count(),
            equal: pairing.pairs() - changed.count(),
        },
        changed_by_column: shared.iter().map(|column| column.name.to_owned()).zip(counts).collect(),
        columns_missing: only_in(left.table, right.table, how.rules),
        columns_extra: only_in(right.table, left.table, how.rules),
        examples: differing.listed(how.listed),
    }
}

fn only_in(one: &Table, other: &Table, rules: &Rules) -> Vec<String> {
    let others = places(other);
    let names = one.columns.iter().map(|column| &*column.name);
    let only = names.filter(|name| !others.contains_key(name) && rules.of(name) != Rule::Ignore);
    only.map(str::to_owned).collect()
}
