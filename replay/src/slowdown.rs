//! Faults on demand: a version that is slower than it is, to see whether a gate notices.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use datasets::{Keys, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

/// Describes what is done to a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Slowdown {
    /// Each chunk takes this share of its time longer: 0.05 is 5 %.
    Slow(f64),
    /// Every `each`-th record takes `ns` longer.
    Stall {
        /// One record in this many.
        each: u64,
        /// Says how long, in nanoseconds.
        ns: u64,
    },
}

impl FromStr for Slowdown {
    type Err = String;

    /// `slow:0.05`, `stall:50:1000000`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let slowdown = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("slow"), Some(share), None, None) => {
                share.parse().ok().filter(|share| (0.0..=100.0).contains(share)).map(Self::Slow)
            }
            (Some("stall"), Some(each), Some(ns), None) => {
                let each = each.parse().ok().filter(|each| *each > 0);
                each.zip(ns.parse().ok()).map(|(each, ns)| Self::Stall { each, ns })
            }
            _ => None,
        };
        slowdown.ok_or_else(|| format!("'{text}' is not a slowdown such as slow:0.05 or stall:50:1000000"))
    }
}

/// Returns `version` slowed down; its decisions are the same.
pub fn slowed<R: 'static>(version: Box<dyn Version<R>>, slowdown: Option<Slowdown>) -> Box<dyn Version<R>> {
    match slowdown {
        None => version,
        Some(Slowdown::Slow(share)) => Box::new(Slow { version, share }),
        Some(Slowdown::Stall { each, ns }) => Box::new(Stall { version, each, ns, seen: 0 }),
    }
}

struct Slow<R> {
    version: Box<dyn Version<R>>,
    share: f64,
}

impl<R> Version<R> for Slow<R> {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        let start = Instant::now();
        self.version.push_chunk(records, decisions);
        let worked = start.elapsed();
        spin_until(start, worked.mul_f64(1.0 + self.share));
    }

    fn batching(&self) -> Batching {
        self.version.batching()
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        let start = Instant::now();
        self.version.end_batch(decisions);
        let worked = start.elapsed();
        spin_until(start, worked.mul_f64(1.0 + self.share));
    }

    fn tick(&mut self) {
        self.version.tick();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.version.finish(keys)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        self.version.state()
    }

    fn take_output(&mut self) -> Option<Table> {
        self.version.take_output()
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.version.serve()
    }
}

struct Stall<R> {
    version: Box<dyn Version<R>>,
    each: u64,
    ns: u64,
    seen: u64,
}

impl<R> Version<R> for Stall<R> {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.version.push_chunk(records, decisions);
        let stalls = (self.seen + records.len() as u64) / self.each - self.seen / self.each;
        self.seen += records.len() as u64;
        spin_until(Instant::now(), Duration::from_nanos(stalls * self.ns));
    }

    fn batching(&self) -> Batching {
        self.version.batching()
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        self.version.end_batch(decisions);
    }

    fn tick(&mut self) {
        self.version.tick();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.version.finish(keys)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        self.version.state()
    }

    fn take_output(&mut self) -> Option<Table> {
        self.version.take_output()
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.version.serve()
    }
}

fn spin_until(start: Instant, length: Duration) {
    while start.elapsed() < length {
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::Item;
    use stream::{Deciding, jobs::bin_packing::BestFit};

    #[test]
    fn slowdowns_are_read() {
        assert_eq!("slow:0.05".parse(), Ok(Slowdown::Slow(0.05)));
        assert_eq!("stall:50:1000".parse(), Ok(Slowdown::Stall { each: 50, ns: 1000 }));
        for text in ["", "slow", "slow:-1", "slow:NaN", "stall:0:1", "stall:1", "slow:1:2", "quick:1"] {
            assert!(text.parse::<Slowdown>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_slowed_version_decides_as_it_did_and_takes_its_time() {
        let items: Vec<Item> = (1..500).map(|size| Item { size: size % 9 }).collect();
        let mut plain = Vec::new();
        Deciding(BestFit::new(10)).push_chunk(&items, &mut plain);
        for slowdown in [Slowdown::Slow(2.0), Slowdown::Stall { each: 100, ns: 50_000 }] {
            let mut decisions = Vec::new();
            let start = Instant::now();
            let mut version = slowed(Box::new(Deciding(BestFit::new(10))), Some(slowdown));
            items.chunks(64).for_each(|chunk| version.push_chunk(chunk, &mut decisions));
            assert_eq!(decisions, plain);
            if let Slowdown::Stall { .. } = slowdown {
                // 4 stalls of 50 µs: at least as long as that, however slow the machine.
                assert!(start.elapsed() >= Duration::from_micros(200));
            }
        }
    }
}
