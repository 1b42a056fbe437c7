//! The values of one column, a batch of rows at a time.

use parquet::basic::Compression;
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use crate::fault::Fault;
use crate::form::{Form, Value};
use crate::losses::Losses;

/// A column without groups below it, and where in its batch somebody reads.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) losses: Losses,
    descriptor: ColumnDescPtr,
    most_defined: i16,
    is_repeated: bool,
    typed: Option<Typed>,
    /// For each entry, how much of its path is defined; empty where all is.
    defined: Vec<i16>,
    /// For each entry, which group it repeats; empty where none does.
    repeated: Vec<i16>,
    entries: usize,
    entry: usize,
    value: usize,
}

/// The reader of a column of one row group, and the values of the batch.
enum Typed {
    Boolean(ColumnReaderImpl<BoolType>, Vec<bool>),
    Int32(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Int64(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Int96(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Float(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

impl Column {
    pub(crate) fn new(descriptor: ColumnDescPtr) -> Result<Self, Fault> {
        let name = descriptor.path().parts().join(".");
        let form = Form::of(&descriptor).map_err(|fault| fault.of_column(&name))?;
        Ok(Self {
            form,
            losses: Losses::default(),
            most_defined: descriptor.max_def_level(),
            is_repeated: descriptor.max_rep_level() > 0,
            name,
            descriptor,
            typed: None,
            defined: Vec::new(),
            repeated: Vec::new(),
            entries: 0,
            entry: 0,
            value: 0,
        })
    }

    pub(crate) fn descriptor(&self) -> &ColumnDescriptor {
        &self.descriptor
    }

    /// Begins with the pages of another row group.
    pub(crate) fn begin(&mut self, pages: Box<dyn PageReader>) {
        self.typed = Some(Typed::new(get_column_reader(self.descriptor.clone(), pages)));
    }

    /// Reads the next rows; returns how many there were.
    pub(crate) fn read(&mut self, rows: usize) -> Result<usize, Fault> {
        self.defined.clear();
        self.repeated.clear();
        (self.entry, self.value) = (0, 0);
        let Some(typed) = &mut self.typed else { return Ok(0) };
        let has_levels = self.most_defined > 0;
        let levels = Levels {
            defined: has_levels.then_some(&mut self.defined),
            repeated: self.is_repeated.then_some(&mut self.repeated),
        };
        let (rows, entries) = typed.read(rows, levels)?;
        self.entries = entries;
        Ok(rows)
    }

    /// Returns whether there is nothing left of the batch.
    pub(crate) fn is_at_end(&self) -> bool {
        self.entry >= self.entries
    }

    /// Returns how much of the entry's path is defined.
    pub(crate) fn defined(&self) -> i16 {
        self.defined.get(self.entry).copied().unwrap_or(if self.is_at_end() { -1 } else { self.most_defined })
    }

    /// Returns which group the entry repeats; none of them where it begins a row, or where there is no entry.
    pub(crate) fn repeats(&self) -> i16 {
        self.repeated.get(self.entry).copied().unwrap_or(0)
    }

    /// Passes an entry without a value.
    pub(crate) fn pass(&mut self) {
        self.entry += 1;
    }

    /// Takes the entry's value; none where it is null.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Value<'_>> {
        let is_there = self.defined.get(self.entry).is_none_or(|&defined| defined == self.most_defined);
        self.entry += 1;
        if !is_there {
            return None;
        }
        let at = self.value;
        self.value += 1;
        let value = self.typed.as_ref()?.value(at)?;
        self.losses.see(value);
        Some(value)
    }
}

/// Where the levels of entries go.
struct Levels<'a> {
    defined: Option<&'a mut Vec<i16>>,
    repeated: Option<&'a mut Vec<i16>>,
}

impl Typed {
    fn new(reader: ColumnReader) -> Self {
        match reader {
            ColumnReader::BoolColumnReader(reader) => Self::Boolean(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Self::Int32(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Self::Int64(reader, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Self::Int96(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Self::Float(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Self::Double(reader, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Self::Bytes(reader, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Self::Fixed(reader, Vec::new()),
        }
    }

    /// Returns how many rows were read, and how many entries they have.
    fn read(&mut self, rows: usize, levels: Levels<'_>) -> Result<(usize, usize), Fault> {
        match self {
            Self::Boolean(reader, values) => fill(reader, values, rows, levels),
            Self::Int32(reader, values) => fill(reader, values, rows, levels),
            Self::Int64(reader, values) => fill(reader, values, rows, levels),
            Self::Int96(reader, values) => fill(reader, values, rows, levels),
            Self::Float(reader, values) => fill(reader, values, rows, levels),
            Self::Double(reader, values) => fill(reader, values, rows, levels),
            Self::Bytes(reader, values) => fill(reader, values, rows, levels),
            Self::Fixed(reader, values) => fill(reader, values, rows, levels),
        }
    }

    #[inline]
    fn value(&self, at: usize) -> Option<Value<'_>> {
        Some(match self {
            Self::Boolean(_, values) => Value::Boolean(*values.get(at)?),
            Self::Int32(_, values) => Value::Int32(*values.get(at)?),
            Self::Int64(_, values) => Value::Int64(*values.get(at)?),
            Self::Int96(_, values) => Value::Int96(values.get(at)?.data()),
            Self::Float(_, values) => Value::Float(*values.get(at)?),
            Self::Double(_, values) => Value::Double(*values.get(at)?),
            Self::Bytes(_, values) => Value::Bytes(values.get(at)?.data()),
            Self::Fixed(_, values) => Value::Bytes(values.get(at)?.data()),
        })
    }
}

fn fill<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    values: &mut Vec<T::T>,
    rows: usize,
    levels: Levels<'_>,
) -> Result<(usize, usize), Fault> {
    values.clear();
    let (rows, _, entries) = reader.read_records(rows, levels.defined, levels.repeated, values)?;
    Ok((rows, entries))
}

/// Returns the name of a compression that can't be undone.
pub(crate) fn unknown_compression(compression: Compression) -> Option<&'static str> {
    matches!(compression, Compression::LZO).then_some("LZO")
}
