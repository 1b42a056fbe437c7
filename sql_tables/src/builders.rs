//! Columns while they grow, value by value.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, TimestampMicrosecondArray, TimestampNanosecondArray};
use arrow_schema::ArrowError;
use datasets::{FieldReader, FieldValue, shown};

use crate::columns::{Column, Kind};
use crate::fields::Field;
use crate::normal64;

/// A column of all records, in pieces that end where they are cut.
pub(crate) struct Growing {
    kind: Kind,
    /// Reads the values of a generic dataset.
    reader: Option<FieldReader>,
    builder: Builder,
    pieces: Vec<ArrayRef>,
}

enum Builder {
    Whole(Int64Builder),
    Decimal(Decimal128Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    /// Nanoseconds of all records: only at the end is it known which unit holds them.
    Time(Vec<Option<i128>>),
    Text(StringBuilder),
}

impl Growing {
    /// Makes an empty column.
    pub(crate) fn new(column: &Column) -> Result<Self, datasets::Error> {
        let builder = match column.kind {
            Kind::Whole => Builder::Whole(Int64Builder::new()),
            Kind::Decimal { .. } => Builder::Decimal(Decimal128Builder::new()),
            Kind::Float => Builder::Float(Float64Builder::new()),
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Time { .. } => Builder::Time(Vec::new()),
            Kind::Text => Builder::Text(StringBuilder::new()),
        };
        let reader = column.field.as_ref().map(FieldReader::new).transpose()?;
        Ok(Self { kind: column.kind.clone(), reader, builder, pieces: Vec::new() })
    }

    /// Takes an arrival time.
    pub(crate) fn push_whole(&mut self, number: i64) -> Result<(), String> {
        self.builder.push(FieldValue::Whole(number.into()))
    }

    /// Takes a value; the error is a message.
    pub(crate) fn push(&mut self, field: &Field<'_>) -> Result<(), String> {
        let text = &*field.text;
        let value = match &mut self.reader {
            Some(reader) => reader.read(text, field.is_quoted),
            None => of_problem(&self.builder, text).ok_or_else(|| "is no such number".to_owned()),
        };
        value.and_then(|value| self.builder.push(value)).map_err(|why| format!("'{}' {why}", shown(text)))
    }

    /// Ends a piece.
    pub(crate) fn cut(&mut self) -> Result<(), ArrowError> {
        let piece: ArrayRef = match &mut self.builder {
            Builder::Whole(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => match self.kind {
                Kind::Decimal { digits, scale } => {
                    Arc::new(builder.finish().with_precision_and_scale(digits, scale.cast_signed())?)
                }
                _ => Arc::new(builder.finish()),
            },
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Time(_) => return Ok(()),
        };
        self.pieces.push(piece);
        Ok(())
    }

    /// Returns all pieces, times in pieces that end where those of other columns do; the error names the record whose time no unit holds beside the others.
    pub(crate) fn finish(self, ends: &[usize]) -> Result<Vec<ArrayRef>, u64> {
        let (Builder::Time(times), Kind::Time { zone }) = (self.builder, self.kind) else {
            return Ok(self.pieces);
        };
        let is_fine = times.iter().flatten().any(|time| time.rem_euclid(1_000) != 0);
        let unit = if is_fine { 1 } else { 1_000 };
        let mut pieces: Vec<ArrayRef> = Vec::new();
        let mut start = 0;
        for &end in ends {
            let mut numbers = Vec::with_capacity(end - start);
            for (time, row) in times[start..end].iter().zip(start as u64..) {
                let number = time.map(|time| i64::try_from(time.div_euclid(unit))).transpose();
                numbers.push(number.map_err(|_| row)?);
            }
            start = end;
            pieces.push(if is_fine {
                Arc::new(TimestampNanosecondArray::from(numbers).with_timezone_opt(zone.clone()))
            } else {
                Arc::new(TimestampMicrosecondArray::from(numbers).with_timezone_opt(zone.clone()))
            });
        }
        Ok(pieces)
    }
}

/// Reads a field of a problem's records, whose numbers are whole.
fn of_problem<'a>(builder: &Builder, text: &'a str) -> Option<FieldValue<'a>> {
    match builder {
        Builder::Whole(_) => text.parse::<i64>().ok().map(|number| FieldValue::Whole(number.into())),
        Builder::Decimal(_) => text.parse().ok().map(FieldValue::Decimal),
        _ => Some(FieldValue::Text(text)),
    }
}

impl Builder {
    fn push(&mut self, value: FieldValue<'_>) -> Result<(), String> {
        match (self, value) {
            (Self::Whole(builder), FieldValue::Whole(number)) => {
                builder.append_value(i64::try_from(number).map_err(|_| "doesn't fit in 64 bits".to_owned())?);
            }
            (Self::Decimal(builder), FieldValue::Whole(number) | FieldValue::Decimal(number)) => {
                builder.append_value(number);
            }
            (Self::Float(builder), FieldValue::Float(number)) => builder.append_value(normal64(number)),
            (Self::Boolean(builder), FieldValue::Boolean(value)) => builder.append_value(value),
            (Self::Date(builder), FieldValue::Date(days)) => builder.append_value(days),
            (Self::Time(times), FieldValue::Time(time)) => times.push(Some(time)),
            (Self::Text(builder), FieldValue::Text(text) | FieldValue::Json(text)) => {
                builder.append_value(text);
            }
            (builder, FieldValue::Missing) => builder.push_missing(),
            _ => return Err("is of another type than its column".to_owned()),
        }
        Ok(())
    }

    fn push_missing(&mut self) {
        match self {
            Self::Whole(builder) => builder.append_null(),
            Self::Decimal(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(times) => times.push(None),
            Self::Text(builder) => builder.append_null(),
        }
    }
}
