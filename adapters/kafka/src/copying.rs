//! Copies the number of each record from topic to topic, in the place of a job: what that takes is the broker's own share.

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};
use replay::{
    Control,
    link::{LinkFault, Rows, Stop},
};

use crate::{
    broker::{Broker, Quiet},
    hearing::{broken, may_pass, partitions},
    link::{Through, Way, not_settled},
    message::Message,
    sending::Sender,
    topics::NewTopic,
};

/// Between two looks at the stop signal.
const NAP: Duration = Duration::from_millis(20);
/// Begins a message that holds a record.
const BEGIN: &[u8] = b"{\"offset\":";
/// Goes through both topics before anything is timed, so that everybody has spoken to the broker.
const WARM_UP: &str = "{}";

/// A thread that copies. Dropped, it ends.
pub(crate) struct Copying {
    control: Arc<Control>,
    thread: Option<JoinHandle<Result<(), Stop>>>,
}

impl Copying {
    fn start(broker: &Broker, [input, output]: &[NewTopic; 2]) -> Result<Self, LinkFault> {
        let consumer = broker.copier()?;
        let mut all = TopicPartitionList::new();
        for partition in partitions(input.partitions) {
            all.add_partition_offset(&input.name, partition, Offset::Offset(0))
                .map_err(|error| broken(&error))?;
        }
        consumer.assign(&all).map_err(|error| broken(&error))?;
        let sender = Sender::at_once(broker, &output.name)?;
        let (control, outputs) = (Arc::<Control>::default(), output.partitions);
        let told = Arc::clone(&control);
        let copied = std::thread::Builder::new()
            .name("copies records".to_owned())
            .spawn(move || copy(&consumer, sender, outputs, &told));
        let thread = copied.map_err(|error| LinkFault::Machine(format!("no thread: {error}")))?;
        Ok(Self { control, thread: Some(thread) })
    }

    /// Makes sure that it still copies.
    pub(crate) fn check(&mut self) -> Result<(), Stop> {
        let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) else { return Ok(()) };
        let gone = || Stop::from(LinkFault::Machine("nobody copies from topic to topic any more".to_owned()));
        Err(thread.join().ok().and_then(Result::err).unwrap_or_else(gone))
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Copies until it is stopped.
fn copy(
    consumer: &BaseConsumer<Quiet>,
    mut sender: Sender,
    outputs: u32,
    control: &Control,
) -> Result<(), Stop> {
    loop {
        control.check()?;
        match consumer.poll(NAP) {
            None => {}
            Some(Err(error)) if may_pass(&error) => {}
            Some(Err(error)) => return Err(broken(&error).into()),
            Some(Ok(message)) => {
                let partition = message.partition().unsigned_abs() % outputs;
                let value = row(message.payload().unwrap_or_default()).into();
                let message =
                    Message { value, key: None, partition: Some(partition), headers: &[], time_ms: None };
                sender.send(&message, control, &mut || Ok(()))?;
            }
        }
        sender.poll()?;
    }
}

/// The row that stands for a record: its number.
fn row(message: &[u8]) -> String {
    let number = message.strip_prefix(BEGIN).map(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        String::from_utf8_lossy(&rest[..digits])
    });
    number.map_or_else(|| WARM_UP.to_owned(), |number| format!("{{\"record\":{number},\"offset\":{number}}}"))
}

impl Through {
    /// Copies in the place of the job, and waits until something has gone through each partition.
    pub(crate) fn start_copying(&mut self, control: &Control) -> Result<(), Stop> {
        let partitions = self.topics[0].partitions;
        let copying = Copying::start(&self.broker, &self.topics)?;
        let Some(way) = &mut self.way else { return Ok(()) };
        way.copying = Some(copying);
        for partition in 0..partitions {
            let message = Message {
                value: WARM_UP.into(),
                key: None,
                partition: Some(partition),
                headers: &[],
                time_ms: None,
            };
            way.sender.send(&message, control, &mut || Ok(()))?;
        }
        self.hear_copies(control, &mut |_, _| Ok(()))
    }

    /// Waits until all that was sent has come back.
    pub(crate) fn hear_copies(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let (timeout, start) = (self.job.job.timeout, Instant::now());
        let Some(Way { sender, hearing, copying: Some(copying), .. }) = &mut self.way else { return Ok(()) };
        while hearing.heard() < sender.sent() {
            control.check()?;
            sender.poll()?;
            copying.check()?;
            hearing.hear(NAP, out)?;
            if start.elapsed() >= timeout {
                let missing = sender.sent() - hearing.heard();
                return Err(not_settled(&format!("{missing} copies are missing"), timeout).into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_number_of_its_record() {
        for (message, copy) in [
            (r#"{"offset":17,"record":{"offset":3}}"#, r#"{"record":17,"offset":17}"#),
            (r#"{"offset":0,"arrival_ms":5,"record":{}}"#, r#"{"record":0,"offset":0}"#),
            ("{}", "{}"),
            ("", "{}"),
        ] {
            assert_eq!(row(message.as_bytes()), copy);
        }
    }
}
