//! Values of generic datasets, read as the manifest describes their column.

use jiff::civil::Date;

use super::calendar::Stamp;
use super::numbers::NumberForm;
use super::{DateForm, FieldSchema, FieldType};
use crate::error::Error;
use crate::import::{TimeReader, TimeUnit};

/// Decimals of which the manifest doesn't say how many digits they have after the point have this many at most.
const SCALE: u32 = 9;

/// A value of a generic dataset's column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldValue<'a> {
    /// There is none.
    Missing,
    /// A whole number.
    Whole(i128),
    /// A decimal as a whole number of units of its last digit; how many digits it has after its point,
    /// [`FieldReader::scale`] says.
    Decimal(i128),
    /// A float, which need not be finite.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A day, by its distance from 1970-01-01.
    Date(i32),
    /// A time in nanoseconds since 1970-01-01T00:00:00: in UTC where it has an offset or its column a zone, else on the clock
    /// that it was taken from.
    Time(i128),
    /// A text.
    Text(&'a str),
    /// An object or a list of JSON, as it is written.
    Json(&'a str),
}

/// Reads the values of a generic dataset's column, in the order of the records.
#[derive(Debug)]
pub struct FieldReader {
    kind: FieldType,
    trim: bool,
    scale: u32,
    numbers: NumberForm,
    form: Option<DateForm>,
    times: TimeReader,
    /// The time of the record before, in milliseconds.
    before: Option<i64>,
}

impl FieldReader {
    /// Makes the reader of a column.
    ///
    /// # Errors
    ///
    /// If the column's zone is unknown.
    pub fn new(field: &FieldSchema) -> Result<Self, Error> {
        let format = field.format.as_deref();
        let form = DateForm::ALL.into_iter().find(|form| Some(form.name()) == format);
        let times = TimeReader::new(TimeUnit::default(), field.zone.as_deref())?;
        Ok(Self {
            kind: field.kind,
            trim: field.trim,
            scale: field.scale.unwrap_or(SCALE),
            numbers: format.and_then(NumberForm::named).unwrap_or_default(),
            form,
            times: times.with(form, field.fold.unwrap_or_default()),
            before: None,
        })
    }

    /// Returns how many digits a decimal has after its point.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// Reads a value, which stood in quotes or not; the error is a message that goes on behind the value.
    pub fn read<'a>(&mut self, text: &'a str, is_quoted: bool) -> Result<FieldValue<'a>, String> {
        let bare = if self.trim { text.trim_ascii() } else { text };
        if bare.is_empty() && !(self.kind == FieldType::Text && is_quoted) {
            return Ok(FieldValue::Missing);
        }
        let not_one = || format!("is not of the type `{}`", self.kind.name());
        Ok(match self.kind {
            FieldType::Text => FieldValue::Text(bare),
            FieldType::Json => FieldValue::Json(bare),
            FieldType::Boolean if bare.eq_ignore_ascii_case("true") => FieldValue::Boolean(true),
            FieldType::Boolean if bare.eq_ignore_ascii_case("false") => FieldValue::Boolean(false),
            FieldType::Boolean => return Err(not_one()),
            FieldType::Whole => {
                FieldValue::Whole(self.plain(bare).and_then(|text| digits(&text, 0)).ok_or_else(not_one)?)
            }
            FieldType::Decimal => FieldValue::Decimal(
                self.plain(bare).and_then(|text| digits(&text, self.scale)).ok_or_else(not_one)?,
            ),
            FieldType::Float => {
                FieldValue::Float(self.plain(bare).and_then(|text| text.parse().ok()).ok_or_else(not_one)?)
            }
            FieldType::Date => FieldValue::Date(self.day(bare).ok_or_else(not_one)?),
            FieldType::Time | FieldType::TimeZoned => self.time(bare)?,
        })
    }

    fn plain(&self, text: &str) -> Option<String> {
        self.numbers.plain(text.as_bytes()).and_then(|plain| String::from_utf8(plain.into_owned()).ok())
    }

    fn day(&self, text: &str) -> Option<i32> {
        let stamp = Stamp::parse(text.as_bytes()).filter(|stamp| stamp.clock.is_none())?;
        let (year, month, day) = stamp.date(self.form?);
        let days =
            Date::new(year, month, day).ok()?.duration_since(Date::constant(1970, 1, 1)).as_secs() / 86_400;
        i32::try_from(days).ok()
    }

    fn time(&mut self, text: &str) -> Result<FieldValue<'static>, String> {
        let time = self.times.nanoseconds(text.as_bytes(), self.before).map_err(|bad| bad.to_string())?;
        self.before = i64::try_from(time.div_euclid(1_000_000)).ok();
        Ok(FieldValue::Time(time))
    }
}

/// Returns a number's digits as a whole number of units of 10^-`scale`; `None` where it is no number, or has more of them.
fn digits(text: &str, scale: u32) -> Option<i128> {
    let (sign, bare) = text.strip_prefix('-').map_or((1, text), |bare| (-1, bare));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let is_number = !(whole.is_empty() && fraction.is_empty());
    let mut digits = whole.bytes().chain(fraction.bytes());
    if !is_number || !digits.all(|byte| byte.is_ascii_digit()) || fraction.len() > scale as usize {
        return None;
    }
    let zeros = 10_i128.checked_pow(scale - fraction.len() as u32)?;
    let size = format!("{whole}{fraction}").parse::<i128>().ok()?;
    size.checked_mul(zeros).map(|size| sign * size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Fold;

    fn field(kind: FieldType, format: Option<&str>) -> FieldSchema {
        FieldSchema { format: format.map(str::to_owned), ..FieldSchema::plain("x", kind, None) }
    }

    fn read<'a>(field: &FieldSchema, text: &'a str) -> Result<FieldValue<'a>, String> {
        FieldReader::new(field).expect("a reader").read(text, false)
    }

    #[test]
    fn values_are_what_their_column_says() {
        let decimal = FieldSchema { scale: Some(2), ..field(FieldType::Decimal, None) };
        let foreign = FieldSchema { scale: Some(3), ..field(FieldType::Decimal, Some("1.234,56")) };
        let zoned =
            FieldSchema { zone: Some("Europe/Berlin".into()), ..field(FieldType::Time, Some("Y-M-D")) };
        let trimmed = FieldSchema { trim: true, ..field(FieldType::Whole, None) };
        for (field, text, expected) in [
            (
                &field(FieldType::Whole, None),
                "-12345678901234567890",
                FieldValue::Whole(-12_345_678_901_234_567_890),
            ),
            (&trimmed, " 7 ", FieldValue::Whole(7)),
            (&decimal, "13.07", FieldValue::Decimal(1307)),
            (&decimal, "-.5", FieldValue::Decimal(-50)),
            (&decimal, "4", FieldValue::Decimal(400)),
            (&foreign, "1.234,5", FieldValue::Decimal(1_234_500)),
            (&field(FieldType::Float, None), "1e3", FieldValue::Float(1e3)),
            (&field(FieldType::Boolean, None), "TRUE", FieldValue::Boolean(true)),
            (&field(FieldType::Date, Some("M/D/Y")), "12/31/1969", FieldValue::Date(-1)),
            (&field(FieldType::Time, Some("Y-M-D")), "1969-12-31 23:59:59.999999999", FieldValue::Time(-1)),
            (&field(FieldType::Time, Some("Y-M-D")), "1970-01-02", FieldValue::Time(86_400_000_000_000)),
            (&field(FieldType::TimeZoned, Some("Y-M-D")), "1970-01-01T01:00+01:00", FieldValue::Time(0)),
            (&zoned, "1970-01-01T01:00", FieldValue::Time(0)),
            (&field(FieldType::Text, None), "a b", FieldValue::Text("a b")),
            (&field(FieldType::Json, None), "{\"a\": 1}", FieldValue::Json("{\"a\": 1}")),
        ] {
            assert_eq!(read(field, text), Ok(expected), "{text}");
        }
        for (field, text) in [
            (&field(FieldType::Whole, None), "1.0"),
            (&decimal, "1.234"),
            (&decimal, "-"),
            (&field(FieldType::Boolean, None), "yes"),
            (&field(FieldType::Date, Some("M/D/Y")), "31/12/1969"),
            (&zoned, "2024-03-31T02:30"),
        ] {
            assert!(read(field, text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_no_text() {
        let text = field(FieldType::Text, None);
        assert_eq!(read(&text, ""), Ok(FieldValue::Missing));
        assert_eq!(FieldReader::new(&text).expect("a reader").read("", true), Ok(FieldValue::Text("")));
        assert_eq!(
            FieldReader::new(&field(FieldType::Whole, None)).expect("a reader").read("", true),
            Ok(FieldValue::Missing)
        );
    }

    #[test]
    fn the_second_of_two_equal_times_is_told_by_order() {
        let times = ["2024-10-27T02:30", "2024-10-27T02:10", "2024-10-27T02:20"];
        let all = |fold| {
            let zone = Some("Europe/Berlin".to_owned());
            let mut reader =
                FieldReader::new(&FieldSchema { zone, fold, ..field(FieldType::Time, Some("Y-M-D")) })
                    .expect("a zone");
            times.map(|time| match reader.read(time, false) {
                Ok(FieldValue::Time(time)) => (time / 60_000_000_000 - 28_833_120) as i64,
                other => panic!("{other:?}"),
            })
        };
        let first = all(None);
        assert_eq!([first[1] - first[0], first[2] - first[0]], [-20, -10]);
        let by_order = all(Some(Fold::ByOrder));
        assert_eq!([by_order[1] - by_order[0], by_order[2] - by_order[0]], [40, 50]);
    }
}
