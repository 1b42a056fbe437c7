//! The kinds of windows, as users write them.

use std::{fmt, str::FromStr};

/// A record is put into each of its windows; a user who wants more of them per record has mistyped a unit.
const MOST_WINDOWS_PER_RECORD: i64 = 100_000;

/// A length of time in milliseconds, above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ms(i64);

impl Ms {
    /// `None` unless `ms` is above 0.
    pub fn new(ms: i64) -> Option<Self> {
        (ms > 0).then_some(Self(ms))
    }

    /// The number of milliseconds.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// Describes how event time is cut into windows: half open, aligned to the epoch.
///
/// ```
/// use stream::windows::Windows;
/// let windows: Windows = "sliding:60000:10000".parse()?;
/// assert_eq!(windows.to_string(), "sliding:60000:10000");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Windows {
    /// One behind the other: `tumbling:SIZE`.
    Tumbling {
        /// Says how long each is.
        size: Ms,
    },
    /// All `[k · slide, k · slide + size)`: `sliding:SIZE:SLIDE`. With a slide above the size there are gaps.
    Sliding {
        /// Says how long each is.
        size: Ms,
        /// From the start of one to the start of the next.
        slide: Ms,
    },
    /// Each record is `[t, t + gap)`, and those of one key that overlap or touch are one window: `session:GAP`.
    Session {
        /// Says how long a silence ends a session.
        gap: Ms,
    },
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tumbling { size } => write!(f, "tumbling:{}", size.0),
            Self::Sliding { size, slide } => write!(f, "sliding:{}:{}", size.0, slide.0),
            Self::Session { gap } => write!(f, "session:{}", gap.0),
        }
    }
}

impl FromStr for Windows {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            ["tumbling", size] => Ok(Self::Tumbling { size: length(text, "size", size)? }),
            ["sliding", size, slide] => sliding(text, size, slide),
            ["session", gap] => Ok(Self::Session { gap: length(text, "gap", gap)? }),
            ["tumbling", ..] => Err(misshapen(text, "tumbling:SIZE")),
            ["sliding", ..] => Err(misshapen(text, "sliding:SIZE:SLIDE")),
            ["session", ..] => Err(misshapen(text, "session:GAP")),
            _ => Err(format!(
                "unknown windows '{}', expected one of: tumbling:SIZE, sliding:SIZE:SLIDE and session:GAP in \
                 milliseconds, such as {}",
                text.escape_debug(),
                example(text)
            )),
        }
    }
}

fn sliding(text: &str, size: &str, slide: &str) -> Result<Windows, String> {
    let (size, slide) = (length(text, "size", size)?, length(text, "slide", slide)?);
    let windows = size.0 / slide.0;
    if windows > MOST_WINDOWS_PER_RECORD {
        return Err(format!(
            "'{text}' puts each record into {windows} windows, {MOST_WINDOWS_PER_RECORD} are allowed: make the \
             slide longer, such as {}",
            example(text)
        ));
    }
    Ok(Windows::Sliding { size, slide })
}

fn misshapen(text: &str, form: &str) -> String {
    format!("'{}' should be {form}, in milliseconds, such as {}", text.escape_debug(), example(text))
}

fn length(text: &str, name: &str, digits: &str) -> Result<Ms, String> {
    let complain = |why: &str| {
        let text = text.escape_debug();
        format!("the {name} in '{text}' {why}, such as {}", example(&text.to_string()))
    };
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(complain("should be a whole number of milliseconds"));
    }
    // Only digits and a sign are left, so whatever doesn't fit is too large.
    match digits.parse().ok() {
        None => Err(complain("is too large: it should be a number of milliseconds below 2^63")),
        Some(0) => Err(complain("is 0: it should be at least 1 millisecond")),
        Some(ms) => Ms::new(ms).ok_or_else(|| complain("is negative: it should be at least 1 millisecond")),
    }
}

fn example(text: &str) -> &'static str {
    match text.split(':').next() {
        Some("sliding") => "sliding:60000:10000",
        Some("session") => "session:30000",
        _ => "tumbling:10000",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_as_they_are_written() {
        for text in ["tumbling:10000", "sliding:60000:10000", "sliding:3:7", "session:1"] {
            assert_eq!(text.parse::<Windows>().map(|windows| windows.to_string()), Ok(text.to_owned()));
        }
        let longest = format!("tumbling:{}", i64::MAX);
        assert_eq!(longest.parse::<Windows>().map(|windows| windows.to_string()), Ok(longest));
    }

    #[test]
    fn what_is_not_a_window_is_refused_with_the_reason_and_an_example() {
        for (text, expected) in [
            (
                "tumbling:0",
                "the size in 'tumbling:0' is 0: it should be at least 1 millisecond, such as tumbling:10000",
            ),
            (
                "session:-5",
                "the gap in 'session:-5' is negative: it should be at least 1 millisecond, such as session:30000",
            ),
            (
                "sliding:10:0",
                "the slide in 'sliding:10:0' is 0: it should be at least 1 millisecond, such as sliding:60000:10000",
            ),
            (
                "tumbling:10s",
                "the size in 'tumbling:10s' should be a whole number of milliseconds, such as tumbling:10000",
            ),
            (
                "tumbling:",
                "the size in 'tumbling:' should be a whole number of milliseconds, such as tumbling:10000",
            ),
            (
                "tumbling:+5",
                "the size in 'tumbling:+5' should be a whole number of milliseconds, such as tumbling:10000",
            ),
            (
                "tumbling:-",
                "the size in 'tumbling:-' should be a whole number of milliseconds, such as tumbling:10000",
            ),
            ("tumbling", "'tumbling' should be tumbling:SIZE, in milliseconds, such as tumbling:10000"),
            (
                "sliding:5",
                "'sliding:5' should be sliding:SIZE:SLIDE, in milliseconds, such as sliding:60000:10000",
            ),
            ("session:1:2", "'session:1:2' should be session:GAP, in milliseconds, such as session:30000"),
            (
                "",
                "unknown windows '', expected one of: tumbling:SIZE, sliding:SIZE:SLIDE and session:GAP in milliseconds, such as tumbling:10000",
            ),
            (
                "Tumbling:5",
                "unknown windows 'Tumbling:5', expected one of: tumbling:SIZE, sliding:SIZE:SLIDE and session:GAP in milliseconds, such as tumbling:10000",
            ),
            (
                "session:9223372036854775808",
                "the gap in 'session:9223372036854775808' is too large: it should be a number of milliseconds below 2^63, such as session:30000",
            ),
            (
                "sliding:100001:1",
                "'sliding:100001:1' puts each record into 100001 windows, 100000 are allowed: make the slide longer, such as sliding:60000:10000",
            ),
        ] {
            assert_eq!(text.parse::<Windows>(), Err(expected.to_owned()));
        }
    }
}
