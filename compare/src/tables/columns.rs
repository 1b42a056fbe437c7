//! Columns that two tables have in common, compared one after the other.

use std::collections::HashMap;

use datasets::{Cells, FieldKind, Table};

use super::{
    blocks::Blocks,
    cells::How,
    keyed::Keyed,
    pairing::{Pairing, Partners, Run},
};
use crate::{Rule, Rules};

/// A column of both tables that doesn't name rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) name: &'a str,
    /// Where it stands in the left table.
    pub(crate) at: usize,
    pub(crate) right_at: usize,
    left: &'a Cells,
    right: &'a Cells,
    how: How,
}

impl<'a> Shared<'a> {
    /// Finds the columns that are to be compared, in the order of the left table.
    pub(crate) fn of(left: &Keyed<'a>, right: &Keyed<'a>, rules: &Rules) -> Vec<Self> {
        let (left_table, right_table) = (left.table, right.table);
        let places = places(right_table);
        let all = left_table.columns.iter().enumerate().filter(|&(at, _)| !left.names_by(at));
        let shared = all.filter_map(|(at, column)| {
            let right_at = *places.get(&*column.name)?;
            let how = How { rule: rules.of(&column.name), scale: left_table.scale_of(at) };
            let right = &right_table.columns[right_at].cells;
            Some(Self { name: &column.name, at, right_at, left: &column.cells, right, how })
        });
        shared.filter(|column| column.how.rule != Rule::Ignore).collect()
    }

    /// Returns whether two rows count as the same in this column.
    pub(crate) fn agree(&self, left: usize, right: usize) -> bool {
        self.how.agree(self.left, left, self.right, right)
    }

    /// Returns whether there are rows that lack this column in one of the tables.
    pub(crate) fn has_gaps(&self) -> bool {
        has_gaps(self.left) || has_gaps(self.right)
    }

    /// Calls `each` with every paired row of the left table that differs from its partner in this column; `partners` are
    /// looked at only if it has gaps. It ends early when `go_on` says so.
    pub(crate) fn differing(
        &self,
        pairing: &Pairing,
        partners: Option<&Partners>,
        go_on: &dyn Fn() -> bool,
        mut each: impl FnMut(usize),
    ) {
        if let Some(partners) = partners.filter(|_| self.has_gaps()) {
            return self.differing_where_any_is(partners, each);
        }
        let mut since_asked = 0;
        for run in &pairing.runs {
            since_asked += run.rows;
            if since_asked >= ROWS_UNCHECKED {
                since_asked = 0;
                if !go_on() {
                    return;
                }
            }
            self.differing_in(*run, &mut each);
        }
    }

    fn differing_in(&self, run: Run, each: &mut impl FnMut(usize)) {
        let (mut left, mut right) = (run.left as usize, run.right as usize);
        let mut rows = run.rows as usize;
        while rows > 0 {
            let block = rows.min(Blocks::ROWS);
            // To look twice at a few rows is slower than to look once.
            if block < FEW_ROWS || !self.left.agree(left, self.right, right, block) {
                (0..block).filter(|at| !self.agree(left + at, right + at)).for_each(|at| each(left + at));
            }
            (left, right, rows) = (left + block, right + block, rows - block);
        }
    }

    /// Finds the same by the fields that there are, so that a table of many columns and few fields costs what the fields
    /// do.
    fn differing_where_any_is(&self, partners: &Partners, mut each: impl FnMut(usize)) {
        let of_left = having(self.left).filter_map(|row| Some((row, partners.of_left(row)?)));
        of_left.filter(|&(left, right)| !self.agree(left, right)).for_each(|(left, _)| each(left));
        let of_right = having(self.right).filter_map(|row| partners.of_right(row));
        of_right.filter(|&left| lacks(self.left, left)).for_each(each);
    }
}

/// Fewer rows than this are not taken as a block.
const FEW_ROWS: usize = 8;
/// So many rows go by between two looks at whether to go on.
const ROWS_UNCHECKED: u32 = 1 << 16;

fn has_gaps(cells: &Cells) -> bool {
    matches!(cells, Cells::Written(fields) if fields.has_gaps())
}

fn lacks(cells: &Cells, row: usize) -> bool {
    matches!(cells, Cells::Written(fields) if fields.field(row).kind == FieldKind::Missing)
}

/// The rows that have a field in a column.
fn having(cells: &Cells) -> Box<dyn Iterator<Item = usize> + '_> {
    match cells {
        Cells::Written(fields) => Box::new(fields.having()),
        Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => Box::new(0..cells.len()),
    }
}

/// Where each column stands.
pub(crate) fn places(table: &Table) -> HashMap<&str, usize> {
    table.columns.iter().enumerate().map(|(at, column)| (&*column.name, at)).collect()
}
