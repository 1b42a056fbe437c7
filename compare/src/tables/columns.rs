//! Columns that two tables have in common, compared one after the other.

use datasets::{Cells, FieldKind};

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
    /// Where it stands in both tables.
    pub(crate) at: usize,
    left: &'a Cells,
    right: &'a Cells,
    how: How,
}

impl<'a> Shared<'a> {
    /// Finds the columns that are to be compared, of tables of one shape.
    pub(crate) fn of(left: &Keyed<'a>, right: &Keyed<'a>, rules: &Rules) -> Vec<Self> {
        let all = left.table.columns.iter().zip(&right.table.columns).enumerate();
        let shared = all.filter(|&(at, _)| !left.names_by(at)).map(|(at, (column, other))| {
            let how = How { rule: rules.of(&column.name), scale: left.table.scale_of(at) };
            Self { name: &column.name, at, left: &column.cells, right: &other.cells, how }
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
    /// looked at only if it has gaps.
    pub(crate) fn differing(
        &self,
        pairing: &Pairing,
        partners: Option<&Partners>,
        mut each: impl FnMut(usize),
    ) {
        if let Some(partners) = partners.filter(|_| self.has_gaps()) {
            return self.differing_where_any_is(partners, each);
        }
        pairing.runs.iter().for_each(|run| self.differing_in(*run, &mut each));
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
