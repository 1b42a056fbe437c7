//! Orders and their payments: most are paid, some too late, some never.

use super::disorder::{DISORDER, Delays, MAX_DELAY, MAX_DELAY_MS};
use super::rows::{Clock, Names, RATE, Row, VALUES, arrange, largest_value};
use super::{Arguments, Generator, GeneratorDefault, GeneratorParameter, Made};
use crate::column::Side;
use crate::error::Error;
use crate::random::SplitMix64;
use crate::record::{Sided, Typed};

pub(super) const ORDERS: Generator = Generator {
    name: "orders",
    problem: "order-payment-join",
    about: "orders (left) and payments (right) of the same key and amount",
    parameters: &[
        GeneratorParameter { about: "orders per second of event time", ..RATE },
        GeneratorParameter {
            name: "unpaid",
            default: GeneratorDefault::Number(10),
            about: "how many of a hundred orders are never paid",
        },
        GeneratorParameter {
            name: "overdue",
            default: GeneratorDefault::Number(5),
            about: "how many of a hundred payments take up to twice as long as they may",
        },
        GeneratorParameter {
            name: "payment-delay",
            default: GeneratorDefault::Number(60_000),
            about: "how long a payment may take, in milliseconds",
        },
        DISORDER,
        MAX_DELAY,
        VALUES,
    ],
    make,
};

/// A side, and the order's number.
struct Which {
    side: Side,
    order: u64,
}

fn make(arguments: &Arguments, records: u64, mut random: SplitMix64) -> Result<Made, Error> {
    let largest = largest_value(arguments)?;
    let unpaid = arguments.within("unpaid", &(0..=100))?;
    let overdue = arguments.within("overdue", &(0..=100))?;
    let within = arguments.within("payment-delay", &(1..=MAX_DELAY_MS))?;
    let (clock, delays) = (Clock::new(arguments)?, Delays::new(arguments, 1)?);
    // So many that orders and payments together are as many as there should be records.
    let orders = (records * 100).div_ceil(200 - unpaid);
    let mut payments = records - orders;
    let mut rows: Vec<Row<Which>> = Vec::with_capacity(records as usize);
    let mut push = |time_ms: u64, value: u64, of: Which, random: &mut SplitMix64| {
        rows.push(Row { arrival_ms: time_ms + delays.draw(time_ms, 0, random), time_ms, value, of });
    };
    for order in 0..orders {
        let time_ms = clock.draw(order, &mut random);
        let amount = random.uniform(1, largest);
        push(time_ms, amount, Which { side: Side::Left, order }, &mut random);
        // Knuth's selection sampling: each set of so many paid orders is as likely as any other.
        if random.uniform(1, orders - order) > payments {
            continue;
        }
        payments -= 1;
        let is_overdue = random.uniform(1, 100) <= overdue;
        let takes =
            if is_overdue { random.uniform(within + 1, 2 * within) } else { random.uniform(0, within) };
        push(time_ms + takes, amount, Which { side: Side::Right, order }, &mut random);
    }
    let parameters = [("within", within.into()), ("delay", delays.watermark_delay().into())];
    let mut names = Names::new('o', 7, orders);
    Ok(arrange(Sided::COLUMNS, rows, &parameters, move |row, keys, values| {
        values.extend([row.of.side as u64, names.field(row.of.order, keys), row.value]);
    }))
}
