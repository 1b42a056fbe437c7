//! Readings of devices, and a table that says to which group a device belongs, and since when.

use super::disorder::{DISORDER, Delays, MAX_DELAY};
use super::rows::{Clock, Names, RATE, Row, VALUES, arrange, how_many, largest_value};
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::column::Side;
use crate::error::Error;
use crate::random::SplitMix64;
use crate::record::{Sided, Typed};

pub(super) const READINGS: Generator = Generator {
    name: "readings",
    problem: "enrichment-join",
    about: "readings (left) and the rows of a device table (right): value is the device's group from that time on",
    parameters: &[
        GeneratorParameter { about: "readings per second of event time", ..RATE },
        GeneratorParameter {
            name: "devices",
            default: GeneratorDefault::Number(20),
            about: "how many devices there are, all alike busy",
        },
        GeneratorParameter {
            name: "updates",
            default: GeneratorDefault::Number(4),
            about: "how many rows the table has for each device, the first one from the start",
        },
        GeneratorParameter {
            name: "groups",
            default: GeneratorDefault::Number(5),
            about: "how many groups there are, numbered from 0",
        },
        DISORDER,
        MAX_DELAY,
        VALUES,
    ],
    make,
};

/// A side and a device.
struct Which {
    side: Side,
    device: u64,
}

fn make(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let devices = how_many(arguments, "devices")?;
    let updates = arguments.within("updates", &(1..=1000))?;
    let groups = arguments.within("groups", &(1..=1 << 32))?;
    let largest = largest_value(arguments)?;
    let (clock, delays) = (Clock::new(arguments)?, Delays::new(arguments, 1)?);
    let table = devices * updates;
    let readings = records.checked_sub(table).filter(|&readings| readings > 0).ok_or_else(|| {
        Error::usage(format!("records is {records}, the device table alone has {table} rows"))
            .with_hint("take more records, or fewer devices or updates".to_owned())
    })?;
    let mut rows: Vec<Row<Which>> = Vec::with_capacity(records as usize);
    // Each update has a stretch of time to itself, so no two of a device share a millisecond.
    let stretch = (clock.span_ms(readings) / updates).max(1);
    for device in 0..devices {
        let mut group = random.uniform(0, groups - 1);
        rows.push(Row { arrival_ms: 0, time_ms: 0, value: group, of: Which { side: Side::Right, device } });
        for update in 1..updates {
            let time_ms = update * stretch + random.uniform(0, stretch - 1);
            // Another group than before, where there is one.
            group = (group + random.uniform(1, (groups - 1).max(1))) % groups;
            let arrival_ms = time_ms + delays.draw(time_ms, 0, &mut random);
            rows.push(Row { arrival_ms, time_ms, value: group, of: Which { side: Side::Right, device } });
        }
    }
    for i in 0..readings {
        let time_ms = clock.draw(i, &mut random);
        let device = random.uniform(0, devices - 1);
        let value = random.uniform(1, largest);
        let arrival_ms = time_ms + delays.draw(time_ms, 0, &mut random);
        rows.push(Row { arrival_ms, time_ms, value, of: Which { side: Side::Left, device } });
    }
    let parameters = [("delay", delays.watermark_delay().into())];
    let mut names = Names::new('d', 4, devices);
    Ok(arrange(Sided::COLUMNS, rows, &parameters, move |row, keys, values| {
        values.extend([row.of.side as u64, names.field(row.of.device, keys), row.value]);
    }))
}
