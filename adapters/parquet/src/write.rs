//! Writes the rows of an epoch as a Parquet file: numbers of 64 bits, of 38 digits, texts.

use std::{io::Write, sync::Arc};

use csv::ByteRecord;
use parquet::{
    basic::{LogicalType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::{ByteArray, FixedLenByteArray},
    errors::Result as Parquet,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type,
};
use replay::recovery::{SinkColumn, SinkKind};

/// The most digits of a decimal that every reader takes.
const DIGITS: i32 = 38;
/// One more than the largest number of so many digits.
const TOO_LARGE: i128 = 10_i128.pow(38);

/// The values of a column.
enum Values {
    Ints(Vec<i64>),
    /// With a 1 for each row that has one.
    Maybes(Vec<i64>, Vec<i16>),
    Wides(Vec<FixedLenByteArray>),
    Texts(Vec<ByteArray>),
}

/// Writes the file of these rows to `to`, with `notes` in its footer. The error names a field that has no place in it.
pub(crate) fn write<W: Write + Send>(
    to: W,
    columns: &[SinkColumn],
    rows: &[ByteRecord],
    notes: Vec<KeyValue>,
) -> Result<(), String> {
    let values: Vec<Values> =
        columns.iter().enumerate().map(|of| values(of, rows)).collect::<Result<_, _>>()?;
    file(to, columns, &values, notes).map_err(|error| error.to_string())
}

fn file<W: Write + Send>(
    to: W,
    columns: &[SinkColumn],
    values: &[Values],
    notes: Vec<KeyValue>,
) -> Parquet<()> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Parquet<_>>()?;
    let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_key_value_metadata(Some(notes)).build();
    let mut writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    values.iter().try_for_each(|values| put(&mut group, values))?;
    group.close()?;
    writer.close()?;
    Ok(())
}

fn field(column: &SinkColumn) -> Parquet<Type> {
    let (physical, logical) = match column.kind {
        SinkKind::Int | SinkKind::Maybe => (Physical::INT64, None),
        SinkKind::Wide => {
            let decimal = LogicalType::decimal(0, DIGITS);
            (Physical::FIXED_LEN_BYTE_ARRAY, Some(decimal))
        }
        SinkKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let is_optional = column.kind == SinkKind::Maybe;
    let repetition = if is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let builder = Type::primitive_type_builder(&column.name, physical).with_repetition(repetition);
    let builder = builder.with_logical_type(logical);
    if column.kind == SinkKind::Wide {
        return builder.with_length(16).with_precision(DIGITS).with_scale(0).build();
    }
    builder.build()
}

fn put<W: Write + Send>(group: &mut SerializedRowGroupWriter<'_, W>, values: &Values) -> Parquet<()> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    match (column.untyped(), values) {
        (ColumnWriter::Int64ColumnWriter(to), Values::Ints(values)) => to.write_batch(values, None, None)?,
        (ColumnWriter::Int64ColumnWriter(to), Values::Maybes(values, is_there)) => {
            to.write_batch(values, Some(is_there), None)?
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(to), Values::Wides(values)) => {
            to.write_batch(values, None, None)?
        }
        (ColumnWriter::ByteArrayColumnWriter(to), Values::Texts(values)) => {
            to.write_batch(values, None, None)?
        }
        _ => 0,
    };
    column.close()
}

fn values((at, column): (usize, &SinkColumn), rows: &[ByteRecord]) -> Result<Values, String> {
    let fields = rows.iter().map(|row| row.get(at).unwrap_or_default());
    let wrong =
        |field: &[u8], what: &str| format!("column '{}': '{}' {what}", column.name, field.escape_ascii());
    let text = |field| std::str::from_utf8(field).map_err(|_| wrong(field, "is no UTF-8"));
    let int = |field| text(field)?.parse::<i64>().map_err(|_| wrong(field, "is no number of 64 bits"));
    Ok(match column.kind {
        SinkKind::Int => Values::Ints(fields.map(int).collect::<Result<_, _>>()?),
        SinkKind::Maybe => {
            let is_there = fields.clone().map(|field| i16::from(!field.is_empty())).collect();
            let some = fields.filter(|field| !field.is_empty()).map(int).collect::<Result<_, _>>()?;
            Values::Maybes(some, is_there)
        }
        SinkKind::Wide => {
            let wide = |field| {
                let number: Option<i128> = text(field)?.parse().ok();
                let number = number.filter(|number| (1 - TOO_LARGE..TOO_LARGE).contains(number));
                let number = number.ok_or_else(|| wrong(field, "has more than 38 digits"))?;
                Ok::<_, String>(FixedLenByteArray::from(number.to_be_bytes().to_vec()))
            };
            Values::Wides(fields.map(wide).collect::<Result<_, _>>()?)
        }
        SinkKind::Text => {
            let bytes = |field| Ok::<_, String>(ByteArray::from(text(field)?.as_bytes().to_vec()));
            Values::Texts(fields.map(bytes).collect::<Result<_, _>>()?)
        }
    })
}
