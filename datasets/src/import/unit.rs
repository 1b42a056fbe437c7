//! The unit of a dataset: the smallest power of ten that makes all sizes and the capacity whole.

use crate::decimal::{Decimal, SignedDecimal};
use crate::shown::quoted;
use crate::value::MAX_NUMBER;

/// Grows while numbers are seen, then turns each into a whole number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unit {
    decimals: u32,
    capacity: Option<Decimal>,
    origin: Origin,
}

/// Where a unit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Origin {
    /// The numbers that are read.
    #[default]
    Numbers,
    /// The user, and numbers are rounded to it.
    Named,
}

/// Why a number can't be taken. It goes on after the number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The number is at fault.
    Own(String),
    /// The number would fit, were other numbers not so fine.
    Unit(String),
}

impl Unit {
    pub(super) fn new(capacity: Option<Decimal>) -> Self {
        Self { decimals: capacity.map_or(0, Decimal::decimals), capacity, origin: Origin::Numbers }
    }

    /// The unit that the user names: 1, 0.1, 0.01 and so on. The error is a message.
    pub(super) fn named(text: &str, capacity: Option<Decimal>) -> Result<Self, String> {
        let not_a_unit = || format!("the unit {} is not 1, 0.1, 0.01, …", quoted(text.as_bytes()));
        let unit = Decimal::parse(text.as_bytes()).map_err(|_| not_a_unit())?;
        let decimals = unit.decimals();
        if unit.scaled(decimals) != Some(1) {
            return Err(not_a_unit());
        }
        if capacity.is_some_and(|capacity| capacity.decimals() > decimals) {
            let capacity = capacity.map(|capacity| capacity.to_string()).unwrap_or_default();
            return Err(format!("the capacity {capacity} is no multiple of the unit {unit}"));
        }
        Ok(Self { decimals, capacity, origin: Origin::Named })
    }

    /// Returns how many decimals numbers are rounded to, if they are.
    pub(super) fn rounds_to(self) -> Option<u32> {
        (self.origin == Origin::Named).then_some(self.decimals)
    }

    /// Makes the unit fine enough for one more number; returns whether it wasn't.
    pub(super) fn include(&mut self, number: Decimal) -> bool {
        let is_finer = number.decimals() > self.decimals;
        self.decimals = self.decimals.max(number.decimals());
        is_finer
    }

    /// Numbers of the dataset are the source's times this.
    pub(super) fn scale(self) -> u64 {
        10_u64.pow(self.decimals)
    }

    /// The capacity as a whole number. The error is a message.
    pub(super) fn capacity(self) -> Result<Option<u64>, String> {
        let Some(capacity) = self.capacity else { return Ok(None) };
        let too_large = |_| format!("the capacity {capacity} {}", self.too_large("64 bits"));
        match self.scaled(capacity).map_err(too_large)? {
            0 => Err("the capacity is 0".into()),
            value if value > MAX_NUMBER => {
                Err(format!("the capacity {capacity} exceeds {MAX_NUMBER} once scaled by {}", self.scale()))
            }
            value => Ok(Some(value)),
        }
    }

    /// A size as a whole number that no bin is too small for. The error goes on after the size.
    pub(super) fn size(self, size: Decimal) -> Result<u64, Misfit> {
        let value = self.scaled(size)?;
        match self.capacity {
            Some(capacity) if self.scaled(capacity)? < value => {
                Err(Misfit::Own(format!("exceeds the capacity {capacity}")))
            }
            _ => Ok(value),
        }
    }

    /// A number with a sign, as its two's complement.
    pub(super) fn signed(self, number: SignedDecimal) -> Result<u64, Misfit> {
        // Decimals are never a row's own fault: of numbers that have them all alike, the largest would be left out.
        let fits_alone = number.magnitude().floor() <= i64::MAX.cast_unsigned();
        let misfit = || self.misfit("63 bits and a sign", fits_alone);
        number.scaled(self.decimals).map(i64::cast_unsigned).ok_or_else(misfit)
    }

    /// A number of a column that the capacity doesn't limit.
    pub(super) fn scaled(self, number: Decimal) -> Result<u64, Misfit> {
        number.scaled(self.decimals).ok_or_else(|| self.misfit("64 bits", true))
    }

    fn misfit(self, room: &str, fits_alone: bool) -> Misfit {
        match self.origin {
            Origin::Numbers if fits_alone => Misfit::Unit(self.too_large(room)),
            Origin::Numbers => Misfit::Own(format!("doesn't fit in {room}")),
            Origin::Named => Misfit::Own(self.too_large(room)),
        }
    }

    fn too_large(self, room: &str) -> String {
        match self.scale() {
            1 => format!("doesn't fit in {room}"),
            scale => format!("doesn't fit in {room} once scaled by {scale}"),
        }
    }
}
