//! Texts, sides and optional columns in frozen files.

use std::fs;

use datasets::{
    ARRIVAL, Column, Delivery, Event, Format, Frozen, Instance, Item, Keys, PARTITION, Side, Sided, Source,
    Typed, freeze, import,
};
use proptest::prelude::*;

use crate::support::{Scratch, check_input, events};

/// A dataset with a text in each row, of the given columns.
fn instance(columns: &[Column], rows: &[(i64, &[u8], i64)]) -> Instance {
    let mut keys = Keys::default();
    let mut values = Vec::new();
    for (time, key, value) in rows {
        values.extend([time.cast_unsigned(), u64::from(keys.intern(key)), value.cast_unsigned()]);
    }
    Instance {
        name: "texts".into(),
        problem: "windowed-aggregation".into(),
        columns: columns.to_vec(),
        values,
        scale: 1,
        parameters: [("window".to_owned(), "tumbling:10".into())].into(),
        keys,
        optimum: None,
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    }
}

fn loaded(instance: &Instance) -> Vec<(i64, Vec<u8>, i64)> {
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    freeze(instance, &target).expect("good");
    let frozen = Frozen::open(&target).expect("whole");
    frozen.verify().expect("whole");
    let loaded = frozen.load::<Event>().expect("whole");
    assert_eq!(loaded.keys.len(), instance.keys.len(), "each text is stored once");
    let row = |event: &Event| (event.time_ms, loaded.keys.get(event.key).to_vec(), event.value);
    loaded.records.iter().map(row).collect()
}

fn check(rows: &[(i64, &[u8], i64)]) {
    let expected: Vec<(i64, Vec<u8>, i64)> =
        rows.iter().map(|(time, key, value)| (*time, key.to_vec(), *value)).collect();
    assert!(loaded(&instance(Event::COLUMNS, rows)) == expected, "{} rows", rows.len());
}

#[test]
fn any_bytes_are_a_key() {
    check(&[
        (1, b"plain", 1),
        (2, b"", -1),
        (-3, b"a,b", i64::MIN),
        (4, b"say \"hi\"", i64::MAX),
        (5, b"\n", 0),
        (6, b"\r\n,\"\"\n", 0),
        (7, b"\xff\xfe\x00", 0),
        (8, "ключ €".as_bytes(), 0),
        (9, b"", 0),
        (10, b"\"", 0),
        (11, b" blanks ", 0),
    ]);
}

#[test]
fn a_key_may_be_long() {
    let megabyte = vec![b'k'; 1 << 20];
    let quoted = b"\"\n,".repeat(1 << 18);
    check(&[(1, &megabyte, 1), (2, b"short", 2), (3, &quoted, 3), (4, &megabyte, 4)]);
}

#[test]
fn a_line_of_more_than_eight_megabytes_is_not_read() {
    let endless = vec![b'k'; 9 << 20];
    let scratch = Scratch::new();
    freeze(&instance(Event::COLUMNS, &[(1, &endless, 1)]), &scratch.path().join("d")).expect("good");
    let error =
        Frozen::open(&scratch.path().join("d")).expect("whole").load::<Event>().expect_err("too long");
    check_input(&error, &["records.csv line 2: a line without end"]);
}

#[test]
fn texts_with_newlines_may_straddle_the_buffer() {
    // A buffer takes 256 KiB: shift a quoted text that begins before its end, byte by byte, over the edge.
    let header = "event_time_ms,key,value\n".len();
    for shift in 0..16 {
        let filler = vec![b'x'; (256 << 10) - header - "1,,1\n".len() - shift];
        check(&[(1, &filler, 1), (2, b"\n\n,\"\n", 2), (3, b"a\n", 3), (4, b"\"\"", 4)]);
    }
    // And a file of nothing else, so that every edge falls into one.
    let text = b"a\nb,\"c\"\n";
    let rows: Vec<(i64, &[u8], i64)> = (0..40_000).map(|i| (i, &text[..3 + i as usize % 5], -i)).collect();
    check(&rows);
}

#[test]
fn every_bit_of_a_text_counts() {
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    let rows: [(i64, &[u8], i64); 3] = [(1, b"a,\"\nb", 1), (2, b"", -2), (3, b"c", 3)];
    freeze(&instance(Event::COLUMNS, &rows), &target).expect("good");
    let path = target.join("records.csv");
    let good = fs::read(&path).expect("bytes");
    let frozen = Frozen::open(&target).expect("whole");
    for (at, bit) in (0..good.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << bit;
        fs::write(&path, bytes).expect("a write");
        let load = frozen.load::<Event>().expect_err("a bit is flipped");
        let verify = frozen.verify().expect_err("a bit is flipped");
        for error in [load, verify] {
            check_input(&error, &["d/records.csv", "changed since the freeze"]);
        }
    }
}

#[test]
fn other_spellings_are_not_read_even_with_a_manifest_that_agrees() {
    let forged = |row: &str| {
        let scratch = Scratch::new();
        let target = scratch.path().join("d");
        let mut manifest = freeze(&instance(Event::COLUMNS, &[(1, b"a", 1)]), &target).expect("good");
        let text = format!("event_time_ms,key,value\n{row}\n");
        manifest.bytes = text.len() as u64;
        manifest.blake3 = blake3::hash(text.as_bytes()).to_hex().to_string();
        fs::write(target.join("records.csv"), text).expect("a write");
        fs::write(target.join("manifest.toml"), manifest.to_toml()).expect("a write");
        let frozen = Frozen::open(&target).expect("a good manifest");
        let loaded = frozen.load::<Event>();
        assert_eq!(loaded.is_ok(), frozen.verify().is_ok(), "both agree on {row:?}");
        loaded
    };
    forged("1,a,1").expect("canonical");
    forged("1,\"a,\",1").expect("canonical");
    for row in
        ["1,\"a\",1", "1,a\"b,1", "1,\"\",1", "1,a\r,1", "1,\"a,\"b,1", "1,a,b,1", "1,\"a,1", "1,a,+1", ""]
    {
        check_input(&forged(row).expect_err(row), &["d/records.csv line 2: "]);
    }
}

#[test]
fn the_partition_may_be_missing() {
    let scratch = Scratch::new();
    let freeze_text = |name: &str, content: &str| {
        let imported = import(&scratch.write("x.csv", content), Format::Csv, &events()).expect("good");
        freeze(&imported.instances[0], &scratch.path().join(name)).expect("good");
        Frozen::open(&scratch.path().join(name)).expect("whole")
    };
    let without = freeze_text("without", "key,value,event_time_ms\na,1,5\n");
    assert_eq!(without.load::<Event>().expect("whole").records[0].partition, 0);
    let with = freeze_text("with", "partition,arrival_ms,key,value,event_time_ms\n4294967295,9,a,1,5\n");
    assert_eq!(with.manifest.columns, ["arrival_ms", "event_time_ms", "key", "value", "partition"]);
    let loaded = with.load::<Event>().expect("whole");
    assert_eq!(loaded.records[0], Event { time_ms: 5, key: 0, partition: u32::MAX, value: 1 });
    assert_eq!(loaded.arrivals_ms, Some(vec![9]));
    with.verify().expect("whole");
    check_input(&with.load::<Item>().expect_err("no sizes"), &["not `size`"]);
    let error = import(
        &scratch.write("x.csv", "partition,key,value,event_time_ms\n4294967296,a,1,5\n"),
        Format::Csv,
        &events(),
    );
    check_input(&error.expect_err("too large"), &["partition `4294967296` is not a whole number below 2^32"]);
}

#[test]
fn deliveries_and_both_sides_are_read() {
    let scratch = Scratch::new();
    let mut keys = Keys::default();
    let (a, b) = (u64::from(keys.intern(b"a")), u64::from(keys.intern(b"b")));
    let minus = (-7_i64).cast_unsigned();
    let sided = Instance {
        columns: Sided::COLUMNS.to_vec(),
        values: vec![5, 0, a, minus, 6, 1, b, 8],
        keys: keys.clone(),
        ..instance(Event::COLUMNS, &[])
    };
    freeze(&sided, &scratch.path().join("s")).expect("good");
    let text = fs::read_to_string(scratch.path().join("s/records.csv")).expect("text");
    assert_eq!(text, "event_time_ms,side,key,value\n5,left,a,-7\n6,right,b,8\n");
    let loaded = Frozen::open(&scratch.path().join("s")).expect("whole").load::<Sided>().expect("whole");
    let record = |time_ms, side, key, value| Sided { time_ms, side, key, value };
    assert_eq!(loaded.records, [record(5, Side::Left, 0, -7), record(6, Side::Right, 1, 8)]);
    let delivery = Instance {
        columns: [&[ARRIVAL], Delivery::COLUMNS].concat(),
        values: vec![9, 5, b, a, minus],
        keys,
        ..instance(Event::COLUMNS, &[])
    };
    freeze(&delivery, &scratch.path().join("d")).expect("good");
    let loaded = Frozen::open(&scratch.path().join("d")).expect("whole").load::<Delivery>().expect("whole");
    assert_eq!(loaded.records, [Delivery { time_ms: 5, id: 0, key: 1, value: -7 }]);
    assert_eq!((loaded.keys.get(0), loaded.keys.get(1)), (&b"b"[..], &b"a"[..]));
}

proptest! {
    // Each case waits for the disk, as freezing does.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_frozen_is_loaded(
        rows in prop::collection::vec((any::<i64>(), prop::collection::vec(any::<u8>(), 0..12), any::<i64>()), 1..60),
        partitions in prop::option::of(any::<u32>()),
    ) {
        let borrowed: Vec<(i64, &[u8], i64)> = rows.iter().map(|(time, key, value)| (*time, &key[..], *value)).collect();
        let mut instance = instance(Event::COLUMNS, &borrowed);
        if let Some(partition) = partitions {
            instance.columns.push(PARTITION);
            instance.values = instance.values.chunks(3).flat_map(|row| [row, &[u64::from(partition)]].concat()).collect();
        }
        prop_assert_eq!(loaded(&instance), rows);
    }
}
