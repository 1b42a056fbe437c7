//! Events that are delivered at least once: some come again.

use super::disorder::{DISORDER, Delays, MAX_DELAY, MAX_DELAY_MS};
use super::rows::{Clock, KEYS, Names, RATE, Row, VALUES, arrange, how_many, largest_value};
use super::zipf::Zipf;
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::error::Error;
use crate::random::SplitMix64;
use crate::record::{Delivery, Typed};

pub(super) const DELIVERIES: Generator = Generator {
    name: "deliveries",
    problem: "deduplicated-totals",
    about: "events of which some are delivered again, under the same id",
    parameters: &[
        KEYS,
        RATE,
        GeneratorParameter {
            name: "duplicates",
            default: GeneratorDefault::Number(10),
            about: "how many of a hundred records are deliveries of an event that has been delivered",
        },
        GeneratorParameter {
            name: "redelivery",
            default: GeneratorDefault::Number(5000),
            about: "the longest time until an event is delivered again, in milliseconds",
        },
        DISORDER,
        MAX_DELAY,
        VALUES,
    ],
    make,
};

/// An event's number and key.
#[derive(Clone, Copy)]
struct Which {
    id: u64,
    key: u64,
}

fn make(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let keys = how_many(arguments, KEYS.name)?;
    let largest = largest_value(arguments)?;
    let duplicates = records * arguments.within("duplicates", &(0..=90))? / 100;
    let redelivery = arguments.within("redelivery", &(1..=MAX_DELAY_MS))?;
    let (clock, delays, zipf) = (Clock::new(arguments)?, Delays::new(arguments, 1)?, Zipf::new(keys));
    let events = records - duplicates;
    let mut rows: Vec<Row<Which>> = Vec::with_capacity(records as usize);
    for id in 0..events {
        let time_ms = clock.draw(id, &mut random);
        let of = Which { id, key: zipf.draw(&mut random) };
        let value = random.uniform(1, largest);
        let arrival_ms = time_ms + delays.draw(time_ms, 0, &mut random);
        rows.push(Row { arrival_ms, time_ms, value, of });
    }
    for _ in 0..duplicates {
        let Row { arrival_ms, time_ms, value, of } = rows[random.uniform(0, events - 1) as usize];
        rows.push(Row { arrival_ms: arrival_ms + random.uniform(1, redelivery), time_ms, value, of });
    }
    // An id that is forgotten after this has been delivered for the last time.
    let parameters = [("delay", (delays.watermark_delay() + redelivery).into())];
    let mut names = (Names::new('d', 7, events), Names::new('k', 5, keys));
    Ok(arrange(Delivery::COLUMNS, rows, &parameters, move |row, keys, values| {
        values.extend([names.0.field(row.of.id, keys), names.1.field(row.of.key, keys), row.value]);
    }))
}
