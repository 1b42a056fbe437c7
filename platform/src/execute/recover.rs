//! Runs a version through checkpoints and faults, and says what they did.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use compare::{FaultResult, RecoveryResult, Role};
use datasets::{Keys, Record, Table, TableColumn, WorkFolder};
use replay::recovery::{
    Checkpoints, Fault, Medium, Output, Recoverable, RecoveryError, Survived, Witness, plan_faults, survive,
};
use store::checkpoints::StoreError;
use stream::Concluded;

use super::identity::{self, identity};
use crate::{
    error::Error,
    recovery_section::{RecoveryChoice, StoreChoice},
    sinks_section::explained,
    trial::{Given, Trial, job_failure, offset},
};

/// A version's answer after all that happened, and the account of it.
pub(super) struct Recovered {
    pub(super) concluded: Concluded,
    pub(super) result: RecoveryResult,
    pub(super) spent: Spent,
}

/// Describes what checkpoints and recoveries have cost.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Spent {
    /// Inside the job, in all of its incarnations.
    pub job_seconds: f64,
    /// Taking checkpoints.
    pub checkpoint_seconds: f64,
    /// Coming back after faults.
    pub recovery_seconds: f64,
    /// Of states and changes that were committed.
    pub checkpoint_bytes: u64,
}

impl Spent {
    fn of(survived: &Survived) -> Self {
        let seconds = |ns: u64| ns as f64 / 1e9;
        Self {
            job_seconds: seconds(survived.job_ns),
            checkpoint_seconds: seconds(survived.checkpoint_ns),
            recovery_seconds: seconds(survived.recovery_ns),
            checkpoint_bytes: survived.checkpoint_bytes,
        }
    }
}

/// A version that is to go through checkpoints and faults, and all that it takes.
pub(super) struct RecoveryTrial<'a, R: Record> {
    pub(super) trial: &'a Trial<'a, R>,
    pub(super) role: Role,
    pub(super) choice: &'a RecoveryChoice,
}

impl<R: Record> Trial<'_, R> {
    /// Runs a version through the plan's checkpoints and faults, if there are to be any: what it gives then takes the
    /// place of what it has `given` without them.
    pub(crate) fn recover(
        &self,
        role: Role,
        given: &mut Given,
    ) -> Result<Option<(RecoveryResult, Spent)>, Error> {
        let (Some(choice), Given::Table(undisturbed)) = (&self.plan.recovery, given) else { return Ok(None) };
        let Recovered { concluded, result, spent } =
            RecoveryTrial { trial: self, role, choice }.run(undisturbed)?;
        **undisturbed = concluded;
        Ok(Some((result, spent)))
    }
}

impl<R: Record> RecoveryTrial<'_, R> {
    fn name(&self) -> &str {
        self.trial.plan.name(self.role)
    }

    /// Runs it. `undisturbed`: what it concludes without faults.
    pub(super) fn run(&self, undisturbed: &Concluded) -> Result<Recovered, Error> {
        let mut survived = self.survive(&|_| {})?;
        let offsets = self.trial.arranged.offsets.as_deref();
        survived.concluded.number_records_by(&|arrival| offset(offsets, arrival));
        let result = result(&survived, undisturbed, &self.trial.loaded.keys, self.choice);
        let spent = Spent::of(&survived);
        Ok(Recovered { concluded: survived.concluded, result, spent })
    }

    /// The replay through checkpoints and faults alone. `watch` is told of each checkpoint.
    pub(super) fn survive(&self, watch: &dyn Fn(u64)) -> Result<Survived, Error> {
        let Trial { plan, file, arranged, loaded, edges, work, .. } = self.trial;
        let choice = self.choice;
        let records = arranged.records.len() as u64;
        let Checkpoints { guarantee, every, .. } = choice.checkpoints;
        let faults = plan_faults(&choice.faults, guarantee, records, every, plan.replay.seed)
            .map_err(|why| Error::usage(datasets::shown(&why).to_string()))?;
        let recoverable = Recoverable {
            make: &|| self.trial.make(self.role),
            records: &arranged.records,
            keys: &loaded.keys,
            edges,
            checkpoints: choice.checkpoints,
            faults: &faults,
            seed: plan.replay.seed,
            identity: &identity(file, self.role),
            watch,
        };
        // A folder that nobody has named goes when the run is over.
        let (folder, _temporary) = match (&choice.folder, choice.store) {
            (Some(folder), _) => (folder.join(self.role.name()), None),
            (None, StoreChoice::Memory) => (PathBuf::new(), None),
            (None, StoreChoice::Folder(_)) => {
                let beside = std::env::temp_dir();
                let temporary = WorkFolder::new(&beside).map_err(failed("make a folder in", &beside))?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let (output, _temporary_sink) = self.output(&folder)?;
        let mut medium = medium(choice.store, &folder, output);
        let survived = survive(&recoverable, &mut medium, work.control);
        // What can be gone on with stays, and what a run that stands has made goes with its folder.
        if choice.folder.is_none() {
            let removed = medium.output.remove();
            if survived.is_ok() {
                removed.map_err(|error| self.explained(error, &folder))?;
            }
        }
        survived.map_err(|error| self.explained(error, &folder))
    }

    fn explained(&self, error: RecoveryError, folder: &Path) -> Error {
        let text = format!("job {}: {error}", datasets::shown(self.name()));
        match error {
            RecoveryError::Job(failure) => {
                job_failure(failure, self.name(), self.trial.arranged.offsets.as_deref(), self.trial.frozen)
            }
            RecoveryError::Interrupted(interrupted) => match &self.choice.folder {
                Some(folder) => Error::Stopped(folder.clone()),
                None => interrupted.into(),
            },
            RecoveryError::Sink(error) => explained(&error),
            RecoveryError::Whole => Error::usage(text).with_hint("set sink = \"file\", or --sink file"),
            RecoveryError::NeedsMemory(_) => Error::usage(text).with_hint("set store = \"memory\""),
            RecoveryError::Unsaved => Error::usage(text).with_hint("leave [recovery] out"),
            RecoveryError::Vacuous(_) | RecoveryError::Unfenced => Error::Invalid(text),
            RecoveryError::Foreign { found, own } => identity::refuse(&found, &own),
            RecoveryError::Restore(_) | RecoveryError::DamagedOutput(_) => Error::input(text)
                .with_hint("begin anew with another --out; nothing of the old one was touched"),
            RecoveryError::Store(error) => match error {
                StoreError::Damaged { .. }
                | StoreError::RolledBack { .. }
                | StoreError::Foreign { .. }
                | StoreError::NewerFormat { .. }
                | StoreError::OtherBackend { .. } => Error::input(text),
                StoreError::Locked { .. }
                | StoreError::Fenced { .. }
                | StoreError::WrongEpoch { .. }
                | StoreError::LongKey { .. }
                | StoreError::NoRoom { .. }
                | StoreError::DiskFull { .. }
                | StoreError::Failed { .. }
                | StoreError::Poisoned { .. } => {
                    failed("keep checkpoints in", folder)(io::Error::other(error.to_string()))
                }
            },
            RecoveryError::DamagedAgain(_) => failed("keep checkpoints in", folder)(io::Error::other(text)),
            RecoveryError::Output(cause) => failed("write to", folder)(cause),
        }
    }
}

fn medium(store: StoreChoice, folder: &Path, output: Output) -> Medium {
    match store {
        StoreChoice::Memory => Medium::in_memory().with(output),
        StoreChoice::Folder(backend) => Medium::in_folder(&folder.join("checkpoints"), backend, output),
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::System { action, path, cause }
}

fn result(
    survived: &Survived,
    undisturbed: &Concluded,
    keys: &Keys,
    choice: &RecoveryChoice,
) -> RecoveryResult {
    let is_reorder = |witness: &Witness| matches!(witness.fault, Fault::Reorder { .. });
    let order = if survived.witnesses.iter().any(is_reorder) { Arrival::Another } else { Arrival::Same };
    // Of a table that is written by key the newest rows alone can be read back.
    let stands = |concluded: &Concluded| match delivered(concluded, order) {
        all if choice.sink.upserts() => newest(&all, &concluded.table, keys),
        all => all,
    };
    let Difference { missing, extra, unknown } =
        Difference::between(&stands(undisturbed), &stands(&survived.concluded), keys);
    let may_differ = survived.was_disturbed || order == Arrival::Another;
    let faults = survived.witnesses.iter().map(|witness| FaultResult {
        fault: witness.fault.to_string(),
        incarnation: witness.incarnation,
        position: witness.position,
        resumed_at: witness.resumed_at,
    });
    RecoveryResult {
        guarantee: choice.checkpoints.guarantee,
        checkpoint_every: choice.checkpoints.every.get(),
        durability: choice.durability().to_owned(),
        store: choice.store.to_string(),
        sink: choice.sink.to_string(),
        checkpoints: survived.checkpoints,
        incarnations: survived.incarnations,
        faults: faults.collect(),
        lost: survived.account.lost,
        repeated: survived.account.repeated,
        rows_missing: missing,
        rows_extra: extra,
        rows_unexplained: if may_differ { 0 } else { unknown },
        same_answer: survived.concluded.table == undisturbed.table,
        zombies_refused: survived.refused,
        known_again: survived.known_again,
        torn_rows: survived.torn,
        given_up: survived.given_up.clone(),
    }
}

/// In which order the records came, against a run without faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Same,
    /// A fault has turned some of them round.
    Another,
}

/// The rows that reach the world outside: each firing, or the answer of a job that answers at the end. What tells when
/// they came, the record and the watermark, is the same only where the records come in the same order.
fn delivered(concluded: &Concluded, order: Arrival) -> Table {
    let Some(firings) = &concluded.firings else { return concluded.table.clone() };
    let is_value = |name: &str| concluded.table.columns.iter().any(|column| column.name == name);
    let is_wanted = |name: &str| order == Arrival::Same || is_value(name);
    let columns = firings.columns.iter().filter(|column| is_wanted(&column.name)).cloned();
    let key_columns = if order == Arrival::Same { firings.key_columns } else { concluded.table.key_columns };
    Table::new(key_columns, columns.collect())
}

/// Of the rows with one key, as the columns of `answer` name it, the last; sorted.
fn newest(rows: &Table, answer: &Table, keys: &Keys) -> Table {
    let names: Vec<&str> = answer.columns[..answer.key_columns].iter().map(|column| &*column.name).collect();
    let (named, others): (Vec<&TableColumn>, Vec<_>) =
        rows.columns.iter().partition(|column| names.contains(&&*column.name));
    Table::settled(named.len(), &[named, others].concat(), keys)
}

/// Describes how two sets of rows differ; a row may stand in them more than once.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    /// Rows of the first that are not in the second.
    missing: u64,
    /// Rows of the second beyond those of the first.
    extra: u64,
    /// Those of them that are nowhere in the first.
    unknown: u64,
}

impl Difference {
    fn between(wanted: &Table, found: &Table, keys: &Keys) -> Self {
        // What is the same in place needs no search, and mostly that is all.
        if wanted.rows() == found.rows() && wanted.agrees(0, found, 0, wanted.rows()) {
            return Self { missing: 0, extra: 0, unknown: 0 };
        }
        let line = |table: &Table, row| {
            let mut line = Vec::new();
            table.write_row(row, keys, &mut line);
            line
        };
        let mut open: HashMap<Vec<u8>, u64> = HashMap::new();
        for row in 0..wanted.rows() {
            *open.entry(line(wanted, row)).or_default() += 1;
        }
        let (mut extra, mut unknown) = (0, 0);
        for row in 0..found.rows() {
            match open.get_mut(&line(found, row)) {
                Some(times) if *times > 0 => *times -= 1,
                Some(_) => extra += 1,
                None => (extra, unknown) = (extra + 1, unknown + 1),
            }
        }
        Self { missing: open.values().sum(), extra, unknown }
    }
}

#[cfg(test)]
mod tests {
    use datasets::Cells;

    use super::*;

    #[test]
    fn rows_are_counted_and_a_changed_one_is_unknown() {
        let table = |cells: &[i64]| Table::new(1, vec![TableColumn::new("n", Cells::Int(cells.to_vec()))]);
        for (found, difference) in [
            (&[1, 1, 2][..], (0, 0, 0)),
            (&[2, 1, 1], (0, 0, 0)),
            (&[1, 2, 2, 2], (1, 2, 0)),
            (&[1, 1, 3], (1, 1, 1)),
            (&[], (3, 0, 0)),
        ] {
            let Difference { missing, extra, unknown } =
                Difference::between(&table(&[1, 1, 2]), &table(found), &Keys::default());
            assert_eq!((missing, extra, unknown), difference, "{found:?}");
        }
    }
}
