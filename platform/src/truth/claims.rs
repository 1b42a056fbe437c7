//! Counts the wrong rows that a watermark claims to be complete.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

/// The ends of the wrong rows' windows, and how many of them a watermark has passed.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// How many wrong rows end at each time.
    ends: BTreeMap<i64, u64>,
    watermark_ms: Option<i64>,
    claimed: u64,
}

impl Claims {
    /// A row that ends then is wrong from now on.
    pub(super) fn add(&mut self, end_ms: i64) {
        *self.ends.entry(end_ms).or_default() += 1;
        self.claimed += u64::from(self.has_passed(end_ms));
    }

    /// A row that ends then is wrong no more.
    pub(super) fn remove(&mut self, end_ms: i64) {
        if let Some(rows) = self.ends.get_mut(&end_ms) {
            *rows -= 1;
            if *rows == 0 {
                self.ends.remove(&end_ms);
            }
        }
        self.claimed -= u64::from(self.has_passed(end_ms));
    }

    /// Moves the watermark, forth or back, and returns how many wrong rows it claims. Costs as much as there are ends between.
    pub(super) fn claim(&mut self, watermark_ms: Option<i64>) -> u64 {
        let before = std::mem::replace(&mut self.watermark_ms, watermark_ms);
        if before < watermark_ms {
            self.claimed += self.between(before, watermark_ms);
        } else {
            self.claimed -= self.between(watermark_ms, before);
        }
        self.claimed
    }

    /// Returns whether the watermark has passed the end of a row.
    pub(super) fn has_passed(&self, end_ms: i64) -> bool {
        self.watermark_ms.is_some_and(|watermark_ms| end_ms <= watermark_ms)
    }

    /// Returns whether there is a watermark.
    pub(super) fn is_made(&self) -> bool {
        self.watermark_ms.is_some()
    }

    fn between(&self, low: Option<i64>, high: Option<i64>) -> u64 {
        let Some(high) = high.filter(|_| low != high) else { return 0 };
        let low = low.map_or(std::ops::Bound::Unbounded, Excluded);
        self.ends.range((low, Included(high))).map(|(_, rows)| rows).sum()
    }
}
