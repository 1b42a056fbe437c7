//! Rows of CSV or JSON lines, with a column that says what became of them, or of which the newest counts.

use super::columns::Columns;
use super::event::{Event, OP_WORDS, Op};
use super::form::{ChangelogForm, ChangelogKind};
use crate::error::{Error, Place};
use crate::reading::short_name;
use crate::rows::{Row, Rows};
use crate::table::FieldKind;

/// The names that a column with `+I`, `-U`, `+U` and `-D` has where nobody says which it is.
const KIND_NAMES: [&str; 6] = ["op", "row_kind", "rowkind", "kind", "__op", "change"];

/// Says where a row tells its operation.
enum Telling {
    Column(usize),
    /// A row takes its key away where none of these columns has a value.
    Values(Vec<usize>),
}

/// Reads one row after the other.
pub(super) struct OpRows<'g> {
    rows: Box<dyn Rows + 'g>,
    telling: Telling,
    /// The number of each column that is kept.
    numbers: Vec<Option<u32>>,
    /// The columns of the key, where there is one.
    key: Vec<u32>,
    row: Row,
}

impl<'g> OpRows<'g> {
    pub(super) fn new(
        rows: Box<dyn Rows + 'g>,
        form: &ChangelogForm,
        columns: &mut Columns,
        file: &Place,
    ) -> Result<Self, Error> {
        let names = rows.columns().to_vec();
        let telling = match &form.kind {
            ChangelogKind::Op(column) => Telling::Column(find(column, &names, file)?),
            ChangelogKind::Upsert => Telling::Values(values(&names, &form.key, file)?),
            ChangelogKind::Flink | ChangelogKind::Debezium => Telling::Column(kind_column(&names, file)?),
        };
        let skipped = if let Telling::Column(column) = telling { Some(column) } else { None };
        let mut next = 0;
        let mut number = |at: usize, name: &String| {
            if skipped == Some(at) {
                return None;
            }
            next += 1;
            Some(columns.number(name, next - 1))
        };
        let numbers = names.iter().enumerate().map(|(at, name)| number(at, name)).collect();
        let key = form.key.iter().filter_map(|name| columns.find(name)).collect();
        Ok(Self { rows, telling, numbers, key, row: Row::default() })
    }

    pub(super) fn is_typed(&self) -> bool {
        self.rows.is_typed()
    }

    pub(super) fn notes(&self) -> Vec<String> {
        self.rows.notes()
    }

    /// Reads the next row as a change; false when there is none.
    pub(super) fn next(&mut self, event: &mut Event, columns: &mut Columns) -> Result<bool, Error> {
        if !self.rows.next(&mut self.row)? {
            return Ok(false);
        }
        let place = self.rows.place();
        event.line = place.line.unwrap_or(0);
        event.op = self.op().map_err(|why| place.clone().rejects(why))?;
        let is_before = matches!(event.op, Op::UpdateBefore | Op::Delete | Op::Tombstone);
        let cells = if is_before { &mut event.before } else { &mut event.after };
        cells.is_there = true;
        // A row that is gone needs its key alone, and may hold anything in its other columns.
        let is_gone = matches!(event.op, Op::Delete | Op::Tombstone) && !self.key.is_empty();
        for (number, field) in self.numbers.iter().zip(self.row.fields()) {
            let Some(number) = number.filter(|_| field.kind != FieldKind::Missing) else { continue };
            if !is_gone || self.key.contains(&number) {
                columns.push(number, field, cells).map_err(|why| place.clone().rejects(why))?;
            }
        }
        Ok(true)
    }

    fn op(&self) -> Result<Op, String> {
        match &self.telling {
            Telling::Column(column) => {
                let field = self.row.field(*column);
                Op::parse(field.text).filter(|_| field.kind.has_text()).ok_or_else(|| {
                    let shown = crate::shown::quoted(field.text.as_bytes());
                    format!("unknown op {shown}, expected one of: {OP_WORDS}")
                })
            }
            Telling::Values(values) => {
                let is_empty = |column: &usize| {
                    matches!(self.row.field(*column).kind, FieldKind::Null | FieldKind::Missing)
                };
                Ok(if values.iter().all(is_empty) { Op::Tombstone } else { Op::Upsert })
            }
        }
    }
}

fn find(name: &str, names: &[String], file: &Place) -> Result<usize, Error> {
    names.iter().position(|other| other == name).ok_or_else(|| {
        let hint = crate::nearest::did_you_mean(name, names.iter().map(String::as_str));
        let message = format!("no column '{}', the columns are: {}", short_name(name), list(names));
        file.clone().rejects(message).with_hint(hint)
    })
}

/// Returns the columns that aren't of the key.
fn values(names: &[String], key: &[String], file: &Place) -> Result<Vec<usize>, Error> {
    if key.is_empty() {
        return Err(file
            .clone()
            .rejects("rows of which the newest counts, without a key of their own")
            .with_hint("name the columns of the key with '--key'".to_owned()));
    }
    for name in key {
        find(name, names, file)?;
    }
    let values: Vec<usize> = (0..names.len()).filter(|at| !key.contains(&names[*at])).collect();
    if values.is_empty() {
        let message = "all columns are of the key, so no row could say that it is gone";
        return Err(file.clone().rejects(message));
    }
    Ok(values)
}

fn kind_column(names: &[String], file: &Place) -> Result<usize, Error> {
    let is_kind = |name: &&String| KIND_NAMES.contains(&name.to_ascii_lowercase().as_str());
    let found: Vec<&String> = names.iter().filter(is_kind).collect();
    match found[..] {
        [name] => find(name, names, file),
        _ => Err(file
            .clone()
            .rejects(format!(
                "{} columns that could hold +I, -U, +U and -D among: {}",
                if found.is_empty() { "no" } else { "several" },
                list(names)
            ))
            .with_hint("say which it is with 'op:COLUMN'".to_owned())),
    }
}

fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| short_name(name)).collect();
    format!("{}{}", shown.join(", "), if names.len() > 12 { ", …" } else { "" })
}
