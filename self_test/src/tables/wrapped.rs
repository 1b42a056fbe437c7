//! A shipped job between what changes its records and what changes its conclusion.

use datasets::{Keys, Record, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use crate::wrap::{Base, Boxed};

/// Gives, for the n-th record (from 0), those that the job sees in its place.
type See<R> = Box<dyn FnMut(u64, R, &mut Vec<R>) + Send>;
/// Changes what the job has concluded.
type Say = Box<dyn FnMut(&mut Concluded, &Keys) + Send>;

struct Wrapped<R: 'static> {
    job: Boxed<R>,
    see: See<R>,
    say: Say,
    fed: Vec<R>,
    seen: u64,
    /// Records that the job should have counted, less those that it has.
    uncounted: i64,
    /// Before which record a fresh job takes over, and that job.
    restart: Option<(u64, Boxed<R>)>,
}

fn wrapped<R>(job: Boxed<R>, see: See<R>, say: Say) -> Wrapped<R> {
    Wrapped { job, see, say, fed: Vec::new(), seen: 0, uncounted: 0, restart: None }
}

/// `job`, which sees other records. Its ledger counts those that came.
pub(super) fn seeing<R: Record>(
    job: Boxed<R>,
    see: impl FnMut(u64, R, &mut Vec<R>) + Send + 'static,
) -> Boxed<R> {
    Box::new(wrapped(job, Box::new(see), Box::new(|_, _| {})))
}

/// `job`, each record of which is changed.
pub(super) fn changing<R: Record>(
    job: Boxed<R>,
    mut change: impl FnMut(u64, &mut R) + Send + 'static,
) -> Boxed<R> {
    seeing(job, move |n, mut record, fed| {
        change(n, &mut record);
        fed.push(record);
    })
}

/// `job`, which concludes something else.
pub(super) fn saying<R: Record>(
    job: Boxed<R>,
    say: impl FnMut(&mut Concluded, &Keys) + Send + 'static,
) -> Boxed<R> {
    Box::new(wrapped(job, Box::new(|_, record, fed| fed.push(record)), Box::new(say)))
}

/// `job`, whose answer is changed.
pub(super) fn answering<R: Record>(
    job: Boxed<R>,
    mut change: impl FnMut(&mut Table) + Send + 'static,
) -> Boxed<R> {
    saying(job, move |concluded, _| change(&mut concluded.table))
}

/// The job, which begins anew before record `at` and knows nothing of what was.
pub(super) fn restarting<R: Record>(base: &Base<R>, at: u64) -> Boxed<R> {
    let see: See<R> = Box::new(|_, record, fed| fed.push(record));
    Box::new(Wrapped { restart: Some((at, base.job())), ..wrapped(base.job(), see, Box::new(|_, _| {})) })
}

impl<R: Record> Version<R> for Wrapped<R> {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        for &record in records {
            if let Some((_, fresh)) = self.restart.take_if(|(at, _)| *at == self.seen) {
                self.job = fresh;
                self.uncounted = self.seen.cast_signed();
            }
            self.fed.clear();
            (self.see)(self.seen, record, &mut self.fed);
            self.seen += 1;
            self.uncounted += 1 - (self.fed.len() as u64).cast_signed();
            self.job.push_chunk(&self.fed, decisions);
        }
    }

    fn batching(&self) -> Batching {
        self.job.batching()
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        self.job.end_batch(decisions);
    }

    fn tick(&mut self) {
        self.job.tick();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        let mut concluded = self.job.finish(keys)?;
        if let Some(concluded) = &mut concluded {
            concluded.counts.records = concluded.counts.records.saturating_add_signed(self.uncounted);
            (self.say)(concluded, keys);
        }
        Ok(concluded)
    }

    /// Returns what changes records may count them, and such a count can't be saved: a mutant that a restart cures
    /// tests nothing.
    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        self.job.take_output()
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.job.serve()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::through;

    #[test]
    fn everything_is_passed_on_but_a_state_that_would_not_be_whole() {
        let mut plain = through(|job| job);
        let is_state =
            |line: &String| ["save", "changes", "restore", "apply"].iter().any(|s| line.starts_with(s));
        let from = plain.iter().position(is_state).unwrap();
        let to = plain.iter().rposition(is_state).unwrap();
        // What the last of them gave back goes with it.
        plain.splice(from..=to + 1, ["back: \"no state\"".to_owned()]);
        assert_eq!(through(|job| seeing(job, |_, record, fed| fed.push(record))), plain);
        assert_eq!(through(|job| saying(job, |_, _| {})), plain);
    }
}
