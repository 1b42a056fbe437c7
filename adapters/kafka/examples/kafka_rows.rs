//! How fast rows are heard and folded, beside a bare client that only polls them, from one broker in one run. Needs a broker:
//! `scripts/engines/kafka.sh start`, then
//!
//! ```text
//! cargo run --release -p kafka --example kafka_rows -- 127.0.0.1:19092 [ROWS] [KEYS]
//! ```

mod through;

use std::{
    cell::Cell,
    time::{Duration, Instant},
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
use replay::{Control, link::RowMessages};
use through::through;

const SOON: Duration = Duration::from_mins(2);
/// Runs of each; the best counts, for the machine may be busy.
const RUNS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, usual: usize| words.get(at).map_or(usual, |word| word.parse().expect("a number"));
    match words.first().map(String::as_str) {
        // The job of the runs: it fills its output, and says so.
        Some("--fill") => {
            let told = |name| std::env::var(name).expect("told by the link");
            fill(
                &told("COUNTERPOINT_KAFKA_BOOTSTRAP"),
                &told("COUNTERPOINT_KAFKA_OUTPUT"),
                number(1, 0),
                number(2, 1),
            );
            println!("filled");
        }
        Some(bootstrap) => compare(bootstrap, number(1, 2_000_000), number(2, 100_000)),
        None => println!("usage: kafka_rows BROKERS [ROWS] [KEYS]"),
    }
}

fn compare(bootstrap: &str, rows: usize, keys: usize) {
    println!("{rows} rows of about 60 bytes, {keys} keys, one partition, best of {RUNS}");
    let rate = |run: &dyn Fn() -> Duration| {
        rows as f64 / (0..RUNS).map(|_| run()).min().unwrap_or_default().as_secs_f64()
    };
    let bare = rate(&|| polled(bootstrap, rows, keys));
    println!("polled   {bare:>12.0}/s by a bare client");
    for form in [RowMessages::Append, RowMessages::Upsert] {
        let ours = rate(&|| heard(bootstrap, rows, keys, form));
        println!("heard    {ours:>12.0}/s as {form:?}: {:.2}", ours / bare);
    }
}

/// A row: a window's count.
fn row(n: usize, keys: usize) -> [String; 2] {
    let key = format!("k{:06}", n % keys);
    let row = format!("{{\"start\":{},\"key\":\"{key}\",\"count\":{n}}}", 1_700_000_000_000_u64 + n as u64);
    [key, row]
}

fn fill(bootstrap: &str, topic: &str, rows: usize, keys: usize) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("linger.ms", "20");
    let producer: BaseProducer = config.create().expect("a client");
    for n in 0..rows {
        let [key, value] = row(n, keys);
        let mut record: BaseRecord<'_, str, str> =
            BaseRecord::to(topic).key(key.as_str()).payload(value.as_str()).partition(0);
        while let Err((error, back)) = producer.send(record) {
            let is_full = matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
            assert!(is_full, "{error}");
            producer.poll(Duration::from_millis(20));
            record = back;
        }
    }
    producer.flush(SOON).expect("stored");
}

/// From the first row that is asked for to the last that is handed on; the topic is full before.
fn heard(bootstrap: &str, rows: usize, keys: usize, form: RowMessages) -> Duration {
    let own = std::env::current_exe().expect("this program").display().to_string();
    let fill = vec![own, "--fill".to_owned(), rows.to_string(), keys.to_string()];
    let mut through = through(bootstrap, "rows", &["start", "key", "count"], fill);
    through.job.rows = form;
    through.job.key = vec!["key".to_owned()];
    through.job.ready = Some("filled".to_owned());
    let (mut link, control) = (kafka::link(&through).expect("a client"), Control::default());
    link.begin(b"", &control, &mut |_| Ok(())).expect("a broker");
    let (lines, start) = (Cell::new(0_usize), Instant::now());
    let last = Cell::new(start);
    link.end(&control, &mut |_, at| {
        lines.set(lines.get() + 1);
        last.set(at);
        Ok(())
    })
    .expect("settled");
    // Each row but the first of a key takes one back.
    let wanted = if form == RowMessages::Append { rows } else { 2 * rows - keys.min(rows) };
    assert_eq!(lines.get(), wanted);
    last.get() - start
}

/// From the first row that is asked for to the last.
fn polled(bootstrap: &str, rows: usize, keys: usize) -> Duration {
    let name = format!("rows-bare-{}", std::process::id());
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", "rows").set("enable.auto.commit", "false");
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    let new = NewTopic::new(&name, 1, TopicReplication::Fixed(1));
    let made = block_on(admin.create_topics([&new], &AdminOptions::new())).expect("an answer");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    fill(bootstrap, &name, rows, keys);
    let consumer: BaseConsumer = config.create().expect("a client");
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(&name, 0, Offset::Beginning).expect("an offset");
    let start = Instant::now();
    consumer.assign(&all).expect("a partition");
    for _ in 0..rows {
        consumer.poll(SOON).expect("a message").expect("a message");
    }
    let took = start.elapsed();
    let _ = block_on(admin.delete_topics(&[&name], &AdminOptions::new()));
    took
}
