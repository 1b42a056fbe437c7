//! The topics of a run: made for it under names that no other has, and removed after it.

use futures_executor::block_on;
use rdkafka::{
    admin::{AdminClient, AdminOptions, TopicReplication},
    error::RDKafkaErrorCode,
};
use replay::link::LinkFault;

use crate::broker::{Broker, LARGEST, PATIENCE, Quiet};

/// A topic that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
}

/// Makes topics, and removes them: a broker's administrator, or a test that stands for one.
pub trait MakeTopics: Send {
    /// Makes topics that aren't there yet.
    fn make(&self, topics: &[NewTopic]) -> Result<(), LinkFault>;

    /// Removes topics, and what `group` has committed. Nobody can do anything about a failure.
    fn remove(&self, topics: &[NewTopic], group: &str);
}

/// Makes topics by Kafka's own administration.
pub(crate) struct ByAdmin {
    admin: AdminClient<Quiet>,
}

/// A topic's settings: nothing of a run's records is ever deleted or refused for its time, however long ago it is.
const SETTINGS: [(&str, &str); 4] = [
    ("cleanup.policy", "delete"),
    ("retention.ms", "-1"),
    ("retention.bytes", "-1"),
    // An hour ahead, and a broker refuses the whole batch.
    ("message.timestamp.after.max.ms", "9223372036854775807"),
];

impl ByAdmin {
    pub(crate) fn new(broker: &Broker) -> Result<Self, LinkFault> {
        Ok(Self { admin: broker.admin()? })
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE))
}

impl MakeTopics for ByAdmin {
    fn make(&self, topics: &[NewTopic]) -> Result<(), LinkFault> {
        let largest = LARGEST.to_string();
        let described = topics.iter().map(|topic| {
            let partitions = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
            // As many copies as the cluster gives by default.
            let new = rdkafka::admin::NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(-1));
            let new = SETTINGS.iter().fold(new, |new, &(name, value)| new.set(name, value));
            new.set("max.message.bytes", &largest)
        });
        let described: Vec<_> = described.collect();
        let made = block_on(self.admin.create_topics(&described, &options()));
        for made in made.map_err(|error| not_made("topics", &error.to_string()))? {
            made.map_err(|(name, code)| match code {
                RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => {
                    not_made(&name, "the broker doesn't allow us to")
                }
                code => not_made(&name, &code.to_string()),
            })?;
        }
        Ok(())
    }

    fn remove(&self, topics: &[NewTopic], group: &str) {
        let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        let _ = block_on(self.admin.delete_topics(&names, &options()));
        let _ = block_on(self.admin.delete_groups(&[group], &options()));
    }
}

fn not_made(name: &str, why: &str) -> LinkFault {
    LinkFault::NotStarted {
        why: format!("the topic {} can't be made: {}", datasets::shown(name), datasets::shown(why)),
        hint: "a run makes topics of its own and removes them: it needs the right to create and delete those that begin \
               with kafka.input and kafka.output",
    }
}

/// A text that no other run has.
pub(crate) fn fresh() -> Result<String, LinkFault> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| LinkFault::Machine(format!("no random bytes: {error}")))?;
    let number = bytes.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    Ok(format!("{number:012x}"))
}
