//! A machine that is busy with other things: processes of this program that work until nobody is left to read from.

use std::{
    hint::black_box,
    io::{self, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use datasets::SplitMix64;

/// Describes what keeps the processors busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One loop for each processor.
    Spin,
    /// Two processes for each processor that work for up to 50 ms, take up to 64 MB, and sleep for up to 50 ms.
    Bursts,
}

const SPIN: &str = "work-in-a-loop";
const BURSTS: &str = "work-in-bursts";

impl Kind {
    /// Returns what a child of this program is told to do.
    pub(crate) fn of_child(arg: &str) -> Option<Self> {
        [(SPIN, Self::Spin), (BURSTS, Self::Bursts)]
            .into_iter()
            .find(|(name, _)| *name == arg)
            .map(|(_, kind)| kind)
    }

    /// Works until this process ends, which it does with the one that started it.
    pub(crate) fn work(self) -> ! {
        std::thread::spawn(|| {
            // The pipe ends when the parent does, however it does.
            let _ = io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(0);
        });
        let mut random = SplitMix64::new(u64::from(std::process::id()));
        loop {
            match self {
                Self::Spin => spin(Duration::from_millis(50)),
                Self::Bursts => {
                    let held = vec![1_u8; random.uniform(1, 64) as usize * 1_000_000];
                    spin(Duration::from_millis(random.uniform(5, 50)));
                    drop(black_box(held));
                    std::thread::sleep(Duration::from_millis(random.uniform(5, 50)));
                }
            }
        }
    }
}

fn spin(length: Duration) {
    let start = Instant::now();
    while start.elapsed() < length {
        std::hint::spin_loop();
    }
}

/// Keeps all processors busy until it is dropped.
pub(crate) struct Load(Vec<Child>);

impl Load {
    pub(crate) fn start(kind: Kind) -> io::Result<Self> {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let (name, processes) = match kind {
            Kind::Spin => (SPIN, cpus),
            Kind::Bursts => (BURSTS, 2 * cpus),
        };
        let program = std::env::current_exe()?;
        let start = |_| Command::new(&program).arg(name).stdin(Stdio::piped()).spawn();
        (0..processes).map(start).collect::<io::Result<_>>().map(Self)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // If it is gone already, so much the better.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
