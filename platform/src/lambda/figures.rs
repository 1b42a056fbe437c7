//! Figures of a run under Lambda: which boundaries are tried, how late records come, which interval is recommended.

use compare::{Percentiles, architecture::SweptBoundary};
use datasets::Record;

/// An interval of the sweep is as good as the best if its error is at most so much larger.
const AS_GOOD: f64 = 1.1;

/// Of many boundaries a few: the laws are tried on each by computing the whole answer anew.
pub(super) fn sampled(boundaries: &[u64]) -> Vec<u64> {
    let step = boundaries.len().div_ceil(4).max(1);
    boundaries.iter().copied().step_by(step).collect()
}

/// How far each record came in behind the newest event time before it.
pub(super) fn lateness<R: Record>(records: &[R]) -> Option<Percentiles> {
    let mut newest = i64::MIN;
    let mut behind = Vec::with_capacity(records.len());
    for record in records {
        let time = record.event_time_ms()?;
        newest = newest.max(time);
        behind.push(newest.abs_diff(time));
    }
    Some(Percentiles::of(&mut behind))
}

/// The interval that recomputes least of those whose error is about as small as the smallest.
pub(super) fn recommended(sweep: &[SweptBoundary]) -> Option<u64> {
    let least = sweep.iter().map(|swept| swept.claimed_row_seconds).min_by(f64::total_cmp)?;
    let is_as_good = |swept: &&SweptBoundary| swept.claimed_row_seconds <= least * AS_GOOD;
    sweep.iter().filter(is_as_good).min_by_key(|swept| swept.recomputed).map(|swept| swept.every)
}

/// The median, p99 and largest.
pub(super) fn quantiles(mut ages: Vec<u64>) -> [u64; 3] {
    ages.sort_unstable();
    let at = |percent: usize| {
        let rank = (ages.len() * percent).div_ceil(100).max(1) - 1;
        ages.get(rank).copied().unwrap_or(0)
    };
    [at(50), at(99), at(100)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swept(every: u64, recomputed: u64, claimed_row_seconds: f64) -> SweptBoundary {
        SweptBoundary { every, recomputed, wrong_row_seconds: 0.0, claimed_row_seconds }
    }

    #[test]
    fn the_cheapest_of_the_good_is_recommended() {
        let sweep = [swept(10, 1000, 5.0), swept(50, 300, 5.4), swept(100, 100, 9.0)];
        assert_eq!(recommended(&sweep), Some(50));
        assert_eq!(recommended(&[]), None);
    }

    #[test]
    fn lateness_is_behind_the_newest_before() {
        let event = |time_ms| datasets::Event { time_ms, key: 0, partition: 0, value: 0 };
        let found = lateness(&[5, 3, 9, 9, 2].map(event)).expect("events have a time");
        assert_eq!(found, Percentiles { p50_ms: Some(0), p99_ms: Some(7), max_ms: Some(7) });
        assert_eq!(lateness(&[datasets::Item { size: 1 }]), None, "items have none");
    }

    #[test]
    fn ages_have_their_quantiles() {
        assert_eq!(quantiles((1..=200).collect()), [100, 198, 200]);
        assert_eq!(quantiles(vec![]), [0, 0, 0]);
    }
}
