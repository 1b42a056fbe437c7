//! Zipf's law: the key of rank k is drawn 1/k as often as the first.

use crate::random::SplitMix64;

/// The weight of the first rank; whole weights make the same draws on every machine.
const FIRST_WEIGHT: u64 = 1 << 40;

/// A zipf distribution of exponent 1 over the ranks from 0, by its inverse.
pub(super) struct Zipf {
    /// For each rank the weight of all ranks up to it.
    cumulative: Vec<u64>,
}

impl Zipf {
    /// Over so many ranks, at least one; fewer than 2²⁴, so that no weight is 0 and their sum fits.
    pub(super) fn new(ranks: u64) -> Self {
        let mut sum = 0;
        let cumulative = (1..=ranks).map(|rank| {
            sum += FIRST_WEIGHT / rank;
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    pub(super) fn draw(&self, random: &mut SplitMix64) -> u64 {
        let total = *self.cumulative.last().expect("there is at least one rank");
        let drawn = random.uniform(0, total - 1);
        self.cumulative.partition_point(|&sum| sum <= drawn) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_drawn_as_often_as_zipf_says() {
        const DRAWS: u32 = 100_000;
        let (zipf, mut random) = (Zipf::new(100), SplitMix64::new(1));
        let mut counts = [0_u32; 100];
        for _ in 0..DRAWS {
            counts[zipf.draw(&mut random) as usize] += 1;
        }
        let harmonic: f64 = (1..=100).map(|rank| 1.0 / f64::from(rank)).sum();
        let mut chi_squared = 0.0;
        for (rank, &count) in (1_u32..).zip(&counts) {
            let expected = f64::from(DRAWS) / harmonic / f64::from(rank);
            chi_squared += (f64::from(count) - expected).powi(2) / expected;
        }
        // 99 degrees of freedom: 148.2 is exceeded once in a thousand seeds.
        assert!(chi_squared < 148.2, "{chi_squared}");
    }

    #[test]
    fn one_rank_is_always_drawn() {
        assert!((0..100).all(|seed| Zipf::new(1).draw(&mut SplitMix64::new(seed)) == 0));
    }
}
