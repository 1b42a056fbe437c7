//! Windows against an oracle that asks every window for every record, and merges sessions two by two.

mod common;

use std::collections::BTreeMap;

use batch::windowed_aggregation::{Window, reference};
use batch::{Answer, BatchError};
use common::{TEXTS, count, header, key, keys, lines, shuffled, time, value};
use datasets::Event;
use proptest::prelude::*;

fn event(time_ms: i64, key: u32, value: i64) -> Event {
    Event { time_ms, key, partition: 0, value }
}

/// Events of the key "b" that all have the value 1.
fn events(times: &[i64]) -> Vec<Event> {
    times.iter().map(|&time_ms| event(time_ms, 0, 1)).collect()
}

fn window(text: &str) -> Window {
    text.parse().expect(text)
}

fn answer(records: &[Event], text: &str) -> Answer {
    reference(records, window(text), &keys()).expect(text)
}

/// Start and end without limits.
type Bounds = (i128, i128);

/// Each [kD, kD + S) that contains the time, by trying all k that could.
fn containing(time_ms: i64, size: i64, slide: i64) -> Vec<Bounds> {
    let (time, size, slide) = (i128::from(time_ms), i128::from(size), i128::from(slide));
    let near = time / slide;
    let all = near - size / slide - 2..=near + 2;
    let windows = all.map(|k| (k * slide, k * slide + size));
    windows.filter(|&(start, end)| start <= time && time < end).collect()
}

/// Each record's own windows.
fn own(record: &Event, window: Window) -> Vec<Bounds> {
    match window {
        Window::Tumbling { size_ms } => containing(record.time_ms, size_ms, size_ms),
        Window::Sliding { size_ms, slide_ms } => containing(record.time_ms, size_ms, slide_ms),
        Window::Session { gap_ms } => {
            vec![(i128::from(record.time_ms), i128::from(record.time_ms) + i128::from(gap_ms))]
        }
    }
}

/// A window of a key, with the offsets of its records.
type Cell = (Bounds, u32, Vec<usize>);

/// As long as two of one key overlap or touch, they become one.
fn merged(mut sessions: Vec<Cell>) -> Vec<Cell> {
    loop {
        let touch = |a: &Cell, b: &Cell| a.1 == b.1 && a.0.0 <= b.0.1 && b.0.0 <= a.0.1;
        let all = || (0..sessions.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let Some((a, b)) = all().find(|&(a, b)| touch(&sessions[a], &sessions[b])) else {
            return sessions;
        };
        let (bounds, _, records) = sessions.remove(a);
        let into = &mut sessions[b];
        into.0 = (into.0.0.min(bounds.0), into.0.1.max(bounds.1));
        into.2.extend(records);
    }
}

/// The lines of the table, or the first record with a window that 64 bits don't hold.
fn oracle(records: &[Event], window: Window) -> Result<Vec<String>, u64> {
    let fits = |at: i128| (i128::from(i64::MIN)..=i128::from(i64::MAX)).contains(&at);
    let outside = |record| own(record, window).iter().any(|&(start, end)| !fits(start) || !fits(end));
    if let Some(at) = records.iter().position(outside) {
        return Err(at as u64);
    }
    let single = |(at, record): (usize, &Event)| {
        own(record, window).into_iter().map(|bounds| (bounds, record.key, vec![at])).collect::<Vec<_>>()
    };
    let mut cells: Vec<Cell> = records.iter().enumerate().flat_map(single).collect();
    if matches!(window, Window::Session { .. }) {
        cells = merged(cells);
    }
    let mut rows: BTreeMap<(Bounds, &str), Vec<i64>> = BTreeMap::new();
    for (bounds, key, offsets) in cells {
        let row = rows.entry((bounds, TEXTS[key as usize])).or_default();
        row.extend(offsets.iter().map(|&at| records[at].value));
    }
    Ok(rows.iter().map(|(&((start, end), key), values)| line(start, end, key, values)).collect())
}

fn line(start: i128, end: i128, key: &str, values: &[i64]) -> String {
    let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
    let (min, max) = (values.iter().min().expect("a record"), values.iter().max().expect("a record"));
    format!("{start},{end},{key},{},{sum},{min},{max}", values.len())
}

/// Windows that meet the small times often, and some so long that few fit into 64 bits.
fn windows() -> impl Strategy<Value = Window> {
    let long = || i64::MAX / 4..=i64::MAX;
    prop_oneof![
        3 => (1_i64..=25).prop_map(|size_ms| Window::Tumbling { size_ms }),
        6 => (1_i64..=25, 1_i64..=40).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        4 => (1_i64..=25).prop_map(|gap_ms| Window::Session { gap_ms }),
        1 => long().prop_map(|size_ms| Window::Tumbling { size_ms }),
        1 => (long(), long()).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        1 => (1_i64..=25, long()).prop_map(|(size_ms, slide_ms)| Window::Sliding { size_ms, slide_ms }),
        1 => long().prop_map(|gap_ms| Window::Session { gap_ms }),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    (time(), key(), value()).prop_map(|(time_ms, key, value)| event(time_ms, key, value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_table_is_that_of_the_oracle((records, _) in shuffled(any_event(), 14), window in windows()) {
        let found = reference(&records, window, &keys());
        match oracle(&records, window) {
            Ok(expected) => {
                let found = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert_eq!(lines(&found, &keys()), expected);
                let held = records.iter().map(|record| own(record, window).len());
                prop_assert_eq!(count(&found, "record-window pairs"), held.clone().sum::<usize>() as u64);
                let outside = held.filter(|&windows| windows == 0).count() as u64;
                prop_assert_eq!(count(&found, "records in no window"), outside);
                prop_assert_eq!(count(&found, "windows"), found.table.rows() as u64);
            }
            Err(at) => prop_assert_eq!(found.map_err(|error| error.record), Err(Some(at))),
        }
    }

    #[test]
    fn the_order_of_the_file_changes_nothing(
        (records, shuffled) in shuffled(any_event(), 40),
        window in windows(),
    ) {
        let (one, other) = (reference(&records, window, &keys()), reference(&shuffled, window, &keys()));
        // Of several records whose windows don't fit, the first in the file is named.
        match (one, other) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn windows_that_slide_by_their_size_tumble(
        (records, _) in shuffled(any_event(), 40),
        size_ms in 1_i64..=25,
    ) {
        let tumbling = reference(&records, Window::Tumbling { size_ms }, &keys());
        let sliding = reference(&records, Window::Sliding { size_ms, slide_ms: size_ms }, &keys());
        match (tumbling, sliding) {
            (Ok(tumbling), Ok(sliding)) => prop_assert_eq!(tumbling, sliding),
            (tumbling, sliding) => {
                prop_assert_eq!(tumbling.map_err(|e| e.record), sliding.map_err(|e| e.record));
            }
        }
    }
}

#[test]
fn columns_are_named_and_three_of_them_name_a_row() {
    let found = answer(&[], "tumbling:10");
    assert_eq!(header(&found), "window_start_ms,window_end_ms,key,count,sum,min,max\n");
    assert_eq!((found.table.key_columns, found.table.rows()), (3, 0));
}

/// One line a case: the window, the times, and the windows with their counts.
#[test]
fn windows_by_hand() {
    for (text, times, expected) in [
        // Half open: the end belongs to the next one. Aligned to the epoch, also before it.
        ("tumbling:10", &[0, 9, 10][..], &["0,10 2", "10,20 1"][..]),
        ("tumbling:10", &[-1, -10, -11], &["-20,-10 1", "-10,0 2"]),
        ("sliding:10:5", &[7], &["0,10 1", "5,15 1"]),
        ("sliding:10:5", &[5, 10], &["0,10 1", "5,15 2", "10,20 1"]),
        ("sliding:10:5", &[-1], &["-10,0 1", "-5,5 1"]),
        // No whole number of slides in a size.
        ("sliding:10:4", &[9], &["0,10 1", "4,14 1", "8,18 1"]),
        ("sliding:10:4", &[10], &["4,14 1", "8,18 1"]),
        // A gap between windows: 5 to 9 belong to none.
        ("sliding:5:10", &[4, 5, 9, 10, -5, -6], &["-10,-5 1", "0,5 1", "10,15 1"]),
        // A watermark without delay would have closed [102, 112) before 109 came.
        ("session:10", &[102, 117, 109], &["102,127 3"]),
        // Exactly a gap apart touch, a millisecond more doesn't.
        ("session:10", &[0, 10], &["0,20 2"]),
        ("session:10", &[0, 11], &["0,10 1", "11,21 1"]),
        ("session:10", &[-20, 0, -10], &["-20,10 3"]),
        ("session:1", &[3, 3, 4, 6], &["3,5 3", "6,7 1"]),
    ] {
        let found = lines(&answer(&events(times), text), &keys());
        let expected: Vec<String> = expected
            .iter()
            .map(|row| {
                let (bounds, count) = row.split_once(' ').unwrap();
                format!("{bounds},b,{count},{count},1,1")
            })
            .collect();
        assert_eq!(found, expected, "{text} {times:?}");
    }
}

#[test]
fn rows_are_sorted_by_start_and_end_and_the_bytes_of_the_key() {
    let records: Vec<Event> = [(5, 0), (5, 1), (5, 2), (5, 3), (5, 4), (-5, 3)]
        .map(|(time_ms, key)| event(time_ms, key, i64::from(key)))
        .into();
    let found = lines(&answer(&records, "tumbling:10"), &keys());
    let expected = [
        "-10,0,é,1,3,3,3",
        "0,10,,1,1,1,1",
        "0,10,a,1,4,4,4",
        "0,10,ab,1,2,2,2",
        "0,10,b,1,0,0,0",
        "0,10,é,1,3,3,3",
    ];
    assert_eq!(found, expected);
    // Sessions of one start end where their key's last record says.
    let records = [event(0, 0, 1), event(0, 4, 1), event(3, 4, 1)];
    let found = lines(&answer(&records, "session:10"), &keys());
    assert_eq!(found, ["0,10,b,1,1,1,1", "0,13,a,2,2,1,1"]);
}

#[test]
fn sums_are_exact_where_64_bits_overflow() {
    let most: Vec<Event> = (0..3).map(|_| event(0, 0, i64::MAX)).collect();
    let least: Vec<Event> = (0..3).map(|_| event(0, 0, i64::MIN)).collect();
    let (sum, low) = (3 * i128::from(i64::MAX), 3 * i128::from(i64::MIN));
    for (text, start, end) in [("tumbling:5", 0, 5), ("sliding:5:5", 0, 5), ("session:5", 0, 5)] {
        let expected = format!("{start},{end},b,3,{sum},{max},{max}", max = i64::MAX);
        assert_eq!(lines(&answer(&most, text), &keys()), [expected], "{text}");
        let expected = format!("{start},{end},b,3,{low},{min},{min}", min = i64::MIN);
        assert_eq!(lines(&answer(&least, text), &keys()), [expected], "{text}");
    }
}

#[test]
fn a_window_that_64_bits_do_not_hold_names_its_record() {
    for (text, times, record, said) in [
        ("tumbling:10", vec![0, i64::MAX], 1, "[9223372036854775800, 9223372036854775810)"),
        ("tumbling:10", vec![0, 5, i64::MIN], 2, "[-9223372036854775810, -9223372036854775800)"),
        // The window that starts too early holds the time, though the later one fits.
        ("sliding:16:8", vec![i64::MIN], 0, "[-9223372036854775816, -9223372036854775800)"),
        ("sliding:16:8", vec![i64::MAX - 8], 0, "[9223372036854775792, 9223372036854775808)"),
        (
            "session:1",
            vec![i64::MAX - 1, i64::MAX, i64::MAX],
            1,
            "[9223372036854775807, 9223372036854775808)",
        ),
        ("session:9223372036854775807", vec![1], 0, "[1, 9223372036854775808)"),
    ] {
        let error = reference(&events(&times), window(text), &keys()).expect_err(text);
        assert_eq!(error.record, Some(record), "{text}");
        let expected = format!(
            "record {record}: event time {time} ms: its window {said} of {text} doesn't fit in 64 bits; \
            check the time's unit, or leave the record out",
            time = times[record as usize]
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn windows_at_the_very_ends_of_64_bits_are_whole() {
    for (text, time, expected) in [
        ("tumbling:1", i64::MAX - 1, vec![(i64::MAX - 1, i64::MAX)]),
        ("tumbling:8", i64::MIN, vec![(i64::MIN, i64::MIN + 8)]),
        ("sliding:8:16", i64::MIN, vec![(i64::MIN, i64::MIN + 8)]),
        // In a gap: the window behind it would not fit, but doesn't hold the record.
        ("sliding:4:8", i64::MAX, vec![]),
        ("session:1", i64::MIN, vec![(i64::MIN, i64::MIN + 1)]),
        ("session:9223372036854775807", i64::MIN, vec![(i64::MIN, -1)]),
    ] {
        let rows = expected.iter().map(|(start, end)| format!("{start},{end},b,1,1,1,1"));
        let found = lines(&answer(&events(&[time]), text), &keys());
        assert_eq!(found, rows.collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn too_many_sliding_windows_are_refused_before_they_are_built() {
    let error = reference(&events(&[0, 7]), window("sliding:4000000000:1"), &keys()).expect_err("4 G rows");
    assert_eq!(error.record, None);
    let expected = "window 'sliding:4000000000:1' gives 4000000007 rows, more than 67108864; \
        choose a larger slide or a smaller size";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_window_of_no_length_is_an_error() {
    for window in [
        Window::Tumbling { size_ms: 0 },
        Window::Sliding { size_ms: -1, slide_ms: 1 },
        Window::Session { gap_ms: 0 },
    ] {
        let found: Result<Answer, BatchError> = reference(&events(&[0]), window, &keys());
        assert_eq!(found.map_err(|error| error.record), Err(None), "{window}");
    }
}
