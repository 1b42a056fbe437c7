//! Describes what a job has to say, as changes of the rows that are served.

use std::{borrow::Cow, collections::BTreeMap};

use datasets::{Answer, Cells, Keys, Table, TableColumn};
use stream::{Concluded, Settling, Update};

use super::{store::Row, written::WrittenShape};
use crate::own::{Comparing, Filter, leave_out, typed_rows};

/// The rows of an answer as they are served: a key and a value, each as bytes.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// One number for each record, in the order of arrival.
    Decisions,
    /// A table; without rows, for its columns.
    Table(Table),
    /// A table whose cells are fields as they were written.
    Written(WrittenShape),
}

/// Holds what there is to know of rows besides their columns.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The texts that they refer to.
    pub(crate) keys: &'a Keys,
    /// The record at which the job began: it counts from there.
    pub(crate) base: u64,
    /// Says of which rows nothing is served.
    pub(crate) leave_out: Option<&'a Filter>,
}

/// A row that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) key: Vec<u8>,
    /// Describes what it is now; nothing if it is gone.
    pub(crate) value: Option<Vec<u8>>,
    /// The record, in the order of arrival, at which it changed, where the job says so.
    pub(crate) record: Option<u64>,
}

/// Describes what has changed, in order: of rows with one key the last counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// All rows that were served before are gone first.
    pub(crate) replaces: bool,
    pub(crate) rows: Vec<Changed>,
}

const OTHER_SHAPE: &str = "it answers with another shape: its rows lack a column of the answer";
/// The columns of emitted rows that say when they were.
const RECORD: &str = "record";
const BATCH: &str = "batch";
/// The column by whose zero a row takes back the one before.
const COUNT: &str = "count";

impl Shape {
    /// Returns the shape of answers like this one, as jobs see them: in the dataset's unit. `comparing` says what the columns
    /// of one are called that comes from outside, and which of them name a row.
    pub(crate) fn of(answer: &Answer, comparing: Option<&Comparing>) -> Self {
        match (answer, comparing) {
            (Answer::Table(table), Some(comparing)) if is_written(table) => {
                Self::Written(WrittenShape::of(table, comparing))
            }
            _ => Self::of_catalogue(answer),
        }
    }

    fn of_catalogue(answer: &Answer) -> Self {
        match answer {
            Answer::Decisions(_) => Self::Decisions,
            Answer::Table(table) => Self::Table(Table::new(table.key_columns, table.picked(&[]).columns)),
        }
    }

    /// Returns what an update of a job changes. The error says which row can't be served.
    pub(crate) fn of_update(&self, update: &Update, told: Told<'_>) -> Result<Changes, String> {
        self.of_rows((&update.rows, update.settling), told)
    }

    /// Returns what a job's conclusion changes: rows that it has not served yet, or all of them again.
    pub(crate) fn of_conclusion(&self, concluded: &Concluded, told: Told<'_>) -> Result<Changes, String> {
        match &concluded.firings {
            Some(firings) => self.of_rows((firings, concluded.settling), told),
            None => self.of_rows((&concluded.table, Settling::LastOfEach), told),
        }
    }

    /// Returns what decisions change of which the first is on the record `first`.
    pub(crate) fn of_decisions(first: u64, decisions: &[u32]) -> Changes {
        let row = |(record, decision): (u64, &u32)| Changed {
            key: record.to_be_bytes().to_vec(),
            value: Some(decision.to_be_bytes().to_vec()),
            record: Some(record),
        };
        Changes { replaces: false, rows: (first..).zip(decisions).map(row).collect() }
    }

    fn of_rows(&self, (rows, settling): (&Table, Settling), told: Told<'_>) -> Result<Changes, String> {
        let kept;
        let rows = match told.leave_out {
            Some(filter) if rows.rows() > 0 => {
                let mut table = rows.clone();
                leave_out(&mut table, filter).map_err(|error| error.to_string())?;
                kept = table;
                &kept
            }
            _ => rows,
        };
        let bytes = self.bytes_of(rows, told.keys)?;
        let records = ints(rows, RECORD);
        let from = match settling {
            Settling::LastEmission => last_emission(rows),
            Settling::LastOfEach | Settling::Withdrawing => 0,
        };
        let counts = if settling == Settling::Withdrawing { ints(rows, COUNT) } else { None };
        let changed = |(row, (key, value)): (usize, Row)| {
            let is_gone = counts.is_some_and(|counts| counts[row] == 0);
            let record = records.map(|records| told.base + records[row].cast_unsigned());
            Changed { key, value: (!is_gone).then_some(value), record }
        };
        let replaces = settling == Settling::LastEmission && rows.rows() > 0;
        Ok(Changes { replaces, rows: bytes.into_iter().enumerate().skip(from).map(changed).collect() })
    }

    /// The rows as they are served.
    fn bytes_of(&self, rows: &Table, keys: &Keys) -> Result<Vec<Row>, String> {
        let own = match self {
            Self::Written(shape) => return shape.bytes_of(rows),
            Self::Table(like) if is_written(rows) => {
                let typed = typed_rows(rows, like, keys, 1);
                Cow::Owned(typed.map_err(|why| format!("a row can't be served: {why}"))?)
            }
            Self::Table(like) => with_columns_of(rows, like).ok_or(OTHER_SHAPE)?,
            Self::Decisions => return Err(OTHER_SHAPE.to_owned()),
        };
        let bytes = |row: usize| {
            let (mut key, mut value) = (Vec::new(), Vec::new());
            own.write_key(row, keys, &mut key);
            own.write_value(row, keys, &mut value);
            (key, value)
        };
        Ok((0..rows.rows()).map(bytes).collect())
    }

    /// Returns the names of the columns that name a row, and of the others.
    pub(crate) fn column_names(&self) -> [Vec<String>; 2] {
        let like = match self {
            Self::Decisions => return [vec!["record".to_owned()], vec!["decision".to_owned()]],
            Self::Written(shape) => return shape.column_names(),
            Self::Table(like) => like,
        };
        let names = |columns: &[TableColumn]| columns.iter().map(|column| column.name.to_string()).collect();
        let (keys, others) = like.columns.split_at(like.key_columns);
        [names(keys), names(others)]
    }

    /// Returns the key of a row as people read it.
    pub(crate) fn shown_key(&self, key: &[u8], keys: &Keys) -> Result<Vec<String>, String> {
        let like = match self {
            Self::Decisions => {
                let record = <[u8; 8]>::try_from(key).map(u64::from_be_bytes);
                return record
                    .map(|record| vec![record.to_string()])
                    .map_err(|_| "no record's key".to_owned());
            }
            Self::Written(_) => return WrittenShape::fields(key),
            Self::Table(like) => like,
        };
        let names = Table::new(like.key_columns, like.columns[..like.key_columns].to_vec());
        let table =
            Table::from_row_bytes(&names, [(key, &b""[..])], keys).map_err(|error| error.to_string())?;
        Ok((0..table.key_columns).map(|column| table.text(column, 0, keys)).collect())
    }

    /// Returns the other columns of a row as people read them, in the unit of the source.
    pub(crate) fn shown(
        &self,
        (key, value): (&[u8], &[u8]),
        keys: &Keys,
        scale: u64,
    ) -> Result<BTreeMap<String, String>, String> {
        if matches!(self, Self::Decisions) {
            let decision = <[u8; 4]>::try_from(value).map(u32::from_be_bytes);
            let decision = decision.map_err(|_| "no decision".to_owned())?;
            return Ok([("decision".to_owned(), decision.to_string())].into());
        }
        if let Self::Written(shape) = self {
            let [_, others] = shape.column_names();
            return Ok(others.into_iter().zip(WrittenShape::fields(value)?).collect());
        }
        let mut table = self.table(&[(key.to_vec(), value.to_vec())], keys)?;
        table.restore_unit(scale);
        let columns = table.columns.iter().enumerate().skip(table.key_columns);
        Ok(columns.map(|(at, column)| (column.name.to_string(), table.text(at, 0, keys))).collect())
    }

    /// Returns the rows of a table that is served as these bytes.
    pub(crate) fn table(&self, rows: &[(Vec<u8>, Vec<u8>)], keys: &Keys) -> Result<Table, String> {
        let Self::Table(like) = self else {
            return Err("the answer is no table of a catalogue's problem".to_owned());
        };
        let rows = rows.iter().map(|(key, value)| (key.as_slice(), value.as_slice()));
        Table::from_row_bytes(like, rows, keys).map_err(|error| error.to_string())
    }
}

/// The columns of `like` that `rows` has, too.
fn with_columns_of<'a>(rows: &'a Table, like: &Table) -> Option<Cow<'a, Table>> {
    let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    if names(rows) == names(like) && rows.key_columns == like.key_columns {
        return Some(Cow::Borrowed(rows));
    }
    let find = |wanted: &TableColumn| rows.columns.iter().find(|column| column.name == wanted.name).cloned();
    let columns = like.columns.iter().map(find).collect::<Option<Vec<_>>>()?;
    Some(Cow::Owned(Table::new(like.key_columns, columns)))
}

fn is_written(table: &Table) -> bool {
    table.columns.iter().any(|column| matches!(column.cells, Cells::Written(_)))
}

/// The whole numbers of a column. Fields of one with that name that were written are none.
fn ints<'a>(table: &'a Table, name: &str) -> Option<&'a [i64]> {
    let named = table.columns.iter().filter(|column| column.name == name);
    let mut ints = named.filter_map(|column| match &column.cells {
        Cells::Int(cells) => Some(cells.as_slice()),
        _ => None,
    });
    ints.next()
}

/// The first of the rows at the end that were emitted at once.
fn last_emission(rows: &Table) -> usize {
    let (Some(records), Some(batches)) = (ints(rows, RECORD), ints(rows, BATCH)) else { return 0 };
    let Some(last) = records.len().checked_sub(1) else { return 0 };
    let is_of_it = |row: &usize| records[*row] == records[last] && batches[*row] == batches[last];
    (0..=last).rev().take_while(is_of_it).last().unwrap_or(0)
}

/// Goes through two lists of rows by key: each key once, with what either has.
pub(crate) fn paired<'a>(
    old: &'a [Row],
    new: &'a [Row],
    mut visit: impl FnMut(&'a [u8], Option<&'a [u8]>, Option<&'a [u8]>),
) {
    let (mut o, mut n) = (0, 0);
    while o < old.len() || n < new.len() {
        let order = match (old.get(o), new.get(n)) {
            (Some(old), Some(new)) => old.0.cmp(&new.0),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let (is_old, is_new) = (order.is_le(), order.is_ge());
        let key = if is_old { &old[o].0 } else { &new[n].0 };
        visit(key, is_old.then(|| old[o].1.as_slice()), is_new.then(|| new[n].1.as_slice()));
        o += usize::from(is_old);
        n += usize::from(is_new);
    }
}
