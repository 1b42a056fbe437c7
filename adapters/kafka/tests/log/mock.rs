//! A log in a topic of librdkafka's mock cluster, which speaks the real protocol on loopback.

use std::{cell::Cell, time::Duration};

use kafka::{MakeTopics, NewTopic, log::TopicLog};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
    mocking::MockCluster,
    producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer},
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
use replay::link::LinkFault;
use store::log::{Append, Elsewhere, Entry, Kept, LogError};

use crate::contract::{Medium, PARTS, append, read};

const DENIED: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;

struct Cluster {
    mock: MockCluster<'static, DefaultProducerContext>,
    topics: Cell<u32>,
}

/// The test makes topics itself, for a mock cluster has no administration.
struct Made;

impl MakeTopics for Made {
    fn make(&self, topics: &[NewTopic]) -> Result<(), kafka::Unmade> {
        assert!(topics.iter().all(|topic| topic.partitions == 1));
        Ok(())
    }

    fn cluster(&self) -> String {
        "mock".to_owned()
    }

    fn remove(&self, _: &[NewTopic], _: &str) -> Result<(), LinkFault> {
        Ok(())
    }
}

impl Cluster {
    fn new() -> Self {
        Self { mock: MockCluster::new(1).expect("a mock cluster"), topics: Cell::new(0) }
    }

    fn place(&self) -> Elsewhere {
        Elsewhere {
            address: self.mock.bootstrap_servers(),
            name: format!("log-{}", self.topics.get()),
            // A mock cluster, asked for messages, doesn't notice those that come while it waits.
            settings: [("message.timeout.ms", "2000"), ("fetch.wait.max.ms", "5")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    fn create(&self) -> TopicLog {
        self.topics.set(self.topics.get() + 1);
        let place = self.place();
        self.mock.create_topic(&place.name, 1, 1).expect("a topic");
        TopicLog::create(&place, &Made).expect("a log")
    }

    /// Opens the log that was made last, as another process would.
    fn open(&self) -> Result<TopicLog, LogError> {
        TopicLog::open(&self.place())
    }

    /// Counts the messages of the log's topic.
    fn stored(&self) -> i64 {
        let config = ClientConfig::new().set("bootstrap.servers", self.mock.bootstrap_servers()).clone();
        let asker: BaseConsumer = config.create().expect("a client");
        asker.fetch_watermarks(&self.place().name, 0, Duration::from_secs(5)).expect("an answer").1
    }

    /// Writes a message as somebody else would.
    fn write(&self, value: &str) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.mock.bootstrap_servers())
            .create()
            .expect("a client");
        let name = self.place().name;
        let record: BaseRecord<'_, str, str> = BaseRecord::to(&name).payload(value).partition(0);
        producer.send(record).map_err(|(error, _)| error).expect("room");
        producer.flush(Duration::from_secs(5)).expect("stored");
    }
}

fn texts(log: &dyn Kept) -> Vec<String> {
    read(log, 0, 10).into_iter().map(|(_, payload)| String::from_utf8(payload).expect("a text")).collect()
}

fn put(log: &mut TopicLog, payload: &str) -> Result<u64, LogError> {
    log.append(&[Entry { time_ms: 0, payload: payload.as_bytes() }])
}

#[test]
fn a_log_in_a_topic_is_a_log() {
    // Side by side: clients that come and go wait more than they work.
    std::thread::scope(|scope| {
        for part in PARTS {
            scope.spawn(move || {
                let cluster = Cluster::new();
                part(&Medium {
                    create: &|| Box::new(cluster.create()),
                    reopen: &|log| {
                        drop(log);
                        Box::new(cluster.open().expect("a log"))
                    },
                });
            });
        }
    });
}

#[test]
fn what_the_broker_refuses_is_not_there() {
    let cluster = Cluster::new();
    let mut log = cluster.create();
    put(&mut log, "a").expect("stored");
    cluster.mock.request_errors(RDKafkaApiKey::Produce, &[DENIED]);
    let refused = put(&mut log, "b").expect_err("denied");
    assert!(matches!(&refused, LogError::Away { to, .. } if to == "append"), "{refused}");
    assert_eq!((log.end(), texts(&log)), (1, vec!["a".to_owned()]));
    assert_eq!(put(&mut log, "c").expect("stored"), 2);
    assert_eq!(texts(&log), ["a", "c"]);
    assert_eq!(texts(&cluster.open().expect("a log")), ["a", "c"]);
}

#[test]
fn what_was_stored_and_not_acknowledged_is_void() {
    let cluster = Cluster::new();
    let mut log = cluster.create();
    put(&mut log, "a").expect("stored");
    cluster.mock.broker_round_trip_time(1, Duration::from_secs(3)).expect("a broker");
    put(&mut log, "b").expect_err("the client has no answer in time");
    cluster.mock.broker_round_trip_time(1, Duration::ZERO).expect("a broker");
    assert_eq!(put(&mut log, "c").expect("stored"), 2);
    assert_eq!(texts(&log), ["a", "c"]);
    let mut again = cluster.open().expect("a log");
    assert_eq!(texts(&again), ["a", "c"]);
    assert_eq!(put(&mut again, "d").expect("stored"), 3);
}

#[test]
fn a_broker_that_is_away_is_waited_for() {
    let cluster = Cluster::new();
    let mut log = cluster.create();
    put(&mut log, "a").expect("stored");
    let mut reader = log.read_from(0);
    let mut batch = store::log::Batch::new();
    assert_eq!(reader.next(9, &mut batch).expect("a read"), 1);
    for payload in ["b", "c"] {
        cluster.mock.broker_down(1).expect("a broker");
        std::thread::scope(|scope| {
            let put = scope.spawn(|| put(&mut log, payload));
            std::thread::sleep(Duration::from_millis(400));
            cluster.mock.broker_up(1).expect("a broker");
            put.join().expect("no panic").expect("stored when it is back");
        });
        assert_eq!(reader.next(9, &mut batch).expect("a read"), 1);
    }
    assert_eq!(texts(&log), ["a", "b", "c"]);
}

#[test]
fn half_an_append_is_not_there() {
    let cluster = Cluster::new();
    let (mut log, mut all) = (cluster.create(), Vec::new());
    append(&mut log, &mut all, vec![(0, b"a".to_vec())]);
    // Of three messages the first is stored.
    let large = vec![b'x'; 1 << 20];
    let entries = [Entry { time_ms: 1, payload: &large }; 3];
    let fine = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
    cluster.mock.request_errors(RDKafkaApiKey::Produce, &[fine, DENIED, DENIED]);
    log.append(&entries).expect_err("denied");
    cluster.mock.clear_request_errors(RDKafkaApiKey::Produce);
    assert_eq!((log.end(), read(&log, 0, 9)), (1, all.clone()));
    // Its process is killed before it can say so, or goes on.
    let mut other = cluster.open().expect("a log");
    assert_eq!((other.end(), read(&other, 0, 9)), (1, all.clone()));
    append(&mut other, &mut all, vec![(2, b"b".to_vec())]);
    assert_eq!(read(&cluster.open().expect("a log"), 0, 9), all);
}

#[test]
fn an_append_without_its_beginning_is_not_there() {
    let fine = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
    let large = vec![b'x'; 1 << 20];
    for fails in 0..2 {
        let cluster = Cluster::new();
        let (mut log, mut all) = (cluster.create(), Vec::new());
        append(&mut log, &mut all, vec![(0, b"a".to_vec())]);
        // Of three messages one isn't stored, and what comes behind it is.
        let mut answers = [fine; 3];
        answers[fails] = DENIED;
        cluster.mock.request_errors(RDKafkaApiKey::Produce, &answers);
        // An answer takes so long that all three are with the broker before the first comes back: with it the client stops sending.
        cluster.mock.broker_round_trip_time(1, Duration::from_secs(1)).expect("a broker");
        log.append(&[Entry { time_ms: 1, payload: &large }; 3]).expect_err("denied");
        cluster.mock.broker_round_trip_time(1, Duration::ZERO).expect("a broker");
        cluster.mock.clear_request_errors(RDKafkaApiKey::Produce);
        assert_eq!((log.end(), read(&log, 0, 9)), (1, all.clone()));
        let ends = cluster.stored();
        assert!(ends > 2, "begun, a, and what came behind: {ends}");
        // Its own process goes on, or is killed, and another one does.
        if fails == 0 {
            append(&mut log, &mut all, vec![(2, b"b".to_vec())]);
        }
        let mut other = cluster.open().expect("a log");
        assert_eq!((other.end(), read(&other, 0, 9)), (all.len() as u64, all.clone()));
        append(&mut other, &mut all, vec![(3, b"c".to_vec())]);
        assert_eq!(read(&cluster.open().expect("a log"), 0, 9), all);
    }
}

#[test]
fn only_one_appends() {
    let cluster = Cluster::new();
    let mut first = cluster.create();
    put(&mut first, "a").expect("stored");
    let mut second = cluster.open().expect("a log");
    for _ in 0..2 {
        let refused = put(&mut first, "x").expect_err("it was put out");
        assert!(matches!(refused, LogError::TakenOver { end: 1, .. }), "{refused}");
        assert_eq!(texts(&first), ["a"]);
    }
    assert_eq!(put(&mut second, "b").expect("stored"), 2);
    assert_eq!(put(&mut second, "c").expect("stored"), 3);
    assert_eq!(texts(&second), ["a", "b", "c"]);
    assert_eq!(texts(&cluster.open().expect("a log")), ["a", "b", "c"]);
}

#[test]
fn what_is_no_log_is_refused() {
    let cluster = Cluster::new();
    let spoilt = |why: &str| {
        let refused = cluster.open().map(drop).expect_err(why);
        let LogError::Spoilt { place, what, .. } = &refused else { panic!("{refused}") };
        assert!(place.ends_with(&cluster.place().name) && what.contains(why), "{refused}");
    };
    cluster.topics.set(90);
    spoilt("the topic isn't there any more");
    cluster.mock.create_topic(&cluster.place().name, 1, 1).expect("a topic");
    spoilt("the topic is empty");
    cluster.topics.set(91);
    cluster.mock.create_topic(&cluster.place().name, 2, 1).expect("a topic");
    spoilt("the topic has 2 partitions");
}

#[test]
fn what_somebody_else_writes_is_noticed() {
    let cluster = Cluster::new();
    let mut log = cluster.create();
    put(&mut log, "a").expect("stored");
    cluster.write("hello, is this the topic of somebody's clicks, perhaps?");
    let place = "the message at partition 0, offset 2: it is no message of a log";
    for refused in [put(&mut log, "b").map(drop), cluster.open().map(drop)] {
        let refused = refused.expect_err("a foreign message");
        assert!(
            matches!(refused, LogError::Spoilt { .. }) && refused.to_string().contains(place),
            "{refused}"
        );
    }
}

#[test]
fn a_topic_that_was_shortened_is_refused() {
    let cluster = Cluster::new();
    let mut log = cluster.create();
    // A mock cluster keeps 5 MB of a partition.
    let large = vec![b'x'; 900_000];
    for _ in 0..8 {
        log.append(&[Entry { time_ms: 1, payload: &large }]).expect("stored");
    }
    let refused = cluster.open().map(drop).expect_err("its beginning is gone").to_string();
    assert!(
        refused.contains("begins at offset ") && refused.contains("has deleted what was before"),
        "{refused}"
    );
    let refused = log.read_from(0).next(1, &mut store::log::Batch::new()).expect_err("it is gone");
    assert!(matches!(refused, LogError::Spoilt { .. }), "{refused}");
}
