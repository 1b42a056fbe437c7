//! The time that is a thread's own: what a busy machine takes from it is left out.
//!
//! A thread that waits for a processor does nothing, however long that lasts. Where its job slept or waited of its own
//! accord, for a lock, a file or another process, the time counts whole.

#[cfg(target_os = "linux")]
use std::sync::LazyLock;
#[cfg(target_os = "linux")]
use std::time::Duration;
use std::time::Instant;

#[cfg(target_os = "linux")]
use nix::sys::resource::{UsageWho, getrusage};
#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Returns how long `work` takes of this thread's own time, in nanoseconds. Where the system doesn't tell it apart, all
/// counts.
#[cfg(target_os = "linux")]
pub(crate) fn time(work: impl FnOnce()) -> u64 {
    if !*IS_TOLD {
        return wall_time(work);
    }
    let waited = waits();
    let (start, worked) = (Instant::now(), processor_ns());
    work();
    let (worked, took) = (processor_ns().saturating_sub(worked), start.elapsed().as_nanos() as u64);
    if waited.is_some() && waits() == waited { worked.min(took) } else { took }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn time(work: impl FnOnce()) -> u64 {
    wall_time(work)
}

fn wall_time(work: impl FnOnce()) -> u64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as u64
}

/// Returns how often this thread has given up its processor of its own accord.
#[cfg(target_os = "linux")]
fn waits() -> Option<i64> {
    Some(getrusage(UsageWho::RUSAGE_THREAD).ok()?.voluntary_context_switches())
}

/// Returns how long this thread has been on a processor.
#[cfg(target_os = "linux")]
fn processor_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Says whether a sleep is seen as a wait. Some sandboxes don't count them: a job that sleeps would seem quick.
#[cfg(target_os = "linux")]
static IS_TOLD: LazyLock<bool> = LazyLock::new(|| {
    let before = waits();
    std::thread::sleep(Duration::from_micros(100));
    waits() > before && before.is_some()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_sleep_count() {
        let spin = || {
            let start = Instant::now();
            while start.elapsed().as_millis() < 2 {
                std::hint::spin_loop();
            }
        };
        assert!(time(spin) > 0);
        let asleep = time(|| std::thread::sleep(std::time::Duration::from_millis(3)));
        assert!(asleep >= 3_000_000, "{asleep}");
    }

    /// The processor's time is never more than what passed.
    #[test]
    fn what_is_ones_own_is_no_more_than_all() {
        for rounds in [1_u64, 1000, 100_000] {
            let start = Instant::now();
            let own = time(|| {
                std::hint::black_box((0..rounds).map(std::hint::black_box).sum::<u64>());
            });
            assert!(own <= start.elapsed().as_nanos() as u64);
        }
    }
}
