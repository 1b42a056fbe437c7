//! Works the experiments off: one after the other, or side by side.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Does `work` with each index. Of several jobs those that may not stand beside others come last, one by one.
pub(super) fn work_off(is_alone: &[bool], jobs: usize, work: impl Fn(usize) + Sync) {
    if jobs <= 1 {
        (0..is_alone.len()).for_each(work);
        return;
    }
    let (alone, beside): (Vec<usize>, Vec<usize>) = (0..is_alone.len()).partition(|&index| is_alone[index]);
    let next = AtomicUsize::new(0);
    let in_turn = || {
        while let Some(&index) = beside.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(index);
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(beside.len()) {
            // Where no further thread can be had, the others do its part.
            let _ = thread::Builder::new().spawn_scoped(scope, in_turn);
        }
        in_turn();
    });
    alone.into_iter().for_each(work);
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use super::*;

    #[test]
    fn each_is_done_once_and_some_alone() {
        for jobs in [1, 2, 3, 50] {
            let is_alone: Vec<bool> = (0..20).map(|index| index % 5 == 0).collect();
            let (done, at_work) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
            work_off(&is_alone, jobs, |index| {
                let others = at_work.fetch_add(1, Ordering::SeqCst);
                assert!(others == 0 || !is_alone[index], "{index}");
                assert!(others < jobs);
                thread::sleep(Duration::from_millis(1));
                assert!(!is_alone[index] || at_work.load(Ordering::SeqCst) == 1, "{index}");
                at_work.fetch_sub(1, Ordering::SeqCst);
                done.lock().expect("nobody panicked").push(index);
            });
            let mut done = done.into_inner().expect("nobody panicked");
            done.sort_unstable();
            assert_eq!(done, (0..20).collect::<Vec<_>>(), "{jobs}");
        }
    }
}
