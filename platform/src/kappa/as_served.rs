//! The verdict on versions of which it is known what they serve at each record.

use std::collections::BTreeMap;

use compare::{Role, architecture::UpgradeVerdict};
use datasets::Record;

use super::{drive::Upgrade, judge};
use crate::{
    architecture_sections::Start,
    error::Error,
    serving::{
        runner::{Failed, Runner},
        store::Row,
        worker::Worker,
    },
};

impl<R: Record> Upgrade<'_, R> {
    /// Judges the candidate by what both serve; the error says why it is dropped at once.
    pub(super) fn judged_as_served(
        &self,
        head: u64,
    ) -> Result<Result<(UpgradeVerdict, String), String>, Error> {
        let complete_to_ms = |side: Option<Option<i64>>| side.flatten();
        let replayed = match self.replayed(head)? {
            Ok(replayed) => replayed,
            Err(failed) => return Ok(Err(format!("read from the log's beginning, {failed}"))),
        };
        let taken_over: Vec<Vec<u8>> = self.taken_over.iter().cloned().collect();
        let stable = complete_to_ms(self.stable.as_ref().map(|side| side.complete_to_ms));
        let candidate = complete_to_ms(self.candidate.as_ref().map(|side| side.complete_to_ms));
        let served = judge::Served {
            shape: self.ground.shape,
            rows: self.views()?,
            replayed,
            taken_over: &taken_over,
            complete_to_ms: stable.min(candidate),
            records: head,
        };
        let from =
            if self.ground.choice.start == Start::State { self.control.started_at.unwrap_or(0) } else { 0 };
        let verdict = served.judge(self.ground.trial, self.ground.revision(), from)?;
        Ok(Ok((verdict, String::new())))
    }

    /// Describes what a candidate serves that reads the log from its beginning, to be held against one that didn't.
    /// It may fail or hang as any other.
    fn replayed(&self, head: u64) -> Result<Result<Option<Vec<Row>>, Failed>, Error> {
        if self.ground.choice.start == Start::Beginning {
            return Ok(Ok(None));
        }
        let source = self.ground.source(self.log, 0, Role::Candidate)?;
        let runner = Runner::new(self.ground.trial.make(Role::Candidate), source);
        let worker = Worker::new(runner, self.ground.patience);
        worker.advance(head);
        let advanced = match worker.answer() {
            Ok(advanced) => advanced,
            // It says nothing of the candidate.
            Err(failed @ Failed::Log(_)) => return Err(self.ground.failure(Role::Candidate, failed)),
            Err(failed) => return Ok(Err(failed)),
        };
        let mut rows = BTreeMap::new();
        for row in advanced.changes.rows {
            match row.value {
                Some(value) => rows.insert(row.key, value),
                None => rows.remove(&row.key),
            };
        }
        Ok(Ok(Some(rows.into_iter().collect())))
    }
}
