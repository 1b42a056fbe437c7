//! A log in a topic of a broker: what librdkafka's mock cluster doesn't have, the administration of topics and a server's own ways.
//! `COUNTERPOINT_TEST_BROKER` says where one is; without it, nothing is shown here.

use std::time::Duration;

use futures_executor::block_on;
use kafka::log::KEEPER;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, ResourceSpecifier},
    client::DefaultClientContext,
};
use store::log::{Elsewhere, Entry, Kept, LogError, PAYLOAD_LIMIT};

use crate::contract::{Medium, PARTS, append, read};

fn place() -> Option<Elsewhere> {
    let Ok(address) = std::env::var("COUNTERPOINT_TEST_BROKER") else {
        println!("skipped: COUNTERPOINT_TEST_BROKER names no broker");
        return None;
    };
    let name = (KEEPER.fresh)("log-test").expect("a name");
    Some(Elsewhere { address, name, settings: [].into() })
}

fn admin(place: &Elsewhere) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", &place.address).create().expect("a client")
}

#[test]
fn a_log_in_a_brokers_topic_is_a_log() {
    if place().is_none() {
        return;
    }
    for part in PARTS {
        let made = std::cell::RefCell::new(Vec::new());
        part(&Medium {
            create: &|| {
                let place = place().expect("a broker");
                let log = (KEEPER.create)(&place).expect("a log");
                made.borrow_mut().push(place);
                log
            },
            reopen: &|log| {
                drop(log);
                (KEEPER.open)(made.borrow().last().expect("it was made")).expect("a log")
            },
        });
        for place in made.take() {
            (KEEPER.remove)(&place).expect("removed");
        }
    }
}

#[test]
fn the_largest_entry_is_an_entry() {
    let Some(place) = place() else { return };
    let (mut log, mut all) = ((KEEPER.create)(&place).expect("a log"), Vec::new());
    append(&mut *log, &mut all, vec![(1, vec![b'x'; PAYLOAD_LIMIT]), (2, b"a".to_vec())]);
    assert!(read(&*log, 0, 9) == all);
    (KEEPER.remove)(&place).expect("removed");
}

#[test]
fn a_logs_topic_is_its_own_keeps_everything_and_is_removed() {
    let Some(place) = place() else { return };
    let mut log = (KEEPER.create)(&place).expect("a log");
    let refused = (KEEPER.create)(&place).map(drop).expect_err("there is one").to_string();
    assert!(refused.contains(&place.name) && refused.contains("already exists"), "{refused}");
    let asked = [ResourceSpecifier::Topic(&place.name)];
    let found = block_on(admin(&place).describe_configs(&asked, &AdminOptions::new())).expect("an answer");
    let settings = found.into_iter().next().expect("one").expect("a topic");
    let value = |name| settings.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
    assert_eq!((value("retention.ms").as_str(), value("retention.bytes").as_str()), ("-1", "-1"));
    assert_eq!(value("cleanup.policy"), "delete");
    // It is still the one that it was.
    assert_eq!((log.append(&[Entry { time_ms: 0, payload: b"a" }]).expect("stored"), log.end()), (1, 1));
    drop(log);
    (KEEPER.remove)(&place).expect("removed");
    let refused = (KEEPER.open)(&place).map(drop).expect_err("it is gone").to_string();
    assert!(refused.contains("the topic isn't there any more"), "{refused}");
    // Once more does nothing.
    (KEEPER.remove)(&place).expect("removed");
}

#[test]
fn a_topic_that_retention_has_shortened_is_refused() {
    let Some(place) = place() else { return };
    let mut log = (KEEPER.create)(&place).expect("a log");
    for payload in [b"a", b"b", b"c"] {
        log.append(&[Entry { time_ms: 0, payload }]).expect("stored");
    }
    let mut reader = log.read_from(0);
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&place.name, 0, Offset::Offset(2)).expect("an offset");
    block_on(admin(&place).delete_records(&before, &AdminOptions::new())).expect("deleted");
    let refused = (KEEPER.open)(&place).map(drop).expect_err("its beginning is gone").to_string();
    assert!(refused.contains("begins at offset 2 of partition 0"), "{refused}");
    let refused = reader.next(1, &mut store::log::Batch::new()).expect_err("it is gone").to_string();
    assert!(refused.contains("partition 0, offset 1: it is gone"), "{refused}");
    (KEEPER.remove)(&place).expect("removed");
}

#[test]
fn a_process_that_was_put_out_notices() {
    let Some(place) = place() else { return };
    let mut first = (KEEPER.create)(&place).expect("a log");
    let mut second = (KEEPER.open)(&place).expect("a log");
    let put = |log: &mut dyn Kept, payload| log.append(&[Entry { time_ms: 0, payload }]);
    let refused = put(&mut *first, b"x").expect_err("it was put out");
    assert!(matches!(refused, LogError::TakenOver { end: 0, .. }), "{refused}");
    put(&mut *second, b"a").expect("stored");
    std::thread::sleep(Duration::from_millis(10));
    put(&mut *first, b"x").expect_err("it was put out");
    assert_eq!(read(&*(KEEPER.open)(&place).expect("a log"), 0, 9), [(0, b"a".to_vec())]);
    (KEEPER.remove)(&place).expect("removed");
}
