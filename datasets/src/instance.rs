//! A dataset in memory, imported or generated, on its way to be frozen.

use std::collections::BTreeMap;

use crate::decimal::{Decimal, complain};
use crate::error::Error;
use crate::import::Rejected;
use crate::keys::Keys;
use crate::manifest::{MAX_NUMBER, Source, check_columns, check_name};
use crate::record::{Column, ColumnKind};
use crate::value::Value;

/// The parameter that is in the unit of the sizes: it is scaled with them, and no size may exceed it.
pub const CAPACITY: &str = "capacity";

/// The column that [`CAPACITY`] limits.
pub(crate) const SIZE: &str = "size";

/// Jobs number bins and records with 32 bits.
pub(crate) const MAX_RECORDS: u64 = u32::MAX as u64;

/// A dataset that is not on disk yet; [`freeze`](crate::freeze) writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// What people will call the dataset.
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
    /// How many records it holds.
    pub fn records(&self) -> u64 {
        (self.values.len() / self.columns.len().max(1)) as u64
    }

    pub(crate) fn kinds(&self) -> Vec<ColumnKind> {
        self.columns.iter().map(|column| column.kind).collect()
    }

    /// What a frozen dataset must be, whoever made the instance. Importers find the same earlier, with the line.
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

    /// The same of all but the rows.
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

/// A parameter's text is a word, not a novel.
const MAX_TEXT_BYTES: usize = 256;

/// Like [`check_parameter`], for any value.
pub(crate) fn check_value(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) => check_parameter(name, *number),
        Value::Text(_) if name == CAPACITY => Err("the capacity is not a number".into()),
        Value::Text(text) if text.len() > MAX_TEXT_BYTES => {
            Err(format!("{} is longer than {MAX_TEXT_BYTES} bytes", crate::shown(name)))
        }
        Value::Text(text) if looks_numeric(text) => {
            Err(complain(name, text.as_bytes(), &why_not_whole(text)))
        }
        Value::Text(_) => Ok(()),
    }
}

/// Nobody who writes `1.5` or `-3` means a word; a date or a duration such as `5s` may be one.
fn looks_numeric(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']).as_bytes();
    bare.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
        && bare.iter().all(|byte| byte.is_ascii_digit() || b"._eE".contains(byte))
}

fn why_not_whole(text: &str) -> String {
    match Decimal::parse(text.as_bytes()).map(Decimal::whole) {
        Ok(Some(_)) => "is a number in quotes; write it without".into(),
        Ok(None) => "is not a whole number".into(),
        Err(why) => why,
    }
}

/// A parameter must fit in a manifest, and a bin must be able to hold something.
pub(crate) fn check_parameter(name: &str, value: u64) -> Result<(), String> {
    if value > MAX_NUMBER {
        return Err(format!(
            "{} {value} exceeds {MAX_NUMBER}, the largest number allowed",
            crate::shown(name)
        ));
    }
    if name == CAPACITY && value == 0 {
        return Err("the capacity is 0".into());
    }
    Ok(())
}
