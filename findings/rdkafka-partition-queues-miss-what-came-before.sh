#!/usr/bin/env bash
# rdkafka 0.39.0 (librdkafka 2.12.1 bundled). A consumer that is assigned partitions and then splits queues off for them, in the
# order that its documentation asks for: what was fetched between the two calls stays in the consumer's own queue, and a reader of the
# partition's queue never gets it. No error, no gap that anybody tells of: reading goes on at the first message that came after the
# split. A pause between assignment and split, and a resume behind it, gives them all.
#
# Ten messages in a topic, 500 ms between `assign` and `split_partition_queue`, then ten more messages:
#   split      the partition's queue gives 10 messages, the first at offset 10
#   paused     the partition's queue gives 20 messages, the first at offset 0
#
# Needs cargo, a C compiler and make. Takes two minutes, for librdkafka is built.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "queues"
version = "0.0.0"
edition = "2024"

[dependencies]
rdkafka = { version = "=0.39.0", default-features = false, features = ["libz"] }
TOML
cat > "$folder/src/main.rs" <<'RUST'
use std::{sync::Arc, time::{Duration, Instant}};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    mocking::MockCluster,
    producer::{BaseProducer, BaseRecord, Producer},
};

fn fill(producer: &BaseProducer, topic: &str) {
    for _ in 0..10 {
        producer.send(BaseRecord::<str, str>::to(topic).payload("x").partition(0)).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(5)).unwrap();
}

fn main() {
    let mock = MockCluster::new(1).unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", mock.bootstrap_servers()).set("group.id", "g");
    let producer: BaseProducer = config.create().unwrap();
    for name in ["split", "paused"] {
        fill(&producer, name);
        let consumer: Arc<BaseConsumer> = Arc::new(config.create().unwrap());
        let mut all = TopicPartitionList::new();
        all.add_partition_offset(name, 0, Offset::Offset(0)).unwrap();
        consumer.assign(&all).unwrap();
        if name == "paused" {
            consumer.pause(&all).unwrap();
        }
        std::thread::sleep(Duration::from_millis(500));
        let queue = consumer.split_partition_queue(name, 0).unwrap();
        if name == "paused" {
            consumer.resume(&all).unwrap();
        }
        fill(&producer, name);
        let (start, mut offsets) = (Instant::now(), Vec::new());
        while start.elapsed() < Duration::from_secs(5) {
            if let Some(message) = queue.poll(Duration::from_millis(50)) {
                offsets.push(message.unwrap().offset());
            }
        }
        println!("{name} {} {:?}", offsets.len(), offsets.first());
    }
}
RUST
cargo run --quiet --manifest-path "$folder/Cargo.toml" > "$folder/out"
cat "$folder/out"
diff "$folder/out" - <<'EXPECTED'
split 10 Some(10)
paused 20 Some(0)
EXPECTED
