//! Replicates for the latency check: fresh jobs, alternating chunks, one log ratio.

use datasets::SplitMix64;
use stream::Version;

use crate::{Clock, Control, Interrupted, feed::CHUNK};

/// Makes a fresh job.
type Make<'a, R> = &'a dyn Fn() -> Box<dyn Version<R>>;

/// The logarithm of the candidate's time a record over stable's, over fresh jobs that are fed `records` in
/// alternating chunks, in an order that `random` draws chunk by chunk. Small datasets are fed again, to fresh jobs
/// each time, until both have worked for `least_ns` together.
pub fn log_ratio<R>(
    stable: Make<'_, R>,
    candidate: Make<'_, R>,
    records: &[R],
    least_ns: u64,
    random: &mut SplitMix64,
    clock: &impl Clock,
    control: &Control,
) -> Result<f64, Interrupted> {
    let mut took = [0_u64; 2];
    let mut decisions = Vec::with_capacity(CHUNK);
    while took[0] + took[1] < least_ns {
        let mut jobs = [stable(), candidate()];
        for chunk in records.chunks(CHUNK) {
            control.check()?;
            let first = (random.next_u64() & 1) as usize;
            for which in [first, 1 - first] {
                decisions.clear();
                let start = clock.now_ns();
                jobs[which].push_chunk(chunk, &mut decisions);
                // At least a nanosecond, so that a coarse clock can neither loop for ever nor divide by nothing.
                took[which] += (clock.now_ns() - start).max(1);
            }
        }
        if records.is_empty() {
            return Ok(0.0);
        }
    }
    Ok((took[1] as f64 / took[0] as f64).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Interrupted;
    use std::cell::Cell;
    use stream::Job;

    thread_local!(static NOW: Cell<u64> = const { Cell::new(0) });

    struct Ticks;
    impl Clock for Ticks {
        fn now_ns(&self) -> u64 {
            NOW.get()
        }
        fn wait_until_ns(&self, _: u64, _: &Control) -> Result<u64, Interrupted> {
            Ok(NOW.get())
        }
    }

    struct Takes(u64);
    impl Job<u8> for Takes {
        fn push(&mut self, _: &u8) -> u32 {
            NOW.set(NOW.get() + self.0);
            0
        }
    }

    #[test]
    fn the_ratio_is_that_of_the_work() {
        let ratio = |records: &[u8]| {
            let make = |ns| move || Box::new(Takes(ns)) as Box<dyn Version<u8>>;
            let random = &mut SplitMix64::new(1);
            log_ratio(&make(100), &make(110), records, 1_000_000, random, &Ticks, &Control::default())
        };
        assert!((ratio(&[0; 5000]).expect("not stopped").exp() - 1.1).abs() < 1e-9);
        assert!((ratio(&[0; 3]).expect("not stopped").exp() - 1.1).abs() < 1e-9);
        assert_eq!(ratio(&[]), Ok(0.0));
    }
}
