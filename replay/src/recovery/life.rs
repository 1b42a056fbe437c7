//! One incarnation of a job: from a recovery to its end, or to whatever ends it.

use datasets::{Keys, Table};
use store::checkpoints::{StoreError, WriteSet};
use stream::{Concluded, Version};

use super::{
    Checkpoints, Guarantee, Lineage, Medium, Output, RecoveryError, Step,
    delivered::Delivered,
    journal::{Journal, Prefix, Progress, put_done, put_position, put_prefix, put_rows},
    rows,
    steps::Deliver,
};

/// A job that runs.
pub(super) struct Life<R> {
    pub(super) version: Box<dyn Version<R>>,
    pub(super) journal: Journal,
    /// Holds what the job's state holds.
    pub(super) lineage: Lineage,
    /// The next record.
    pub(super) position: u64,
    /// The rows at the end of input were committed by an earlier incarnation.
    pub(super) is_done: bool,
    pub(super) delivered: Delivered,
    /// Known to the output by this number.
    writer: u64,
}

/// A checkpoint under way.
pub(super) struct Checkpoint {
    /// The rows that are delivered with it, as a table and as lines.
    table: Table,
    pub(super) rows: Vec<u8>,
    /// Where they go, if that is decided beforehand.
    at: u64,
    /// It is the one at the end of input, after which there is no more state.
    is_last: bool,
}

impl<R> Life<R> {
    /// Restores a fresh job from what the store holds, and puts the output in order. Tells whether a torn row was cut.
    pub(super) fn begin(
        mut version: Box<dyn Version<R>>,
        mut journal: Journal,
        settings: Checkpoints,
        output: &mut Output,
    ) -> Result<(Self, bool), RecoveryError> {
        let progress = journal.progress()?;
        progress.restore(&mut *version).map_err(RecoveryError::Restore)?;
        let writer = output.take_over()?;
        let was_torn = match settings.sink {
            Deliver::ToOutput => mend(&progress, settings.guarantee, (output, writer))?,
            // The store holds all rows; the output only shows them.
            Deliver::ToStore => {
                output.cut(0)?;
                output.deliver(writer, 0, &journal.delivered()?)?;
                false
            }
        };
        let Progress { lineage, position, is_done, .. } = progress;
        let delivered = Delivered::after(output);
        Ok((Self { version, journal, lineage, position, is_done, delivered, writer }, was_torn))
    }

    /// The rows that the job has emitted since the last checkpoint.
    pub(super) fn checkpoint(&mut self, keys: &Keys, output: &Output) -> Checkpoint {
        let table = self.version.take_output().unwrap_or_default();
        Checkpoint { rows: rows::lines(&table, keys), table, at: output.end(), is_last: false }
    }

    /// Returns what the job concludes at the end of input, and the rows that are delivered of it: those that were not
    /// yet.
    pub(super) fn conclude(
        &mut self,
        keys: &Keys,
        output: &Output,
    ) -> Result<(Concluded, Checkpoint), RecoveryError> {
        let concluded =
            self.version.finish(keys).map_err(RecoveryError::Job)?.ok_or(RecoveryError::Unsaved)?;
        let table = delivered_rows(&concluded).clone();
        let last = Checkpoint { rows: rows::lines(&table, keys), table, at: output.end(), is_last: true };
        Ok((concluded, last))
    }

    /// Does one step of a checkpoint.
    pub(super) fn step(
        &mut self,
        step: Step,
        checkpoint: &Checkpoint,
        settings: Checkpoints,
        medium: &mut Medium,
    ) -> Result<(), RecoveryError> {
        match step {
            Step::Before | Step::Within | Step::After => Ok(()),
            Step::State => self.commit_state(checkpoint, settings, &mut medium.output),
            Step::Output => {
                let at = match settings.guarantee {
                    Guarantee::ExactlyOnce => checkpoint.at,
                    Guarantee::AtMostOnce | Guarantee::AtLeastOnce => medium.output.end(),
                };
                if (settings.sink, settings.guarantee != Guarantee::ExactlyOnce) == (Deliver::ToStore, true) {
                    let mut writes = WriteSet::new();
                    self.journal.put_epoch(&checkpoint.rows, &mut writes);
                    self.journal.commit(&writes)?;
                }
                medium.output.deliver(self.writer, at, &checkpoint.rows)?;
                self.delivered.extend(&checkpoint.table, &checkpoint.rows);
                if settings.durability == store::checkpoints::Durability::Power {
                    medium.output.sync()?;
                }
                Ok(())
            }
            Step::Offset => {
                let mut writes = WriteSet::new();
                if checkpoint.is_last {
                    put_done(&mut writes);
                } else {
                    put_position(self.position, &mut writes);
                }
                Ok(self.journal.commit(&writes)?)
            }
        }
    }

    /// Commits to have worked off the records before `position`, before that is true.
    pub(super) fn take_on(&mut self, position: u64) -> Result<(), StoreError> {
        let mut writes = WriteSet::new();
        put_position(position, &mut writes);
        self.journal.commit(&writes)
    }

    fn commit_state(
        &mut self,
        checkpoint: &Checkpoint,
        settings: Checkpoints,
        output: &mut Output,
    ) -> Result<(), RecoveryError> {
        let mut writes = WriteSet::new();
        if !checkpoint.is_last && !self.journal.put_state(&mut *self.version, &self.lineage, &mut writes) {
            return Err(RecoveryError::Unsaved);
        }
        match (settings.sink, settings.guarantee) {
            (Deliver::ToOutput, guarantee) => {
                put_prefix(Prefix { end: output.end(), hash: output.running_hash()? }, &mut writes);
                // At least once, they have been delivered and belong to the prefix.
                if guarantee != Guarantee::AtLeastOnce {
                    put_rows(&checkpoint.rows, &mut writes);
                }
            }
            (Deliver::ToStore, Guarantee::ExactlyOnce) => {
                self.journal.put_epoch(&checkpoint.rows, &mut writes);
            }
            (Deliver::ToStore, Guarantee::AtMostOnce | Guarantee::AtLeastOnce) => {}
        }
        if settings.guarantee == Guarantee::ExactlyOnce {
            put_position(self.position, &mut writes);
        }
        // At least once, the end is a position and is committed as such.
        if checkpoint.is_last && settings.guarantee != Guarantee::AtLeastOnce {
            put_done(&mut writes);
        }
        Ok(self.journal.commit(&writes)?)
    }
}

/// The rows of a conclusion that are delivered: firings that weren't yet, or the whole answer of a job without.
pub(super) fn delivered_rows(concluded: &Concluded) -> &Table {
    concluded.firings.as_ref().unwrap_or(&concluded.table)
}

/// Puts the output in order after a crash, once it is known to hold what was committed: under exactly-once it is made to
/// end with the last committed epoch's rows, else a torn row is cut. Whether one was.
fn mend(
    progress: &Progress,
    guarantee: Guarantee,
    (output, writer): (&mut Output, u64),
) -> Result<bool, RecoveryError> {
    let prefix = progress.prefix.unwrap_or(Prefix { end: 0, hash: blake3::hash(&[]) });
    if prefix.end > output.end() {
        // What at-most-once has lost is lost: the end of a file. An epoch elsewhere doesn't get lost by itself.
        return if guarantee == Guarantee::AtMostOnce && !output.is_elsewhere() {
            output.cut_torn(0)
        } else {
            Err(cut_short(prefix, output))
        };
    }
    if output.hash_to(prefix.end)? != prefix.hash {
        let what = format!("its first {} aren't those that were committed", output.counted(prefix.end));
        return Err(RecoveryError::DamagedOutput(what));
    }
    let rows = progress.rows.as_deref().unwrap_or_default();
    match guarantee {
        Guarantee::ExactlyOnce => {
            let whole = output.behind(prefix.end, rows);
            let is_half = (prefix.end + 1..whole).contains(&output.end());
            let has_more = output.cut(whole)?;
            output.deliver(writer, prefix.end, rows)?;
            Ok(is_half || has_more)
        }
        Guarantee::AtLeastOnce => output.cut_torn(prefix.end),
        Guarantee::AtMostOnce => {
            let was_torn = output.cut_torn(prefix.end)?;
            if output.ends_within(prefix.end, rows)? {
                return Ok(was_torn);
            }
            let what = format!(
                "behind its first {} stand other rows than the committed",
                output.counted(prefix.end)
            );
            Err(RecoveryError::DamagedOutput(what))
        }
    }
}

fn cut_short(committed: Prefix, output: &Output) -> RecoveryError {
    let (end, committed) = (output.counted(output.end()), committed.end);
    RecoveryError::DamagedOutput(format!("it ends after {end}, {committed} were committed"))
}
