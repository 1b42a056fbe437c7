//! The jobs that crash, and small inputs for them.

use datasets::{Delivery, Event, Keys, Side, Sided, SplitMix64};
use stream::{
    Trigger, Version,
    WatermarkPolicy::{self, Max, Min},
    jobs::{
        Clock,
        deduplicated_totals::{self, Memory},
        enrichment_join, order_payment_join,
        windowed_aggregation::{self, Kind},
    },
    windows::{OutputMode, Superseding},
};

/// Enough for windows to open, fire, fire again and close.
pub(crate) const RECORDS: u64 = 48;

pub(crate) fn keys() -> Keys {
    let mut keys = Keys::default();
    for text in ["a", "", "b,\"\n", "c"] {
        keys.intern(text.as_bytes());
    }
    keys
}

/// Times that go on, with some disorder, and now and then a straggler.
fn time(random: &mut SplitMix64, i: u64) -> i64 {
    let behind = if random.uniform(0, 9) == 0 { random.uniform(0, 60) } else { random.uniform(0, 8) };
    (1000 + i * 5).saturating_sub(behind).cast_signed()
}

pub(crate) fn events() -> Vec<Event> {
    let mut random = SplitMix64::new(1);
    (0..RECORDS)
        .map(|i| Event {
            time_ms: time(&mut random, i),
            key: random.uniform(0, 3) as u32,
            partition: 0,
            value: random.uniform(0, 100).cast_signed() - 50,
        })
        .collect()
}

pub(crate) fn deliveries() -> Vec<Delivery> {
    let mut random = SplitMix64::new(2);
    (0..RECORDS)
        .map(|i| {
            let id = random.uniform(0, 3) as u32;
            Delivery { time_ms: time(&mut random, i), id, key: id % 2, value: 1 << id }
        })
        .collect()
}

pub(crate) fn sided() -> Vec<Sided> {
    let mut random = SplitMix64::new(3);
    (0..RECORDS)
        .map(|i| Sided {
            time_ms: time(&mut random, i),
            side: if random.uniform(0, 1) == 0 { Side::Left } else { Side::Right },
            key: random.uniform(0, 1) as u32,
            value: random.uniform(0, 9).cast_signed(),
        })
        .collect()
}

pub(crate) type Make<R> = Box<dyn Fn() -> Box<dyn Version<R>>>;

/// Windowed aggregations: flavours, windows, lateness, output modes.
pub(crate) fn windowed(trigger: Trigger) -> Vec<(&'static str, Make<Event>)> {
    let superseding = move |windows: &'static str, kind, mode, lateness_ms, superseding| -> Make<Event> {
        Box::new(move || {
            let settings = windowed_aggregation::Settings {
                windows: windows.parse().unwrap(),
                delay_ms: Some(10),
                lateness_ms,
                superseding,
                mode,
                drain: false,
                partitions: 0,
                idle_ms: None,
                max_ahead_ms: None,
                max_state: 10_000,
            };
            windowed_aggregation::make(settings, kind, trigger).unwrap()
        })
    };
    let job = move |windows, kind, mode, lateness_ms| {
        superseding(windows, kind, mode, lateness_ms, Superseding::Keep)
    };
    let append = OutputMode::Append;
    let withdrawn = superseding("session:9", Kind::PerRecord, append, 40, Superseding::Withdraw);
    vec![
        ("sessions, withdrawn", withdrawn),
        ("tumbling per record", job("tumbling:40", Kind::PerRecord, append, 15)),
        ("sliding per trigger", job("sliding:40:20", Kind::PerTrigger, append, 0)),
        ("sessions per record", job("session:9", Kind::PerRecord, append, 10)),
        ("sessions per trigger", job("session:9", Kind::PerTrigger, append, 0)),
        ("strict, updates", job("tumbling:40", Kind::PerTriggerStrict, OutputMode::Update, 0)),
        ("complete", job("tumbling:40", Kind::PerTrigger, OutputMode::Complete, 0)),
        ("complete sessions", job("session:9", Kind::PerTrigger, OutputMode::Complete, 0)),
        ("pre-aggregated", job("sliding:40:20", Kind::PreAggregated, append, 0)),
        ("at end", job("tumbling:40", Kind::AtEnd, append, 0)),
    ]
}

pub(crate) fn totals(trigger: Trigger) -> Vec<(&'static str, Make<Delivery>)> {
    let job = move |memory| -> Make<Delivery> {
        let settings = deduplicated_totals::Settings { delay_ms: 20, max_ahead_ms: None, max_state: 1000 };
        Box::new(move || deduplicated_totals::make(memory, &settings, trigger).unwrap())
    };
    vec![
        ("ids", job(Memory::KeepIds)),
        ("ids within the watermark", job(Memory::WithinWatermark)),
        ("ids within the watermark per trigger", job(Memory::WithinWatermarkPerTrigger)),
        ("a filter of ids", job(Memory::Approximate)),
    ]
}

/// A clock for each side, or one; a side that is silent for long holds nothing back.
fn clock(policy: WatermarkPolicy) -> Clock {
    Clock { delay_ms: 10, policy, idle_ms: Some(60), max_ahead_ms: None }
}

pub(crate) fn joins(trigger: Trigger) -> Vec<(&'static str, Make<Sided>)> {
    let payments = move |strategy, policy| -> Make<Sided> {
        let settings = order_payment_join::Settings {
            within_ms: 30,
            clock: clock(policy),
            drain: true,
            max_state: 10_000,
        };
        Box::new(move || order_payment_join::make(strategy, &settings, trigger).unwrap())
    };
    let readings = move |strategy, policy| -> Make<Sided> {
        let settings = enrichment_join::Settings { clock: clock(policy), max_state: 10_000 };
        Box::new(move || enrichment_join::make(strategy, &settings, trigger).unwrap())
    };
    vec![
        ("interval join per record", payments(order_payment_join::Strategy::PerRecord, Min)),
        ("interval join on one clock", payments(order_payment_join::Strategy::PerRecord, Max)),
        ("interval join per trigger", payments(order_payment_join::Strategy::PerTrigger, Min)),
        ("eager interval join", payments(order_payment_join::Strategy::EagerUnpaid, Max)),
        ("as-of join", readings(enrichment_join::Strategy::AsOf, Min)),
        ("join with the latest row", readings(enrichment_join::Strategy::Latest, Min)),
    ]
}
