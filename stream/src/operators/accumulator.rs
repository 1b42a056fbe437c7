//! The aggregate functions, and what each remembers of a group.

use std::{collections::BTreeSet, fmt};

use datasketches::hll::{HllSketch, HllType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Describes what is told of a group of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Says how many there are.
    Count,
    /// Their sum, in 128 bits, which no number of 64-bit values can overflow.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Their mean, kept as sum and count.
    Mean,
    /// The one with the least event time; of those with the same, the first to arrive.
    First,
    /// The one with the greatest event time; of those with the same, the last to arrive.
    Last,
    /// Says how many different ones there are. The state holds each of them.
    Distinct,
    /// About how many different ones there are: a `HyperLogLog` sketch (Flajolet, Fusy, Gandouet & Meunier 2007) of at
    /// most 4 KiB, with a standard error of 1.6 %, and nearly exact up to a hundred.
    ApproximateDistinct,
}

/// Describes what a function has told of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A number of 64 bits.
    Int(i64),
    /// A sum.
    Wide(i128),
    /// A mean.
    Mean {
        /// The sum of the values.
        sum: i128,
        /// Says how many there are, at least one.
        count: i64,
    },
}

/// Describes what a function remembers of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Accumulator {
    Count(i64),
    Sum(i128),
    Min(i64),
    Max(i64),
    Mean { sum: i128, count: i64 },
    First { time_ms: i64, value: i64 },
    Last { time_ms: i64, value: i64 },
    Distinct(BTreeSet<i64>),
    ApproximateDistinct(Box<Sketch>),
}

/// A sum or count that its type can't hold. From the records alone it can't come, only from a forged saved state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overflow;

impl Function {
    /// A group's first value.
    pub(super) fn start(self, time_ms: i64, value: i64) -> Accumulator {
        match self {
            Self::Count => Accumulator::Count(1),
            Self::Sum => Accumulator::Sum(value.into()),
            Self::Min => Accumulator::Min(value),
            Self::Max => Accumulator::Max(value),
            Self::Mean => Accumulator::Mean { sum: value.into(), count: 1 },
            Self::First => Accumulator::First { time_ms, value },
            Self::Last => Accumulator::Last { time_ms, value },
            Self::Distinct => Accumulator::Distinct(BTreeSet::from([value])),
            Self::ApproximateDistinct => Accumulator::ApproximateDistinct(Box::new(Sketch::of(value))),
        }
    }
}

impl Accumulator {
    /// Adds a value; by how many entries the state has grown.
    #[inline]
    pub(super) fn add(&mut self, at_ms: i64, new: i64) -> Result<u64, Overflow> {
        match self {
            Self::Count(count) => *count = count.checked_add(1).ok_or(Overflow)?,
            Self::Sum(sum) => *sum = sum.checked_add(new.into()).ok_or(Overflow)?,
            Self::Min(least) => *least = new.min(*least),
            Self::Max(greatest) => *greatest = new.max(*greatest),
            Self::Mean { sum, count } => {
                *sum = sum.checked_add(new.into()).ok_or(Overflow)?;
                *count = count.checked_add(1).ok_or(Overflow)?;
            }
            Self::First { time_ms, value } if at_ms < *time_ms => (*time_ms, *value) = (at_ms, new),
            Self::Last { time_ms, value } if at_ms >= *time_ms => (*time_ms, *value) = (at_ms, new),
            Self::First { .. } | Self::Last { .. } => {}
            Self::Distinct(seen) => return Ok(u64::from(seen.insert(new))),
            Self::ApproximateDistinct(sketch) => sketch.0.update(new),
        }
        Ok(0)
    }

    /// Entries of the state, beside the group itself.
    pub(super) fn entries(&self) -> u64 {
        match self {
            Self::Distinct(seen) => seen.len() as u64,
            Self::Count(_)
            | Self::Sum(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Mean { .. }
            | Self::First { .. }
            | Self::Last { .. }
            | Self::ApproximateDistinct(_) => 0,
        }
    }

    /// Returns what it tells so far.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Count(number) | Self::Min(number) | Self::Max(number) => Outcome::Int(*number),
            Self::First { value, .. } | Self::Last { value, .. } => Outcome::Int(*value),
            Self::Sum(sum) => Outcome::Wide(*sum),
            Self::Mean { sum, count } => Outcome::Mean { sum: *sum, count: *count },
            Self::Distinct(seen) => Outcome::Int((seen.len() as u64).cast_signed()),
            Self::ApproximateDistinct(sketch) => Outcome::Int(sketch.0.estimate().round() as i64),
        }
    }

    /// Returns whether it is this function's.
    pub(super) fn is_of(&self, function: Function) -> bool {
        let own = match self {
            Self::Count(_) => Function::Count,
            Self::Sum(_) => Function::Sum,
            Self::Min(_) => Function::Min,
            Self::Max(_) => Function::Max,
            Self::Mean { .. } => Function::Mean,
            Self::First { .. } => Function::First,
            Self::Last { .. } => Function::Last,
            Self::Distinct(_) => Function::Distinct,
            Self::ApproximateDistinct(_) => Function::ApproximateDistinct,
        };
        own == function
    }
}

impl Outcome {
    /// As a whole number, which is what tables hold: a mean is rounded down.
    pub fn whole(self) -> i128 {
        match self {
            Self::Int(number) => number.into(),
            Self::Wide(sum) => sum,
            Self::Mean { sum, count } => sum.div_euclid(i128::from(count.max(1))),
        }
    }
}

/// As text; only here is a mean rounded to a float.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Wide(sum) => sum.fmt(f),
            Self::Mean { sum, count } => (*sum as f64 / *count as f64).fmt(f),
        }
    }
}

/// A sketch of the distinct values. Its hash has a fixed seed: the same values give the same estimate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch(HllSketch);

impl Sketch {
    /// The logarithm of the number of registers, of a byte each.
    const LG_K: u8 = 12;

    fn of(value: i64) -> Self {
        let mut sketch = HllSketch::new(Self::LG_K, HllType::Hll8).expect("12 is between 4 and 21");
        sketch.update(value);
        Self(sketch)
    }
}

impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        let sketch = HllSketch::deserialize(&bytes).map_err(D::Error::custom)?;
        if sketch.lg_config_k() != Self::LG_K || sketch.target_type() != HllType::Hll8 {
            return Err(D::Error::custom("a sketch of another size"));
        }
        Ok(Self(sketch))
    }
}
