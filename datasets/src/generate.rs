//! Seeded generators: data of any length, of which a name, a seed and a few numbers tell every byte.
//!
//! All chance comes from [`SplitMix64`] and all arithmetic is whole, so that a seed gives the same bytes on every
//! machine and for ever.

mod arguments;
mod deliveries;
mod disorder;
mod events;
mod orders;
mod packing;
mod readings;
mod requests;
mod rows;

mod worst_case;
mod zipf;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use self::arguments::Arguments;
use crate::canonical::write_row;
use crate::column::Column;
use crate::error::Error;
use crate::freeze::{Go, freeze_rows};
use crate::instance::{Instance, MAX_RECORDS};
use crate::keys::Keys;
use crate::manifest::Manifest;
use crate::nearest::did_you_mean;
use crate::random::SplitMix64;
use crate::source::Source;
use crate::value::{MAX_NUMBER, Value};

/// A way to make a dataset out of a seed.
#[derive(Debug)]
pub struct Generator {
    /// Its name on the command line.
    pub name: &'static str,
    /// The problem that its datasets are for.
    pub problem: &'static str,
    /// Holds what it makes, in a line.
    pub about: &'static str,
    /// Holds what can be set.
    pub parameters: &'static [GeneratorParameter],
    make: fn(&Arguments, u64, SplitMix64) -> Result<Made, Error>,
}

/// Describes what a generator can be told.
#[derive(Debug)]
pub struct GeneratorParameter {
    /// Its name on the command line.
    pub name: &'static str,
    /// Holds what it is unless another value is given, and by that what it can be.
    pub default: GeneratorDefault,
    /// Holds what it means, in a line; one that is a word names the words.
    pub about: &'static str,
}

/// The value of a generator's parameter, unless another one is given. It is displayed as a user would type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratorDefault {
    /// A whole number.
    Number(u64),
    /// One of several words.
    Word {
        /// The one it is by default.
        default: &'static str,
        /// All of them.
        words: &'static [&'static str],
    },
}

impl fmt::Display for GeneratorDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Word { default, .. } => default.fmt(f),
        }
    }
}

/// All generators.
pub const GENERATORS: &[Generator] = &[
    packing::UNIFORM,
    packing::TRIPLETS,
    events::EVENTS,
    deliveries::DELIVERIES,
    orders::ORDERS,
    readings::READINGS,
    requests::REQUESTS,
    worst_case::WORST_CASE,
];

/// Describes what a generator draws.
struct Made {
    columns: Vec<Column>,
    rows: NextRow,
    parameters: BTreeMap<String, Value>,
    optimum: Option<u64>,
}

/// Appends the fields of the next row, in the order in which rows arrive, and numbers their texts; `false` after the
/// last one.
type NextRow = Box<dyn FnMut(&mut Keys, &mut Vec<u64>) -> bool>;

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
    let (mut instance, mut rows) = begin(name, records, seed, arguments)?;
    instance.values.reserve_exact(records as usize * instance.columns.len());
    while rows(&mut instance.keys, &mut instance.values) {}
    Ok(instance)
}

/// Makes the same as [`generate`] and freezes it as `dataset` into the new folder `target`, row by row: the generators
/// `uniform` and `events` hold no more than what is under way, for any number of records. It goes on as long as `go` says
/// so.
pub fn generate_frozen(
    (name, records, seed): (&str, u64, u64),
    arguments: &BTreeMap<String, Value>,
    dataset: Option<String>,
    target: &Path,
    go: Go<'_>,
) -> Result<Manifest, Error> {
    let (mut instance, mut rows) = begin(name, records, seed, arguments)?;
    instance.name = dataset.unwrap_or(instance.name);
    instance.check_head()?;
    let (kinds, mut keys, mut row) = (instance.kinds(), Keys::default(), Vec::new());
    let next = |text: &mut Vec<u8>| {
        row.clear();
        let is_row = rows(&mut keys, &mut row);
        if is_row {
            write_row(&kinds, &row, &keys, text);
        }
        is_row
    };
    freeze_rows(&instance, next, target, go)
}

/// All but the rows, and what makes them.
fn begin(
    name: &str,
    records: u64,
    seed: u64,
    arguments: &BTreeMap<String, Value>,
) -> Result<(Instance, NextRow), Error> {
    let generator = find(name)?;
    if records == 0 || records > MAX_RECORDS {
        return Err(Error::usage(format!("records is {records}, expected 1 to {MAX_RECORDS}")));
    }
    if seed > MAX_NUMBER {
        return Err(Error::usage(format!("seed {seed} exceeds {MAX_NUMBER}, the largest number allowed")));
    }
    let arguments = Arguments::new(generator, arguments)?;
    let made = (generator.make)(&arguments, records, SplitMix64::new(seed))?;
    let instance = Instance {
        name: format!("{name}-{records}"),
        problem: generator.problem.into(),
        columns: made.columns,
        values: Vec::new(),
        scale: 1,
        parameters: made.parameters,
        keys: Keys::default(),
        optimum: made.optimum,
        best_known: None,
        source: Source {
            generator: Some(name.into()),
            seed: Some(seed),
            arguments: arguments.into_values(),
            ..Source::default()
        },
        rejected: Vec::new(),
    };
    Ok((instance, made.rows))
}

fn find(name: &str) -> Result<&'static Generator, Error> {
    GENERATORS.iter().find(|generator| generator.name == name).ok_or_else(|| {
        let names: Vec<&str> = GENERATORS.iter().map(|generator| generator.name).collect();
        let hint = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("generators are `{}`", names.join("`, `")));
        Error::usage(format!("no generator `{}`", crate::shown(name))).with_hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::CAPACITY;

    pub(super) fn make(
        name: &str,
        records: u64,
        seed: u64,
        arguments: &[(&str, u64)],
    ) -> Result<Instance, Error> {
        let arguments: Vec<(&str, Value)> =
            arguments.iter().map(|(name, value)| (*name, (*value).into())).collect();
        make_with(name, records, seed, &arguments)
    }

    pub(super) fn make_with(
        name: &str,
        records: u64,
        seed: u64,
        arguments: &[(&str, Value)],
    ) -> Result<Instance, Error> {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        generate(name, records, seed, &arguments)
    }

    pub(super) fn reject(name: &str, records: u64, seed: u64, arguments: &[(&str, Value)], part: &str) {
        let error = make_with(name, records, seed, arguments).expect_err(part);
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
    fn what_is_frozen_row_by_row_is_what_is_made_at_once() {
        let scratch = tempfile::tempdir().expect("a folder");
        for generator in GENERATORS {
            let [at_once, by_row] =
                ["at-once", "by-row"].map(|way| scratch.path().join(generator.name).join(way));
            let instance = make(generator.name, 3000, 5, &[]).expect("defaults are good");
            let instance = Instance { name: "some".into(), ..instance };
            let expected = crate::freeze(&instance, &at_once).expect("it can be written");
            let frozen = |records, go: Go<'_>| {
                let drawn = (generator.name, records, 5);
                generate_frozen(drawn, &BTreeMap::new(), Some("some".into()), &by_row, go)
            };
            let stopped = frozen(300_000, &|| false).expect_err("it is stopped");
            assert_eq!(stopped.kind(), crate::ErrorKind::Interrupted);
            let manifest = frozen(3000, &|| true);
            assert_eq!(manifest.expect("the same can be written"), expected);
            let read = |dir: &Path| std::fs::read(dir.join(crate::DATA_FILE)).expect("a data file");
            assert!(read(&at_once) == read(&by_row), "{}", generator.name);
        }
        let named = |name: &str| {
            let target = scratch.path().join("named");
            let drawn = ("uniform", 3, 5);
            generate_frozen(drawn, &BTreeMap::new(), Some(name.into()), &target, &|| true).map(|_| target)
        };
        assert_eq!(named("").expect_err("no name").kind(), crate::ErrorKind::Usage);
        named("a name").expect("the refused one left nothing in its place");
    }

    #[test]
    fn the_smallest_of_each_is_good_or_says_why() {
        for generator in GENERATORS {
            for records in 1..=3 {
                match make(generator.name, records, 5, &[]) {
                    Ok(instance) => assert_eq!(instance.records(), records, "{}", generator.name),
                    Err(error) => assert_eq!(error.kind(), crate::ErrorKind::Usage, "{}", generator.name),
                }
            }
        }
    }

    #[test]
    fn a_parameter_that_is_a_word_names_the_words() {
        for parameter in GENERATORS.iter().flat_map(|generator| generator.parameters) {
            if let GeneratorDefault::Word { default, words } = parameter.default {
                assert!(words.contains(&default));
                assert!(words.iter().all(|word| parameter.about.contains(word)), "{}", parameter.about);
            }
        }
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let number = |value: u64| Value::Number(value);
        reject("unifrom", 1, 1, &[], "did you mean `uniform`?");
        reject("zzz\u{1b}", 1, 1, &[], r"no generator `zzz\u{1b}`, generators are `uniform`, `triplets`");
        reject("uniform", 0, 1, &[], "records is 0");
        reject("uniform", 1 << 32, 1, &[], "records is 4294967296");
        reject("uniform", 1, u64::MAX, &[], "seed 18446744073709551615");
        reject("uniform", 1, 1, &[("mni", number(1))], "uniform has no parameter `mni`, did you mean `min`?");
        reject("uniform", 1, 1, &[("min", number(101))], "min 101 exceeds max 100");
        reject("uniform", 1, 1, &[("max", number(151))], "max 151 exceeds the capacity 150");
        reject("uniform", 1, 1, &[(CAPACITY, number(0))], "the capacity is 0");
        reject("uniform", 1, 1, &[("max", number(1 << 63))], "max 9223372036854775808 exceeds");
        reject("uniform", 1, 1, &[("max", "many".into())], "max `many` is not a whole number");
        reject("triplets", 500, 1, &[], "records is 500, which three don't divide, take 498 or 501");
        reject("triplets", 1, 1, &[], "take 3");
        reject("triplets", 3, 1, &[("min", number(1))], "triplets has no parameter `min`");
        let disorder = |word: &str| [("disorder", Value::from(word))];
        let known = "`none`, `bounded`, `heavy-tailed`, `bursts`, `stalled-partition`";
        reject("events", 1, 1, &disorder("chaos"), &format!("disorder `chaos` is not one of {known}"));
        reject("events", 1, 1, &disorder("burst"), "did you mean `bursts`?");
        reject("events", 1, 1, &[("disorder", number(7))], &format!("disorder `7` is not one of {known}"));
        reject("events", 1, 1, &disorder("stalled-partition"), "needs 2 partitions or more");
        reject("orders", 1, 1, &disorder("stalled-partition"), "`stalled-partition` is not one of");
        reject("events", 1, 1, &[("keys", number(0))], "keys is 0, expected 1 to");
        reject("events", 1, 1, &[("rate", number(0))], "rate is 0, expected 1 to");
        reject("events", 1, 1, &[("values", number(0))], "values is 0, expected 1 to");
        reject("events", 1, 1, &[("partitions", number(0))], "partitions is 0, expected 1 to");
        reject(
            "events",
            1,
            1,
            &[("max-delay", number(1 << 40))],
            "max-delay is 1099511627776, expected 0 to",
        );
        reject("deliveries", 1, 1, &[("duplicates", number(91))], "duplicates is 91, expected 0 to 90");
        reject("orders", 1, 1, &[("unpaid", number(101))], "unpaid is 101, expected 0 to 100");
        reject("readings", 80, 1, &[], "records is 80, the device table alone has 80 rows");
    }
}
