//! The broker's own share of a latency: a job that only copies each record from topic to topic, paced, and timed from the moment
//! at which a record is due to the moment at which its row is heard. Needs a broker: `scripts/engines/kafka.sh start`, then
//!
//! ```text
//! cargo run --release -p kafka --example kafka_latency -- 127.0.0.1:19092 [RECORDS]
//! ```

mod through;

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Message,
    consumer::{BaseConsumer, CommitMode, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};
use replay::Control;
use through::through;

const SOON: Duration = Duration::from_secs(30);
/// Records before these aren't timed: clients are connecting.
const WARM_UP: usize = 500;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("--copy") => copy(),
        Some(bootstrap) => {
            let records = words.get(1).map_or(10_000, |word| word.parse().expect("a number"));
            println!(
                "{records} records through a job that copies, from due to heard; the first {WARM_UP} aren't timed"
            );
            for rate in [200, 1_000, 5_000] {
                let mut times = timed(bootstrap, records.min(10 * rate), rate);
                times.sort_unstable();
                let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
                println!(
                    "{rate:>6}/s   p50 {:>7.2} ms   p99 {:>7.2} ms   p99.9 {:>7.2} ms",
                    at(0.5),
                    at(0.99),
                    at(0.999)
                );
            }
        }
        None => println!("usage: kafka_latency BROKERS [RECORDS]"),
    }
}

/// The job: each message goes on as it is, and what has gone on is committed.
fn copy() {
    let told = |name: &str| std::env::var(name).expect("told by the link");
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", told("COUNTERPOINT_KAFKA_BOOTSTRAP"))
        .set("group.id", told("COUNTERPOINT_KAFKA_ID"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().expect("a client");
    let producer: BaseProducer = config.set("linger.ms", "0").create().expect("a client");
    consumer.subscribe(&[&told("COUNTERPOINT_KAFKA_INPUT")]).expect("a topic");
    let output = told("COUNTERPOINT_KAFKA_OUTPUT");
    println!("ready");
    let (mut copied, mut since) = (0, Instant::now());
    loop {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(5)) {
            let value = message.payload().unwrap_or_default();
            producer
                .send(BaseRecord::<[u8], [u8]>::to(&output).payload(value))
                .map_err(|(error, _)| error)
                .expect("room");
            copied += 1;
        }
        producer.poll(Duration::ZERO);
        if copied > 0 && since.elapsed() > Duration::from_millis(500) {
            producer.flush(SOON).expect("stored");
            consumer.commit_consumer_state(CommitMode::Sync).expect("committed");
            (copied, since) = (0, Instant::now());
        }
    }
}

/// The times of records that are due at this rate, in the order in which their rows came.
fn timed(bootstrap: &str, records: usize, rate: usize) -> Vec<Duration> {
    let own = std::env::current_exe().expect("this program").display().to_string();
    let mut through = through(bootstrap, "latency", &["n"], vec![own, "--copy".to_owned()]);
    through.replay.properties.insert("linger.ms".to_owned(), "0".to_owned());
    through.job.ready = Some("ready".to_owned());
    let (mut link, control) = (kafka::link(&through).expect("a client"), Control::default());
    link.begin(b"", &control, &mut |_| Ok(())).expect("a broker");
    // Its group has to be given the partition first.
    std::thread::sleep(Duration::from_secs(5));
    let start = Instant::now();
    let due = |n: usize| start + Duration::from_secs_f64(n as f64 / rate as f64);
    let times = RefCell::new(Vec::with_capacity(records));
    let mut out = |line: &[u8], at: Instant| {
        let text = String::from_utf8_lossy(line);
        let n: usize = text.trim_start_matches("{\"n\":").trim_end_matches('}').parse().expect("its number");
        if n >= WARM_UP {
            times.borrow_mut().push(at.saturating_duration_since(due(n)));
        }
        Ok(())
    };
    for n in 0..records {
        // Rows are heard while the next record isn't due yet.
        while Instant::now() < due(n) {
            link.send(b"", &control, &mut out).expect("heard");
            std::thread::sleep(Duration::from_micros(100));
        }
        let line = format!("{{\"offset\":{n},\"record\":{{\"n\":{n}}}}}\n");
        link.send(line.as_bytes(), &control, &mut out).expect("sent");
    }
    link.end(&control, &mut out).expect("settled");
    let times = times.take();
    assert_eq!(times.len(), records - WARM_UP);
    times
}
