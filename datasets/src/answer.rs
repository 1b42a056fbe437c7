//! Answers: what a job, or the reference, concludes about a dataset.

use crate::Table;

/// Describes what a job, or the reference, concludes about a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// One number for each record, by offset: a bin, a page, a day. What it means is the problem's; [`NO_DECISION`] stands
    /// where there is none. Decisions are their own certificate: their cost is recomputed from them and from the records,
    /// never taken from the job that made them.
    Decisions(Vec<u32>),
    /// Rows, each with a key.
    Table(Table),
}

impl Answer {
    /// Returns how many rows it has: of decisions, one for each record.
    pub fn rows(&self) -> usize {
        match self {
            Self::Decisions(decisions) => decisions.len(),
            Self::Table(table) => table.rows(),
        }
    }
}

/// Stands among decisions for "the job gave none for this record".
pub const NO_DECISION: u32 = u32::MAX;

/// One end of the interval that holds the optimum, and the method that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The bound, in the problem's unit of cost.
    pub value: u64,
    /// The name of the method, as it stands in reports: `martello-toth-l2`, `first-fit-decreasing`.
    pub by: &'static str,
}

/// Describes what the batch side knows of the optimum: it lies in `lower.value ..= upper.value`.
///
/// The end that an answer can reach, the upper one of a cost, is what `decisions` come to, so it can be checked; the
/// other is proved by the method it names. When the two meet, the optimum is known and the reference is *exact*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// No answer costs less than this.
    pub lower: Bound,
    /// The optimum is at most this.
    pub upper: Bound,
    /// The best offline answer found: for the record at offset `i`, `decisions[i]`.
    pub decisions: Vec<u32>,
}

impl Reference {
    /// Returns whether the optimum is known.
    pub fn is_exact(&self) -> bool {
        self.lower.value == self.upper.value
    }
}
