//! Checks the words that describe columns: those that contradict each other are refused, and those that aren't known.

use std::collections::HashSet;

use super::{DateForm, FieldRole, FieldSchema, FieldType, NumberForm, TIME_OF_DAY};
use crate::column::ARRIVAL;
use crate::import::{TimeReader, TimeUnit};
use crate::nearest::nearest;
use crate::shown::quoted;

/// Returns what is wrong with the description of `records` records that serde's types don't say.
pub(crate) fn check(fields: &[FieldSchema], records: u64) -> Result<(), String> {
    let mut seen = HashSet::new();
    for (at, field) in fields.iter().enumerate() {
        let name = quoted(field.name.as_bytes());
        if field.name.is_empty() || field.name.contains(['\n', '\r']) {
            return Err(format!("the name {name} of column {} is empty or holds a line end", at + 1));
        }
        if !seen.insert(&field.name) {
            return Err(format!("column {name} stands twice"));
        }
        if field.missing > records {
            return Err(format!("column {name} misses {} of {records} values", field.missing));
        }
        let is_arrival = field.role == Some(FieldRole::Arrival);
        if is_arrival != (field.name == ARRIVAL.name) || is_arrival && at > 0 {
            return Err(format!(
                "column {name}: the role `arrival` is that of the first column, which is then called `{}`",
                ARRIVAL.name
            ));
        }
        field.check_words().map_err(|message| format!("column {name}: {message}"))?;
    }
    Ok(())
}

impl FieldSchema {
    /// Returns what is wrong with the words that describe a column.
    fn check_words(&self) -> Result<(), String> {
        let kind = self.kind.name();
        let is_exact = matches!(self.kind, FieldType::Whole | FieldType::Decimal);
        if self.digits.is_some() && !is_exact {
            return Err(format!("`digits` means nothing for the type `{kind}`"));
        }
        if self.scale.is_some() && self.kind != FieldType::Decimal {
            return Err(format!("`scale` means nothing for the type `{kind}`"));
        }
        if self.role == Some(FieldRole::Value) && !self.kind.is_number() {
            return Err(format!("the role `value` is that of numbers, and its type is `{kind}`"));
        }
        let is_dated = matches!(self.kind, FieldType::Date | FieldType::Time | FieldType::TimeZoned);
        let is_time = self.role == Some(FieldRole::EventTime);
        if is_time && !is_dated && !is_exact && self.format.as_deref() != Some(TIME_OF_DAY) {
            return Err(format!("the role `event-time` is that of times, and its type is `{kind}`"));
        }
        if (self.zone.is_some() || self.fold.is_some()) && !is_dated {
            return Err(format!("`zone` and `fold` mean nothing for the type `{kind}`"));
        }
        if let Some(zone) = &self.zone {
            TimeReader::new(TimeUnit::default(), Some(zone)).map_err(|error| {
                let hint = error.hint().map_or(String::new(), |hint| format!("; {hint}"));
                format!("{error}{hint}")
            })?;
        }
        self.check_format()
    }

    fn check_format(&self) -> Result<(), String> {
        let is_time = self.role == Some(FieldRole::EventTime);
        let Some(format) = self.format.as_deref() else {
            let is_counted = is_time && matches!(self.kind, FieldType::Whole | FieldType::Decimal);
            let missing = matches!(self.kind, FieldType::Date | FieldType::Time | FieldType::TimeZoned);
            return match (is_counted, missing) {
                (true, _) => Err("`format` must say what its times count: `ms`, `s`, `us`, `ns`".to_owned()),
                (_, true) => Err("`format` must name the form of its dates, such as `Y-M-D`".to_owned()),
                _ => Ok(()),
            };
        };
        let dates = DateForm::ALL.map(DateForm::name).to_vec();
        let units = TimeUnit::ALL.map(TimeUnit::name).to_vec();
        let known = match self.kind {
            FieldType::Date | FieldType::Time | FieldType::TimeZoned => dates,
            FieldType::Whole | FieldType::Decimal if is_time => units,
            FieldType::Text if is_time => vec![TIME_OF_DAY],
            _ if self.kind.is_number() && NumberForm::named(format).is_some() => return Ok(()),
            _ if self.kind.is_number() => vec!["1.234,56", "1,234.56", "1 234,56", "1234,56"],
            kind => return Err(format!("`format` means nothing for the type `{}`", kind.name())),
        };
        if known.contains(&format) {
            return Ok(());
        }
        let hint = nearest(format, known.iter().copied()).map_or_else(
            || format!("known are `{}`", known.join("`, `")),
            |near| format!("did you mean `{near}`?"),
        );
        Err(format!("no format {} for the type `{}`; {hint}", quoted(format.as_bytes()), self.kind.name()))
    }
}
