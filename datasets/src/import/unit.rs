//! The unit of a dataset: the smallest power of ten that makes all sizes and the capacity whole.

use crate::decimal::{Decimal, SignedDecimal};
use crate::instance::CAPACITY;
use crate::manifest::MAX_NUMBER;

/// Grows while numbers are seen, then turns each into a whole number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unit {
    decimals: u32,
    capacity: Option<Decimal>,
}

impl Unit {
    pub(super) fn new(capacity: Option<Decimal>) -> Self {
        Self { decimals: capacity.map_or(0, Decimal::decimals), capacity }
    }

    /// Makes the unit fine enough for one more number.
    pub(super) fn include(&mut self, number: Decimal) {
        self.decimals = self.decimals.max(number.decimals());
    }

    /// Numbers of the dataset are the source's times this.
    pub(super) fn scale(self) -> u64 {
        10_u64.pow(self.decimals)
    }

    /// The capacity as a whole number. The error is a message.
    pub(super) fn capacity(self) -> Result<Option<u64>, String> {
        let Some(capacity) = self.capacity else { return Ok(None) };
        match self.scaled(CAPACITY, capacity)? {
            0 => Err("the capacity is 0".into()),
            value if value > MAX_NUMBER => {
                Err(format!("the capacity {capacity} exceeds {MAX_NUMBER} once scaled by {}", self.scale()))
            }
            value => Ok(Some(value)),
        }
    }

    /// A size as a whole number that no bin is too small for. The error is a message.
    pub(super) fn size(self, name: &str, size: Decimal) -> Result<u64, String> {
        let value = self.scaled(name, size)?;
        match self.capacity {
            Some(capacity) if self.scaled(CAPACITY, capacity)? < value => {
                Err(format!("{} {size} exceeds the capacity {capacity}", crate::shown(name)))
            }
            _ => Ok(value),
        }
    }

    /// A number with a sign, as its two's complement.
    pub(super) fn signed(self, name: &str, number: SignedDecimal) -> Result<u64, String> {
        number.scaled(self.decimals).map(i64::cast_unsigned).ok_or_else(|| {
            format!(
                "{} {number} doesn't fit in 63 bits and a sign once scaled by {}",
                crate::shown(name),
                self.scale()
            )
        })
    }

    /// A number of a column that the capacity doesn't limit.
    pub(super) fn scaled(self, name: &str, number: Decimal) -> Result<u64, String> {
        number.scaled(self.decimals).ok_or_else(|| {
            format!("{} {number} doesn't fit in 64 bits once scaled by {}", crate::shown(name), self.scale())
        })
    }
}
