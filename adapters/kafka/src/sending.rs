//! Sends messages, and knows which of them the broker has.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rdkafka::{
    error::{KafkaError, RDKafkaErrorCode},
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer},
};
use replay::{
    Control,
    link::{LinkFault, Stop},
};

use crate::{
    broker::{Broker, LARGEST},
    message::Message,
    told::Told,
};

/// A broker that takes nothing for so long is given up.
const STALL: Duration = Duration::from_secs(30);
/// Between two looks at the stop signal.
const NAP: Duration = Duration::from_millis(20);

/// A topic's sender.
pub(crate) struct Sender {
    producer: BaseProducer<Told>,
    deliveries: Arc<Deliveries>,
    topic: String,
    sent: u64,
}

/// Holds what the broker has said of messages.
#[derive(Debug, Default)]
struct Deliveries {
    delivered: AtomicU64,
    failed: Mutex<Option<String>>,
}

impl Deliveries {
    fn hear(&self, delivery: &DeliveryResult<'_>) {
        match delivery {
            Ok(_) => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, message)) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                let bytes = message.payload_len();
                failed.get_or_insert_with(|| {
                    let error = error.to_string();
                    format!("a message of {bytes} bytes was not stored: {}", datasets::shown(&error))
                });
            }
        }
    }
}

impl Sender {
    pub(crate) fn new(broker: &Broker, topic: &str) -> Result<Self, LinkFault> {
        Self::with(broker, topic, ("linger.ms", "1"))
    }

    /// Sends each message at once, and waits for no other to go with it.
    pub(crate) fn at_once(broker: &Broker, topic: &str) -> Result<Self, LinkFault> {
        Self::with(broker, topic, ("linger.ms", "0"))
    }

    fn with(broker: &Broker, topic: &str, own: (&str, &str)) -> Result<Self, LinkFault> {
        let deliveries = Arc::<Deliveries>::default();
        let heard = Arc::clone(&deliveries);
        let producer = broker.producer_with(Told::new(move |delivery| heard.hear(delivery)), &[own])?;
        Ok(Self { producer, deliveries, topic: topic.to_owned(), sent: 0 })
    }

    /// Sends a message, once there is room for it. `meanwhile` is called while there is none.
    pub(crate) fn send(
        &mut self,
        message: &Message<'_>,
        control: &Control,
        meanwhile: &mut dyn FnMut() -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut record: BaseRecord<'_, [u8], str> = BaseRecord::to(&self.topic).payload(&*message.value);
        record.key = message.key;
        record.partition = message.partition.map(|partition| i32::try_from(partition).unwrap_or(i32::MAX));
        record.timestamp = message.time_ms;
        record.headers = headers(message.headers);
        let mut waited = Waited::new(self.delivered());
        loop {
            match self.producer.send(record) {
                Ok(()) => {
                    self.sent += 1;
                    return Ok(());
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => record = back,
                Err((error, _)) => return Err(self.refused(&error, message).into()),
            }
            self.producer.poll(NAP);
            self.check()?;
            control.check()?;
            meanwhile()?;
            waited.check(self.delivered(), self.sent)?;
        }
    }

    /// Hears what the broker says of what it was sent.
    pub(crate) fn poll(&self) -> Result<(), LinkFault> {
        self.producer.poll(Duration::ZERO);
        self.check()
    }

    /// Waits until the broker has stored all that it was sent.
    pub(crate) fn flush(
        &self,
        control: &Control,
        meanwhile: &mut dyn FnMut() -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut waited = Waited::new(self.delivered());
        while self.delivered() < self.sent {
            // Its errors are those of messages, which are told one by one.
            let _ = self.producer.flush(NAP);
            self.check()?;
            control.check()?;
            meanwhile()?;
            waited.check(self.delivered(), self.sent)?;
        }
        Ok(())
    }

    /// Returns how many messages the broker has stored.
    pub(crate) fn delivered(&self) -> u64 {
        self.deliveries.delivered.load(Ordering::Relaxed)
    }

    /// Returns how many messages it was given.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    fn check(&self) -> Result<(), LinkFault> {
        let failed = self.deliveries.failed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failed.map_or(Ok(()), |why| Err(LinkFault::Machine(why)))
    }

    fn refused(&self, error: &KafkaError, message: &Message<'_>) -> LinkFault {
        let bytes = message.value.len();
        LinkFault::Machine(match error {
            KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge) => format!(
                "the message of {bytes} bytes that is the {}th record is larger than the {LARGEST} that are sent",
                self.sent + 1
            ),
            error => format!(
                "the {}th record, a message of {bytes} bytes, can't be sent: {}",
                self.sent + 1,
                datasets::shown(&error.to_string())
            ),
        })
    }
}

/// The headers that have values; a message without any carries none.
fn headers(all: &[(String, Option<String>)]) -> Option<OwnedHeaders> {
    let mut having = all.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).peekable();
    having.peek()?;
    let start = OwnedHeaders::new();
    Some(having.fold(start, |headers, (key, value)| headers.insert(Header { key, value: Some(value) })))
}

/// Watches that the broker goes on taking messages.
struct Waited {
    delivered: u64,
    since: Instant,
}

impl Waited {
    fn new(delivered: u64) -> Self {
        Self { delivered, since: Instant::now() }
    }

    fn check(&mut self, delivered: u64, sent: u64) -> Result<(), LinkFault> {
        if delivered > self.delivered {
            *self = Self::new(delivered);
        }
        if self.since.elapsed() < STALL {
            return Ok(());
        }
        Err(LinkFault::Machine(format!(
            "the broker has stored nothing for {} s: {delivered} of {sent} records",
            STALL.as_secs()
        )))
    }
}
