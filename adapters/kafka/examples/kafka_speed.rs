//! How fast records go into a topic and rows are taken out of one, beside Kafka's own producer and a bare client in the same
//! run. Needs a broker: `scripts/engines/kafka.sh start`, then
//!
//! ```text
//! cargo run --release -p kafka --example kafka_speed -- 127.0.0.1:19092 [RECORDS] [PARTITIONS]
//! ```

mod through;

use std::{
    process::Command,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_executor::block_on;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};
use replay::{Control, link::Link};
use through::through;

const SOON: Duration = Duration::from_mins(1);
/// Records of one call, as a replay hands them over.
const CHUNK: usize = 1024;
/// Runs of each; the best counts, for the machine may be busy.
const RUNS: usize = 3;
/// Its own producer, which ends with the records a second.
const TOOL: &str = "org.apache.kafka.tools.ProducerPerformance";

struct Bench {
    bootstrap: String,
    records: usize,
    partitions: u32,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let Some(bootstrap) = words.next() else {
        println!("usage: kafka_speed BROKERS [RECORDS] [PARTITIONS]");
        return;
    };
    let mut number = |usual| words.next().map_or(usual, |word| word.parse().expect("a whole number"));
    let (records, partitions) = (number(1_000_000), number(1) as u32);
    let bench = Bench { bootstrap, records, partitions };
    println!("{records} records of 30 bytes, {partitions} partitions, acks=all, best of {RUNS}");
    let best = |run: &dyn Fn() -> Duration| (0..RUNS).map(|_| run()).min().unwrap_or_default();
    let rate = |took: Duration| bench.records as f64 / took.as_secs_f64();
    let ours = rate(best(&|| bench.sent_by_link()));
    let bare = rate(best(&|| bench.sent_bare()));
    println!("sent   {ours:>12.0}/s by the link, {bare:.0}/s by a bare client: {:.2}", ours / bare);
    match (0..RUNS).filter_map(|_| bench.sent_by_tool()).reduce(f64::max) {
        Some(tool) => println!("       {tool:>12.0}/s by ProducerPerformance: {:.2}", ours / tool),
        None => println!("       ProducerPerformance can't be run: scripts/engines/kafka.sh fetch"),
    }
    let (ours, bare) = (best(&|| bench.taken_by_link()), best(&|| bench.taken_bare()));
    let (ours, bare) = (rate(ours), rate(bare));
    println!("taken  {ours:>12.0}/s by a slice into lines, {bare:.0}/s by a bare client: {:.2}", ours / bare);
}

impl Bench {
    /// A value of 30 bytes.
    fn value(n: usize) -> String {
        format!("{{\"user\":\"u{:05}\",\"n\":{:>9}}}", n % 1000, n)
    }

    fn config(&self, more: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        for (name, value) in more {
            config.set(*name, *value);
        }
        config
    }

    fn sent_by_link(&self) -> Duration {
        let stored_at = std::env::temp_dir().join(format!("counterpoint-kafka-speed-{}", std::process::id()));
        // The job is started when the broker has stored all records, and says when that is.
        let command = format!("date +%s%N > {}", stored_at.display());
        let command = ["sh".to_owned(), "-c".to_owned(), command].into();
        let mut through = through(&self.bootstrap, "speed", &["n"], command);
        through.replay.partitions = self.partitions;
        through.job.is_bounded = true;
        let lines: Vec<Vec<u8>> = (0..self.records)
            .step_by(CHUNK)
            .map(|first| {
                let line = |n| format!("{{\"offset\":{n},\"record\":{}}}\n", Self::value(n)).into_bytes();
                (first..(first + CHUNK).min(self.records)).flat_map(line).collect()
            })
            .collect();
        let (mut link, control) = (kafka::link(&through).expect("a client"), Control::default());
        link.begin(b"", &control, &mut |_| Ok(())).expect("a broker");
        let start = SystemTime::now();
        for lines in &lines {
            link.send(lines, &control, &mut |_, _| Ok(())).expect("sent");
        }
        link.end(&control, &mut |_, _| Ok(())).expect("settled");
        let stored = std::fs::read_to_string(&stored_at).expect("the job has written it");
        let stored = UNIX_EPOCH + Duration::from_nanos(stored.trim().parse().expect("nanoseconds"));
        let _ = std::fs::remove_file(&stored_at);
        stored.duration_since(start).unwrap_or_default()
    }

    fn topic(&self, name: &str) -> AdminClient<DefaultClientContext> {
        let admin: AdminClient<DefaultClientContext> = self.config(&[]).create().expect("a client");
        let partitions = i32::try_from(self.partitions).expect("few");
        let new = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let made = block_on(admin.create_topics([&new], &AdminOptions::new())).expect("an answer");
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        admin
    }

    fn remove(admin: &AdminClient<DefaultClientContext>, name: &str) {
        let _ = block_on(admin.delete_topics(&[name], &AdminOptions::new()));
    }

    fn sent_bare(&self) -> Duration {
        let name = format!("speed-bare-{}", std::process::id());
        let admin = self.topic(&name);
        let took = self.send_to(&name);
        Self::remove(&admin, &name);
        took
    }

    fn send_to(&self, name: &str) -> Duration {
        let settings = [
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("linger.ms", "1"),
            ("partitioner", "murmur2_random"),
        ];
        let producer: BaseProducer = self.config(&settings).create().expect("a client");
        let values: Vec<String> = (0..self.records).map(Self::value).collect();
        let start = Instant::now();
        for (n, value) in values.iter().enumerate() {
            let partition = (n % self.partitions as usize) as u32;
            let mut record: BaseRecord<'_, str, str> =
                BaseRecord::to(name).payload(value.as_str()).partition(partition.cast_signed());
            while let Err((error, back)) = producer.send(record) {
                assert!(
                    matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)),
                    "{error}"
                );
                producer.poll(Duration::from_millis(20));
                record = back;
            }
            if n % CHUNK == 0 {
                producer.poll(Duration::ZERO);
            }
        }
        producer.flush(SOON).expect("stored");
        start.elapsed()
    }

    fn sent_by_tool(&self) -> Option<f64> {
        let name = format!("speed-tool-{}", std::process::id());
        let admin = self.topic(&name);
        let records = self.records.to_string();
        let bootstrap = format!("bootstrap.servers={}", self.bootstrap);
        let out = Command::new("scripts/engines/kafka.sh")
            .args([
                "run",
                TOOL,
                "--topic",
                &name,
                "--num-records",
                &records,
                "--record-size",
                "30",
                "--throughput",
                "-1",
            ])
            .args(["--producer-props", &bootstrap, "acks=all", "linger.ms=1", "enable.idempotence=true"])
            .output()
            .ok()?;
        Self::remove(&admin, &name);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        // `1000000 records sent, 269000.1 records/sec (…)`, in the last line.
        let mut rates =
            text.lines().filter_map(|line| line.split(", ").nth(1)?.split(' ').next()?.parse().ok());
        rates.next_back()
    }

    fn taken_by_link(&self) -> Duration {
        let name = format!("speed-slice-{}", std::process::id());
        let admin = self.topic(&name);
        self.send_to(&name);
        let what = kafka::Slice {
            bootstrap: self.bootstrap.clone(),
            topics: vec![name.clone()],
            since_ms: None,
            until_ms: None,
            properties: [].into(),
            ..kafka::Slice::default()
        };
        let start = Instant::now();
        let sliced = kafka::slice(&what, &Control::default(), &mut std::io::sink()).expect("a slice");
        let took = start.elapsed();
        assert_eq!(sliced.lines as usize, self.records);
        Self::remove(&admin, &name);
        took
    }

    fn taken_bare(&self) -> Duration {
        let name = format!("speed-read-{}", std::process::id());
        let admin = self.topic(&name);
        self.send_to(&name);
        let consumer: BaseConsumer = self
            .config(&[("group.id", "speed"), ("enable.auto.commit", "false")])
            .create()
            .expect("a client");
        let mut all = TopicPartitionList::new();
        for partition in 0..i32::try_from(self.partitions).expect("few") {
            all.add_partition_offset(&name, partition, Offset::Beginning).expect("an offset");
        }
        let start = Instant::now();
        consumer.assign(&all).expect("partitions");
        let mut heard = 0;
        while heard < self.records {
            match consumer.poll(SOON) {
                Some(Ok(_)) => heard += 1,
                other => panic!("{other:?}"),
            }
        }
        let took = start.elapsed();
        Self::remove(&admin, &name);
        took
    }
}
