//! A job of the examples that copies its input in transactions, of which its offsets are a part; it lives as often as it must.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer},
};

pub(crate) const PARTITIONS: u32 = 3;
/// Records of one transaction.
const BATCH: usize = 100;
const SOON: Duration = Duration::from_secs(20);

/// Says what becomes of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Committed,
    /// It is aborted, and the job begins anew.
    Aborted,
    /// The job is dropped with the transaction open, as a process is that is killed.
    Killed,
}

impl Fate {
    pub(crate) fn of(is_killed: bool, is_aborted: bool) -> Self {
        match (is_killed, is_aborted) {
            (true, _) => Self::Killed,
            (false, true) => Self::Aborted,
            (false, false) => Self::Committed,
        }
    }
}

/// Names a job's input, its output, and itself.
pub(crate) type Names<'a> = [&'a str; 3];

/// Copies until it is to stop: whatever ends a life, the next begins with what was committed.
pub(crate) fn copy(bootstrap: &str, names: Names<'_>, stop: &AtomicBool, fate: &mut dyn FnMut(u32) -> Fate) {
    while !stop.load(Ordering::Relaxed) {
        let _ = life(bootstrap, names, stop, fate);
    }
}

fn config(bootstrap: &str, more: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    for (name, value) in more {
        config.set(*name, *value);
    }
    config
}

/// One life; transactions are counted from 1.
fn life(
    bootstrap: &str,
    [input, output, id]: Names<'_>,
    stop: &AtomicBool,
    fate: &mut dyn FnMut(u32) -> Fate,
) -> Result<(), KafkaError> {
    let settings = [("group.id", id), ("enable.auto.commit", "false"), ("isolation.level", "read_committed")];
    let consumer: BaseConsumer = config(bootstrap, &settings).create()?;
    let producer: BaseProducer =
        config(bootstrap, &[("transactional.id", id), ("transaction.timeout.ms", "10000")]).create()?;
    producer.init_transactions(SOON)?;
    begin(&consumer, input)?;
    let mut transactions = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut next: BTreeMap<i32, i64> = BTreeMap::new();
        let mut taken = Vec::new();
        while taken.len() < BATCH {
            let Some(message) = consumer.poll(Duration::from_millis(50)) else { break };
            let message = message?;
            next.insert(message.partition(), message.offset() + 1);
            taken.push((message.partition(), message.payload().unwrap_or_default().to_vec()));
        }
        if taken.is_empty() {
            continue;
        }
        producer.begin_transaction()?;
        for (partition, value) in &taken {
            let record: BaseRecord<'_, [u8], [u8]> =
                BaseRecord::to(output).payload(value.as_slice()).partition(*partition);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        transactions += 1;
        match fate(transactions) {
            Fate::Committed => {}
            Fate::Killed => return Ok(()),
            Fate::Aborted => {
                producer.flush(SOON)?;
                return producer.abort_transaction(SOON);
            }
        }
        let mut ends = TopicPartitionList::new();
        for (partition, offset) in next {
            ends.add_partition_offset(input, partition, Offset::Offset(offset))?;
        }
        let group = consumer.group_metadata().ok_or(KafkaError::Canceled)?;
        producer.send_offsets_to_transaction(&ends, &group, SOON)?;
        producer.commit_transaction(SOON)?;
    }
    Ok(())
}

/// Goes on where the last life has committed.
fn begin(consumer: &BaseConsumer, input: &str) -> Result<(), KafkaError> {
    let mut asked = TopicPartitionList::new();
    for partition in 0..PARTITIONS.cast_signed() {
        asked.add_partition(input, partition);
    }
    let from = consumer.committed_offsets(asked, SOON)?;
    for partition in 0..PARTITIONS.cast_signed() {
        if let Some(mut found) = from.find_partition(input, partition)
            && found.offset() == Offset::Invalid
        {
            found.set_offset(Offset::Beginning)?;
        }
    }
    consumer.assign(&from)
}
