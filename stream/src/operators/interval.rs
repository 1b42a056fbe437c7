//! Describes how far apart in time the two sides of an interval join may lie.

/// The times that a right record may have, relative to its left one's, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    pub(super) lower_ms: i64,
    pub(super) upper_ms: i64,
}

impl Interval {
    /// The times of the right records that a left one at `time_ms` can have.
    pub(super) fn of_left(self, time_ms: i64) -> Option<(i64, i64)> {
        let time = i128::from(time_ms);
        clamped(time + i128::from(self.lower_ms), time + i128::from(self.upper_ms))
    }

    /// The times of the left records that a right one at `time_ms` can have.
    pub(super) fn of_right(self, time_ms: i64) -> Option<(i64, i64)> {
        let time = i128::from(time_ms);
        clamped(time - i128::from(self.upper_ms), time - i128::from(self.lower_ms))
    }
}

/// The part of an interval that 64 bits can hold, if any.
fn clamped(from: i128, to: i128) -> Option<(i64, i64)> {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    (from <= most && to >= least).then(|| (from.max(least) as i64, to.min(most) as i64))
}
