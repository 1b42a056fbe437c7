//! Two keyed tables, row by row: what is missing, extra, changed, equal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Divergence;

/// How many differing rows are kept for display. Counting never stops.
pub(crate) const SHOWN_ROWS: usize = 20;

/// A table of text: a header and rows of as many fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with one field a column.
    pub rows: Vec<Vec<String>>,
}

/// Why two tables can't be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableError {
    /// A key column that one of them lacks.
    NoKeyColumn {
        /// Whether the left one lacks it.
        left: bool,
        /// The column.
        column: String,
    },
    /// A key that stands in more than one row of the same table: a join on it would multiply rows.
    DuplicateKey {
        /// Whether it is in the left one.
        left: bool,
        /// The key's fields.
        key: Vec<String>,
        /// The 1-based numbers of the first two rows with it.
        rows: (usize, usize),
    },
}

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "lowercase", deny_unknown_fields)]
pub enum RowDifference {
    /// In the left table only.
    Missing {
        /// Its key.
        key: Vec<String>,
    },
    /// In the right table only.
    Extra {
        /// Its key.
        key: Vec<String>,
    },
    /// In both, with another value in this column (the first that differs).
    Changed {
        /// Its key.
        key: Vec<String>,
        /// The column.
        column: String,
        /// The left value.
        left: String,
        /// The right value.
        right: String,
    },
}

/// What differs between two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDivergence {
    /// Counts of rows: *missing* are in the left table only, *extra* in the right only.
    pub rows: Divergence,
    /// For each column that both have and the key doesn't: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// Columns of the left table only.
    pub columns_missing: Vec<String>,
    /// Columns of the right table only.
    pub columns_extra: Vec<String>,
    /// The first rows that differ, in the order of their keys; at most 20.
    pub examples: Vec<RowDifference>,
}

impl TableDivergence {
    /// Whether the tables say the same, whatever the order of rows and columns.
    pub fn is_none(&self) -> bool {
        self.rows.rows() == 0 && self.columns_missing.is_empty() && self.columns_extra.is_empty()
    }
}

/// Pairs the rows of two tables by `key` and counts what differs. Order of rows and columns doesn't matter.
///
/// Fields are compared as text: `1` and `1.0` differ.
pub fn compare_tables(left: &Table, right: &Table, key: &[String]) -> Result<TableDivergence, TableError> {
    let left_rows = index(left, key, true)?;
    let right_rows = index(right, key, false)?;
    let shared = shared_columns(left, right, key);
    let mut found = TableDivergence {
        rows: Divergence::default(),
        changed_by_column: shared.iter().map(|(name, ..)| ((*name).to_owned(), 0)).collect(),
        columns_missing: only_in(left, right),
        columns_extra: only_in(right, left),
        examples: Vec::new(),
    };
    // Both maps are sorted by key, so examples come in that order whichever table they are from.
    let mut keys: Vec<&Vec<&str>> = left_rows.keys().chain(right_rows.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let owned = || key.iter().map(|&field| field.to_owned()).collect();
        let difference = match (left_rows.get(key), right_rows.get(key)) {
            (Some(_), None) => {
                found.rows.missing += 1;
                Some(RowDifference::Missing { key: owned() })
            }
            (None, Some(_)) => {
                found.rows.extra += 1;
                Some(RowDifference::Extra { key: owned() })
            }
            (Some(&l), Some(&r)) => {
                let change = changed(&left.rows[l], &right.rows[r], &shared, &mut found.changed_by_column);
                found.rows.changed += u64::from(change.is_some());
                found.rows.equal += u64::from(change.is_none());
                change.map(|(column, left, right)| RowDifference::Changed {
                    key: owned(),
                    column,
                    left,
                    right,
                })
            }
            (None, None) => None,
        };
        if found.examples.len() < SHOWN_ROWS {
            found.examples.extend(difference);
        }
    }
    Ok(found)
}

/// Row numbers by key.
fn index<'a>(
    table: &'a Table,
    key: &[String],
    left: bool,
) -> Result<BTreeMap<Vec<&'a str>, usize>, TableError> {
    let columns = key
        .iter()
        .map(|name| {
            table
                .columns
                .iter()
                .position(|column| column == name)
                .ok_or(TableError::NoKeyColumn { left, column: name.clone() })
        })
        .collect::<Result<Vec<usize>, _>>()?;
    let mut rows = BTreeMap::new();
    for (number, row) in table.rows.iter().enumerate() {
        let key: Vec<&str> = columns.iter().map(|&column| row[column].as_str()).collect();
        if let Some(first) = rows.insert(key.clone(), number) {
            let key = key.into_iter().map(str::to_owned).collect();
            return Err(TableError::DuplicateKey { left, key, rows: (first + 1, number + 1) });
        }
    }
    Ok(rows)
}

/// Columns that both have and the key doesn't: name, position left, position right.
fn shared_columns<'a>(left: &'a Table, right: &Table, key: &[String]) -> Vec<(&'a str, usize, usize)> {
    let position = |name: &str| right.columns.iter().position(|column| column == name);
    left.columns
        .iter()
        .enumerate()
        .filter(|(_, name)| !key.contains(name))
        .filter_map(|(l, name)| position(name).map(|r| (name.as_str(), l, r)))
        .collect()
}

fn only_in(one: &Table, other: &Table) -> Vec<String> {
    one.columns.iter().filter(|column| !other.columns.contains(column)).cloned().collect()
}

/// Counts every column that differs, returns the first.
fn changed(
    left: &[String],
    right: &[String],
    shared: &[(&str, usize, usize)],
    by_column: &mut BTreeMap<String, u64>,
) -> Option<(String, String, String)> {
    let mut first = None;
    for &(name, l, r) in shared {
        if left[l] != right[r] {
            *by_column.entry(name.to_owned()).or_default() += 1;
            first.get_or_insert_with(|| (name.to_owned(), left[l].clone(), right[r].clone()));
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        let mut lines = text.split(';').map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        Table { columns: lines.next().expect("a header"), rows: lines.collect() }
    }

    fn compared(left: &str, right: &str) -> Result<TableDivergence, TableError> {
        compare_tables(&table(left), &table(right), &["k".to_owned()])
    }

    #[test]
    fn one_lost_row_is_one_difference_wherever_it_was() {
        let found = compared("k,v;a,1;b,2;c,3", "k,v;b,2;c,3").expect("comparable");
        assert_eq!(
            (found.rows.missing, found.rows.extra, found.rows.changed, found.rows.equal),
            (1, 0, 0, 2)
        );
        assert_eq!(found.examples, [RowDifference::Missing { key: vec!["a".to_owned()] }]);
    }

    #[test]
    fn order_of_rows_and_columns_does_not_matter() {
        assert!(compared("k,v,w;a,1,2;b,3,4", "w,k,v;4,b,3;2,a,1").expect("comparable").is_none());
    }

    #[test]
    fn changes_are_counted_by_column_and_by_row() {
        let found = compared("k,v,w;a,1,1;b,1,1", "k,v,w;a,2,2;b,1,3;z,0,0").expect("comparable");
        assert_eq!((found.rows.changed, found.rows.extra), (2, 1));
        assert_eq!((found.changed_by_column["v"], found.changed_by_column["w"]), (1, 2));
    }

    #[test]
    fn a_key_that_is_not_unique_is_refused_by_name() {
        let error = compared("k,v;a,1;b,1;a,2", "k,v;a,1").expect_err("a is there twice");
        assert_eq!(error, TableError::DuplicateKey { left: true, key: vec!["a".to_owned()], rows: (1, 3) });
        let error = compared("k,v;a,1", "v;1").expect_err("no key on the right");
        assert_eq!(error, TableError::NoKeyColumn { left: false, column: "k".to_owned() });
    }

    #[test]
    fn examples_stop_and_counting_does_not() {
        let rows = (0..50).fold(String::new(), |rows, i| rows + &format!(";{i},1"));
        let found = compared(&format!("k,v{rows}"), "k,v;x,1").expect("comparable");
        assert_eq!((found.rows.missing, found.rows.extra, found.examples.len()), (50, 1, 20));
    }

    #[test]
    fn a_column_on_one_side_only_is_a_difference() {
        let found = compared("k,v;a,1", "k;a").expect("comparable");
        assert_eq!((found.columns_missing.as_slice(), found.is_none()), (["v".to_owned()].as_slice(), false));
    }
}
