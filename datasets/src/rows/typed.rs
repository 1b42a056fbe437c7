//! Rows whose fields are read as what their columns are said to hold, and as who wrote them means them.

use std::collections::BTreeMap;

use super::lost::{NumbersSeen, TimesSeen};
use super::types::spelled_time;
use super::writer::{Cuts, Empty, Habits, Writer};
use super::{ColumnType, Row, Rows};
use crate::error::{Error, Place};
use crate::reading::short_name;
use crate::table::{Field, FieldKind};

/// A message lists so many columns.
const LISTED: usize = 10;

/// Rows of which some columns are converted, each by its type, and others by what their writer does.
pub struct TypedRows<'g> {
    rows: Box<dyn Rows + 'g>,
    columns: Vec<Column>,
    writer: Option<(Writer, Habits)>,
    /// Says of an empty field of CSV that it may be null, and why nobody can tell.
    ambiguous: Option<String>,
    read: Row,
    scratch: String,
}

/// A column, and what was seen of it.
#[derive(Default)]
struct Column {
    kind: Option<ColumnType>,
    /// Says whether a time is taken for one, however it is spelled.
    has_times: bool,
    times: TimesSeen,
    numbers: NumbersSeen,
}

impl<'g> TypedRows<'g> {
    /// Returns the rows with these types, by columns; columns that aren't there are no error.
    pub fn new(rows: Box<dyn Rows + 'g>, types: &BTreeMap<String, ColumnType>) -> Self {
        let column = |name| Column { kind: types.get(name).copied(), ..Column::default() };
        let columns = rows.columns().iter().map(column).collect();
        Self { rows, columns, writer: None, ambiguous: None, read: Row::default(), scratch: String::new() }
    }

    /// Returns the rows as this writer means them: times are times, whatever their spelling, but in the columns that are
    /// compared as they were written. `null` is how it was told to spell a missing value, if it was.
    #[must_use]
    pub fn written_by(
        mut self,
        writer: Writer,
        null: Option<&str>,
        is_as_written: impl Fn(&str) -> bool,
    ) -> Self {
        let habits = writer.habits();
        self.writer = Some((writer, habits));
        if habits.empty == Empty::NullOrText && null.is_none() && !self.rows.is_typed() {
            self.ambiguous =
                Some(format!("{} writes a missing value and an empty text alike in CSV", writer.title()));
        }
        for (column, name) in self.columns.iter_mut().zip(self.rows.columns()) {
            column.has_times = column.kind.is_none() && !is_as_written(name);
        }
        self
    }

    /// Returns who wrote the rows, if that is known.
    pub fn writer(&self) -> Option<Writer> {
        self.writer.map(|(writer, _)| writer)
    }

    /// Returns how fine the times of each column were that were read so far.
    pub fn times(&self) -> impl Iterator<Item = (&str, TimesSeen)> {
        self.rows.columns().iter().zip(&self.columns).map(|(name, column)| (name.as_str(), column.times))
    }

    fn cuts_times(&self) -> bool {
        let is_json = self.rows.is_typed();
        self.writer.is_some_and(|(_, habits)| match habits.cuts_times {
            Cuts::Never => false,
            Cuts::OfJson => is_json,
            Cuts::Always => true,
        })
    }

    /// Returns the names of the columns of which this is so, for a message; nothing where there are none.
    fn names(&self, is_so: impl Fn(&Column) -> bool) -> Option<String> {
        let so = self.rows.columns().iter().zip(&self.columns).filter(|(_, column)| is_so(column));
        let names: Vec<String> = so.map(|(name, _)| format!("'{}'", short_name(name))).collect();
        let more = names.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed = names[..names.len().min(LISTED)].join(", ");
        (!names.is_empty()).then_some(format!("{listed}{more}"))
    }
}

impl Column {
    /// Reads a field as this column means it: writes its text over that in `text` and returns its kind, or nothing where it
    /// stays as it is.
    fn read(
        &mut self,
        field: Field<'_>,
        is_typed: bool,
        text: &mut String,
    ) -> Result<Option<FieldKind>, String> {
        self.numbers.note(field);
        text.clear();
        let Some(kind) = self.kind else {
            let may_be_time = self.has_times && matches!(field.kind, FieldKind::Untyped | FieldKind::Text);
            if !may_be_time || !spelled_time(field.text, text) {
                return Ok(None);
            }
            self.times.note(text);
            return Ok(Some(field.kind));
        };
        let converted = kind.convert(field, text)?;
        if kind.is_time() && converted == FieldKind::Text {
            self.times.note(text);
        }
        // A format without types has none because one column was converted.
        let has_kind = is_typed || !converted.has_text();
        Ok(Some(if has_kind { converted } else { field.kind }))
    }

    /// Returns whether an empty field can only be a missing one.
    fn has_no_empty(&self) -> bool {
        self.kind.is_some_and(|kind| !matches!(kind, ColumnType::Text | ColumnType::Base64))
    }
}

impl Rows for TypedRows<'_> {
    fn columns(&self) -> &[String] {
        self.rows.columns()
    }

    fn is_typed(&self) -> bool {
        self.rows.is_typed()
    }

    fn types(&self) -> &[String] {
        self.rows.types()
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        if !self.rows.next(&mut self.read)? {
            return Ok(false);
        }
        let is_typed = self.rows.is_typed();
        let fills = is_typed && self.writer.is_some_and(|(_, habits)| habits.leaves_nulls_out);
        let null = Field { kind: FieldKind::Null, text: "null" };
        let (mut next, read) = (0, &self.read);
        for (at, mut field) in read.present() {
            for missing in if fills { next..at } else { at..at } {
                row.push_at(missing, null.kind, null.text);
            }
            next = at + 1;
            let column = &mut self.columns[at];
            if let Some(why) = self.ambiguous.as_deref()
                && field.text.is_empty()
                && field.kind == FieldKind::Untyped
            {
                field =
                    if column.has_no_empty() { null } else { Field { kind: FieldKind::Unknown, text: why } };
            }
            match column.read(field, is_typed, &mut self.scratch) {
                Ok(None) => row.push_at(at, field.kind, field.text),
                Ok(Some(kind)) => row.push_at(at, kind, &self.scratch),
                Err(why) => {
                    let name = short_name(&self.rows.columns()[at]);
                    return Err(self.rows.place().rejects(format!("column '{name}': {why}")));
                }
            }
        }
        for missing in if fills { next..self.columns.len() } else { 0..0 } {
            row.push_at(missing, null.kind, null.text);
        }
        Ok(true)
    }

    fn share_read(&self) -> Option<f64> {
        self.rows.share_read()
    }

    fn place(&self) -> Place {
        self.rows.place()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.rows.notes();
        let columns = self.rows.columns().iter().zip(&self.columns);
        notes.extend(columns.filter_map(|(name, column)| column.numbers.lost_digits(name)));
        let Some((writer, habits)) = self.writer else { return notes };
        let title = writer.title();
        if let Some(names) = self.names(|column| self.cuts_times() && column.times.times > 0) {
            notes.push(format!(
                "{title} cuts times to milliseconds: finer digits of {names}, if there were any, are gone"
            ));
        }
        let may_be_nan = |column: &Column| column.numbers.nulls_of_doubles() > 0;
        let nulls_for_nan = habits.nulls_for_nan && self.rows.is_typed();
        if let Some(names) = self.names(|column| nulls_for_nan && may_be_nan(column)) {
            notes.push(format!(
                "{title} writes NaN and the infinities as null in JSON: nulls of {names} may have been such"
            ));
        }
        notes
    }
}
