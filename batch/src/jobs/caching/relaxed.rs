//! Lower bounds for objects of several sizes.
//!
//! A hit needs the object to be held from its last request on: its size at each time between. What all hits need together
//! is no more than what the cache offers at all times together. The most hits that this allows are the cheapest ones, and
//! as many others must miss (PFOO-L: Berger, Beckmann and Harchol-Balter 2018).

use datasets::{Insertion, Request};

use super::uses::{NEVER, Uses};

/// For each prefix the fewest misses, as far as the relaxation knows, and which bound says so.
///
/// Where insertion is forced, a time is a request, at which what is asked for takes room of its own, and a hit needs the
/// requests between the two. Where it is optional, a time is what lies between two requests.
pub(super) fn misses(
    requests: &[Request],
    uses: &Uses,
    cache_size: u64,
    insertion: Insertion,
    prefixes: &[usize],
) -> Vec<(u64, &'static str)> {
    let mut last = vec![NEVER; requests.len()];
    for (at, &next) in (0..).zip(&uses.next).filter(|(_, next)| **next != NEVER) {
        last[next as usize] = at;
    }
    let mut needs = Needs::default();
    let (mut offered, mut seen, mut candidates) = (0_u128, 0, 0);
    let mut bound = |&prefix: &usize| {
        for at in seen..prefix {
            let size = requests[at].size;
            let taken = if insertion == Insertion::Forced && size <= cache_size { size } else { 0 };
            let is_offered = insertion == Insertion::Forced || at > 0;
            offered += if is_offered { u128::from(cache_size - taken) } else { 0 };
            if last[at] != NEVER && size <= cache_size {
                let times = at - last[at] as usize - usize::from(insertion == Insertion::Forced);
                needs.add(u128::from(size) * times as u128);
                candidates += 1;
            }
        }
        seen = prefix;
        let hits = needs.most_within(offered);
        let by = if hits < candidates { "interval-resources" } else { "compulsory-misses" };
        (prefix as u64 - hits, by)
    };
    prefixes.iter().map(&mut bound).collect()
}

/// Below this many bits a class holds one number.
const BITS: u32 = 10;

/// Numbers in classes so narrow that the least of a class is less than a thousandth below each other one.
#[derive(Debug, Default)]
struct Needs {
    /// Says how many there are, and their sum.
    classes: Vec<(u64, u128)>,
}

impl Needs {
    fn class(need: u128) -> usize {
        let above = (u128::BITS - need.leading_zeros()).saturating_sub(BITS);
        ((above as usize) << (BITS - 1)) + (need >> above) as usize
    }

    /// The least number of a class.
    fn least(class: usize) -> u128 {
        let above = (class >> (BITS - 1)).saturating_sub(1);
        let first = class - (above << (BITS - 1));
        (first as u128) << above
    }

    fn add(&mut self, need: u128) {
        let class = Self::class(need);
        if class >= self.classes.len() {
            self.classes.resize(class + 1, (0, 0));
        }
        let (count, sum) = &mut self.classes[class];
        *count += 1;
        *sum += need;
    }

    /// Returns how many numbers can be chosen so that their sum is within `offered`; never too few.
    fn most_within(&self, mut offered: u128) -> u64 {
        let mut chosen = 0;
        for (class, &(count, sum)) in self.classes.iter().enumerate() {
            if sum > offered {
                let more = offered / Self::least(class).max(1);
                return chosen + (more as u64).min(count);
            }
            offered -= sum;
            chosen += count;
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn classes_are_narrow_and_in_order() {
        let mut random = SplitMix64::new(1);
        let mut numbers: Vec<u128> = (0..5000).collect();
        numbers.extend((0..5000).map(|_| u128::from(random.next_u64()) << random.uniform(0, 60) >> 20));
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            assert!(Needs::class(pair[0]) <= Needs::class(pair[1]), "{pair:?}");
        }
        for number in numbers {
            let least = Needs::least(Needs::class(number));
            assert!(least <= number && number - least <= number / 512, "{number} {least}");
            assert_eq!(Needs::class(least), Needs::class(number));
        }
    }

    #[test]
    fn the_cheapest_are_chosen() {
        let mut random = SplitMix64::new(2);
        for _ in 0..200 {
            let numbers: Vec<u128> = (0..50).map(|_| u128::from(random.uniform(0, 5000))).collect();
            let offered = u128::from(random.uniform(0, 100_000));
            let mut needs = Needs::default();
            for &number in &numbers {
                needs.add(number);
            }
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let mut sum = 0;
            let exact = sorted.iter().take_while(|&&number| {
                sum += number;
                sum <= offered
            });
            let (exact, found) = (exact.count() as u64, needs.most_within(offered));
            assert!(exact <= found && found <= exact + 1, "{exact} {found}");
        }
    }
}
