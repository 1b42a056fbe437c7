//! Events with keys, as clicks are: they happen in order and arrive in another.

use super::disorder::{Delays, MAX_DELAY, PARTITIONED_DISORDER};
use super::rows::{Clock, KEYS, Names, RATE, Row, VALUES, arrange_on_the_way, how_many, largest_value};
use super::zipf::Zipf;
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::column::PARTITION;
use crate::error::Error;
use crate::random::SplitMix64;
use crate::record::{Event, Typed};

pub(super) const EVENTS: Generator = Generator {
    name: "events",
    problem: "windowed-aggregation",
    about: "events with keys by Zipf's law, in the order of their arrival",
    parameters: &[
        KEYS,
        RATE,
        PARTITIONED_DISORDER,
        MAX_DELAY,
        GeneratorParameter {
            name: "partitions",
            default: GeneratorDefault::Number(1),
            about: "how many partitions the source has; a key keeps to one",
        },
        VALUES,
    ],
    make,
};

fn make(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let keys = how_many(arguments, KEYS.name)?;
    let partitions = arguments.within("partitions", &(1..=1 << 16))?;
    let largest = largest_value(arguments)?;
    let (clock, delays, zipf) =
        (Clock::new(arguments)?, Delays::new(arguments, partitions)?, Zipf::new(keys));
    let watermark_delay = delays.watermark_delay();
    let rows = (0..records).map(move |i| {
        let time_ms = clock.draw(i, &mut random);
        let key = zipf.draw(&mut random);
        let value = random.uniform(1, largest);
        let delay = delays.draw(time_ms, key % partitions, &mut random);
        Row { arrival_ms: time_ms + delay, time_ms, value, of: key }
    });
    let parameters =
        [("window", "tumbling:10000".into()), ("delay", watermark_delay.into()), ("lateness", 0.into())];
    let is_partitioned = partitions > 1;
    let columns = [Event::COLUMNS, if is_partitioned { &[PARTITION] } else { &[] }].concat();
    let mut names = Names::new('k', 5, keys);
    Ok(arrange_on_the_way(&columns, rows, &parameters, move |row, keys, values| {
        values.extend([names.field(row.of, keys), row.value]);
        values.extend(is_partitioned.then_some(row.of % partitions));
    }))
}
