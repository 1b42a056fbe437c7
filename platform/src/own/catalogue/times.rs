//! How times are written in the answer of a catalogue's problem, which has them in milliseconds: as a number in another unit,
//! or by a pattern.

use datasets::TimeUnit;
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};

/// Says how the times of an answer are written.
#[derive(Debug, Clone)]
pub(super) enum TimesForm {
    /// As a number of these since the Unix epoch.
    Number(TimeUnit),
    /// By a pattern of `strftime`, by the clock of a zone.
    Pattern {
        /// The pattern.
        pattern: String,
        /// Whose clock it is.
        zone: TimeZone,
    },
}

impl TimesForm {
    /// Reads what stands in an experiment. The clock is that of `zone`, or UTC; the error says what is wrong and what would be
    /// right.
    pub(super) fn read(text: Option<&str>, zone: Option<&str>) -> Result<Self, [String; 2]> {
        let Some(text) = text else { return Ok(Self::Number(TimeUnit::Ms)) };
        if let Some(unit) = TimeUnit::ALL.into_iter().find(|unit| unit.name() == text) {
            return Ok(Self::Number(unit));
        }
        let wrong = |why: String| {
            [
                why,
                "say \"ms\", \"s\", \"us\" or \"ns\", or a pattern such as \"%Y-%m-%dT%H:%M:%SZ\"".to_owned(),
            ]
        };
        let shown = datasets::shown(text);
        if !text.contains('%') {
            return Err(wrong(format!("'{shown}' is neither a unit nor a pattern")));
        }
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name)
                .map_err(|_| wrong(format!("the zone {} isn't known", datasets::shown(name))))?,
        };
        let form = Self::Pattern { pattern: text.to_owned(), zone };
        form.write(0).map(|_| form).map_err(|why| wrong(format!("'{shown}' is no pattern: {why}")))
    }

    /// Writes a time, given in milliseconds since the Unix epoch; the error says why it can't be written so.
    pub(super) fn write(&self, ms: i64) -> Result<String, String> {
        match self {
            Self::Number(TimeUnit::Ms) => Ok(ms.to_string()),
            Self::Number(TimeUnit::Us) => Ok((i128::from(ms) * 1_000).to_string()),
            Self::Number(TimeUnit::Ns) => Ok((i128::from(ms) * 1_000_000).to_string()),
            Self::Number(TimeUnit::S) => Ok(seconds(ms)),
            Self::Pattern { pattern, zone } => {
                let time = Timestamp::from_millisecond(ms).map_err(|error| error.to_string())?;
                strtime::format(pattern, &time.to_zoned(zone.clone())).map_err(|error| error.to_string())
            }
        }
    }

    /// Says whether it is a number of milliseconds.
    pub(super) fn is_ms(&self) -> bool {
        matches!(self, Self::Number(TimeUnit::Ms))
    }

    /// Reads a time that is written so, in milliseconds since the Unix epoch; nothing where it isn't.
    pub(super) fn ms(&self, text: &str) -> Option<i64> {
        let whole = |unit: i128| {
            let number: i128 = text.parse().ok()?;
            (number % unit == 0).then(|| i64::try_from(number / unit).ok())?
        };
        match self {
            Self::Number(TimeUnit::Ms) => text.parse().ok(),
            Self::Number(TimeUnit::Us) => whole(1_000),
            Self::Number(TimeUnit::Ns) => whole(1_000_000),
            Self::Number(TimeUnit::S) => {
                let (size, is_negative) = text.strip_prefix('-').map_or((text, false), |size| (size, true));
                let ms = i64::try_from(datasets::to_scale(size, 1000).ok()?).ok()?;
                Some(if is_negative { -ms } else { ms })
            }
            Self::Pattern { pattern, zone } => {
                let time = strtime::parse(pattern, text).ok()?;
                let instant = time.to_timestamp().ok().or_else(|| {
                    let civil = time.to_datetime().ok().or_else(|| Some(time.to_date().ok()?.into()))?;
                    Some(civil.to_zoned(zone.clone()).ok()?.timestamp())
                })?;
                // What is written as well of another time isn't known.
                let ms = instant.as_millisecond();
                (self.write(ms).ok()? == text).then_some(ms)
            }
        }
    }
}

/// Writes seconds as short as can be, for a key is compared as it is written.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let text = format!("{sign}{}", datasets::from_scale(ms.unsigned_abs(), 1000));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_a_unit_or_by_a_pattern() {
        for (form, zone, ms, expected) in [
            (None, None, -1, "-1"),
            (Some("ms"), None, 1_500, "1500"),
            (Some("s"), None, 1_500, "1.5"),
            (Some("s"), None, -1_001, "-1.001"),
            (Some("s"), None, 3_600_000, "3600"),
            (Some("s"), None, 0, "0"),
            (Some("us"), None, i64::MAX, "9223372036854775807000"),
            (Some("ns"), None, -2, "-2000000"),
            (Some("%Y-%m-%dT%H:%M:%SZ"), None, -1_000, "1969-12-31T23:59:59Z"),
            (Some("%Y-%m-%d %H"), Some("Europe/Berlin"), 1_774_746_000_000, "2026-03-29 03"),
        ] {
            let form = TimesForm::read(form, zone).expect("a form");
            assert_eq!(form.write(ms).as_deref(), Ok(expected), "{form:?}");
            assert_eq!(form.ms(expected), Some(ms), "{form:?}");
            assert_eq!(form.ms("x"), None);
        }
        let year = TimesForm::read(Some("%Y"), None).expect("a form");
        assert!(year.write(i64::MAX).is_err());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (text, zone, why) in [
            ("minutes", None, "'minutes' is neither a unit nor a pattern"),
            ("%Y-%", None, "'%Y-%' is no pattern"),
            ("%Y", Some("Europe/Berln"), "the zone Europe/Berln isn't known"),
        ] {
            let [found, hint] = TimesForm::read(Some(text), zone).expect_err(text);
            assert!(found.starts_with(why) && hint.contains("%H"), "{found}");
        }
    }
}
