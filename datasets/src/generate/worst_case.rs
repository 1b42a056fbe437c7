//! Worst-case sequences for online bin packing: lists on which a proven ratio is reached, or nearly.

use std::ops::RangeInclusive;

use super::packing::made;
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::error::Error;
use crate::random::SplitMix64;

pub(super) const WORST_CASE: Generator = Generator {
    name: "worst-case",
    problem: "bin-packing",
    about: "a list on which a job comes near its proven ratio, in the order that makes it do so",
    parameters: &[GeneratorParameter {
        name: AGAINST,
        default: GeneratorDefault::Word { default: NEXT_FIT, words: WORDS },
        about: "the job: next-fit (ratio 2), first-fit (1.7, 30 to 420 records), harmonic (1.6905, first fit and \
                best fit suffer alike) or refined-harmonic (1.6333)",
    }],
    make,
};

const AGAINST: &str = "against";
const NEXT_FIT: &str = "next-fit";
const FIRST_FIT: &str = "first-fit";
const HARMONIC: &str = "harmonic";
const REFINED_HARMONIC: &str = "refined-harmonic";
const WORDS: &[&str] = &[NEXT_FIT, FIRST_FIT, HARMONIC, REFINED_HARMONIC];

fn make(arguments: &Arguments, records: u64, random: SplitMix64) -> Result<Made, Error> {
    let against = arguments.word(AGAINST);
    if against == FIRST_FIT {
        return first_fit(records);
    }
    if !records.is_multiple_of(4) {
        return Err(multiple(records, against, 4, u64::MAX));
    }
    Ok(match against {
        HARMONIC => layers(&SYLVESTER, records, random),
        REFINED_HARMONIC => layers(&LEE_AND_LEE, records, random),
        _ => next_fit(records, random),
    })
}

fn multiple(records: u64, against: &str, of: u64, most: u64) -> Error {
    let low = (records / of * of).clamp(of, most);
    let high = (low + of).min(most);
    let near = if low == high { format!("take {low}") } else { format!("take {low} or {high}") };
    Error::usage(format!("records is {records}, expected a multiple of {of} against {against}"))
        .with_hint(near)
}

/// Half a bin and next to nothing, by turns (Johnson 1973): no two halves stand next to each other, so next fit opens
/// a bin for each, where two would fill one.
fn next_fit(records: u64, mut random: SplitMix64) -> Made {
    const CAPACITY: u64 = 1_000_000;
    const CRUMB: RangeInclusive<u64> = 1..=9;
    let crumb = |random: &mut SplitMix64| random.uniform(*CRUMB.start(), *CRUMB.end());
    let mut ahead = random.clone();
    let crumbs: u64 = (0..records / 2).map(|_| crumb(&mut ahead)).sum();
    let sizes = (0..records).map(move |i| if i % 2 == 0 { CAPACITY / 2 } else { crumb(&mut random) });
    made(sizes, CAPACITY, Some(records / 4 + crumbs.div_ceil(CAPACITY)))
}

/// A list in four layers, the smallest sizes first. One size of each layer fills a bin, so the optimum is their number;
/// alone, a bin takes as many of a layer as the denominator less one, and what is left of it takes nothing later.
struct Layers {
    capacity: u64,
    /// The least and the greatest size of each layer.
    sizes: [(u64, u64); 4],
}

/// Just above 1/43, 1/7, 1/3 and 1/2, each the greatest unit fraction that still fits beside the later ones: 1 + 1/2 +
/// 1/6 + 1/42 bins for one (Lee & Lee 1985; for first fit Johnson et al. 1974).
const SYLVESTER: Layers = Layers {
    capacity: 1_806_000,
    sizes: [(42_001, 42_250), (258_001, 258_250), (602_001, 602_250), (903_001, 903_250)],
};

/// Just above 1/5, 1/4 and 1/2, all of which refined harmonic gives bins of their own, and what is left, just below
/// 1/20: 1 + 1/3 + 1/4 + 1/20 bins for one (Lee & Lee 1985, who reach 1/19 for the last with sand).
const LEE_AND_LEE: Layers = Layers {
    capacity: 1_000_000,
    sizes: [(49_700, 49_700), (200_001, 200_100), (250_001, 250_100), (500_001, 500_100)],
};

fn layers(layers: &'static Layers, records: u64, mut random: SplitMix64) -> Made {
    let optimum = records / 4;
    let size = move |i: u64| {
        let (least, most) = layers.sizes[(i / optimum) as usize];
        random.uniform(least, most)
    };
    made((0..records).map(size), layers.capacity, Some(optimum))
}

/// Sizes near 1/6, 1/3 and 1/2, of which a block of 30 costs first fit and best fit 17 bins and an optimal packing 10
/// (Johnson, Demers, Ullman, Garey & Graham 1974, theorem 2.2). They stray from these fractions by multiples of δ,
/// which each block makes 18 times smaller; so there can't be more blocks than whole numbers have room for.
fn first_fit(records: u64) -> Result<Made, Error> {
    const BLOCK: u64 = 30;
    const MOST_BLOCKS: u64 = 14;
    const SIXTHS: [i64; 10] = [33, -3, -7, -7, -13, 9, -2, -2, -2, -2];
    const THIRDS: [i64; 10] = [46, -34, 6, 6, 12, -10, 1, 1, 1, 1];
    let blocks = records / BLOCK;
    if !records.is_multiple_of(BLOCK) || blocks > MOST_BLOCKS {
        let range = format!("records is {records}, expected 30 to 420 against {FIRST_FIT}");
        let error = multiple(records, FIRST_FIT, BLOCK, BLOCK * MOST_BLOCKS);
        return Err(if blocks > MOST_BLOCKS {
            Error::usage(range).with_hint("take 420".to_owned())
        } else {
            error
        });
    }
    let deltas: Vec<i64> = (0..blocks as u32).rev().map(|power| 18_i64.pow(power)).collect();
    // More than 34 times the greatest δ, so that no size near 1/3 fits where those near 1/6 lie.
    let sixth = 35 * deltas[0];
    let layer = |base: i64, strays: [i64; 10]| {
        deltas.iter().flat_map(move |delta| strays.map(|stray| (base + stray * delta) as u64)).collect()
    };
    let (sixths, thirds): (Vec<u64>, Vec<u64>) = (layer(sixth, SIXTHS), layer(2 * sixth, THIRDS));
    let halves = std::iter::repeat_n((3 * sixth + 1) as u64, 10 * blocks as usize);
    let sizes = sixths.into_iter().chain(thirds).chain(halves);
    // The sizes together fill a little more than ten bins a block; one more takes what the first block leaves over.
    Ok(made(sizes, 6 * sixth as u64, Some(10 * blocks + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::{make_with, reject};
    use crate::instance::Instance;
    use crate::value::CAPACITY;

    fn list(against: &str, records: u64) -> Instance {
        make_with("worst-case", records, 1, &[(AGAINST, against.into())]).expect("good")
    }

    fn capacity(list: &Instance) -> u64 {
        list.parameters[CAPACITY].number().expect("a capacity")
    }

    /// Returns how many bins first fit opens: as slow as its definition.
    fn by_first_fit(capacity: u64, sizes: impl IntoIterator<Item = u64>) -> u64 {
        let mut rooms: Vec<u64> = Vec::new();
        for size in sizes {
            match rooms.iter_mut().find(|room| **room >= size) {
                Some(room) => *room -= size,
                None => rooms.push(capacity - size),
            }
        }
        rooms.len() as u64
    }

    fn decreasing(list: &Instance) -> Vec<u64> {
        let mut sizes = list.values.clone();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
    }

    #[test]
    fn a_block_costs_first_fit_seventeen_bins_and_an_optimal_packing_ten() {
        for blocks in 1..=14 {
            let list = list(FIRST_FIT, 30 * blocks);
            assert_eq!(by_first_fit(capacity(&list), list.values.clone()), 17 * blocks);
            let optimum = list.optimum.expect("known");
            assert_eq!(optimum, 10 * blocks + 1);
            // A packing of that many, and sizes that can't go into fewer.
            assert_eq!(by_first_fit(capacity(&list), decreasing(&list)), optimum);
            let sum: u128 = list.values.iter().map(|&size| u128::from(size)).sum();
            assert!(sum > u128::from(capacity(&list)) * u128::from(10 * blocks));
        }
    }

    #[test]
    fn the_layers_are_packed_apart_by_first_fit_and_together_at_best() {
        for (against, records, bins) in [(HARMONIC, 4 * 84, 84 + 42 + 14 + 2), (REFINED_HARMONIC, 240, 98)] {
            let list = list(against, records);
            assert_eq!(by_first_fit(capacity(&list), list.values.clone()), bins, "{against}");
            let m = list.optimum.expect("known") as usize;
            assert_eq!(m, records as usize / 4);
            for i in 0..m {
                let bin: u64 = (0..4).map(|layer| list.values[layer * m + i]).sum();
                assert!(bin <= capacity(&list), "{against}: one of each layer fits a bin");
            }
            assert_eq!(list.values.iter().filter(|&&size| size > capacity(&list) / 2).count(), m);
        }
    }

    #[test]
    fn halves_stand_apart() {
        let list = list(NEXT_FIT, 1000);
        let half = capacity(&list) / 2;
        assert!(list.values.chunks(2).all(|pair| pair[0] == half && (1..=9).contains(&pair[1])));
        assert_eq!(list.optimum, Some(251));
        // With more crumbs than fill a bin.
        let sum: u64 = self::list(NEXT_FIT, 1_000_000).values.iter().sum();
        assert_eq!(self::list(NEXT_FIT, 1_000_000).optimum, Some(sum.div_ceil(2 * half)));
    }

    #[test]
    fn numbers_of_records_that_make_no_such_list_are_refused() {
        let against = |word: &str| [(AGAINST, crate::Value::from(word))];
        reject(
            "worst-case",
            10,
            1,
            &against(NEXT_FIT),
            "expected a multiple of 4 against next-fit, take 8 or 12",
        );
        reject("worst-case", 1, 1, &against(HARMONIC), "take 4 or 8");
        reject("worst-case", 100, 1, &against(FIRST_FIT), "multiple of 30 against first-fit, take 90 or 120");
        reject("worst-case", 419, 1, &against(FIRST_FIT), "take 390 or 420");
        reject("worst-case", 450, 1, &against(FIRST_FIT), "expected 30 to 420 against first-fit, take 420");
        reject("worst-case", 4, 1, &against("best-fit"), "against `best-fit` is not one of");
    }
}
