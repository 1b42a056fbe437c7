//! What the settings of the table jobs have in common.

/// A duration of event time that the runtime can count with. `name`: what the user calls it.
pub(super) fn duration(name: &str, ms: u64) -> Result<i64, String> {
    i64::try_from(ms).map_err(|_| format!("{name} must be at most {} ms, not {ms}", i64::MAX))
}

/// A limit that leaves room for something.
pub(super) fn state_limit(entries: u64) -> Result<u64, String> {
    if entries == 0 { Err("max-state must be at least 1".to_owned()) } else { Ok(entries) }
}
