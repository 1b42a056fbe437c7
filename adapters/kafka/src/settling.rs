//! Says whether all rows of a job are out, which no engine says.
//!
//! Three signals together do: the job has ended, or has committed that it has read its input to the end; no transaction is
//! open in its output, where the last stable offset is the end; and our reader has come to that end. They must stay so.

use std::time::{Duration, Instant};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaResult,
};

use crate::{
    broker::{Broker, Progress, Quiet},
    hearing::partitions,
    topics::NewTopic,
};
use replay::link::LinkFault;

/// The signals must stay for so many looks.
const LOOKS: u32 = 3;
/// Between two looks: a reader reports how far it is five times a second.
const BETWEEN: Duration = Duration::from_millis(400);
/// How long a broker may take to say where a partition ends.
const ANSWER: Duration = Duration::from_secs(5);

/// Watches the two topics of a run.
pub(crate) struct Settling {
    /// Sees what isn't committed, and what the job's own group has committed.
    asker: BaseConsumer<Quiet>,
    /// Sees what is committed.
    committed: BaseConsumer<Quiet>,
    input: NewTopic,
    output: NewTopic,
    ends: Vec<i64>,
    looks: u32,
    looked_at: Option<Instant>,
    /// Says which signal is missing.
    pub(crate) missing: String,
}

impl Settling {
    pub(crate) fn new(
        broker: &Broker,
        group: &str,
        [input, output]: &[NewTopic; 2],
    ) -> Result<Self, LinkFault> {
        let asker = broker.asker(group)?;
        broker.wait(&asker, &input.name)?;
        Ok(Self {
            asker,
            committed: broker.asker_of_committed(group)?,
            input: input.clone(),
            output: output.clone(),
            ends: Vec::new(),
            looks: 0,
            looked_at: None,
            missing: "the job has neither ended nor committed that it has read all records".to_owned(),
        })
    }

    /// Forgets what it has seen: another job goes on with the same topics.
    pub(crate) fn begin_again(&mut self) {
        self.looks = 0;
        "the job has neither ended nor committed that it has read all records".clone_into(&mut self.missing);
    }

    /// Begins the looks anew: a row has come.
    pub(crate) fn has_moved(&mut self) {
        self.looks = 0;
    }

    /// Returns whether the job's own group has committed the end of the input.
    pub(crate) fn has_read_all(&mut self) -> bool {
        self.unread().is_ok_and(|unread| {
            self.missing = format!("its group has not committed {unread} of the records in its input");
            unread == 0
        })
    }

    /// How many messages of the input the job's group has not committed.
    fn unread(&self) -> KafkaResult<i64> {
        let mut asked = TopicPartitionList::new();
        for partition in partitions(self.input.partitions) {
            asked.add_partition(&self.input.name, partition);
        }
        let committed = self.asker.committed_offsets(asked, ANSWER)?;
        let mut unread = 0;
        for partition in partitions(self.input.partitions) {
            let (_, end) = self.asker.fetch_watermarks(&self.input.name, partition, ANSWER)?;
            let found = committed.find_partition(&self.input.name, partition);
            let read = match found.map(|found| found.offset()) {
                Some(Offset::Offset(read)) => read,
                _ => 0,
            };
            unread += (end - read).max(0);
        }
        Ok(unread)
    }

    /// Returns whether all that the job has written is heard, now that it writes no more. Ask again and again, and hear in
    /// between: it is so when nothing has moved for some looks.
    pub(crate) fn is_settled(&mut self, progress: &Progress, has_heard: bool) -> bool {
        if has_heard {
            self.has_moved();
        }
        if self.looked_at.is_some_and(|at| at.elapsed() < BETWEEN) {
            return false;
        }
        self.looked_at = Some(Instant::now());
        match self.look(progress) {
            Ok(ends) => {
                self.looks = if ends == self.ends { self.looks + 1 } else { 1 };
                self.ends = ends;
            }
            Err(why) => {
                self.looks = 0;
                self.missing = why;
            }
        }
        self.looks >= LOOKS
    }

    /// Returns where the partitions of the output end, if our reader has come there.
    fn look(&self, progress: &Progress) -> Result<Vec<i64>, String> {
        let unknown = |error: rdkafka::error::KafkaError| {
            format!("the broker doesn't say where the output ends: {error}")
        };
        partitions(self.output.partitions)
            .map(|partition| {
                let name = &self.output.name;
                let (_, end) = self.asker.fetch_watermarks(name, partition, ANSWER).map_err(unknown)?;
                let (_, stable) =
                    self.committed.fetch_watermarks(name, partition, ANSWER).map_err(unknown)?;
                if stable < end {
                    return Err(format!("a transaction is open in partition {partition} of its output"));
                }
                match progress.next(partition) {
                    Some(next) if next >= end => Ok(end),
                    // Of an empty partition nothing is ever fetched.
                    None if end == 0 => Ok(end),
                    _ => Err(format!("partition {partition} of its output is not read to its end")),
                }
            })
            .collect()
    }

    /// Makes sure that the broker has deleted nothing of the run.
    pub(crate) fn check_whole(&self) -> Result<(), LinkFault> {
        for topic in [&self.input, &self.output] {
            for partition in partitions(topic.partitions) {
                let asked = self.asker.fetch_watermarks(&topic.name, partition, ANSWER);
                let (first, _) = asked.map_err(|error| crate::hearing::broken(&error))?;
                if first > 0 {
                    return Err(LinkFault::NotSettled {
                        why: format!(
                            "the broker has deleted the first {first} messages in partition {partition} of {}",
                            datasets::shown(&topic.name)
                        ),
                        hint: "a topic of a run keeps everything: somebody has changed its settings, or deletes records",
                    });
                }
            }
        }
        Ok(())
    }
}
