//! The rows of small answers, so that a changed row can be named and not only counted.

use std::{collections::BTreeMap, fmt::Write as _};

use datasets::{Keys, Table};
use serde::{Deserialize, Serialize};

use super::changes::ABSENT;
use crate::{Change, tables::SHOWN_ROWS};

/// Above this many rows an answer is kept by its hash alone: a baseline is something to review.
const MOST_ROWS: usize = 1_000;

/// Bounds the length of its rows in the file. Keys may be long.
const MOST_BYTES: usize = 256 * 1024;

/// A key or a value in the name of a change is a glance, not a document.
const MOST_CHARS: usize = 100;

/// The cells of an answer as text, row by row.
pub type BaselineRows = Vec<Vec<String>>;

/// An answer as it is handed over to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The hash of its file.
    pub blake3: String,
    columns: Vec<String>,
    key_columns: usize,
    rows: Option<BaselineRows>,
}

impl KeptAnswer {
    /// An answer that is kept by its hash alone.
    pub fn by_hash(blake3: String) -> Self {
        Self { blake3, columns: Vec::new(), key_columns: 0, rows: None }
    }

    /// A table. Its rows are kept too where there are at most 1,000, and they aren't long.
    pub fn table(blake3: String, table: &Table, keys: &Keys) -> Self {
        if table.rows() > MOST_ROWS {
            return Self::by_hash(blake3);
        }
        let mut rows = Vec::with_capacity(table.rows());
        let mut bytes = 0;
        for number in 0..table.rows() {
            let row: Vec<String> =
                (0..table.columns.len()).map(|column| table.text(column, number, keys)).collect();
            bytes += written(&row).len();
            if bytes > MOST_BYTES {
                return Self::by_hash(blake3);
            }
            rows.push(row);
        }
        let columns = table.columns.iter().map(|column| column.name.clone().into_owned()).collect();
        Self { blake3, columns, key_columns: table.key_columns, rows: Some(rows) }
    }
}

/// The rows of those answers that are small.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineAnswers {
    /// The names of the columns: those of all answers to one problem.
    pub columns: Vec<String>,
    /// Says how many of them, from the first on, name a row.
    pub key_columns: usize,
    /// The reference's rows.
    pub reference: Option<BaselineRows>,
    /// Stable's.
    pub stable: Option<BaselineRows>,
    /// The candidate's.
    pub candidate: Option<BaselineRows>,
}

impl BaselineAnswers {
    pub(super) fn of(answers: [KeptAnswer; 3]) -> Self {
        let shape = answers.iter().find(|answer| answer.rows.is_some());
        let (columns, key_columns) =
            shape.map_or((Vec::new(), 0), |answer| (answer.columns.clone(), answer.key_columns));
        let [reference, stable, candidate] = answers.map(|answer| answer.rows);
        Self { columns, key_columns, reference, stable, candidate }
    }

    /// The section of the file, a line for each row; nothing where no rows are kept.
    pub(super) fn to_toml(&self) -> String {
        let kept = self.parts().into_iter().filter_map(|(role, rows)| Some((role, rows.as_ref()?)));
        let mut text = String::new();
        for (role, rows) in kept {
            if text.is_empty() {
                let (columns, keys) = (written(&self.columns), self.key_columns);
                // Writing to a String cannot fail.
                let _ = write!(text, "\n[answers]\ncolumns = {columns}\nkey_columns = {keys}\n");
            }
            let lines: Vec<String> = rows.iter().map(|row| format!("  {},", written(row))).collect();
            let _ = write!(text, "{role} = [\n{}\n]\n", lines.join("\n"));
        }
        text
    }

    fn parts(&self) -> [(&'static str, &Option<BaselineRows>); 3] {
        [("reference", &self.reference), ("stable", &self.stable), ("candidate", &self.candidate)]
    }

    /// The rows of `now` that aren't these, answer by answer, where both are kept.
    pub(super) fn changes(&self, now: &Self) -> Vec<Change> {
        let both = self.parts().into_iter().zip(now.parts());
        let both: Vec<_> =
            both.filter_map(|((role, was), (_, is))| Some((role, was.as_ref()?, is.as_ref()?))).collect();
        if both.is_empty() {
            return Vec::new();
        }
        if (&self.columns, self.key_columns) != (&now.columns, now.key_columns) {
            let (was, is) = (self.columns.join(", "), now.columns.join(", "));
            let keyed = |names: String, keys: usize| cut(&format!("{names}; {keys} of them name a row"));
            let path = "answers.columns".to_owned();
            return vec![Change { path, was: keyed(was, self.key_columns), is: keyed(is, now.key_columns) }];
        }
        both.into_iter().flat_map(|(role, was, is)| self.row_changes(role, was, is)).collect()
    }

    fn row_changes(&self, role: &str, was: &BaselineRows, is: &BaselineRows) -> Vec<Change> {
        let (before, after) = (self.numbered(was), self.numbered(is));
        let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (before.iter().copied().collect(), after.iter().copied().collect());
        let gone = before.iter().filter(|(name, _)| !new.contains_key(name));
        let differing = after.iter().chain(gone).filter(|(name, _)| old.get(name) != new.get(name));
        let mut named: Vec<Change> = Vec::new();
        let mut more = 0;
        for (name, _) in differing {
            if named.len() < SHOWN_ROWS {
                named.push(self.row_change(role, name.0, old.get(name).copied(), new.get(name).copied()));
            } else {
                more += 1;
            }
        }
        if more > 0 {
            let path = format!("{role}.answer: and {more} more rows");
            named.push(Change { path, was: "as kept".to_owned(), is: "otherwise".to_owned() });
        }
        named
    }

    /// Each row by its key. Keys that aren't text may read the same, so the first with a key is told from the second.
    fn numbered<'a>(&self, rows: &'a BaselineRows) -> Vec<(RowName<'a>, &'a [String])> {
        let mut seen = BTreeMap::new();
        let all = rows.iter().map(|row| {
            let key = row.get(..self.key_columns).unwrap_or(row);
            let times = seen.entry(key).or_insert(0_usize);
            *times += 1;
            ((key, *times), row.as_slice())
        });
        all.collect()
    }

    /// A row that is gone, new, or has other values: then those that differ.
    fn row_change(
        &self,
        role: &str,
        key: &[String],
        was: Option<&[String]>,
        is: Option<&[String]>,
    ) -> Change {
        let values = self.key_columns.min(self.columns.len())..self.columns.len();
        let differ =
            |column: &usize| was.and_then(|row| row.get(*column)) != is.and_then(|row| row.get(*column));
        let differing: Vec<usize> = values.filter(differ).collect();
        let shown =
            |row: Option<&[String]>| row.map_or_else(|| ABSENT.to_owned(), |row| self.cells(row, &differing));
        let names = self.columns.iter().zip(key).map(|(name, value)| format!("{}={}", cut(name), cut(value)));
        let path = format!("{role}.answer[{}]", names.collect::<Vec<_>>().join(", "));
        Change { path, was: shown(was), is: shown(is) }
    }

    fn cells(&self, row: &[String], columns: &[usize]) -> String {
        let named = |&column: &usize| {
            let value = row.get(column).map_or(ABSENT, String::as_str);
            format!("{}={}", cut(&self.columns[column]), cut(value))
        };
        let all: Vec<String> = columns.iter().map(named).collect();
        if all.is_empty() { "present".to_owned() } else { all.join(", ") }
    }
}

/// A row's key, and which of the rows with it this is.
type RowName<'a> = (&'a [String], usize);

/// One row as it stands in the file.
fn written(row: &[String]) -> String {
    toml::Value::from(row.to_vec()).to_string()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
