//! Computes an answer as the batch job does, or under rules. It shares no code with the batch jobs, against which it is held.

mod as_of;
mod interval;
mod sessions;
mod totals;
mod windows;

use crate::{
    Asked,
    knobs::{Copies, Knobs, Late, Left},
    record::{Record, Records},
    rows::{NONE, Rows},
};

/// Holds what all models are given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model<'a> {
    pub(crate) asked: Asked,
    pub(crate) records: &'a Records,
    /// The number of the empty key, where the dataset has it.
    pub(crate) empty_key: Option<u32>,
    /// How many of the dataset's values make one of the source's.
    pub(crate) scale: i64,
    /// The columns behind the key that the answers have.
    pub(crate) told: [bool; 4],
}

impl Model<'_> {
    /// Returns the rows of these groups under these knobs.
    pub(crate) fn rows(&self, groups: &[usize], knobs: &Knobs) -> Rows {
        let mut rows = Rows::default();
        let mut group = Vec::new();
        for &at in groups {
            let (key, range) = &self.records.groups[at];
            if knobs.left_out == Left::EmptyKey && self.empty_key == Some(*key) {
                continue;
            }
            group.clear();
            for record in &self.records.all[range.clone()] {
                let times = if self.counts(record, knobs) { 1 + usize::from(knobs.twice) } else { 0 };
                group.extend(std::iter::repeat_n(self.changed(*record, knobs), times));
            }
            let key = i128::from(*key);
            match self.asked {
                Asked::Tumbling { size_ms } => {
                    windows::add(&mut rows, key, &group, (size_ms, size_ms), knobs);
                }
                Asked::Sliding { size_ms, slide_ms } => {
                    windows::add(&mut rows, key, &group, (size_ms, slide_ms), knobs);
                }
                Asked::Sessions { gap_ms } => sessions::add(&mut rows, key, &group, gap_ms, knobs),
                Asked::Totals => totals::add(&mut rows, key, &group, knobs),
                Asked::AsOf => as_of::add(&mut rows, key, &mut group, knobs),
                Asked::Within { ms } => interval::add(&mut rows, key, &group, ms, knobs),
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

    fn counts(&self, record: &Record, knobs: &Knobs) -> bool {
        let left_out = match knobs.left_out {
            Left::None | Left::EmptyKey => false,
            Left::Zero => record.value == 0,
            Left::Partition(partition) => record.partition == partition,
        };
        let copy = match (knobs.copies, self.asked) {
            (Copies::AsTheBatchJob, Asked::Totals) | (Copies::First, _) => record.is_first,
            (Copies::AsTheBatchJob | Copies::Every, _) => true,
            (Copies::Last, _) => record.is_last,
        };
        !left_out && copy && !self.is_late(record, knobs)
    }

    /// Of answers without windows: whether a record is late by its own time.
    fn is_late(&self, record: &Record, knobs: &Knobs) -> bool {
        let Late::Dropped(judged) = knobs.late else { return false };
        let by_windows =
            matches!(self.asked, Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. });
        let watermark = judged.watermark(record, knobs.times);
        !by_windows && watermark.is_some_and(|watermark| knobs.times.of(record.time_ms) < watermark)
    }

    fn changed(&self, record: Record, knobs: &Knobs) -> Record {
        let value = if knobs.whole_values { record.value / self.scale * self.scale } else { record.value };
        Record { time_ms: knobs.times.of(record.time_ms), value, ..record }
    }
}
