//! Where rows differ, all of them, for whoever looks into each.

use datasets::{Keys, Table};

use super::{
    cells::{Sense, Typing},
    columns::Shared,
    keyed::Keyed,
    marks::Marks,
    pairing::{Pairing, Partners},
};
use crate::Rules;

/// Holds the numbers of the rows that differ between two tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DifferingPlaces {
    /// Rows of the left table alone.
    pub missing: Vec<usize>,
    /// Rows of the right table alone.
    pub extra: Vec<usize>,
    /// Rows of both, with other values: the left one's number and the right one's.
    pub changed: Vec<[usize; 2]>,
}

/// Finds the rows in which two answers differ; they are as [`compare_answers`](super::compare_answers) takes them.
pub fn differing_places(left: &Table, right: &Table, keys: &Keys, rules: &Rules) -> DifferingPlaces {
    let sense = Sense { keys, typing: Typing::of(left, right) };
    let (left, right) = (Keyed::own(left, sense), Keyed::own(right, sense));
    let pairing = Pairing::of_sorted(&left, &right);
    let shared = Shared::of(&left, &right, rules);
    let partners = Partners::new(&pairing, left.rows(), right.rows());
    let mut changed = Marks::new(left.rows());
    for column in &shared {
        column.differing(&pairing, Some(&partners), |row| changed.mark(row));
    }
    let places = |rows: &[u32]| rows.iter().map(|&row| row as usize).collect();
    DifferingPlaces {
        missing: places(&pairing.missing),
        extra: places(&pairing.extra),
        changed: changed.rows().filter_map(|row| Some([row, pairing.partner(row)?])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use datasets::{Cells, SplitMix64, TableColumn};

    use super::*;
    use crate::compare_answers;

    fn table(rows: &[(i64, i64)]) -> Table {
        let column = |name, cells: Vec<i64>| TableColumn::new(name, Cells::Int(cells));
        let (keys, values) = rows.iter().copied().unzip();
        Table::new(1, vec![column("k", keys), column("n", values)])
    }

    #[test]
    fn places_are_those_that_are_counted() {
        let mut random = SplitMix64::new(5);
        for _ in 0..200 {
            let mut rows = || -> Vec<(i64, i64)> {
                let keys: Vec<i64> = (0..20).filter(|_| random.uniform(0, 3) > 0).collect();
                keys.into_iter().map(|key| (key, random.uniform(0, 1).cast_signed())).collect()
            };
            let (left, right) = (rows(), rows());
            let found = differing_places(&table(&left), &table(&right), &Keys::default(), Rules::EXACT);
            let of = |rows: &[(i64, i64)], key: i64| rows.iter().find(|row| row.0 == key).copied();
            for row in &found.missing {
                assert_eq!(of(&right, left[*row].0), None);
            }
            for row in &found.extra {
                assert_eq!(of(&left, right[*row].0), None);
            }
            for [row, other] in &found.changed {
                assert_eq!(left[*row].0, right[*other].0);
                assert_ne!(left[*row].1, right[*other].1);
            }
            let counted = compare_answers(&table(&left), &table(&right), &Keys::default(), Rules::EXACT).rows;
            let lengths =
                [found.missing.len(), found.extra.len(), found.changed.len()].map(|length| length as u64);
            assert_eq!(lengths, [counted.missing, counted.extra, counted.changed]);
        }
    }
}
