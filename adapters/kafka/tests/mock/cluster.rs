//! A mock cluster, links to it, and jobs that are threads of the test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use kafka::{Broker, MakeTopics, NewTopic, Through};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer},
    mocking::MockCluster,
    producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer},
};
use replay::{
    Control,
    link::{JobTopics, Link, LinkFault, MessageValue, ReplayTopics, RowMessages, Stop, ThroughTopics},
    process::{Environment, Launch, ProcessLimits},
};

/// A mock cluster makes topics of so many partitions.
pub(crate) const PARTITIONS: u32 = 4;

pub(crate) struct Cluster {
    pub(crate) mock: MockCluster<'static, DefaultProducerContext>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) jobs: Vec<JoinHandle<()>>,
}

/// Makes topics by asking for them, as a mock cluster does, and tells the test their names.
pub(crate) struct Asked {
    bootstrap: String,
    names: Sender<[String; 2]>,
    removed: Sender<usize>,
}

impl MakeTopics for Asked {
    fn make(&self, topics: &[NewTopic]) -> Result<(), kafka::Unmade> {
        let asker: BaseProducer =
            ClientConfig::new().set("bootstrap.servers", &self.bootstrap).create().expect("a client");
        for topic in topics {
            assert_eq!(topic.partitions, PARTITIONS);
            while asker
                .client()
                .fetch_metadata(Some(&topic.name), Duration::from_secs(5))
                .expect("an answer")
                .topics()[0]
                .partitions()
                .is_empty()
            {}
        }
        let _ = self.names.send([topics[0].name.clone(), topics[1].name.clone()]);
        Ok(())
    }

    fn cluster(&self) -> String {
        "mock".to_owned()
    }

    fn remove(&self, topics: &[NewTopic], _: &str) -> Result<(), LinkFault> {
        let _ = self.removed.send(topics.len());
        Ok(())
    }
}

/// The key and the value of a message that a job writes.
pub(crate) type Written = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Describes what a job does with a record.
pub(crate) type Act = fn(&[u8]) -> Written;

impl Cluster {
    pub(crate) fn new() -> Self {
        let mock = MockCluster::new(1).expect("a mock cluster");
        Self { mock, stop: Arc::default(), jobs: Vec::new() }
    }

    pub(crate) fn through(&self, command: &str, job: JobTopics) -> ThroughTopics {
        ThroughTopics {
            launch: Launch {
                role: "candidate",
                command: ["sh", "-c", command].map(str::to_owned).into(),
                cwd: None,
                env: Environment::default(),
                parameters: Vec::new(),
                limits: ProcessLimits { terminate: Duration::from_millis(300), ..ProcessLimits::default() },
                peak_memory: Arc::default(),
            },
            replay: ReplayTopics {
                bootstrap: self.mock.bootstrap_servers(),
                input: "in".to_owned(),
                partitions: PARTITIONS,
                key: vec!["user".to_owned()],
                partition: None,
                headers: [].into(),
                timestamp: None,
                value: MessageValue::Record,
                properties: [].into(),
            },
            job,
        }
    }

    pub(crate) fn link(&self, through: &ThroughTopics) -> (Through, Receiver<[String; 2]>, Receiver<usize>) {
        let ((names, named), (removed, gone)) = (channel(), channel());
        let bootstrap = self.mock.bootstrap_servers();
        let maker = Box::new(Asked { bootstrap, names, removed });
        let link = Through::new(through, Broker::new(&through.replay), maker).expect("random bytes");
        (link, named, gone)
    }

    /// Runs a job in a thread: it reads the input, acts, and commits as `group` unless that is empty.
    pub(crate) fn run(&mut self, named: Receiver<[String; 2]>, act: Act, commits: bool) {
        let (bootstrap, stop) = (self.mock.bootstrap_servers(), Arc::clone(&self.stop));
        self.jobs.push(std::thread::spawn(move || {
            let Ok([input, output]) = named.recv() else { return };
            // in.<id>.<role> makes counterpoint-<id>-<role>.
            let group = input.replacen("in.", "counterpoint-", 1).replace('.', "-");
            let client = |extra: &[(&str, &str)]| {
                let mut config = ClientConfig::new();
                config.set("bootstrap.servers", &bootstrap).set("group.id", &group);
                for (name, value) in extra {
                    config.set(*name, *value);
                }
                config
            };
            let consumer: BaseConsumer =
                client(&[("enable.auto.commit", "false")]).create().expect("a client");
            let producer: BaseProducer = client(&[]).create().expect("a client");
            let mut all = TopicPartitionList::new();
            for partition in 0..PARTITIONS.cast_signed() {
                all.add_partition_offset(&input, partition, Offset::Beginning).expect("an offset");
            }
            consumer.assign(&all).expect("partitions");
            while !stop.load(Ordering::Relaxed) {
                let Some(message) = consumer.poll(Duration::from_millis(50)) else { continue };
                let message = message.expect("a message");
                let (key, value) = act(message.payload().expect("a value"));
                let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&output);
                (record.key, record.payload) = (key.as_deref(), value.as_deref());
                producer.send(record).map_err(|(error, _)| error).expect("room");
                producer.flush(Duration::from_secs(5)).expect("a delivery");
                if commits {
                    consumer.commit_message(&message, CommitMode::Sync).expect("a commit");
                }
            }
        }));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for job in self.jobs.drain(..) {
            let ended = job.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the job failed");
        }
    }
}

pub(crate) fn topics() -> JobTopics {
    JobTopics {
        output: "out".to_owned(),
        partitions: PARTITIONS,
        columns: ["user", "n"].map(str::to_owned).into(),
        key: vec!["user".to_owned()],
        rows: RowMessages::Append,
        format: replay::link::MessageFormat::default(),
        is_bounded: false,
        ready: None,
        close: Vec::new(),
        timeout: Duration::from_secs(30),
        handover: None,
        is_copied: false,
    }
}

/// A record as the replay writes it: one of three users, and its number.
pub(crate) fn line(n: u64) -> String {
    format!("{{\"offset\":{n},\"record\":{{\"user\":\"u{}\",\"n\":{n}}}}}\n", n % 3)
}

/// Replays so many records; returns what came first, and the rows.
pub(crate) fn replayed(link: &mut Through, records: u64) -> Result<(String, Vec<String>), Stop> {
    let (control, mut first, mut rows) = (Control::default(), String::new(), Vec::new());
    link.begin(b"{\"columns\":[\"user\",\"n\"]}", &control, &mut |line| {
        first = String::from_utf8(line.to_vec()).expect("text");
        Ok(())
    })?;
    let mut hear = |line: &[u8], _: Instant| {
        rows.push(String::from_utf8(line.to_vec()).expect("text"));
        Ok(())
    };
    for n in 0..records {
        link.send(line(n).as_bytes(), &control, &mut hear)?;
    }
    link.end(&control, &mut hear)?;
    Ok((first, rows))
}

pub(crate) fn echo(value: &[u8]) -> Written {
    (None, Some(value.to_vec()))
}

pub(crate) fn fault(stop: Stop) -> (LinkFault, String) {
    match stop {
        Stop::Failed { fault, last_words, .. } => (fault, last_words),
        Stop::Interrupted => panic!("nobody interrupts"),
    }
}
