//! Rows as lines: whatever the columns, a line is what stands in the file.

use std::fs;

use datasets::{
    ARRIVAL, Delivery, Event, Frozen, Instance, Item, Keys, Line, Record, Records, Sided, Source, Typed,
    freeze, generate,
};
use proptest::prelude::*;

use crate::support::{Scratch, freeze_small};

/// The lines of `loaded`, as text.
fn texts(loaded: &Records<Line>) -> Vec<&str> {
    let text = |line: &Line| str::from_utf8(line.text(&loaded.keys)).expect("UTF-8");
    loaded.records.iter().map(text).collect()
}

/// The rows of a data file without texts that hold line ends, read by other means.
fn rows(frozen: &Frozen) -> (String, Vec<String>) {
    let text = fs::read_to_string(frozen.data_path()).expect("a file");
    let mut lines = text.lines().map(str::to_owned);
    (lines.next().expect("a header"), lines.collect())
}

#[test]
fn lines_are_the_rows_of_the_file() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let frozen = Frozen::open(&target).expect("whole");
    let loaded = frozen.load::<Line>().expect("whole");
    assert_eq!(texts(&loaded), ["7", "2", "10", "4", "9", "6", "8", "1", "5", "3", "5", "0"]);
    assert_eq!((frozen.header::<Line>().as_str(), &loaded.arrivals_ms), ("size", &None));
    let keys: Vec<u64> = loaded.records.iter().map(Record::sort_key).collect();
    assert!(keys.is_sorted(), "ascending is the order of the file");
}

/// Arrival times are the replay's: the same times as of typed records, and no part of a line.
fn check_generated<R: Typed + PartialEq>(name: &str) {
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    freeze(&generate(name, 20_000, 7, &[].into()).expect("good"), &target).expect("good");
    let frozen = Frozen::open(&target).expect("whole");
    let (lines, typed) = (frozen.load::<Line>().expect("whole"), frozen.load::<R>().expect("whole"));
    assert_eq!(lines.arrivals_ms, typed.arrivals_ms);
    let (header, rows) = rows(&frozen);
    let is_timed = header.starts_with("arrival_ms,");
    assert_eq!(is_timed, typed.arrivals_ms.is_some());
    let own = |row: &String| {
        if is_timed { row.split_once(',').expect("two columns").1.to_owned() } else { row.clone() }
    };
    assert_eq!(frozen.header::<Line>(), own(&header));
    if R::OPTIONAL.is_empty() {
        assert_eq!(frozen.header::<R>(), own(&header));
    }
    assert!(texts(&lines).into_iter().map(str::to_owned).eq(rows.iter().map(own)), "{name}");
    // A row is a record again wherever it has been.
    let (decoder, mut keys, mut again) =
        (frozen.row_decoder::<R>().expect("typed"), typed.keys.clone(), Vec::new());
    for block in lines.records.chunks(7) {
        let rows: Vec<u8> = block.iter().flat_map(|line| [line.text(&lines.keys), b"\n"].concat()).collect();
        decoder.decode(&rows, &mut keys, |record| again.push(record)).expect("good rows");
    }
    assert!(again == typed.records, "{name}");
    assert_eq!(keys, typed.keys);
    for (bad, why) in [("x\n", "row 0"), ("1", "the last row doesn't end with a newline")] {
        let refused = decoder.decode(bad.as_bytes(), &mut keys, |_| {}).expect_err("no row");
        assert!(refused.starts_with(why), "{refused}");
    }
    // In chunks, nothing else.
    let mut chunks = Vec::new();
    let on_chunk = |chunk: &[Line], keys: &Keys| -> Result<(), datasets::Error> {
        chunks.extend(chunk.iter().map(|line| line.text(keys).to_owned()));
        Ok(())
    };
    frozen.each_chunk(on_chunk).expect("whole");
    assert!(chunks.iter().map(Vec::as_slice).eq(texts(&lines).into_iter().map(str::as_bytes)), "{name}");
}

#[test]
fn lines_of_any_shape_come_with_their_arrivals() {
    check_generated::<Item>("uniform");
    check_generated::<Event>("events");
    check_generated::<Delivery>("deliveries");
    check_generated::<Sided>("orders");
}

#[test]
fn a_changed_file_is_refused() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let frozen = Frozen::open(&target).expect("whole");
    let text = fs::read_to_string(frozen.data_path()).expect("a file");
    fs::write(frozen.data_path(), text.replace("10", "11")).expect("a write");
    let error = frozen.load::<Line>().expect_err("changed");
    assert!(error.to_string().contains("changed"), "{error}");
}

proptest! {
    /// Texts with quotes, commas and line ends: a line holds all of its row, and no more.
    #[test]
    fn lines_keep_whatever_texts_hold(
        rows in proptest::collection::vec((any::<i64>(), "[ab,\"\n\u{e9}]{0,6}", any::<i64>(), any::<i64>()), 1..40)
    ) {
        let mut keys = Keys::default();
        let values = rows.iter().flat_map(|(arrival, text, time, value)| {
            let key = u64::from(keys.intern(text.as_bytes()));
            [arrival.cast_unsigned(), time.cast_unsigned(), key, value.cast_unsigned()]
        });
        let values = values.collect();
        let instance = Instance {
            name: "d".into(),
            problem: "windowed-aggregation".into(),
            columns: [&[ARRIVAL], Event::COLUMNS].concat(),
            values,
            scale: 1,
            parameters: [].into(),
            keys,
            optimum: None,
            best_known: None,
            source: Source::default(),
            rejected: Vec::new(),
        };
        let scratch = Scratch::new();
        let target = scratch.path().join("d");
        freeze(&instance, &target).expect("good");
        let loaded = Frozen::open(&target).expect("whole").load::<Line>().expect("whole");
        let text = |(_, text, time, value): &(i64, String, i64, i64)| {
            let is_plain = !text.is_empty() && !text.contains([',', '"', '\n']);
            let text = if is_plain { text.clone() } else { format!("\"{}\"", text.replace('"', "\"\"")) };
            let text = if text == "\"\"" { String::new() } else { text };
            format!("{time},{text},{value}")
        };
        prop_assert_eq!(texts(&loaded), rows.iter().map(text).collect::<Vec<_>>());
        prop_assert_eq!(loaded.arrivals_ms, Some(rows.iter().map(|row| row.0).collect()));
    }
}
