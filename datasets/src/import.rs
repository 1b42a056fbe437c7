//! Importers: a file in somebody else's format becomes instances, ready to be frozen.

mod access_log;
mod bpplib;
mod foreign;
mod gathered;
mod layout;
mod line_count;
mod lines;
mod of_frozen;
mod orlib;
mod plan;
mod reject;
mod requests;
mod table;
mod through;
mod time;
mod unit;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use self::access_log::is_access_log;
use self::gathered::check_sortable;
use crate::column::Column;
use crate::decimal::{Decimal, complain};
use crate::error::Error;
use crate::files::Input;
use crate::freeze::Go;
use crate::instance::Instance;
use crate::manifest::check_name;
use crate::meter::Meter;
use crate::nearest::did_you_mean;
use crate::record::{Event, Item, Request, Typed};
use crate::schema::{DateForm, Fold, NumberForm};
use crate::source::Source;
use crate::value::{CAPACITY, Value, check_parameter, check_value};

pub(crate) use foreign::refuse_text;
pub use layout::check_csv;
pub use of_frozen::import_frozen;
pub(crate) use plan::is_data;
pub use reject::BadRows;
pub use through::import_any;
pub use time::TimeUnit;
pub(crate) use time::{TimeNotes, TimeReader};

/// A format that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header; the capacity is given by the user.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// An object of JSON a line.
    JsonLines,
    /// The OR-Library's `binpack` files: several instances, each with capacity and best known cost.
    OrLib,
    /// BPPLIB: count, capacity, then a size a line.
    BppLib,
    /// Web servers' access logs: a request is an event, its key the client's address, its value the bytes sent.
    AccessLog,
    /// Requests, a key a line.
    KeyLines,
    /// Requests in the format of the ARC traces: a line asks for a run of blocks.
    Lis,
    /// Requests in `libCacheSim`'s binary format.
    OracleGeneral,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 9] = [
        Self::Csv,
        Self::Tsv,
        Self::JsonLines,
        Self::OrLib,
        Self::BppLib,
        Self::AccessLog,
        Self::KeyLines,
        Self::Lis,
        Self::OracleGeneral,
    ];

    /// Its name on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::OrLib => "orlib",
            Self::BppLib => "bpplib",
            Self::AccessLog => "access-log",
            Self::KeyLines => "key-lines",
            Self::Lis => "lis",
            Self::OracleGeneral => "oracle-general",
        }
    }

    /// The format that the file seems to have: two leading numbers mean BPPLIB, a number and a name OR-Library,
    /// a line with a time in brackets an access log, an object JSON lines. Traces of requests are known by their names, and
    /// standard input is taken for CSV.
    pub fn guess(path: &Path) -> Result<Self, Error> {
        if path == Path::new(crate::STDIN) {
            return Ok(Self::Csv);
        }
        // Its parts may be whatever a table can be.
        if path.is_dir() {
            return Ok(Self::Csv);
        }
        if let Some(format) = requests::guess(path) {
            return Ok(format);
        }
        let head = crate::generic::head(path, HEAD_BYTES)?;
        let name = file_name(path).to_lowercase();
        let bare = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let has_end = |ends: &[&str]| ends.iter().any(|end| bare.ends_with(end));
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let first = head.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
        if first.is_some_and(is_access_log) {
            return Ok(Self::AccessLog);
        }
        if has_end(&[".jsonl", ".ndjson"]) || first.is_some_and(foreign::is_json_line) {
            return Ok(Self::JsonLines);
        }
        if has_end(&[".tsv", ".tab"]) {
            return Ok(Self::Tsv);
        }
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut is_number = || lines.next().map(|line| Decimal::parse(line.as_bytes()).is_ok());
        Ok(match (is_number(), is_number()) {
            (Some(true), Some(true)) if !has_end(&[".csv"]) => Self::BppLib,
            (Some(true), Some(false)) if !has_end(&[".csv"]) => Self::OrLib,
            _ => Self::Csv,
        })
    }
}

/// As much of a file is looked at.
const HEAD_BYTES: usize = 4096;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let hint = did_you_mean(name, Self::ALL.map(Self::name))
                .unwrap_or_else(|| format!("formats are `{}`", Self::ALL.map(Self::name).join("`, `")));
            Error::usage(format!("no format `{}`", crate::shown(name))).with_hint(hint)
        })
    }
}

/// Describes what an import needs to know besides the file.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The problem that the dataset is for.
    pub problem: String,
    /// The columns of the problem's records, [`Typed::COLUMNS`].
    pub columns: &'static [Column],
    /// Columns that a file may have beside those, [`Typed::OPTIONAL`].
    pub optional: &'static [Column],
    /// Parameters as the user wrote them; a decimal `capacity` takes part in the scaling.
    pub parameters: BTreeMap<String, String>,
    /// Parameters without which the problem can't be run.
    pub required: Vec<&'static str>,
    /// For columns that have another name in a CSV file: the record's column, and the file's.
    pub renamed: BTreeMap<String, String>,
    /// The dataset's name; without it, the file's name or the name in the file. Several instances keep their own.
    pub name: Option<String>,
    /// Holds what epoch numbers count.
    pub time_unit: TimeUnit,
    /// The zone of dates that have no offset, an IANA name such as `Europe/Berlin`; without it they are errors.
    pub time_zone: Option<String>,
    /// Holds what becomes of rows that can't be read.
    pub bad_rows: BadRows,
    /// The power of ten, such as `0.001`, that numbers of a CSV file are rounded to; without it they are kept exactly.
    pub unit: Option<String>,
    /// Which of two times is meant that a clock shows twice.
    pub fold: Fold,
    /// The form of dates that could be read in two ways.
    pub date_form: Option<DateForm>,
    /// Holds the separators in numbers.
    pub numbers: NumberForm,
    /// Says whether blanks around the names and values of a CSV file are left out.
    pub trim: bool,
    /// For columns that the file doesn't have: the value that all records have there.
    pub constants: BTreeMap<String, String>,
    /// Says whether the rows are put in the order of their arrival times; a dataset's rows are in that order.
    pub sort_by_arrival: bool,
    /// Says that the records are to be computed with and not to be frozen: there may be none, and nobody asks when they came.
    pub records_only: bool,
    /// Counts how much of the file was read.
    pub meter: Meter,
}

/// Describes what an import brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The instances, in the order of the file; at least one.
    pub instances: Vec<Instance>,
    /// Holds what was left out on the way.
    pub summary: Summary,
}

/// Describes what an import left out or changed: nothing is dropped silently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Columns of the file that no record needs. They may hold any characters.
    pub ignored_columns: Vec<String>,
    /// Blank lines that were skipped.
    pub blank_lines: u64,
    /// Says whether the file began with a byte order mark.
    pub byte_order_mark: bool,
    /// Says how many rows were left out for each reason. A reason may hold a column's name, escaped.
    pub rejected: BTreeMap<String, u64>,
    /// Times that had digits below the millisecond, which were cut towards minus infinity.
    pub floored_times: u64,
    /// Times that a clock showed twice when it was put back; the first was taken.
    pub folded_times: u64,
    /// Times that a clock showed twice, of which the second was taken by the order of the rows.
    pub second_times: u64,
    /// Numbers that were rounded to the unit that the user named, halves away from zero.
    pub rounded_numbers: u64,
    /// Times in a second 60, which became the last millisecond of second 59.
    pub leap_seconds: u64,
    /// When the events happened, for records with event times.
    pub event_times: Option<EventTimes>,
    /// Holds what looks wrong and may yet be right, a sentence each.
    pub warnings: Vec<String>,
}

/// When events happened, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTimes {
    /// The first.
    pub min_ms: i64,
    /// The one in the middle.
    pub median_ms: i64,
    /// The last.
    pub max_ms: i64,
}

/// Reads a file and checks all of it; nothing is written.
pub fn import(path: &Path, format: Format, options: &ImportOptions) -> Result<Imported, Error> {
    import_while(path, format, options, &|| true)
}

/// Goes on with the same, as long as `go` says so.
pub fn import_while(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    go: Go<'_>,
) -> Result<Imported, Error> {
    let input = Input { path, go, meter: &options.meter };
    if let Some(name) = &options.name {
        check_name(name).map_err(Error::usage)?;
    }
    let given = Given::parse(options)?;
    if !options.records_only {
        foreign::refuse(path, format)?;
    }
    if options.unit.is_some() && format != Format::Csv {
        return Err(Error::usage(format!("{format} files hold numbers in a unit of their own"))
            .with_hint("leave out '--unit'".to_owned()));
    }
    let mut imported = match format {
        Format::Csv => table::import(input, options, given)?,
        Format::Tsv | Format::JsonLines => {
            return Err(Error::usage(format!("{format} files are read by way of CSV, as `import_any` does")));
        }
        Format::OrLib => orlib::import(input, options, &sizes_only(options, given, format)?)?,
        Format::BppLib => bpplib::import(input, options, sizes_only(options, given, format)?)?,
        Format::AccessLog => access_log::import(input, options, events_only(options, given)?)?,
        Format::KeyLines | Format::Lis | Format::OracleGeneral => {
            requests::import(input, format, options, given)?
        }
    };
    requests::check_whole(options, &mut imported)?;
    for name in &options.required {
        if imported.instances.iter().any(|instance| !instance.parameters.contains_key(*name)) {
            return Err(Error::usage(format!("{} needs a {name}", crate::shown(&options.problem)))
                .with_hint(format!("add '--set {name}=...'")));
        }
    }
    Ok(imported)
}

/// The parameters that the user gave.
#[derive(Default)]
struct Given {
    capacity: Option<Decimal>,
    others: BTreeMap<String, Value>,
}

impl Given {
    fn parse(options: &ImportOptions) -> Result<Self, Error> {
        let mut given = Self::default();
        for (name, text) in &options.parameters {
            if name == CAPACITY {
                let reject = |why: String| Error::usage(complain(name, text.as_bytes(), &why));
                let capacity = Decimal::parse(text.as_bytes()).map_err(reject)?;
                check_parameter(name, capacity.whole().unwrap_or(1)).map_err(Error::usage)?;
                given.capacity = Some(capacity);
            } else {
                let value = Value::of(text);
                check_value(name, &value).map_err(Error::usage)?;
                given.others.insert(name.clone(), value);
            }
        }
        Ok(given)
    }
}

/// Access logs hold events and no capacity.
fn events_only(options: &ImportOptions, given: Given) -> Result<Given, Error> {
    if options.columns != Event::COLUMNS {
        return Err(wrong_columns(options, "access logs hold events"));
    }
    if given.capacity.is_some() {
        return Err(Error::usage("access logs hold events, which have no capacity"));
    }
    if let Some(name) = options.renamed.keys().next() {
        return Err(Error::usage(format!(
            "access logs have no header, so `{}` can't be renamed",
            crate::shown(name)
        )));
    }
    Ok(given)
}

fn wrong_columns(options: &ImportOptions, what: &str) -> Error {
    let names: Vec<&str> = options.columns.iter().map(|column| column.name).collect();
    let is_for_requests = options.columns == Request::COLUMNS;
    let hint = is_for_requests.then(|| "for a key a line say '--format key-lines'".to_owned());
    Error::usage(format!("{what}, {} reads `{}`", options.problem, names.join(","))).with_hint(hint)
}

/// The benchmark formats hold sizes and a capacity of their own, and know no other parameter.
fn sizes_only(
    options: &ImportOptions,
    given: Given,
    format: Format,
) -> Result<BTreeMap<String, Value>, Error> {
    if options.columns != Item::COLUMNS {
        return Err(wrong_columns(options, &format!("{format} files hold sizes")));
    }
    if options.bad_rows == BadRows::Reject {
        return Err(Error::usage(format!("{format} files count their sizes, so none can be left out")));
    }
    check_sortable(options.columns, options)?;
    if given.capacity.is_some() {
        return Err(Error::usage(format!("{format} files bring their own capacity"))
            .with_hint("leave out '--set capacity=...'".to_owned()));
    }
    Ok(given.others)
}

/// The file's name without its folder, the part before the last dot if `stem` is wanted.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub(crate) fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Where an imported instance comes from.
fn source(path: &Path, format: Format, hash: &blake3::Hash) -> Source {
    Source {
        file: Some(file_name(path)),
        format: Some(format.name().into()),
        blake3: Some(hash.to_hex().to_string()),
        ..Source::default()
    }
}
