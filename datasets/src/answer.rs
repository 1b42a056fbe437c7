//! Answers: what a job, or the reference, concludes about a dataset.

/// A packing: for the record at offset `i`, `bins[i]` is the bin that it lies in.
///
/// Bins are numbered from 0 in the order in which they were opened. A packing is its own certificate: its
/// cost is recomputed from it and from the records, never taken from the job that made it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packing {
    /// The bin of each record, by offset.
    pub bins: Vec<u32>,
}

/// One end of the interval that holds the optimum, and the method that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The bound, in the problem's unit of cost.
    pub value: u64,
    /// The name of the method, as it stands in reports: `martello-toth-l2`, `first-fit-decreasing`.
    pub by: &'static str,
}

/// What the batch side knows of the optimum: it lies in `lower.value ..= upper.value`.
///
/// The upper end is the cost of `packing`, so it can be checked; the lower end is proved by the method it names.
/// When the two meet, the optimum is known and the reference is *exact*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// No packing is cheaper than this.
    pub lower: Bound,
    /// `packing` costs this.
    pub upper: Bound,
    /// The best offline packing found.
    pub packing: Packing,
}

impl Reference {
    /// Whether the optimum is known.
    pub fn is_exact(&self) -> bool {
        self.lower.value == self.upper.value
    }
}
