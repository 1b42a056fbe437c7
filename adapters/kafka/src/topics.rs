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
    /// Makes topics that aren't there yet. Where one can't be made, it removes those that were, and none that was there before.
    fn make(&self, topics: &[NewTopic]) -> Result<(), Unmade>;

    /// Returns the number of the cluster, which no other has; empty where it isn't told.
    fn cluster(&self) -> String;

    /// Removes topics that may be there, and what `group` has committed.
    fn remove(&self, topics: &[NewTopic], group: &str) -> Result<(), LinkFault>;
}

/// Says why topics weren't made.
#[derive(Debug)]
pub struct Unmade {
    /// Holds what happened.
    pub fault: LinkFault,
    /// Says that one of them may be there all the same, or may come yet.
    pub may_be_left: bool,
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
    fn make(&self, topics: &[NewTopic]) -> Result<(), Unmade> {
        let largest = LARGEST.to_string();
        let described = topics.iter().map(|topic| {
            let partitions = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
            // As many copies as the cluster gives by default.
            let new = rdkafka::admin::NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(-1));
            let new = SETTINGS.iter().fold(new, |new, &(name, value)| new.set(name, value));
            new.set("max.message.bytes", &largest)
        });
        let described: Vec<_> = described.collect();
        let made = match block_on(self.admin.create_topics(&described, &options())) {
            Ok(made) => made,
            Err(error) => {
                // Nobody knows what the broker has done, or will.
                let _ = self.remove(topics, "");
                return Err(Unmade { fault: not_made("topics", &error.to_string()), may_be_left: true });
            }
        };
        let Some(NotMade { name, code, ours }) = NotMade::of(made) else { return Ok(()) };
        let ours: Vec<NewTopic> = ours.into_iter().map(|name| NewTopic { name, partitions: 1 }).collect();
        let is_gone = ours.is_empty() || self.remove(&ours, "").is_ok();
        let fault = match code {
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => {
                not_made(&name, "the broker doesn't allow us to")
            }
            code => not_made(&name, &code.to_string()),
        };
        Err(Unmade { fault, may_be_left: may_be_made(code) || !is_gone })
    }

    fn cluster(&self) -> String {
        self.admin.inner().fetch_cluster_id(PATIENCE).unwrap_or_default()
    }

    fn remove(&self, topics: &[NewTopic], group: &str) -> Result<(), LinkFault> {
        let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        let removed = block_on(self.admin.delete_topics(&names, &options()));
        if !group.is_empty() {
            // A group is nothing but a few numbers, which the broker forgets by itself.
            let _ = block_on(self.admin.delete_groups(&[group], &options()));
        }
        for removed in removed.map_err(|error| not_removed("topics", &error.to_string()))? {
            match removed {
                Ok(_)
                | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)) => {}
                Err((name, code)) => return Err(not_removed(&name, &code.to_string())),
            }
        }
        Ok(())
    }
}

/// Describes why not all topics were made.
#[derive(Debug, PartialEq, Eq)]
struct NotMade {
    /// The first that wasn't.
    name: String,
    code: RDKafkaErrorCode,
    /// Those that were made, or may have been: not the ones that are somebody else's.
    ours: Vec<String>,
}

impl NotMade {
    fn of(made: Vec<Result<String, (String, RDKafkaErrorCode)>>) -> Option<Self> {
        let (mut first, mut ours) = (None, Vec::new());
        for made in made {
            match made {
                Ok(name) => ours.push(name),
                Err((name, code)) => {
                    if may_be_made(code) {
                        ours.push(name.clone());
                    }
                    first.get_or_insert((name, code));
                }
            }
        }
        first.map(|(name, code)| Self { name, code, ours })
    }
}

/// The broker, or the way to it, took too long.
fn may_be_made(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::NetworkException
    )
}

fn not_made(name: &str, why: &str) -> LinkFault {
    LinkFault::NotStarted {
        why: format!("the topic {} can't be made: {}", datasets::shown(name), datasets::shown(why)),
        hint: "a run makes topics of its own and removes them: it needs the right to create and delete those that begin \
               with kafka.input and kafka.output",
    }
}

fn not_removed(name: &str, why: &str) -> LinkFault {
    LinkFault::Machine(format!(
        "the topic {} can't be removed: {}",
        datasets::shown(name),
        datasets::shown(why)
    ))
}

/// A text that no other run has.
pub(crate) fn fresh() -> Result<String, LinkFault> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| LinkFault::Machine(format!("no random bytes: {error}")))?;
    let number = bytes.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    Ok(format!("{number:012x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_is_never_among_what_is_removed() {
        const EXISTS: RDKafkaErrorCode = RDKafkaErrorCode::TopicAlreadyExists;
        const DENIED: RDKafkaErrorCode = RDKafkaErrorCode::TopicAuthorizationFailed;
        const LATE: RDKafkaErrorCode = RDKafkaErrorCode::RequestTimedOut;
        let named = |(name, code): (&str, Option<RDKafkaErrorCode>)| match code {
            None => Ok(name.to_owned()),
            Some(code) => Err((name.to_owned(), code)),
        };
        for (made, first, ours) in [
            ([("a", None), ("b", None)], None, vec![]),
            ([("a", None), ("b", Some(EXISTS))], Some(("b", EXISTS)), vec!["a"]),
            ([("a", Some(EXISTS)), ("b", None)], Some(("a", EXISTS)), vec!["b"]),
            ([("a", Some(EXISTS)), ("b", Some(EXISTS))], Some(("a", EXISTS)), vec![]),
            ([("a", Some(DENIED)), ("b", Some(LATE))], Some(("a", DENIED)), vec!["b"]),
            ([("a", Some(LATE)), ("b", None)], Some(("a", LATE)), vec!["a", "b"]),
        ] {
            let expected = first.map(|(name, code)| NotMade {
                name: name.to_owned(),
                code,
                ours: ours.iter().map(|&name| name.to_owned()).collect(),
            });
            assert_eq!(NotMade::of(made.map(named).into()), expected, "{made:?}");
        }
    }
}
