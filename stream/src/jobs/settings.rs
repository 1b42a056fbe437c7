//! Describes what the settings of the table jobs have in common.

use datasets::{Side, Sided};

use crate::{Source, WatermarkPolicy};

/// A duration of event time that the runtime can count with. `name`: what the user calls it.
pub(super) fn duration(name: &str, ms: u64) -> Result<i64, String> {
    i64::try_from(ms).map_err(|_| format!("{name} must be at most {} ms, not {ms}", i64::MAX))
}

/// A limit that leaves room for something.
pub(super) fn state_limit(entries: u64) -> Result<u64, String> {
    if entries == 0 { Err("max-state must be at least 1".to_owned()) } else { Ok(entries) }
}

/// When event time moves in a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Says how late, in milliseconds of event time, a record may come.
    pub delay_ms: u64,
    /// Which of the two sides' watermarks is the join's.
    pub policy: WatermarkPolicy,
    /// A side that has been silent while the other moved on by this much no longer holds the watermark back.
    pub idle_ms: Option<u64>,
    /// A record further than this ahead of all before it is refused.
    pub max_ahead_ms: Option<u64>,
}

impl Clock {
    /// A join's source: each side has a watermark of its own, so each is a partition.
    pub(super) fn source(&self, delay_ms: Option<i64>) -> Result<Source<Sided>, String> {
        let optional = |name, ms: Option<u64>| ms.map(|ms| duration(name, ms)).transpose();
        Ok(Source {
            time_ms: |record| record.time_ms,
            partition: |record| match record.side {
                Side::Left => 0,
                Side::Right => 1,
            },
            policy: self.policy,
            delay_ms,
            partitions: 2,
            idle_ms: optional("idle", self.idle_ms)?,
            max_ahead_ms: optional("max-ahead", self.max_ahead_ms)?,
        })
    }
}
