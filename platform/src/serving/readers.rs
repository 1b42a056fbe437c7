//! Somebody who reads what is served while a run goes on: each time the whole answer of one version, or the run is invalid.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use store::serving::{Reader, ServingError};

/// Between two reads lies at least this, and so many times what the last one took: they are to see the run, not to slow it
/// down.
const PAUSE: Duration = Duration::from_millis(1);
const RESTS: u32 = 4;

/// Describes what a reader has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How often it has read the whole answer.
    pub(crate) reads: u64,
    /// How many rows it was given, over all reads.
    pub(crate) rows: u64,
    /// How often another version served than at the read before.
    pub(crate) switches: u64,
}

/// Does some work while somebody reads what is served, and returns what both came to.
pub(crate) fn while_read<T>(reader: &Reader, work: impl FnOnce() -> T) -> (T, Result<Seen, ServingError>) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| read_until(reader, &is_over));
        // Also when the work panics: else the reader would be waited for for ever.
        let ends = Ends(&is_over);
        let done = work();
        drop(ends);
        let seen = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (done, seen)
    })
}

/// Says that it is over when it goes.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Reads the whole answer again and again until `is_over`.
///
/// # Errors
///
/// If a read is torn: rows of two epochs, or not all of one.
fn read_until(reader: &Reader, is_over: &AtomicBool) -> Result<Seen, ServingError> {
    let (mut seen, mut last) = (Seen::default(), None);
    loop {
        // A last read after the end sees what is left.
        let is_last = is_over.load(Ordering::Acquire);
        let began = Instant::now();
        let snapshot = reader.snapshot()?;
        let stamp = snapshot.stamp();
        let mut rows = 0;
        snapshot.all(&mut |_, _| {
            rows += 1;
            ControlFlow::Continue(())
        })?;
        seen.reads += 1;
        seen.rows += rows;
        seen.switches += u64::from(last.is_some_and(|last| last != stamp.deployment));
        last = Some(stamp.deployment);
        if is_last {
            return Ok(seen);
        }
        thread::sleep(PAUSE.max(began.elapsed() * RESTS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::serving::{Change, Durability, Memory, Progress, Serving};

    /// Writes epochs of 50 rows into two deployments, and serves one and the other by turns.
    fn write_and_switch(serving: &Serving) {
        let both = ["stable", "candidate"].map(|name| serving.deploy(name).expect("a deployment"));
        let mut control = b"c".to_vec();
        for epoch in 0..200_u64 {
            let value = epoch.to_be_bytes();
            for deployment in both {
                let keys: Vec<[u8; 1]> = (0..50).map(|row| [row]).collect();
                let changes: Vec<Change<'_>> = keys.iter().map(|key| Change::Put(key, &value)).collect();
                let progress = Progress { offset: epoch, watermark_ms: None, complete: true };
                serving.write(deployment, progress, &changes).expect("room");
            }
            let next = value.to_vec();
            serving.transition(Some(&control), &next, Some(both[epoch as usize % 2])).expect("its own");
            control = next;
        }
    }

    #[test]
    fn readers_see_whole_answers_while_jobs_write_and_switch() {
        let serving = Serving::open_in_memory(&Memory::new(), Durability::Process).expect("a store");
        let first = serving.deploy("first").expect("a deployment");
        serving.transition(None, b"c", Some(first)).expect("the first");
        let ((), seen) = while_read(&serving.reader(), || write_and_switch(&serving));
        let seen = seen.expect("each read is whole");
        assert!(seen.reads >= 1 && seen.rows <= 50 * seen.reads, "{seen:?}");
        // The last read is of the last epoch, whole.
        assert!(seen.rows >= 50 && seen.switches >= 1, "{seen:?}");
    }

    #[test]
    fn a_panic_of_the_work_ends_the_reading() {
        let serving = Serving::open_in_memory(&Memory::new(), Durability::Process).expect("a store");
        let first = serving.deploy("first").expect("a deployment");
        serving.transition(None, b"c", Some(first)).expect("the first");
        let reader = serving.reader();
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while_read(&reader, || panic!("on purpose"))
        }));
        assert!(died.is_err());
    }
}
