//! Which results are emitted, and when.

use std::{fmt, str::FromStr};

use super::Windows;

/// Which rows a micro-batch emits: Spark's output modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputMode {
    /// Each row once, when its window is complete.
    #[default]
    Append,
    /// The rows that the batch has changed.
    Update,
    /// The whole table; nothing is late, nothing is ever forgotten.
    Complete,
}

impl OutputMode {
    /// Returns whether this mode works for an aggregation over `windows` with this watermark, or without any.
    pub fn check(self, windows: Windows, delay_ms: Option<i64>) -> Result<(), String> {
        if self == Self::Append && delay_ms.is_none() {
            return Err(
                "append on an aggregation needs a watermark: give a delay, or use update or complete".into(),
            );
        }
        if self == Self::Update && matches!(windows, Windows::Session { .. }) {
            // A row is known by its window, and a session's window changes as it grows.
            return Err("update can't be used on session windows: use append or complete".into());
        }
        Ok(())
    }
}

impl fmt::Display for OutputMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Append => "append",
            Self::Update => "update",
            Self::Complete => "complete",
        })
    }
}

impl FromStr for OutputMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let modes = [Self::Append, Self::Update, Self::Complete];
        modes.into_iter().find(|mode| mode.to_string() == text).ok_or_else(|| {
            format!(
                "unknown output mode '{}', expected one of: append, update, complete",
                text.escape_debug()
            )
        })
    }
}

/// Describes what becomes of the row of a session that has fired, once a late record makes it part of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Superseding {
    /// It stands beside the longer one's, and their records count in both: Flink's windows retract nothing.
    #[default]
    Keep,
    /// It is taken back by a row that counts no records, as Kafka Streams does.
    Withdraw,
}

impl fmt::Display for Superseding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "keep",
            Self::Withdraw => "withdraw",
        })
    }
}

impl FromStr for Superseding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ways = [Self::Keep, Self::Withdraw];
        ways.into_iter()
            .find(|way| way.to_string() == text)
            .ok_or_else(|| format!("'{}' should be keep or withdraw", text.escape_debug()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_supersede_are_read_as_they_are_written() {
        for text in ["keep", "withdraw"] {
            assert_eq!(text.parse::<Superseding>().map(|way| way.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("drop".parse::<Superseding>(), Err("'drop' should be keep or withdraw".to_owned()));
    }

    #[test]
    fn modes_are_read_as_they_are_written() {
        for text in ["append", "update", "complete"] {
            assert_eq!(text.parse::<OutputMode>().map(|mode| mode.to_string()), Ok(text.to_owned()));
        }
        let message = "unknown output mode 'Append', expected one of: append, update, complete";
        assert_eq!("Append".parse::<OutputMode>(), Err(message.to_owned()));
    }

    #[test]
    fn each_mode_says_what_it_needs() {
        let windows: Windows = "tumbling:10".parse().unwrap();
        let session: Windows = "session:10".parse().unwrap();
        let message =
            "append on an aggregation needs a watermark: give a delay, or use update or complete".to_owned();
        assert_eq!(OutputMode::Append.check(windows, None), Err(message));
        for (mode, windows, delay_ms) in [
            (OutputMode::Append, windows, Some(0)),
            (OutputMode::Append, session, Some(0)),
            (OutputMode::Update, windows, None),
            (OutputMode::Update, windows, Some(5)),
            (OutputMode::Complete, windows, None),
            (OutputMode::Complete, session, None),
        ] {
            assert_eq!(mode.check(windows, delay_ms), Ok(()), "{mode} {windows}");
        }
        assert!(OutputMode::Update.check(session, Some(5)).is_err());
    }
}
