//! Rows of a table that got worse: a set difference by row and column, so that what stable gets wrong already hides
//! nothing that the candidate gets wrong beside it.

use std::{cmp::Ordering, collections::BTreeMap};

use datasets::{Cells, Keys, Table};

use crate::{
    Rule, Rules,
    tables::{Blocks, How, Keyed, Sense, Typing, distance},
};

/// Under what a row stands that the candidate has lost.
const LOST: &str = "(row missing)";
/// Under what a row stands that the candidate alone has.
const EXTRA: &str = "(row extra)";

/// Describes what got worse from stable's answer to the candidate's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Regressions {
    /// In how many rows something got worse.
    pub rows: u64,
    /// For each column, and for rows that are missing or extra: in how many rows.
    pub by_column: BTreeMap<String, u64>,
    /// The key of the first such row. It may come from a file: escape it wherever it is shown.
    pub first: Option<Vec<String>>,
    /// Rows that differ from the reference in both answers, in whatever way: a comparison of the two with each other need
    /// not see them.
    pub wrong_in_both: u64,
}

/// Finds the rows in which the candidate is worse than stable; all three tables are sorted, and of one shape.
///
/// A value of the candidate may be the reference's, or stable's, or a number that lies nearer to the reference's than
/// stable's does. Any other is worse, and so is a row that stable has rightly and the candidate lacks, or one that only
/// the candidate has. A row that stable lacks wrongly can't get worse.
pub fn regressions(
    reference: &Table,
    stable: &Table,
    candidate: &Table,
    keys: &Keys,
    rules: &Rules,
) -> Regressions {
    let compared = compared(reference, rules);
    let mut found = Regressions::default();
    let sense = Sense { keys, typing: Typing::Typed };
    let [reference, stable, candidate] = [reference, stable, candidate].map(|table| Keyed::own(table, sense));
    let (mut r, mut s, mut c) = (Cursor::new(&reference), Cursor::new(&stable), Cursor::new(&candidate));
    let mut blocks = Blocks::default();
    while let Some(least) = [&r, &s, &c].into_iter().filter_map(Cursor::here).min_by(|a, b| by_key(*a, *b)) {
        if blocks.skip(|| r.agrees(&s, Blocks::ROWS) && r.agrees(&c, Blocks::ROWS)) {
            for cursor in [&mut r, &mut s, &mut c] {
                cursor.row += Blocks::ROWS;
            }
            continue;
        }
        let [wanted, before, now] = [&mut r, &mut s, &mut c].map(|cursor| cursor.take_if(least));
        found.wrong_in_both +=
            u64::from(!is_right(wanted, before, &compared) && !is_right(wanted, now, &compared));
        let worse = worse_columns(wanted, before, now, &compared);
        if !worse.is_empty() {
            found.rows += 1;
            let key = least.0.key(least.1, usize::MAX).into_iter();
            found.first.get_or_insert_with(|| key.map(|glance| glance.text).collect());
        }
        for column in worse {
            *found.by_column.entry(column.to_owned()).or_default() += 1;
        }
    }
    found
}

/// A row of a table.
type Row<'a> = (&'a Keyed<'a>, usize);

fn by_key(one: Row<'_>, other: Row<'_>) -> Ordering {
    one.0.order(one.1, other.0, other.1)
}

/// A column that is compared, and how.
#[derive(Debug, Clone, Copy)]
struct Compared {
    at: usize,
    how: How,
}

/// The columns that don't name the row and aren't ignored.
fn compared(table: &Table, rules: &Rules) -> Vec<Compared> {
    let columns = table.columns.iter().enumerate().skip(table.key_columns);
    let how = |at, name: &str| How { rule: rules.of(name), scale: table.scale_of(at) };
    let all = columns.map(|(at, column)| Compared { at, how: how(at, &column.name) });
    all.filter(|column| column.how.rule != Rule::Ignore).collect()
}

impl Compared {
    /// Returns whether two rows count as the same in this column.
    fn agree(self, left: Row<'_>, right: Row<'_>) -> bool {
        self.how.agree(cells(left, self.at), left.1, cells(right, self.at), right.1)
    }
}

/// Describes how far a table has been read.
struct Cursor<'a> {
    table: &'a Keyed<'a>,
    row: usize,
}

impl<'a> Cursor<'a> {
    fn new(table: &'a Keyed<'a>) -> Self {
        Self { table, row: 0 }
    }

    fn here(&self) -> Option<Row<'a>> {
        (self.row < self.table.rows()).then_some((self.table, self.row))
    }

    /// Returns whether the next so many rows are those of another table.
    fn agrees(&self, other: &Self, rows: usize) -> bool {
        self.table.table.agrees(self.row, other.table.table, other.row, rows)
    }

    /// The row here, and on to the next, if it has the key of `wanted`.
    fn take_if(&mut self, wanted: Row<'_>) -> Option<Row<'a>> {
        let here = self.here().filter(|&here| by_key(here, wanted).is_eq())?;
        self.row += 1;
        Some(here)
    }
}

/// Returns whether a row is as it is to be, or rightly not there.
fn is_right(reference: Option<Row<'_>>, row: Option<Row<'_>>, compared: &[Compared]) -> bool {
    match (reference, row) {
        (Some(reference), Some(row)) => compared.iter().all(|column| column.agree(reference, row)),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The columns in which the candidate's row is worse.
fn worse_columns<'a>(
    reference: Option<Row<'a>>,
    stable: Option<Row<'a>>,
    candidate: Option<Row<'a>>,
    compared: &[Compared],
) -> Vec<&'a str> {
    match (reference, stable, candidate) {
        (Some(_), Some(_), None) => vec![LOST],
        (None, None, Some(_)) => vec![EXTRA],
        // A row that should not be there has no right values: it stays as it is, or it goes.
        (None, Some(stable), Some(candidate)) => compared
            .iter()
            .filter(|column| !column.agree(stable, candidate))
            .map(|column| name(candidate, column.at))
            .collect(),
        (Some(reference), Some(stable), Some(candidate)) => compared
            .iter()
            .filter(|column| is_worse(**column, reference, stable, candidate))
            .map(|column| name(candidate, column.at))
            .collect(),
        (Some(_), None, _) | (None, _, None) => Vec::new(),
    }
}

fn name(row: Row<'_>, column: usize) -> &str {
    &row.0.table.columns[column].name
}

fn cells(row: Row<'_>, column: usize) -> &Cells {
    &row.0.table.columns[column].cells
}

fn is_worse(column: Compared, reference: Row<'_>, stable: Row<'_>, candidate: Row<'_>) -> bool {
    if column.agree(candidate, reference) || column.agree(candidate, stable) {
        return false;
    }
    let from_reference =
        |row: Row<'_>| distance(cells(row, column.at), row.1, cells(reference, column.at), reference.1);
    match (from_reference(candidate), from_reference(stable)) {
        (Some(now), Some(before)) => now >= before,
        (Some(_), None) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use datasets::{SplitMix64, TableColumn};

    use super::*;

    /// Rows by key, each with a count and a largest value.
    type Rows = BTreeMap<i64, [i64; 2]>;

    fn table(rows: &Rows) -> Table {
        let column = |at: usize| rows.values().map(move |row| row[at]);
        Table::new(
            1,
            vec![
                TableColumn::new("key", Cells::Int(rows.keys().copied().collect())),
                TableColumn::new("count", Cells::Wide(column(0).map(i128::from).collect())),
                TableColumn::new("max", Cells::Maybe(column(1).map(Some).collect())),
            ],
        )
    }

    fn found(reference: &Rows, stable: &Rows, candidate: &Rows) -> Regressions {
        regressions(&table(reference), &table(stable), &table(candidate), &Keys::default(), Rules::EXACT)
    }

    /// The definition, cell by cell, where `None` is a cell of a row that isn't there.
    fn got_worse(right: Option<i64>, before: Option<i64>, now: Option<i64>) -> bool {
        match (right, before, now) {
            _ if now == right || now == before => false,
            (Some(right), Some(before), Some(now)) => (now - right).abs() >= (before - right).abs(),
            (Some(_), None, _) => false,
            (Some(_), Some(_), None) | (None, _, _) => true,
        }
    }

    #[test]
    fn rows_that_got_worse_are_those_with_a_cell_that_did() {
        for seed in 0..2000 {
            let mut random = SplitMix64::new(seed);
            let mut cell = move |most| random.uniform(0, most).cast_signed();
            let mut draw = || {
                let drawn: Rows = (0..6).map(|key| (key, [cell(3), cell(3)])).collect();
                drawn.into_iter().filter(|_| cell(3) > 0).collect::<Rows>()
            };
            let [reference, stable, candidate] = [draw(), draw(), draw()];
            let cell = |rows: &Rows, key: i64, at: usize| rows.get(&key).map(|row| row[at]);
            let is_worse = |key: &i64| {
                // A row that stable has rightly and the candidate lacks is lost, whatever stands in it.
                (0..2).any(|at| {
                    got_worse(cell(&reference, *key, at), cell(&stable, *key, at), cell(&candidate, *key, at))
                })
            };
            let expected: Vec<i64> = (0..6).filter(is_worse).collect();
            let found = found(&reference, &stable, &candidate);
            assert_eq!(found.rows, expected.len() as u64, "seed {seed}");
            let first = expected.first().map(|key| vec![key.to_string()]);
            assert_eq!(found.first, first, "seed {seed}");
        }
    }

    #[test]
    fn only_rows_that_both_get_wrong_are_wrong_in_both() {
        let rows = |rows: &[(i64, i64)]| rows.iter().map(|&(key, count)| (key, [count, 0])).collect::<Rows>();
        let reference = rows(&[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (9, 9)]);
        // Wrong in 1 (changed), 3 (missing), 5 (changed), 7 (extra), 8 (extra).
        let stable = rows(&[(1, 0), (2, 2), (4, 4), (5, 0), (7, 7), (8, 8), (9, 9)]);
        // Wrong in 2 (changed), 3 (missing), 5 (missing), 7 (extra, with another value), 10 (extra).
        let candidate = rows(&[(1, 1), (2, 0), (4, 4), (7, 0), (9, 9), (10, 10)]);
        let both = |stable: &Rows, candidate: &Rows| found(&reference, stable, candidate).wrong_in_both;
        assert_eq!((both(&stable, &candidate), both(&candidate, &stable)), (3, 3), "3, 5 and 7");
        assert_eq!((both(&stable, &stable), both(&stable, &reference)), (5, 0));
        assert_eq!(both(&Rows::new(), &Rows::new()), 6);
    }

    /// Rows that are mostly alike, with a difference here and there; three tables of them.
    fn mostly_alike(random: &mut SplitMix64) -> [Rows; 3] {
        let (rows, spread) = (random.uniform(0, 1500).cast_signed(), random.uniform(1, 900));
        let all: Rows = (0..rows).map(|key| (key, [key % 7, 5])).collect();
        std::array::from_fn(|_| {
            let mut mine = all.clone();
            let mut at = random.uniform(0, spread).cast_signed();
            while at < rows {
                match random.uniform(0, 2) {
                    0 => drop(mine.remove(&at)),
                    1 => drop(mine.insert(at, [8, 5])),
                    _ => drop(mine.insert(rows + at, [1, 1])),
                }
                at += 1 + random.uniform(0, spread).cast_signed();
            }
            mine
        })
    }

    #[test]
    fn what_is_found_in_blocks_is_what_is_found_in_pieces() {
        let (mut skipped, mut worse) = (0, 0);
        for seed in 0..300 {
            let tables = mostly_alike(&mut SplitMix64::new(seed));
            let whole = found(&tables[0], &tables[1], &tables[2]);
            let compared = crate::compare_answers(
                &table(&tables[0]),
                &table(&tables[2]),
                &Keys::default(),
                Rules::EXACT,
            );
            let (mut rows, mut both, mut first, mut divergence) = (0, 0, None, crate::Divergence::default());
            // Of so few rows none is passed over.
            for piece in (0..3000).step_by(100) {
                let part = tables.each_ref().map(|rows| {
                    rows.range(piece..piece + 100).map(|(key, row)| (*key, *row)).collect::<Rows>()
                });
                let found = found(&part[0], &part[1], &part[2]);
                (rows, both, first) = (rows + found.rows, both + found.wrong_in_both, first.or(found.first));
                let found = crate::compare_answers(
                    &table(&part[0]),
                    &table(&part[2]),
                    &Keys::default(),
                    Rules::EXACT,
                )
                .rows;
                divergence.missing += found.missing;
                divergence.extra += found.extra;
                divergence.changed += found.changed;
                divergence.equal += found.equal;
            }
            assert_eq!((whole.rows, whole.wrong_in_both, whole.first), (rows, both, first), "seed {seed}");
            assert_eq!(compared.rows, divergence, "seed {seed}");
            skipped += u32::from(divergence.equal > 1000);
            worse += u32::from(rows > 0);
        }
        assert!(skipped > 50 && worse > 200, "vacuous: {skipped} {worse}");
    }

    #[test]
    fn another_column_of_a_row_that_is_wrong_already_counts() {
        let reference: Rows = (0..200).map(|key| (key, [5, 70])).collect();
        let stable = (0..200).map(|key| (key, [4, 70])).collect();
        let candidate = (0..200).map(|key| (key, [4, 0])).collect();
        let found = found(&reference, &stable, &candidate);
        assert_eq!((found.rows, found.by_column["max"], found.by_column.len()), (200, 200, 1));
    }

    #[test]
    fn nearer_is_not_worse_and_as_far_on_the_other_side_is() {
        let row = |count| Rows::from([(1, [count, 0])]);
        let worse = |stable, candidate| found(&row(8), &row(stable), &row(candidate)).rows == 1;
        assert!(!worse(5, 6) && !worse(5, 10) && !worse(5, 5) && !worse(5, 8));
        assert!(worse(5, 4) && worse(5, 11) && worse(5, 100) && worse(8, 7));
    }

    #[test]
    fn rows_come_and_go() {
        let (none, one) = (Rows::new(), Rows::from([(1, [1, 1])]));
        let count = |reference, stable, candidate| found(reference, stable, candidate).by_column;
        assert_eq!(count(&one, &one, &none), [(LOST.to_owned(), 1)].into());
        assert_eq!(count(&none, &none, &one), [(EXTRA.to_owned(), 1)].into());
        for [reference, stable, candidate] in
            [[&none, &one, &none], [&one, &none, &one], [&one, &none, &none]]
        {
            assert!(count(reference, stable, candidate).is_empty());
        }
        let other = Rows::from([(1, [9, 1])]);
        assert_eq!(count(&none, &one, &other), [("count".to_owned(), 1)].into());
        assert!(count(&none, &one, &one).is_empty());
    }
}
