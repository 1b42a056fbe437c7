//! The columns of a changelog, which come to be known while it is read.

use std::collections::{BTreeMap, HashMap};

use super::event::Cells;
use super::placeholder::{UNSEEN, is_placeholder};
use super::tables::Tables;
use crate::reading::{json_field, short_name};
use crate::rows::{ColumnType, NumbersSeen};
use crate::table::{Field, FieldKind};

/// The columns and tables that have been seen so far.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) columns: Columns,
    pub(super) tables: Tables,
}

/// Holds what the schema of an envelope says of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SchemaColumn {
    pub(super) of: Option<ColumnType>,
    /// The default of a column that may be NULL, as JSON.
    pub(super) default: Option<String>,
}

#[derive(Debug)]
struct Column {
    declared: Option<ColumnType>,
    schema: SchemaColumn,
    /// Says whether a NULL was seen, so that the connector doesn't write the default in its place.
    has_null: bool,
    /// How many NULLs there were of a decimal in bytes, which may have been NaN.
    null_decimals: u64,
    numbers: NumbersSeen,
}

/// Names columns by numbers.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, u32>,
    known: Vec<Column>,
    types: BTreeMap<String, ColumnType>,
    scratch: String,
}

impl Columns {
    pub(super) fn new(types: &BTreeMap<String, ColumnType>) -> Self {
        Self { types: types.clone(), ..Self::default() }
    }

    /// Returns the number of a column, which is a new one where the name is new. `likely` is the number of the column that
    /// came behind the one before in the last row, so that most names needn't be looked up.
    #[inline]
    pub(super) fn number(&mut self, name: &str, likely: u32) -> u32 {
        if self.names.get(likely as usize).is_some_and(|other| other == name) {
            return likely;
        }
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        let declared = self.types.get(name).copied();
        self.known.push(Column {
            declared,
            schema: SchemaColumn::default(),
            has_null: false,
            null_decimals: 0,
            numbers: NumbersSeen::default(),
        });
        number
    }

    /// Takes over what a schema says of a column.
    pub(super) fn describe(&mut self, name: &str, schema: SchemaColumn) {
        let number = self.number(name, u32::MAX);
        self.known[number as usize].schema = schema;
    }

    /// Appends a value of JSON as a field of a row; the error names the column.
    pub(super) fn push_json(&mut self, name: &str, json: &str, cells: &mut Cells) -> Result<(), String> {
        let likely = cells.columns.last().map_or(0, |last| last + 1);
        let number = self.number(name, likely);
        let (kind, text) = json_field(json).map_err(|why| in_column(name, &why))?;
        let column = &mut self.known[number as usize];
        if kind == FieldKind::Null {
            column.note_null();
        } else if is_placeholder(kind, &text) {
            cells.push(number, FieldKind::Unknown, UNSEEN);
            return Ok(());
        } else if !column.has_null && column.schema.default.as_deref() == Some(json) {
            let why = format!("the column's default {}, or a NULL that was written as it", short_name(&text));
            cells.push(number, FieldKind::Unknown, &why);
            return Ok(());
        }
        self.push(number, Field { kind, text: &text }, cells)
    }

    /// Appends a field to a row, in its column's own spelling; the error names the column.
    #[inline]
    pub(super) fn push(&mut self, number: u32, field: Field<'_>, cells: &mut Cells) -> Result<(), String> {
        let column = &mut self.known[number as usize];
        let Some(of) = column.of() else {
            cells.push(number, field.kind, field.text);
            return Ok(());
        };
        // What a database calls a double is one.
        if column.declared.is_some() {
            column.numbers.note(field);
        }
        self.scratch.clear();
        let kind = of
            .convert(field, &mut self.scratch)
            .map_err(|why| in_column(&self.names[number as usize], &why))?;
        // A format without types has none because one column was converted.
        let kind = if field.kind == FieldKind::Untyped && kind.has_text() { field.kind } else { kind };
        cells.push(number, kind, &self.scratch);
        Ok(())
    }

    /// Returns the number of a column that was seen.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Returns the columns of declared types that were never seen.
    pub(super) fn unseen_types(&self) -> impl Iterator<Item = &str> {
        self.types.keys().filter(|name| !self.numbers.contains_key(*name)).map(String::as_str)
    }

    /// Returns for each column whether it holds times, which have a second.
    pub(super) fn have_times(&self) -> Vec<bool> {
        self.known.iter().map(|column| column.of().is_some_and(ColumnType::is_time)).collect()
    }

    /// Returns what there is to say of numbers that lost digits, a sentence a column.
    pub(super) fn lost_digits(&self) -> impl Iterator<Item = String> {
        self.names.iter().zip(&self.known).filter_map(|(name, column)| column.numbers.lost_digits(name))
    }

    /// Returns the columns of decimals in which there were NULLs, and how many.
    pub(super) fn null_decimals(&self) -> impl Iterator<Item = (&str, u64)> {
        let each = self.names.iter().zip(&self.known);
        each.filter(|(_, column)| column.null_decimals > 0)
            .map(|(name, column)| (name.as_str(), column.null_decimals))
    }
}

impl Column {
    fn of(&self) -> Option<ColumnType> {
        self.declared.or(self.schema.of)
    }

    fn note_null(&mut self) {
        self.has_null = true;
        let is_decimal = matches!(self.of(), Some(ColumnType::Decimal(_)));
        self.null_decimals += u64::from(is_decimal);
    }
}

fn in_column(name: &str, why: &str) -> String {
    format!("column '{}': {why}", short_name(name))
}
