//! Two answers that are tables of one shape, row by row.

use std::{cmp::Ordering, collections::BTreeMap};

use datasets::{Cells, Keys, Table};

use crate::{Divergence, RowDifference, Rule, Rules, TableDivergence, table::SHOWN_ROWS};

/// Says when to hold a whole block of rows against another: mostly there is nothing to be found in them.
#[derive(Default)]
pub(crate) struct Blocks {
    /// So many rows are still to be taken one by one, for the block that they stand in has a difference.
    singly: usize,
}

impl Blocks {
    /// Says how many rows a block has.
    pub(crate) const ROWS: usize = 256;

    /// Returns whether the next block of rows can be passed over, for `agree` finds that all tables have the same in
    /// it.
    pub(crate) fn skip(&mut self, agree: impl FnOnce() -> bool) -> bool {
        if self.singly > 0 {
            self.singly -= 1;
            return false;
        }
        let skips = agree();
        self.singly = if skips { 0 } else { Self::ROWS };
        skips
    }
}

/// Pairs the rows of two sorted tables of one shape by their key columns and counts what differs: *missing* rows are in
/// `left` only, *extra* ones in `right` only.
///
/// # Panics
///
/// When the tables' columns aren't the same: they are answers to one problem.
pub fn compare_answers(left: &Table, right: &Table, keys: &Keys, rules: &Rules) -> TableDivergence {
    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| &*column.name).collect()
    }
    assert_eq!(names(left), names(right), "answers to one problem have one shape");
    let compared = compared(left, rules);
    let mut found = TableDivergence {
        rows: Divergence::default(),
        changed_by_column: compared
            .iter()
            .map(|column| (left.columns[column.at].name.clone().into_owned(), 0))
            .collect(),
        examples: Vec::new(),
    };
    let (mut l, mut r) = (0, 0);
    let mut blocks = Blocks::default();
    while l < left.rows() || r < right.rows() {
        if blocks.skip(|| left.agrees(l, right, r, Blocks::ROWS)) {
            found.rows.equal += Blocks::ROWS as u64;
            (l, r) = (l + Blocks::ROWS, r + Blocks::ROWS);
            continue;
        }
        let order = match (l < left.rows(), r < right.rows()) {
            (true, true) => key_order(left, l, right, r, keys),
            (true, false) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let difference = match order {
            Ordering::Less => {
                found.rows.missing += 1;
                Some(RowDifference::Missing { key: key(left, l, keys) })
            }
            Ordering::Greater => {
                found.rows.extra += 1;
                Some(RowDifference::Extra { key: key(right, r, keys) })
            }
            Ordering::Equal => {
                let change = changed((left, l), (right, r), keys, &compared, &mut found.changed_by_column);
                found.rows.changed += u64::from(change.is_some());
                found.rows.equal += u64::from(change.is_none());
                change
            }
        };
        if found.examples.len() < SHOWN_ROWS {
            found.examples.extend(difference);
        }
        l += usize::from(order.is_le());
        r += usize::from(order.is_ge());
    }
    found
}

pub(crate) fn key_order(left: &Table, l: usize, right: &Table, r: usize, keys: &Keys) -> Ordering {
    let pairs = left.columns[..left.key_columns].iter().zip(&right.columns);
    pairs
        .map(|(a, b)| match (&a.cells, &b.cells) {
            (Cells::Int(a), Cells::Int(b)) => a[l].cmp(&b[r]),
            (Cells::Wide(a), Cells::Wide(b)) => a[l].cmp(&b[r]),
            (Cells::Maybe(a), Cells::Maybe(b)) => a[l].cmp(&b[r]),
            (Cells::Text(a), Cells::Text(b)) if a[l] == b[r] => Ordering::Equal,
            (Cells::Text(a), Cells::Text(b)) => keys.get(a[l]).cmp(keys.get(b[r])),
            (Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_), _) => {
                unreachable!("columns of one name hold one kind of cells")
            }
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

pub(crate) fn key(table: &Table, row: usize, keys: &Keys) -> Vec<String> {
    (0..table.key_columns).map(|column| table.text(column, row, keys)).collect()
}

/// A column that is compared, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) at: usize,
    rule: Rule,
    scale: u64,
}

/// The columns that don't name the row and aren't ignored.
pub(crate) fn compared(table: &Table, rules: &Rules) -> Vec<Compared> {
    let columns = table.columns.iter().enumerate().skip(table.key_columns);
    let all =
        columns.map(|(at, column)| Compared { at, rule: rules.of(&column.name), scale: table.scale_of(at) });
    all.filter(|column| column.rule != Rule::Ignore).collect()
}

impl Compared {
    /// Returns whether two rows count as the same in this column.
    pub(crate) fn agree(self, (left, l): (&Table, usize), (right, r): (&Table, usize)) -> bool {
        let (left, right) = (&left.columns[self.at].cells, &right.columns[self.at].cells);
        is_same(left, l, right, r)
            || self.rule != Rule::Exact
                && distance(left, l, right, r).is_some_and(|distance| self.rule.allows(distance, self.scale))
    }
}

/// Counts every column that differs, returns the first.
fn changed(
    left: (&Table, usize),
    right: (&Table, usize),
    keys: &Keys,
    compared: &[Compared],
    by_column: &mut BTreeMap<String, u64>,
) -> Option<RowDifference> {
    let mut first = None;
    for column in compared.iter().filter(|column| !column.agree(left, right)) {
        let name = &*left.0.columns[column.at].name;
        *by_column.entry(name.to_owned()).or_default() += 1;
        first.get_or_insert_with(|| RowDifference::Changed {
            key: key(left.0, left.1, keys),
            column: name.to_owned(),
            left: left.0.text(column.at, left.1, keys),
            right: right.0.text(column.at, right.1, keys),
        });
    }
    first
}

pub(crate) fn is_same(a: &Cells, l: usize, b: &Cells, r: usize) -> bool {
    match (a, b) {
        (Cells::Int(a), Cells::Int(b)) => a[l] == b[r],
        (Cells::Wide(a), Cells::Wide(b)) => a[l] == b[r],
        (Cells::Maybe(a), Cells::Maybe(b)) => a[l] == b[r],
        (Cells::Text(a), Cells::Text(b)) => a[l] == b[r],
        (Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_), _) => false,
    }
}

/// Returns how far two numbers are apart; `None` where there is no telling: of texts, and where a number is missing.
pub(crate) fn distance(a: &Cells, l: usize, b: &Cells, r: usize) -> Option<u128> {
    match (a, b) {
        (Cells::Int(a), Cells::Int(b)) => Some(a[l].abs_diff(b[r]).into()),
        (Cells::Wide(a), Cells::Wide(b)) => Some(a[l].abs_diff(b[r])),
        (Cells::Maybe(a), Cells::Maybe(b)) => Some(a[l]?.abs_diff(b[r]?).into()),
        (Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::TableColumn;

    fn table(rows: &[(i64, &str, i128)], keys: &mut Keys) -> Table {
        let names = rows.iter().map(|row| keys.intern(row.1.as_bytes())).collect();
        let mut table = Table::new(
            2,
            vec![
                TableColumn::new("start", Cells::Int(rows.iter().map(|row| row.0).collect())),
                TableColumn::new("key", Cells::Text(names)),
                TableColumn::new("sum", Cells::Wide(rows.iter().map(|row| row.2).collect())),
            ],
        );
        table.settle(keys);
        table
    }

    #[test]
    fn rows_are_paired_by_key_whatever_their_numbers_are() {
        let mut keys = Keys::default();
        let left = table(&[(1, "b", 1), (1, "a", 2), (2, "a", 3), (3, "z", 4)], &mut keys);
        let right = table(&[(0, "q", 9), (1, "a", 2), (1, "b", 7), (3, "z", 4)], &mut keys);
        let found = compare_answers(&left, &right, &keys, Rules::EXACT);
        assert_eq!(found.rows, Divergence { missing: 1, extra: 1, changed: 1, equal: 2 });
        assert_eq!(found.changed_by_column["sum"], 1);
        let key = |start: &str, name: &str| vec![start.to_owned(), name.to_owned()];
        let expected = [
            RowDifference::Extra { key: key("0", "q") },
            RowDifference::Changed {
                key: key("1", "b"),
                column: "sum".into(),
                left: "1".into(),
                right: "7".into(),
            },
            RowDifference::Missing { key: key("2", "a") },
        ];
        assert_eq!(found.examples, expected);
    }

    #[test]
    fn an_empty_answer_lacks_every_row() {
        let mut keys = Keys::default();
        let (left, right) = (table(&[(1, "", 1)], &mut keys), table(&[], &mut keys));
        assert_eq!(compare_answers(&left, &right, &keys, Rules::EXACT).rows.missing, 1);
        assert_eq!(compare_answers(&right, &left, &keys, Rules::EXACT).rows.extra, 1);
        assert!(compare_answers(&left, &left, &keys, Rules::EXACT).is_none());
    }

    #[test]
    fn each_column_has_its_rule() {
        let mut keys = Keys::default();
        let left = table(&[(1, "a", 1000), (2, "a", 1000), (3, "a", 1000)], &mut keys);
        let mut right = table(&[(1, "a", 1002), (2, "a", 1003), (4, "a", 1000)], &mut keys);
        let found = |right: &Table, rules: &Rules| compare_answers(&left, right, &keys, rules).rows;
        let rows = |changed, equal| Divergence { missing: 1, extra: 1, changed, equal };
        assert_eq!(found(&right, Rules::EXACT), rows(2, 0));
        let within = |most| Rules::default().with("sum", Rule::Tolerance(most));
        assert_eq!((found(&right, &within(2.0)), found(&right, &within(1.9))), (rows(1, 1), rows(2, 0)));
        let ignored = compare_answers(&left, &right, &keys, &Rules::default().with("sum", Rule::Ignore));
        assert_eq!((ignored.rows, ignored.changed_by_column.len()), (rows(0, 2), 0));
        // A rule of a column that names rows says nothing.
        assert_eq!(found(&right, &Rules::default().with("start", Rule::Ignore)), rows(2, 0));
        // A tolerance is in the unit in which values are written.
        let mut left = left.clone();
        left.restore_unit(100);
        right.restore_unit(100);
        let found = |most| compare_answers(&left, &right, &keys, &within(most)).rows;
        assert_eq!((found(0.02), found(0.019)), (rows(1, 1), rows(2, 0)));
    }
}
