//! Packed rows on their way to where they are kept and looked up: there and then, or on a second thread.
//!
//! Batches go to the second thread in order, and come back empty. There are so few of them that memory is bounded, and who
//! reads waits for one to come back; while it waits, it asks whether to go on.

use std::{
    panic::resume_unwind,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{Scope, ScopedJoinHandle},
    time::Duration,
};

use super::{
    Comparing,
    batch::Batch,
    finding::Finding,
    found::{RowsError, Which},
};

/// So many batches are on their way at most.
const BATCHES: usize = 8;
/// Whoever waits asks this often whether to go on.
const WAIT: Duration = Duration::from_millis(50);

/// Fills batches, and has their rows taken.
pub(super) struct Takers<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    stop: &'e AtomicBool,
    go_on: &'e dyn Fn() -> bool,
    /// So many bytes are taken before there is a second thread.
    alone: u64,
    batch: Batch,
    work: Work<'s, 'e>,
}

/// Where rows are taken.
enum Work<'s, 'e> {
    Here(Box<Finding<'e>>),
    There(There<'s, 'e>),
    Failed(RowsError),
}

/// A second thread.
struct There<'s, 'e> {
    jobs: Sender<Job>,
    back: Receiver<Batch>,
    thread: ScopedJoinHandle<'s, Result<Box<Finding<'e>>, RowsError>>,
    /// So many batches haven't come back.
    out: usize,
}

/// Something to be done, in this order: batches of the left table, its end, batches of the right one.
enum Job {
    Take(Which, Batch),
    EndLeft,
}

impl<'s, 'e> Takers<'s, 'e> {
    pub(super) fn new(
        scope: &'s Scope<'s, 'e>,
        finding: Box<Finding<'e>>,
        stop: &'e AtomicBool,
        how: &Comparing<'e>,
    ) -> Self {
        let (go_on, alone) = (how.go_on, how.alone);
        Self { scope, stop, go_on, alone, batch: Batch::default(), work: Work::Here(finding) }
    }

    /// Returns the batch that is being filled.
    #[inline]
    pub(super) fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Has the batch's rows taken, which are of this table; false where there is no use in going on, for which
    /// [`finish`](Self::finish) has the reason.
    pub(super) fn take(&mut self, which: Which) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        self.alone = self.alone.saturating_sub(self.batch.bytes().len() as u64);
        if self.alone == 0 {
            self.start_thread();
        }
        if !(self.go_on)() {
            return self.interrupt();
        }
        match &mut self.work {
            Work::Here(finding) => {
                let taken = finding.take(which, &self.batch, self.go_on);
                self.batch.clear();
                self.note(taken)
            }
            Work::There(_) => self.give(which),
            Work::Failed(_) => false,
        }
    }

    fn note(&mut self, done: Result<(), RowsError>) -> bool {
        done.map_err(|error| self.work = Work::Failed(error)).is_ok()
    }

    /// Says that there are no more rows of the left table; false where there is no use in going on.
    pub(super) fn end_left(&mut self) -> bool {
        match &mut self.work {
            Work::Here(finding) => {
                let ended = finding.end_left();
                self.note(ended)
            }
            Work::There(there) => there.jobs.send(Job::EndLeft).is_ok(),
            Work::Failed(_) => false,
        }
    }

    /// Returns what was found once all is done.
    pub(super) fn finish(self) -> Result<Box<Finding<'e>>, RowsError> {
        match self.work {
            Work::Here(finding) => Ok(finding),
            Work::There(There { jobs, back, thread, .. }) => {
                drop(jobs);
                loop {
                    match back.recv_timeout(WAIT) {
                        Ok(_) => {}
                        Err(RecvTimeoutError::Disconnected) => break,
                        Err(RecvTimeoutError::Timeout) => {
                            self.stop.fetch_or(!(self.go_on)(), Ordering::Relaxed);
                        }
                    }
                }
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            }
            Work::Failed(error) => Err(error),
        }
    }

    fn interrupt(&mut self) -> bool {
        self.stop.store(true, Ordering::Relaxed);
        self.work = Work::Failed(datasets::Error::Interrupted.into());
        false
    }

    /// Moves what is done with rows to a thread of its own, unless that has been done.
    fn start_thread(&mut self) {
        let interrupted = Work::Failed(datasets::Error::Interrupted.into());
        self.work = match std::mem::replace(&mut self.work, interrupted) {
            Work::Here(finding) => {
                let ((jobs, to_do), (done, back)) = (mpsc::channel(), mpsc::channel());
                let stop = self.stop;
                let thread = self.scope.spawn(move || work(finding, &to_do, &done, stop));
                Work::There(There { jobs, back, thread, out: 0 })
            }
            other => other,
        };
    }

    /// Gives the batch to the second thread, and gets an empty one.
    fn give(&mut self, which: Which) -> bool {
        let Work::There(there) = &mut self.work else { return false };
        // Rows that are huge are taken one after the other, or as many of them would be in memory as there are batches.
        let most = if self.batch.is_huge() { 0 } else { BATCHES - 1 };
        let batch = std::mem::take(&mut self.batch);
        if there.jobs.send(Job::Take(which, batch)).is_err() {
            return false;
        }
        there.out += 1;
        loop {
            let waiting = if there.out > most { WAIT } else { Duration::ZERO };
            match there.back.recv_timeout(waiting) {
                Ok(batch) => {
                    there.out -= 1;
                    self.batch = batch;
                    if there.out <= most {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Timeout) if there.out <= most => return true,
                Err(RecvTimeoutError::Timeout) if (self.go_on)() => {}
                Err(RecvTimeoutError::Timeout) => return self.interrupt(),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
}

/// Does what comes, on the second thread.
fn work<'e>(
    mut finding: Box<Finding<'e>>,
    jobs: &Receiver<Job>,
    back: &Sender<Batch>,
    stop: &AtomicBool,
) -> Result<Box<Finding<'e>>, RowsError> {
    let go_on = || !stop.load(Ordering::Relaxed);
    for job in jobs {
        if !go_on() {
            return Err(datasets::Error::Interrupted.into());
        }
        match job {
            Job::Take(which, mut batch) => {
                finding.take(which, &batch, &go_on)?;
                batch.clear();
                // Nobody takes it back once all has been read.
                drop(back.send(batch));
            }
            Job::EndLeft => finding.end_left()?,
        }
    }
    Ok(finding)
}
