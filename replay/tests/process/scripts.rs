//! Jobs that are lines of `sh`.

use std::time::Duration;

use replay::process::ProcessLimits;

use crate::support::{Command, launch};

/// Sends the header back, as a job must that means to go on.
pub(crate) const READY: &str = "read header; echo \"$header\"; ";
/// Deadlines that are always reached.
pub(crate) const SHORT: ProcessLimits = ProcessLimits {
    stall: Duration::from_millis(500),
    drain: Duration::from_millis(200),
    terminate: Duration::from_millis(200),
    pipe_grace: Duration::from_millis(200),
    line_bytes: 1 << 20,
};

pub(crate) fn shell(script: &str, limits: ProcessLimits) -> Command {
    launch(&["sh", "-c", script], limits)
}
