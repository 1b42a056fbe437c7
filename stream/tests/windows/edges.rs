//! Small inputs at the edges, with the rows that Flink 2.3.0 and Spark 4.3.0 have for them.

use datasets::Event;
use stream::{
    Concluded, Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding},
};

use crate::common::{conclude, event, feed, ints, keys, settings, sums};

const A: u32 = 0;
const B: u32 = 2;

fn windows(text: &str, delay_ms: i64) -> Settings {
    settings(text.parse().unwrap(), Some(delay_ms))
}

fn run(settings: Settings, kind: Kind, batch: u64, events: &[Event]) -> Concluded {
    let trigger = Trigger::EveryRecords(batch.try_into().unwrap());
    let mut job = make(settings, kind, trigger).unwrap();
    feed(job.as_mut(), events, 0, batch as usize, 5);
    conclude(job).unwrap()
}

/// Start, end, key, count and sum of each row.
fn rows(table: &datasets::Table) -> Vec<(i64, i64, i64, i64, i64)> {
    let [starts, ends, keys, counts] =
        ["window_start_ms", "window_end_ms", "key", "count"].map(|name| ints(table, name));
    let sums = sums(table);
    (0..starts.len()).map(|i| (starts[i], ends[i], keys[i], counts[i], sums[i] as i64)).collect()
}

fn answer(concluded: &Concluded) -> Vec<(i64, i64, i64, i64, i64)> {
    rows(&concluded.table)
}

fn of(records: &[(i64, u32, i64)]) -> Vec<Event> {
    records.iter().map(|&(time, key, value)| event(time, key, value)).collect()
}

/// Two sessions that have fired, and a late record between them.
#[test]
fn rows_of_sessions_that_merged_later_stand_or_are_taken_back() {
    let events = of(&[(0, A, 1), (20, A, 2), (40, B, 0), (10, A, 4), (90, B, 0)]);
    let settings = Settings { lateness_ms: 50, ..windows("session:10", 0) };
    let keep = run(settings, Kind::PerRecord, 1, &events);
    let (others, merged) = ([(40, 50, 2, 1, 0), (90, 100, 2, 1, 0)], (0, 30, 0, 3, 7));
    let superseded: Vec<_> =
        keep.superseded.iter().map(|row| (row.start_ms, row.end_ms, row.key, row.records)).collect();
    assert_eq!(superseded, [(0, 10, A, 1), (20, 30, A, 1)]);
    let [last, next] = others;
    assert_eq!(answer(&keep), [(0, 10, 0, 1, 1), merged, (20, 30, 0, 1, 2), last, next]);

    let settings = Settings { superseding: Superseding::Withdraw, ..settings };
    let withdrawn = run(settings, Kind::PerRecord, 1, &events);
    assert_eq!((answer(&withdrawn), withdrawn.superseded.len()), (vec![merged, last, next], 0));
    let firings = rows(withdrawn.firings.as_ref().unwrap());
    assert_eq!(firings[2..5], [(0, 10, 0, 0, 0), (20, 30, 0, 0, 0), merged]);
}

/// A late record that makes a session longer is a merge, too.
#[test]
fn a_session_that_grows_after_it_has_fired_leaves_its_row() {
    let events = of(&[(0, A, 1), (5000, A, 10), (1500, A, 100)]);
    let settings = Settings { lateness_ms: 10_000, ..windows("session:2000", 0) };
    let keep = run(settings, Kind::PerRecord, 1, &events);
    assert_eq!(answer(&keep), [(0, 2000, 0, 1, 1), (0, 3500, 0, 2, 101), (5000, 7000, 0, 1, 10)]);
    assert_eq!(keep.superseded.len(), 1);
    let settings = Settings { superseding: Superseding::Withdraw, ..settings };
    let withdrawn = run(settings, Kind::PerRecord, 1, &events);
    assert_eq!(answer(&withdrawn), [(0, 3500, 0, 2, 101), (5000, 7000, 0, 1, 10)]);
}

#[test]
fn in_complete_mode_a_batch_replaces_all_sessions() {
    let settings = Settings { mode: OutputMode::Complete, ..windows("session:5000", 0) };
    let concluded = run(settings, Kind::PerTrigger, 1, &of(&[(1000, A, 1), (2000, A, 2)]));
    assert_eq!(answer(&concluded), [(1000, 7000, 0, 2, 3)]);
    assert_eq!(concluded.counts.firings, 2);
}

#[test]
fn in_complete_mode_late_records_count() {
    let settings = Settings { mode: OutputMode::Complete, ..windows("tumbling:10", 0) };
    let concluded = run(settings, Kind::PerTrigger, 1, &of(&[(1, A, 1), (95, A, 1), (96, A, 1), (2, A, 1)]));
    assert_eq!(answer(&concluded), [(0, 10, 0, 2, 2), (90, 100, 0, 2, 2)]);
    assert_eq!(concluded.counts.late, 0);
}

/// The first session is emitted and forgotten; a record that would touch it is in time on its own.
#[test]
fn sessions_of_one_key_may_overlap_per_trigger() {
    let events = of(&[(1000, A, 1), (1010, B, 1), (1011, B, 1), (1009, A, 1), (1030, B, 1), (1031, B, 1)]);
    let concluded = run(windows("session:10", 0), Kind::PerTrigger, 1, &events);
    assert_eq!(answer(&concluded), [(1000, 1010, 0, 1, 1), (1009, 1019, 0, 1, 1), (1010, 1021, 2, 2, 2)]);
    assert_eq!(concluded.counts.late, 0);
}

/// Batches, each with its records; an empty one is a trigger that finds none.
fn in_batches(settings: Settings, batches: &[&[(i64, u32, i64)]]) -> Concluded {
    let trigger = Trigger::EveryMs(1000.try_into().unwrap());
    let mut job = make(settings, Kind::PerTrigger, trigger).unwrap();
    for batch in batches {
        if batch.is_empty() {
            job.tick();
        } else {
            job.push_chunk(&of(batch), &mut Vec::new());
            job.end_batch(&mut Vec::new());
        }
        let saved = job.state().unwrap().save();
        job = make(settings, Kind::PerTrigger, trigger).unwrap();
        job.state().unwrap().restore(&saved).unwrap();
    }
    conclude(job).unwrap()
}

/// With pauses between the batches, event time moves while nothing comes.
#[test]
fn a_trigger_that_finds_no_records_applies_the_watermark() {
    let events: [&[(i64, u32, i64)]; 4] =
        [&[(1000, A, 1)], &[(0, A, 10)], &[(2000, A, 100)], &[(3000, A, 1000)]];
    let none: &[(i64, u32, i64)] = &[];
    for max_ahead_ms in [None, Some(100_000)] {
        let settings = Settings { max_ahead_ms, ..windows("tumbling:100", 0) };
        let [first, second, third, fourth] = events;
        let paused = in_batches(settings, &[first, none, second, none, none, third, none, fourth]);
        assert_eq!(ints(&paused.late, "record"), [1]);
        assert_eq!(answer(&paused), [(1000, 1100, 0, 1, 1), (2000, 2100, 0, 1, 100)]);
        let firings = paused.firings.as_ref().unwrap();
        // Before the fourth record; what comes out last comes at the end of input.
        assert_eq!((ints(firings, "record"), ints(firings, "batch")), (vec![2, 3], vec![4, 6]));
        assert_eq!(paused.counts.batches, 6);

        let at_once = in_batches(settings, &events);
        assert!(ints(&at_once.late, "record").is_empty());
        assert_eq!(answer(&at_once), [(0, 100, 0, 1, 10), (1000, 1100, 0, 1, 1), (2000, 2100, 0, 1, 100)]);
        assert_eq!(ints(at_once.firings.as_ref().unwrap(), "record"), [1, 3, 3]);
    }
}

/// Three records that come late count when batches follow each other at once, and don't after a pause.
#[test]
fn a_pause_decides_about_late_records() {
    let settings = windows("tumbling:10000", 0);
    let first: &[(i64, u32, i64)] = &[(1000, A, 1), (2000, A, 1), (3000, A, 1), (25_000, A, 1)];
    let late: &[(i64, u32, i64)] = &[(4000, A, 1), (5000, A, 1), (6000, A, 1)];
    let last: &[(i64, u32, i64)] = &[(40_000, A, 1)];
    let count = |batches: &[&[(i64, u32, i64)]]| answer(&in_batches(settings, batches))[0];
    assert_eq!(count(&[first, late, last]), (0, 10_000, 0, 6, 6));
    assert_eq!(count(&[first, &[], late, &[], last]), (0, 10_000, 0, 3, 3));
}

#[test]
fn within_the_lateness_a_window_takes_late_records() {
    let records = [
        (5, A, 1),
        (50, A, 2),
        (65, A, 4),
        (55, A, 8),
        (100, A, 16),
        (58, A, 32),
        (130, A, 64),
        (59, A, 128),
    ];
    let settings = Settings { lateness_ms: 60, ..windows("tumbling:60", 0) };
    let concluded = run(settings, Kind::PerRecord, 1, &of(&records));
    assert_eq!(answer(&concluded), [(0, 60, 0, 4, 43), (60, 120, 0, 2, 20), (120, 180, 0, 1, 64)]);
}

#[test]
fn an_idle_partition_lets_time_go_on_and_its_next_record_is_late() {
    let mut records = vec![(1000, A, 1, 0), (1000, A, 2, 1)];
    records.extend((2..=8).map(|second| (second * 1000, A, 4, 0)));
    records.extend([(1500, B, 8, 1), (9500, A, 16, 0)]);
    let events: Vec<Event> = records
        .into_iter()
        .map(|(time_ms, key, value, partition)| Event { time_ms, key, partition, value })
        .collect();
    let settings = Settings { partitions: 2, idle_ms: Some(5000), ..windows("tumbling:2000", 0) };
    let concluded = run(settings, Kind::PerRecord, 1, &events);
    let expected = [(0, 3), (2000, 8), (4000, 8), (6000, 8), (8000, 20)];
    assert_eq!(answer(&concluded), expected.map(|(start, sum)| (start, start + 2000, 0, 2, sum)));
    assert_eq!(ints(&concluded.late, "record"), [9]);
}

#[test]
fn sliding_windows_before_the_epoch() {
    let times = [-31_000, -14_000, -12_000, -9_000, -1, 0, 2, 11_999, 12_000];
    let records: Vec<_> = times.into_iter().zip(0..).map(|(time, i)| (time, A, 1 << i)).collect();
    let concluded = run(windows("sliding:24000:6000", 0), Kind::AtEnd, 1, &of(&records));
    let expected = [
        (-54, 1, 1),
        (-48, 1, 1),
        (-42, 1, 1),
        (-36, 2, 3),
        (-30, 3, 14),
        (-24, 4, 30),
        (-18, 6, 126),
        (-12, 6, 252),
        (-6, 5, 496),
        (0, 4, 480),
        (6, 2, 384),
        (12, 1, 256),
    ];
    let row = |(start, count, sum): (i64, i64, i64)| (start * 1000, (start + 24) * 1000, 0, count, sum);
    assert_eq!(answer(&concluded), expected.map(row));
}

#[test]
fn a_record_behind_the_watermark_joins_a_session_that_was_not_emitted() {
    let events = of(&[(0, A, 1), (13, B, 0), (4, A, 2), (40, B, 0)]);
    let concluded = run(windows("session:6", 0), Kind::PerTrigger, 1, &events);
    assert_eq!(answer(&concluded), [(0, 10, 0, 2, 3), (13, 19, 2, 1, 0)]);
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let most = i64::MAX;
    let events = of(&[(0, A, most), (1, A, 7), (2, A, most), (3, B, i64::MIN), (4, B, -3)]);
    let concluded = run(windows("tumbling:60", 0), Kind::PerRecord, 1, &events);
    assert_eq!(sums(&concluded.table), [18_446_744_073_709_551_621, -9_223_372_036_854_775_811]);
    assert_eq!(keys().get(A), b"m");
}
