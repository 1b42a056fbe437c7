//! The guard against a clock that is wrong, by brute force: every small sequence, held against the rule as it is written
//! in the documentation, and the promises that it makes.

use datasets::Event;
use stream::{
    Concluded, Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
};

use crate::{
    common::{conclude, feed, ints, settings, told},
    oracle,
};

const MOST: i64 = 10;

/// Describes what becomes of a sequence: the records that are refused and those that are late, in windows of 1 ms
/// without delay.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fate {
    rejected: Vec<i64>,
    late: Vec<i64>,
}

/// The rule, read aloud.
#[derive(Default)]
struct Guard<'a> {
    events: &'a [Event],
    /// The largest event time that is believed.
    now: Option<i64>,
    has_begun: bool,
    held: Vec<usize>,
    late: Vec<i64>,
}

impl Guard<'_> {
    fn take(&mut self, i: usize, before: Option<i64>) {
        let time = self.events[i].time_ms;
        if self.has_begun && before.is_some_and(|before| time < before) {
            self.late.push((i as u64).cast_signed());
        }
        self.now = Some(self.now.map_or(time, |now| now.max(time)));
    }

    /// The record right before this one, and the last one of its partition, where these are held aside.
    fn may_agree(&self, i: usize) -> Vec<usize> {
        let is_same = |&j: &usize| self.events[j].partition == self.events[i].partition;
        let both = [i.checked_sub(1), (0..i).rev().find(is_same)];
        both.into_iter().flatten().filter(|j| self.held.contains(j)).collect()
    }

    fn see(&mut self, i: usize) {
        let time = self.events[i].time_ms;
        let agree = |other: i64| (time - other).abs() <= MOST;
        match self.now {
            None => self.take(i, None),
            Some(now) if time > now + MOST => {
                let other = self.may_agree(i).into_iter().find(|&j| agree(self.events[j].time_ms));
                let Some(other) = other else {
                    self.held.push(i);
                    return;
                };
                self.has_begun = true;
                self.held.retain(|&j| j != other);
                self.take(other, Some(now));
                while let Some(&j) =
                    self.held.iter().find(|&&j| self.events[j].time_ms <= self.now.unwrap().max(time) + MOST)
                {
                    self.held.retain(|&other| other != j);
                    self.take(j, Some(now));
                }
                self.take(i, Some(now));
            }
            Some(now) if !self.has_begun && !agree(now) => {
                self.now = None;
                self.take(i, None);
            }
            Some(now) => {
                self.has_begun = true;
                self.take(i, Some(now));
            }
        }
    }
}

fn expected(events: &[Event]) -> Fate {
    let mut guard = Guard { events, ..Guard::default() };
    (0..events.len()).for_each(|i| guard.see(i));
    let rejected = guard.held.iter().map(|&i| (i as u64).cast_signed()).collect();
    Fate { rejected, late: guard.late }
}

fn guarded(events: &[Event], kind: Kind, delay_ms: i64) -> Concluded {
    let windows = "tumbling:1".parse().unwrap();
    let settings = Settings { max_ahead_ms: Some(MOST), drain: true, ..settings(windows, Some(delay_ms)) };
    let mut job = make(settings, kind, Trigger::Record).unwrap();
    feed(job.as_mut(), events, 0, 1, 3);
    conclude(job).unwrap()
}

fn rejected(concluded: &Concluded) -> Vec<i64> {
    assert!(concluded.rejected.iter().all(|(_, reason)| reason == "too far ahead"));
    concluded.rejected.iter().map(|(record, _)| record.cast_signed()).collect()
}

fn event(time_ms: i64, partition: u32) -> Event {
    Event { time_ms, key: 0, partition, value: 1 }
}

/// Every sequence of up to `most` of these.
fn sequences(of: &[Event], most: usize) -> Vec<Vec<Event>> {
    let mut all = vec![vec![]];
    let mut last = vec![vec![]];
    for _ in 0..most {
        let longer = |short: &Vec<Event>| {
            let short = short.clone();
            of.iter().map(move |event| [short.clone(), vec![*event]].concat())
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[test]
fn every_small_sequence_fares_as_the_rule_says() {
    let times = [0, 4, 40, 43, 52, 90].map(|time| event(time, 0));
    for events in sequences(&times, 5) {
        let concluded = guarded(&events, Kind::PerRecord, 0);
        let fate = Fate { rejected: rejected(&concluded), late: ints(&concluded.late, "record") };
        assert_eq!(fate, expected(&events), "{events:?}");
    }
}

#[test]
fn records_of_one_partition_agree_though_others_come_between() {
    let times = [0, 40, 43, 90].map(|time| [event(time, 0), event(time, 1)]).concat();
    for events in sequences(&times, 4) {
        let concluded = guarded(&events, Kind::PerRecord, 0);
        assert_eq!(rejected(&concluded), expected(&events).rejected, "{events:?}");
    }
}

/// One record with a wrong clock among good ones, wherever it stands: none of the others is late or refused.
#[test]
fn one_record_with_a_wrong_clock_harms_no_other() {
    for records in 3..7_i64 {
        for at in 0..=records {
            for wrong in [100, -100] {
                let mut events: Vec<Event> = (0..records).map(|time| event(time, 0)).collect();
                events.insert(at as usize, event(wrong, 0));
                for (name, kind) in Kind::NAMES {
                    let concluded = guarded(&events, kind, 0);
                    // The first has nothing to be held against, and one far behind is only late.
                    let is_refused = wrong > 0 && at > 0;
                    let what = format!("{name} {events:?}");
                    assert_eq!(rejected(&concluded), if is_refused { vec![at] } else { vec![] }, "{what}");
                    let late = ints(&concluded.late, "record");
                    assert!(late.iter().all(|&record| record == at), "{what}: {late:?}");
                    assert_eq!(
                        (concluded.table.rows() as u64).cast_signed(),
                        records + i64::from(!is_refused && late.is_empty()),
                        "{what}"
                    );
                }
            }
        }
    }
}

/// Gaps longer than the guard's bound, each with two records or more behind it: all is as in the batch.
#[test]
fn after_a_gap_event_time_goes_on_and_nothing_is_lost() {
    for lengths in [[5, 25, 2], [1, 2, 2], [2, 2, 9], [1, 9, 2]] {
        let eras = lengths.into_iter().zip([0, 395, 1000]);
        let events: Vec<Event> =
            eras.flat_map(|(records, start)| (0..records).map(move |i| event(start + i, 0))).collect();
        for (name, kind) in Kind::NAMES {
            let concluded = guarded(&events, kind, 0);
            assert_eq!((rejected(&concluded), concluded.counts.late), (vec![], 0), "{name}");
            let answer = told(&concluded).answer;
            assert_eq!(answer, oracle::batch("tumbling:1".parse().unwrap(), &events), "{name}");
        }
    }
}
