//! Writes Parquet files by the library's low-level writer, and reads them back as fields.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datasets::{Error, FieldKind, Row, RowsForm};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// The values of a column without groups below it, without those that are null.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<Vec<u8>>),
    Fixed(Vec<Vec<u8>>),
}

/// A column with its levels, which are empty where its path has none.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) values: Values,
    pub(crate) defined: Vec<i16>,
    pub(crate) repeated: Vec<i16>,
}

impl Made {
    /// Returns a column that has a value in every row.
    pub(crate) fn required(values: Values) -> Self {
        Self { values, defined: Vec::new(), repeated: Vec::new() }
    }

    /// Returns a column that is optional, and null where `is_there` is false.
    pub(crate) fn optional(values: Values, is_there: &[bool]) -> Self {
        let defined = is_there.iter().map(|&is_there| i16::from(is_there)).collect();
        Self { values, defined, repeated: Vec::new() }
    }
}

/// Says how a file is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub(crate) compression: Compression,
    pub(crate) has_dictionary: bool,
    pub(crate) version: WriterVersion,
    /// A page has at most so many rows.
    pub(crate) rows_of_page: usize,
}

impl Default for How {
    fn default() -> Self {
        let (compression, version) = (Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0);
        Self { compression, has_dictionary: true, version, rows_of_page: 1_000 }
    }
}

/// Writes a file whose row groups have these columns each.
pub(crate) fn write(path: &Path, schema: &str, groups: &[Vec<Made>], how: How) {
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let properties = WriterProperties::builder()
        .set_compression(how.compression)
        .set_dictionary_enabled(how.has_dictionary)
        .set_writer_version(how.version)
        .set_data_page_row_count_limit(how.rows_of_page)
        .set_write_batch_size(how.rows_of_page)
        .build();
    // Many file systems wait for the disk where a file is written again.
    let _ = std::fs::remove_file(path);
    let file = File::create(path).expect("a new file");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).expect("a writer");
    for group in groups {
        let mut rows = writer.next_row_group().expect("a row group");
        for made in group {
            let mut column =
                rows.next_column().expect("a column").expect("as many columns as the schema has");
            write_column(column.untyped(), made);
            column.close().expect("a column");
        }
        assert!(rows.next_column().expect("no more").is_none(), "the schema has more columns");
        rows.close().expect("a row group");
    }
    writer.close().expect("a footer");
}

fn write_column(writer: &mut ColumnWriter<'_>, made: &Made) {
    let defined = (!made.defined.is_empty()).then_some(&made.defined[..]);
    let repeated = (!made.repeated.is_empty()).then_some(&made.repeated[..]);
    let bytes = |values: &[Vec<u8>]| values.iter().cloned().map(ByteArray::from).collect::<Vec<_>>();
    let written = match (writer, &made.values) {
        (ColumnWriter::BoolColumnWriter(to), Values::Boolean(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::Int32ColumnWriter(to), Values::Int32(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::Int64ColumnWriter(to), Values::Int64(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::Int96ColumnWriter(to), Values::Int96(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::FloatColumnWriter(to), Values::Float(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::DoubleColumnWriter(to), Values::Double(values)) => {
            to.write_batch(values, defined, repeated)
        }
        (ColumnWriter::ByteArrayColumnWriter(to), Values::Bytes(values)) => {
            to.write_batch(&bytes(values), defined, repeated)
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(to), Values::Fixed(values)) => {
            let values: Vec<FixedLenByteArray> =
                bytes(values).into_iter().map(FixedLenByteArray::from).collect();
            to.write_batch(&values, defined, repeated)
        }
        (_, values) => panic!("the schema has another type than {values:?}"),
    };
    written.expect("a column");
}

/// Everything that a table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<(FieldKind, String)>>,
    pub(crate) notes: Vec<String>,
}

impl Said {
    /// Returns the texts of a column.
    pub(crate) fn texts(&self, column: usize) -> Vec<&str> {
        self.rows.iter().map(|row| row[column].1.as_str()).collect()
    }
}

/// Reads a file or a folder.
pub(crate) fn read(path: &Path) -> Result<Said, Error> {
    datasets::provide_parquet(parquet_rows::open);
    let mut rows = datasets::open_rows(path, &RowsForm::default(), &|| true)?;
    let columns = rows.columns().to_vec();
    let mut all = Vec::new();
    let mut row = Row::default();
    while rows.next(&mut row)? {
        all.push(row.fields().map(|field| (field.kind, field.text.to_owned())).collect());
    }
    Ok(Said { columns, rows: all, notes: rows.notes() })
}

/// Returns the message and hint with which reading fails.
pub(crate) fn failure(path: &Path) -> String {
    let error = read(path).expect_err("it can't be read");
    assert_eq!(error.kind(), datasets::ErrorKind::Input, "{error}");
    format!("{error}; {}", error.hint().unwrap_or_default())
}

/// A folder that is gone with the test, and a path for a file in it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.parquet");
    (folder, path)
}
