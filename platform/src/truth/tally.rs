//! Adds up over time how many rows are wrong.

use compare::{LargestError, Percentiles, UntilRight, Wrongness, WrongnessPoint};

/// Holds what has been added up so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The first moment and the present one.
    clock: Option<(i64, i64)>,
    wrong_ms: u64,
    wrong_row_ms: u128,
    largest: Option<LargestError>,
}

impl Tally {
    /// Moves on to a time, or, after the last serving at a prefix, to the next prefix: so long have these rows been wrong.
    pub(super) fn move_on(&mut self, wrong: u64, records: u64, time_ms: i64, to_next_prefix: bool) {
        let (start_ms, now_ms) = self.clock.unwrap_or((time_ms, time_ms));
        let next_ms = time_ms.max(now_ms);
        let passed_ms = next_ms.abs_diff(now_ms);
        self.clock = Some((start_ms, next_ms));
        if wrong == 0 || (passed_ms == 0 && !to_next_prefix) {
            return;
        }
        self.wrong_ms += passed_ms;
        self.wrong_row_ms += u128::from(wrong) * u128::from(passed_ms);
        if self.largest.is_none_or(|largest| largest.rows < wrong) {
            self.largest = Some(LargestError { rows: wrong, records, time_ms: now_ms });
        }
    }

    /// The present moment; 0 before the first.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock.map_or(0, |(_, now_ms)| now_ms)
    }

    pub(super) fn wrongness(
        self,
        records: u64,
        points: Vec<WrongnessPoint>,
        until_right: UntilRight,
        staleness: Percentiles,
    ) -> Wrongness {
        let Self { clock, wrong_ms, wrong_row_ms, largest } = self;
        let recorded_ms = clock.map_or(0, |(start_ms, now_ms)| now_ms.abs_diff(start_ms));
        Wrongness {
            records,
            points,
            recorded_ms,
            wrong_ms,
            wrong_share: (recorded_ms > 0).then(|| wrong_ms as f64 / recorded_ms as f64),
            wrong_row_seconds: wrong_row_ms as f64 / 1000.0,
            largest,
            until_right,
            staleness,
        }
    }
}
