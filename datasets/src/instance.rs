//! A dataset in memory, imported or generated, on its way to be frozen.

use std::collections::BTreeMap;

use crate::column::{Column, ColumnKind};
use crate::error::Error;
use crate::keys::Keys;
use crate::manifest::{check_columns, check_name};
use crate::record::Typed;
use crate::rejected::Rejected;
use crate::source::Source;
use crate::value::{CAPACITY, MAX_NUMBER, Value, check_value};

/// The column that [`CAPACITY`] limits.
pub(crate) const SIZE: &str = "size";

/// Jobs number bins and records with 32 bits.
pub(crate) const MAX_RECORDS: u64 = u32::MAX as u64;

/// A dataset that is not on disk yet; [`freeze`](crate::freeze) writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Holds what people will call the dataset.
    pub name: String,
    /// The problem that it is for.
    pub problem: String,
    /// The columns in order; [`ARRIVAL`](crate::ARRIVAL), when there is one, comes first.
    pub columns: Vec<Column>,
    /// The fields, row after row; a time stands as its two's complement.
    pub values: Vec<u64>,
    /// Sizes and capacity are the source's times this power of ten.
    pub scale: u64,
    /// The problem's parameters.
    pub parameters: BTreeMap<String, Value>,
    /// The texts that fields of the kind [`ColumnKind::Text`] stand for.
    pub keys: Keys,
    /// The optimal cost, when it is known by construction.
    pub optimum: Option<u64>,
    /// The best cost that the source claims.
    pub best_known: Option<u64>,
    /// Where it comes from.
    pub source: Source,
    /// Rows of the source that were left out.
    pub rejected: Vec<Rejected>,
}

impl Instance {
    /// Returns how many records it holds.
    pub fn records(&self) -> u64 {
        (self.values.len() / self.columns.len().max(1)) as u64
    }

    /// Returns its records, the columns of which are those of their type; what it lacks of the optional ones is 0.
    pub fn typed_records<R: Typed>(&self) -> Vec<R> {
        let wanted = || R::COLUMNS.iter().chain(R::OPTIONAL);
        let place = |column: &Column| self.columns.iter().position(|own| own.name == column.name);
        let places: Vec<Option<usize>> = wanted().map(place).collect();
        let mut fields = vec![0; places.len()];
        let rows = self.values.chunks_exact(self.columns.len().max(1));
        rows.map(|row| {
            for (field, place) in fields.iter_mut().zip(&places) {
                *field = place.map_or(0, |at| row[at]);
            }
            R::from_fields(&fields)
        })
        .collect()
    }

    pub(crate) fn kinds(&self) -> Vec<ColumnKind> {
        self.columns.iter().map(|column| column.kind).collect()
    }

    /// Returns what a frozen dataset must be, whoever made the instance. Importers find the same earlier, with the
    /// line.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_head()?;
        if self.values.is_empty() || !self.values.len().is_multiple_of(self.columns.len()) {
            return Err(Error::usage("a dataset needs at least one record, and every record all its fields"));
        }
        if self.records() > MAX_RECORDS {
            return Err(Error::usage(format!(
                "{} records, {MAX_RECORDS} at most are allowed",
                self.records()
            )));
        }
        self.check_sizes().map_err(Error::usage)
    }

    /// Returns the same of all but the rows.
    pub(crate) fn check_head(&self) -> Result<(), Error> {
        check_name(&self.name).map_err(Error::usage)?;
        let names: Vec<String> = self.columns.iter().map(|column| column.name.to_owned()).collect();
        check_columns(&names).map_err(Error::usage)?;
        for (name, value) in self.parameters.iter().chain(&self.source.arguments) {
            check_value(name, value).map_err(Error::usage)?;
        }
        if self.source.seed.is_some_and(|seed| seed > MAX_NUMBER) {
            return Err(Error::usage(format!("a seed is at most {MAX_NUMBER}")));
        }
        Ok(())
    }

    fn check_sizes(&self) -> Result<(), String> {
        let Some(capacity) = self.parameters.get(CAPACITY).and_then(Value::number) else { return Ok(()) };
        let Some(column) = self.columns.iter().position(|column| column.name == SIZE) else { return Ok(()) };
        let rows = self.values.chunks_exact(self.columns.len());
        match rows.enumerate().find(|(_, row)| row[column] > capacity) {
            Some((offset, row)) => {
                Err(format!("record {offset}: size {} exceeds the capacity {capacity}", row[column]))
            }
            None => Ok(()),
        }
    }
}
