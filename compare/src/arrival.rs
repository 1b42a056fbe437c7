//! When a job that reads faster than records come in will have caught up: an interval, not a percentage.
//!
//! Records come in bursts, so how many come while the job catches up isn't known. It is about `rate · t`, and its variance
//! about `rate · t · dispersion`, where *dispersion* is the variance of counts over their mean (1 for a Poisson process);
//! the rate itself is known from so much of the past only, which adds `rate · dispersion / past · t²`. The job has caught up at
//! the `t` at which what it has read is the lag and all that came meanwhile. The ends of the interval are that `t` for the
//! fewest and for the most that may come.

/// The share of intervals that are to hold what they promise.
pub const COVERAGE: f64 = 0.95;

/// The two-sided quantile of the normal distribution at [`COVERAGE`], and some more: the dispersion is itself measured.
const DEVIATIONS: f64 = 1.96 * 1.15;

/// The past is cut into so many equal parts, in which records are counted.
const PARTS: usize = 40;
/// From fewer parts with records nothing is told.
const LEAST_PARTS: usize = 8;
/// Bisections of a length of time: to a 2^60th of it.
const STEPS: usize = 60;

/// How many records come in, and how evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Records a millisecond.
    rate: f64,
    /// The variance of counts over their mean.
    dispersion: f64,
    /// The milliseconds that were looked at.
    past_ms: f64,
}

/// When a job will have caught up, in milliseconds from now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// The earliest; `None`: never, however few come.
    pub from_ms: Option<f64>,
    /// The latest; `None`: perhaps never.
    pub to_ms: Option<f64>,
}

impl Rates {
    /// Returns what `arrivals_ms`, ascending, tell of the time from the first of them to `now_ms`; `None` where that is too
    /// little to go by.
    pub fn of(arrivals_ms: &[i64], now_ms: i64) -> Option<Self> {
        let first = *arrivals_ms.first()?;
        let past_ms = (now_ms.saturating_sub(first)) as f64;
        if past_ms <= 0.0 || arrivals_ms.len() < 2 * PARTS {
            return None;
        }
        let mut counts = [0.0_f64; PARTS];
        for &arrival in arrivals_ms {
            let part = (arrival - first) as f64 / past_ms * PARTS as f64;
            counts[(part as usize).min(PARTS - 1)] += 1.0;
        }
        if counts.iter().filter(|&&count| count > 0.0).count() < LEAST_PARTS {
            return None;
        }
        // Bursts may be longer than a part: the coarsest cut that still has enough parts shows most of them.
        let dispersion = [1, 2, 4].map(|width| dispersion(&counts, width)).into_iter().fold(0.0, f64::max);
        Some(Self { rate: arrivals_ms.len() as f64 / past_ms, dispersion: dispersion.max(1e-9), past_ms })
    }

    /// Returns how many records come in a millisecond.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Returns when a job that is `lag` records behind and reads `speed` records a millisecond has caught up, looking
    /// `horizon_ms` ahead at most: what comes later counts as never.
    pub fn arrival(&self, lag: f64, speed: f64, horizon_ms: f64) -> Arrival {
        let at = |sign: f64| {
            let is_behind = |t: f64| {
                let variance =
                    self.rate * t * self.dispersion + self.rate * self.dispersion / self.past_ms * t * t;
                let come = (self.rate * t + sign * DEVIATIONS * variance.sqrt()).max(0.0);
                lag + come > speed * t
            };
            first_not(is_behind, horizon_ms)
        };
        Arrival { from_ms: at(-1.0), to_ms: at(1.0) }
    }
}

fn dispersion(counts: &[f64], width: usize) -> f64 {
    let sums: Vec<f64> = counts.chunks_exact(width).map(|part| part.iter().sum()).collect();
    let mean = sums.iter().sum::<f64>() / sums.len() as f64;
    let squares: f64 = sums.iter().map(|sum| (sum - mean).powi(2)).sum();
    squares / (sums.len() - 1) as f64 / mean
}

/// The first time up to `most` at which a job is no longer behind: it is behind at first, and once it isn't it has arrived.
fn first_not(is_behind: impl Fn(f64) -> bool, most: f64) -> Option<f64> {
    // The difference is a line and a root, so it crosses zero once from above; a coarse grid finds where.
    let grid = |step: usize| most * (step as f64 / 1000.0).powi(3);
    let step = (1..=1000).find(|&step| !is_behind(grid(step)))?;
    let (mut low, mut high) = (grid(step - 1), grid(step));
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if is_behind(middle) { low = middle } else { high = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    /// Arrivals of `parts` spells, each with a rate of its own: seeded, in milliseconds.
    fn arrivals(random: &mut SplitMix64, rates: [f64; 2], spell_ms: f64, records: usize) -> Vec<i64> {
        let (mut now, mut times) = (0.0, Vec::new());
        let (mut until, mut which) = (0.0, 0);
        while times.len() < records {
            let uniform = |random: &mut SplitMix64| (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            now += -(1.0 - uniform(random)).ln() / rates[which];
            while now > until {
                until += -(1.0 - uniform(random)).ln() * spell_ms;
                which = 1 - which;
            }
            times.push(now as i64);
        }
        times
    }

    /// When a job catches up that starts from nothing when `at` records are there: what really happens.
    fn arrives(times: &[i64], at: usize, speed: f64) -> Option<f64> {
        let start = times[at] as f64;
        (at..times.len()).find_map(|known| {
            let next = times.get(known + 1).map_or(f64::INFINITY, |&time| time as f64);
            let done = start + (known + 1) as f64 / speed;
            (done <= next).then_some(done - start)
        })
    }

    /// How many of 200 seeded runs arrive within the interval that was told before the start.
    fn within(rates: [f64; 2], spell_ms: f64, speed: f64) -> usize {
        let holds = |seed| {
            let times = arrivals(&mut SplitMix64::new(seed), rates, spell_ms, 40_000);
            let at = 10_000;
            let told = Rates::of(&times[..=at], times[at]).expect("enough").arrival(at as f64, speed, 1e9);
            let real = arrives(&times, at, speed).expect("it arrives");
            told.from_ms.is_some_and(|from| from <= real + 1.0)
                && told.to_ms.is_none_or(|to| real <= to + 1.0)
        };
        (0..200).filter(|&seed| holds(seed)).count()
    }

    #[test]
    fn intervals_hold_what_they_promise() {
        // Even arrivals, bursts of some records, and spells of minutes in which three times as many come.
        for (rates, spell_ms) in [([1.0, 1.0], 100.0), ([0.2, 2.0], 20.0), ([0.5, 1.5], 300.0)] {
            let found = within(rates, spell_ms, 4.0);
            assert!(found >= 190, "{found} of 200 with {rates:?}");
        }
    }

    #[test]
    fn intervals_are_no_wider_than_they_need_be() {
        let times = arrivals(&mut SplitMix64::new(1), [1.0, 1.0], 100.0, 40_000);
        let told = Rates::of(&times, times[39_999]).expect("enough").arrival(9000.0, 4.0, 1e9);
        let (from, to) = (told.from_ms.expect("arrives"), told.to_ms.expect("arrives"));
        assert!(from < 3000.0 && 3000.0 < to && to - from < 150.0, "{from} to {to}");
    }

    #[test]
    fn never_is_said_early() {
        let times: Vec<i64> = (0..1000).collect();
        let rates = Rates::of(&times, 999).expect("enough");
        assert_eq!(rates.arrival(500.0, 0.5, 1e9), Arrival { from_ms: None, to_ms: None });
        assert_eq!(rates.arrival(500.0, 0.999, 1e9).to_ms, None);
        assert!(rates.arrival(500.0, 2.0, 1e9).to_ms.is_some());
        // What it would take longer for than there is time is never, too.
        assert_eq!(rates.arrival(500.0, 2.0, 400.0), Arrival { from_ms: None, to_ms: None });
    }

    #[test]
    fn from_a_few_records_nothing_is_told() {
        assert_eq!(Rates::of(&[], 5), None);
        assert_eq!(Rates::of(&[1, 2, 3], 5), None);
        assert_eq!(Rates::of(&[7; 1000], 7), None);
        // All at once, long ago.
        assert_eq!(Rates::of(&[7; 1000], 70_000), None);
    }
}
