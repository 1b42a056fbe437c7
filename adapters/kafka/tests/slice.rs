//! Holds the slice of a topic against librdkafka's mock cluster, which doesn't look for times: `tests/broker.rs` does.

use std::{collections::BTreeMap, time::Duration};

use kafka::{Slice, SliceError, Sliced, slice};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    mocking::MockCluster,
    producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer},
};
use replay::Control;

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
    let what = Slice {
        bootstrap: bootstrap.to_owned(),
        topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        since_ms: None,
        until_ms: None,
        properties: BTreeMap::new(),
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
    assert_eq!(sliced, Sliced { lines: 5, notes: Vec::new() });
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
            "messages that are no JSON object: 4",
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
