//! Every job of the catalogue that keeps a state.

use datasets::{Delivery, Event, Item, Side, Sided};
use proptest::prelude::*;
use stream::{
    Deciding, Trigger, Version, WatermarkPolicy,
    jobs::{
        Clock, bin_packing::FirstFit, deduplicated_totals as totals, enrichment_join as enrichment,
        order_payment_join as payment, windowed_aggregation as windowed,
    },
    windows::{OutputMode, Superseding, Windows},
};

use crate::harness::{Plan, check, plans};

/// Times that move on, with disorder, now and then a leap.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let step = prop_oneof![6 => 0..4_i64, 1 => Just(30_i64)];
    prop::collection::vec((step, 0..25_i64), 0..60).prop_map(|steps| {
        let mut now = -20;
        let time = |(step, back): (i64, i64)| {
            now += step;
            now - back
        };
        steps.into_iter().map(time).collect()
    })
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -9..10_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn keyed() -> impl Strategy<Value = Vec<(i64, u32, i64)>> {
    (times(), prop::collection::vec((0..4_u32, values()), 60)).prop_map(|(times, rest)| {
        times.into_iter().zip(rest).map(|(time, (key, value))| (time, key, value)).collect()
    })
}

fn sided() -> impl Strategy<Value = Vec<Sided>> {
    (keyed(), prop::collection::vec(any::<bool>(), 60)).prop_map(|(rows, sides)| {
        let record = |((time_ms, key, value), is_left)| {
            let side = if is_left { Side::Left } else { Side::Right };
            Sided { time_ms, side, key, value }
        };
        rows.into_iter().zip(sides).map(record).collect()
    })
}

fn any_windows() -> impl Strategy<Value = Windows> {
    let tumbling = (1..25_i64).prop_map(|size| format!("tumbling:{size}"));
    let sliding = (1..30_i64, 1..15_i64).prop_map(|(size, slide)| format!("sliding:{size}:{slide}"));
    let session = (1..12_i64).prop_map(|gap| format!("session:{gap}"));
    prop_oneof![tumbling, sliding, session].prop_map(|text| text.parse().unwrap())
}

/// Returns how a plan's batches are triggered.
fn trigger(plan: &Plan) -> Trigger {
    match plan.batch {
        1 => Trigger::Record,
        n => Trigger::EveryRecords((n as u64).try_into().unwrap()),
    }
}

fn clocks() -> impl Strategy<Value = Clock> {
    let policy = prop::sample::select(vec![WatermarkPolicy::Min, WatermarkPolicy::Max]);
    (0..20_u64, policy, prop::option::of(0..40_u64)).prop_map(|(delay_ms, policy, idle_ms)| Clock {
        delay_ms,
        policy,
        idle_ms,
        max_ahead_ms: None,
    })
}

fn window_settings() -> impl Strategy<Value = windowed::Settings> {
    let mode = prop_oneof![Just(OutputMode::Append), Just(OutputMode::Update), Just(OutputMode::Complete)];
    let rest = (any::<bool>(), 0..3_u32, prop::option::of(10..40_i64), prop::option::of(5..40_i64));
    let superseding = prop_oneof![Just(Superseding::Keep), Just(Superseding::Withdraw)];
    let max_state = prop_oneof![4 => Just(1_000_000_u64), 1 => 5..60_u64];
    (any_windows(), 0..15_i64, 0..20_i64, (mode, superseding), rest, max_state).prop_map(
        |(windows, delay_ms, lateness_ms, (mode, superseding), rest, max_state)| {
            let (drain, partitions, idle_ms, max_ahead_ms) = rest;
            windowed::Settings {
                windows,
                delay_ms: Some(delay_ms),
                lateness_ms,
                superseding,
                mode,
                drain,
                partitions,
                idle_ms,
                max_ahead_ms,
                max_state,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn windowed_aggregation(settings in window_settings(), rows in keyed(), plan in plans()) {
        let events: Vec<Event> = rows.iter()
            .map(|&(time_ms, key, value)| Event { time_ms, key, partition: key % 2, value })
            .collect();
        for (_, kind) in windowed::Kind::NAMES {
            // Not every kind takes every setting.
            let settings = match kind {
                windowed::Kind::PreAggregated => windowed::Settings { lateness_ms: 0, ..settings },
                _ => settings,
            };
            let make = || windowed::make(settings, kind, trigger(&plan));
            if make().is_ok() {
                check(&|| make().unwrap(), &events, &plan);
            }
        }
    }

    #[test]
    fn deduplicated_totals(
        rows in keyed(),
        ids in prop::collection::vec(0..25_u32, 60),
        delay_ms in 0..40_u64,
        max_state in prop_oneof![3 => Just(1000_u64), 1 => 5..40_u64],
        plan in plans(),
    ) {
        use totals::Memory::{Approximate, KeepIds, WithinWatermark, WithinWatermarkPerTrigger};
        let records: Vec<Delivery> = rows.iter().zip(ids)
            .map(|(&(time_ms, key, value), id)| Delivery { time_ms, id, key, value })
            .collect();
        let settings = totals::Settings { delay_ms, max_ahead_ms: Some(100), max_state };
        for memory in [KeepIds, WithinWatermark, WithinWatermarkPerTrigger, Approximate] {
            check(&|| totals::make(memory, &settings, trigger(&plan)).unwrap(), &records, &plan);
        }
    }

    #[test]
    fn order_payment_join(
        records in sided(),
        (within_ms, clock, drain) in (0..30_u64, clocks(), any::<bool>()),
        plan in plans(),
    ) {
        use payment::Strategy::{EagerUnpaid, PerRecord, PerTrigger};
        let settings = payment::Settings { within_ms, clock, drain, max_state: 500 };
        for strategy in [PerRecord, PerTrigger, EagerUnpaid] {
            check(&|| payment::make(strategy, &settings, trigger(&plan)).unwrap(), &records, &plan);
        }
    }

    #[test]
    fn enrichment_join(records in sided(), clock in clocks(), plan in plans()) {
        let settings = enrichment::Settings { clock, max_state: 500 };
        for strategy in [enrichment::Strategy::AsOf, enrichment::Strategy::Latest] {
            check(&|| enrichment::make(strategy, &settings, trigger(&plan)).unwrap(), &records, &plan);
        }
    }
}

#[test]
fn a_packing_can_not_be_saved_and_says_so() {
    let mut job: Box<dyn Version<Item>> = Box::new(Deciding(FirstFit::new(10)));
    assert!(job.state().is_none());
    assert_eq!(job.take_output(), None);
}
