//! The semantics of event-time windows, written down as slowly as they are said: live windows in a plain list, each
//! with its records, looked through from end to end for every record.

use std::collections::BTreeMap;

use datasets::Event;
use stream::windows::{OutputMode, Windows};

/// Describes what is to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub windows: Windows,
    pub delay: Option<i64>,
    pub engine: Engine,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    /// The watermark moves after each `every`-th record.
    Flink { lateness: i64, every: usize },
    /// The watermark moves between batches of `batch` records.
    Spark { strict: bool, drain: bool, mode: OutputMode, batch: usize },
}

/// One emitted row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub record: i64,
    pub batch: i64,
    pub watermark: Option<i64>,
    pub window: (i64, i64),
    pub key: u32,
    pub result: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub count: i64,
    pub sum: i128,
    pub min: i64,
    pub max: i64,
}

/// All that comes of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub firings: Vec<Row>,
    /// Record and window.
    pub late_pairs: Vec<(i64, i64, i64)>,
    pub late: u64,
    pub not_emitted: u64,
    /// Start, end, key and count of rows whose sessions merged after they had fired.
    pub superseded: Vec<(i64, i64, u32, u64)>,
    /// Start, end and key of each row of the answer.
    pub answer: BTreeMap<(i64, i64, u32), Outcome>,
}

#[derive(Debug, Clone)]
struct Live {
    start: i64,
    end: i64,
    key: u32,
    records: Vec<usize>,
    /// Its result has not been emitted since it changed.
    changed: bool,
    /// A row with its name has been emitted.
    fired: bool,
}

struct Run<'a> {
    case: Case,
    events: &'a [Event],
    live: Vec<Live>,
    /// Of each record: some result with it was emitted.
    emitted: Vec<bool>,
    kept: Vec<bool>,
    expected: Expected,
}

/// When a row is emitted.
#[derive(Clone, Copy)]
struct Instant {
    /// The record at hand.
    record: usize,
    batch: usize,
    watermark: Option<i64>,
}

pub(crate) fn run(case: Case, events: &[Event]) -> Expected {
    let mut run = Run {
        case,
        events,
        live: Vec::new(),
        emitted: vec![false; events.len()],
        kept: vec![false; events.len()],
        expected: Expected::default(),
    };
    match case.engine {
        Engine::Flink { lateness, every } => run.flink(lateness, every),
        Engine::Spark { strict, drain, mode, batch } => run.spark(strict, drain, mode, batch),
    }
    run.expected.not_emitted = (0..events.len()).filter(|&i| run.kept[i] && !run.emitted[i]).count() as u64;
    run.expected
}

/// The reference: every record counts, in whatever order they came.
pub(crate) fn batch(windows: Windows, events: &[Event]) -> BTreeMap<(i64, i64, u32), Outcome> {
    let mut groups: Vec<((i64, i64, u32), Vec<i64>)> = Vec::new();
    for event in events {
        for (start, end) in own_windows(windows, event.time_ms) {
            groups.push(((start, end, event.key), vec![event.value]));
        }
    }
    // What has one name is one group; sessions of one key that overlap or touch are one too.
    let joins = |a: (i64, i64, u32), b: (i64, i64, u32)| match windows {
        Windows::Session { .. } => a.2 == b.2 && a.0 <= b.1 && b.0 <= a.1,
        Windows::Tumbling { .. } | Windows::Sliding { .. } => a == b,
    };
    'again: loop {
        for i in 0..groups.len() {
            for j in 0..i {
                if joins(groups[i].0, groups[j].0) {
                    let (other, values) = groups.swap_remove(i);
                    let (name, into) = &mut groups[j];
                    *name = (name.0.min(other.0), name.1.max(other.1), name.2);
                    into.extend(values);
                    continue 'again;
                }
            }
        }
        break;
    }
    groups.into_iter().map(|(name, values)| (name, outcome(&values))).collect()
}

fn outcome(values: &[i64]) -> Outcome {
    Outcome {
        count: values.len().cast_signed() as i64,
        sum: values.iter().map(|&value| i128::from(value)).sum(),
        min: *values.iter().min().unwrap(),
        max: *values.iter().max().unwrap(),
    }
}

/// The windows that a record has on its own.
fn own_windows(windows: Windows, t: i64) -> Vec<(i64, i64)> {
    let all = |size: i64, slide: i64| {
        let k = t / slide;
        let around = k - size / slide - 3..=k + 3;
        around
            .map(move |k| (k * slide, k * slide + size))
            .filter(|(start, end)| *start <= t && t < *end)
            .collect()
    };
    match windows {
        Windows::Tumbling { size } => all(size.get(), size.get()),
        Windows::Sliding { size, slide } => all(size.get(), slide.get()),
        Windows::Session { gap } => vec![(t, t + gap.get())],
    }
}

impl Run<'_> {
    fn flink(&mut self, lateness: i64, every: usize) {
        let mut w = i64::MIN;
        for i in 0..self.events.len() {
            let event = self.events[i];
            let now = Instant { record: i, batch: 0, watermark: Some(w) };
            let mut dropped = 0;
            let own = own_windows(self.case.windows, event.time_ms);
            for &(start, end) in &own {
                let at = self.touched(start, end, event.key);
                let merged = self.merged(start, end, &at);
                if w >= merged.1 - 1 + lateness {
                    self.expected.late_pairs.push((i.cast_signed() as i64, start, end));
                    dropped += 1;
                    continue;
                }
                self.put(i, merged, &at);
                // A window that has fired and isn't cleaned up fires again at once.
                self.fire(now, |window| window.changed && w >= window.end - 1);
            }
            self.count(i, own.len(), dropped);
            if (i + 1) % every == 0
                && let Some(delay) = self.case.delay
            {
                let largest = self.events[..=i].iter().map(|event| event.time_ms).max().unwrap();
                w = w.max(largest - delay - 1);
                let now = Instant { record: i, batch: 0, watermark: Some(w) };
                self.fire(now, |window| window.changed && w >= window.end - 1);
                self.live.retain(|window| w < window.end - 1 + lateness);
            }
        }
        let last = self.events.len().saturating_sub(1);
        let end = Instant { record: last, batch: 0, watermark: Some(i64::MAX) };
        self.fire(end, |window| window.changed);
    }

    fn spark(&mut self, strict: bool, drain: bool, mode: OutputMode, size: usize) {
        let batches = self.events.len().div_ceil(size);
        // W[n] for each batch with data and the empty one behind them.
        let mut w = vec![0_i64];
        for n in 1..=batches {
            let before = self.events[..(n * size).min(self.events.len())].iter();
            let largest = before.map(|event| event.time_ms).max().unwrap();
            w.push(w[n - 1].max(largest - self.case.delay.unwrap_or(0)));
        }
        let has_watermark = self.case.delay.is_some();
        for n in 0..=batches {
            let filter = if strict { w[n] } else { w[n.saturating_sub(1)] };
            for i in n * size..((n + 1) * size).min(self.events.len()) {
                let event = self.events[i];
                let mut dropped = 0;
                let own = own_windows(self.case.windows, event.time_ms);
                for &(start, end) in &own {
                    if end <= filter && has_watermark && mode != OutputMode::Complete {
                        self.expected.late_pairs.push((i.cast_signed() as i64, start, end));
                        dropped += 1;
                        continue;
                    }
                    let at = self.touched(start, end, event.key);
                    let merged = self.merged(start, end, &at);
                    self.put(i, merged, &at);
                }
                self.count(i, own.len(), dropped);
            }
            let record = ((n + 1) * size).min(self.events.len()).saturating_sub(1);
            let now = Instant { record, batch: n, watermark: has_watermark.then_some(w[n]) };
            let is_due = |window: &Live| has_watermark && window.end <= w[n];
            match mode {
                OutputMode::Append => self.fire(now, is_due),
                OutputMode::Update => self.fire(now, |window| window.changed),
                OutputMode::Complete if n < batches => {
                    // The sink has no other rows than those of this batch.
                    self.expected.answer.clear();
                    self.fire(now, |_| true);
                }
                OutputMode::Complete => {}
            }
            if mode != OutputMode::Complete {
                self.live.retain(|window| !is_due(window));
            }
        }
        if drain && mode == OutputMode::Append {
            let last = self.events.len().saturating_sub(1);
            let end = Instant { record: last, batch: batches, watermark: Some(i64::MAX) };
            self.fire(end, |_| true);
        }
    }

    /// The live windows that a record's own window belongs to.
    fn touched(&self, start: i64, end: i64, key: u32) -> Vec<usize> {
        let belongs = |window: &Live| match self.case.windows {
            Windows::Session { .. } => window.start <= end && start <= window.end,
            Windows::Tumbling { .. } | Windows::Sliding { .. } => (window.start, window.end) == (start, end),
        };
        (0..self.live.len()).filter(|&at| self.live[at].key == key && belongs(&self.live[at])).collect()
    }

    fn merged(&self, start: i64, end: i64, at: &[usize]) -> (i64, i64) {
        let starts = at.iter().map(|&at| self.live[at].start).chain([start]);
        let ends = at.iter().map(|&at| self.live[at].end).chain([end]);
        (starts.min().unwrap(), ends.max().unwrap())
    }

    fn put(&mut self, i: usize, (start, end): (i64, i64), at: &[usize]) {
        let mut records: Vec<usize> = at.iter().flat_map(|&at| self.live[at].records.clone()).collect();
        records.push(i);
        let mut gone: Vec<Live> = at.iter().rev().map(|&at| self.live.remove(at)).collect();
        gone.sort_by_key(|window| window.start);
        let is_same = |window: &Live| (window.start, window.end) == (start, end);
        let fired = gone.iter().any(|window| window.fired && is_same(window));
        if matches!(self.case.engine, Engine::Flink { .. }) {
            let superseded = gone.iter().filter(|window| window.fired && !is_same(window));
            let row = |window: &Live| (window.start, window.end, window.key, window.records.len() as u64);
            self.expected.superseded.extend(superseded.map(row));
        }
        self.live.push(Live { start, end, key: self.events[i].key, records, changed: true, fired });
    }

    fn count(&mut self, i: usize, windows: usize, dropped: usize) {
        self.kept[i] = dropped < windows;
        if windows > 0 && dropped == windows {
            self.expected.late += 1;
        }
    }

    fn fire(&mut self, now: Instant, is_due: impl Fn(&Live) -> bool) {
        self.live.sort_by_key(|window| (window.end, window.start, window.key));
        for window in self.live.iter_mut().filter(|window| is_due(window)) {
            let values: Vec<i64> = window.records.iter().map(|&i| self.events[i].value).collect();
            window.records.iter().for_each(|&i| self.emitted[i] = true);
            (window.changed, window.fired) = (false, true);
            let result = outcome(&values);
            self.expected.firings.push(Row {
                record: now.record.cast_signed() as i64,
                batch: now.batch.cast_signed() as i64,
                watermark: now.watermark,
                window: (window.start, window.end),
                key: window.key,
                result,
            });
            self.expected.answer.insert((window.start, window.end, window.key), result);
        }
    }
}
