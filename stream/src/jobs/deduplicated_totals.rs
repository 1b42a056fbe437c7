//! Deduplicated totals: count and sum of each key, of events that may be delivered more than once.
//!
//! Answer: a table `key`, `count`, `sum`, at the end of input. The versions differ in how long they remember an event,
//! and in what that costs.

use datasets::{Cells, Delivery, TableColumn};

use super::settings::{duration, state_limit};
use crate::{
    Flavour, Operator, Regime, Source, Trigger, Version, WatermarkPolicy,
    operators::{Complete, DeduplicateApproximately, Function, Pipeline},
};

/// Describes how events that were seen before are known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// By every id there was. Exact, and the state grows with the stream.
    KeepIds,
    /// By the ids of the last `delay_ms` of event time. A delivery older than that is late, one whose time is further
    /// than that after the first delivery's is counted again.
    WithinWatermark,
    /// Holds the same, as in Spark: event time moves between micro-batches, and a late delivery is late even if its id
    /// is still known.
    WithinWatermarkPerTrigger,
    /// By a Bloom filter for `max_state` ids, at most 2²⁶. Its size is fixed, and up to that many ids it takes less than
    /// one event in a hundred for a duplicate that is none.
    Approximate,
}

/// Describes what the job can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Says how late, in milliseconds of event time, a delivery may come; only the memories within the watermark ask.
    pub delay_ms: u64,
    /// A record further than this ahead of all before it is refused.
    pub max_ahead_ms: Option<u64>,
    /// Says how many entries the state may hold: ids, keys, and what stands in the side outputs.
    pub max_state: u64,
}

/// The share of events that [`Memory::Approximate`] may take for duplicates.
const WRONG: f64 = 0.01;
/// The most ids that its filter is made for: 77 MiB, beyond which its share of errors grows instead.
const MOST_FILTERED: u64 = 1 << 26;

/// The job. An error says which setting it can't work with.
pub fn make(
    memory: Memory,
    settings: &Settings,
    trigger: Trigger,
) -> Result<Box<dyn Version<Delivery>>, String> {
    let max_state = state_limit(settings.max_state)?;
    let delay_ms = duration("delay", settings.delay_ms)?;
    let start = Pipeline::<Delivery, _>::start();
    let id = |delivery: &Delivery| delivery.id;
    // A running total has no window to close: the flavours differ only in when event time moves, and the trigger says that.
    let per_record = Flavour::PerRecord { lateness_ms: 0 };
    match memory {
        Memory::KeepIds => totals(start.deduplicate(id, None), None, settings, per_record, trigger),
        Memory::WithinWatermark => {
            totals(start.deduplicate(id, Some(delay_ms)), Some(delay_ms), settings, per_record, trigger)
        }
        Memory::WithinWatermarkPerTrigger => {
            // Each total counts at once, so at the end of input there is nothing to drain.
            let flavour = Flavour::PerTrigger { strict: false, drain: false };
            totals(start.deduplicate(id, Some(delay_ms)), Some(delay_ms), settings, flavour, trigger)
        }
        Memory::Approximate => {
            let filter = DeduplicateApproximately::new(id, max_state.min(MOST_FILTERED), WRONG)?;
            totals(start.then(filter), None, settings, per_record, trigger)
        }
    }
}

/// The totals of what `events` lets through.
fn totals<O>(
    events: Pipeline<Delivery, O>,
    delay_ms: Option<i64>,
    settings: &Settings,
    flavour: Flavour,
    trigger: Trigger,
) -> Result<Box<dyn Version<Delivery>>, String>
where
    O: Operator<Delivery, Out = Delivery> + Send + 'static,
{
    let source = Source {
        time_ms: |delivery: &Delivery| delivery.time_ms,
        partition: |_| 0,
        policy: WatermarkPolicy::Min,
        delay_ms,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: settings.max_ahead_ms.map(|ms| duration("max-ahead", ms)).transpose()?,
    };
    let key_column = |keys: &[u32]| vec![TableColumn::new("key", Cells::Text(keys.to_vec()))];
    let sink = Complete::new(key_column, [("count", Function::Count), ("sum", Function::Sum)]);
    let job = events.aggregate([Function::Count, Function::Sum]);
    Ok(Box::new(job.run(source, Regime { flavour, trigger, state_limit: settings.max_state }, sink)))
}
