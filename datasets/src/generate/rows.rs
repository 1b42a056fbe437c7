//! What the generators of timed records share: a clock, an order, names.

use super::GeneratorParameter;
use super::{Arguments, GeneratorDefault, Made};
use crate::error::Error;
use crate::keys::Keys;
use crate::random::SplitMix64;
use crate::record::{ARRIVAL, Column};
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

    /// How long `records` records take.
    pub(super) fn span_ms(&self, records: u64) -> u64 {
        records * 1000 / self.rate
    }
}

/// A record before it has its place; times are in milliseconds after the start.
pub(super) struct Row<T> {
    pub(super) arrival_ms: u64,
    pub(super) time_ms: u64,
    pub(super) value: u64,
    /// What else the generator knows.
    pub(super) of: T,
}

/// Puts the rows in the order in which they arrive; those that arrive together stay as they are.
///
/// `fields` appends what stands in a row after the event time.
pub(super) fn arrange<T>(
    columns: &[Column],
    mut rows: Vec<Row<T>>,
    parameters: &[(&str, Value)],
    mut fields: impl FnMut(&Row<T>, &mut Keys, &mut Vec<u64>),
) -> Made {
    rows.sort_by_key(|row| row.arrival_ms);
    let columns = [&[ARRIVAL], columns].concat();
    let mut values = Vec::with_capacity(rows.len() * columns.len());
    let mut keys = Keys::default();
    for row in &rows {
        values.extend([at(row.arrival_ms), at(row.time_ms)]);
        fields(row, &mut keys, &mut values);
    }
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Made { columns, values, keys, parameters, optimum: None }
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
