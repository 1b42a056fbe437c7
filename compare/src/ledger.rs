//! Counts of records and of rows.

use serde::{Deserialize, Serialize};

/// Where every record went: `records = used + late + duplicate + rejected + not_emitted + no_window + lost + untold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Records in the dataset.
    pub records: u64,
    /// Records that the job decided on.
    pub used: u64,
    /// Records that came after their window had closed.
    pub late: u64,
    /// Records that the job saw more than once.
    pub duplicate: u64,
    /// Records that the job refused.
    pub rejected: u64,
    /// Records of which nothing was emitted before the input ended, in jobs that don't drain their state.
    pub not_emitted: u64,
    /// Records that lie in none of the windows: in the gaps between them.
    pub no_window: u64,
    /// Records that left no trace.
    pub lost: u64,
    /// Records of which a job outside doesn't say what became.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub untold: u64,
    /// Says how often records were taken in again that had been already: a crash under at-least-once does that.
    pub repeated: u64,
    /// Rows of sessions that merged later: they were emitted, became part of a longer session, and stand beside it.
    pub superseded_rows: u64,
    /// Says how many records those rows count. Each stands in the longer session's row, too.
    pub superseded_records: u64,
}

impl Ledger {
    /// Returns whether every record is accounted for.
    pub fn balances(&self) -> bool {
        let Self {
            records,
            used,
            late,
            duplicate,
            rejected,
            not_emitted,
            no_window,
            lost,
            untold,
            repeated,
            ..
        } = self;
        // Wide enough for any numbers that a file may hold.
        let sum = |of: &[&u64]| of.iter().map(|&&number| u128::from(number)).sum::<u128>();
        sum(&[records, repeated])
            == sum(&[used, late, duplicate, rejected, not_emitted, no_window, lost, untold])
    }

    /// Returns how many records are in no row of the answer and should be, by what the dataset holds: all that aren't
    /// used, but for repetitions of one that is.
    pub fn left_out(&self) -> u64 {
        let Self { late, rejected, not_emitted, no_window, lost, .. } = *self;
        [late, rejected, not_emitted, no_window, lost].into_iter().fold(0, u64::saturating_add)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Rows of an answer held against what they must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there.
    pub extra: u64,
    /// Rows that are there and wrong.
    pub changed: u64,
    /// Rows that are right.
    pub equal: u64,
}

impl Divergence {
    /// Returns how many rows differ in any way.
    ///
    /// ```
    /// let divergence = compare::Divergence { missing: 1, extra: 2, changed: 3, equal: 40 };
    /// assert_eq!(divergence.rows(), 6);
    /// ```
    pub fn rows(&self) -> u64 {
        self.missing.saturating_add(self.extra).saturating_add(self.changed)
    }
}
