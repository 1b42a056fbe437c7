//! Count, sum, minimum and maximum of each key in each window of event time; sessions are windows too.

mod extremes;
mod rows;
mod sweep;
mod window;

use datasets::{Event, Keys};

use crate::answer::check_rows;
use crate::by_key::ByKey;
use crate::{Answer, BatchError, Count};

pub use window::Window;
pub(crate) use window::indices;

use rows::Rows;
use sweep::SlidingCount;

/// An event time and a value, all that is left of a record within its key.
type Timed = (i64, i64);

/// One row for each window and key that hold a record: `window_start_ms`, `window_end_ms`, `key`, `count`, `sum`,
/// `min`, `max`, sorted by the first three. Every record counts, however late it stands in the file; the order
/// of the file changes nothing.
///
/// Counted: `windows` (rows), `record-window pairs` (a sliding window holds a record many times) and `records in
/// no window` (those in the gaps of sliding windows that lie apart).
///
/// Sorts each key's records by time and sweeps over them once, so it takes O(n log n) and a row a window.
///
/// # Errors
///
/// If a number of the window is below 1, if a record has a window that starts or ends outside of 64 bits (the
/// first such record of the file is named), or if sliding windows give more than [`MAX_ROWS`](crate::MAX_ROWS)
/// rows.
///
/// # Panics
///
/// If a key isn't a number of `keys`.
pub fn reference(records: &[Event], window: Window, keys: &Keys) -> Result<Answer, BatchError> {
    window.check()?;
    check_bounds(records, window)?;
    let timed = records.iter().map(|record| (record.key, (record.time_ms, record.value)));
    let mut by_key = ByKey::new(timed, keys);
    by_key.sort_groups(|&(time_ms, _)| time_ms);

    let mut rows = Rows::default();
    let mut outside = 0;
    match window {
        Window::Tumbling { size_ms } => {
            by_key.groups().for_each(|(key, group)| sweep::tumbling(&mut rows, key, group, size_ms));
        }
        Window::Sliding { size_ms, slide_ms } => {
            let count = check_count(&by_key, window, size_ms, slide_ms)?;
            outside = count.outside;
            rows.reserve(count.windows as usize);
            by_key.groups().for_each(|(key, group)| sweep::sliding(&mut rows, key, group, size_ms, slide_ms));
        }
        Window::Session { gap_ms } => {
            by_key.groups().for_each(|(key, group)| sweep::sessions(&mut rows, key, group, gap_ms));
        }
    }
    let counts = vec![
        Count { name: "windows", value: rows.len() as u64 },
        Count { name: "record-window pairs", value: rows.pairs() },
        Count { name: "records in no window", value: outside },
    ];
    Ok(Answer { table: rows.into_table(), counts })
}

/// That each window of each record starts and ends within 64 bits.
fn check_bounds(records: &[Event], window: Window) -> Result<(), BatchError> {
    for (record, Event { time_ms, .. }) in records.iter().enumerate() {
        if let Some(message) = window.refusal(*time_ms) {
            return Err(BatchError::at(record, message));
        }
    }
    Ok(())
}

/// Counts the sliding windows, and refuses too many.
fn check_count(
    by_key: &ByKey<Timed>,
    window: Window,
    size_ms: i64,
    slide_ms: i64,
) -> Result<SlidingCount, BatchError> {
    let mut count = SlidingCount::default();
    for (_, group) in by_key.groups() {
        count.add(group, size_ms, slide_ms);
    }
    check_rows(count.windows, format_args!("window '{window}'"), "choose a larger slide or a smaller size")?;
    Ok(count)
}
