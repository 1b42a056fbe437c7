//! Describes how long records are under way, so in which order they arrive.

use super::{Arguments, GeneratorDefault, GeneratorParameter};
use crate::error::Error;
use crate::random::SplitMix64;

/// The models that need no partitions, and the one that does; in the order of [`Disorder::ALL`].
const WORDS: &[&str] = &["none", "bounded", "heavy-tailed", "bursts", "stalled-partition"];

/// A hundred days: enough for any delay, and no sum of times overflows.
pub(super) const MAX_DELAY_MS: u64 = 8_640_000_000;

/// The parameters of records that come through one partition.
pub(super) const DISORDER: GeneratorParameter = GeneratorParameter {
    name: "disorder",
    default: GeneratorDefault::Word { default: "bounded", words: WORDS.split_at(4).0 },
    about: "how records are delayed: none, bounded, heavy-tailed, bursts",
};

/// Holds the same where there are partitions.
pub(super) const PARTITIONED_DISORDER: GeneratorParameter = GeneratorParameter {
    name: "disorder",
    default: GeneratorDefault::Word { default: "bounded", words: WORDS },
    about: "how records are delayed: none, bounded, heavy-tailed, bursts, stalled-partition",
};

pub(super) const MAX_DELAY: GeneratorParameter = GeneratorParameter {
    name: "max-delay",
    default: GeneratorDefault::Number(2000),
    about: "the longest delay, in milliseconds",
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disorder {
    /// No delay.
    None,
    /// Uniform up to the longest.
    Bounded,
    /// Pareto with exponent 1, cut off at the longest delay, of which half of the delays stay below a 600th.
    HeavyTailed,
    /// Now and then half of the records are held back for a while, then come all at once.
    Bursts,
    /// Now and then one partition stands still.
    StalledPartition,
}

impl Disorder {
    const ALL: [Self; 5] =
        [Self::None, Self::Bounded, Self::HeavyTailed, Self::Bursts, Self::StalledPartition];
}

/// Draws delays.
pub(super) struct Delays {
    disorder: Disorder,
    max_ms: u64,
    /// The partition that stalls.
    last_partition: u64,
}

impl Delays {
    /// Delays of records in so many partitions.
    pub(super) fn new(arguments: &Arguments, partitions: u64) -> Result<Self, Error> {
        let word = arguments.word(DISORDER.name);
        let at = WORDS.iter().position(|known| *known == word).expect("arguments are checked");
        let disorder = Disorder::ALL[at];
        if disorder == Disorder::StalledPartition && partitions < 2 {
            return Err(Error::usage("disorder `stalled-partition` needs 2 partitions or more")
                .with_hint("add '--set partitions=4'".to_owned()));
        }
        let max_ms = arguments.within(MAX_DELAY.name, &(0..=MAX_DELAY_MS))?;
        Ok(Self { disorder, max_ms, last_partition: partitions - 1 })
    }

    /// Returns how long a record is under way that happens `since_start_ms` after the first.
    pub(super) fn draw(&self, since_start_ms: u64, partition: u64, random: &mut SplitMix64) -> u64 {
        match self.disorder {
            Disorder::Bounded => random.uniform(0, self.max_ms),
            Disorder::HeavyTailed => self.pareto(random),
            Disorder::Bursts if random.next_u64() >> 63 == 0 => self.until_outage_ends(since_start_ms),
            Disorder::StalledPartition if partition == self.last_partition => {
                self.until_outage_ends(since_start_ms)
            }
            Disorder::None | Disorder::Bursts | Disorder::StalledPartition => 0,
        }
    }

    /// A watermark's delay that goes with these delays: bounded ones are waited out; of heavy-tailed ones one in
    /// twenty is too long for it, and so is a stalled partition.
    pub(super) fn watermark_delay(&self) -> u64 {
        match self.disorder {
            Disorder::None => 0,
            Disorder::Bounded | Disorder::Bursts => self.max_ms,
            Disorder::HeavyTailed | Disorder::StalledPartition => self.max_ms / 30,
        }
    }

    /// The inverse of P(delay > d) = m / (d + m), at a chance that lets no delay exceed the longest.
    fn pareto(&self, random: &mut SplitMix64) -> u64 {
        const ONE: u64 = 1 << 32;
        let median = (self.max_ms / 600).max(1);
        let least = (median * ONE).div_ceil(self.max_ms + median);
        median * ONE / random.uniform(least, ONE) - median
    }

    /// Of any four times the longest delay, nothing gets through in the second quarter.
    fn until_outage_ends(&self, since_start_ms: u64) -> u64 {
        let phase = since_start_ms.checked_rem(4 * self.max_ms).unwrap_or(0);
        let (start, end) = (self.max_ms, 2 * self.max_ms);
        if (start..end).contains(&phase) { end - phase } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(disorder: Disorder, max_ms: u64) -> Delays {
        Delays { disorder, max_ms, last_partition: 3 }
    }

    fn drawn(delays: &Delays, partition: u64) -> Vec<u64> {
        let mut random = SplitMix64::new(1);
        (0..40_000).map(|since| delays.draw(since, partition, &mut random)).collect()
    }

    fn share(delays: &[u64], is_counted: impl Fn(u64) -> bool) -> f64 {
        delays.iter().filter(|&&delay| is_counted(delay)).count() as f64 / delays.len() as f64
    }

    #[test]
    fn no_delay_is_longer_than_the_longest() {
        for disorder in Disorder::ALL {
            for max_ms in [0, 1, 2, 599, 600, 10_000] {
                let delays = drawn(&delays(disorder, max_ms), 3);
                assert!(delays.iter().all(|&delay| delay <= max_ms), "{disorder:?} {max_ms}");
            }
        }
        let random = &mut SplitMix64::new(1);
        let longest = delays(Disorder::HeavyTailed, MAX_DELAY_MS);
        assert!((0..10_000).all(|_| longest.pareto(random) <= MAX_DELAY_MS));
    }

    #[test]
    fn heavy_tails_are_heavy() {
        let delays = drawn(&delays(Disorder::HeavyTailed, 60_000), 0);
        // P(delay > d) = 100 / (d + 100), a little less because of the cut.
        for (limit, expected) in [(100, 0.5), (900, 0.1), (2000, 0.0476), (9900, 0.01)] {
            let found = share(&delays, |delay| delay > limit);
            assert!((found - expected).abs() < 0.006, "{limit}: {found}");
        }
        assert!(delays.iter().any(|&delay| delay > 50_000));
    }

    #[test]
    fn bounded_delays_are_uniform() {
        let delays = drawn(&delays(Disorder::Bounded, 999), 0);
        assert!((share(&delays, |delay| delay < 500) - 0.5).abs() < 0.01);
        assert_eq!((delays.iter().min(), delays.iter().max()), (Some(&0), Some(&999)));
    }

    #[test]
    fn outages_end_for_all_at_once() {
        let stalled = drawn(&delays(Disorder::StalledPartition, 1000), 3);
        let arrivals = |delays: &[u64]| (0..).zip(delays).map(|(at, delay)| at + delay).collect::<Vec<u64>>();
        assert!(arrivals(&stalled)[1000..2000].iter().all(|&arrival| arrival == 2000));
        assert_eq!(stalled.iter().filter(|&&delay| delay > 0).count(), 10_000);
        assert!(drawn(&delays(Disorder::StalledPartition, 1000), 2).iter().all(|&delay| delay == 0));
        let bursts = drawn(&delays(Disorder::Bursts, 1000), 0);
        let held = share(&bursts, |delay| delay > 0);
        assert!((held - 0.125).abs() < 0.01, "{held}");
        assert!(arrivals(&bursts)[5000..6000].contains(&6000));
    }
}
