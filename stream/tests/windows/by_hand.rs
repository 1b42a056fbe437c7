//! Cases computed by hand from the semantics, one for each sentence that is easy to get wrong.

use std::num::NonZeroU64;

use datasets::Event;
use stream::{
    Concluded, Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Windows},
};

use crate::common::{at, conclude, event, feed, ints, settings};

fn windows(text: &str) -> Windows {
    text.parse().unwrap()
}

fn every(n: u64) -> Trigger {
    Trigger::EveryRecords(NonZeroU64::new(n).unwrap())
}

fn run(settings: Settings, kind: Kind, trigger: Trigger, events: &[Event]) -> Concluded {
    let batch = match trigger {
        Trigger::EveryRecords(n) => n.get() as usize,
        Trigger::Record => 1,
        Trigger::EveryMs(_) | Trigger::Eager | Trigger::Once => usize::MAX / 2,
    };
    let mut job = make(settings, kind, trigger).unwrap();
    feed(job.as_mut(), events, 0, batch, 1024);
    conclude(job).unwrap()
}

/// Start, end and count of each row of the answer.
fn answer(concluded: &Concluded) -> Vec<(i64, i64, i64)> {
    let [starts, ends, counts] =
        ["window_start_ms", "window_end_ms", "count"].map(|name| ints(&concluded.table, name));
    (0..starts.len()).map(|i| (starts[i], ends[i], counts[i])).collect()
}

/// Record at hand, watermark, start, end and count of each firing.
fn firings(concluded: &Concluded) -> Vec<(i64, i64, i64, i64, i64)> {
    let [records, watermarks, starts, ends, counts] =
        ["record", "watermark_ms", "window_start_ms", "window_end_ms", "count"]
            .map(|name| ints(concluded.firings.as_ref().unwrap(), name));
    (0..records.len()).map(|i| (records[i], watermarks[i], starts[i], ends[i], counts[i])).collect()
}

/// Record, start and end of each pair that was dropped.
fn late(concluded: &Concluded) -> Vec<(i64, i64, i64)> {
    let [records, starts, ends] =
        ["record", "window_start_ms", "window_end_ms"].map(|name| ints(&concluded.late, name));
    (0..records.len()).map(|i| (records[i], starts[i], ends[i])).collect()
}

const END: i64 = i64::MAX;

#[test]
fn a_session_closes_before_a_record_that_touches_it_and_nothing_is_dropped() {
    let settings = settings(windows("session:10"), Some(0));
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[102, 117, 109]));
    assert_eq!(answer(&concluded), [(102, 112, 1), (109, 127, 2)]);
    assert_eq!(firings(&concluded), [(1, 116, 102, 112, 1), (2, END, 109, 127, 2)]);
    assert_eq!(late(&concluded), []);
    let batch = run(settings, Kind::AtEnd, Trigger::Record, &at(&[102, 117, 109]));
    assert_eq!(answer(&batch), [(102, 127, 3)]);
}

#[test]
fn sessions_that_touch_are_one() {
    for (times, expected) in [
        (&[100, 110][..], &[(100, 120, 2)][..]),
        (&[100, 111], &[(100, 110, 1), (111, 121, 1)]),
        (&[110, 100], &[(100, 120, 2)]),
        (&[100, 120, 110], &[(100, 130, 3)]),
        (&[-5, 5], &[(-5, 15, 2)]),
    ] {
        for kind in [Kind::PerRecord, Kind::PerTrigger, Kind::PerTriggerStrict] {
            let settings = Settings { drain: true, ..settings(windows("session:10"), Some(100)) };
            assert_eq!(answer(&run(settings, kind, Trigger::Record, &at(times))), expected, "{kind:?}");
        }
    }
}

#[test]
fn a_late_record_that_reaches_a_live_session_is_saved_per_record_and_dropped_per_trigger() {
    // After 100, 109 and 120 the watermark stands at 114 (or 115): [104, 114) is over, [109, 119) is not.
    let events = at(&[100, 109, 120, 104]);
    let settings = settings(windows("session:10"), Some(5));
    let flink = run(settings, Kind::PerRecord, Trigger::Record, &events);
    assert_eq!((answer(&flink), late(&flink)), (vec![(100, 119, 3), (120, 130, 1)], vec![]));
    let spark = run(Settings { drain: true, ..settings }, Kind::PerTriggerStrict, Trigger::Record, &events);
    assert_eq!(late(&spark), [(3, 104, 114)]);
    assert_eq!(answer(&spark), [(100, 119, 2), (120, 130, 1)]);
}

#[test]
fn a_window_fires_when_the_watermark_reaches_its_last_millisecond() {
    // Delay 5: after 15 the watermark is 9, the window's last millisecond.
    let settings = settings(windows("tumbling:10"), Some(5));
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[3, 14, 15, 9]));
    assert_eq!(firings(&concluded), [(2, 9, 0, 10, 1), (3, END, 10, 20, 2)]);
    assert_eq!((late(&concluded), concluded.counts.late), (vec![(3, 0, 10)], 1));
}

#[test]
fn within_the_lateness_a_window_fires_again_at_once_and_behind_it_no_more() {
    let settings = Settings { lateness_ms: 3, ..settings(windows("tumbling:10"), Some(0)) };
    // The watermarks are 1, 10, 10, 11, 11, 12, 12: cleaned up when W ≥ 9 + 3.
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[2, 11, 3, 12, 4, 13, 5]));
    assert_eq!(
        firings(&concluded),
        [(1, 10, 0, 10, 1), (2, 10, 0, 10, 2), (4, 11, 0, 10, 3), (6, END, 10, 20, 3)]
    );
    assert_eq!(answer(&concluded), [(0, 10, 3), (10, 20, 3)]);
    assert_eq!(late(&concluded), [(6, 0, 10)]);
}

#[test]
fn a_window_that_opens_after_its_end_within_the_lateness_fires_once_only() {
    let settings = Settings { lateness_ms: 100, ..settings(windows("tumbling:10"), Some(0)) };
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[25, 5, 26]));
    assert_eq!(firings(&concluded), [(1, 24, 0, 10, 1), (2, END, 20, 30, 2)]);
}

#[test]
fn of_sliding_windows_each_decides_alone() {
    let settings = settings(windows("sliding:10:5"), Some(0));
    // After 12 the line stands at 12: of 7, [0, 10) is over and [5, 15) is not.
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[12, 7, 1]));
    assert_eq!(late(&concluded), [(1, 0, 10), (2, -5, 5), (2, 0, 10)]);
    assert_eq!((concluded.counts.late, concluded.counts.late_pairs), (1, 3));
    assert_eq!(answer(&concluded), [(5, 15, 2), (10, 20, 1)]);
}

#[test]
fn with_gaps_between_windows_a_record_may_be_in_none_and_is_counted_apart() {
    let settings = settings(windows("sliding:3:10"), Some(0));
    for kind in [Kind::PerRecord, Kind::PreAggregated] {
        let concluded = run(settings, kind, Trigger::Record, &at(&[11, 15, 21, 3]));
        assert_eq!(answer(&concluded), [(10, 13, 1), (20, 23, 1)]);
        assert_eq!((late(&concluded), concluded.counts.late, concluded.counts.no_window), (vec![], 0, 2));
    }
}

#[test]
fn before_the_epoch_windows_are_aligned_alike() {
    let settings = settings(windows("tumbling:10"), Some(0));
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[-11, -10, -1, 0]));
    assert_eq!(answer(&concluded), [(-20, -10, 1), (-10, 0, 2), (0, 10, 1)]);
    assert_eq!(late(&concluded), []);
}

#[test]
fn per_trigger_the_watermark_starts_at_the_epoch() {
    let settings = Settings { drain: true, ..settings(windows("tumbling:10"), Some(1_000_000)) };
    for kind in [Kind::PerTrigger, Kind::PerTriggerStrict] {
        let concluded = run(settings, kind, every(100), &at(&[-11, -1, 0]));
        assert_eq!(late(&concluded), [(0, -20, -10), (1, -10, 0)]);
        assert_eq!(answer(&concluded), [(0, 10, 1)]);
        let sliding = Settings { windows: windows("sliding:10:5"), ..settings };
        let concluded = run(sliding, kind, every(100), &at(&[-1]));
        assert_eq!((late(&concluded), answer(&concluded)), (vec![(0, -10, 0)], vec![(-5, 5, 1)]));
    }
    let without = Settings { delay_ms: None, mode: OutputMode::Complete, ..settings };
    let concluded = run(without, Kind::PerTrigger, every(100), &at(&[-11, -1, 0]));
    assert_eq!(answer(&concluded), [(-20, -10, 1), (-10, 0, 1), (0, 10, 1)]);
    assert_eq!(late(&concluded), []);
}

#[test]
fn the_late_filter_stands_one_batch_behind_or_not() {
    // Watermarks: W0 = 0, W1 = 25, W2 = 25. The late record is in batch 1.
    let events = at(&[1, 25, 2, 26]);
    let settings = settings(windows("tumbling:10"), Some(0));
    let kept = run(settings, Kind::PerTrigger, every(2), &events);
    assert_eq!((late(&kept), answer(&kept)), (vec![], vec![(0, 10, 2)]));
    assert_eq!(firings(&kept), [(3, 25, 0, 10, 2)]);
    let dropped = run(settings, Kind::PerTriggerStrict, every(2), &events);
    assert_eq!((late(&dropped), answer(&dropped)), (vec![(2, 0, 10)], vec![(0, 10, 1)]));
    // Unfired: the two records of [20, 30), which are not late.
    assert_eq!((kept.counts.not_emitted, dropped.counts.not_emitted), (2, 2));
    assert_eq!((kept.counts.late, dropped.counts.late), (0, 1));
}

#[test]
fn where_batches_are_cut_decides_about_the_same_record() {
    let events = at(&[1, 25, 2, 26]);
    let settings = settings(windows("tumbling:10"), Some(0));
    let late_of = |n| late(&run(settings, Kind::PerTriggerStrict, every(n), &events));
    assert_eq!(late_of(1), [(2, 0, 10)]);
    assert_eq!(late_of(3), []);
    let late_of = |n| late(&run(settings, Kind::PerTrigger, every(n), &events));
    // One record a batch, one batch behind: 25 counts from the batch after the next.
    assert_eq!(late_of(1), []);
    assert_eq!(late_of(4), []);
}

#[test]
fn one_empty_batch_runs_after_the_last_data() {
    let events = at(&[1, 25]);
    let settings = settings(windows("tumbling:10"), Some(0));
    let concluded = run(settings, Kind::PerTrigger, every(2), &events);
    assert_eq!(firings(&concluded), [(1, 25, 0, 10, 1)]);
    assert_eq!(ints(concluded.firings.as_ref().unwrap(), "batch"), [1]);
    assert_eq!((concluded.counts.batches, concluded.counts.not_emitted), (1, 1));
    let drained = run(Settings { drain: true, ..settings }, Kind::PerTrigger, every(2), &events);
    assert_eq!(firings(&drained), [(1, 25, 0, 10, 1), (1, END, 20, 30, 1)]);
    assert_eq!(drained.counts.not_emitted, 0);
}

#[test]
fn a_record_is_not_emitted_if_its_first_kept_window_is() {
    // W = 12 in the end: of 7 the window [0, 10) is emitted; of 11 and 12 none; 3 and 4 lie in two emitted windows.
    let settings = settings(windows("sliding:10:5"), Some(0));
    let concluded = run(settings, Kind::PerTrigger, Trigger::Once, &at(&[3, 4, 7, 11, 12]));
    assert_eq!(answer(&concluded), [(-5, 5, 2), (0, 10, 3)]);
    assert_eq!(concluded.counts.not_emitted, 2);
}

#[test]
fn every_nth_record_moves_the_watermark_and_what_is_left_at_the_end_does_not() {
    let settings = settings(windows("tumbling:10"), Some(0));
    let concluded = run(settings, Kind::PerRecord, every(2), &at(&[1, 15, 2, 3, 25]));
    assert_eq!(firings(&concluded), [(1, 14, 0, 10, 1), (4, END, 10, 20, 1), (4, END, 20, 30, 1)]);
    assert_eq!(late(&concluded), [(2, 0, 10), (3, 0, 10)]);
}

#[test]
fn without_a_watermark_everything_waits_for_the_end() {
    let settings = settings(windows("tumbling:10"), None);
    let concluded = run(settings, Kind::PerRecord, Trigger::Record, &at(&[1, 1_000_000, 2]));
    assert_eq!(firings(&concluded), [(2, END, 0, 10, 2), (2, END, 1_000_000, 1_000_010, 1)]);
}

#[test]
fn rows_come_by_end_start_and_key_number_and_the_answer_by_start_end_and_key_text() {
    let events: Vec<Event> = [(12, 3), (1, 2), (1, 0), (7, 1)].map(|(time, key)| event(time, key, 1)).into();
    let concluded = run(settings(windows("session:5"), Some(50)), Kind::PerRecord, Trigger::Record, &events);
    let keys = |table| ints(table, "key");
    assert_eq!(keys(concluded.firings.as_ref().unwrap()), [0, 2, 1, 3]);
    // The texts are m, the empty one, z, a.
    assert_eq!(keys(&concluded.table), [0, 2, 1, 3]);
    let events: Vec<Event> = [0, 1, 2, 3].map(|key| event(5, key, 1)).into();
    let concluded = run(settings(windows("tumbling:5"), Some(50)), Kind::PerRecord, Trigger::Record, &events);
    assert_eq!(keys(concluded.firings.as_ref().unwrap()), [0, 1, 2, 3]);
    assert_eq!(keys(&concluded.table), [1, 3, 0, 2]);
}

#[test]
fn update_emits_what_changed_and_complete_everything() {
    let events = at(&[1, 2, 11, 3]);
    let settings = settings(windows("tumbling:10"), Some(100));
    let update = run(Settings { mode: OutputMode::Update, ..settings }, Kind::PerTrigger, every(2), &events);
    assert_eq!(firings(&update), [(1, 0, 0, 10, 2), (3, 0, 0, 10, 3), (3, 0, 10, 20, 1)]);
    assert_eq!(update.counts.not_emitted, 0);
    let mode = OutputMode::Complete;
    let complete = run(Settings { mode, ..settings }, Kind::PerTrigger, every(3), &events);
    assert_eq!(
        firings(&complete),
        [(2, 0, 0, 10, 2), (2, 0, 10, 20, 1), (3, 0, 0, 10, 3), (3, 0, 10, 20, 1)]
    );
    assert_eq!(answer(&complete), [(0, 10, 3), (10, 20, 1)]);
}

#[test]
fn sums_are_exact() {
    let events = vec![event(1, 0, i64::MAX), event(2, 0, i64::MAX), event(3, 1, i64::MIN), event(4, 1, -1)];
    for kind in [Kind::PerRecord, Kind::PreAggregated] {
        let concluded = run(settings(windows("sliding:20:10"), Some(5)), kind, Trigger::Record, &events);
        let sums = crate::common::sums(&concluded.table);
        let [large, small] = [2 * i128::from(i64::MAX), i128::from(i64::MIN) - 1];
        // By key's text: the empty one is number 1.
        assert_eq!(sums, [small, large, small, large]);
    }
}
