//! An engine's columns as fields that are written: the one way in which each type is.

use std::fmt::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, DecimalType as _, Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType};
use datasets::FieldKind;

use crate::normal64;

/// Hands on the fields of a column, in order.
pub(crate) fn each_field<E: From<ArrowError>>(
    column: &ArrayRef,
    mut on_field: impl FnMut(FieldKind, &str) -> Result<(), E>,
) -> Result<(), E> {
    let column = plain(column)?;
    let writer = Writer::new(&column)?;
    let missing = column.logical_nulls();
    let mut text = String::new();
    for row in 0..column.len() {
        text.clear();
        if missing.as_ref().is_some_and(|missing| missing.is_null(row)) {
            on_field(FieldKind::Null, "null")?;
            continue;
        }
        let kind = writer.write(row, &mut text)?;
        on_field(kind, &text)?;
    }
    Ok(())
}

/// Makes a few types of many.
fn plain(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let to = match column.data_type() {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => DataType::Int64,
        &DataType::Decimal32(digits, scale) | &DataType::Decimal64(digits, scale) => {
            DataType::Decimal128(digits, scale)
        }
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        DataType::LargeList(field) | DataType::ListView(field) | DataType::FixedSizeList(field, _) => {
            DataType::List(field.clone())
        }
        // An instant is written in UTC, whichever zone it was looked at in. Arrow knows names of zones with a large crate alone.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        _ => return Ok(column.clone()),
    };
    cast(column, &to)
}

/// Writes the fields of a column of one of the few types.
enum Writer<'a> {
    List(&'a ArrayRef),
    Struct(&'a ArrayRef),
    Boolean(&'a ArrayRef),
    Int(&'a ArrayRef),
    UInt(&'a ArrayRef),
    Decimal(&'a ArrayRef, u8, i8),
    Float(&'a ArrayRef),
    Float32(&'a ArrayRef),
    Text(&'a ArrayRef),
    /// Everything else as the engine shows it: dates and times by ISO 8601.
    Other(ArrayFormatter<'a>),
}

impl<'a> Writer<'a> {
    fn new(column: &'a ArrayRef) -> Result<Self, ArrowError> {
        Ok(match column.data_type() {
            DataType::List(_) => Self::List(column),
            DataType::Struct(_) => Self::Struct(column),
            DataType::Boolean => Self::Boolean(column),
            DataType::Int64 => Self::Int(column),
            DataType::UInt64 => Self::UInt(column),
            DataType::Decimal128(digits, scale) => Self::Decimal(column, *digits, *scale),
            DataType::Float64 => Self::Float(column),
            DataType::Float32 => Self::Float32(column),
            DataType::Utf8 => Self::Text(column),
            _ => Self::Other(formatter(column)?),
        })
    }

    fn write(&self, row: usize, text: &mut String) -> Result<FieldKind, ArrowError> {
        match self {
            Self::List(column) => {
                list(&column.as_list::<i32>().value(row), text)?;
                return Ok(FieldKind::Nested);
            }
            Self::Struct(column) => {
                object(column, row, text)?;
                return Ok(FieldKind::Nested);
            }
            Self::Boolean(column) => {
                text.push_str(if column.as_boolean().value(row) { "true" } else { "false" });
                return Ok(FieldKind::Boolean);
            }
            Self::Text(column) => {
                text.push_str(column.as_string::<i32>().value(row));
                return Ok(FieldKind::Text);
            }
            Self::Other(formatter) => {
                let shown = formatter.value(row).to_string();
                text.push_str(&shown);
                return Ok(FieldKind::Text);
            }
            Self::Int(column) => push(text, column.as_primitive::<Int64Type>().value(row)),
            Self::UInt(column) => push(text, column.as_primitive::<UInt64Type>().value(row)),
            Self::Decimal(column, digits, scale) => {
                let value = column.as_primitive::<Decimal128Type>().value(row);
                text.push_str(&Decimal128Type::format_decimal(value, *digits, *scale));
            }
            Self::Float(column) => float(normal64(column.as_primitive::<Float64Type>().value(row)), text),
            Self::Float32(column) => {
                let value = column.as_primitive::<Float32Type>().value(row);
                if value.is_finite() { push_debug(text, value + 0.0) } else { float(value.into(), text) }
            }
        }
        Ok(FieldKind::Number)
    }
}

fn formatter(column: &ArrayRef) -> Result<ArrayFormatter<'_>, ArrowError> {
    const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false);
    ArrayFormatter::try_new(column.as_ref(), &OPTIONS)
}

fn push(text: &mut String, value: impl std::fmt::Display) {
    // Writing to a string never fails.
    let _ = write!(text, "{value}");
}

fn push_debug(text: &mut String, value: impl std::fmt::Debug) {
    let _ = write!(text, "{value:?}");
}

/// Writes the fewest digits that give the same float back.
fn float(value: f64, text: &mut String) {
    match value {
        value if value.is_nan() => text.push_str("NaN"),
        value if value.is_infinite() => text.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        value => push_debug(text, value),
    }
}

/// Writes a list as canonical JSON.
fn list(values: &ArrayRef, text: &mut String) -> Result<(), ArrowError> {
    text.push('[');
    let mut is_first = true;
    each_field(values, |kind, value| {
        if !std::mem::take(&mut is_first) {
            text.push(',');
        }
        json(kind, value, text);
        Ok::<_, ArrowError>(())
    })?;
    text.push(']');
    Ok(())
}

/// Writes an object as canonical JSON: names in order.
fn object(column: &ArrayRef, row: usize, text: &mut String) -> Result<(), ArrowError> {
    let object = column.as_struct();
    let mut names: Vec<(usize, &str)> = object.column_names().into_iter().enumerate().collect();
    names.sort_unstable_by_key(|&(_, name)| name);
    text.push('{');
    for (i, (at, name)) in names.into_iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        json(FieldKind::Text, name, text);
        text.push(':');
        each_field(&object.column(at).slice(row, 1), |kind, value| {
            json(kind, value, text);
            Ok::<_, ArrowError>(())
        })?;
    }
    text.push('}');
    Ok(())
}

/// Writes a field within JSON, which has no NaN and no infinities: these are texts there.
fn json(kind: FieldKind, value: &str, text: &mut String) {
    let is_text = match kind {
        FieldKind::Text => true,
        FieldKind::Number => !value.ends_with(|last: char| last.is_ascii_digit()),
        _ => false,
    };
    if is_text {
        text.push_str(&serde_json::Value::from(value).to_string());
    } else {
        text.push_str(value);
    }
}
