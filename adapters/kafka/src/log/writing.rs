//! Sends the messages of a log, one call after the other, and says where the broker has stored them.

use std::{
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _,
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseRecord, ThreadedProducer},
};
use replay::link::LinkFault;

use crate::{broker::Broker, told::Told};

/// A broker that stores nothing for so long is given up: time enough to be started again.
const WAIT: Duration = Duration::from_secs(30);
/// Behind the client's own patience with a message.
const MORE: Duration = Duration::from_secs(5);
const NAP: Duration = Duration::from_millis(5);

/// Says where a message was stored, or why it wasn't, as far as is known.
type Delivered = Result<i64, String>;

/// Writes into the one partition of a log's topic.
pub(super) struct Pen {
    producer: ThreadedProducer<Told>,
    delivered: Receiver<Delivered>,
    topic: String,
}

fn told(delivery: &DeliveryResult<'_>) -> Delivered {
    match delivery {
        Ok(message) => Ok(message.offset()),
        Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut), _)) => {
            Err(format!("no answer within {} s", WAIT.as_secs()))
        }
        Err((error, _)) => Err(datasets::shown(&error.to_string()).to_string()),
    }
}

impl Pen {
    pub(super) fn new(broker: &Broker, topic: &str) -> Result<Self, LinkFault> {
        let (to, delivered) = channel();
        let timeout = WAIT.as_millis().to_string();
        let own = [
            // An append waits for its own message, so nothing is gained by waiting for more.
            ("linger.ms", "0"),
            ("message.timeout.ms", timeout.as_str()),
            ("reconnect.backoff.max.ms", "1000"),
            ("allow.auto.create.topics", "false"),
        ];
        let hear = Told::new(move |delivery| {
            // Whoever has sent it may have given up.
            let _ = to.send(told(delivery));
        });
        let producer = broker.producer_with(hear, &own)?;
        Ok(Self { producer, delivered, topic: topic.to_owned() })
    }

    /// Sends messages and waits until they are stored; returns at which offsets. After a failure nobody knows which of them are, or
    /// will be: the pen is thrown away.
    pub(super) fn write(&mut self, values: &[Vec<u8>]) -> Result<Vec<i64>, String> {
        let deadline = Instant::now() + WAIT + MORE;
        for value in values {
            self.send(value, deadline)?;
        }
        let mut stored = Vec::with_capacity(values.len());
        while stored.len() < values.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            let delivered = self.delivered.recv_timeout(left);
            stored.push(delivered.map_err(|_| silent())??);
        }
        Ok(stored)
    }

    fn send(&self, value: &[u8], deadline: Instant) -> Result<(), String> {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&self.topic).payload(value).partition(0);
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if Instant::now() < deadline =>
                {
                    record = back;
                    std::thread::sleep(NAP);
                }
                Err((error, _)) => return Err(datasets::shown(&error.to_string()).to_string()),
            }
        }
    }
}

fn silent() -> String {
    format!("no answer within {} s", (WAIT + MORE).as_secs())
}
