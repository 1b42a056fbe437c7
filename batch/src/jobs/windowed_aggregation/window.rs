//! Windows of event time: which a record is in, and how a user writes them.

use std::fmt;
use std::str::FromStr;

use datasets::shown;

use crate::BatchError;

/// Describes how event time is cut. Windows are half open; tumbling and sliding ones are aligned to the epoch, also
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// `tumbling:S`: each [kS, kS + S).
    Tumbling {
        /// The length S, at least 1.
        size_ms: i64,
    },
    /// `sliding:S:D`: each [kD, kD + S). With D above S there are gaps, and a record in one is in no window.
    Sliding {
        /// The length S, at least 1.
        size_ms: i64,
        /// The distance D from one start to the next, at least 1.
        slide_ms: i64,
    },
    /// `session:G`: a record at t is [t, t + G), and those of one key that overlap or touch are one.
    Session {
        /// The gap G, at least 1, that nothing may fall into for a session to end.
        gap_ms: i64,
    },
}

impl Window {
    /// Its numbers, with their names.
    fn numbers(self) -> impl Iterator<Item = (&'static str, i64)> {
        let numbers = match self {
            Self::Tumbling { size_ms } => [Some(("size", size_ms)), None],
            Self::Sliding { size_ms, slide_ms } => [Some(("size", size_ms)), Some(("slide", slide_ms))],
            Self::Session { gap_ms } => [Some(("gap", gap_ms)), None],
        };
        numbers.into_iter().flatten()
    }

    /// That all its numbers are positive.
    pub(crate) fn check(self) -> Result<(), BatchError> {
        match self.numbers().find(|&(_, number)| number < 1) {
            None => Ok(()),
            Some((name, number)) => {
                let message =
                    format!("window '{self}': the {name} is {number} ms, but must be at least 1 ms");
                Err(BatchError::whole(message))
            }
        }
    }

    /// The first window that holds this time, and the last one, as start and end; the same one unless they slide.
    /// `None` if no window holds it.
    pub(super) fn around(self, time_ms: i64) -> Option<[(i128, i128); 2]> {
        let time = i128::from(time_ms);
        match self {
            Self::Tumbling { size_ms } => Self::Sliding { size_ms, slide_ms: size_ms }.around(time_ms),
            Self::Sliding { size_ms, slide_ms } => {
                let (first, last) = indices(time_ms, size_ms, slide_ms);
                let window = |index: i128| {
                    let start = index * i128::from(slide_ms);
                    (start, start + i128::from(size_ms))
                };
                (first <= last).then(|| [window(first), window(last)])
            }
            Self::Session { gap_ms } => Some([(time, time + i128::from(gap_ms)); 2]),
        }
    }

    /// Why a record with this time is refused, if it is: one of its windows begins or ends beyond 64 bits.
    pub fn refusal(self, time_ms: i64) -> Option<String> {
        self.overflow(time_ms).map(|(start, end)| {
            format!(
                "event time {time_ms} ms: its window [{start}, {end}) of {self} doesn't fit in 64 bits; \
                check the time's unit, or leave the record out"
            )
        })
    }

    /// The window that holds this time and has an end that 64 bits don't hold.
    pub(super) fn overflow(self, time_ms: i64) -> Option<(i128, i128)> {
        let (before, after) = match self {
            Self::Tumbling { size_ms } | Self::Sliding { size_ms, .. } => (size_ms, size_ms),
            Self::Session { gap_ms } => (0, gap_ms),
        };
        // Quick and nearly always enough: a window that holds a time reaches no farther than its own length.
        if time_ms.checked_sub(before).is_some() && time_ms.checked_add(after).is_some() {
            return None;
        }
        let fits = |at: i128| i64::try_from(at).is_ok();
        self.around(time_ms)?.into_iter().find(|&(start, end)| !fits(start) || !fits(end))
    }
}

/// The k of the first and of the last [kD, kD + S) that holds this time; where none does, the first lies behind
/// the last, and is the first that ends after this time.
pub(crate) fn indices(time_ms: i64, size_ms: i64, slide_ms: i64) -> (i128, i128) {
    let time = i128::from(time_ms);
    (floor_divided(time - i128::from(size_ms), slide_ms) + 1, floor_divided(time, slide_ms))
}

/// Rounded down. 64 bits divide several times as fast as 128 and are nearly always enough.
fn floor_divided(number: i128, positive: i64) -> i128 {
    match i64::try_from(number) {
        Ok(number) => i128::from(number.div_euclid(positive)),
        Err(_) => number.div_euclid(i128::from(positive)),
    }
}

/// As a user would write it.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tumbling { size_ms } => write!(f, "tumbling:{size_ms}"),
            Self::Sliding { size_ms, slide_ms } => write!(f, "sliding:{size_ms}:{slide_ms}"),
            Self::Session { gap_ms } => write!(f, "session:{gap_ms}"),
        }
    }
}

impl FromStr for Window {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        parse(text).map_err(|wrong| BatchError::whole(format!("window '{}': {wrong}", shown(text))))
    }
}

fn parse(text: &str) -> Result<Window, String> {
    let (kind, numbers) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "tumbling" => {
            let [size_ms] = fields(numbers, ["size"], "tumbling:10000")?;
            Ok(Window::Tumbling { size_ms })
        }
        "sliding" => {
            let [size_ms, slide_ms] = fields(numbers, ["size", "slide"], "sliding:60000:10000")?;
            Ok(Window::Sliding { size_ms, slide_ms })
        }
        "session" => {
            let [gap_ms] = fields(numbers, ["gap"], "session:30000")?;
            Ok(Window::Session { gap_ms })
        }
        _ => Err("must be tumbling:SIZE, sliding:SIZE:SLIDE or session:GAP in milliseconds, \
            such as tumbling:10000"
            .to_owned()),
    }
}

fn fields<const N: usize>(numbers: &str, names: [&str; N], example: &str) -> Result<[i64; N], String> {
    let given: Vec<&str> = numbers.split(':').collect();
    let mut read = [0; N];
    for (i, (name, read)) in names.into_iter().zip(&mut read).enumerate() {
        let field = given.get(i).copied().unwrap_or("");
        *read = positive(field).map_err(|wrong| format!("the {name} {wrong}, such as {example}"))?;
    }
    match given.get(N) {
        None => Ok(read),
        Some(_) => Err(format!("nothing may follow the {}, such as {example}", names[N - 1])),
    }
}

/// Digits only: no sign, no space.
fn positive(field: &str) -> Result<i64, String> {
    if field.is_empty() {
        return Err("is missing; it must be a number of milliseconds".to_owned());
    }
    if !field.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("must be a whole number of milliseconds, digits only".to_owned());
    }
    match field.parse() {
        Ok(0) => Err("must be at least 1 ms".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("must be at most {} ms", i64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_as_they_are_read() {
        for (text, window) in [
            ("tumbling:1", Window::Tumbling { size_ms: 1 }),
            ("sliding:60000:1000", Window::Sliding { size_ms: 60_000, slide_ms: 1000 }),
            ("sliding:5:7", Window::Sliding { size_ms: 5, slide_ms: 7 }),
            ("session:9223372036854775807", Window::Session { gap_ms: i64::MAX }),
        ] {
            assert_eq!(text.parse(), Ok(window));
            assert_eq!(window.to_string(), text);
        }
    }

    #[test]
    fn an_error_names_what_is_wrong_and_an_example() {
        for (text, wrong, example) in [
            ("", "must be tumbling:SIZE, sliding:SIZE:SLIDE or session:GAP", "tumbling:10000"),
            ("hopping:5", "must be tumbling:SIZE", "tumbling:10000"),
            ("Tumbling:5", "must be tumbling:SIZE", "tumbling:10000"),
            ("tumbling", "the size is missing", "tumbling:10000"),
            ("tumbling:", "the size is missing", "tumbling:10000"),
            ("tumbling:0", "the size must be at least 1 ms", "tumbling:10000"),
            ("tumbling:-5", "the size must be a whole number", "tumbling:10000"),
            ("tumbling:+5", "the size must be a whole number", "tumbling:10000"),
            ("tumbling:10s", "the size must be a whole number", "tumbling:10000"),
            ("tumbling:9223372036854775808", "the size must be at most", "tumbling:10000"),
            ("tumbling:5:5", "nothing may follow the size", "tumbling:10000"),
            ("sliding:5", "the slide is missing", "sliding:60000:10000"),
            ("sliding::5", "the size is missing", "sliding:60000:10000"),
            ("sliding:5:0", "the slide must be at least 1 ms", "sliding:60000:10000"),
            ("sliding:5:5:5", "nothing may follow the slide", "sliding:60000:10000"),
            ("session:", "the gap is missing", "session:30000"),
            ("session: 5", "the gap must be a whole number", "session:30000"),
        ] {
            let error = text.parse::<Window>().expect_err(text);
            assert_eq!(error.record, None);
            let message = error.to_string();
            let starts = format!("window '{text}': {wrong}");
            assert!(message.starts_with(&starts) && message.ends_with(example), "{text}: {message}");
        }
    }

    #[test]
    fn a_window_of_no_length_is_refused_however_it_was_made() {
        let message = |window: Window| window.check().expect_err("not positive").to_string();
        let none = Window::Sliding { size_ms: 5, slide_ms: 0 };
        assert_eq!(message(none), "window 'sliding:5:0': the slide is 0 ms, but must be at least 1 ms");
        let negative = Window::Session { gap_ms: -1 };
        assert_eq!(message(negative), "window 'session:-1': the gap is -1 ms, but must be at least 1 ms");
    }
}
