//! The batch jobs and the streaming jobs.

use batch::{deduplicated_totals, enrichment_join, order_payment_join, windowed_aggregation};
use datasets::{Keys, Table};
use explain::{Asked, Rule};
use stream::{
    Batching, Trigger, Version, WatermarkPolicy,
    jobs::{self, Clock},
    windows::{OutputMode, Superseding, Windows},
};

use crate::world::{Any, World, deliveries, events, sides};

pub(crate) fn batch(asked: Asked, records: &[Any], keys: &Keys) -> Table {
    use windowed_aggregation::{Window, reference};
    let of = |window| reference(&events(records), window, keys).expect("an answer").table;
    match asked {
        Asked::Tumbling { size_ms } => of(Window::Tumbling { size_ms }),
        Asked::Sliding { size_ms, slide_ms } => of(Window::Sliding { size_ms, slide_ms }),
        Asked::Sessions { gap_ms } => of(Window::Session { gap_ms }),
        Asked::Totals => deduplicated_totals::reference(&deliveries(records), keys).table,
        Asked::AsOf => enrichment_join::reference(&sides(records), keys).table,
        Asked::Within { ms } => {
            order_payment_join::reference(&sides(records), ms, keys).expect("an answer").table
        }
    }
}

/// Computes the answer of a streaming job for which records can be late.
pub(crate) fn streaming(world: &World, records: &[Any], asked: Asked, rule: Rule) -> Table {
    let (delay_ms, kind) = match rule {
        Rule::LateDropped { delay_ms } => (delay_ms, jobs::windowed_aggregation::Kind::PerRecord),
        Rule::LateDroppedByBatchBefore { delay_ms } => {
            (delay_ms, jobs::windowed_aggregation::Kind::PerTrigger)
        }
        Rule::LateDroppedByBatch { delay_ms } => {
            (delay_ms, jobs::windowed_aggregation::Kind::PerTriggerStrict)
        }
        other => panic!("{other:?} isn't a streaming job's"),
    };
    let trigger = match world.batch {
        0 => Trigger::Record,
        n => Trigger::EveryRecords((n as u64).try_into().expect("more than none")),
    };
    let batch = if matches!(rule, Rule::LateDropped { .. }) { usize::MAX / 2 } else { world.batch };
    let trigger = if batch > records.len() { Trigger::Record } else { trigger };
    let delay = delay_ms.unsigned_abs();
    let clock = Clock { delay_ms: delay, policy: WatermarkPolicy::Max, idle_ms: None, max_ahead_ms: None };
    let max_state = 10_000_000;
    let windows = match asked {
        Asked::Tumbling { size_ms } => Windows::Tumbling { size: ms(size_ms) },
        Asked::Sliding { size_ms, slide_ms } => Windows::Sliding { size: ms(size_ms), slide: ms(slide_ms) },
        Asked::Sessions { gap_ms } => Windows::Session { gap: ms(gap_ms) },
        Asked::Totals => {
            use jobs::deduplicated_totals::{Memory, Settings, make};
            let settings = Settings { delay_ms: delay, max_ahead_ms: None, max_state };
            let job = make(Memory::WithinWatermark, &settings, trigger).expect("a job");
            return fed(job, &deliveries(records), batch, &world.keys);
        }
        Asked::AsOf => {
            use jobs::enrichment_join::{Settings, Strategy, make};
            let job = make(Strategy::AsOf, &Settings { clock, max_state }, trigger).expect("a job");
            return fed(job, &sides(records), batch, &world.keys);
        }
        Asked::Within { ms } => {
            use jobs::order_payment_join::{Settings, Strategy, make};
            let settings = Settings { within_ms: ms, clock, drain: true, max_state };
            let job = make(Strategy::PerRecord, &settings, trigger).expect("a job");
            return fed(job, &sides(records), batch, &world.keys);
        }
    };
    let settings = jobs::windowed_aggregation::Settings {
        windows,
        delay_ms: Some(delay_ms),
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state,
    };
    // One partition: event time is that of all records.
    let of_one: Vec<Any> = records.iter().map(|record| Any { partition: 0, ..*record }).collect();
    let job = jobs::windowed_aggregation::make(settings, kind, trigger).expect("a job");
    fed(job, &events(&of_one), batch, &world.keys)
}

/// Enriches each reading with the row that came last before it.
pub(crate) fn latest(world: &World, records: &[Any]) -> Table {
    use jobs::enrichment_join::{Settings, Strategy, make};
    let clock = Clock { delay_ms: 0, policy: WatermarkPolicy::Max, idle_ms: None, max_ahead_ms: None };
    let settings = Settings { clock, max_state: 10_000_000 };
    let job = make(Strategy::Latest, &settings, Trigger::Record).expect("a job");
    fed(job, &sides(records), usize::MAX / 2, &world.keys)
}

fn ms(ms: i64) -> stream::windows::Ms {
    stream::windows::Ms::new(ms).expect("a length")
}

fn fed<R>(mut job: Box<dyn Version<R>>, records: &[R], batch: usize, keys: &Keys) -> Table {
    for records in records.chunks(batch.min(records.len().max(1))) {
        job.push_chunk(records, &mut Vec::new());
        if job.batching() != Batching::None {
            job.end_batch(&mut Vec::new());
        }
    }
    job.finish(keys).expect("an answer").expect("a table").table
}
