//! Seeded generators: the classic benchmark families of bin packing, of any length.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::instance::{CAPACITY, Instance, MAX_RECORDS, check_value};
use crate::keys::Keys;
use crate::manifest::{MAX_NUMBER, Source};
use crate::nearest::did_you_mean;
use crate::random::SplitMix64;
use crate::record::{Item, Record};
use crate::value::Value;

/// A way to make a dataset out of a seed.
#[derive(Debug)]
pub struct Generator {
    /// Its name on the command line.
    pub name: &'static str,
    /// The problem that its datasets are for.
    pub problem: &'static str,
    /// What it makes, in a line.
    pub about: &'static str,
    /// What can be set.
    pub parameters: &'static [GeneratorParameter],
    make: fn(&Arguments, u64, SplitMix64) -> Result<Made, Error>,
}

/// A number that a generator takes.
#[derive(Debug)]
pub struct GeneratorParameter {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its value unless another one is given.
    pub default: u64,
    /// What it means, in a line.
    pub about: &'static str,
}

/// All generators.
pub const GENERATORS: &[Generator] = &[
    Generator {
        name: "uniform",
        problem: "bin-packing",
        about: "sizes uniform on min..=max (Falkenauer 1996: 20 to 100 for a capacity of 150)",
        parameters: &[
            GeneratorParameter { name: "min", default: 20, about: "the smallest size" },
            GeneratorParameter { name: "max", default: 100, about: "the largest size" },
            GeneratorParameter { name: CAPACITY, default: 150, about: "the capacity of a bin" },
        ],
        make: uniform,
    },
    Generator {
        name: "triplets",
        problem: "bin-packing",
        about: "bins of 1000 cut into three, then shuffled: the optimum is a third of the records (Falkenauer 1996)",
        parameters: &[],
        make: triplets,
    },
];

/// Makes `records` records with the generator `name`; the same arguments give the same records, for ever.
///
/// `arguments` overrides defaults of the generator's parameters.
///
/// ```
/// let instance = datasets::generate("triplets", 6, 1, &Default::default())?;
/// assert_eq!((instance.values.iter().sum::<u64>(), instance.optimum), (2000, Some(2)));
/// # Ok::<(), datasets::Error>(())
/// ```
pub fn generate(
    name: &str,
    records: u64,
    seed: u64,
    arguments: &BTreeMap<String, Value>,
) -> Result<Instance, Error> {
    let generator = find(name)?;
    if records == 0 || records > MAX_RECORDS {
        return Err(Error::usage(format!("records is {records}, expected 1 to {MAX_RECORDS}")));
    }
    if seed > MAX_NUMBER {
        return Err(Error::usage(format!("seed {seed} exceeds {MAX_NUMBER}, the largest number allowed")));
    }
    let arguments = Arguments::new(generator, arguments)?;
    let made = (generator.make)(&arguments, records, SplitMix64::new(seed))?;
    Ok(Instance {
        name: format!("{name}-{records}"),
        problem: generator.problem.into(),
        columns: Item::COLUMNS.to_vec(),
        values: made.sizes,
        scale: 1,
        parameters: BTreeMap::from([(CAPACITY.into(), made.capacity.into())]),
        keys: Keys::default(),
        optimum: made.optimum,
        best_known: None,
        source: Source {
            generator: Some(name.into()),
            seed: Some(seed),
            arguments: arguments.0,
            ..Source::default()
        },
        rejected: Vec::new(),
    })
}

fn find(name: &str) -> Result<&'static Generator, Error> {
    GENERATORS.iter().find(|generator| generator.name == name).ok_or_else(|| {
        let names: Vec<&str> = GENERATORS.iter().map(|generator| generator.name).collect();
        let hint = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("generators are `{}`", names.join("`, `")));
        Error::usage(format!("no generator `{}`", crate::shown(name))).with_hint(hint)
    })
}

/// A generator's parameters, each with its value.
struct Arguments(BTreeMap<String, Value>);

impl Arguments {
    fn new(generator: &Generator, given: &BTreeMap<String, Value>) -> Result<Self, Error> {
        let known = || generator.parameters.iter().map(|parameter| parameter.name);
        let mut values: BTreeMap<String, Value> = generator
            .parameters
            .iter()
            .map(|parameter| (parameter.name.into(), parameter.default.into()))
            .collect();
        for (name, value) in given {
            check_value(name, value).map_err(Error::usage)?;
            let Some(slot) = values.get_mut(name) else {
                let message = format!("{} has no parameter `{}`", generator.name, crate::shown(name));
                return Err(Error::usage(message).with_hint(did_you_mean(name, known())));
            };
            let Value::Number(_) = value else {
                return Err(Error::usage(format!("{name} must be a whole number")));
            };
            slot.clone_from(value);
        }
        Ok(Self(values))
    }

    fn get(&self, name: &str) -> u64 {
        self.0.get(name).and_then(Value::number).expect("a generator asks only for parameters that it lists")
    }
}

/// What a generator draws.
struct Made {
    sizes: Vec<u64>,
    capacity: u64,
    optimum: Option<u64>,
}

fn uniform(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let (min, max, capacity) = (arguments.get("min"), arguments.get("max"), arguments.get(CAPACITY));
    if min > max {
        return Err(Error::usage(format!("min {min} exceeds max {max}")));
    }
    if max > capacity {
        return Err(Error::usage(format!("max {max} exceeds the capacity {capacity}")));
    }
    let sizes = (0..records).map(|_| random.uniform(min, max)).collect();
    Ok(Made { sizes, capacity, optimum: None })
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
    Ok(Made { sizes, capacity: TRIPLET_CAPACITY, optimum: Some(records / 3) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(name: &str, records: u64, seed: u64, arguments: &[(&str, u64)]) -> Result<Instance, Error> {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        generate(name, records, seed, &arguments)
    }

    fn reject(name: &str, records: u64, seed: u64, arguments: &[(&str, u64)], part: &str) {
        let error = make(name, records, seed, arguments).expect_err(part);
        let text = format!("{error}, {}", error.hint().unwrap_or_default());
        assert_eq!(error.kind(), crate::ErrorKind::Usage, "{text}");
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }

    #[test]
    fn every_generator_makes_what_it_says() {
        for generator in GENERATORS {
            let instance = make(generator.name, 300, 5, &[]).expect("defaults are good");
            instance.check().expect("it can be frozen");
            assert_eq!((instance.records(), instance.name), (300, format!("{}-300", generator.name)));
            let known: Vec<&str> = instance.source.arguments.keys().map(String::as_str).collect();
            let mut listed: Vec<&str> = generator.parameters.iter().map(|parameter| parameter.name).collect();
            listed.sort_unstable();
            assert_eq!(known, listed);
            let again = make(generator.name, 300, 5, &[]).expect("defaults are good");
            assert_eq!(again.values, instance.values, "{}: the seed decides", generator.name);
            let other = make(generator.name, 300, 6, &[]).expect("defaults are good");
            assert_ne!(other.values, instance.values, "{}: the seed decides", generator.name);
        }
    }

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

    #[test]
    fn wrong_arguments_are_refused() {
        reject("unifrom", 1, 1, &[], "did you mean `uniform`?");
        reject("zzz\u{1b}", 1, 1, &[], r"no generator `zzz\u{1b}`, generators are `uniform`, `triplets`");
        reject("uniform", 0, 1, &[], "records is 0");
        reject("uniform", 1 << 32, 1, &[], "records is 4294967296");
        reject("uniform", 1, u64::MAX, &[], "seed 18446744073709551615");
        reject("uniform", 1, 1, &[("mni", 1)], "uniform has no parameter `mni`, did you mean `min`?");
        reject("uniform", 1, 1, &[("min", 101)], "min 101 exceeds max 100");
        reject("uniform", 1, 1, &[("max", 151)], "max 151 exceeds the capacity 150");
        reject("uniform", 1, 1, &[("capacity", 0)], "the capacity is 0");
        reject("uniform", 1, 1, &[("max", 1 << 63)], "max 9223372036854775808 exceeds");
        reject("triplets", 500, 1, &[], "records is 500, which three don't divide, take 498 or 501");
        reject("triplets", 1, 1, &[], "take 3");
        reject("triplets", 3, 1, &[("min", 1)], "triplets has no parameter `min`");
    }
}
