//! The tables that are compared, opened as the flags say.

use std::{collections::BTreeMap, path::Path};

use datasets::{
    Changelog, ChangelogFacts, ChangelogForm, ChangelogKind, ColumnType, Go, PastStates, Remember, Rows,
    RowsForm, TimesSeen, TypedRows, Writer,
};
use platform::Error;

use super::explain;
use crate::cli::CompareArgs;

/// Says how the rows of a side came to be.
pub(super) enum TableAs {
    /// They stand there.
    Table,
    /// Changes made them.
    Changelog(ChangelogKind),
}

impl TableAs {
    pub(super) fn parse(flag: &str, name: &str) -> Result<Self, Error> {
        if name == "table" {
            return Ok(Self::Table);
        }
        ChangelogKind::parse(name).map(Self::Changelog).map_err(|message| {
            Error::usage(format!("{flag}: {message}")).with_hint("'table', the default, is no changelog")
        })
    }
}

/// Says what a side is, and who wrote it.
pub(super) struct SideAs {
    pub(super) table: TableAs,
    /// The flag that names the writer, and whom it names.
    writer: Option<(&'static str, Writer)>,
    /// The columns that are compared as they were written, by their names in the table.
    as_written: AsWritten,
    /// The names of the columns where the table doesn't say them; none where it does.
    columns: Vec<String>,
    /// The flag that gives this side alone its names, if one does.
    named_by: Option<&'static str>,
}

/// Columns whose spelling counts.
enum AsWritten {
    All,
    Named(Vec<String>),
}

impl SideAs {
    pub(super) fn left(args: &CompareArgs) -> Result<Self, Error> {
        let old = |name: &String| {
            let pairs = args.rename.iter().filter_map(|pair| pair.split_once('='));
            let old = pairs.filter(|(_, new)| new == name).map(|(old, _)| old.to_owned()).next();
            old.unwrap_or_else(|| name.clone())
        };
        let writer = writer("--left-written-by", args.left_written_by.as_deref(), args)?;
        let table = TableAs::parse("--left-as", &args.left_as)?;
        let side =
            Self { table, writer, as_written: AsWritten::of(args, old), columns: Vec::new(), named_by: None };
        Ok(side.named(("--left-columns", &args.left_columns), &args.columns))
    }

    pub(super) fn right(args: &CompareArgs) -> Result<Self, Error> {
        let writer = writer("--right-written-by", args.right_written_by.as_deref(), args)?;
        let table = TableAs::parse("--right-as", &args.right_as)?;
        let as_written = AsWritten::of(args, String::clone);
        let side = Self { table, writer, as_written, columns: Vec::new(), named_by: None };
        Ok(side.named(("--right-columns", &args.right_columns), &args.columns))
    }

    fn named(mut self, (flag, own): (&'static str, &[String]), of_both: &[String]) -> Self {
        if !own.is_empty() {
            self.columns = own.to_vec();
            self.named_by = Some(flag);
        } else if self.takes_names() {
            self.columns = of_both.to_vec();
        }
        self
    }

    pub(super) fn is_changelog(&self) -> bool {
        matches!(self.table, TableAs::Changelog(_))
    }

    /// Returns whether its columns may have names that the file doesn't say, without a flag for this side alone.
    pub(super) fn takes_names(&self) -> bool {
        self.is_changelog() || self.writer.is_some_and(|(_, writer)| !writer.has_header())
    }

    /// Refuses names for a file that has them: of JSON lines or Parquet.
    fn check_names(&self, path: &Path, rows: &dyn Rows) -> Result<(), Error> {
        let Some(flag) = self.named_by.filter(|_| rows.is_typed()) else { return Ok(()) };
        let file = datasets::shown_path(path);
        Err(Error::usage(format!("{flag}: {file} names its columns itself"))
            .with_hint("it is for CSV that begins with rows, and for changes without names"))
    }

    fn is_as_written(&self, column: &str) -> bool {
        match &self.as_written {
            AsWritten::All => true,
            AsWritten::Named(names) => names.iter().any(|name| name == column),
        }
    }
}

impl AsWritten {
    fn of(args: &CompareArgs, name: impl Fn(&String) -> String) -> Self {
        if args.written.iter().any(String::is_empty) {
            return Self::All;
        }
        Self::Named(args.written.iter().map(name).collect())
    }
}

/// Returns who wrote a side, and which flag says so.
fn writer(
    flag: &'static str,
    of_side: Option<&str>,
    args: &CompareArgs,
) -> Result<Option<(&'static str, Writer)>, Error> {
    let of_both = args.written_by.as_deref().map(|name| ("--written-by", name));
    let Some((flag, name)) = of_side.map(|name| (flag, name)).or(of_both) else { return Ok(None) };
    let writer = Writer::parse(name).map_err(|message| Error::usage(format!("{flag}: {message}")))?;
    Ok(Some((flag, writer)))
}

/// A table, and what changes say beside it.
pub(super) enum Opened<'g> {
    Rows(Box<dyn Rows + 'g>),
    Typed(Box<TypedRows<'g>>),
    Changes(Box<Changelog>),
}

impl<'g> Opened<'g> {
    pub(super) fn rows(&self) -> &dyn Rows {
        match self {
            Self::Rows(rows) => &**rows,
            Self::Typed(rows) => &**rows,
            Self::Changes(changes) => &**changes,
        }
    }

    pub(super) fn rows_mut(&mut self) -> &mut (dyn Rows + 'g) {
        match self {
            Self::Rows(rows) => &mut **rows,
            Self::Typed(rows) => &mut **rows,
            Self::Changes(changes) => &mut **changes,
        }
    }

    /// Takes out the states that were remembered.
    pub(super) fn take_past(&mut self) -> Option<PastStates> {
        match self {
            Self::Rows(_) | Self::Typed(_) => None,
            Self::Changes(changes) => changes.take_states(),
        }
    }

    pub(super) fn changes(&self) -> Option<&ChangelogFacts> {
        match self {
            Self::Rows(_) | Self::Typed(_) => None,
            Self::Changes(changes) => Some(changes.facts()),
        }
    }

    /// Returns how fine the times of each column are, where it is known which are times.
    pub(super) fn times(&self) -> BTreeMap<&str, TimesSeen> {
        match self {
            Self::Rows(_) => BTreeMap::new(),
            Self::Typed(rows) => rows.times().collect(),
            Self::Changes(changes) => changes.times().collect(),
        }
    }

    /// Returns the rows that are read by types, or as their writer means them.
    pub(super) fn typed(&self) -> Option<&TypedRows<'g>> {
        match self {
            Self::Typed(rows) => Some(rows),
            Self::Rows(_) | Self::Changes(_) => None,
        }
    }
}

/// How tables are read.
pub(super) struct Reading<'a> {
    args: &'a CompareArgs,
    types: BTreeMap<String, ColumnType>,
    go_on: Go<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(args: &'a CompareArgs, go_on: Go<'a>) -> Result<Self, Error> {
        Ok(Self { args, types: types(&args.types)?, go_on })
    }

    pub(super) fn go_on(&self) -> Go<'a> {
        self.go_on
    }

    /// Refuses a type for a column that neither table has.
    pub(super) fn check_types(&self, left: &dyn Rows, right: &dyn Rows) -> Result<(), Error> {
        let all = || left.columns().iter().chain(right.columns());
        match self.types.keys().find(|name| !all().any(|column| column == *name)) {
            None => Ok(()),
            Some(name) => Err(explain::no_column("--type: neither table has a column", name, all())),
        }
    }

    /// Opens a table; the columns of the key are by their names in it.
    pub(super) fn open(&self, path: &Path, how: &SideAs, key: &[String]) -> Result<Opened<'a>, Error> {
        self.open_with(path, how, key, None)
    }

    /// Opens a table, and remembers states of its rows if it is a changelog.
    pub(super) fn open_with(
        &self,
        path: &Path,
        how: &SideAs,
        key: &[String],
        remember: Option<Remember>,
    ) -> Result<Opened<'a>, Error> {
        if path.join("results.json").is_file() {
            let message = format!("{} is the folder of a run, no table", datasets::shown_path(path));
            return Err(Error::usage(message).with_hint("its tables are in answers/: name one of them"));
        }
        let form = RowsForm { null: self.args.null.clone(), ..RowsForm::default() };
        match &how.table {
            TableAs::Table => self.open_table(path, form, how),
            TableAs::Changelog(kind) => {
                if let Some((flag, _)) = how.writer {
                    return Err(Error::usage(format!("{flag} is for tables, not for changes")).with_hint(
                        "--type says what their columns hold, --null how CSV spells a missing value",
                    ));
                }
                let form = ChangelogForm {
                    kind: kind.clone(),
                    key: key.to_vec(),
                    tables: self.args.table.clone(),
                    types: self.types.clone(),
                    columns: how.columns.clone(),
                    rows: RowsForm { columns: how.columns.clone(), ..form },
                    remember,
                };
                let changes = datasets::open_changelog(path, &form, self.go_on)?;
                how.check_names(path, &changes)?;
                Ok(Opened::Changes(Box::new(changes)))
            }
        }
    }

    fn open_table(&self, path: &Path, form: RowsForm, how: &SideAs) -> Result<Opened<'a>, Error> {
        let writer = how.writer.map(|(_, writer)| writer);
        let form = RowsForm { writer, columns: how.columns.clone(), ..form };
        let rows = datasets::open_rows(path, &form, self.go_on)?;
        how.check_names(path, rows.as_ref())?;
        if let (Some((flag, _)), false) = (how.writer, rows.types().is_empty()) {
            let file = datasets::shown_path(path);
            return Err(Error::usage(format!("{flag}: {file} is Parquet, which says itself what it holds"))
                .with_hint("it is for CSV and JSON lines, whose text depends on who wrote it"));
        }
        if writer.is_none() && self.types.is_empty() {
            return Ok(Opened::Rows(rows));
        }
        let rows = TypedRows::new(rows, &self.types);
        Ok(Opened::Typed(Box::new(match writer {
            Some(writer) => rows.written_by(writer, form.null.as_deref(), |column| how.is_as_written(column)),
            None => rows,
        })))
    }
}

fn types(flags: &[String]) -> Result<BTreeMap<String, ColumnType>, Error> {
    let mut types = BTreeMap::new();
    for flag in flags {
        let Some((column, name)) = flag.split_once('=').filter(|(column, _)| !column.is_empty()) else {
            return Err(Error::usage(format!("--type {}: expected COLUMN=TYPE", datasets::shown(flag)))
                .with_hint("such as amount=decimal:2 or placed=timestamp:us"));
        };
        let kind = ColumnType::parse(name)
            .map_err(|message| Error::usage(format!("--type {}: {message}", datasets::shown(flag))))?;
        if types.insert(column.to_owned(), kind).is_some() {
            return Err(Error::usage(format!("--type: '{}' is named twice", datasets::shown(column))));
        }
    }
    Ok(types)
}
