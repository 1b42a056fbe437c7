//! Freezes any file of records without a problem: its columns are described by looking at all of their values.

mod csv;
mod data_file;
mod encoding;
mod header;
mod json;
mod mask;
mod open;
mod pass;
mod pass_json;
mod pass_rows;
mod passage;
mod roles;
mod rows;
mod sample;
mod setup;
mod sink;
mod zstd;

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::freeze::{DATA_FILE, Go, freeze_into, write_rest};
use crate::import::{BadRows, Format, TimeNotes, TimeUnit, refuse_text};
use crate::manifest::{Manifest, SCHEMA, check_name};
use crate::meter::Meter;
use crate::rows::RowsFormat;
use crate::schema::{DateForm, Fold, NumberForm};
use crate::source::{Source, TopicSlice};

pub(crate) use csv::{Longest, Row as CsvRow, RowsOfCsv};
pub(crate) use json::{Lines, object as json_object};
pub use open::STDIN;
pub(crate) use open::{Source as Opened, head, is_packed, is_stdin};
pub(crate) use pass_rows::{form as form_of_rows, is_of_rows};
pub(crate) use passage::{Passage, pass_table, pass_text};
pub use rows::Dialect;
pub(crate) use rows::{Piece, Shape, Split, split, unquote};
pub use sample::Sample;

/// Describes how a source is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceForm {
    /// Holds what separates and quotes the fields of CSV.
    pub dialect: Dialect,
    /// Says whether the source is JSON lines.
    pub is_json: bool,
    /// Says whether blanks around names and values are left out.
    pub trim: bool,
}

/// Describes what a freeze without a problem needs to know besides the file.
#[derive(Debug, Clone, Default)]
pub struct GenericOptions {
    /// The dataset's name; without it, the file's.
    pub name: Option<String>,
    /// Says how the source is written.
    pub form: SourceForm,
    /// The format of a folder's parts; without it, the one that their names and first bytes speak of.
    pub format: Option<RowsFormat>,
    /// The name of the text's encoding; UTF-8 where it is none.
    pub encoding: Option<String>,
    /// Says how many times a compressed source may grow; 200 where it is none.
    pub max_ratio: Option<u64>,
    /// For columns that are to have another name: that name, and the file's.
    pub renamed: BTreeMap<String, String>,
    /// The column of event times, or `DATE+TIME` where they stand in two.
    pub event_time: Option<String>,
    /// The column of arrival times, which becomes `arrival_ms`.
    pub arrival: Option<String>,
    /// The columns of keys.
    pub key: Vec<String>,
    /// The columns of what is measured.
    pub value: Vec<String>,
    /// Holds what times that are numbers count.
    pub time_unit: Option<TimeUnit>,
    /// The zone of times that say none.
    pub time_zone: Option<String>,
    /// Says which of two times is meant that a clock shows twice.
    pub fold: Fold,
    /// The form of dates that could be read in two ways.
    pub date_form: Option<DateForm>,
    /// Holds the separators in numbers.
    pub numbers: NumberForm,
    /// Says what becomes of rows that can't be read.
    pub bad_rows: BadRows,
    /// Says whether the rows are put in the order of their arrival times.
    pub sort_by_arrival: bool,
    /// The share of keys that is kept.
    pub sample: Option<Sample>,
    /// Columns in which a missing value makes a bad row.
    pub needed: Vec<String>,
    /// Columns whose values are hidden.
    pub mask: Vec<String>,
    /// Makes the key by which they are hidden; without it, the key is random and forgotten.
    pub mask_secret: Option<Vec<u8>>,
    /// The slice of topics that the file was made of.
    pub slice: Option<TopicSlice>,
    /// Counts how much of the file was read.
    pub meter: Meter,
}

/// Describes what a freeze without a problem brought, and what is worth a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenGeneric {
    /// The manifest, as it was written.
    pub manifest: Manifest,
    /// Blank lines that were skipped.
    pub blank_lines: u64,
    /// How many rows were left out for each reason.
    pub rejected: BTreeMap<String, u64>,
    /// Holds what else there is to say, a sentence each; values of the file are escaped.
    pub notes: Vec<String>,
}

/// As much of a file is looked at to see whether it is of another kind.
const HEAD_BYTES: usize = 4096;

/// Counts what happened to rows on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notes {
    pub(crate) times: TimeNotes,
}

impl Notes {
    /// Returns what is to be said, a sentence each.
    fn sentences(self) -> Vec<String> {
        let TimeNotes { floored, folded, second, leap } = self.times;
        let counted = [
            (floored, "times cut to whole milliseconds"),
            (folded, "times that a clock showed twice, the first taken"),
            (second, "times that a clock showed twice, the second taken by order"),
            (leap, "times in a second 60, taken for the last millisecond of second 59"),
        ];
        let some = counted.into_iter().filter(|(count, _)| *count > 0);
        some.map(|(count, what)| format!("{what}: {count}")).collect()
    }
}

/// Freezes the file at `path`, or stdin, as a generic dataset into the new folder `target`.
pub fn freeze_generic(
    path: &Path,
    options: &GenericOptions,
    target: &Path,
    go: Go<'_>,
) -> Result<FrozenGeneric, Error> {
    if let Some(name) = &options.name {
        check_name(name).map_err(Error::usage)?;
    }
    if !is_stdin(path) && options.encoding.is_none() && !is_of_rows(path, options)? {
        let format = if options.form.is_json { Format::JsonLines } else { Format::Csv };
        refuse_text(path, &head(path, HEAD_BYTES)?, format)?;
    }
    freeze_into(target, go, |folder| {
        let passed = pass::through(
            path,
            options,
            pass::Target { data: &folder.join(DATA_FILE), folder, is_passage: false },
            go,
        )?;
        let mut manifest = describe(path, options, &passed);
        write_rest(&mut manifest, &passed.rejected, folder)?;
        Ok(FrozenGeneric {
            manifest,
            blank_lines: passed.blank_lines,
            rejected: crate::rejected::count(&passed.rejected),
            notes: passed.notes,
        })
    })
}

fn describe(path: &Path, options: &GenericOptions, passed: &pass::Outcome) -> Manifest {
    Manifest {
        schema: SCHEMA.into(),
        name: options.name.clone().unwrap_or_else(|| name_of(path)),
        problem: String::new(),
        data: DATA_FILE.into(),
        columns: passed.fields.iter().map(|field| field.name.clone()).collect(),
        records: passed.written.records,
        bytes: passed.written.bytes,
        blake3: passed.written.hash.to_hex().to_string(),
        scale: 1,
        optimum: None,
        best_known: None,
        rejected: None,
        rejected_blake3: None,
        rejected_reasons: BTreeMap::new(),
        parameters: BTreeMap::new(),
        source: describe_source(path, options, passed),
        fields: passed.fields.clone(),
    }
}

/// Says where records come from and how they stand there.
fn describe_source(path: &Path, options: &GenericOptions, passed: &pass::Outcome) -> Source {
    let dialect = options.form.dialect;
    let named = |byte: u8| if byte == b'\t' { "tab".to_owned() } else { char::from(byte).to_string() };
    let plain = Dialect::default();
    let quote = || dialect.quote.map_or_else(|| "none".to_owned(), named);
    Source {
        file: (!is_stdin(path)).then(|| crate::import::file_name(path)),
        format: passed.format.clone(),
        blake3: passed.hash.map(|hash| hash.to_hex().to_string()),
        compression: passed.packing.name().map(str::to_owned),
        encoding: options.encoding.clone(),
        delimiter: (dialect.delimiter != plain.delimiter).then(|| named(dialect.delimiter)),
        quote: (dialect.quote != plain.quote).then(quote),
        sample: options.sample.as_ref().map(|sample| sample.share.clone()),
        sample_seed: options.sample.as_ref().map(|sample| sample.seed),
        sampled_from: passed.sampled.map(|(records, _)| records),
        sampled_keys: passed.sampled.map(|(_, keys)| keys),
        masked: options.mask.clone(),
        sorted_by: options.sort_by_arrival.then(|| crate::ARRIVAL.name.to_owned()),
        renamed: passed.renamed.clone(),
        slice: options.slice.clone(),
        ..Source::default()
    }
}

/// Returns what a dataset is called after a file: its name without endings such as `.csv.gz`.
pub(crate) fn name_of(path: &Path) -> String {
    if is_stdin(path) {
        return "stdin".to_owned();
    }
    let stem = crate::import::file_stem(path);
    let is_packed = path.extension().is_some_and(|end| end == "gz" || end == "zst" || end == "zstd");
    if is_packed { crate::import::file_stem(Path::new(&stem)) } else { stem }
}
