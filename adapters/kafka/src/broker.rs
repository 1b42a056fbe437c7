//! Describes how a broker is reached, and what its errors mean.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext, Statistics,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::KafkaError,
};
use replay::link::{LinkFault, ReplayTopics};

/// A broker that doesn't answer for so long isn't there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Between two reports of how far a consumer has come.
const REPORTS_MS: &str = "200";
/// With as much fetched ahead as it holds, 100,000 messages, a client asks again so much later whether there is room. By the
/// library's own second whoever takes them faster waits most of that.
const FETCH_ON: (&str, &str) = ("fetch.queue.backoff.ms", "5");
/// The largest message: the client's own limit and that of our topics are this. Something stands around an entry of a log.
pub(crate) const LARGEST: usize = (16 << 20) + (64 << 10);

/// Says where a broker is, and with which settings it is spoken to.
#[derive(Debug, Clone)]
pub struct Broker {
    bootstrap: String,
    properties: BTreeMap<String, String>,
}

impl Broker {
    /// Returns the broker that an experiment names.
    pub fn new(replay: &ReplayTopics) -> Self {
        Self { bootstrap: replay.bootstrap.clone(), properties: replay.properties.clone() }
    }

    /// Returns the one at these addresses.
    pub(crate) fn at(bootstrap: &str, properties: &BTreeMap<String, String>) -> Self {
        Self { bootstrap: bootstrap.to_owned(), properties: properties.clone() }
    }

    /// Returns the addresses of its servers.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The settings of a client: `ours` are overridden by what the experiment says.
    fn config(&self, ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "counterpoint");
        for (name, value) in ours {
            config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        config.set_log_level(RDKafkaLogLevel::Emerg);
        config
    }

    /// Makes a client that sends, with settings of its own beside those that all have.
    pub(crate) fn producer_with<C, P>(&self, context: C, own: &[(&str, &str)]) -> Result<P, LinkFault>
    where
        C: ClientContext,
        P: FromClientConfigAndContext<C>,
    {
        let largest = LARGEST.to_string();
        let all = [
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("message.max.bytes", largest.as_str()),
            // Java's: the library's own sends most keys elsewhere.
            ("partitioner", "murmur2_random"),
        ];
        self.config(&[&all, own].concat()).create_with_context(context).map_err(|error| Self::refused(&error))
    }

    /// Makes a client that reads a log's topic, whatever is in it. It is in no group, and commits nothing.
    pub(crate) fn reader(&self) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.config(&[
            ("group.id", "counterpoint-log"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_uncommitted"),
            ("check.crcs", "true"),
            // Several read one log at once, some of them far behind.
            ("queued.max.messages.kbytes", "16384"),
            FETCH_ON,
            ("fetch.error.backoff.ms", "50"),
            ("reconnect.backoff.max.ms", "1000"),
        ])
        .create_with_context(Quiet::default())
        .map_err(|error| Self::refused(&error))
    }

    /// Makes a client that hears what is committed. It is in no group, and commits nothing.
    pub(crate) fn hearer(&self, id: &str, progress: &Arc<Progress>) -> Result<Hearer, LinkFault> {
        self.config(&[
            ("group.id", &format!("counterpoint-{id}-reader")),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_committed"),
            ("statistics.interval.ms", REPORTS_MS),
            FETCH_ON,
        ])
        .create_with_context(Arc::clone(progress).into_context())
        .map_err(|error| Self::refused(&error))
    }

    /// Makes a client that reads an input, to copy it. It is in no group, and commits nothing.
    pub(crate) fn copier(&self) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.config(&[
            ("group.id", "counterpoint-copies"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_committed"),
            FETCH_ON,
        ])
        .create_with_context(Quiet::default())
        .map_err(|error| Self::refused(&error))
    }

    /// Makes a client that reads what is there now, up to the ends of its partitions.
    pub(crate) fn slicer(&self) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.config(&[
            ("group.id", "counterpoint-slice"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("enable.partition.eof", "true"),
            ("isolation.level", "read_committed"),
            FETCH_ON,
        ])
        .create_with_context(Quiet::default())
        .map_err(|error| Self::refused(&error))
    }

    /// Makes a client that asks for offsets: those of `group`, and the ends of topics with what isn't committed.
    pub(crate) fn asker(&self, group: &str) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.asker_at(group, "read_uncommitted")
    }

    /// Makes one that takes for the end of a topic what is committed.
    pub(crate) fn asker_of_committed(&self, group: &str) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.asker_at(group, "read_committed")
    }

    fn asker_at(&self, group: &str, isolation: &str) -> Result<BaseConsumer<Quiet>, LinkFault> {
        self.config(&[("group.id", group), ("enable.auto.commit", "false"), ("isolation.level", isolation)])
            .create_with_context(Quiet::default())
            .map_err(|error| Self::refused(&error))
    }

    /// Makes a client that makes topics.
    pub(crate) fn admin<P: FromClientConfigAndContext<Quiet>>(&self) -> Result<P, LinkFault> {
        self.config(&[]).create_with_context(Quiet::default()).map_err(|error| Self::refused(&error))
    }

    /// Waits until the broker answers.
    pub(crate) fn wait(&self, asker: &BaseConsumer<Quiet>, topic: &str) -> Result<(), LinkFault> {
        // A topic's name, for without one all are listed, and a cluster may have thousands.
        match asker.fetch_metadata(Some(topic), PATIENCE) {
            Ok(metadata) if !metadata.brokers().is_empty() => Ok(()),
            Ok(_) => Err(self.silent("")),
            Err(_) => Err(self.silent(&asker.context().last_words())),
        }
    }

    fn silent(&self, words: &str) -> LinkFault {
        let (at, seconds) = (datasets::shown(&self.bootstrap), PATIENCE.as_secs());
        let more = if words.is_empty() { String::new() } else { format!(" ({words})") };
        LinkFault::NotStarted {
            why: format!("no Kafka broker answers at {at} within {seconds} s{more}"),
            hint: "start one, or set [replay] kafka.bootstrap to one of its addresses; security.protocol and the like go \
                   to kafka.properties",
        }
    }

    fn refused(error: &KafkaError) -> LinkFault {
        LinkFault::NotStarted {
            why: format!("the Kafka client refuses its settings: {}", datasets::shown(&error.to_string())),
            hint: "the names and values of kafka.properties are librdkafka's: its CONFIGURATION.md lists them",
        }
    }
}

/// A client's own business, of which the last complaint is kept.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    last: Mutex<String>,
}

impl Quiet {
    /// Returns its last complaint, harmless for a terminal.
    pub(crate) fn last_words(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        datasets::shown(&last).to_string()
    }

    pub(crate) fn complain(&self, reason: &str) {
        reason.clone_into(&mut self.last.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, reason: &str) {
        self.complain(reason);
    }
}

impl ConsumerContext for Quiet {}

/// A client that hears, and how far it has come.
pub(crate) type Hearer = BaseConsumer<ProgressContext>;

/// Holds how far a consumer has come in each partition, as it reports it itself.
///
/// An offset of the last message won't do: what stands behind it may be a marker of a transaction, which is never handed out.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    next: Mutex<BTreeMap<i32, i64>>,
    quiet: Quiet,
}

/// Gives a consumer's reports to [`Progress`].
#[derive(Debug)]
pub(crate) struct ProgressContext(Arc<Progress>);

impl Progress {
    fn into_context(self: Arc<Self>) -> ProgressContext {
        ProgressContext(self)
    }

    /// Returns the offset that is fetched next of a partition, as far as is known.
    pub(crate) fn next(&self, partition: i32) -> Option<i64> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).get(&partition).copied()
    }

    /// Returns the client's last complaint.
    pub(crate) fn last_words(&self) -> String {
        self.quiet.last_words()
    }
}

impl ClientContext for ProgressContext {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, reason: &str) {
        self.0.quiet.complain(reason);
    }

    fn stats(&self, statistics: Statistics) {
        let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in statistics.topics.values() {
            // Among them is one of the library's own, with the number -1.
            let own = topic.partitions.iter().filter(|(partition, _)| **partition >= 0);
            next.extend(own.map(|(&partition, found)| (partition, found.next_offset)));
        }
    }
}

impl ConsumerContext for ProgressContext {}
