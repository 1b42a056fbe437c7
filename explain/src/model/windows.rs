//! Windows of a fixed length.

use foldhash::HashMap;

use crate::{
    knobs::{Assigned, Ends, Knobs, Late, Missing, Sum},
    record::Record,
    rows::Rows,
};

/// Holds what a window has of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    count: i128,
    sum: Sum,
    min: i64,
    max: i64,
}

impl Held {
    pub(super) fn of(value: i64) -> Self {
        let mut sum = Sum::default();
        sum.add(value.into());
        Self { count: 1, sum, min: value, max: value }
    }

    pub(super) fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum.add(value.into());
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Returns what both hold together.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.count += other.count;
        self.sum.join(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self
    }

    pub(super) fn values(&self, knobs: &Knobs) -> [i128; 4] {
        [self.count, self.sum.told(knobs.sums), self.min.into(), self.max.into()]
    }
}

/// Adds a key's rows. `cut` is the windows' size and slide.
pub(super) fn add(rows: &mut Rows, key: i128, group: &[Record], cut: (i64, i64), knobs: &Knobs) {
    let cut = Cut { size: cut.0.into(), slide: cut.1.into() };
    let mut windows: HashMap<i128, Held> = HashMap::default();
    let mut first = i128::MAX;
    for record in group {
        let time = i128::from(record.time_ms) - i128::from(knobs.closed_right);
        first = first.min(cut.indices(time, knobs.assigned).1);
        let mut starts = cut.starts(time, knobs.assigned);
        match knobs.late {
            Late::Kept => {}
            Late::Dropped(judged) => {
                let watermark = judged.watermark(record, knobs.times);
                starts.drop_ended(watermark);
            }
            Late::InOpenWindow(judged) => {
                let watermark = judged.watermark(record, knobs.times).map(i128::from);
                let last = starts.last_end();
                if let Some(watermark) =
                    watermark.filter(|watermark| last.is_some_and(|end| end <= *watermark))
                {
                    starts = cut.starts(watermark - i128::from(knobs.closed_right), knobs.assigned);
                }
            }
            Late::RowOfItsOwn(judged) => {
                let watermark = judged.watermark(record, knobs.times);
                for start in starts.take_ended(watermark) {
                    windows.insert(start, Held::of(record.value));
                }
            }
        }
        for start in starts.iter() {
            windows
                .entry(start)
                .and_modify(|held| held.add(record.value))
                .or_insert_with(|| Held::of(record.value));
        }
    }
    let newest = group.iter().map(|record| record.time_ms).max().unwrap_or_default();
    let is_cut = knobs.from_first && !group.is_empty();
    let from = if is_cut { cut.start(first, knobs.assigned) } else { i128::MIN };
    for (start, held) in windows.iter().filter(|(start, _)| **start >= from) {
        let end = start + cut.size;
        let told = if knobs.ends == Ends::Inclusive { end - 1 } else { end };
        let comes = match knobs.missing {
            Missing::None => true,
            Missing::After(last) => told <= last.into(),
            Missing::OfKey => end <= newest.into(),
        };
        if comes {
            rows.insert([*start, told, key], held.values(knobs));
        }
    }
}

/// How time is cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    size: i128,
    slide: i128,
}

impl Cut {
    /// The windows that hold this time.
    fn starts(self, time: i128, assigned: Assigned) -> Starts {
        let (first, last) = self.indices(time, assigned);
        Starts { cut: self, assigned, first, last }
    }

    /// The numbers of the first and of the last window that hold this time; where none does, the first lies behind the last.
    fn indices(self, time: i128, assigned: Assigned) -> (i128, i128) {
        let time = match assigned {
            Assigned::From(offset) => time - i128::from(offset),
            Assigned::TowardZero if time < 0 => time + self.slide - 1,
            Assigned::SinceTheEpoch | Assigned::TowardZero => time,
        };
        ((time - self.size).div_euclid(self.slide) + 1, time.div_euclid(self.slide))
    }

    fn start(self, index: i128, assigned: Assigned) -> i128 {
        let offset = if let Assigned::From(offset) = assigned { offset.into() } else { 0 };
        index * self.slide + offset
    }
}

/// Windows one behind the other.
#[derive(Debug, Clone, Copy)]
struct Starts {
    cut: Cut,
    assigned: Assigned,
    first: i128,
    last: i128,
}

impl Starts {
    fn iter(self) -> impl Iterator<Item = i128> {
        (self.first..=self.last).map(move |index| self.cut.start(index, self.assigned))
    }

    fn last_end(self) -> Option<i128> {
        (self.first <= self.last).then(|| self.cut.start(self.last, self.assigned) + self.cut.size)
    }

    /// Takes those out that have ended at the watermark, and returns them.
    fn take_ended(&mut self, watermark: Option<i64>) -> Vec<i128> {
        let Some(watermark) = watermark.map(i128::from) else { return Vec::new() };
        let mut ended = Vec::new();
        while self.first <= self.last {
            let start = self.cut.start(self.first, self.assigned);
            if start + self.cut.size > watermark {
                break;
            }
            ended.push(start);
            self.first += 1;
        }
        ended
    }

    fn drop_ended(&mut self, watermark: Option<i64>) {
        if let Some(watermark) = watermark.map(i128::from) {
            while self.first <= self.last
                && self.cut.start(self.first, self.assigned) + self.cut.size <= watermark
            {
                self.first += 1;
            }
        }
    }
}
