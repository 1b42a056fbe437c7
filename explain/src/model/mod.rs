//! Computes an answer as the batch job does, or under rules. It shares no code with the batch jobs, against which it is held.

mod as_of;
mod interval;
mod sessions;
mod totals;
mod windows;

use datasets::Side;

use crate::{
    Asked,
    knobs::{Copies, Knobs, Late, Left},
    record::{Record, Records},
    rows::{NONE, Rows},
};

/// Of an event that was delivered more often than this only the last deliveries are looked at where they can be late.
const MOST_COPIES: usize = 64;

/// Records times windows of each; beyond, nothing is explained.
const MOST_STEPS: usize = 400_000_000;

/// Holds what all models are given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model<'a> {
    pub(crate) asked: Asked,
    pub(crate) records: &'a Records,
    /// The number of the empty key, where the dataset has it.
    pub(crate) empty_key: Option<u32>,
    /// How many of the dataset's values make one of the source's.
    pub(crate) scale: i64,
    /// How many rows the batch job's answer has, by which room is made.
    pub(crate) expected: usize,
    /// The columns behind the key that the answers have.
    pub(crate) told: [bool; 4],
}

impl Model<'_> {
    /// Says how many windows hold a record.
    pub(crate) fn windows_of_a_record(&self) -> usize {
        match self.asked {
            Asked::Sliding { size_ms, slide_ms } => {
                usize::try_from(size_ms / slide_ms.max(1)).unwrap_or(usize::MAX).max(1)
            }
            _ => 1,
        }
    }

    /// Says whether what is asked can be computed at all, and in how many steps it is.
    pub(crate) fn is_possible(&self) -> bool {
        let is_sound = match self.asked {
            Asked::Tumbling { size_ms } => size_ms > 0,
            Asked::Sliding { size_ms, slide_ms } => size_ms > 0 && slide_ms > 0,
            Asked::Sessions { gap_ms } => gap_ms > 0,
            Asked::Totals | Asked::AsOf | Asked::Within { .. } => true,
        };
        is_sound && self.records.all.len().saturating_mul(self.windows_of_a_record()) <= MOST_STEPS
    }

    pub(crate) fn all_groups(&self) -> Vec<usize> {
        (0..self.records.groups.len()).collect()
    }

    /// Returns the rows of these groups under these knobs.
    pub(crate) fn rows(&self, groups: &[usize], knobs: &Knobs) -> Rows {
        let mut rows = Rows::default();
        let all = self.records.all.len().max(1) as u128;
        let records: usize = groups.iter().map(|at| self.records.groups[*at].1.len()).sum();
        rows.reserve((self.expected as u128 * records as u128 / all) as usize);
        let groups = groups.iter().map(|at| &self.records.groups[*at]);
        let is_left_out = |key| knobs.left_out == Left::EmptyKey && self.empty_key == Some(key);
        let groups = groups.filter(|(key, _)| !is_left_out(*key));
        let groups = groups.map(|(key, range)| (i128::from(*key), &self.records.all[range.clone()]));
        match self.asked {
            Asked::Tumbling { size_ms } => self.windows(&mut rows, groups, (size_ms, size_ms), knobs),
            Asked::Sliding { size_ms, slide_ms } => {
                self.windows(&mut rows, groups, (size_ms, slide_ms), knobs);
            }
            Asked::Totals => {
                for (key, group) in groups {
                    let mut total = totals::Total::default();
                    self.each(group, knobs, |record| total.push(record));
                    total.end(&mut rows, key, knobs);
                }
            }
            Asked::Sessions { .. } | Asked::AsOf | Asked::Within { .. } => {
                self.sorted(&mut rows, groups, knobs);
            }
        }
        if self.told.contains(&false) {
            for values in rows.values_mut() {
                let lacking = values.iter_mut().zip(self.told).filter(|(_, is_told)| !is_told);
                lacking.for_each(|(value, _)| *value = NONE);
            }
        }
        rows
    }

    /// Adds the rows of windows, for which no record has to be kept.
    fn windows<'r>(
        &self,
        rows: &mut Rows,
        groups: impl Iterator<Item = (i128, &'r [Record])>,
        cut: (i64, i64),
        knobs: &Knobs,
    ) {
        let mut windows = windows::Windows::new(cut);
        for (key, group) in groups {
            self.each(group, knobs, |record| windows.push(record, knobs));
            windows.end(rows, key, knobs);
        }
    }

    /// Adds rows for which a key's records have to be brought into an order.
    fn sorted<'r>(&self, rows: &mut Rows, groups: impl Iterator<Item = (i128, &'r [Record])>, knobs: &Knobs) {
        let mut sorted = Vec::new();
        for (key, group) in groups {
            sorted.clear();
            self.each(group, knobs, |record| sorted.push(*record));
            match self.asked {
                Asked::Sessions { gap_ms } => sessions::add(rows, key, &mut sorted, gap_ms, knobs),
                Asked::AsOf => as_of::add(rows, key, &mut sorted, knobs),
                Asked::Within { ms } => interval::add(rows, key, &sorted, ms, knobs),
                Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Totals => {}
            }
        }
    }

    /// Gives the records that count, as often as they do and as they are under these knobs.
    fn each(&self, group: &[Record], knobs: &Knobs, mut put: impl FnMut(&Record)) {
        for record in group.iter().filter(|record| self.counts(record, knobs)) {
            let record = self.changed(*record, knobs);
            put(&record);
            if knobs.twice {
                put(&record);
            }
        }
    }

    fn counts(&self, record: &Record, knobs: &Knobs) -> bool {
        let left_out = match knobs.left_out {
            Left::None | Left::EmptyKey => false,
            Left::Zero => record.value == 0,
            Left::Partition(partition) => record.partition == partition,
        };
        let copy = match (knobs.copies, self.asked) {
            (Copies::AsTheBatchJob | Copies::First, Asked::Totals) => self.counts_once(record, knobs),
            (Copies::First, _) => record.is_first,
            (Copies::AsTheBatchJob | Copies::Every, _) => true,
            (Copies::Last, _) => record.is_last,
        };
        !left_out && copy && !self.is_late(record, knobs)
    }

    /// Of deliveries of one event the first counts. Where they can be late it's the first that isn't, and the event is forgotten
    /// when event time has passed its time and the delay.
    fn counts_once(&self, record: &Record, knobs: &Knobs) -> bool {
        let Late::Dropped(judged) = knobs.late else { return record.is_first };
        if record.is_first {
            return true;
        }
        let mut copies = vec![record];
        while let Some(last) = copies.last().filter(|last| !last.is_first && copies.len() < MOST_COPIES) {
            copies.push(&self.records.all[last.before as usize]);
        }
        let mut known_until: Option<i64> = None;
        let mut counts = false;
        for copy in copies.iter().rev() {
            let watermark = judged.watermark(copy, knobs.times);
            let is_known =
                known_until.is_some_and(|until| watermark.is_none_or(|watermark| until >= watermark));
            counts = !is_known && !self.is_late(copy, knobs);
            if counts {
                known_until = Some(knobs.times.of(copy.time_ms).saturating_add(judged.delay_ms));
            }
        }
        counts
    }

    /// Of answers without windows: whether a record is late by its own time.
    fn is_late(&self, record: &Record, knobs: &Knobs) -> bool {
        let Late::Dropped(judged) = knobs.late else { return false };
        let by_windows =
            matches!(self.asked, Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. });
        let is_row = self.asked == Asked::AsOf && record.side == Side::Right;
        // As in Flink's interval join, what is exactly at the watermark, a millisecond before the end that is complete, isn't
        // late.
        let grace = i64::from(matches!(self.asked, Asked::Within { .. }));
        let watermark = judged.watermark(record, knobs.times);
        let is_late = |watermark: i64| knobs.times.of(record.time_ms).saturating_add(grace) < watermark;
        !by_windows && !is_row && watermark.is_some_and(is_late)
    }

    fn changed(&self, record: Record, knobs: &Knobs) -> Record {
        let value = if knobs.whole_values { record.value / self.scale * self.scale } else { record.value };
        Record { time_ms: knobs.times.of(record.time_ms), value, ..record }
    }
}
