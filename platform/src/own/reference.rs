//! Where the truth of an own problem comes from: a program, a query, a problem of the catalogue, a file with its hash, or
//! bounds.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use batch::{BatchError, Given, Outside, Shape};
use datasets::{
    Answer, Bound, Cells, FieldKind, Frozen, Keys, ReadTable, Table, TableColumn, TableFormat, Written,
};
use replay::{
    Control,
    process::{CaptureError, CaptureLimits, Launch, Stdin},
};

use super::{catalogue::Catalogued, sql::AnyOutside};
use crate::{error::Error, problem::Computed};

/// An answer is held in memory.
const MOST_BYTES: usize = 4 << 30;
/// The columns of a table that holds bounds.
const BOUNDS: [&str; 2] = ["lower", "upper"];

/// The truth of an experiment, where it isn't the problem's own reference.
pub(crate) enum Source {
    /// A program that reads the frozen file and writes the answer.
    Command {
        /// How it is started.
        launch: Box<Launch>,
        /// From its start to its end.
        time: Duration,
    },
    /// A file with the answer.
    File {
        /// Where it is.
        path: PathBuf,
        /// The hash that it must have.
        blake3: Option<String>,
        /// The hash of the dataset that it is the answer for.
        dataset_blake3: Option<String>,
    },
    /// A query over the frozen data.
    Sql(AnyOutside),
    /// A problem of the catalogue.
    Catalogue(Box<Catalogued>),
    /// Bounds that stand in the experiment.
    Bounds([u64; 2]),
}

impl Source {
    /// Returns the name under which results and reports give it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Command { launch, .. } => launch.shown_command(),
            Self::File { path, .. } => datasets::shown_path(path),
            Self::Sql(outside) => outside.name().to_owned(),
            Self::Catalogue(catalogued) => catalogued.name().to_owned(),
            Self::Bounds(_) => "the experiment's bounds".to_owned(),
        }
    }

    /// Returns what is worth a word before a job is blamed for what it says.
    pub(crate) fn notes(&self, frozen: &Frozen) -> Vec<String> {
        match self {
            Self::Sql(outside) => outside.notes(frozen),
            Self::Command { .. } | Self::File { .. } | Self::Catalogue(_) | Self::Bounds(_) => Vec::new(),
        }
    }

    /// Returns whether it can be asked of the first records, too.
    pub(crate) fn tells_of_prefixes(&self) -> bool {
        matches!(self, Self::Command { .. } | Self::Sql(_) | Self::Catalogue(_))
    }

    /// Returns whether the experiment itself says which rows it gives: what is wrong with them is wrong there.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self, Self::Sql(_) | Self::Catalogue(_))
    }

    /// Returns whether its numbers are in the dataset's unit, in which the program is given them.
    pub(crate) fn is_in_datasets_unit(&self) -> bool {
        matches!(self, Self::Command { .. })
    }

    /// Computes what a problem's own reference would: a table, or the bounds of what decisions can cost.
    pub(crate) fn computed(
        &self,
        frozen: &Frozen,
        is_decided: bool,
        control: &Control,
    ) -> Result<Computed, Error> {
        if let Self::Catalogue(catalogued) = self {
            return catalogued.computed(frozen, control);
        }
        if is_decided {
            let bounds = self.bounds(frozen, control)?;
            // Nobody needs an answer that can be had: the bounds stand for it.
            return Ok(Computed {
                answer: Answer::Table(table_of(bounds)?),
                bounds: Some(bounds),
                counts: Vec::new(),
            });
        }
        let answer = Answer::Table(self.table(frozen, control)?);
        Ok(Computed { answer, bounds: None, counts: Vec::new() })
    }

    /// Computes a table, each cell as it was written.
    fn table(&self, frozen: &Frozen, control: &Control) -> Result<Table, Error> {
        let stop = || control.check().is_err();
        let outside = |outside: &dyn Outside| match batch::ask(
            outside,
            frozen,
            &Shape::Rows,
            &Keys::default(),
            &stop,
        ) {
            Ok(Answer::Table(table)) => Ok(table),
            Ok(Answer::Decisions(_)) => Err(Error::input("the reference gave decisions, expected a table")),
            Err(error) if error.is_usage => Err(Error::usage(error.message)),
            Err(error) => Err(Error::input(error.message)),
        };
        let table = match self {
            Self::Command { launch, time } => outside(&Command { launch, time: *time, control }),
            Self::File { path, blake3, dataset_blake3 } => {
                outside(&File { path, blake3: blake3.as_deref(), of: dataset_blake3.as_deref(), control })
            }
            Self::Sql(sql) => outside(&**sql),
            Self::Catalogue(catalogued) => match catalogued.computed(frozen, control)?.answer {
                Answer::Table(table) => Ok(table),
                Answer::Decisions(_) => Err(Error::input("the reference gave decisions, expected a table")),
            },
            Self::Bounds(_) => {
                Err(Error::usage("[reference] bounds: the answer is a table, which has no bounds")
                    .with_hint("give the table by command, sql or file"))
            }
        };
        control.check()?;
        table
    }

    /// Computes the bounds of the optimum.
    fn bounds(&self, frozen: &Frozen, control: &Control) -> Result<[Bound; 2], Error> {
        match self {
            Self::Bounds(bounds) => checked_bounds("in the experiment", *bounds),
            Self::Command { .. } | Self::File { .. } | Self::Sql(_) | Self::Catalogue(_) => {
                bounds(&self.name(), &self.table(frozen, control)?)
            }
        }
    }
}

/// A program that reads the frozen file and writes the answer.
struct Command<'a> {
    launch: &'a Launch,
    time: Duration,
    control: &'a Control,
}

impl Outside for Command<'_> {
    fn name(&self) -> &str {
        self.launch.command.first().map_or("", String::as_str)
    }

    fn compute(&self, frozen: &Frozen, _: &Shape, _: &dyn Fn() -> bool) -> Result<Given, BatchError> {
        let file = std::fs::File::open(frozen.data_path());
        let file = file
            .map_err(|error| BatchError::whole(format!("{}: {error}", datasets::shown_path(&frozen.dir))))?;
        let amplified = |out: &mut dyn Write| frozen.write_amplified(out);
        let input = if frozen.times() == 1 { Stdin::File(file) } else { Stdin::Written(&amplified) };
        let limits = CaptureLimits { output_bytes: MOST_BYTES, time: self.time };
        let output = self.launch.capture(input, limits, self.control).map_err(|error| match error {
            CaptureError::Interrupted => BatchError::whole("interrupted".to_owned()),
            CaptureError::NotStarted { why, hint } => BatchError::usage(format!("{why}; {hint}")),
            CaptureError::Failed { what, last_words } => {
                BatchError::whole(with_last_words(what, &last_words))
            }
        })?;
        // It may have read what wasn't frozen.
        frozen.verify().map_err(|error| BatchError::whole(error.to_string()))?;
        table(Path::new("its output"), &output, format_of(&output), self.control)
    }
}

/// JSON lines begin with an object, and no header of a table does.
fn format_of(output: &[u8]) -> TableFormat {
    match output.trim_ascii_start().first() {
        Some(b'{') => TableFormat::JsonLines,
        _ => TableFormat::Csv,
    }
}

/// A file with the answer.
struct File<'a> {
    path: &'a Path,
    blake3: Option<&'a str>,
    /// The dataset that it is the answer for.
    of: Option<&'a str>,
    control: &'a Control,
}

impl Outside for File<'_> {
    fn name(&self) -> &str {
        self.path.to_str().unwrap_or("a file")
    }

    fn compute(&self, frozen: &Frozen, _: &Shape, _: &dyn Fn() -> bool) -> Result<Given, BatchError> {
        let go = || self.control.check().is_ok();
        let is_of_rows = datasets::is_table_of_rows(self.path).map_err(|error| failed(&error))?;
        // Such a table is hashed first, and read afterwards: it may be a folder.
        let (bytes, found) = if is_of_rows {
            (Vec::new(), datasets::hash_of_table(self.path, &go).map_err(|error| failed(&error))?)
        } else {
            let bytes = datasets::read_regular(self.path, MOST_BYTES as u64, "a table held in memory");
            let bytes = bytes.map_err(|error| failed(&error))?;
            let hash = blake3::hash(&bytes);
            (bytes, hash)
        };
        let this = &frozen.manifest.blake3;
        if let Some(of) = self.of.filter(|of| of != this) {
            let of = datasets::shown(of);
            return Err(BatchError::whole(format!(
                "it is the answer for the dataset with hash {of}, this one has {this}"
            )));
        }
        let found = found.to_hex();
        match self.blake3 {
            Some(wanted) if wanted != found.as_str() => Err(BatchError::whole(format!(
                "it has the hash {found}, the experiment wants {}; write blake3 = \"{found}\" if the other answer is meant",
                datasets::shown(wanted)
            ))),
            _ if is_of_rows => given(datasets::read_table_of_rows(self.path, &go)),
            _ => table(self.path, &bytes, TableFormat::of(self.path), self.control),
        }
    }
}

fn table(origin: &Path, bytes: &[u8], format: TableFormat, control: &Control) -> Result<Given, BatchError> {
    given(datasets::read_table_text(origin, bytes, format, &|| control.check().is_ok()))
}

fn given(read: Result<ReadTable, datasets::Error>) -> Result<Given, BatchError> {
    let table = read.map_err(|error| failed(&error))?.table;
    Ok(Given { answer: Answer::Table(table), keys: Keys::default() })
}

fn failed(error: &datasets::Error) -> BatchError {
    let hint = error.hint().map_or(String::new(), |hint| format!("; {hint}"));
    BatchError::whole(format!("{error}{hint}"))
}

/// The bounds as a table of one row.
pub(super) fn table_of(bounds: [Bound; 2]) -> Result<Table, Error> {
    let mut columns = Vec::new();
    for (name, bound) in BOUNDS.iter().zip(bounds) {
        let mut fields = Written::default();
        fields.push(0, FieldKind::Untyped, &bound.value.to_string()).map_err(Error::input)?;
        columns.push(TableColumn::new(*name, Cells::Written(fields)));
    }
    Ok(Table::new(0, columns))
}

/// Returns the bounds that a table of one row and the columns `lower` and `upper` holds.
fn bounds(name: &str, table: &Table) -> Result<[Bound; 2], Error> {
    let field = |name: &str| {
        let column = table.columns.iter().find(|column| column.name == name)?;
        match &column.cells {
            Cells::Written(fields) if fields.rows() == 1 => fields.field(0).text.parse::<u64>().ok(),
            _ => None,
        }
    };
    let [Some(lower), Some(upper)] = BOUNDS.map(field) else {
        return Err(Error::input(format!("the reference {name}: it must give the bounds of the optimum")).with_hint(
            "a table of one row with the columns lower and upper, whole numbers: 'lower,upper' and '40,42'",
        ));
    };
    checked_bounds(name, [lower, upper])
}

/// Returns bounds once the lower has been found not to exceed the upper.
fn checked_bounds(name: &str, [lower, upper]: [u64; 2]) -> Result<[Bound; 2], Error> {
    if lower > upper {
        return Err(Error::input(format!(
            "the reference {name}: the lower bound {lower} is above the upper {upper}"
        )));
    }
    Ok([lower, upper].map(|value| Bound { value, by: "reference" }))
}

/// Names a program that gave no answer.
pub(super) fn capture_error(what: &str, launch: &Launch, error: CaptureError) -> Error {
    let name = format!("the {what} ({})", launch.shown_command());
    match error {
        CaptureError::Interrupted => Error::Interrupted,
        CaptureError::NotStarted { why, hint } => {
            Error::usage(format!("{name} can't be started: {why}")).with_hint(hint)
        }
        CaptureError::Failed { what, last_words } => {
            Error::input(format!("{name}: {}", with_last_words(what, &last_words)))
        }
    }
}

fn with_last_words(what: String, last_words: &str) -> String {
    if last_words.is_empty() { what } else { format!("{what}; {last_words}") }
}
