//! Recorded time: when the log held so many records, and how a moment is written.

use compare::architecture::Architectures;

use crate::format::plain;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment since the log began, or a length of recorded time: `533 ms`, `56.143 s`, `12 min 05 s`, `3 h 20 min`, `5 d 4 h`.
pub(crate) fn moment(ms: i64) -> String {
    let size = ms.unsigned_abs();
    let sign = if ms < 0 { "−" } else { "" };
    let two = |whole: u64, unit: &str, part: u64, smaller: &str| {
        format!("{whole}\u{a0}{unit}\u{a0}{part:02}\u{a0}{smaller}")
    };
    let text = match size {
        0..SECOND => format!("{size}\u{a0}ms"),
        SECOND..600_000 => format!("{}\u{a0}s", plain(size as f64 / SECOND as f64)),
        600_000..HOUR => two(size / MINUTE, "min", size % MINUTE / SECOND, "s"),
        HOUR..172_800_000 => two(size / HOUR, "h", size % HOUR / MINUTE, "min"),
        _ => two(size / DAY, "d", size % DAY / HOUR, "h"),
    };
    format!("{sign}{text}")
}

/// A length of recorded time that a file gives without a sign.
pub(crate) fn length(ms: u64) -> String {
    moment(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// When the log held so many records: exact at those of which the run tells the time, between two of them by a straight
/// line.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Records and their time, rising.
    known: Vec<(u64, i64)>,
}

impl Clock {
    pub(crate) fn of(run: &Architectures) -> Self {
        let mut known = vec![(0, 0), (run.log.records, run.length_ms)];
        if let Some(kappa) = &run.kappa {
            known.extend(kappa.transitions.iter().map(|step| (step.records, step.time_ms)));
            known.extend(kappa.lag.iter().map(|point| (point.records, point.time_ms)));
        }
        let served = [
            run.kappa.as_ref().and_then(|kappa| kappa.served.as_ref()),
            run.lambda.as_ref().and_then(|lambda| lambda.served.as_ref()),
        ];
        let served = served.into_iter().flatten();
        known.extend(served.flat_map(|served| &served.points).map(|point| (point.records, point.time_ms)));
        known.sort_unstable();
        known.dedup_by_key(|point| point.0);
        Self { known }
    }

    /// Returns the most records of which the time is known.
    pub(crate) fn last(&self) -> u64 {
        self.known.last().map_or(0, |known| known.0)
    }

    /// Returns the time in milliseconds since the log began.
    pub(crate) fn at(&self, records: u64) -> f64 {
        let after = self.known.partition_point(|known| known.0 < records);
        let (Some(&next), before) = (self.known.get(after), after.checked_sub(1)) else {
            return self.known.last().map_or(0.0, |known| known.1 as f64);
        };
        let Some(&before) = before.and_then(|at| self.known.get(at)) else { return next.1 as f64 };
        let share = (records - before.0) as f64 / (next.0 - before.0) as f64;
        before.1 as f64 + share * (next.1 as f64 - before.1 as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_the_units_that_suit_them() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ms"),
            (56_143, "56.143 s"),
            (2_000, "2 s"),
            (725_000, "12 min 05 s"),
            (12_000_000, "3 h 20 min"),
            (446_400_000, "5 d 04 h"),
            (-1_500, "−1.5 s"),
        ];
        for (ms, text) in cases {
            assert_eq!(moment(ms).replace('\u{a0}', " "), text);
        }
        assert!(moment(i64::MIN).starts_with('−') && length(u64::MAX).ends_with('h'));
    }

    #[test]
    fn the_clock_is_exact_where_the_run_tells_the_time() {
        let clock = Clock { known: vec![(0, 0), (10, 100), (20, 400)] };
        let times = [0, 5, 10, 15, 20, 99].map(|records| clock.at(records).round() as i64);
        assert_eq!(times, [0, 50, 100, 250, 400, 400]);
        assert!(Clock { known: vec![] }.at(3).abs() < 1e-9);
    }
}
