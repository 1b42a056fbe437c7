//! Requests for objects by Zipf's law, with objects among them that nobody asks for again.

use std::collections::BTreeMap;

use super::rows::{KEYS, Names, how_many};
use super::zipf::Zipf;
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::column::{KEY, SIZE};
use crate::error::Error;
use crate::random::SplitMix64;

pub(super) const REQUESTS: Generator = Generator {
    name: "requests",
    problem: "caching",
    about: "requests for objects by Zipf's law, some of them asked for once",
    parameters: &[
        KEYS,
        GeneratorParameter {
            name: "once",
            default: GeneratorDefault::Number(20),
            about: "how many of a hundred requests are for an object that is asked for once",
        },
        GeneratorParameter {
            name: "sizes",
            default: GeneratorDefault::Number(1),
            about: "the largest size of an object; the smallest is 1",
        },
    ],
    make,
};

fn make(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let keys = how_many(arguments, KEYS.name)?;
    let once = arguments.within("once", &(0..=100))?;
    let largest = arguments.within("sizes", &(1..=1 << 32))?;
    let (zipf, mut names) = (Zipf::new(keys), Names::new('k', 5, keys));
    let has_sizes = largest > 1;
    let sizes: Vec<u64> =
        if has_sizes { (0..keys).map(|_| random.uniform(1, largest)).collect() } else { Vec::new() };
    let mut requests = 0..records;
    let rows = move |keys: &mut crate::Keys, values: &mut Vec<u64>| {
        let Some(request) = requests.next() else { return false };
        let rank = (random.uniform(1, 100) > once).then(|| zipf.draw(&mut random));
        values.push(match rank {
            Some(rank) => names.field(rank, keys),
            None => u64::from(keys.intern(format!("once{request}").as_bytes())),
        });
        if has_sizes {
            values.push(rank.map_or_else(|| random.uniform(1, largest), |rank| sizes[rank as usize]));
        }
        true
    };
    // A tenth of the objects, of middling size, fits.
    let cache_size = (keys * largest.div_ceil(2) / 10).max(1);
    Ok(Made {
        columns: if has_sizes { vec![KEY, SIZE] } else { vec![KEY] },
        rows: Box::new(rows),
        parameters: BTreeMap::from([("cache_size".to_owned(), cache_size.into())]),
        optimum: None,
    })
}
