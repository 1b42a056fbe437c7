//! The one source of chance: splitmix64, whose output for a seed never changes.

/// Splitmix64 (Steele, Lea & Flood 2014): the state advances by the golden gamma before each output.
///
/// It orders shuffles and draws generated datasets, so its sequence is part of the contract: a library's
/// generator may change between versions, this one may not.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator whose first output follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number uniform on `low ..= high`, without modulo bias.
    pub fn uniform(&mut self, low: u64, high: u64) -> u64 {
        assert!(low <= high, "an empty range: {low} to {high}");
        let Some(width) = (high - low).checked_add(1) else { return self.next_u64() };
        // Outputs below this many would make the first remainders likelier than the others.
        let biased = width.wrapping_neg() % width;
        loop {
            let drawn = self.next_u64();
            if drawn >= biased {
                return low + drawn % width;
            }
        }
    }

    /// Fisher-Yates from the last element down, each swapped with one at `next mod (i + 1)`.
    ///
    /// The plain remainder is the contract's; its bias is below 2⁻³² for any slice that fits in memory.
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for i in (1..slice.len()).rev() {
            slice.swap(i, (self.next_u64() % (i as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_one_shuffles_ten_as_the_contract_says() {
        let mut digits: Vec<u32> = (0..10).collect();
        SplitMix64::new(1).shuffle(&mut digits);
        assert_eq!(digits, [4, 2, 8, 1, 9, 3, 0, 6, 7, 5]);
    }

    #[test]
    fn the_first_outputs_of_seed_zero_are_the_published_ones() {
        let mut random = SplitMix64::new(0);
        assert_eq!(random.next_u64(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(random.next_u64(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn uniform_stays_in_its_range_and_reaches_both_ends() {
        let mut random = SplitMix64::new(7);
        let drawn: Vec<u64> = (0..1000).map(|_| random.uniform(3, 5)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&5)));
        assert_eq!(random.uniform(9, 9), 9);
        random.uniform(0, u64::MAX);
    }
}
