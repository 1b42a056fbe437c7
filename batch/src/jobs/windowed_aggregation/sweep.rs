//! One sweep over the records of a key, sorted by time, for each kind of window.
//!
//! All bounds that are computed in 64 bits here were checked to fit.

use super::Timed;
use super::extremes::Extremes;
use super::rows::{Row, Rows};
use super::window::indices;
use crate::answer::counted;

pub(super) fn tumbling(rows: &mut Rows, key: u32, mut group: &[Timed], size_ms: i64) {
    while let Some(&(first, _)) = group.first() {
        let start = first - first.rem_euclid(size_ms);
        let end = start + size_ms;
        let count = group.iter().position(|&(time_ms, _)| time_ms >= end).unwrap_or(group.len());
        let (inside, behind) = group.split_at(count);
        rows.add(start, end, key, inside);
        group = behind;
    }
}

pub(super) fn sessions(rows: &mut Rows, key: u32, group: &[Timed], gap_ms: i64) {
    // Two that are exactly a gap apart touch, and so are one.
    for session in group.chunk_by(|&(before, _), &(time_ms, _)| time_ms <= before + gap_ms) {
        let ((start, _), (last, _)) = (session[0], session[session.len() - 1]);
        rows.add(start, last + gap_ms, key, session);
    }
}

/// Describes how many sliding windows there are.
#[derive(Debug, Default)]
pub(super) struct SlidingCount {
    /// Windows of a key that hold a record.
    pub(super) windows: u128,
    /// Records that no window holds.
    pub(super) outside: u64,
}

impl SlidingCount {
    /// Counts a key's windows without visiting them: a slide given in the wrong unit asks for billions.
    pub(super) fn add(&mut self, group: &[Timed], size_ms: i64, slide_ms: i64) {
        let mut uncounted = i128::MIN;
        for &(time_ms, _) in group {
            let (first, last) = indices(time_ms, size_ms, slide_ms);
            self.outside += u64::from(first > last);
            let first = first.max(uncounted);
            if first <= last {
                self.windows += (last - first + 1).cast_unsigned();
                uncounted = last + 1;
            }
        }
    }
}

/// From window to window, with the records of the current one between two pointers. Sum and extremes are carried
/// along, so a window costs its slide's records, not its own.
pub(super) fn sliding(rows: &mut Rows, key: u32, group: &[Timed], size_ms: i64, slide_ms: i64) {
    let (mut from, mut to) = (0, 0);
    let mut sum = 0;
    let mut extremes = Extremes::default();
    let mut index = 0;
    while let Some(&(oldest, _)) = group.get(from) {
        if from == to {
            // The window is empty: on to the first one that ends behind the oldest record.
            index = indices(oldest, size_ms, slide_ms).0;
        }
        let start = index * i128::from(slide_ms);
        let end = start + i128::from(size_ms);
        while let Some(&(time_ms, value)) = group.get(to)
            && i128::from(time_ms) < end
        {
            sum += i128::from(value);
            extremes.push(to, value);
            to += 1;
        }
        while from < to && i128::from(group[from].0) < start {
            sum -= i128::from(group[from].1);
            from += 1;
        }
        extremes.forget_before(from);
        if from < to {
            let (min, max) = extremes.get().expect("the window holds a record");
            let bound = |at: i128| i64::try_from(at).expect("the window's bounds were checked");
            let (start, end, count) = (bound(start), bound(end), counted(&group[from..to]));
            rows.push(Row { start, end, key, count, sum, min, max });
        }
        index += 1;
    }
}
