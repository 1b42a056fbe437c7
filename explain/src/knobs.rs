//! Says what rules change of a model. Where nothing is changed it computes as the batch job does.

use crate::record::{NEVER, Newest, Record};

/// All of it. A rule turns one.
#[expect(clippy::struct_excessive_bools, reason = "each is turned by one rule alone")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Knobs {
    pub(crate) times: Times,
    pub(crate) left_out: Left,
    pub(crate) copies: Copies,
    pub(crate) twice: bool,
    pub(crate) whole_values: bool,
    pub(crate) closed_right: bool,
    pub(crate) assigned: Assigned,
    pub(crate) from_first: bool,
    pub(crate) gap_exclusive: bool,
    pub(crate) ends: Ends,
    pub(crate) late: Late,
    pub(crate) missing: Missing,
    pub(crate) sums: Numbers,
    pub(crate) bounds: Bounds,
    pub(crate) ties: Ties,
    pub(crate) unmatched: Unmatched,
}

/// Says what becomes of event times. Each of these keeps their order, so that the newest stays the newest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Times {
    #[default]
    AsTheyAre,
    Cut(i64),
    Rounded(i64),
    Multiplied(i64),
    Divided(i64),
    Shifted(i64),
}

impl Times {
    #[inline]
    pub(crate) fn of(self, time_ms: i64) -> i64 {
        if time_ms == NEVER {
            return NEVER;
        }
        match self {
            Self::AsTheyAre => time_ms,
            Self::Cut(unit) => time_ms.div_euclid(unit).saturating_mul(unit),
            Self::Rounded(unit) => time_ms.saturating_add(unit / 2).div_euclid(unit).saturating_mul(unit),
            Self::Multiplied(by) => time_ms.saturating_mul(by),
            Self::Divided(by) => time_ms.div_euclid(by),
            Self::Shifted(by) => time_ms.saturating_add(by),
        }
    }
}

/// Which records don't count at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Left {
    #[default]
    None,
    EmptyKey,
    Zero,
    Partition(u32),
}

/// Which of records with one identity count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Copies {
    #[default]
    AsTheBatchJob,
    First,
    Last,
    Every,
}

/// Where windows begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Assigned {
    #[default]
    SinceTheEpoch,
    From(i64),
    TowardZero,
}

/// Tells what is said of a window's end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ends {
    #[default]
    Exclusive,
    Inclusive,
    AtLast,
    AfterLast,
}

/// Says what becomes of late records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Late {
    #[default]
    Kept,
    Dropped(Judged),
    InOpenWindow(Judged),
    RowOfItsOwn(Judged),
}

/// How it is found out that a record is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) by: By,
    pub(crate) delay_ms: i64,
}

/// By which records event time has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Record,
    Batch,
    BatchBefore,
}

impl By {
    /// How far event time had come when a record was judged.
    pub(crate) fn newest(self, record: &Record) -> i64 {
        let Newest { record_before, batch_before, batch_before_last } = record.newest;
        match self {
            Self::Record => record_before,
            Self::Batch => batch_before,
            Self::BatchBefore => batch_before_last,
        }
    }
}

impl Judged {
    /// The watermark that a record is held against; nothing as long as there is none. Between micro-batches it begins at the
    /// epoch, as in Spark.
    pub(crate) fn watermark(self, record: &Record, times: Times) -> Option<i64> {
        let newest = self.by.newest(record);
        let watermark = times.of(newest).saturating_sub(self.delay_ms);
        match self.by {
            By::Record => (newest != NEVER).then_some(watermark),
            By::Batch | By::BatchBefore => Some(watermark.max(0)),
        }
    }
}

/// Which windows never come out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Missing {
    #[default]
    None,
    After(i64),
    OfKey,
}

/// How sums are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Numbers {
    #[default]
    Exact,
    Wrap32,
    Wrap64,
    Doubles,
}

/// Which partners are near enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Bounds {
    #[default]
    Inclusive,
    FarExclusive,
    NearExclusive,
}

/// Which row of a table is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ties {
    #[default]
    Last,
    First,
    Arrived,
}

/// Says what becomes of left records without a partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Unmatched {
    #[default]
    Alone,
    Too,
    Missing,
}

/// A sum while it grows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    exact: i128,
    double: f64,
}

impl Sum {
    pub(crate) const NOTHING: Self = Self { exact: 0, double: 0.0 };

    pub(crate) fn add(&mut self, value: i64) {
        self.exact += i128::from(value);
        self.double += value as f64;
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.exact += other.exact;
        self.double += other.double;
    }

    pub(crate) fn told(self, numbers: Numbers) -> i128 {
        match numbers {
            Numbers::Exact => self.exact,
            Numbers::Wrap32 => i128::from(self.exact as i32),
            Numbers::Wrap64 => i128::from(self.exact as i64),
            Numbers::Doubles => self.double as i128,
        }
    }
}
