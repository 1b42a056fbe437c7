//! Event time: how far it has come, as told by the records themselves.

use serde::{Deserialize, Serialize};

use super::doubt::{Doubt, Doubts};
use crate::Trigger;

/// Describes how event time moves, and what follows for a record that comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// As in Flink: the watermark moves with each record (or with each micro-batch, if the trigger says so), windows
    /// fire again for records that come within the allowed lateness, and at the end of input everything fires.
    PerRecord {
        /// Says how long, in milliseconds, a window is kept after it has fired.
        lateness_ms: i64,
    },
    /// As in Spark Structured Streaming: the watermark moves between micro-batches.
    PerTrigger {
        /// Records are held against the watermark of their own batch (before Spark 3.4), not of the one before.
        strict: bool,
        /// At the end of input everything is emitted, as Flink would; else what is still open is never emitted.
        drain: bool,
    },
}

/// Describes the rules that a job runs by, whatever it computes.
#[derive(Debug, Clone, Copy)]
pub struct Regime {
    /// Says how event time moves.
    pub flavour: Flavour,
    /// When the job acts.
    pub trigger: Trigger,
    /// Says how many entries its state may hold.
    pub state_limit: u64,
}

/// Which of its partitions' event times is the source's, as in Spark's `multipleWatermarkPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatermarkPolicy {
    /// The least: none of the partitions has anything older to come, as far as one can know.
    Min,
    /// The greatest, so that all have one clock.
    Max,
}

/// Describes how a record tells its event time, and how much disorder is expected.
#[derive(Debug, Clone, Copy)]
pub struct Source<R> {
    /// A record's event time.
    pub time_ms: fn(&R) -> i64,
    /// Which of the source's partitions it came through; of a join, each side is one.
    pub partition: fn(&R) -> u32,
    /// Which of the partitions' event times counts.
    pub policy: WatermarkPolicy,
    /// Says how late, in milliseconds of event time, a record may come. `None`: there is no watermark, so nothing is
    /// late and nothing is complete before the end of input.
    pub delay_ms: Option<i64>,
    /// Says how many partitions there are: event time stands still until each has spoken. 0: those that have spoken.
    pub partitions: u32,
    /// A partition that has been silent while the others moved on by this much no longer holds event time back; nor does
    /// one that has never spoken, when the others have moved on by this much since the first record.
    pub idle_ms: Option<i64>,
    /// A record further than this ahead of event time is held aside, for one clock gone wrong must not make every other
    /// record late. If the next record, of all or of its partition, is within this of it, there was a gap: event time
    /// moves on, and both are taken. What is still aside at the end of input is refused.
    ///
    /// The first record has nothing before it. It is taken, and event time begins with the next that is within this of
    /// it; one that is further behind takes its place.
    pub max_ahead_ms: Option<i64>,
}

/// Describes what the source has seen of event time.
///
/// `to` below is the first millisecond that may still come in order: the largest event time seen less the delay. A
/// window is complete when its (exclusive) end is at most that. Flink's watermark is `to − 1`, Spark's is `to`.
#[derive(Debug, Clone)]
pub(crate) struct EventTime {
    delay_ms: Option<i64>,
    policy: WatermarkPolicy,
    expected: u32,
    idle_ms: Option<i64>,
    max_ahead_ms: Option<i64>,
    pub(super) seen: Seen,
}

/// Describes what the records have told of event time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The largest event time seen.
    largest_ms: i64,
    /// By partition: its largest event time, and the largest of all when it last spoke. One that is expected is at the
    /// beginning of time until it has spoken; `None` where none is.
    partitions: Vec<Option<(i64, i64)>>,
    /// Two records have agreed on where event time is; until then it doesn't move.
    is_sure: bool,
    /// Holds what the next record may agree with.
    doubts: Doubts,
    /// There is nothing to be weighed in a record that is within reach: event time has begun, and nothing is doubted.
    is_settled: bool,
}

/// Describes what is to be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weighed {
    /// It is taken.
    Believed,
    /// It is taken, and event time begins with it.
    Begins,
    /// It is held aside.
    Doubted,
    /// It agrees with this record that was held aside: there was a gap.
    Agrees(Doubt),
}

/// Event time before the first record: nothing is complete.
pub(crate) const START: i64 = i64::MIN;
/// Event time after the last record: everything is.
pub(crate) const END: i64 = i64::MAX;
/// Partitions are few; a number beyond this is a key that strayed into the column.
pub(crate) const MAX_PARTITIONS: u32 = 1 << 16;

impl EventTime {
    pub(crate) fn new<R>(source: &Source<R>) -> Self {
        Self {
            delay_ms: source.delay_ms,
            policy: source.policy,
            expected: source.partitions,
            idle_ms: source.idle_ms,
            max_ahead_ms: source.max_ahead_ms,
            seen: Seen {
                largest_ms: START,
                partitions: Vec::new(),
                is_sure: source.max_ahead_ms.is_none(),
                doubts: Doubts::default(),
                is_settled: source.max_ahead_ms.is_none(),
            },
        }
    }

    /// Returns whether a record of this time can be taken without being weighed.
    #[inline]
    pub(crate) fn is_plain(&self, time_ms: i64) -> bool {
        self.seen.is_settled
            && self.max_ahead_ms.is_none_or(|most| time_ms <= self.seen.largest_ms.saturating_add(most))
    }

    /// Holds a record against event time and against those that were held aside.
    #[cold]
    pub(super) fn weigh(&mut self, own: Doubt) -> Weighed {
        let weighed = self.weighed(own);
        self.settle();
        weighed
    }

    fn settle(&mut self) {
        self.seen.is_settled = self.seen.is_sure && self.seen.doubts.is_empty();
    }

    fn weighed(&mut self, own: Doubt) -> Weighed {
        let may_agree = self.seen.doubts.take(own.partition);
        if !self.is_too_far_ahead(own.time_ms) {
            return self.consider(own.time_ms);
        }
        if let Some(other) =
            may_agree.into_iter().flatten().find(|other| self.agree(own.time_ms, other.time_ms))
        {
            return Weighed::Agrees(other);
        }
        self.seen.doubts.note(own);
        Weighed::Doubted
    }

    /// Until event time has begun, the first record's clock may be the one that is wrong: of two that disagree the lower
    /// counts, because it makes nothing late.
    fn consider(&mut self, time_ms: i64) -> Weighed {
        let largest_ms = self.seen.largest_ms;
        if self.seen.is_sure || largest_ms == START {
            return Weighed::Believed;
        }
        if self.agree(time_ms, largest_ms) {
            self.seen.is_sure = true;
            return Weighed::Begins;
        }
        self.forget();
        Weighed::Believed
    }

    fn agree(&self, time_ms: i64, other_ms: i64) -> bool {
        self.max_ahead_ms.is_none_or(|most| time_ms.abs_diff(other_ms) <= most.unsigned_abs())
    }

    /// A record is held aside after all.
    pub(super) fn doubt(&mut self, own: Doubt) {
        self.seen.doubts.note(own);
        self.settle();
    }

    /// There was a gap, and event time is at `time_ms` at least: up to where a record is within reach.
    pub(super) fn reach_from(&mut self, time_ms: i64) -> i64 {
        self.seen.is_sure = true;
        let reach_ms =
            self.max_ahead_ms.map_or(END, |most| self.seen.largest_ms.max(time_ms).saturating_add(most));
        self.seen.doubts.forget_up_to(reach_ms);
        self.settle();
        reach_ms
    }

    fn forget(&mut self) {
        self.seen.largest_ms = START;
        self.seen.partitions.clear();
    }

    /// Returns whether `time_ms` is further ahead of everything before it than is allowed.
    pub(crate) fn is_too_far_ahead(&self, time_ms: i64) -> bool {
        self.max_ahead_ms.is_some_and(|most| {
            self.seen.largest_ms != START && time_ms > self.seen.largest_ms.saturating_add(most)
        })
    }

    /// Takes note of a record.
    #[inline]
    pub(crate) fn see(&mut self, partition: u32, time_ms: i64) {
        self.seen.largest_ms = self.seen.largest_ms.max(time_ms);
        let index = partition as usize;
        if index >= self.seen.partitions.len() {
            self.make_room(index);
        }
        let seen = &mut self.seen.partitions[index];
        let own = seen.map_or(time_ms, |(own, _)| own.max(time_ms));
        *seen = Some((own, self.seen.largest_ms));
    }

    /// Makes room for a partition, and for those that are expected: they have been silent since the first record.
    #[cold]
    fn make_room(&mut self, index: usize) {
        let partitions = &mut self.seen.partitions;
        if partitions.is_empty() {
            partitions.resize(self.expected as usize, Some((START, self.seen.largest_ms)));
        }
        if index >= partitions.len() {
            partitions.resize(index + 1, None);
        }
    }

    /// Returns how far event time has come, by the source's partitions and its policy.
    #[inline]
    pub(crate) fn complete_to(&self) -> i64 {
        let Some(delay_ms) = self.delay_ms.filter(|_| self.seen.is_sure) else { return START };
        let largest_ms = match (self.policy, &self.seen.partitions[..]) {
            (WatermarkPolicy::Max, _) => self.seen.largest_ms,
            (WatermarkPolicy::Min, [Some((own, _))]) => *own,
            (WatermarkPolicy::Min, _) => self.slowest(),
        };
        largest_ms.saturating_sub(delay_ms)
    }

    fn slowest(&self) -> i64 {
        let is_idle = |&&(_, when): &&(i64, i64)| {
            self.idle_ms.is_some_and(|most| self.seen.largest_ms.saturating_sub(when) > most)
        };
        // The partition that spoke last is never idle, so one is always left.
        let spoken = self.seen.partitions.iter().flatten().filter(|partition| !is_idle(partition));
        spoken.map(|&(own, _)| own).min().unwrap_or(START)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_time(delay_ms: Option<i64>, partitions: u32, idle_ms: Option<i64>) -> EventTime {
        EventTime::new(&Source::<i64> {
            time_ms: |time| *time,
            partition: |_| 0,
            policy: WatermarkPolicy::Min,
            delay_ms,
            partitions,
            idle_ms,
            max_ahead_ms: None,
        })
    }

    fn after(mut event_time: EventTime, seen: &[(u32, i64)]) -> i64 {
        for &(partition, time) in seen {
            event_time.see(partition, time);
        }
        event_time.complete_to()
    }

    #[test]
    fn the_slowest_partition_decides() {
        let one = || event_time(Some(5), 0, None);
        assert_eq!(after(one(), &[]), START);
        assert_eq!(after(one(), &[(0, 100), (0, 90)]), 95);
        assert_eq!(after(one(), &[(0, 100), (1, 50)]), 45);
        assert_eq!(after(one(), &[(0, i64::MIN + 1)]), i64::MIN);
        assert_eq!(after(event_time(None, 0, None), &[(0, 100)]), START);
    }

    #[test]
    fn partitions_that_are_expected_and_silent_hold_event_time_back() {
        assert_eq!(after(event_time(Some(5), 2, None), &[(0, 100)]), START);
        assert_eq!(after(event_time(Some(5), 2, None), &[(0, 100), (1, 200)]), 95);
        assert_eq!(after(event_time(Some(5), 2, None), &[(1, 100), (2, 200)]), START);
    }

    #[test]
    fn the_greatest_decides_where_it_is_to() {
        let one_clock = || EventTime { policy: WatermarkPolicy::Max, ..event_time(Some(5), 2, Some(10)) };
        assert_eq!(after(one_clock(), &[]), START);
        assert_eq!(after(one_clock(), &[(0, 100)]), 95);
        assert_eq!(after(one_clock(), &[(0, 100), (1, 50), (0, 90)]), 95);
    }

    #[test]
    fn an_idle_partition_does_not() {
        let seen = [(1, 50), (0, 60), (0, 160)];
        assert_eq!(after(event_time(Some(5), 0, Some(110)), &seen), 45);
        assert_eq!(after(event_time(Some(5), 0, Some(109)), &seen), 155);
        let returned: Vec<(u32, i64)> = seen.into_iter().chain([(1, 70)]).collect();
        assert_eq!(after(event_time(Some(5), 0, Some(109)), &returned), 65);
        // One that has never spoken is idle when the others have moved on since the first record.
        let silent = [(0, 50), (0, 150), (0, 161)];
        assert_eq!(after(event_time(Some(5), 2, Some(110)), &silent[..2]), START);
        assert_eq!(after(event_time(Some(5), 2, Some(110)), &silent), 156);
        assert_eq!(after(event_time(Some(5), 2, None), &silent), START);
    }
}
