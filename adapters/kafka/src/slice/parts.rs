//! Which offsets of which partitions belong to a slice.

use std::sync::Arc;

use datasets::{SlicedPartition, SplitMix64};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    metadata::{MetadataPartition, MetadataTopic},
};

use super::{OffsetRange, Part, Slice, SliceError, failed, told::Told};
use crate::broker::{PATIENCE, Quiet};

/// The partitions of the topics, from where the slice may begin to where they end now.
pub(super) fn parts(
    client: &Arc<BaseConsumer<Quiet>>,
    what: &Slice,
    told: &mut Told,
) -> Result<Vec<Part>, SliceError> {
    let (mut all, mut ends) = (TopicPartitionList::new(), Vec::new());
    let mut random = SplitMix64::new(what.seed);
    for topic in &what.topics {
        let metadata = client.fetch_metadata(Some(topic), PATIENCE).map_err(|error| failed(&error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let Some(found) = found.filter(|found| !found.partitions().is_empty()) else {
            return Err(unknown(client, topic));
        };
        let mut partitions: Vec<i32> = found.partitions().iter().map(MetadataPartition::id).collect();
        partitions.sort_unstable();
        refuse_unknown(what, topic, &partitions)?;
        if !what.offsets.is_empty() && !what.offsets.iter().any(|range| range.topic == *topic) {
            told.notes
                .push(format!("nothing of {} is taken: no offsets are named of it", datasets::shown(topic)));
        }
        for partition in partitions {
            let behind_ms = random.uniform(0, what.skew_ms);
            let Some(range) = range(what, topic, partition) else { continue };
            let (first, end) =
                client.fetch_watermarks(topic, partition, PATIENCE).map_err(|error| failed(&error))?;
            let wanted = match range.from {
                Some(from) => Some(from),
                None => start(client, what, topic, partition)?,
            };
            if let Some(until) = range.until.filter(|until| *until > end) {
                let topic = datasets::shown(topic);
                told.notes.push(format!(
                    "partition {partition} of {topic} ends at offset {end} now, before {until}"
                ));
            }
            let end = range.until.map_or(end, |until| until.min(end));
            let start = wanted.unwrap_or(first).max(first);
            // By time, nobody knows what was before the first message that is left.
            let is_cut = range.from.map_or(first > 0 && start == first, |from| from < first);
            told.source.partitions.push(SlicedPartition {
                topic: topic.clone(),
                partition,
                from: start.min(end.max(first)),
                until: end.max(first),
                is_cut,
                behind_ms: (what.skew_ms > 0).then_some(behind_ms),
            });
            if is_cut {
                let topic = datasets::shown(topic);
                told.notes.push(format!(
                    "partition {partition} of {topic} begins at offset {first}: the broker has deleted what was before"
                ));
            }
            if start < end {
                all.add_partition_offset(topic, partition, Offset::Offset(start))
                    .map_err(|error| failed(&error))?;
                ends.push((topic.clone(), partition, start, end, behind_ms));
            }
        }
    }
    client.assign(&all).map_err(|error| failed(&error))?;
    // Nothing may come before the partitions have queues of their own: it would go to the client's, and be lost.
    client.pause(&all).map_err(|error| failed(&error))?;
    let parts = ends
        .into_iter()
        .map(|(topic, partition, next, end, behind_ms)| {
            let queue = client.split_partition_queue(&topic, partition);
            let queue =
                queue.ok_or_else(|| SliceError::Failed(format!("{topic} has lost partition {partition}")))?;
            let behind_ms = i64::try_from(behind_ms).unwrap_or(i64::MAX);
            Ok(Part {
                behind_ms,
                topic,
                partition,
                queue,
                end,
                next,
                has_gaps: false,
                head: None,
                is_over: false,
            })
        })
        .collect();
    client.resume(&all).map_err(|error| failed(&error))?;
    parts
}

/// The offsets that are wanted of a partition: all where no partition is named, and nothing where only others are.
fn range(what: &Slice, topic: &str, partition: i32) -> Option<OffsetRange> {
    if what.offsets.is_empty() {
        return Some(OffsetRange { topic: topic.to_owned(), partition, from: None, until: None });
    }
    what.offsets.iter().find(|range| range.topic == topic && range.partition == partition).cloned()
}

/// Refuses a partition that the topic doesn't have.
fn refuse_unknown(what: &Slice, topic: &str, partitions: &[i32]) -> Result<(), SliceError> {
    let of_topic = what.offsets.iter().filter(|range| range.topic == topic);
    match of_topic.map(|range| range.partition).find(|partition| !partitions.contains(partition)) {
        Some(partition) => Err(SliceError::Usage(
            format!("{} has no partition {partition}", datasets::shown(topic)),
            format!("it has {} of them, counted from 0", partitions.len()),
        )),
        None => Ok(()),
    }
}

/// The first offset whose time is in the slice. Behind it there may be earlier times, which are left out as they are read.
fn start(
    client: &BaseConsumer<Quiet>,
    what: &Slice,
    topic: &str,
    partition: i32,
) -> Result<Option<i64>, SliceError> {
    let Some(since) = what.since_ms else { return Ok(None) };
    let mut asked = TopicPartitionList::new();
    asked.add_partition_offset(topic, partition, Offset::Offset(since)).map_err(|error| failed(&error))?;
    let found = client.offsets_for_times(asked, PATIENCE).map_err(|error| failed(&error))?;
    Ok(match found.find_partition(topic, partition).map(|found| found.offset()) {
        Some(Offset::Offset(offset)) => Some(offset),
        // Nothing is as late.
        _ => Some(i64::MAX),
    })
}

/// A topic that isn't there, with the nearest that is.
fn unknown(client: &BaseConsumer<Quiet>, topic: &str) -> SliceError {
    let all = client.fetch_metadata(None, PATIENCE);
    let there = |found: &&MetadataTopic| found.error().is_none() && !found.partitions().is_empty();
    let names: Vec<String> = all.map_or_else(
        |_| Vec::new(),
        |all| all.topics().iter().filter(there).map(|found| found.name().to_owned()).collect(),
    );
    let near = datasets::nearest(topic, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || "the broker makes no topic by being asked".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    SliceError::Usage(format!("there is no topic '{}'", datasets::shown(topic)), hint)
}
