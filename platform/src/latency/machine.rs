//! Where a run takes place.

use compare::{Health, Machine};

/// This machine, as far as it tells.
pub fn describe() -> Machine {
    Machine {
        host: host(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cpu: cpu_name().unwrap_or_else(|| "unknown".to_owned()),
        cpus: std::thread::available_parallelism().map_or(1, usize::from) as u64,
        load: load(),
    }
}

/// Asks the system for the machine's name.
#[cfg(unix)]
fn host() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

/// Takes the machine's name from where Windows keeps it.
#[cfg(not(unix))]
fn host() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// Linux tells it; elsewhere it stays unknown.
fn cpu_name() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// Runnable tasks over the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// The most memory that this process has held at once, in bytes. Linux tells it; elsewhere it stays unknown.
///
/// Not what `getrusage` tells: that counts what the parent held when it started this process.
pub fn peak_rss_bytes() -> Option<u64> {
    replay::process::peak_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Counters of the system at one moment.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Processor time: all of it, and what a hypervisor gave to others, in ticks.
    ticks: Option<(u64, u64)>,
    throttled: Option<u64>,
}

impl Watch {
    /// Begins to watch.
    pub fn start() -> Self {
        Self { ticks: ticks(), throttled: throttled() }
    }

    /// Returns what has happened since the start.
    pub fn health(&self) -> Health {
        let steal_share = self.ticks.zip(ticks()).and_then(|((all, stolen), (all_now, stolen_now))| {
            let all = all_now.saturating_sub(all);
            (all > 0).then(|| stolen_now.saturating_sub(stolen) as f64 / all as f64)
        });
        let throttled = self.throttled.zip(throttled()).map(|(before, now)| now.saturating_sub(before));
        Health { load: load(), steal_share, throttled }
    }
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, and guest times that are
/// counted in user and nice already.
fn ticks() -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).map_while(|f| f.parse().ok()).collect();
    Some((fields.iter().take(8).sum(), *fields.get(7)?))
}

/// Over all processors, how often one was slowed down for heat.
fn throttled() -> Option<u64> {
    let count = |cpu: usize| -> Option<u64> {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/thermal_throttle/core_throttle_count");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    (0..cpus).map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_that_was_held_counts_after_it_is_given_back() {
        let held = vec![1_u8; 64 << 20];
        assert!(std::hint::black_box(&held).iter().all(|&byte| byte == 1));
        drop(held);
        assert!(peak_rss_bytes().is_some_and(|peak| peak >= 64 << 20));
    }
}
