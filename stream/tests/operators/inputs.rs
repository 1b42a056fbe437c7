//! Shows what the operators are given.

use datasets::{Event, Side, Sided};
use proptest::prelude::*;
use stream::{Flavour, WatermarkPolicy};

use crate::driver::Drive;

/// Times that lie near one another, so that much is late, and the ends of what there is.
pub(crate) fn times() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => -20..100_i64,
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
    ]
}

/// Times of a stream without extremes: one of them makes everything after it late.
pub(crate) fn near_times() -> impl Strategy<Value = i64> {
    0..200_i64
}

pub(crate) fn values() -> impl Strategy<Value = i64> {
    prop_oneof![5 => -3..3_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

pub(crate) fn drives() -> impl Strategy<Value = Drive> {
    let flavour = prop_oneof![
        (0..20_i64).prop_map(|lateness_ms| Flavour::PerRecord { lateness_ms }),
        Just(Flavour::PerRecord { lateness_ms: 0 }),
        (any::<bool>(), any::<bool>()).prop_map(|(strict, drain)| Flavour::PerTrigger { strict, drain }),
    ];
    let delay = prop_oneof![5 => (0..60_i64).prop_map(Some), 1 => Just(Some(i64::MAX))];
    let batch = prop_oneof![1 => Just(None), 2 => (1..50_usize).prop_map(Some)];
    let restart = (0..60_usize, 0..60_usize, 1..25_usize);
    let policy = prop::sample::select(vec![WatermarkPolicy::Min, WatermarkPolicy::Max]);
    let clock = (policy, prop::option::of(0..80_i64));
    (flavour, delay, clock, batch, restart).prop_map(|(flavour, delay_ms, clock, batch, restart)| {
        let ((policy, idle_ms), (restart_at, save_at, changes_each)) = (clock, restart);
        Drive { flavour, delay_ms, policy, idle_ms, batch, restart_at, save_at, changes_each }
    })
}

pub(crate) fn sided(time: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Sided>> {
    let side = prop::sample::select(vec![Side::Left, Side::Right]);
    let record = (time, side, 0..3_u32, values());
    prop::collection::vec(
        record.prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value }),
        0..60,
    )
}

pub(crate) const PER_RECORD: Drive = Drive {
    flavour: Flavour::PerRecord { lateness_ms: 0 },
    delay_ms: Some(0),
    policy: WatermarkPolicy::Max,
    idle_ms: None,
    batch: None,
    restart_at: usize::MAX,
    save_at: usize::MAX,
    changes_each: 1,
};

pub(crate) fn event(time_ms: i64, key: u32, value: i64) -> Event {
    Event { time_ms, key, partition: 0, value }
}
