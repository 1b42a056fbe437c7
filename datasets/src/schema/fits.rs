//! Holds values against the description of their column.

use super::calendar::{Forms, time_of_day};
use super::class::{Class, Part};
use super::numbers::{Number, NumberForm};
use super::{DateForm, FieldRole, FieldSchema, FieldType, TIME_OF_DAY};
use crate::import::{TimeReader, TimeUnit};
use crate::shown::quoted;

/// Checks the values of a column, and counts those that are missing.
pub(crate) struct Checker<'a> {
    field: &'a FieldSchema,
    numbers: NumberForm,
    forms: Option<Forms>,
    /// Reads event times that are numbers.
    times: Option<TimeReader>,
    missing: u64,
}

impl<'a> Checker<'a> {
    /// Returns the checker of a column whose description has been checked itself.
    pub(crate) fn new(field: &'a FieldSchema) -> Self {
        let format = field.format.as_deref();
        let named = |form: &DateForm| Some(form.name()) == format;
        let is_time = matches!(field.role, Some(FieldRole::EventTime | FieldRole::Arrival));
        let unit = TimeUnit::ALL.into_iter().find(|unit| Some(unit.name()) == format).unwrap_or_default();
        Self {
            field,
            numbers: format.and_then(NumberForm::named).unwrap_or_default(),
            forms: DateForm::ALL.into_iter().find(named).map(Forms::from),
            times: (is_time && field.kind.is_number()).then(|| TimeReader::of_numbers(unit)),
            missing: 0,
        }
    }

    /// Takes a value and returns whether it is there; the error is a message.
    pub(crate) fn check(&mut self, value: &[u8], is_quoted: bool) -> Result<bool, String> {
        let is_text = self.field.kind == FieldType::Text;
        let bare = if self.field.trim { value.trim_ascii() } else { value };
        let is_clock = self.field.format.as_deref() == Some(TIME_OF_DAY);
        if bare.is_empty() && !(is_text && is_quoted && !is_clock) {
            self.missing += 1;
            return Ok(false);
        }
        let class = if is_text { Class::Text } else { Class::of(bare, self.numbers) };
        if !self.fits(class, bare) {
            let kind = self.field.kind.name();
            let format =
                self.field.format.as_ref().map_or(String::new(), |format| format!(" in the form `{format}`"));
            return Err(self.complain(bare, &format!("is not of the type `{kind}`{format}")));
        }
        if let Some(times) = &self.times {
            times.parse(bare).map_err(|why| self.complain(bare, &why.to_string()))?;
        }
        Ok(true)
    }

    fn complain(&self, value: &[u8], why: &str) -> String {
        crate::decimal::complain(&self.field.name, value, &format!("{why}, as the manifest says"))
    }

    fn fits(&self, class: Class, value: &[u8]) -> bool {
        let most = |limit: Option<u32>, count: u32| limit.is_none_or(|limit| count <= limit);
        match (self.field.kind, class) {
            (FieldType::Text, _) => {
                self.field.format.as_deref() != Some(TIME_OF_DAY) || time_of_day(value).is_some()
            }
            (FieldType::Whole, Class::Number(Number::Exact { whole, has_point: false, .. })) => {
                most(self.field.digits, whole)
            }
            (FieldType::Decimal, Class::Number(Number::Exact { whole, fraction, .. })) => {
                let scale = self.field.scale.unwrap_or(fraction);
                fraction <= scale && most(self.field.digits, whole + scale)
            }
            (FieldType::Float, Class::Number(_))
            | (FieldType::Boolean, Class::Boolean)
            | (FieldType::Json, Class::Json) => true,
            (FieldType::Date, Class::Calendar { forms, part: Part::Date })
            | (FieldType::Time, Class::Calendar { forms, part: Part::Date | Part::Time })
            | (FieldType::TimeZoned, Class::Calendar { forms, part: Part::Zoned }) => {
                self.forms.is_some_and(|own| !own.and(forms).is_empty())
            }
            _ => false,
        }
    }

    /// Says whether as many values are missing as the manifest has it; the error is a message.
    pub(crate) fn finish(self) -> Result<(), String> {
        if self.missing == self.field.missing {
            return Ok(());
        }
        Err(format!(
            "column {} misses {} values, the manifest says {}",
            quoted(self.field.name.as_bytes()),
            self.missing,
            self.field.missing
        ))
    }
}
