//! Sizes for bins: the classic benchmark families (Falkenauer 1996), of any length.

use std::collections::BTreeMap;

use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::error::Error;
use crate::random::SplitMix64;
use crate::record::{Item, Typed};
use crate::value::CAPACITY;

pub(super) const UNIFORM: Generator = Generator {
    name: "uniform",
    problem: "bin-packing",
    about: "sizes uniform on min..=max (Falkenauer 1996: 20 to 100 for a capacity of 150)",
    parameters: &[
        GeneratorParameter { name: "min", default: GeneratorDefault::Number(20), about: "the smallest size" },
        GeneratorParameter { name: "max", default: GeneratorDefault::Number(100), about: "the largest size" },
        GeneratorParameter {
            name: CAPACITY,
            default: GeneratorDefault::Number(150),
            about: "the capacity of a bin",
        },
    ],
    make: uniform,
};

pub(super) const TRIPLETS: Generator = Generator {
    name: "triplets",
    problem: "bin-packing",
    about: "bins of 1000 cut into three, then shuffled: the optimum is a third of the records (Falkenauer 1996)",
    parameters: &[],
    make: triplets,
};

pub(super) fn made(
    mut sizes: impl Iterator<Item = u64> + 'static,
    capacity: u64,
    optimum: Option<u64>,
) -> Made {
    Made {
        columns: Item::COLUMNS.to_vec(),
        rows: Box::new(move |_, fields| {
            let size = sizes.next();
            fields.extend(size);
            size.is_some()
        }),
        parameters: BTreeMap::from([(CAPACITY.to_owned(), capacity.into())]),
        optimum,
    }
}

fn uniform(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let (min, max, capacity) = (arguments.number("min"), arguments.number("max"), arguments.number(CAPACITY));
    if min > max {
        return Err(Error::usage(format!("min {min} exceeds max {max}")));
    }
    if max > capacity {
        return Err(Error::usage(format!("max {max} exceeds the capacity {capacity}")));
    }
    Ok(made((0..records).map(move |_| random.uniform(min, max)), capacity, None))
}

/// Falkenauer (1996): a from [380, 490], b from [250, (1000 − a) / 2], and the rest of the bin.
///
/// All bins can be filled to the brim, so no packing has fewer. Stored triple by triple, next fit in file
/// order would be optimal, hence the shuffle.
fn triplets(_: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    const TRIPLET_CAPACITY: u64 = 1000;
    if !records.is_multiple_of(3) {
        return Err(Error::usage(format!("records is {records}, which three don't divide")).with_hint(
            match records / 3 {
                0 => "take 3".to_owned(),
                n => format!("take {} or {}", 3 * n, 3 * (n + 1)),
            },
        ));
    }
    let mut sizes = Vec::new();
    for _ in 0..records / 3 {
        let a = random.uniform(380, 490);
        let b = random.uniform(250, (TRIPLET_CAPACITY - a) / 2);
        sizes.extend([a, b, TRIPLET_CAPACITY - a - b]);
    }
    random.shuffle(&mut sizes);
    Ok(made(sizes.into_iter(), TRIPLET_CAPACITY, Some(records / 3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::make;

    #[test]
    fn uniform_keeps_to_its_range() {
        let instance = make("uniform", 10_000, 1, &[]).expect("good");
        assert_eq!((instance.values.iter().min(), instance.values.iter().max()), (Some(&20), Some(&100)));
        assert_eq!(instance.parameters[CAPACITY], 150.into());
        let instance = make("uniform", 100, 1, &[("min", 0), ("max", 0), ("capacity", 1)]).expect("good");
        assert!(instance.values.iter().all(|&size| size == 0));
    }

    #[test]
    fn triplets_fill_their_bins() {
        let instance = make("triplets", 3 * 500, 1, &[]).expect("good");
        assert_eq!((instance.values.iter().sum::<u64>(), instance.optimum), (500 * 1000, Some(500)));
        // Every size is over a quarter of the capacity, so no bin takes four.
        assert!(instance.values.iter().all(|&size| (250..=490).contains(&size)));
        // Undo the shuffle: without it each three in a row fill a bin.
        let mut order: Vec<usize> = (0..1500).collect();
        let mut random = SplitMix64::new(1);
        for _ in 0..500 {
            let a = random.uniform(380, 490);
            random.uniform(250, (1000 - a) / 2);
        }
        random.shuffle(&mut order);
        let mut stored = vec![0; 1500];
        for (position, &original) in order.iter().enumerate() {
            stored[original] = instance.values[position];
        }
        assert!(stored.chunks(3).all(|bin| bin.iter().sum::<u64>() == 1000));
        let filled = instance.values.chunks(3).filter(|bin| bin.iter().sum::<u64>() == 1000).count();
        assert!(filled < 50, "{filled} bins still lie together");
    }
}
