//! Recorded time: when each record came in, whatever the pace of the replay. Architectures are run by it, so that what
//! they do is the same each time.

use datasets::Record;
use replay::{Pace, Schedule};

use crate::{span::Span, trial::Trial};

const NS_PER_MS: u64 = 1_000_000;

/// When each record came in, in milliseconds since the first one did.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    times_ms: Vec<i64>,
    clock: &'static str,
}

impl Timeline {
    /// Returns the times by which a trial's records come in: by the pace where that is a rate, else by their recorded
    /// arrivals, else one a millisecond.
    pub(crate) fn of<R: Record>(trial: &Trial<'_, R>) -> Self {
        let records = trial.arranged.records.len();
        let (due, clock) = match trial.plan.replay.pace {
            Pace::Rate(_) => (trial.schedule.clone(), "rate"),
            Pace::Max | Pace::Recorded(_) => (trial.due_times(), "arrival times"),
        };
        due.map(|due| Self::by(due, records, clock))
            .filter(|timeline| timeline.length_ms() > 0 || records < 2)
            .unwrap_or_else(|| Self {
                times_ms: (0..records as u64).map(u64::cast_signed).collect(),
                clock: "one record a millisecond",
            })
    }

    fn by(mut schedule: Schedule<'_>, records: usize, clock: &'static str) -> Self {
        let due = |index| (schedule.due_ns(index) / NS_PER_MS).cast_signed();
        Self { times_ms: (0..records).map(due).collect(), clock }
    }

    /// Says what it goes by.
    pub(crate) fn clock(&self) -> &'static str {
        self.clock
    }

    /// Returns how many records there are.
    pub(crate) fn records(&self) -> u64 {
        self.times_ms.len() as u64
    }

    /// Returns the time from the first record to the last.
    pub(crate) fn length_ms(&self) -> i64 {
        self.times_ms.last().copied().unwrap_or(0)
    }

    /// Returns when the last of the first `records` came in; 0 before the first.
    pub(crate) fn at(&self, records: u64) -> i64 {
        let last = records.min(self.records()).checked_sub(1);
        last.map_or(0, |last| self.times_ms[last as usize])
    }

    /// Returns the times of the first `records`.
    pub(crate) fn until(&self, records: u64) -> &[i64] {
        &self.times_ms[..records.min(self.records()) as usize]
    }

    /// Returns how many records the log holds when `span` has come in after the first `from`: at least one more, unless the
    /// span is empty; beyond all records if it isn't over by then.
    pub(crate) fn after(&self, from: u64, span: Span) -> u64 {
        let records = match span {
            Span::Records(records) => records,
            Span::Share(share) => (self.records() as f64 * share).round() as u64,
            Span::Time(length) => {
                let until = self.at(from).saturating_add((length.0 / NS_PER_MS).cast_signed());
                let within = self.times_ms.partition_point(|&time| time <= until) as u64;
                return if within == self.records() { u64::MAX } else { within.max(from + 1) };
            }
        };
        if records == 0 && !span.is_empty() { from + 1 } else { from.saturating_add(records) }
    }

    /// Returns the mean rate of arrival, in records a millisecond.
    pub(crate) fn mean_rate(&self) -> f64 {
        self.records() as f64 / self.length_ms().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Length;

    fn timeline(times_ms: &[i64]) -> Timeline {
        Timeline { times_ms: times_ms.to_vec(), clock: "arrival times" }
    }

    #[test]
    fn spans_end_where_they_say() {
        let timeline = timeline(&[0, 10, 20, 20, 20, 500, 900]);
        let after = |from, text: &str| timeline.after(from, text.parse().expect("a span"));
        assert_eq!((after(2, "3 records"), after(0, "50%"), after(3, "0 records")), (5, 4, 3));
        assert_eq!(after(2, "0.01%"), 3, "a share is at least a record");
        // Two records are there at 10 ms; until 20 ms three more come.
        assert_eq!((after(2, "10ms"), after(2, "9ms"), after(0, "10ms")), (5, 3, 2));
        assert_eq!(after(2, "20min"), u64::MAX);
        assert_eq!(timeline.after(0, Span::Time(Length(1))), 1);
    }

    #[test]
    fn times_are_those_of_the_last_record() {
        let timeline = timeline(&[0, 10, 20]);
        assert_eq!([0, 1, 2, 3, 9].map(|records| timeline.at(records)), [0, 0, 10, 20, 20]);
        assert_eq!((timeline.until(2), timeline.length_ms()), (&[0, 10][..], 20));
    }
}
