//! Divergence, competitive ratio, latency statistics, gate: pure functions.
