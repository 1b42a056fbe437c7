//! Windows of a fixed length.

use foldhash::HashMap;

use crate::{
    knobs::{Assigned, Ends, Knobs, Late, Missing, Sum},
    record::Record,
    rows::Rows,
};

/// A map keeps room for at most so many times what a key has needed.
const MOST_ROOM: usize = 8;

/// Holds what a window has of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    count: i128,
    sum: Sum,
    min: i64,
    max: i64,
}

impl Held {
    const NOTHING: Self = Self { count: 0, sum: Sum::NOTHING, min: i64::MAX, max: i64::MIN };

    pub(super) fn of(value: i64) -> Self {
        let mut held = Self::NOTHING;
        held.add(value);
        held
    }

    pub(super) fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum.add(value);
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

/// A key's windows while its records come, used for one key behind the other.
#[derive(Debug)]
pub(super) struct Windows {
    cut: Cut,
    /// Where each window stands in `held`, by its start.
    places: HashMap<i128, usize>,
    held: Vec<(i128, Held)>,
    /// Where the window that was used last stands: records come nearly in order.
    recent: usize,
    /// The last window that holds the oldest record.
    first: i128,
    newest: Option<i64>,
}

impl Windows {
    /// Begins with none. `cut` is the windows' size and slide.
    pub(super) fn new((size, slide): (i64, i64)) -> Self {
        let cut = Cut { size: size.into(), slide: slide.into() };
        Self { cut, places: HashMap::default(), held: Vec::new(), recent: 0, first: i128::MAX, newest: None }
    }

    /// Takes the key's next record.
    pub(super) fn push(&mut self, record: &Record, knobs: &Knobs) {
        let cut = self.cut;
        let time = i128::from(record.time_ms) - i128::from(knobs.closed_right);
        let mut starts = cut.starts(time, knobs.assigned);
        self.first = self.first.min(starts.last);
        self.newest = self.newest.max(Some(record.time_ms));
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
                    let place = self.place(start);
                    self.held[place].1 = Held::of(record.value);
                }
            }
        }
        for start in starts.iter() {
            let place = self.place(start);
            self.held[place].1.add(record.value);
        }
    }

    /// Finds where a window stands; a new one holds nothing.
    fn place(&mut self, start: i128) -> usize {
        if self.held.get(self.recent).is_none_or(|(recent, _)| *recent != start) {
            let next = self.held.len();
            self.recent = *self.places.entry(start).or_insert(next);
            if self.recent == next {
                self.held.push((start, Held::NOTHING));
            }
        }
        self.recent
    }

    /// Adds the key's rows, and is as new.
    pub(super) fn end(&mut self, rows: &mut Rows, key: i128, knobs: &Knobs) {
        let Some(newest) = self.newest.take() else { return };
        let from = if knobs.from_first { self.cut.start(self.first, knobs.assigned) } else { i128::MIN };
        for (start, held) in self.held.iter().filter(|(start, _)| *start >= from) {
            let end = start + self.cut.size;
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
        // To clear a map costs what it has room for.
        if self.places.capacity() > MOST_ROOM * (1 + self.held.len()) {
            self.places = HashMap::default();
        }
        self.places.clear();
        self.held.clear();
        self.first = i128::MAX;
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
    #[inline]
    fn starts(self, time: i128, assigned: Assigned) -> Starts {
        let (first, last) = self.indices(time, assigned);
        Starts { cut: self, assigned, first, last }
    }

    /// The numbers of the first and of the last window that hold this time; where none does, the first lies behind the last.
    #[inline]
    fn indices(self, time: i128, assigned: Assigned) -> (i128, i128) {
        let time = match assigned {
            Assigned::From(offset) => time - i128::from(offset),
            Assigned::TowardZero if time < 0 => time + self.slide - 1,
            Assigned::SinceTheEpoch | Assigned::TowardZero => time,
        };
        let last = quotient(time, self.slide);
        let first = if self.size == self.slide { last } else { quotient(time - self.size, self.slide) + 1 };
        (first, last)
    }

    #[inline]
    fn start(self, index: i128, assigned: Assigned) -> i128 {
        let offset = if let Assigned::From(offset) = assigned { offset.into() } else { 0 };
        index * self.slide + offset
    }
}

/// Divides and rounds down. Numbers of 128 bits are divided by a call, and hardly a time needs them.
#[inline]
fn quotient(time: i128, by: i128) -> i128 {
    match (i64::try_from(time), i64::try_from(by)) {
        (Ok(time), Ok(by)) => time.div_euclid(by).into(),
        _ => time.div_euclid(by),
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
