//! An answer that is served late and wrong, held against the truth: every figure against a brute force that compares whole
//! tables after each step.

use std::collections::{BTreeMap, BTreeSet};

use compare::{LargestError, Percentiles, UntilRight, Wrongness, WrongnessPoint};
use datasets::{Answer, Delivery, Event, Keys, Side, Sided, SplitMix64, Value};
use platform::{
    catalog::{DEDUPLICATED_TOTALS, ENRICHMENT_JOIN, ORDER_PAYMENT_JOIN, SESSIONS, WINDOWED_AGGREGATION},
    problem::{Params, Problem, Work},
    truth::Truth,
};

/// Rows by their keys, as bytes.
type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Something that happens to a log and to the answer that is served of it.
#[derive(Debug, Clone)]
enum Step {
    Arrive { time_ms: i64 },
    Pass { time_ms: i64 },
    Put { key: Vec<u8>, value: Vec<u8> },
    Delete { key: Vec<u8> },
    Replace { rows: Map },
    Sample { watermark_ms: Option<i64> },
}

/// A log, and the truth at each of its prefixes.
struct Log<R: 'static> {
    records: Vec<R>,
    keys: Keys,
    problem: &'static Problem<R>,
    params: Params,
    truths: Vec<Map>,
    /// The event time of each record.
    times: Vec<i64>,
    has_windows: bool,
}

impl<R: 'static> Log<R> {
    fn new(
        problem: &'static Problem<R>,
        param: Option<(&str, &str)>,
        records: Vec<R>,
        time: impl Fn(&R) -> i64,
    ) -> Self {
        let params =
            Params(param.into_iter().map(|(name, value)| (name.to_owned(), Value::of(value))).collect());
        let mut keys = Keys::default();
        for text in ["b", "", "a"] {
            keys.intern(text.as_bytes());
        }
        let truth = |records: &[R]| {
            let computed = (problem.reference)(records, &keys, &params, Work::Full).expect("an answer");
            let Answer::Table(table) = computed.answer else { panic!("no table") };
            let both = |row| {
                let (mut key, mut value) = (Vec::new(), Vec::new());
                table.write_key(row, &keys, &mut key);
                table.write_value(row, &keys, &mut value);
                (key, value)
            };
            (0..table.rows()).map(both).collect()
        };
        let truths = (0..=records.len()).map(|prefix| truth(&records[..prefix])).collect();
        let times = records.iter().map(time).collect();
        let has_windows = matches!(problem.entry.name, "windowed-aggregation" | "sessions");
        Self { records, keys, problem, params, truths, times, has_windows }
    }

    /// The end of a row's window: its second column.
    fn end_ms(&self, key: &[u8]) -> Option<i64> {
        let bytes = key.get(8..16).filter(|_| self.has_windows && key.len() > 16)?;
        Some((u64::from_be_bytes(bytes.try_into().expect("eight bytes")) ^ (1 << 63)).cast_signed())
    }

    fn found(&self, steps: &[Step]) -> Wrongness {
        let truth = Truth::of(self.problem, &self.params, &self.keys).expect("parameters");
        let (mut truth, mut records) = (truth.expect("a table"), self.records.iter());
        for step in steps {
            match step {
                Step::Arrive { time_ms } => {
                    truth.arrive(records.next().expect("a record"), *time_ms).expect("a good record");
                }
                Step::Pass { time_ms } => truth.pass_until(*time_ms),
                Step::Put { key, value } => truth.put(key, value),
                Step::Delete { key } => truth.delete(key),
                Step::Replace { rows } => {
                    truth.replace(rows.iter().map(|(key, value)| (&key[..], &value[..])));
                }
                Step::Sample { watermark_ms } => truth.sample(*watermark_ms),
            }
        }
        truth.end()
    }
}

/// How things stand after a step.
#[derive(Clone, Default)]
struct Snapshot {
    records: usize,
    /// Nothing before the first arrival, or passing of time.
    now_ms: Option<i64>,
    served: Map,
}

impl Snapshot {
    fn after(&self, step: &Step) -> Self {
        let mut next = self.clone();
        let later = |time_ms: i64| Some(self.now_ms.map_or(time_ms, |now_ms| now_ms.max(time_ms)));
        match step {
            Step::Arrive { time_ms } => (next.records, next.now_ms) = (self.records + 1, later(*time_ms)),
            Step::Pass { time_ms } => next.now_ms = later(*time_ms),
            Step::Put { key, value } => _ = next.served.insert(key.clone(), value.clone()),
            Step::Delete { key } => _ = next.served.remove(key),
            Step::Replace { rows } => next.served.clone_from(rows),
            Step::Sample { .. } => {}
        }
        next
    }

    fn wrong(&self, truths: &[Map]) -> BTreeSet<Vec<u8>> {
        let truth = &truths[self.records];
        let keys = truth.keys().chain(self.served.keys());
        keys.filter(|&key| truth.get(key) != self.served.get(key)).cloned().collect()
    }
}

fn percentiles(durations: &[u64]) -> Percentiles {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let percentile = |percent: usize| {
        let covers = |&&value: &&u64| {
            sorted.iter().filter(|&&other| other <= value).count() * 100 >= percent * sorted.len()
        };
        sorted.iter().find(covers).copied()
    };
    Percentiles { p50_ms: percentile(50), p99_ms: percentile(99), max_ms: sorted.last().copied() }
}

/// The definitions, word for word, over snapshots of everything after each step.
struct Brute<'a, R: 'static> {
    log: &'a Log<R>,
    steps: &'a [Step],
    /// Before the first step, and after each.
    snapshots: Vec<Snapshot>,
    wrong: Vec<BTreeSet<Vec<u8>>>,
}

impl<'a, R> Brute<'a, R> {
    fn new(log: &'a Log<R>, steps: &'a [Step]) -> Self {
        let mut snapshots = vec![Snapshot::default()];
        for step in steps {
            let next = snapshots.last().expect("the first").after(step);
            snapshots.push(next);
        }
        let wrong = snapshots.iter().map(|snapshot| snapshot.wrong(&log.truths)).collect();
        Self { log, steps, snapshots, wrong }
    }

    fn last(&self) -> &Snapshot {
        self.snapshots.last().expect("the first")
    }

    /// How long the state after so many steps lasted.
    fn lasted(&self, at: usize) -> u64 {
        let next = self.snapshots.get(at + 1).and_then(|next| next.now_ms);
        self.snapshots[at].now_ms.zip(next).map_or(0, |(now_ms, next_ms)| now_ms.abs_diff(next_ms))
    }

    fn largest(&self) -> Option<LargestError> {
        let is_seen = |&at: &usize| match self.steps.get(at) {
            None | Some(Step::Arrive { .. }) => true,
            Some(_) => self.lasted(at) > 0,
        };
        let most = (0..self.snapshots.len()).filter(is_seen).map(|at| self.wrong[at].len()).max()?;
        let at = (0..self.snapshots.len()).filter(is_seen).find(|&at| self.wrong[at].len() == most)?;
        let Snapshot { records, now_ms, .. } = self.snapshots[at];
        // What is served before the first arrival is served from its time on.
        let now_ms = now_ms.or_else(|| self.snapshots.get(at + 1)?.now_ms);
        (most > 0).then(|| LargestError {
            rows: most as u64,
            records: records as u64,
            time_ms: now_ms.unwrap_or(0),
        })
    }

    fn until_right(&self) -> UntilRight {
        let (mut durations, mut never) = (Vec::new(), 0);
        for key in self.log.truths[self.last().records].keys() {
            if self.wrong[self.steps.len()].contains(key) {
                never += 1;
                continue;
            }
            let truth = |at: usize| self.log.truths[self.snapshots[at].records].get(key);
            let changed =
                (1..self.snapshots.len()).rfind(|&at| truth(at) != truth(at - 1)).expect("an arrival");
            let wrong = (0..self.snapshots.len()).rfind(|&at| self.wrong[at].contains(key));
            let right = wrong.map_or(changed, |wrong| wrong + 1).max(changed);
            let now = |at: usize| self.snapshots[at].now_ms.expect("after an arrival");
            durations.push(now(changed).abs_diff(now(right)));
        }
        UntilRight { rows: durations.len() as u64, never, time: percentiles(&durations) }
    }

    fn point(&self, at: usize, watermark_ms: Option<i64>) -> WrongnessPoint {
        let Snapshot { records, now_ms, served } = &self.snapshots[at];
        let truth = &self.log.truths[*records];
        let wrong = &self.wrong[at];
        let count = |holds: &dyn Fn(&Vec<u8>) -> bool| wrong.iter().filter(|&key| holds(key)).count() as u64;
        let has_passed = |watermark_ms: Option<i64>, key: &[u8]| {
            watermark_ms.zip(self.log.end_ms(key)).map(|(watermark_ms, end_ms)| end_ms <= watermark_ms)
        };
        let last_watermark = self.steps.iter().rev().find_map(|step| match step {
            Step::Sample { watermark_ms } => Some(*watermark_ms),
            _ => None,
        });
        let stays = |key: &Vec<u8>| self.wrong[at..].iter().all(|wrong| wrong.contains(key));
        let is_open = |key: &Vec<u8>| has_passed(last_watermark.flatten(), key) == Some(false);
        let newest = self.log.times[..*records].iter().max();
        WrongnessPoint {
            records: *records as u64,
            time_ms: now_ms.unwrap_or(0),
            rows: truth.len() as u64,
            missing: count(&|key| !served.contains_key(key)),
            changed: count(&|key| served.contains_key(key) && truth.contains_key(key)),
            extra: count(&|key| !truth.contains_key(key)),
            claimed: count(&|key| has_passed(watermark_ms, key) == Some(true)),
            for_good: count(&|key| stays(key) && !is_open(key)),
            staleness_ms: watermark_ms
                .zip(newest)
                .map(|(watermark_ms, &newest)| newest.saturating_sub(watermark_ms).max(0).cast_unsigned()),
        }
    }

    fn wrongness(&self) -> Wrongness {
        let points: Vec<WrongnessPoint> = (1..)
            .zip(self.steps)
            .filter_map(|(at, step)| match step {
                Step::Sample { watermark_ms } => Some(self.point(at, *watermark_ms)),
                _ => None,
            })
            .collect();
        let all = || 0..self.snapshots.len();
        let recorded_ms: u64 = all().map(|at| self.lasted(at)).sum();
        let wrong_ms = all().filter(|&at| !self.wrong[at].is_empty()).map(|at| self.lasted(at)).sum();
        let area: u64 = all().map(|at| self.lasted(at) * self.wrong[at].len() as u64).sum();
        let staleness: Vec<u64> = points.iter().filter_map(|point| point.staleness_ms).collect();
        Wrongness {
            records: self.last().records as u64,
            points,
            recorded_ms,
            wrong_ms,
            wrong_share: (recorded_ms > 0).then(|| wrong_ms as f64 / recorded_ms as f64),
            wrong_row_seconds: area as f64 / 1000.0,
            largest: self.largest(),
            until_right: self.until_right(),
            staleness: percentiles(&staleness),
        }
    }
}

fn draw(random: &mut SplitMix64, most: u64) -> usize {
    random.uniform(0, most) as usize
}

fn number(random: &mut SplitMix64, most: u64) -> i64 {
    random.uniform(0, most).cast_signed()
}

/// A server that is mostly late, sometimes ahead, and sometimes wrong.
fn steps<R>(log: &Log<R>, random: &mut SplitMix64) -> Vec<Step> {
    let (mut steps, mut arrived, mut now_ms) = (Vec::new(), 0, 1000);
    let most = log.records.len();
    while arrived < most || draw(random, 9) > 0 {
        let seen = if draw(random, 5) == 0 { draw(random, most as u64) } else { arrived };
        let rows: Vec<(&Vec<u8>, &Vec<u8>)> = log.truths[seen].iter().collect();
        let row = (!rows.is_empty()).then(|| rows[draw(random, rows.len() as u64 - 1)]);
        now_ms += [0, 0, 1, 5, -3][draw(random, 4)];
        steps.push(match (draw(random, 15), row) {
            (0..=4, _) if arrived < most => {
                arrived += 1;
                Step::Arrive { time_ms: now_ms }
            }
            (5..=7, Some((key, value))) => Step::Put { key: key.clone(), value: value.clone() },
            (8, Some((key, _))) => {
                let value = rows[draw(random, rows.len() as u64 - 1)].1.clone();
                Step::Put { key: key.clone(), value }
            }
            (9, Some((key, _))) => Step::Delete { key: key.clone() },
            (10, _) => {
                let keep = rows.iter().filter(|_| draw(random, 4) > 0);
                Step::Replace { rows: keep.map(|&(key, value)| (key.clone(), value.clone())).collect() }
            }
            (11, _) => Step::Put { key: vec![1, 2, 3], value: vec![draw(random, 1) as u8] },
            (12, _) => Step::Pass { time_ms: now_ms + 7 },
            _ => {
                let watermark_ms = (draw(random, 4) > 0).then(|| number(random, 60) - 25);
                Step::Sample { watermark_ms }
            }
        });
    }
    steps
}

fn check<R>(log: &Log<R>, random: &mut SplitMix64) {
    let steps = steps(log, random);
    let brute = Brute::new(log, &steps);
    assert_eq!(log.found(&steps), brute.wrongness(), "{}: {steps:?}", log.problem.entry.name);
}

/// Draws up to 14 records and holds a server's answer of them against the brute force, some hundred times.
fn rounds<R>(
    seed: u64,
    problem: &'static Problem<R>,
    param: Option<(&str, &str)>,
    record: impl Fn(&mut SplitMix64) -> (R, i64),
) where
    R: Clone,
{
    let mut random = SplitMix64::new(seed);
    for _ in 0..250 {
        let (records, times): (Vec<R>, Vec<i64>) =
            (0..draw(&mut random, 14)).map(|_| record(&mut random)).unzip();
        let mut log = Log::new(problem, param, records, |_| 0);
        log.times = times;
        check(&log, &mut random);
    }
}

fn event(random: &mut SplitMix64) -> (Event, i64) {
    let time_ms = number(random, 50) - 20;
    (Event { time_ms, key: draw(random, 2) as u32, partition: 0, value: number(random, 2) - 1 }, time_ms)
}

fn sided(random: &mut SplitMix64) -> (Sided, i64) {
    let time_ms = number(random, 20) - 10;
    let side = [Side::Left, Side::Right][draw(random, 1)];
    (Sided { time_ms, side, key: draw(random, 1) as u32, value: number(random, 2) }, time_ms)
}

#[test]
fn windows_are_as_wrong_as_a_brute_force_says() {
    rounds(1, &WINDOWED_AGGREGATION, Some(("window", "tumbling:10")), event);
    rounds(2, &WINDOWED_AGGREGATION, Some(("window", "sliding:10:4")), event);
}

#[test]
fn sessions_are_as_wrong_as_a_brute_force_says() {
    rounds(3, &SESSIONS, Some(("gap", "5")), event);
}

#[test]
fn totals_are_as_wrong_as_a_brute_force_says() {
    rounds(4, &DEDUPLICATED_TOTALS, None, |random| {
        let (Event { time_ms, key, value, .. }, _) = event(random);
        (Delivery { time_ms, key, value, id: draw(random, 2) as u32 }, time_ms)
    });
}

#[test]
fn joins_are_as_wrong_as_a_brute_force_says() {
    rounds(5, &ENRICHMENT_JOIN, None, sided);
    rounds(6, &ORDER_PAYMENT_JOIN, Some(("within", "6")), sided);
}

#[test]
fn an_answer_that_is_served_late_is_wrong_for_so_long() {
    let event = |time_ms, value| Event { time_ms, key: 0, partition: 0, value };
    let records = vec![event(0, 1), event(9, 2), event(12, 3)];
    let log =
        Log::new(&WINDOWED_AGGREGATION, Some(("window", "tumbling:10")), records, |event| event.time_ms);
    let row = |prefix: usize| {
        let (key, value) = log.truths[prefix].iter().next().expect("the first window");
        Step::Put { key: key.clone(), value: value.clone() }
    };
    let found = log.found(&[
        Step::Arrive { time_ms: 100 },
        row(1),
        Step::Arrive { time_ms: 110 },
        Step::Sample { watermark_ms: Some(0) },
        Step::Pass { time_ms: 140 },
        row(2),
        Step::Arrive { time_ms: 150 },
        Step::Pass { time_ms: 160 },
        Step::Sample { watermark_ms: Some(10) },
    ]);
    let [stale, open] = &found.points[..] else { panic!("{found:?}") };
    assert_eq!((stale.changed, stale.for_good, stale.stale(), stale.staleness_ms), (1, 0, 1, Some(9)));
    // The second window is never served, but nobody claims that it is complete.
    assert_eq!((open.missing, open.claimed, open.for_good, open.staleness_ms), (1, 0, 0, Some(2)));
    assert_eq!((found.recorded_ms, found.wrong_ms, found.wrong_row_seconds), (60, 40, 0.04));
    assert_eq!(found.largest, Some(LargestError { rows: 1, records: 2, time_ms: 110 }));
    let UntilRight { rows, never, time } = found.until_right;
    assert_eq!((rows, never, time.max_ms), (1, 1, Some(30)));
}

#[test]
fn decisions_have_no_truth_that_grows() {
    let keys = Keys::default();
    let truth = Truth::of(&platform::catalog::BIN_PACKING, &Params::default(), &keys);
    assert!(truth.expect("no trouble").is_none());
}
