//! Which aligned windows contain a time.

/// Windows `[k · slide, k · slide + size)`, and those found last: most records fall where the one before fell.
#[derive(Debug, Clone)]
pub(super) struct Spans {
    size: i64,
    slide: i64,
    last: Span,
}

/// The windows that contain any of the times from `from` up to `to`: `count` of them from `first_start` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    from: i64,
    to: i64,
    pub(super) first_start: i64,
    /// Which one that is: its start over the slide.
    pub(super) first_number: i64,
    pub(super) count: i64,
}

impl Spans {
    /// Both above 0.
    pub(super) fn new(size: i64, slide: i64) -> Self {
        Self { size, slide, last: Span { from: 0, to: 0, first_start: 0, first_number: 0, count: 0 } }
    }

    /// The windows that contain `time_ms`; `None` if one of them begins or ends beyond what 64 bits hold.
    #[inline]
    pub(super) fn of(&mut self, time_ms: i64) -> Option<Span> {
        if !(self.last.from..self.last.to).contains(&time_ms) {
            self.last = self.find(time_ms)?;
        }
        Some(self.last)
    }

    fn find(&self, time_ms: i64) -> Option<Span> {
        let Self { size, slide, .. } = *self;
        let last_number = time_ms.div_euclid(slide);
        let last_start = last_number.checked_mul(slide)?;
        let last_end = last_start.checked_add(size)?;
        // What is left of the last window after this time is how far windows before it reach.
        let count = if last_end > time_ms { (last_end - 1 - time_ms) / slide + 1 } else { 0 };
        if count == 0 {
            let (from, to) = (last_end, last_start.saturating_add(slide));
            return Some(Span { from, to, first_start: 0, first_number: 0, count });
        }
        let first_start = last_start.checked_sub((count - 1) * slide)?;
        let end_before = (first_start + size).saturating_sub(slide);
        let from = last_start.max(end_before);
        let to = last_start.saturating_add(slide).min(first_start + size);
        Some(Span { from, to, first_start, first_number: last_number - (count - 1), count })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn starts(size: i64, slide: i64, time_ms: i64) -> Option<Vec<i64>> {
        let span = Spans::new(size, slide).of(time_ms)?;
        assert!((span.from..span.to).contains(&time_ms), "{span:?} {time_ms}");
        Some((0..span.count).map(|i| span.first_start + i * slide).collect())
    }

    #[test]
    fn windows_are_aligned_to_the_epoch_before_it_too() {
        for (size, slide, time, expected) in [
            (10, 10, 0, vec![0]),
            (10, 10, 9, vec![0]),
            (10, 10, 10, vec![10]),
            (10, 10, -1, vec![-10]),
            (10, 10, -10, vec![-10]),
            (10, 10, -11, vec![-20]),
            (10, 3, 10, vec![3, 6, 9]),
            (10, 3, -1, vec![-9, -6, -3]),
            (3, 10, 12, vec![10]),
            (3, 10, 13, vec![]),
            (3, 10, -1, vec![]),
        ] {
            assert_eq!(starts(size, slide, time), Some(expected), "{size} {slide} {time}");
        }
    }

    #[test]
    fn windows_beyond_what_a_time_can_be_are_none() {
        assert_eq!(starts(10, 10, i64::MAX), None);
        assert_eq!(starts(1, 1, i64::MAX), None);
        assert_eq!(starts(1, 1, i64::MAX - 1), Some(vec![i64::MAX - 1]));
        assert_eq!(starts(10, 10, i64::MIN), None);
        assert_eq!(starts(8, 8, i64::MIN), Some(vec![i64::MIN]));
        assert_eq!(starts(16, 8, i64::MIN), None);
        assert_eq!(starts(i64::MAX, i64::MAX, 5), Some(vec![0]));
        assert_eq!(starts(i64::MAX, i64::MAX, -5), Some(vec![-i64::MAX]));
        assert_eq!(starts(i64::MAX, i64::MAX, i64::MIN), None);
    }

    proptest! {
        #[test]
        fn a_time_is_in_each_window_that_contains_it(
            size in 1_i64..40,
            slide in 1_i64..40,
            times in prop::collection::vec(-100_i64..100, 1..30),
        ) {
            let mut spans = Spans::new(size, slide);
            for time in times {
                let span = spans.of(time).unwrap();
                let found: Vec<i64> = (0..span.count).map(|i| span.first_start + i * slide).collect();
                let expected: Vec<i64> =
                    (-200..200).map(|k| k * slide).filter(|start| (*start..start + size).contains(&time)).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
