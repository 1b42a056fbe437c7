//! Holds the slice of a topic against librdkafka's mock cluster, which doesn't look for times: `tests/broker.rs` does.

use std::time::Duration;

use datasets::SlicedPartition;
use kafka::{OffsetRange, Slice, SliceError, Sliced, slice};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    mocking::MockCluster,
    producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer},
};
use replay::{
    Control,
    link::{Encoding, MessageFormat},
};

const SOON: Duration = Duration::from_secs(5);

/// A message: its topic, partition, time, and value; an empty one is none.
type Sent<'a> = (&'a str, i32, i64, &'a str);

fn cluster(messages: &[Sent<'_>]) -> MockCluster<'static, DefaultProducerContext> {
    let mock = MockCluster::new(1).expect("a mock cluster");
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", mock.bootstrap_servers()).create().expect("a client");
    for &(topic, partition, time, value) in messages {
        let mut record: BaseRecord<'_, str, str> =
            BaseRecord::to(topic).key("k").partition(partition).timestamp(time);
        record.payload = (!value.is_empty()).then_some(value);
        let header = Header { key: "trace", value: Some("t1") };
        let record = if value.contains("traced") {
            record.headers(OwnedHeaders::new().insert(header))
        } else {
            record
        };
        producer.send(record).map_err(|(error, _)| error).expect("room");
    }
    producer.flush(SOON).expect("stored");
    mock
}

fn taken(bootstrap: &str, topics: &[&str]) -> Result<(Sliced, Vec<String>), SliceError> {
    taken_as(bootstrap, topics, Slice::default())
}

fn taken_as(bootstrap: &str, topics: &[&str], how: Slice) -> Result<(Sliced, Vec<String>), SliceError> {
    let what = Slice {
        bootstrap: bootstrap.to_owned(),
        topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        ..how
    };
    let mut out = Vec::new();
    let sliced = slice(&what, &Control::default(), &mut out)?;
    let text = String::from_utf8(out).expect("text");
    Ok((sliced, text.lines().map(str::to_owned).collect()))
}

#[test]
fn partitions_are_merged_by_time_and_each_keeps_its_order() {
    // In partition 0 time goes back once.
    let mock = cluster(&[
        ("t", 0, 10, r#"{"n":1}"#),
        ("t", 0, 40, r#"{"n":2}"#),
        ("t", 0, 30, r#"{"n":3}"#),
        ("t", 1, 20, "{ \"n\":4,\n\"traced\":1}"),
        ("t", 1, 50, "{}"),
    ]);
    let (sliced, lines) = taken(&mock.bootstrap_servers(), &["t"]).expect("a slice");
    let place = |time, partition, offset| {
        format!(
            "{{\"kafka_timestamp\":{time},\"kafka_partition\":{partition},\"kafka_offset\":{offset},\"kafka_key\":\"k\""
        )
    };
    assert_eq!(
        lines,
        [
            format!("{},\"n\":1}}", place(10, 0, 0)),
            format!("{},\"kafka_header_trace\":\"t1\", \"n\":4, \"traced\":1}}", place(20, 1, 0)),
            format!("{},\"n\":2}}", place(40, 0, 1)),
            format!("{},\"n\":3}}", place(30, 0, 2)),
            format!("{}}}", place(50, 1, 1)),
        ]
    );
    assert_eq!((sliced.lines, sliced.notes), (5, Vec::new()));
    let read = |partition, until| SlicedPartition {
        topic: "t".to_owned(),
        partition,
        until,
        ..SlicedPartition::default()
    };
    let empty = (2..4).map(|partition| read(partition, 0));
    assert_eq!(
        sliced.source.partitions,
        [read(0, 3), read(1, 2)].into_iter().chain(empty).collect::<Vec<_>>()
    );
}

#[test]
fn two_topics_are_one_slice_and_each_line_names_its_own() {
    let mock = cluster(&[("a", 0, 10, "{}"), ("b", 0, 5, "{}"), ("a", 0, 20, "{}")]);
    let (_, lines) = taken(&mock.bootstrap_servers(), &["a", "b"]).expect("a slice");
    let topics: Vec<&str> = lines.iter().map(|line| &line[..line.find(',').expect("a field")]).collect();
    assert_eq!(topics, [r#"{"kafka_topic":"b""#, r#"{"kafka_topic":"a""#, r#"{"kafka_topic":"a""#]);
}

#[test]
fn messages_that_are_no_records_are_counted_and_named() {
    let mock = cluster(&[
        ("t", 2, 1, "{}"),
        ("t", 2, 2, ""),
        ("t", 2, 3, "poison"),
        ("t", 2, 4, "[1]"),
        ("t", 2, 5, "{\"a\":1} 2"),
        ("t", 2, 6, "{"),
    ]);
    let (sliced, lines) = taken(&mock.bootstrap_servers(), &["t"]).expect("a slice");
    assert_eq!(lines[1..], ["poison", "[1]", "{\"a\":1} 2", "{"], "whoever reads them finds bad rows");
    assert_eq!(
        sliced.notes,
        [
            "no JSON object: partition 2, offset 2 of t",
            "no JSON object: partition 2, offset 3 of t",
            "no JSON object: partition 2, offset 4 of t",
            "messages that can't be read: 4",
            "messages without a value, which are left out: 1",
        ]
    );
}

#[test]
fn a_topic_that_is_not_there_is_named_with_the_nearest() {
    let mock = cluster(&[("clicks", 0, 1, "{}")]);
    mock.topic_error(
        "click",
        rdkafka::bindings::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
    )
    .expect("a mock cluster");
    let Err(SliceError::Usage(what, hint)) = taken(&mock.bootstrap_servers(), &["click"]) else {
        panic!("it isn't there")
    };
    assert_eq!((what.as_str(), hint.as_str()), ("there is no topic 'click'", "did you mean clicks?"));
}

#[test]
fn a_slice_by_offset_holds_these_and_no_other_partition() {
    let messages: Vec<String> = (0..5).map(|n| format!("{{\"n\":{n}}}")).collect();
    let sent: Vec<Sent<'_>> =
        (0..2).flat_map(|p| messages.iter().map(move |value| ("t", p, 7, value.as_str()))).collect();
    let mock = cluster(&sent);
    let range = |partition, from, until| OffsetRange { topic: "t".to_owned(), partition, from, until };
    for (ranges, places) in [
        (vec![range(0, Some(1), Some(3))], vec![(0, 1), (0, 2)]),
        (vec![range(1, Some(4), None), range(0, None, Some(1))], vec![(0, 0), (1, 4)]),
        // What isn't there yet isn't waited for.
        (vec![range(1, Some(4), Some(900))], vec![(1, 4)]),
        (vec![range(1, Some(9), None)], vec![]),
    ] {
        let how = Slice { offsets: ranges, ..Slice::default() };
        let (sliced, lines) = taken_as(&mock.bootstrap_servers(), &["t"], how).expect("a slice");
        let found: Vec<(u64, u64)> = lines
            .iter()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
                (
                    line["kafka_partition"].as_u64().expect("a number"),
                    line["kafka_offset"].as_u64().expect("a number"),
                )
            })
            .collect();
        assert_eq!(found, places, "{sliced:?}");
        let read: i64 = sliced.source.partitions.iter().map(|part| part.until - part.from).sum();
        assert_eq!(read.unsigned_abs(), places.len() as u64, "{:?}", sliced.source);
        let is_short = places == [(1, 4)];
        let note = "partition 1 of t ends at offset 5 now, before 900";
        assert_eq!(sliced.notes, if is_short { vec![note] } else { vec![] });
    }
    let how = Slice { offsets: vec![range(7, None, None)], ..Slice::default() };
    let Err(SliceError::Usage(what, hint)) = taken_as(&mock.bootstrap_servers(), &["t"], how) else {
        panic!("none")
    };
    assert_eq!((what.as_str(), hint.as_str()), ("t has no partition 7", "it has 4 of them, counted from 0"));
}

#[test]
fn skew_lets_partitions_run_behind_and_is_the_same_again() {
    let sent: Vec<Sent<'_>> =
        (0..4).flat_map(|p| (0..20).map(move |n| ("t", p, 1_000 + 10 * n, "{}"))).collect();
    let mock = cluster(&sent);
    let of = |skew_ms, seed| {
        let how = Slice { skew_ms, seed, ..Slice::default() };
        let (sliced, lines) = taken_as(&mock.bootstrap_servers(), &["t"], how).expect("a slice");
        let places: Vec<(i64, i64, u64)> = lines
            .iter()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
                let number = |name: &str| line[name].as_i64().expect("a number");
                (number("kafka_timestamp"), number("kafka_partition"), number("kafka_offset").unsigned_abs())
            })
            .collect();
        (sliced.source, places)
    };
    let (plain, in_time) = of(0, 1);
    assert!(in_time.is_sorted_by_key(|place| place.0) && plain.skew_ms.is_none());
    let (source, skewed) = of(60, 1);
    assert_eq!((source.skew_ms, source.skew_seed), (Some(60), Some(1)));
    assert_eq!(of(60, 1), (source.clone(), skewed.clone()));
    assert_ne!(of(60, 2).1, skewed);
    let behind: Vec<i64> =
        source.partitions.iter().map(|part| part.behind_ms.expect("drawn").cast_signed()).collect();
    // By definition: in the order of each message's time and its partition's share, and each partition in its own.
    let mut wanted = in_time.clone();
    wanted.sort_by_key(|&(time, partition, offset)| {
        (time + behind[partition.unsigned_abs() as usize], partition, offset)
    });
    assert_eq!(skewed, wanted);
    assert!(
        behind.iter().all(|behind| (0..=60).contains(behind)) && !skewed.is_sorted_by_key(|place| place.0)
    );
}

#[test]
fn values_in_avro_become_fields_and_others_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("row.avsc");
    let text = r#"{"type":"record","name":"R","fields":[{"name":"user","type":"string"},{"name":"n","type":"long"}]}"#;
    std::fs::write(&schema, text).expect("written");
    // A text of one letter, and -1.
    let mock = cluster(&[("t", 0, 1, "\u{2}a\u{1}"), ("t", 0, 2, "\u{2}a\u{1}\u{1}")]);
    let format = MessageFormat { encoding: Encoding::Avro, schema: Some(schema), ..MessageFormat::default() };
    let how = Slice { format, ..Slice::default() };
    let (sliced, lines) = taken_as(&mock.bootstrap_servers(), &["t"], how).expect("a slice");
    assert!(lines[0].ends_with(r#""kafka_key":"k","user":"a","n":-1}"#), "{lines:?}");
    assert_eq!(lines[1], "02610101");
    assert_eq!(
        sliced.notes,
        ["a message goes on for 1 bytes behind what its schema says: partition 0, offset 1 of t"]
    );
}
