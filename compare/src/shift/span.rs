//! Between which values the columns of a key lie, and in which steps.

use datasets::{Field, FieldKind, Row, Rows, nanos_of};

/// The length of a day in nanoseconds.
pub(super) const DAY: i128 = 86_400_000_000_000;
/// Of so many times of day it is known which they are.
pub(super) const TIMES_OF_DAY: usize = 2;
/// So many rows go by between two looks at whether to go on.
const ROWS_UNASKED: u64 = 4096;

/// Says what a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Whole,
    /// Nanoseconds since 1970-01-01.
    Nanos,
}

impl Unit {
    /// Returns the value of a field that is one of this unit; a number has one spelling.
    pub(super) fn value(self, field: Field<'_>) -> Option<i128> {
        match (self, field.kind) {
            (Self::Nanos, FieldKind::Untyped | FieldKind::Text) => nanos_of(field.text),
            (Self::Whole, FieldKind::Untyped | FieldKind::Number) => {
                let digits = field.text.strip_prefix('-').unwrap_or(field.text);
                let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 30;
                if is_plain && (digits.len() == 1 || !digits.starts_with('0')) {
                    field.text.parse().ok()
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// Describes the values of one column of a key.
#[derive(Debug, Clone)]
pub struct KeySpan {
    pub(super) column: String,
    /// Which of the key's columns it is.
    pub(super) at: usize,
    pub(super) unit: Unit,
    pub(super) least: i128,
    pub(super) most: i128,
    first: i128,
    /// All values lie so many apart, or twice as many, and so on; 0 where there is but one.
    pub(super) step: i128,
    /// The times of day that there are, one more than are known at most; of times alone.
    pub(super) times_of_day: Vec<i128>,
}

impl KeySpan {
    fn new(column: &str, at: usize, field: Field<'_>) -> Option<Self> {
        let of = |unit: Unit| Some((unit, unit.value(field)?));
        let (unit, value) = of(Unit::Whole).or_else(|| of(Unit::Nanos))?;
        let (least, most, first) = (value, value, value);
        let column = column.to_owned();
        let mut span = Self { column, at, unit, least, most, first, step: 0, times_of_day: Vec::new() };
        span.take(value);
        Some(span)
    }

    fn take(&mut self, value: i128) {
        (self.least, self.most) = (self.least.min(value), self.most.max(value));
        self.step = common((value - self.first).abs(), self.step);
        let time = value.rem_euclid(DAY);
        let is_new = self.unit == Unit::Nanos && self.times_of_day.len() <= TIMES_OF_DAY;
        if is_new && let Err(at) = self.times_of_day.binary_search(&time) {
            self.times_of_day.insert(at, time);
        }
    }

    /// Returns whether there are at least three values in one step.
    pub(super) fn is_grid(&self) -> bool {
        self.step > 1 && (self.most - self.least) / self.step >= 2
    }
}

/// Returns the largest number that divides both.
pub(super) fn common(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Reads a table for the values of its key's columns; nothing for a column that doesn't hold times alone, or whole numbers
/// alone.
pub fn key_spans(
    rows: &mut dyn Rows,
    key: &[String],
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Option<KeySpan>>, datasets::Error> {
    let place = |name: &String| rows.columns().iter().position(|column| column == name);
    let places: Vec<Option<usize>> = key.iter().map(place).collect();
    let mut spans: Vec<Option<KeySpan>> = vec![None; key.len()];
    let (mut row, mut number) = (Row::default(), 0_u64);
    while rows.next(&mut row)? {
        if number.is_multiple_of(ROWS_UNASKED) && !go_on() {
            return Err(datasets::Error::Interrupted);
        }
        for (at, (span, name)) in spans.iter_mut().zip(key).enumerate() {
            let Some(field) = places[at].map(|place| row.field(place)) else { continue };
            match span {
                None if number == 0 => *span = KeySpan::new(name, at, field),
                None => {}
                Some(known) => match known.unit.value(field) {
                    Some(value) => known.take(value),
                    None => *span = None,
                },
            }
        }
        number += 1;
    }
    Ok(spans)
}
