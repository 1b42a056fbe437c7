//! The forms in which values are written: one for each type of the format.

use std::fmt;

use datasets::FieldKind;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::ColumnDescriptor;

use crate::bytes;
use crate::fault::Fault;
use crate::number;
use crate::time::{self, Unit};

/// A scale beyond this is damage: a decimal of 256 bits has 77 digits.
const MOST_SCALE: i32 = 100;

/// A value as the library below gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Boolean(bool),
    Int32(i32),
    Int64(i64),
    Int96(&'a [u32]),
    Float(f32),
    Double(f64),
    Bytes(&'a [u8]),
}

/// Says what the values of a column are, and so how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Boolean,
    Signed,
    Unsigned,
    /// A whole number, to be divided by ten to this power.
    Decimal(usize),
    Half,
    Float,
    Double,
    Date,
    Time(Unit),
    /// A time that is an instant, or else what a calendar and a clock showed somewhere.
    Timestamp(Unit, IsUtc),
    /// A time in 96 bits, of which nobody says whether it is an instant.
    Int96,
    Interval,
    Text,
    Uuid,
    /// Bytes of one length.
    Fixed,
    /// Bytes of which nobody says that they are a text.
    Bytes,
}

/// Says whether a time is an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IsUtc(pub(crate) bool);

impl Form {
    /// Returns the form of a column's values. A type that doesn't fit its storage isn't heeded.
    pub(crate) fn of(column: &ColumnDescriptor) -> Result<Self, Fault> {
        let physical = column.physical_type();
        let logical = column.logical_type_ref();
        let converted = column.converted_type();
        let form = match (physical, logical) {
            (Physical::INT96, _) => Some(Self::Int96),
            (_, Some(logical)) => Self::of_logical(physical, logical, column.type_length()),
            (_, None) => None,
        };
        let form = form.or_else(|| Self::of_converted(physical, converted, column));
        let form = form.unwrap_or(match physical {
            Physical::BOOLEAN => Self::Boolean,
            Physical::INT32 | Physical::INT64 => Self::Signed,
            Physical::INT96 => Self::Int96,
            Physical::FLOAT => Self::Float,
            Physical::DOUBLE => Self::Double,
            Physical::BYTE_ARRAY => Self::Bytes,
            Physical::FIXED_LEN_BYTE_ARRAY => Self::Fixed,
        });
        match (form, column.type_scale()) {
            (Self::Decimal(scale), _) if scale > MOST_SCALE as usize => {
                Err(Fault::new(format!("a decimal with {scale} digits behind the point")))
            }
            _ => Ok(form),
        }
    }

    fn of_logical(physical: Physical, logical: &LogicalType, length: i32) -> Option<Self> {
        let is_int32 = physical == Physical::INT32;
        let is_int64 = physical == Physical::INT64;
        let is_whole = is_int32 || is_int64;
        let is_bytes = physical == Physical::BYTE_ARRAY;
        let is_fixed = |of: i32| physical == Physical::FIXED_LEN_BYTE_ARRAY && length == of;
        Some(match logical {
            LogicalType::Integer(int) if is_whole && int.is_signed => Self::Signed,
            LogicalType::Integer(_) if is_whole => Self::Unsigned,
            LogicalType::Decimal(decimal) => Self::decimal(physical, decimal.scale)?,
            LogicalType::Date if is_int32 => Self::Date,
            LogicalType::Time(time) if is_whole => Self::Time(unit(time.unit, is_int32)?),
            LogicalType::Timestamp(time) if is_int64 => {
                Self::Timestamp(unit(time.unit, false)?, IsUtc(time.is_adjusted_to_u_t_c))
            }
            LogicalType::String | LogicalType::Enum | LogicalType::Json if is_bytes => Self::Text,
            LogicalType::Uuid if is_fixed(16) => Self::Uuid,
            LogicalType::Float16 if is_fixed(2) => Self::Half,
            _ => return None,
        })
    }

    /// Returns the form by the older way of saying it, in which all times are instants.
    fn of_converted(physical: Physical, converted: ConvertedType, column: &ColumnDescriptor) -> Option<Self> {
        let is_int32 = physical == Physical::INT32;
        let is_int64 = physical == Physical::INT64;
        let is_bytes = physical == Physical::BYTE_ARRAY;
        let is_interval = physical == Physical::FIXED_LEN_BYTE_ARRAY && column.type_length() == 12;
        Some(match converted {
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 if is_int32 => {
                Self::Unsigned
            }
            ConvertedType::UINT_64 if is_int64 => Self::Unsigned,
            ConvertedType::DECIMAL => Self::decimal(physical, column.type_scale())?,
            ConvertedType::DATE if is_int32 => Self::Date,
            ConvertedType::TIME_MILLIS if is_int32 => Self::Time(Unit::Milli),
            ConvertedType::TIME_MICROS if is_int64 => Self::Time(Unit::Micro),
            ConvertedType::TIMESTAMP_MILLIS if is_int64 => Self::Timestamp(Unit::Milli, IsUtc(true)),
            ConvertedType::TIMESTAMP_MICROS if is_int64 => Self::Timestamp(Unit::Micro, IsUtc(true)),
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON if is_bytes => Self::Text,
            ConvertedType::INTERVAL if is_interval => Self::Interval,
            _ => return None,
        })
    }

    fn decimal(physical: Physical, scale: i32) -> Option<Self> {
        let can_be = !matches!(physical, Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE);
        // A footer that says no scale means 0.
        can_be.then(|| Self::Decimal(usize::try_from(scale.max(0)).unwrap_or(0)))
    }

    /// Returns the kind of its values.
    pub(crate) fn kind(self) -> FieldKind {
        match self {
            Self::Boolean => FieldKind::Boolean,
            Self::Signed | Self::Unsigned | Self::Decimal(_) | Self::Half | Self::Float | Self::Double => {
                FieldKind::Number
            }
            _ => FieldKind::Text,
        }
    }

    /// Appends a value.
    #[inline]
    pub(crate) fn write(self, value: Value<'_>, out: &mut String) -> Result<(), Fault> {
        match value {
            Value::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int32(value) => self.write_whole(value.into(), u64::from(value.cast_unsigned()), out),
            Value::Int64(value) => self.write_whole(value, value.cast_unsigned(), out),
            Value::Int96(parts) => time::of_96_bits(parts, out),
            Value::Float(value) => number::float(value, out),
            Value::Double(value) => number::double(value, out),
            Value::Bytes(bytes) => return self.write_bytes(bytes, out),
        }
        Ok(())
    }

    fn write_whole(self, value: i64, unsigned: u64, out: &mut String) {
        match self {
            Self::Unsigned => number::whole(unsigned, out),
            Self::Decimal(scale) => number::decimal(value.into(), scale, out),
            Self::Date => time::date(value, out),
            Self::Time(unit) => time::clock(value, unit, out),
            Self::Timestamp(unit, IsUtc(is_utc)) => {
                time::timestamp(value, unit, out);
                out.push_str(if is_utc { "Z" } else { "" });
            }
            _ => number::signed(value, out),
        }
    }

    fn write_bytes(self, bytes: &[u8], out: &mut String) -> Result<(), Fault> {
        match self {
            Self::Text => out.push_str(str::from_utf8(bytes).map_err(|_| Fault::new("not UTF-8 text"))?),
            Self::Decimal(scale) => return number::decimal_of_bytes(bytes, scale, out),
            Self::Half => number::half(bytes, out),
            Self::Interval => time::interval(bytes, out),
            Self::Uuid => bytes::uuid(bytes, out),
            _ => bytes::escaped(bytes, out),
        }
        Ok(())
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::Signed => "whole number",
            Self::Unsigned => "whole number without a sign",
            Self::Decimal(scale) => return write!(f, "decimal with {scale} digits behind the point"),
            Self::Half => "float of 16 bits",
            Self::Float => "float",
            Self::Double => "double",
            Self::Date => "date",
            Self::Time(unit) => return write!(f, "time of day in {unit}"),
            Self::Timestamp(unit, IsUtc(true)) => return write!(f, "time in UTC in {unit}"),
            Self::Timestamp(unit, IsUtc(false)) => return write!(f, "time without a zone in {unit}"),
            Self::Int96 => "time of 96 bits",
            Self::Interval => "interval",
            Self::Text => "text",
            Self::Uuid => "UUID",
            Self::Fixed => "bytes of one length",
            Self::Bytes => "bytes",
        })
    }
}

fn unit(unit: TimeUnit, is_int32: bool) -> Option<Unit> {
    Some(match (unit, is_int32) {
        (TimeUnit::MILLIS, _) => Unit::Milli,
        (TimeUnit::MICROS, false) => Unit::Micro,
        (TimeUnit::NANOS, false) => Unit::Nano,
        _ => return None,
    })
}
