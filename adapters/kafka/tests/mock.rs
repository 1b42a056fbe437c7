//! Holds the link against librdkafka's mock cluster: the real protocol on loopback, without a server. The jobs are threads of
//! the test; the command beside them only lives or dies.

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
const PARTITIONS: u32 = 4;

struct Cluster {
    mock: MockCluster<'static, DefaultProducerContext>,
    stop: Arc<AtomicBool>,
    jobs: Vec<JoinHandle<()>>,
}

/// Makes topics by asking for them, as a mock cluster does, and tells the test their names.
struct Asked {
    bootstrap: String,
    names: Sender<[String; 2]>,
    removed: Sender<usize>,
}

impl MakeTopics for Asked {
    fn make(&self, topics: &[NewTopic]) -> Result<(), LinkFault> {
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

    fn remove(&self, topics: &[NewTopic], _: &str) {
        let _ = self.removed.send(topics.len());
    }
}

/// The key and the value of a message that a job writes.
type Written = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Describes what a job does with a record.
type Act = fn(&[u8]) -> Written;

impl Cluster {
    fn new() -> Self {
        let mock = MockCluster::new(1).expect("a mock cluster");
        Self { mock, stop: Arc::default(), jobs: Vec::new() }
    }

    fn through(&self, command: &str, job: JobTopics) -> ThroughTopics {
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
                timestamp: None,
                value: MessageValue::Record,
                properties: [].into(),
            },
            job,
        }
    }

    fn link(&self, through: &ThroughTopics) -> (Through, Receiver<[String; 2]>, Receiver<usize>) {
        let ((names, named), (removed, gone)) = (channel(), channel());
        let bootstrap = self.mock.bootstrap_servers();
        let maker = Box::new(Asked { bootstrap, names, removed });
        let link = Through::new(through, Broker::new(&through.replay), maker).expect("random bytes");
        (link, named, gone)
    }

    /// Runs a job in a thread: it reads the input, acts, and commits as `group` unless that is empty.
    fn run(&mut self, named: Receiver<[String; 2]>, act: Act, commits: bool) {
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

fn topics() -> JobTopics {
    JobTopics {
        output: "out".to_owned(),
        partitions: PARTITIONS,
        columns: ["user", "n"].map(str::to_owned).into(),
        key: vec!["user".to_owned()],
        rows: RowMessages::Append,
        is_bounded: false,
        ready: None,
        close: Vec::new(),
        timeout: Duration::from_secs(30),
    }
}

/// A record as the replay writes it: one of three users, and its number.
fn line(n: u64) -> String {
    format!("{{\"offset\":{n},\"record\":{{\"user\":\"u{}\",\"n\":{n}}}}}\n", n % 3)
}

/// Replays so many records; returns what came first, and the rows.
fn replayed(link: &mut Through, records: u64) -> Result<(String, Vec<String>), Stop> {
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

fn echo(value: &[u8]) -> Written {
    (None, Some(value.to_vec()))
}

#[test]
fn all_rows_of_a_job_that_runs_on_come_back() {
    let mut cluster = Cluster::new();
    let (mut link, named, gone) = cluster.link(&cluster.through("echo up; sleep 60", topics()));
    cluster.run(named, echo, true);
    let (first, mut rows) = replayed(&mut link, 40).expect("a settled answer");
    assert_eq!(first, r#"{"columns":["user","n"]}"#);
    let mut wanted: Vec<String> = (0..40).map(|n| format!("{{\"user\":\"u{}\",\"n\":{n}}}", n % 3)).collect();
    rows.sort();
    wanted.sort();
    assert_eq!(rows, wanted);
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
}

#[test]
fn a_job_that_ends_by_itself_needs_no_commit() {
    let mut cluster = Cluster::new();
    let job = JobTopics { is_bounded: true, ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 2", job));
    cluster.run(named, echo, false);
    let (_, rows) = replayed(&mut link, 20).expect("a settled answer");
    assert_eq!(rows.len(), 20);
}

#[test]
fn the_last_message_of_a_key_is_its_row() {
    let mut cluster = Cluster::new();
    let job = JobTopics { rows: RowMessages::Upsert, ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", job));
    let act: Act = |value| {
        let text = str::from_utf8(value).expect("text");
        let (user, n) = text.trim_matches(['{', '}']).split_once(",\"n\":").expect("two fields");
        let user = user.split('"').nth(3).expect("a user");
        // Each user's last message but u2's is a number; u2's takes its row back.
        let is_gone = user == "u2" && n == "8";
        (Some(user.into()), (!is_gone).then(|| format!("{{\"n\":{n}}}").into_bytes()))
    };
    cluster.run(named, act, true);
    let (first, rows) = replayed(&mut link, 9).expect("a settled answer");
    assert_eq!(first, r#"{"columns":["user","n","counterpoint sign"]}"#);
    let signed = |sign: char| rows.iter().filter(move |row| row.contains(&format!("\":\"{sign}\""))).count();
    assert_eq!((signed('+'), signed('-')), (8, 6), "{rows:?}");
    for standing in
        [r#"{"counterpoint sign":"+","user":"u0","n":6}"#, r#"{"counterpoint sign":"+","user":"u1","n":7}"#]
    {
        assert!(rows.iter().any(|row| row == standing), "{rows:?}");
    }
}

#[test]
fn every_partition_gets_the_closing_record() {
    let mut cluster = Cluster::new();
    let job = JobTopics { close: vec![r#"{"user":"~end","n":-1}"#.to_owned()], ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", job));
    cluster.run(named, echo, true);
    let (_, rows) = replayed(&mut link, 10).expect("a settled answer");
    let closing = rows.iter().filter(|row| row.contains("~end")).count();
    assert_eq!((rows.len(), closing), (10 + PARTITIONS as usize, PARTITIONS as usize));
}

fn fault(stop: Stop) -> (LinkFault, String) {
    match stop {
        Stop::Failed { fault, last_words, .. } => (fault, last_words),
        Stop::Interrupted => panic!("nobody interrupts"),
    }
}

#[test]
fn a_job_that_commits_nothing_is_not_settled() {
    let mut cluster = Cluster::new();
    let job = JobTopics { timeout: Duration::from_secs(2), ..topics() };
    let (mut link, named, gone) =
        cluster.link(&cluster.through("echo 'no checkpoint yet' >&2; sleep 60", job));
    cluster.run(named, echo, false);
    let (fault, words) = fault(replayed(&mut link, 20).expect_err("it commits nothing"));
    let LinkFault::NotSettled { why, .. } = fault else { panic!("{fault:?}") };
    assert!(why.contains("2 s after the last record its group has not committed 20 of the records"), "{why}");
    assert_eq!(words, "its stderr ends with: no checkpoint yet");
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
}

#[test]
fn a_job_that_fails_is_told_with_its_last_words() {
    let cluster = Cluster::new();
    for (is_bounded, wanted) in [(false, "before its input did"), (true, "took every record and then failed")]
    {
        let job = JobTopics { is_bounded, ..topics() };
        let (mut link, _named, _gone) = cluster.link(&cluster.through("echo 'no such jar' >&2; exit 3", job));
        let (fault, words) = fault(replayed(&mut link, 20_000).expect_err("it fails"));
        assert!(
            fault.to_string().contains("exit status: 3") && fault.to_string().contains(wanted),
            "{fault}"
        );
        assert_eq!(words, "its stderr ends with: no such jar");
    }
}

#[test]
fn a_job_that_is_never_ready_is_given_up() {
    let cluster = Cluster::new();
    let ready = Some("submitted".to_owned());
    let job = JobTopics { ready, timeout: Duration::from_secs(1), ..topics() };
    let (mut link, _named, _gone) = cluster.link(&cluster.through("echo loading; sleep 60", job));
    let (fault, words) = fault(replayed(&mut link, 1).expect_err("it isn't ready"));
    assert!(fault.to_string().contains("has not written 'submitted' within 1 s"), "{fault}");
    assert_eq!(words, "its stdout ends with: loading");
}

#[test]
fn a_message_that_is_no_row_is_told_with_its_place() {
    let mut cluster = Cluster::new();
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", topics()));
    cluster.run(named, |_| (None, None), true);
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("a tombstone is no row"));
    let text = fault.to_string();
    assert!(
        text.contains("has no value") && text.contains("(partition ") && text.contains("offset 0)"),
        "{text}"
    );
}

#[test]
fn where_no_broker_answers_its_address_is_named() {
    let cluster = Cluster::new();
    let mut through = cluster.through("sleep 60", topics());
    // A port of its own that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    through.replay.bootstrap = port.to_string();
    let (mut link, _named, gone) = cluster.link(&through);
    let start = Instant::now();
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("nobody answers"));
    assert!(
        matches!(&fault, LinkFault::NotStarted { why, .. } if why.contains(&port.to_string())),
        "{fault}"
    );
    assert!(start.elapsed() < Duration::from_secs(15));
    drop(link);
    assert!(gone.try_recv().is_err(), "nothing was made");
}

#[test]
fn settings_that_the_client_does_not_know_are_refused() {
    let cluster = Cluster::new();
    let mut through = cluster.through("sleep 60", topics());
    through.replay.properties = [("acsk".to_owned(), "all".to_owned())].into();
    let (mut link, _named, _gone) = cluster.link(&through);
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("a typo"));
    assert!(matches!(&fault, LinkFault::NotStarted { why, .. } if why.contains("acsk")), "{fault}");
}
