//! The tables that are compared, opened as the flags say.

use std::{collections::BTreeMap, path::Path};

use datasets::{
    Changelog, ChangelogFacts, ChangelogForm, ChangelogKind, ColumnType, Go, Rows, RowsForm, TypedRows,
};
use platform::Error;

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

/// A table, and what changes say beside it.
pub(super) enum Opened<'g> {
    Rows(Box<dyn Rows + 'g>),
    Changes(Box<Changelog>),
}

impl<'g> Opened<'g> {
    pub(super) fn rows(&self) -> &dyn Rows {
        match self {
            Self::Rows(rows) => &**rows,
            Self::Changes(changes) => &**changes,
        }
    }

    pub(super) fn rows_mut(&mut self) -> &mut (dyn Rows + 'g) {
        match self {
            Self::Rows(rows) => &mut **rows,
            Self::Changes(changes) => &mut **changes,
        }
    }

    pub(super) fn changes(&self) -> Option<&ChangelogFacts> {
        match self {
            Self::Rows(_) => None,
            Self::Changes(changes) => Some(changes.facts()),
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

    /// Opens a table; the columns of the key are by their names in it.
    pub(super) fn open(&self, path: &Path, as_what: &TableAs, key: &[String]) -> Result<Opened<'a>, Error> {
        if path.join("results.json").is_file() {
            let message = format!("{} is the folder of a run, no table", datasets::shown_path(path));
            return Err(Error::usage(message).with_hint("its tables are in answers/: name one of them"));
        }
        let form = RowsForm { null: self.args.null.clone(), ..RowsForm::default() };
        match as_what {
            TableAs::Table => {
                let rows = datasets::open_rows(path, &form, self.go_on)?;
                Ok(Opened::Rows(if self.types.is_empty() {
                    rows
                } else {
                    Box::new(TypedRows::new(rows, &self.types))
                }))
            }
            TableAs::Changelog(kind) => {
                let form = ChangelogForm {
                    kind: kind.clone(),
                    key: key.to_vec(),
                    tables: self.args.table.clone(),
                    types: self.types.clone(),
                    columns: self.args.columns.clone(),
                    rows: form,
                    remember: None,
                };
                let changes = datasets::open_changelog(path, &form, self.go_on)?;
                Ok(Opened::Changes(Box::new(changes)))
            }
        }
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
