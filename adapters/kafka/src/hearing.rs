//! Hears the rows of a job in its output topic, as they are committed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::Consumer,
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use replay::link::{JobTopics, LinkFault, Rows, Stop};

use crate::{
    broker::{Broker, Hearer, Progress},
    fold::Fold,
    format::Decoder,
};

/// Hears a topic from its beginning.
pub(crate) struct Hearing {
    client: Hearer,
    pub(crate) progress: Arc<Progress>,
    fold: Fold,
    decoder: Decoder,
    heard: u64,
}

impl Hearing {
    /// Hears the partitions of `topic`.
    pub(crate) fn new(
        broker: &Broker,
        id: &str,
        topic: &str,
        job: &JobTopics,
        decoder: Decoder,
    ) -> Result<Self, LinkFault> {
        let progress = Arc::default();
        let client = broker.hearer(id, &progress)?;
        let mut all = TopicPartitionList::new();
        for partition in partitions(job.partitions) {
            all.add_partition_offset(topic, partition, Offset::Offset(0)).map_err(|error| broken(&error))?;
        }
        client.assign(&all).map_err(|error| broken(&error))?;
        Ok(Self { client, progress, fold: Fold::new(job), decoder, heard: 0 })
    }

    /// Returns how many messages have come so far.
    pub(crate) fn heard(&self) -> u64 {
        self.heard
    }

    /// Hands on the rows that have come, and waits for one until `patience` is over. Returns how many messages came.
    pub(crate) fn hear(&mut self, patience: Duration, out: &mut Rows<'_>) -> Result<u64, Stop> {
        let (before, mut patience) = (self.heard, patience);
        while let Some(message) = self.client.poll(patience) {
            patience = Duration::ZERO;
            let message = match message {
                Ok(message) => message,
                Err(error) if may_pass(&error) => break,
                Err(error) => return Err(broken(&error).into()),
            };
            let at = Instant::now();
            take((&mut self.decoder, &mut self.fold), &message, &mut |line| out(line, at))?;
            self.heard += 1;
        }
        Ok(self.heard - before)
    }
}

/// Takes a message; whatever is wrong with it is told with its place.
fn take(
    (decoder, fold): (&mut Decoder, &mut Fold),
    message: &BorrowedMessage<'_>,
    out: &mut dyn FnMut(&[u8]) -> Result<(), LinkFault>,
) -> Result<(), LinkFault> {
    let place = || format!("(partition {}, offset {})", message.partition(), message.offset());
    // The rows have errors of their own, which say more than a text does.
    let mut refused = None;
    let value = message.payload().map(|value| decoder.decode(value)).transpose();
    let value =
        value.map_err(|why| LinkFault::Machine(format!("a message of its output {why} {}", place())))?;
    let taken = fold.take(message.key(), value.as_deref(), &mut |line| {
        out(line).map_err(|fault| {
            let why = fault.to_string();
            refused = Some(fault);
            why
        })
    });
    match (refused, taken) {
        (Some(LinkFault::Row { number, line, why }), _) => {
            Err(LinkFault::Row { number, line, why: format!("{why} {}", place()) })
        }
        (Some(fault), _) => Err(fault),
        (None, Ok(())) => Ok(()),
        (None, Err(why)) => Err(LinkFault::Machine(format!("a message of its output {why} {}", place()))),
    }
}

/// The numbers of so many partitions.
pub(crate) fn partitions(count: u32) -> std::ops::Range<i32> {
    0..i32::try_from(count).unwrap_or(i32::MAX)
}

/// Returns whether the client goes on by itself: a broker that is away may come back, and whoever waits for it has a deadline.
pub(crate) fn may_pass(error: &KafkaError) -> bool {
    let KafkaError::MessageConsumption(code) = error else { return false };
    matches!(
        code,
        RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::NetworkException
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::NotLeaderForPartition
            | RDKafkaErrorCode::LeaderNotAvailable
    )
}

pub(crate) fn broken(error: &KafkaError) -> LinkFault {
    LinkFault::Machine(datasets::shown(&error.to_string()).to_string())
}
