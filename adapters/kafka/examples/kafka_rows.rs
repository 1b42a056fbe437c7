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
/// Rows before these aren't timed: as many are fetched ahead before anybody asks for the first, and more than once.
const AHEAD: usize = 200_000;
/// The setting of a client without which it waits for a second whenever enough is fetched ahead.
const FETCH_ON: (&str, &str) = ("fetch.queue.backoff.ms", "5");

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
    assert!(rows > AHEAD, "of the first {AHEAD} rows none is timed");
    println!(
        "{rows} rows of about 60 bytes, {keys} keys, one partition, timed from row {AHEAD} on, best of {RUNS}"
    );
    let rate = |run: &dyn Fn() -> Duration| {
        (rows - AHEAD) as f64 / (0..RUNS).map(|_| run()).min().unwrap_or_default().as_secs_f64()
    };
    let usual = rate(&|| polled(bootstrap, (rows, keys), None));
    println!("polled   {usual:>12.0}/s by a bare client as it comes");
    let bare = rate(&|| polled(bootstrap, (rows, keys), Some(FETCH_ON)));
    println!("polled   {bare:>12.0}/s by one that fetches on as ours does, {} = {}", FETCH_ON.0, FETCH_ON.1);
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

/// From the first row that is timed to the last that is handed on; the topic is full before.
fn heard(bootstrap: &str, rows: usize, keys: usize, form: RowMessages) -> Duration {
    let own = std::env::current_exe().expect("this program").display().to_string();
    let fill = vec![own, "--fill".to_owned(), rows.to_string(), keys.to_string()];
    let mut through = through(bootstrap, "rows", &["start", "key", "count"], fill);
    through.job.rows = form;
    through.job.key = vec!["key".to_owned()];
    through.job.ready = Some("filled".to_owned());
    let (mut link, control) = (kafka::link(&through).expect("a client"), Control::default());
    link.begin(b"", &control, &mut |_| Ok(())).expect("a broker");
    // Each row but the first of a key takes one back.
    let lines_of = |rows: usize| if form == RowMessages::Append { rows } else { 2 * rows - keys.min(rows) };
    let (ahead, lines, start) = (lines_of(AHEAD), Cell::new(0_usize), Cell::new(Instant::now()));
    let last = Cell::new(start.get());
    link.end(&control, &mut |_, at| {
        lines.set(lines.get() + 1);
        last.set(at);
        if lines.get() == ahead {
            start.set(at);
        }
        Ok(())
    })
    .expect("settled");
    assert_eq!(lines.get(), lines_of(rows));
    last.get() - start.get()
}

/// From the first row that is timed to the last.
fn polled(bootstrap: &str, (rows, keys): (usize, usize), setting: Option<(&str, &str)>) -> Duration {
    let name = format!("rows-bare-{}", std::process::id());
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", "rows").set("enable.auto.commit", "false");
    if let Some((name, value)) = setting {
        config.set(name, value);
    }
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    let new = NewTopic::new(&name, 1, TopicReplication::Fixed(1));
    let made = block_on(admin.create_topics([&new], &AdminOptions::new())).expect("an answer");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    fill(bootstrap, &name, rows, keys);
    let consumer: BaseConsumer = config.create().expect("a client");
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(&name, 0, Offset::Beginning).expect("an offset");
    consumer.assign(&all).expect("a partition");
    let poll = |_| drop(consumer.poll(SOON).expect("a message").expect("a message"));
    (0..AHEAD).for_each(poll);
    let start = Instant::now();
    (AHEAD..rows).for_each(poll);
    let took = start.elapsed();
    let _ = block_on(admin.delete_topics(&[&name], &AdminOptions::new()));
    took
}
