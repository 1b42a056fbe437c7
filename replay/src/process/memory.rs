//! Describes how much memory a job's processes have held.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::Pid;

/// The most memory that any of a job's processes has held at once.
#[derive(Debug, Default)]
pub struct PeakMemory {
    bytes: AtomicU64,
}

impl PeakMemory {
    /// Takes in what the process `id` has held so far. Linux tells it; elsewhere it stays unknown.
    pub(super) fn note(&self, id: Pid) {
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        let peak = status.ok().and_then(|status| peak_in(&status));
        self.bytes.fetch_max(peak.unwrap_or(0), Ordering::Relaxed);
    }

    /// In bytes, where it is known.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.bytes.load(Ordering::Relaxed)).filter(|&bytes| bytes > 0)
    }
}

/// The high-water mark in a `/proc/PID/status`, in bytes.
///
/// Not what `getrusage` tells: that counts what the parent held when it started the process.
pub fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_where_there_is_one() {
        let status = "Name:\tx\nVmPeak:\t  9 kB\nVmHWM:\t    2412 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_in(status), Some(2412 * 1024));
        for status in
            ["", "Name:\tx\n", "VmHWM:\tmany kB\n", "VmHWM:\t12\n", "VmHWM:\t18446744073709551615 kB\n"]
        {
            assert_eq!(peak_in(status), None, "{status:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_greatest_peak_is_kept() {
        let peak = PeakMemory::default();
        assert_eq!(peak.bytes(), None);
        peak.note(rustix::process::getpid());
        let before = peak.bytes().expect("Linux tells it");
        let held = vec![1_u8; 64 << 20];
        assert!(std::hint::black_box(&held).iter().all(|&byte| byte == 1));
        drop(held);
        peak.note(rustix::process::getpid());
        assert!(peak.bytes().is_some_and(|bytes| bytes >= before && bytes >= 64 << 20));
    }
}
