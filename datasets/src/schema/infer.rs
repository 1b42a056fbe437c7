//! Finds out what a column holds by looking at all of its values.

use super::calendar::{DateForm, Forms, time_of_day};
use super::class::Class;
use super::numbers::{Number, NumberForm};
use super::state::State;
use super::{FieldSchema, FieldType, TIME_OF_DAY};

/// Longer values aren't repeated in notes.
const SHOWN_BYTES: usize = 60;
/// So many values of another type make the first that doesn't fit worth a note.
const WORTH_A_NOTE: u64 = 10;

/// How values are to be looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Looks {
    pub(crate) numbers: NumberForm,
    /// The form of dates that could be read in two ways.
    pub(crate) dates: Option<DateForm>,
}

/// Learns what a column holds, value by value.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    looks: Looks,
    state: State,
    /// Values that aren't missing, those of blanks alone or of nothing in quotes not among them.
    values: u64,
    missing: u64,
    /// Empty texts, and such of blanks alone: missing unless the column is of texts.
    hollow: u64,
    has_blanks: bool,
    has_separators: bool,
    /// The first value that made a text of what had been something else, and how many there had been.
    broken: Option<Broken>,
}

#[derive(Debug, Clone)]
struct Broken {
    line: u64,
    value: Vec<u8>,
    before: FieldType,
    values: u64,
}

impl Learner {
    pub(crate) fn new(looks: Looks) -> Self {
        Self {
            looks,
            state: State::Unknown,
            values: 0,
            missing: 0,
            hollow: 0,
            has_blanks: false,
            has_separators: false,
            broken: None,
        }
    }

    /// Returns one for a column that holds times of day, if it does.
    pub(crate) fn of_clocks(looks: Looks) -> Self {
        Self { state: State::Clocks, ..Self::new(looks) }
    }

    /// Takes note of a missing value.
    #[inline]
    pub(crate) fn miss(&mut self) {
        self.missing += 1;
    }

    /// Takes note of an empty text.
    pub(crate) fn see_empty(&mut self) {
        self.hollow += 1;
    }

    /// Takes note of a value, which isn't empty and stands in this line.
    #[inline]
    pub(crate) fn see(&mut self, value: &[u8], line: u64) {
        match &mut self.state {
            State::Texts => {}
            State::Numbers(numbers) if self.looks.numbers.is_plain() => match Number::parse(value) {
                Some(number) => {
                    self.values += 1;
                    numbers.include(number);
                }
                None => self.see_other(value, line),
            },
            _ => self.see_other(value, line),
        }
    }

    fn see_other(&mut self, value: &[u8], line: u64) {
        let bare = value.trim_ascii();
        if bare.is_empty() {
            self.hollow += 1;
            self.has_blanks = true;
            return;
        }
        if self.state == State::Clocks && time_of_day(bare).is_some() {
            self.values += 1;
            self.has_blanks |= bare.len() < value.len();
            return;
        }
        let class = Class::of(bare, self.looks.numbers);
        self.take(class, value, line);
        if class != Class::Text {
            self.has_blanks |= bare.len() < value.len();
            let is_odd = matches!(class, Class::Number(_)) && Number::parse(bare).is_none();
            self.has_separators |= is_odd;
        }
    }

    /// Takes note of a text which is known to be no number.
    pub(crate) fn see_text(&mut self, value: &[u8], line: u64) {
        if self.state == State::Clocks {
            self.see_other(value, line);
        } else if self.state != State::Texts {
            self.take(Class::of_text(value), value, line);
        }
    }

    fn take(&mut self, class: Class, value: &[u8], line: u64) {
        match self.state.with(class) {
            Some(state) => {
                self.state = state;
                self.values += 1;
            }
            None => self.give_up(value, line),
        }
    }

    /// Makes a column of texts of it.
    fn give_up(&mut self, value: &[u8], line: u64) {
        if self.values > 0 {
            let value = value[..value.len().min(SHOWN_BYTES)].to_vec();
            self.broken = Some(Broken { line, value, before: self.kind(), values: self.values });
        }
        self.state = State::Texts;
    }

    fn kind(&self) -> FieldType {
        match self.state {
            State::Unknown | State::Clocks | State::Texts => FieldType::Text,
            State::Numbers(numbers) => numbers.kind(),
            State::Booleans => FieldType::Boolean,
            State::Calendar(calendar) => calendar.kind(),
            State::Json => FieldType::Json,
        }
    }

    /// Returns the form of the column's dates, if that can be told.
    fn date_form(&self) -> Option<DateForm> {
        let State::Calendar(calendar) = self.state else { return None };
        let wanted = self.looks.dates.map(Forms::from);
        let forms = calendar.forms;
        let narrowed =
            wanted.map(|wanted| forms.and(wanted)).filter(|forms| !forms.is_empty()).unwrap_or(forms);
        let mut each = narrowed.each();
        match (each.next(), each.next()) {
            (Some(form), None) => Some(form),
            _ => None,
        }
    }

    /// Returns the description of a column with this name, and what is worth a note.
    pub(crate) fn finish(self, name: &str) -> (FieldSchema, Option<String>) {
        let mut kind = self.kind();
        let form = self.date_form();
        let mut note = self.note(name);
        if let State::Calendar(calendar) = self.state
            && let Some(why) = calendar.why_text(form)
        {
            note = Some(format!("`{}` is text: {why}", crate::shown(name)));
            kind = FieldType::Text;
        }
        let is_clock = self.state == State::Clocks;
        let is_text = kind == FieldType::Text && !is_clock;
        let (digits, scale) = match (self.state, kind) {
            (State::Numbers(numbers), FieldType::Whole) => (Some(numbers.whole), None),
            (State::Numbers(numbers), FieldType::Decimal) => {
                (Some(numbers.whole + numbers.fraction), Some(numbers.fraction))
            }
            _ => (None, None),
        };
        let format = match self.state {
            State::Clocks => Some(TIME_OF_DAY.to_owned()),
            State::Calendar(_) if !is_text => form.map(|form| form.name().to_owned()),
            State::Numbers(_) if self.has_separators && !is_text => Some(self.looks.numbers.name()),
            _ => None,
        };
        let field = FieldSchema {
            name: name.to_owned(),
            kind,
            digits,
            scale,
            role: None,
            format,
            zone: None,
            fold: None,
            trim: self.has_blanks && !is_text,
            missing: self.missing + if is_text { 0 } else { self.hollow },
        };
        (field, note)
    }

    /// Returns what made a text of a column that had been something else for long.
    fn note(&self, name: &str) -> Option<String> {
        let Broken { line, value, before, values } = self.broken.as_ref()?;
        (*values >= WORTH_A_NOTE).then(|| {
            format!(
                "`{}` is text because of {} in line {line}; the {values} values before it are of the type {}",
                crate::shown(name),
                crate::shown::quoted(value),
                before.name()
            )
        })
    }
}
