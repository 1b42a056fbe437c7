//! Holds what a sum or an average has taken in: every digit of it.

use std::collections::HashMap;
use std::mem::size_of;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_datafusion_err, internal_datafusion_err, internal_err};

use super::float_sum::FloatSum;

/// One number that has been taken in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    /// A whole number, or the digits of a decimal.
    Exact(i128),
    Float(f64),
}

/// The sum so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sum {
    Exact(i128),
    Float(FloatSum),
}

/// The sum and the count of the numbers that are not missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) sum: Sum,
    pub(super) count: u64,
}

impl Total {
    /// Returns the total of nothing.
    pub(super) fn new(is_float: bool) -> Self {
        let sum = if is_float { Sum::Float(FloatSum::default()) } else { Sum::Exact(0) };
        Self { sum, count: 0 }
    }

    /// Adds a number, or takes it out.
    pub(super) fn add(&mut self, number: Number, is_added: bool) -> Result<()> {
        match (&mut self.sum, number) {
            (Sum::Exact(sum), Number::Exact(number)) => {
                let total = if is_added { sum.checked_add(number) } else { sum.checked_sub(number) };
                *sum = total.ok_or_else(|| exec_datafusion_err!("{TOO_LARGE}"))?;
            }
            (Sum::Float(sum), Number::Float(number)) => sum.add(number, if is_added { 1 } else { -1 }),
            _ => return internal_err!("a sum of whole numbers and floats"),
        }
        self.count = if is_added { self.count + 1 } else { self.count.saturating_sub(1) };
        Ok(())
    }

    /// Returns all of it as bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let sum = match &self.sum {
            Sum::Exact(sum) => sum.to_le_bytes().to_vec(),
            Sum::Float(sum) => sum.to_bytes(),
        };
        [&self.count.to_le_bytes()[..], &sum].concat()
    }

    /// Adds the total of these bytes.
    pub(super) fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        let not_one = || internal_datafusion_err!("the bytes of a sum are none");
        let (count, rest) = bytes.split_first_chunk::<8>().ok_or_else(not_one)?;
        match &mut self.sum {
            Sum::Exact(sum) => {
                let other = i128::from_le_bytes(rest.try_into().map_err(|_| not_one())?);
                *sum = sum.checked_add(other).ok_or_else(|| exec_datafusion_err!("{TOO_LARGE}"))?;
            }
            Sum::Float(sum) => sum.merge(&FloatSum::from_bytes(rest).ok_or_else(not_one)?),
        }
        self.count += u64::from_le_bytes(*count);
        Ok(())
    }

    /// Says how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self.sum {
            Sum::Exact(_) => size_of::<Self>(),
            Sum::Float(_) => size_of::<Self>() + FloatSum::SIZE,
        }
    }
}

/// Says of a sum that no decimal can hold.
pub(super) const TOO_LARGE: &str = "overflow: a sum has more than 38 digits";

/// Numbers that count once however often they come, with how often they did.
#[derive(Debug, Default)]
pub(super) struct Distinct(HashMap<u128, u64>);

impl Distinct {
    /// Takes a number in; returns whether it is new.
    pub(super) fn insert(&mut self, number: Number) -> bool {
        let times = self.0.entry(bits(number)).or_default();
        *times += 1;
        *times == 1
    }

    /// Takes a number out; returns whether that was the last one.
    pub(super) fn remove(&mut self, number: Number) -> bool {
        let bits = bits(number);
        let times = self.0.get_mut(&bits).map_or(0, |times| {
            *times -= 1;
            *times
        });
        times == 0 && self.0.remove(&bits).is_some()
    }

    pub(super) fn size(&self) -> usize {
        self.0.capacity() * size_of::<(u128, u64, u64)>()
    }

    /// Returns the numbers as bytes, in order.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut numbers: Vec<u128> = self.0.keys().copied().collect();
        numbers.sort_unstable();
        numbers.into_iter().flat_map(u128::to_le_bytes).collect()
    }

    /// Returns the numbers of these bytes.
    pub(super) fn from_bytes(bytes: &[u8], is_float: bool) -> impl Iterator<Item = Number> {
        bytes.as_chunks::<16>().0.iter().map(move |&bytes| {
            let bits = u128::from_le_bytes(bytes);
            if is_float {
                Number::Float(f64::from_bits(bits as u64))
            } else {
                Number::Exact(bits.cast_signed())
            }
        })
    }
}

fn bits(number: Number) -> u128 {
    match number {
        Number::Exact(number) => number.cast_unsigned(),
        // One NaN and one zero: both were made so where they came from.
        Number::Float(number) => number.to_bits().into(),
    }
}

/// Hands on the numbers of a column that are not missing.
pub(super) fn each_number(column: &ArrayRef, mut on_number: impl FnMut(Number) -> Result<()>) -> Result<()> {
    macro_rules! each {
        ($type:ty, $number:expr) => {
            column.as_primitive::<$type>().iter().flatten().map($number).try_for_each(&mut on_number)
        };
    }
    match column.data_type() {
        DataType::Int64 => each!(Int64Type, |number| Number::Exact(number.into())),
        DataType::UInt64 => each!(UInt64Type, |number| Number::Exact(number.into())),
        DataType::Decimal128(..) => each!(Decimal128Type, Number::Exact),
        DataType::Float64 => each!(Float64Type, Number::Float),
        other => internal_err!("a sum of {other}"),
    }
}
