//! The table that SQL sees: which columns a dataset has, and of which types.

use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, Field};
use datasets::{ColumnKind, FieldRole, FieldSchema, FieldType, Manifest};

/// The name of the table.
pub const TABLE: &str = "records";
/// The name of the column that holds the number of a record, from 0.
pub const OFFSET: &str = "record_offset";
/// Whole numbers of so many digits always fit in a `BIGINT`.
const BIGINT_DIGITS: u32 = 18;
/// Decimals have so many digits after the point where nothing is said.
const SCALE: u32 = 9;

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Holds its name.
    pub name: String,
    /// Says what it holds.
    pub kind: Kind,
    /// Says whether its whole numbers are times: then a division of them is worth a word.
    pub is_time: bool,
    /// The description of a generic dataset's column.
    pub field: Option<FieldSchema>,
}

/// Says what a column holds, and so of which SQL type it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`.
    Whole,
    /// `DECIMAL(digits, scale)`.
    Decimal {
        /// All digits.
        digits: u8,
        /// Those behind the point.
        scale: u8,
    },
    /// `DOUBLE`.
    Float,
    /// `BOOLEAN`.
    Boolean,
    /// `DATE`.
    Date,
    /// `TIMESTAMP`, in a zone if there is one; its unit depends on the times.
    Time {
        /// The zone.
        zone: Option<String>,
    },
    /// `VARCHAR`.
    Text,
}

impl Kind {
    /// Returns the type, that of times in microseconds.
    fn data_type(&self) -> DataType {
        use arrow_schema::TimeUnit::Microsecond;
        match self {
            Self::Whole => DataType::Int64,
            Self::Decimal { digits, scale } => DataType::Decimal128(*digits, scale.cast_signed()),
            Self::Float => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Time { zone } => DataType::Timestamp(Microsecond, zone.as_deref().map(Into::into)),
            Self::Text => DataType::Utf8,
        }
    }

    fn exact(digits: Option<u32>, scale: u32) -> Self {
        let most = u32::from(DECIMAL128_MAX_PRECISION);
        let digits = digits.unwrap_or(most).max(scale).clamp(1, most);
        if scale == 0 && digits <= BIGINT_DIGITS {
            return Self::Whole;
        }
        Self::Decimal { digits: digits as u8, scale: scale.min(most) as u8 }
    }
}

/// Returns the columns of a dataset.
pub fn of(manifest: &Manifest) -> Vec<Column> {
    if manifest.is_generic() {
        return manifest.fields.iter().map(of_field).collect();
    }
    // A scale is a power of ten below 2^64, so it has 19 zeros at most.
    let scale = manifest.scale.checked_ilog10().unwrap_or(0);
    manifest.columns.iter().map(|name| of_name(name, scale)).collect()
}

/// The column of a problem's records.
fn of_name(name: &str, scale: u32) -> Column {
    let kind = ColumnKind::of_column(name);
    Column {
        name: name.to_owned(),
        is_time: kind == ColumnKind::TimeMs,
        kind: match kind {
            ColumnKind::TimeMs | ColumnKind::Number => Kind::Whole,
            ColumnKind::Int if scale == 0 => Kind::Whole,
            ColumnKind::Int => Kind::exact(Some(19), scale),
            // 2^64 is beyond a BIGINT.
            ColumnKind::Size => Kind::exact(Some(20), scale),
            ColumnKind::Text | ColumnKind::Side => Kind::Text,
        },
        field: None,
    }
}

fn of_field(field: &FieldSchema) -> Column {
    let zone = match field.kind {
        FieldType::TimeZoned => Some(field.zone.as_deref().unwrap_or("UTC").to_owned()),
        _ => field.zone.clone(),
    };
    let kind = match field.kind {
        FieldType::Whole => Kind::exact(field.digits, 0),
        FieldType::Decimal => Kind::exact(field.digits, field.scale.unwrap_or(SCALE)),
        FieldType::Float => Kind::Float,
        FieldType::Boolean => Kind::Boolean,
        FieldType::Date => Kind::Date,
        FieldType::Time | FieldType::TimeZoned => Kind::Time { zone },
        FieldType::Text | FieldType::Json => Kind::Text,
    };
    let has_time = matches!(field.role, Some(FieldRole::EventTime | FieldRole::Arrival));
    let is_time = has_time && field.kind == FieldType::Whole;
    Column { name: field.name.clone(), kind, is_time, field: Some(field.clone()) }
}

/// Returns the table's columns as the engine describes them: the dataset's, and the record's number behind them unless one
/// is called so.
pub(crate) fn described(columns: &[Column]) -> Vec<Field> {
    let field = |column: &Column| Field::new(&column.name, column.kind.data_type(), column.field.is_some());
    let mut fields: Vec<Field> = columns.iter().map(field).collect();
    if has_offset(columns) {
        fields.push(Field::new(OFFSET, DataType::Int64, false));
    }
    fields
}

/// Returns whether there is a column of record numbers.
pub(crate) fn has_offset(columns: &[Column]) -> bool {
    columns.iter().all(|column| column.name != OFFSET)
}
