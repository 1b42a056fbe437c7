//! When a job acts: on each record, or on a micro-batch.

use std::{fmt, num::NonZeroU64, str::FromStr};

/// When a micro-batch ends. A batch is a superstep: the same records and the same edges give the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// On each record.
    Record,
    /// When this many records are there; the last batch may be shorter.
    EveryRecords(NonZeroU64),
    /// Each time this many milliseconds have passed, by the time at which records are due.
    EveryMs(NonZeroU64),
    /// As soon as the batch before has ended, with all that has arrived meanwhile.
    Eager,
    /// Once, at the end of input.
    Once,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record => f.write_str("record"),
            Self::EveryRecords(n) => write!(f, "every {n} records"),
            Self::EveryMs(ms) => write!(f, "every {ms}ms"),
            Self::Eager => f.write_str("eager"),
            Self::Once => f.write_str("once"),
        }
    }
}

impl FromStr for Trigger {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let interval = text.strip_prefix("every ").map(str::trim);
        match (text, interval) {
            ("record", _) => Some(Self::Record),
            ("eager", _) => Some(Self::Eager),
            ("once" | "available-now", _) => Some(Self::Once),
            (_, Some(interval)) => every(interval),
            _ => None,
        }
        .ok_or_else(|| {
            let least = interval.map_or("", |_| "; the number in it is at least 1, the unit records, ms, s or min");
            format!(
                "unknown trigger '{text}', expected one of: record, 'every 1000 records', 'every 100ms', eager, once{least}"
            )
        })
    }
}

fn every(interval: &str) -> Option<Trigger> {
    let digits = interval.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = interval.split_at(digits);
    let number: NonZeroU64 = number.parse().ok()?;
    let ms = |factor: u64| Some(Trigger::EveryMs(number.checked_mul(NonZeroU64::new(factor)?)?));
    match unit.trim() {
        "record" | "records" => Some(Trigger::EveryRecords(number)),
        "ms" => ms(1),
        "s" => ms(1000),
        "min" => ms(60_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_read_as_they_are_written() {
        for text in ["record", "every 1000 records", "every 100ms", "eager", "once"] {
            assert_eq!(text.parse::<Trigger>().map(|trigger| trigger.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("every 2s".parse(), "every 2000ms".parse::<Trigger>());
        assert_eq!("available-now".parse(), Ok(Trigger::Once));
    }

    #[test]
    fn what_is_not_a_trigger_is_refused() {
        for text in
            ["", "every", "every 0 records", "every -1ms", "every 5", "every 5 h", "every ms", "records"]
        {
            assert!(text.parse::<Trigger>().is_err(), "{text}");
        }
        assert!("every 18446744073709551615min".parse::<Trigger>().is_err());
    }
}
