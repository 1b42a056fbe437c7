//! The rows of two tables, paired by their keys once, before any other column is looked at.

use std::cmp::Ordering;

use super::{blocks::Blocks, keyed::Keyed};

/// Rows that are paired one by one: the first of the left table with the first of the right, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) rows: u32,
}

/// Says which rows of two tables have one key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairing {
    /// The paired rows, in their order.
    pub(crate) runs: Vec<Run>,
    /// Rows of the left table alone, in the order of their keys.
    pub(crate) missing: Vec<u32>,
    /// Rows of the right table alone, in the order of their keys.
    pub(crate) extra: Vec<u32>,
}

/// Stands for the partner of a row that has none.
const NONE: u32 = u32::MAX;

impl Pairing {
    /// Pairs the rows of two tables that are sorted. Of the rows with one key the first are paired, and so on.
    pub(crate) fn of_sorted(left: &Keyed<'_>, right: &Keyed<'_>) -> Self {
        let mut pairing = Self::default();
        let (mut l, mut r) = (0, 0);
        let mut blocks = Blocks::default();
        while l < left.rows() || r < right.rows() {
            if blocks.skip(|| left.agrees(l, right, r, Blocks::ROWS)) {
                pairing.pair(l, r, Blocks::ROWS);
                (l, r) = (l + Blocks::ROWS, r + Blocks::ROWS);
                continue;
            }
            let order = match (l < left.rows(), r < right.rows()) {
                (true, true) => left.order(l, right, r),
                (true, false) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Less => pairing.missing.push(l as u32),
                Ordering::Greater => pairing.extra.push(r as u32),
                Ordering::Equal => pairing.pair(l, r, 1),
            }
            l += usize::from(order.is_le());
            r += usize::from(order.is_ge());
        }
        pairing
    }

    /// Appends pairs, to the last run if they go on with it.
    fn pair(&mut self, left: usize, right: usize, rows: usize) {
        let (left, right, rows) = (left as u32, right as u32, rows as u32);
        match self.runs.last_mut() {
            Some(run) if run.left + run.rows == left && run.right + run.rows == right => run.rows += rows,
            _ => self.runs.push(Run { left, right, rows }),
        }
    }

    /// Returns how many rows are paired.
    pub(crate) fn pairs(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.rows)).sum()
    }

    /// Returns the row of the right table that a row of the left one is paired with.
    pub(crate) fn partner(&self, left: usize) -> Option<usize> {
        let behind = self.runs.partition_point(|run| run.left as usize <= left);
        let run = self.runs[..behind].last()?;
        let at = left - run.left as usize;
        (at < run.rows as usize).then_some(run.right as usize + at)
    }
}

/// The partner of each row of either table, for whoever has rows and no runs of them.
#[derive(Debug)]
pub(crate) struct Partners {
    of_left: Vec<u32>,
    of_right: Vec<u32>,
}

impl Partners {
    pub(crate) fn new(pairing: &Pairing, left_rows: usize, right_rows: usize) -> Self {
        let mut partners = Self { of_left: vec![NONE; left_rows], of_right: vec![NONE; right_rows] };
        for run in &pairing.runs {
            for at in 0..run.rows {
                partners.of_left[(run.left + at) as usize] = run.right + at;
                partners.of_right[(run.right + at) as usize] = run.left + at;
            }
        }
        partners
    }

    pub(crate) fn of_left(&self, row: usize) -> Option<usize> {
        known(self.of_left[row])
    }

    pub(crate) fn of_right(&self, row: usize) -> Option<usize> {
        known(self.of_right[row])
    }
}

fn known(row: u32) -> Option<usize> {
    (row != NONE).then_some(row as usize)
}
