//! Holds the link against a broker: what librdkafka's mock cluster doesn't have, transactions and the administration of topics.
//! `COUNTERPOINT_TEST_BROKER` says where one is (`scripts/engines/kafka.sh start`, then 127.0.0.1:19092); without it, nothing is
//! shown here.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_executor::block_on;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};
use replay::{
    Control,
    link::{JobTopics, Link, MessageFormat, MessageValue, ReplayTopics, RowMessages, Stop, ThroughTopics},
    process::{Environment, Launch, ProcessLimits},
};

const SOON: Duration = Duration::from_secs(10);

fn broker() -> Option<String> {
    let broker = std::env::var("COUNTERPOINT_TEST_BROKER").ok();
    if broker.is_none() {
        println!("skipped: COUNTERPOINT_TEST_BROKER names no broker");
    }
    broker
}

/// A run whose job is a thread of the test; its command writes down what it is told, and lives on.
struct Run {
    bootstrap: String,
    told: PathBuf,
}

/// Holds what a job is told by its environment.
struct Told {
    input: String,
    output: String,
    id: String,
}

impl Run {
    fn new(bootstrap: &str, name: &str) -> Self {
        let told = std::env::temp_dir().join(format!("counterpoint-kafka-{}-{name}", std::process::id()));
        Self { bootstrap: bootstrap.to_owned(), told }
    }

    fn through(&self, job: JobTopics) -> ThroughTopics {
        let told = self.told.display();
        let script = format!(
            "echo \"$COUNTERPOINT_KAFKA_INPUT $COUNTERPOINT_KAFKA_OUTPUT $COUNTERPOINT_KAFKA_ID\" > {told}.new && \
             mv {told}.new {told} && echo up && sleep 100"
        );
        ThroughTopics {
            launch: Launch {
                role: "stable",
                command: ["sh".to_owned(), "-c".to_owned(), script].into(),
                cwd: None,
                env: Environment::default(),
                parameters: Vec::new(),
                limits: ProcessLimits { terminate: Duration::from_millis(300), ..ProcessLimits::default() },
                peak_memory: Arc::default(),
            },
            replay: ReplayTopics {
                bootstrap: self.bootstrap.clone(),
                input: "broker-test-in".to_owned(),
                partitions: 3,
                key: vec!["user".to_owned()],
                partition: None,
                headers: [].into(),
                timestamp: Some("at".to_owned()),
                value: MessageValue::Record,
                properties: [].into(),
            },
            job,
        }
    }

    fn told(&self) -> Told {
        let start = Instant::now();
        loop {
            if let Ok(text) = std::fs::read_to_string(&self.told) {
                let words: Vec<&str> = text.split_whitespace().collect();
                let [input, output, id] = words[..] else { panic!("three words: {text}") };
                return Told { input: input.to_owned(), output: output.to_owned(), id: id.to_owned() };
            }
            assert!(start.elapsed() < SOON, "the job was told nothing");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn config(&self, more: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        for (name, value) in more {
            config.set(*name, *value);
        }
        config
    }

    /// Writes rows in transactions, of which `fate` says whether they are committed, after some time; then commits that all
    /// of `records` is read.
    fn job(&self, records: usize, fates: &[(i32, bool)], open_for: Duration) {
        let Told { input, output, id } = self.told();
        let consumer: BaseConsumer =
            self.config(&[("group.id", &id), ("enable.auto.commit", "false")]).create().expect("a client");
        let mut all = TopicPartitionList::new();
        for partition in 0..3 {
            all.add_partition_offset(&input, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&all).expect("partitions");
        let producer: BaseProducer = self.config(&[("transactional.id", &id)]).create().expect("a client");
        producer.init_transactions(SOON).expect("a broker with transactions");
        let mut last = None;
        for _ in 0..records {
            let message = std::iter::from_fn(|| Some(consumer.poll(SOON))).flatten().next().expect("one");
            last = Some(message.expect("a message"));
        }
        // All is read, and said to be, before the rows are committed.
        let mut ends = TopicPartitionList::new();
        for partition in 0..3 {
            let (_, end) = consumer.fetch_watermarks(&input, partition, SOON).expect("an end");
            ends.add_partition_offset(&input, partition, Offset::Offset(end)).expect("an offset");
        }
        for &(rows, is_committed) in fates {
            producer.begin_transaction().expect("none is open");
            for n in 0..rows {
                let row = format!("{{\"user\":\"u{n}\",\"n\":{rows}}}");
                let record: BaseRecord<'_, str, str> =
                    BaseRecord::to(&output).payload(row.as_str()).partition(n % 3);
                producer.send(record).map_err(|(error, _)| error).expect("room");
            }
            producer.flush(SOON).expect("stored");
            consumer.commit(&ends, CommitMode::Sync).expect("a commit");
            std::thread::sleep(open_for);
            let ended = if is_committed {
                producer.commit_transaction(SOON)
            } else {
                producer.abort_transaction(SOON)
            };
            ended.expect("an end");
        }
        drop(last);
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.config(&[]).create().expect("a client")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.told);
    }
}

fn topics(timeout: Duration) -> JobTopics {
    JobTopics {
        output: "broker-test-out".to_owned(),
        partitions: 3,
        columns: ["user", "n"].map(str::to_owned).into(),
        key: vec!["user".to_owned()],
        rows: RowMessages::Append,
        format: MessageFormat::default(),
        is_bounded: false,
        ready: Some("up".to_owned()),
        // A day ahead of any clock: a topic by default refuses more than an hour.
        close: vec![r#"{"user":"~end","at":4102444800000}"#.to_owned()],
        timeout,
        handover: None,
        is_copied: false,
    }
}

const RECORDS: usize = 30;

/// Replays records of 1971, and a closing one of 2100 for each partition.
fn replayed(link: &mut dyn Link) -> Result<Vec<String>, Stop> {
    let (control, mut rows) = (Control::default(), Vec::new());
    link.begin(b"{\"columns\":[]}", &control, &mut |_| Ok(()))?;
    let mut hear = |line: &[u8], _: Instant| {
        rows.push(String::from_utf8(line.to_vec()).expect("text"));
        Ok(())
    };
    for n in 0..RECORDS {
        let at = 31_536_000_000_u64 + n as u64;
        let line = format!("{{\"offset\":{n},\"record\":{{\"user\":\"u{}\",\"at\":{at}}}}}\n", n % 7);
        link.send(line.as_bytes(), &control, &mut hear)?;
    }
    link.end(&control, &mut hear)?;
    Ok(rows)
}

#[test]
fn rows_of_an_open_transaction_are_waited_for() {
    let Some(bootstrap) = broker() else { return };
    let run = Run::new(&bootstrap, "open");
    let mut link = kafka::link(&run.through(topics(Duration::from_mins(1)))).expect("a client");
    std::thread::scope(|scope| {
        // Two seconds after the job has committed that it has read everything, its rows are.
        scope.spawn(|| run.job(RECORDS + 3, &[(9, true)], Duration::from_secs(2)));
        assert_eq!(replayed(&mut *link).expect("a settled answer").len(), 9);
    });
}

#[test]
fn a_transaction_that_stays_open_is_no_answer() {
    let Some(bootstrap) = broker() else { return };
    let run = Run::new(&bootstrap, "stays");
    let mut link = kafka::link(&run.through(topics(Duration::from_secs(4)))).expect("a client");
    std::thread::scope(|scope| {
        scope.spawn(|| run.job(RECORDS + 3, &[(9, true)], Duration::from_secs(7)));
        let Err(Stop::Failed { fault, .. }) = replayed(&mut *link) else { panic!("its transaction is open") };
        let text = fault.to_string();
        assert!(
            text.contains("not settled") && text.contains("a transaction is open in partition"),
            "{text}"
        );
    });
}

#[test]
fn rows_of_an_aborted_transaction_are_none() {
    let Some(bootstrap) = broker() else { return };
    let run = Run::new(&bootstrap, "aborted");
    let mut link = kafka::link(&run.through(topics(Duration::from_mins(1)))).expect("a client");
    std::thread::scope(|scope| {
        // Its last messages are those that are taken back, and behind them the marker of that.
        scope.spawn(|| run.job(RECORDS + 3, &[(6, true), (9, false)], Duration::from_millis(100)));
        let rows = replayed(&mut *link).expect("a settled answer");
        assert_eq!(rows.iter().filter(|row| row.ends_with("\"n\":6}")).count(), 6, "{rows:?}");
        assert_eq!(rows.len(), 6);
    });
}

#[test]
fn a_runs_topics_keep_everything_and_are_removed() {
    let Some(bootstrap) = broker() else { return };
    let run = Run::new(&bootstrap, "settings");
    let mut link = kafka::link(&run.through(topics(Duration::from_mins(1)))).expect("a client");
    link.begin(b"{\"columns\":[]}", &Control::default(), &mut |_| Ok(())).expect("a broker");
    let Told { input, output, .. } = run.told();
    let admin = run.admin();
    let asked = [&input, &output].map(|name| ResourceSpecifier::Topic(name));
    for found in block_on(admin.describe_configs(&asked, &AdminOptions::new())).expect("an answer") {
        let settings = found.expect("a topic");
        let value = |name| settings.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
        assert_eq!(value("retention.ms"), "-1");
        assert_eq!(value("message.timestamp.after.max.ms"), i64::MAX.to_string());
        assert_eq!(value("cleanup.policy"), "delete");
    }
    drop(link);
    let listed = admin.inner().fetch_metadata(None, SOON).expect("an answer");
    let is_left = |name: &str| listed.topics().iter().any(|topic| topic.name() == name);
    assert!(!is_left(&input) && !is_left(&output), "they are removed");
}

/// Makes a topic of one partition with a message at each of these times.
fn sent(run: &Run, topic: &str, times: &[i64]) {
    let new = NewTopic::new(topic, 1, TopicReplication::Fixed(1)).set("retention.ms", "-1");
    let made = block_on(run.admin().create_topics([&new], &AdminOptions::new())).expect("an answer");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let producer: BaseProducer = run.config(&[]).create().expect("a client");
    for &time in times {
        let record: BaseRecord<'_, str, str> = BaseRecord::to(topic).payload("{}").timestamp(time);
        producer.send(record).map_err(|(error, _)| error).expect("room");
        // One by one, so that each is a batch of its own.
        producer.flush(SOON).expect("stored");
    }
}

#[test]
fn a_slice_by_time_is_filtered_as_it_is_read() {
    let Some(bootstrap) = broker() else { return };
    let run = Run::new(&bootstrap, "slice");
    let topic = format!("slice-{}", std::process::id());
    let times = [40, 10, 60, 20, 50, 30];
    sent(&run, &topic, &times);
    for (since, until) in [
        (None, None),
        (Some(20), Some(60)),
        (Some(60), None),
        (None, Some(11)),
        (Some(61), None),
        (Some(45), None),
    ] {
        let what = kafka::Slice {
            bootstrap: bootstrap.clone(),
            topics: vec![topic.clone()],
            since_ms: since,
            until_ms: until,
            ..kafka::Slice::default()
        };
        let mut out = Vec::new();
        let sliced = kafka::slice(&what, &Control::default(), &mut out).expect("a slice");
        let is_in =
            |time: &i64| since.is_none_or(|since| *time >= since) && until.is_none_or(|until| *time < until);
        let wanted: Vec<String> = times
            .iter()
            .filter(|time| is_in(time))
            .map(|time| format!("{{\"kafka_timestamp\":{time},"))
            .collect();
        let text = String::from_utf8(out).expect("text");
        assert_eq!(sliced.lines as usize, wanted.len(), "{since:?} {until:?}: {text}");
        assert!(text.lines().zip(&wanted).all(|(line, wanted)| line.starts_with(wanted)), "{text}");
    }
    let _ = block_on(run.admin().delete_topics(&[&topic], &AdminOptions::new()));
}
