//! The one door through which time comes in.

use std::time::{Duration, Instant};

use crate::{Control, Interrupted, own_time};

/// Nanoseconds since some fixed moment, and a way to wait.
pub trait Clock {
    /// Now; never less than before.
    fn now_ns(&self) -> u64;

    /// Waits until `due_ns` and returns the time then, at once if that has passed.
    fn wait_until_ns(&self, due_ns: u64, control: &Control) -> Result<u64, Interrupted>;

    /// Returns how long `work` takes, in nanoseconds, without what a busy machine takes from it where that is told
    /// apart.
    fn time(&self, work: impl FnOnce()) -> u64 {
        let start = self.now_ns();
        work();
        self.now_ns().saturating_sub(start)
    }
}

/// The machine's monotonic clock.
#[derive(Debug, Clone)]
pub struct RealClock {
    start: Instant,
}

/// Sleeping wakes up late by tens of microseconds to a few milliseconds, so the last stretch is spun.
const SPIN: Duration = Duration::from_millis(3);
/// A sleep is cut into naps so that Ctrl-C is heard.
const NAP: Duration = Duration::from_millis(50);

impl RealClock {
    /// A clock that starts at 0 now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RealClock {
    fn now_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    fn wait_until_ns(&self, due_ns: u64, control: &Control) -> Result<u64, Interrupted> {
        loop {
            let now = self.now_ns();
            if now >= due_ns {
                return Ok(now);
            }
            let left = Duration::from_nanos(due_ns - now);
            if left > SPIN {
                control.check()?;
                std::thread::sleep(left.saturating_sub(SPIN).min(NAP));
            } else {
                std::hint::spin_loop();
            }
        }
    }

    fn time(&self, work: impl FnOnce()) -> u64 {
        own_time::time(work)
    }
}

/// A clock that stands still until it is waited on or moved.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    pub(crate) now: std::cell::Cell<u64>,
}

#[cfg(test)]
impl Clock for TestClock {
    fn now_ns(&self) -> u64 {
        self.now.get()
    }

    fn wait_until_ns(&self, due_ns: u64, _: &Control) -> Result<u64, Interrupted> {
        self.now.set(self.now.get().max(due_ns));
        Ok(self.now.get())
    }
}
