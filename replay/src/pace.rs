//! The pace at which records fall due.

use std::{fmt, str::FromStr};

/// When records fall due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Never: each is fed as soon as the one before is done.
    Max,
    /// This many each second, on an absolute schedule.
    Rate(f64),
    /// When they arrived according to the data, this many times as fast.
    Recorded(f64),
}

/// Why a pace can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaceError {
    /// The text isn't one.
    #[error("'{0}' is not a pace: give max, a rate such as 100000/s, recorded, or recorded x60")]
    Unknown(String),
    /// The data has no arrival times.
    #[error("pace recorded needs arrival times, and the dataset has no column arrival_ms")]
    NoArrivals,
    /// Another order than the recorded one has no recorded times.
    #[error("pace recorded goes with order recorded only")]
    Rearranged,
}

/// A rate above this leaves less than a nanosecond between records.
const MAX_RATE: f64 = 1e9;

impl FromStr for Pace {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Self, PaceError> {
        let unknown = || PaceError::Unknown(text.to_owned());
        let number = |digits: &str, most: f64| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_');
            let value = digits.replace('_', "").parse::<f64>().ok().filter(|_| plain);
            value.filter(|value| *value > 0.0 && *value <= most).ok_or_else(unknown)
        };
        let text = text.trim();
        match text {
            "max" => Ok(Self::Max),
            "recorded" => Ok(Self::Recorded(1.0)),
            _ => match (text.strip_suffix("/s"), text.strip_prefix("recorded x")) {
                (Some(rate), _) => number(rate, MAX_RATE).map(Self::Rate),
                (_, Some(speed)) => number(speed, MAX_RATE).map(Self::Recorded),
                _ => Err(unknown()),
            },
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => write!(f, "max"),
            Self::Rate(rate) => write!(f, "{rate}/s"),
            Self::Recorded(speed) if speed.to_bits() == 1.0_f64.to_bits() => write!(f, "recorded"),
            Self::Recorded(speed) => write!(f, "recorded x{speed}"),
        }
    }
}

/// When each record is due, counted from the start of the replay.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule<'a> {
    /// Record i is due after i of these intervals. Each due time is computed anew, so errors don't add up.
    Every {
        /// In nanoseconds, not whole.
        interval_ns: f64,
    },
    /// Record i is due when it arrived, this many times as fast.
    Recorded {
        /// The arrival times in milliseconds, by record. Where they go back, the record is due with the one before.
        arrivals_ms: &'a [i64],
        /// Says how many times as fast.
        speed: f64,
        /// The latest arrival so far.
        latest_ms: i64,
    },
}

impl<'a> Schedule<'a> {
    /// The schedule of `pace`; `None` at pace max, where nothing falls due.
    pub fn new(
        pace: Pace,
        rearranged: bool,
        arrivals_ms: Option<&'a [i64]>,
    ) -> Result<Option<Self>, PaceError> {
        match pace {
            Pace::Max => Ok(None),
            Pace::Rate(rate) => Ok(Some(Self::Every { interval_ns: 1e9 / rate })),
            Pace::Recorded(_) if rearranged => Err(PaceError::Rearranged),
            Pace::Recorded(speed) => {
                let arrivals_ms = arrivals_ms.ok_or(PaceError::NoArrivals)?;
                let latest_ms = arrivals_ms.first().copied().unwrap_or(0);
                Ok(Some(Self::Recorded { arrivals_ms, speed, latest_ms }))
            }
        }
    }

    /// Returns how many of the first `records` are due within `seconds` of the start.
    pub fn records_within(&self, seconds: f64, records: usize) -> usize {
        let mut schedule = self.clone();
        (0..records).find(|&index| schedule.due_ns(index) as f64 > seconds * 1e9).unwrap_or(records)
    }

    /// When the last of the first `records` is due, in nanoseconds from the start.
    pub fn length_ns(&self, records: usize) -> u64 {
        let mut schedule = self.clone();
        (0..records).map(|index| schedule.due_ns(index)).last().unwrap_or(0)
    }

    /// When record `index` is due, in nanoseconds from the start; asked for in ascending order.
    pub fn due_ns(&mut self, index: usize) -> u64 {
        match self {
            Self::Every { interval_ns } => (index as f64 * *interval_ns) as u64,
            Self::Recorded { arrivals_ms, speed, latest_ms } => {
                *latest_ms = (*latest_ms).max(arrivals_ms[index]);
                let since_start_ms = i128::from(*latest_ms) - i128::from(arrivals_ms[0]);
                (since_start_ms as f64 * 1e6 / *speed) as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_are_read_as_they_are_written() {
        for text in ["max", "100000/s", "0.5/s", "recorded", "recorded x60", "recorded x0.5"] {
            assert_eq!(text.parse::<Pace>().map(|pace| pace.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("100_000/s".parse(), Ok(Pace::Rate(100_000.0)));
    }

    #[test]
    fn what_is_no_pace_is_refused() {
        for text in [
            "",
            "fast",
            "0/s",
            "-1/s",
            "1e999/s",
            "NaN/s",
            "inf/s",
            "/s",
            "10000000000/s",
            "recorded x0",
            "recorded60",
        ] {
            assert_eq!(text.parse::<Pace>(), Err(PaceError::Unknown(text.to_owned())));
        }
    }

    #[test]
    fn a_rate_does_not_drift() {
        let mut schedule = Schedule::new(Pace::Rate(3.0), false, None).expect("valid").expect("paced");
        let due: Vec<u64> = [0, 1, 3, 3_000_000].map(|index| schedule.due_ns(index)).into();
        assert_eq!(due, [0, 333_333_333, 1_000_000_000, 1_000_000_000_000_000]);
        assert_eq!((schedule.records_within(2.0, 100), schedule.records_within(2.0, 5)), (7, 5));
    }

    #[test]
    fn recorded_time_runs_at_its_speed_and_never_back() {
        let arrivals = [1000, 1060, 1030, 1120];
        let mut schedule =
            Schedule::new(Pace::Recorded(60.0), false, Some(&arrivals)).expect("valid").expect("paced");
        let due: Vec<u64> = (0..4).map(|index| schedule.due_ns(index)).collect();
        assert_eq!(due, [0, 1_000_000, 1_000_000, 2_000_000]);
        assert_eq!(Schedule::new(Pace::Recorded(1.0), false, None), Err(PaceError::NoArrivals));
        assert_eq!(Schedule::new(Pace::Recorded(1.0), true, Some(&arrivals)), Err(PaceError::Rearranged));
    }
}
