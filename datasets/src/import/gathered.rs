//! Describes what the rows of a file bring together, on its way to become an instance.

use std::collections::BTreeMap;
use std::path::Path;

use super::time::{TimeNotes, TimeUnit};
use super::{EventTimes, ImportOptions, Summary};
use crate::column::{ARRIVAL, Column, EVENT_TIME};
use crate::error::{Error, Place};
use crate::instance::Instance;
use crate::keys::Keys;
use crate::rejected::{Rejected, count};
use crate::source::Source;
use crate::value::Value;

/// 1990-01-01 and 2101-01-01: data from outside these years is rarer than a wrong unit.
const USUAL_MS: std::ops::Range<i64> = 631_152_000_000..4_133_980_800_000;

/// The good rows, and what became of the others.
pub(super) struct Gathered {
    columns: Vec<Column>,
    /// The fields, row after row.
    pub(super) values: Vec<u64>,
    pub(super) keys: Keys,
    pub(super) times: TimeNotes,
    /// Says how many numbers were rounded.
    pub(super) rounded: u64,
    pub(super) rejected: Vec<Rejected>,
}

impl Gathered {
    /// Nothing yet, with room for so many rows.
    pub(super) fn new(columns: Vec<Column>, rows: u64) -> Self {
        let room = usize::try_from(rows).unwrap_or(0).saturating_mul(columns.len());
        Self {
            columns,
            values: Vec::with_capacity(room),
            keys: Keys::default(),
            times: TimeNotes::default(),
            rounded: 0,
            rejected: Vec::new(),
        }
    }

    /// Sorts, and tells what there is to tell. Name and scale are the caller's to set.
    pub(super) fn finish(
        mut self,
        path: &Path,
        options: &ImportOptions,
        parameters: BTreeMap<String, Value>,
        source: Source,
    ) -> Result<(Instance, Summary), Error> {
        if !options.records_only {
            self.refuse_nothing_good(path)?;
        }
        if options.sort_by_arrival {
            self.sort_by_arrival();
        }
        let event_times = self.event_times();
        let summary = Summary {
            rejected: count(&self.rejected),
            floored_times: self.times.floored,
            folded_times: self.times.folded,
            second_times: self.times.second,
            leap_seconds: self.times.leap,
            rounded_numbers: self.rounded,
            warnings: event_times.and_then(unusual).into_iter().collect(),
            event_times,
            ..Summary::default()
        };
        let instance = Instance {
            name: String::new(),
            problem: options.problem.clone(),
            columns: self.columns,
            values: self.values,
            scale: 1,
            parameters,
            keys: self.keys,
            optimum: None,
            best_known: None,
            source: Source {
                time_unit: (options.time_unit != TimeUnit::Ms).then(|| options.time_unit.name().to_owned()),
                time_zone: options.time_zone.clone(),
                sorted_by: options.sort_by_arrival.then(|| ARRIVAL.name.to_owned()),
                ..source
            },
            rejected: self.rejected,
        };
        Ok((instance, summary))
    }

    fn refuse_nothing_good(&self, path: &Path) -> Result<(), Error> {
        match self.rejected.first() {
            Some(first) if self.values.is_empty() => {
                let message = match self.rejected.len() {
                    1 => format!("the only row is bad: {}", first.reason),
                    rows => format!("all {rows} rows are bad, this one because {}", first.reason),
                };
                Err(Place::line(path, first.line).rejects(message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Rows with one arrival time keep their order.
    fn sort_by_arrival(&mut self) {
        let width = self.columns.len();
        let mut rows: Vec<&[u64]> = self.values.chunks_exact(width).collect();
        rows.sort_by_key(|row| row[0].cast_signed());
        self.values = rows.concat();
    }

    fn event_times(&self) -> Option<EventTimes> {
        let at = self.columns.iter().position(|column| *column == EVENT_TIME)?;
        let rows = self.values.chunks_exact(self.columns.len());
        let mut times: Vec<i64> = rows.map(|row| row[at].cast_signed()).collect();
        if times.is_empty() {
            return None;
        }
        let middle = times.len() / 2;
        let (before, &mut median_ms, after) = times.select_nth_unstable(middle);
        let min_ms = before.iter().copied().fold(median_ms, i64::min);
        let max_ms = after.iter().copied().fold(median_ms, i64::max);
        Some(EventTimes { min_ms, median_ms, max_ms })
    }
}

/// Refuses to sort what has no arrival times.
pub(super) fn check_sortable(columns: &[Column], options: &ImportOptions) -> Result<(), Error> {
    if !options.sort_by_arrival || columns.first() == Some(&ARRIVAL) {
        return Ok(());
    }
    Err(Error::usage(format!("sorting by arrival needs the column `{}`", ARRIVAL.name))
        .with_hint(format!("if it has another name, say '--column {}=...'", ARRIVAL.name)))
}

/// A warning about times that look like seconds or microseconds taken for milliseconds.
fn unusual(times: EventTimes) -> Option<String> {
    let median = times.median_ms;
    (!USUAL_MS.contains(&median)).then(|| {
        let when = if median < USUAL_MS.start { "before 1990" } else { "after 2100" };
        let shown =
            jiff::Timestamp::from_millisecond(median).map_or(median.to_string(), |time| time.to_string());
        format!("half of the event times lie {when} (the median is {shown}); is the time unit right?")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_times_begin_and_end_with_a_year() {
        let ms = |text: &str| text.parse::<jiff::Timestamp>().expect("a date").as_millisecond();
        assert_eq!(USUAL_MS, ms("1990-01-01T00:00:00Z")..ms("2101-01-01T00:00:00Z"));
    }
}
