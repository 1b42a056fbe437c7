//! Hears of each message that was sent what has become of it.

use rdkafka::{
    ClientContext, config::RDKafkaLogLevel, error::KafkaError, message::DeliveryResult,
    producer::ProducerContext,
};

type Hear = Box<dyn Fn(&DeliveryResult<'_>) + Send + Sync>;

/// The ear of a client that sends. What the client complains of comes back with the messages that it concerns.
pub(crate) struct Told(Hear);

impl Told {
    /// Calls `hear` for each message, on the thread that asks the client.
    pub(crate) fn new(hear: impl Fn(&DeliveryResult<'_>) + Send + Sync + 'static) -> Self {
        Self(Box::new(hear))
    }
}

impl ClientContext for Told {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Told {
    type DeliveryOpaque = ();

    fn delivery(&self, delivery: &DeliveryResult<'_>, (): ()) {
        (self.0)(delivery);
    }
}
