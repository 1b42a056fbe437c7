//! The unit of a dataset: the smallest power of ten that makes all sizes and the capacity whole.

use crate::decimal::{Decimal, SignedDecimal};
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
        match self.scaled(capacity).map_err(|why| format!("the capacity {capacity} {why}"))? {
            0 => Err("the capacity is 0".into()),
            value if value > MAX_NUMBER => {
                Err(format!("the capacity {capacity} exceeds {MAX_NUMBER} once scaled by {}", self.scale()))
            }
            value => Ok(Some(value)),
        }
    }

    /// A size as a whole number that no bin is too small for. The error goes on after the size.
    pub(super) fn size(self, size: Decimal) -> Result<u64, String> {
        let value = self.scaled(size)?;
        match self.capacity {
            Some(capacity) if self.scaled(capacity)? < value => {
                Err(format!("exceeds the capacity {capacity}"))
            }
            _ => Ok(value),
        }
    }

    /// A number with a sign, as its two's complement. The error goes on after the number.
    pub(super) fn signed(self, number: SignedDecimal) -> Result<u64, String> {
        number
            .scaled(self.decimals)
            .map(i64::cast_unsigned)
            .ok_or_else(|| self.too_large("63 bits and a sign"))
    }

    /// A number of a column that the capacity doesn't limit. The error goes on after the number.
    pub(super) fn scaled(self, number: Decimal) -> Result<u64, String> {
        number.scaled(self.decimals).ok_or_else(|| self.too_large("64 bits"))
    }

    fn too_large(self, room: &str) -> String {
        match self.scale() {
            1 => format!("doesn't fit in {room}"),
            scale => format!("doesn't fit in {room} once scaled by {scale}"),
        }
    }
}
