//! Describes what lies on disk: frozen datasets, their manifests and records, answers, importers and generators.
//!
//! A *frozen dataset* is a folder with a data file and a `manifest.toml` that holds its BLAKE3 hash. It is
//! written whole or not at all, and every use verifies the hash while it reads. This crate has no opinion
//! about algorithms.
//!
//! [`import`] or [`generate`] makes an [`Instance`], [`freeze`] writes it, [`Frozen::open`] and [`Frozen::load`]
//! read it back.

mod answer;
mod canonical;
mod cell;
mod changelog;
mod column;
mod copies;
mod decimal;
mod decode;
mod digits;
mod edges;
mod error;
mod files;
mod freeze;
mod frozen;
mod generate;
mod generic;
mod guarantee;
mod import;
mod instance;
mod keys;
mod line;
mod manifest;
mod meter;
mod nearest;
mod overview;
mod quoting;
mod random;
mod reading;
mod record;
mod rejected;
mod row_bytes;
mod rows;
mod schema;
mod shown;
mod source;
mod table;
mod toml_problem;
mod value;
mod work_folder;

pub use answer::{Answer, Bound, NO_DECISION, Reference};
pub use cell::Cell;
pub use changelog::{
    Changelog, ChangelogFacts, ChangelogForm, ChangelogKind, Illegal, IllegalChange, IllegalKind,
    MostChanged, PastStates, Remember, TransientRow, is_printed_file, open_changelog, scan_changelog,
};
pub use column::{ARRIVAL, Column, ColumnKind, EVENT_TIME, ID, KEY, PARTITION, SIDE, SIZE, Side, VALUE};
pub use copies::CopyKeys;
pub use decimal::{from_scale, to_scale};
pub use edges::{BATCH, edges};
pub use error::{Error, ErrorKind, Place};
pub use files::{read_regular, read_regular_text};
pub use freeze::{DATA_FILE, Go, freeze, freeze_all, freeze_all_while, freeze_while, pick};
pub use frozen::{CHUNK_RECORDS, Frozen, Records, RowDecoder, Verified};
pub use generate::{GENERATORS, Generator, GeneratorDefault, GeneratorParameter, generate, generate_frozen};
pub use generic::{Dialect, FrozenGeneric, GenericOptions, STDIN, Sample, SourceForm, freeze_generic};
pub use guarantee::Guarantee;
pub use import::{
    BadRows, EventTimes, Format, ImportOptions, Imported, Summary, TimeUnit, check_csv, import, import_any,
    import_frozen, import_while,
};
pub use instance::Instance;
pub use keys::Keys;
pub use line::Line;
pub use manifest::{MANIFEST_FILE, Manifest, REJECTED_FILE, SCHEMA};
pub use meter::{Meter, Metered};
pub use nearest::{nearest, nearest_names};
pub use overview::{ColumnOverview, Overview};
pub use quoting::write_text;
pub use random::SplitMix64;
pub use reading::{
    ReadTable, Reading, TableFormat, json_fields, json_row, read_table, read_table_text, short_name,
};
pub use record::{Delivery, Event, Insertion, Item, Record, Request, Sided, Typed};
pub use rejected::Rejected;
pub use row_bytes::{RowBytesError, RowPart};
pub use rows::{
    ColumnType, OpenParquet, Row, Rows, RowsForm, RowsFormat, TimeStep, TimesSeen, TypedRows, Writer,
    hash_of_table, is_table_of_rows, nanos_of, open_rows, provide_parquet, read_table_of_rows,
};
pub use schema::{
    DateForm, FieldReader, FieldRole, FieldSchema, FieldType, FieldValue, Fold, NumberForm, RecordTimes,
};
pub use shown::{Shown, counted, shell_word, shown, shown_path};
pub use source::{SlicedPartition, Source, TopicSlice};
pub use table::{Cells, Field, FieldKind, Table, TableColumn, Written};
pub use toml_problem::{TomlProblem, explain_toml};
pub use value::{CAPACITY, Value};
pub use work_folder::WorkFolder;
