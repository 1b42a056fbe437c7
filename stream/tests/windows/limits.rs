//! Bad input and limits: an error or a refused record, never a panic and never all of the memory.

use datasets::Event;
use stream::{
    JobError, Trigger, Version,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Windows},
};

use crate::common::{at, conclude, event, feed, ints, settings};

fn windows(text: &str) -> Windows {
    text.parse().unwrap()
}

fn refusal(settings: Settings, kind: Kind) -> String {
    make(settings, kind, Trigger::Record).err().expect("these settings should be refused")
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let good = settings(windows("tumbling:10"), Some(0));
    assert_eq!(
        refusal(Settings { delay_ms: Some(-1), ..good }, Kind::PerRecord),
        "delay is -1 ms: it can't be negative"
    );
    for bad in [
        Settings { lateness_ms: -1, ..good },
        Settings { idle_ms: Some(i64::MIN), ..good },
        Settings { max_ahead_ms: Some(-5), ..good },
    ] {
        assert!(refusal(bad, Kind::PerTrigger).ends_with("can't be negative"));
    }
    let without = Settings { delay_ms: None, ..good };
    assert_eq!(
        refusal(without, Kind::PerTrigger),
        "append on an aggregation needs a watermark: give a delay, or use update or complete"
    );
    assert!(make(Settings { mode: OutputMode::Update, ..without }, Kind::PerTrigger, Trigger::Once).is_ok());
    let sessions = Settings { windows: windows("session:5"), ..good };
    assert!(refusal(Settings { mode: OutputMode::Update, ..sessions }, Kind::PerTrigger).contains("session"));
    assert!(refusal(sessions, Kind::PreAggregated).contains("tumbling and sliding"));
    assert!(
        refusal(Settings { lateness_ms: 1, ..good }, Kind::PreAggregated)
            .contains("lateness must be 0, not 1")
    );
}

#[test]
fn windows_beyond_what_a_time_can_be_are_refused_and_move_nothing() {
    let times = [5, i64::MAX, i64::MIN, 6, i64::MAX - 1, 25];
    for text in ["tumbling:10", "sliding:10:3", "session:10"] {
        for (name, kind) in Kind::NAMES {
            let settings = Settings { drain: true, ..settings(windows(text), Some(0)) };
            let Ok(mut job) = make(settings, kind, Trigger::Record) else { continue };
            feed(job.as_mut(), &at(&times), 0, 1, 10);
            let concluded = conclude(job).unwrap();
            let refused: Vec<u64> = concluded.rejected.iter().map(|(record, _)| *record).collect();
            // A session that begins with time is a session; it is late wherever there is a watermark.
            let expected: &[u64] = if text == "session:10" { &[1, 4] } else { &[1, 2, 4] };
            assert_eq!(refused, expected, "{text} {name}");
            assert!(concluded.rejected.iter().all(|(_, reason)| reason == "event time out of range"));
            assert!(ints(&concluded.late, "record").iter().all(|&record| record == 2), "{text} {name}");
        }
    }
}

#[test]
fn times_at_the_very_ends_are_taken_where_their_windows_fit() {
    for delay in [Some(0), Some(i64::MAX), None] {
        for (name, kind) in Kind::NAMES {
            let settings = Settings { drain: true, lateness_ms: 0, ..settings(windows("tumbling:1"), delay) };
            let Ok(mut job) = make(settings, kind, Trigger::Record) else { continue };
            feed(job.as_mut(), &at(&[i64::MIN, i64::MAX - 1, 0, i64::MAX - 1]), 0, 1, 10);
            let counts = conclude(job).unwrap().counts;
            assert_eq!((counts.records, counts.rejected, counts.not_emitted), (4, 0, 0), "{name} {delay:?}");
        }
    }
}

#[test]
fn a_record_too_far_ahead_is_refused_and_moves_nothing() {
    let settings = Settings { max_ahead_ms: Some(100), ..settings(windows("tumbling:10"), Some(0)) };
    let mut job = make(settings, Kind::PerRecord, Trigger::Record).unwrap();
    feed(job.as_mut(), &at(&[1, 1_000_000, 2, 101, 201, 302]), 0, 1, 10);
    let concluded = conclude(job).unwrap();
    let refused: Vec<(u64, &str)> =
        concluded.rejected.iter().map(|(record, reason)| (*record, reason.as_ref())).collect();
    assert_eq!(refused, [(1, "too far ahead"), (5, "too far ahead")]);
    assert_eq!(concluded.counts.late, 0);
}

/// Of 1 and a time far ahead, the third record decides which was wrong.
#[test]
fn a_first_record_with_a_wrong_clock_makes_no_other_late() {
    let cases: [(&[i64], &[u64]); 3] = [
        (&[1_000_000, 1, 2, 15, 30, 1_000_000], &[5]),
        (&[1, 1_000_000, 1_000_001, 1_000_015], &[]),
        (&[1, 1_000_000, 2, 15], &[1]),
    ];
    for (times, expected) in cases {
        for (name, kind) in Kind::NAMES {
            let settings = Settings {
                max_ahead_ms: Some(100),
                drain: true,
                lateness_ms: 0,
                ..settings(windows("tumbling:10"), Some(0))
            };
            let mut job = make(settings, kind, Trigger::Record).unwrap();
            feed(job.as_mut(), &at(times), 0, 1, 10);
            let concluded = conclude(job).unwrap();
            let refused: Vec<u64> = concluded.rejected.iter().map(|(record, _)| *record).collect();
            assert_eq!((refused.as_slice(), concluded.counts.late), (expected, 0), "{name} {times:?}");
        }
    }
}

fn failure(settings: Settings, kind: Kind, events: &[Event]) -> JobError {
    let mut job = make(settings, kind, Trigger::Record).unwrap();
    feed(job.as_mut(), events, 0, 1, 64);
    conclude(job).expect_err("the state should be too large")
}

#[test]
fn a_state_beyond_its_limit_is_an_error() {
    let events: Vec<Event> = (0..1000).map(|i| event(i * 10, (i % 4) as u32, 1)).collect();
    for text in ["tumbling:10", "sliding:20:10", "session:5"] {
        for kind in [Kind::PerRecord, Kind::AtEnd] {
            let settings = Settings { max_state: 100, ..settings(windows(text), Some(100_000)) };
            let error = failure(settings, kind, &events);
            let record = if text == "sliding:20:10" { 50 } else { 100 };
            assert_eq!(
                (error.record, error.message.as_str()),
                (record, "the state holds 101 entries, 100 are allowed")
            );
            assert!(error.hint.unwrap().contains("max-state"));
        }
    }
}

#[test]
fn one_record_in_very_many_windows_stops_at_the_limit() {
    let settings = Settings { max_state: 50, ..settings(windows("sliding:100000:1"), Some(0)) };
    for kind in [Kind::PerRecord, Kind::PreAggregated] {
        // Kept in too many windows, or dropped for too many.
        let error = failure(settings, kind, &at(&[500_000, 450_000, 0, 0, 0]));
        assert_eq!(error.message, "the state holds 51 entries, 50 are allowed");
    }
}

#[test]
fn the_whole_table_each_batch_is_limited_too() {
    let settings =
        Settings { max_state: 500, mode: OutputMode::Complete, ..settings(windows("tumbling:10"), None) };
    let events: Vec<Event> = (0..100).map(|i| event(i * 10, 0, 1)).collect();
    assert!(failure(settings, Kind::PerTrigger, &events).record < 50);
}

#[test]
fn after_a_failure_nothing_is_looked_at() {
    let settings = Settings { max_state: 3, ..settings(windows("tumbling:10"), None) };
    let mut job: Box<dyn Version<Event>> = make(settings, Kind::PerRecord, Trigger::Record).unwrap();
    job.push_chunk(&at(&[0, 10, 20, 30, 40]), &mut Vec::new());
    let failed = job.state().unwrap().save();
    job.push_chunk(&at(&[50]), &mut Vec::new());
    assert_eq!(job.state().unwrap().save(), failed);
    assert_eq!(conclude(job).expect_err("3 entries are allowed").record, 3);
}

#[test]
fn the_state_is_released_as_windows_close() {
    let held = |records: i64, text: &str, kind: Kind| {
        let settings = settings(windows(text), Some(20));
        let mut job = make(settings, kind, Trigger::Record).unwrap();
        // Four keys, one record a millisecond.
        let events: Vec<Event> = (0..records).map(|i| event(i, (i % 4) as u32, 1)).collect();
        feed(job.as_mut(), &events, 0, 1, 64);
        conclude(job).unwrap().counts.state_peak
    };
    // A record at s + 30 opens a window while those at s, s + 10 and s + 20 hold all keys; then the first is released.
    // Between batches of one record, event time follows one record later.
    for (text, kind, expected) in [
        ("tumbling:10", Kind::PerRecord, 3 * 4 + 1),
        ("tumbling:10", Kind::PreAggregated, 3 * 4 + 1),
        ("tumbling:10", Kind::PerTrigger, 3 * 4 + 2),
        ("sliding:20:10", Kind::PerRecord, 4 * 4 + 1),
        ("sliding:20:10", Kind::PerTrigger, 4 * 4 + 2),
        ("session:2", Kind::PerRecord, 23),
        ("session:2", Kind::PerTrigger, 24),
    ] {
        assert_eq!(held(300, text, kind), expected, "{text} {kind:?}");
        assert_eq!(held(5000, text, kind), expected, "{text} {kind:?}");
    }
}
