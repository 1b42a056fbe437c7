//! Describes what the generators of timed records share: a clock, an order, names.

use std::collections::BTreeMap;

use super::GeneratorParameter;
use super::{Arguments, GeneratorDefault, Made};
use crate::column::{ARRIVAL, Column};
use crate::error::Error;
use crate::keys::Keys;
use crate::random::SplitMix64;
use crate::value::Value;

/// 2024-01-01T00:00:00Z: where generated time begins.
const START_MS: i64 = 1_704_067_200_000;

/// More keys are more memory than a table of them is worth, and zipf's weights end.
const MAX_NAMES: u64 = 10_000_000;

pub(super) const RATE: GeneratorParameter = GeneratorParameter {
    name: "rate",
    default: GeneratorDefault::Number(1000),
    about: "records per second of event time",
};

pub(super) const KEYS: GeneratorParameter = GeneratorParameter {
    name: "keys",
    default: GeneratorDefault::Number(1000),
    about: "how many keys there are; the k-th is drawn 1/k as often as the first",
};

pub(super) const VALUES: GeneratorParameter = GeneratorParameter {
    name: "values",
    default: GeneratorDefault::Number(1000),
    about: "the largest value; the smallest is 1",
};

/// The value of a parameter that counts things with names.
pub(super) fn how_many(arguments: &Arguments, name: &str) -> Result<u64, Error> {
    arguments.within(name, &(1..=MAX_NAMES))
}

/// The largest value of a record.
pub(super) fn largest_value(arguments: &Arguments) -> Result<u64, Error> {
    arguments.within(VALUES.name, &(1..=1 << 32))
}

/// Event time that goes on evenly but for some jitter, and never back.
pub(super) struct Clock {
    rate: u64,
}

impl Clock {
    pub(super) fn new(arguments: &Arguments) -> Result<Self, Error> {
        Ok(Self { rate: arguments.within(RATE.name, &(1..=1_000_000_000))? })
    }

    /// When the `i`-th record happens, in milliseconds after the start.
    pub(super) fn draw(&self, i: u64, random: &mut SplitMix64) -> u64 {
        (i * 1000 + random.uniform(0, 999)) / self.rate
    }

    /// Returns how long `records` records take.
    pub(super) fn span_ms(&self, records: u64) -> u64 {
        records * 1000 / self.rate
    }
}

/// A record before it has its place; times are in milliseconds after the start.
pub(super) struct Row<T> {
    pub(super) arrival_ms: u64,
    pub(super) time_ms: u64,
    pub(super) value: u64,
    /// Holds what else the generator knows.
    pub(super) of: T,
}

/// Puts the rows in the order in which they arrive; those that arrive together stay as they are.
///
/// `fields` appends what stands in a row after the event time.
pub(super) fn arrange<T: 'static>(
    columns: &[Column],
    mut rows: Vec<Row<T>>,
    parameters: &[(&str, Value)],
    fields: impl FnMut(&Row<T>, &mut Keys, &mut Vec<u64>) + 'static,
) -> Made {
    rows.sort_by_key(|row| row.arrival_ms);
    made(columns, rows.into_iter(), parameters, fields)
}

/// Returns the same for rows that come in the order in which they happened: only those are held that are under way.
pub(super) fn arrange_on_the_way<T: 'static>(
    columns: &[Column],
    rows: impl Iterator<Item = Row<T>> + 'static,
    parameters: &[(&str, Value)],
    fields: impl FnMut(&Row<T>, &mut Keys, &mut Vec<u64>) + 'static,
) -> Made {
    made(
        columns,
        InOrderOfArrival { rows, drawn: 0, latest_ms: 0, under_way: BTreeMap::new() },
        parameters,
        fields,
    )
}

/// Rows by the order in which they arrive, out of rows in the order in which they happened.
struct InOrderOfArrival<T, I> {
    rows: I,
    /// Says how many have been drawn.
    drawn: u64,
    /// When the last of them happened: whatever is drawn from now on arrives then or later.
    latest_ms: u64,
    /// By arrival, and among equals by the order in which they were drawn.
    under_way: BTreeMap<(u64, u64), Row<T>>,
}

impl<T, I: Iterator<Item = Row<T>>> Iterator for InOrderOfArrival<T, I> {
    type Item = Row<T>;

    fn next(&mut self) -> Option<Row<T>> {
        // One that arrives at the same time as a later one comes first.
        while self.under_way.first_key_value().is_none_or(|(&(arrival, _), _)| arrival > self.latest_ms) {
            let Some(row) = self.rows.next() else { break };
            self.latest_ms = row.time_ms;
            self.under_way.insert((row.arrival_ms, self.drawn), row);
            self.drawn += 1;
        }
        self.under_way.pop_first().map(|(_, row)| row)
    }
}

fn made<T>(
    columns: &[Column],
    mut rows: impl Iterator<Item = Row<T>> + 'static,
    parameters: &[(&str, Value)],
    mut fields: impl FnMut(&Row<T>, &mut Keys, &mut Vec<u64>) + 'static,
) -> Made {
    let rows = move |keys: &mut Keys, values: &mut Vec<u64>| {
        let Some(row) = rows.next() else { return false };
        values.extend([at(row.arrival_ms), at(row.time_ms)]);
        fields(&row, keys, values);
        true
    };
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Made { columns: [&[ARRIVAL], columns].concat(), rows: Box::new(rows), parameters, optimum: None }
}

fn at(since_start_ms: u64) -> u64 {
    START_MS.saturating_add_unsigned(since_start_ms).cast_unsigned()
}

/// Texts such as `k00017`, each made when it is first needed.
pub(super) struct Names {
    prefix: char,
    digits: usize,
    /// The number in the dataset's keys, once there is one.
    numbers: Vec<Option<u32>>,
}

impl Names {
    pub(super) fn new(prefix: char, digits: usize, names: u64) -> Self {
        Self { prefix, digits, numbers: vec![None; names as usize] }
    }

    /// The field that stands for the `i`-th name.
    pub(super) fn field(&mut self, i: u64, keys: &mut Keys) -> u64 {
        let number = self.numbers[i as usize].get_or_insert_with(|| {
            keys.intern(format!("{}{i:0digits$}", self.prefix, digits = self.digits).as_bytes())
        });
        u64::from(*number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn rows_arrive_on_the_way_as_if_they_had_been_sorted() {
        for seed in 0..200 {
            let mut random = SplitMix64::new(seed);
            let (step, delay) = (random.uniform(0, 3), random.uniform(0, 20));
            let mut time_ms = 0;
            let mut draw = |of| {
                time_ms += random.uniform(0, step);
                Row { arrival_ms: time_ms + random.uniform(0, delay), time_ms, value: 0, of }
            };
            let rows: Vec<Row<u64>> = (0..100).map(&mut draw).collect();
            let mut expected: Vec<(u64, u64)> = rows.iter().map(|row| (row.arrival_ms, row.of)).collect();
            expected.sort_unstable();
            let rows = rows.into_iter();
            let arriving = InOrderOfArrival { rows, drawn: 0, latest_ms: 0, under_way: BTreeMap::new() };
            let found: Vec<(u64, u64)> = arriving.map(|row| (row.arrival_ms, row.of)).collect();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
