//! The rows of two tables, paired by their keys once, before any other column is looked at.

use std::cmp::Ordering;

use super::{blocks::Blocks, keyed::Keyed, order::Order};

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
    /// The paired rows, in the order of the left table. Where both tables have one order, runs are long.
    pub(crate) runs: Vec<Run>,
    /// Rows of the left table alone, in the order of their keys.
    pub(crate) missing: Vec<u32>,
    /// Rows of the right table alone, in the order of their keys.
    pub(crate) extra: Vec<u32>,
    /// Says whether the left table's rows stand in the order of their keys.
    pub(crate) ascends: bool,
}

/// Stands for the partner of a row that has none.
const NONE: u32 = u32::MAX;

impl Pairing {
    /// Pairs the rows of two tables that are sorted. Of the rows with one key the first are paired, and so on.
    pub(crate) fn of_sorted(left: &Keyed<'_>, right: &Keyed<'_>) -> Self {
        Self::merge((left, &Order::AsIs(left.rows())), (right, &Order::AsIs(right.rows())))
    }

    /// Pairs rows one by one, whose keys are the same.
    pub(crate) fn in_place(rows: usize, order: &Order) -> Self {
        let mut pairing = Self { ascends: matches!(order, Order::AsIs(_)), ..Self::default() };
        pairing.pair(0, 0, rows);
        pairing
    }

    /// Walks through both tables in the order of their keys.
    pub(crate) fn merge(left: (&Keyed<'_>, &Order), right: (&Keyed<'_>, &Order)) -> Self {
        let ((left, left_order), (right, right_order)) = (left, right);
        let ascends = matches!(left_order, Order::AsIs(_));
        let in_place = ascends && matches!(right_order, Order::AsIs(_));
        let mut pairing = Self { ascends, ..Self::default() };
        let mut partners = vec![NONE; if in_place { 0 } else { left.rows() }];
        let (mut l, mut r) = (0, 0);
        let mut blocks = Blocks::default();
        while l < left_order.rows() || r < right_order.rows() {
            if in_place && blocks.skip(|| left.agrees(l, right, r, Blocks::ROWS)) {
                pairing.pair(l, r, Blocks::ROWS);
                (l, r) = (l + Blocks::ROWS, r + Blocks::ROWS);
                continue;
            }
            let order = match (l < left_order.rows(), r < right_order.rows()) {
                (true, true) => left.order(left_order.row(l), right, right_order.row(r)),
                (true, false) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Less => pairing.missing.push(left_order.row(l) as u32),
                Ordering::Greater => pairing.extra.push(right_order.row(r) as u32),
                Ordering::Equal if in_place => pairing.pair(l, r, 1),
                Ordering::Equal => partners[left_order.row(l)] = right_order.row(r) as u32,
            }
            l += usize::from(order.is_le());
            r += usize::from(order.is_ge());
        }
        let paired = partners.iter().enumerate().filter(|&(_, &partner)| partner != NONE);
        paired.for_each(|(row, &partner)| pairing.pair(row, partner as usize, 1));
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
