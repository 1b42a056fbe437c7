//! The types that a column can still have, as they shrink value by value.

use super::FieldType;
use super::calendar::{DateForm, Forms};
use super::class::{Class, Part};
use super::numbers::{MAX_DIGITS, Number};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// Says of which type all values so far can be.
pub(super) enum State {
    Unknown,
    Numbers(Numbers),
    Booleans,
    Calendar(Calendar),
    Json,
    /// Times of day, by the user's word.
    Clocks,
    Texts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    pub(super) whole: u32,
    pub(super) fraction: u32,
    /// The widest kind that was seen, if one of finite numbers was.
    pub(super) kind: Option<NumberKind>,
    pub(super) has_non_finite: bool,
}

/// A kind of finite numbers; each holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NumberKind {
    Whole,
    Decimal,
    Float,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) forms: Forms,
    pub(super) has_date: bool,
    pub(super) has_time: bool,
    pub(super) has_zone: bool,
}

impl State {
    /// Returns the state with one more value; `None` where that isn't of the same type.
    pub(super) fn with(self, class: Class) -> Option<Self> {
        match (self, class) {
            (Self::Unknown | Self::Booleans, Class::Boolean) => Some(Self::Booleans),
            (Self::Unknown | Self::Json, Class::Json) => Some(Self::Json),
            (Self::Unknown, Class::Number(number)) => {
                let mut numbers = Numbers::default();
                numbers.include(number);
                Some(Self::Numbers(numbers))
            }
            (Self::Numbers(mut numbers), Class::Number(number)) => {
                numbers.include(number);
                Some(Self::Numbers(numbers))
            }
            (Self::Unknown, Class::Calendar { forms, part }) => {
                let none = Calendar { forms, has_date: false, has_time: false, has_zone: false };
                Some(Self::Calendar(none.with(part)))
            }
            (Self::Calendar(calendar), Class::Calendar { forms, part }) => {
                let forms = calendar.forms.and(forms);
                (!forms.is_empty()).then(|| Self::Calendar(Calendar { forms, ..calendar }.with(part)))
            }
            _ => None,
        }
    }
}

impl Numbers {
    #[inline]
    pub(super) fn include(&mut self, number: Number) {
        let kind = match number {
            Number::Exact { whole, fraction, has_point } => {
                self.whole = self.whole.max(whole);
                self.fraction = self.fraction.max(fraction);
                if has_point { NumberKind::Decimal } else { NumberKind::Whole }
            }
            Number::Float => NumberKind::Float,
            Number::NonFinite => {
                self.has_non_finite = true;
                return;
            }
        };
        self.kind = self.kind.max(Some(kind));
    }

    pub(super) fn kind(self) -> FieldType {
        match self.kind {
            // Words such as `nan` alone may be names.
            None => FieldType::Text,
            Some(NumberKind::Float) => FieldType::Float,
            Some(_) if self.has_non_finite || self.whole + self.fraction > MAX_DIGITS => FieldType::Float,
            Some(NumberKind::Decimal) => FieldType::Decimal,
            Some(NumberKind::Whole) => FieldType::Whole,
        }
    }
}

impl Calendar {
    pub(super) fn with(mut self, part: Part) -> Self {
        match part {
            Part::Date => self.has_date = true,
            Part::Time => self.has_time = true,
            Part::Zoned => self.has_zone = true,
        }
        self
    }

    /// Returns why no type of dates fits, if none does; `form` is their form, where that can be told.
    pub(super) fn why_text(self, form: Option<DateForm>) -> Option<String> {
        if self.kind() == FieldType::Text {
            return Some("some of its times have an offset, others don't".to_owned());
        }
        let forms: Vec<&str> = self.forms.each().map(DateForm::name).collect();
        let why = format!("its dates may be {}; say which with '--date-form'", forms.join(" or "));
        form.is_none().then_some(why)
    }

    pub(super) fn kind(self) -> FieldType {
        match (self.has_zone, self.has_date || self.has_time) {
            (true, true) => FieldType::Text,
            (true, false) => FieldType::TimeZoned,
            (false, _) if self.has_time => FieldType::Time,
            (false, _) => FieldType::Date,
        }
    }
}
