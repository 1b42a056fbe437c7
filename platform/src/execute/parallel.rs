//! Untimed work on all processors; the result doesn't depend on how many there are.

use std::sync::atomic::{AtomicUsize, Ordering};

use replay::{Control, Interrupted};

/// Above this many records in one piece of work, pieces go one after another: each needs memory for all records.
const MOST_RECORDS_ABREAST: usize = 1_000_000;

/// Maps `items` in their order; each piece of work is over `records` records.
pub(super) fn map<T: Sync, U: Send>(
    items: &[T],
    records: usize,
    control: &Control,
    work: impl Fn(&T) -> U + Sync,
) -> Result<Vec<U>, Interrupted> {
    map_indices(items.len(), records, control, |index| work(&items[index]))
}

/// Returns the same over the numbers below `count`, of which nothing is held beforehand: there may be very many.
pub(super) fn map_indices<U: Send>(
    count: usize,
    records: usize,
    control: &Control,
    work: impl Fn(usize) -> U + Sync,
) -> Result<Vec<U>, Interrupted> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if records > MOST_RECORDS_ABREAST { 1 } else { processors };
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Vec<(usize, U)>, Interrupted> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(done);
            }
            control.check()?;
            done.push((index, work(index)));
        }
    };
    let mut numbered = Vec::new();
    std::thread::scope(|scope| {
        // Where no more threads can be started, those that could be do the work, or this one.
        let start = |_| std::thread::Builder::new().spawn_scoped(scope, worker).ok();
        let workers: Vec<_> = (0..threads).map_while(start).collect();
        if workers.is_empty() {
            numbered.extend(worker()?);
        }
        for worker in workers {
            numbered.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(())
    })?;
    numbered.sort_unstable_by_key(|(index, _)| *index);
    Ok(numbered.into_iter().map(|(_, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..500).collect();
        for records in [1, MOST_RECORDS_ABREAST + 1] {
            let squares = map(&items, records, &Control::default(), |item| item * item).expect("not stopped");
            assert!(squares.iter().zip(&items).all(|(square, item)| *square == item * item));
            assert_eq!(squares.len(), 500);
        }
    }

    #[test]
    fn a_stopped_map_gives_nothing() {
        let control = Control::default();
        control.stop();
        assert!(map(&[1, 2], 1, &control, |item| *item).is_err());
    }
}
