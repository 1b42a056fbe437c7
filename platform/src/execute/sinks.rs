//! Opens the sink of a version, and removes what was made elsewhere once its run stands.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    path::Path,
};

use compare::Role;
use datasets::{Record, WorkFolder};
use replay::recovery::{Output, SinkColumn, columns};

use super::recover::{RecoveryTrial, failed};
use crate::{
    error::Error,
    recovery_section::{RecoveryChoice, StoreChoice},
    sinks_section::SinkChoice,
};

/// The file with the name by which a server knows whose tables are.
const RUN: &str = "sink-run";

impl<R: Record> RecoveryTrial<'_, R> {
    /// Opens where rows are delivered. A folder of files without checkpoints beside it goes with what else is returned.
    pub(super) fn output(&self, folder: &Path) -> Result<(Output, Option<WorkFolder>), Error> {
        if self.choice.store != StoreChoice::Memory {
            fs::create_dir_all(folder).map_err(failed("create", folder))?;
        }
        match &self.choice.sink {
            SinkChoice::File | SinkChoice::Store if self.choice.store == StoreChoice::Memory => {
                Ok((Output::in_memory(), None))
            }
            SinkChoice::File | SinkChoice::Store => {
                let path = folder.join("output");
                Ok((Output::open(&path).map_err(failed("create", &path))?, None))
            }
            SinkChoice::Parquet(open) => {
                let beside = std::env::temp_dir();
                let temporary = match self.choice.store {
                    StoreChoice::Memory => {
                        Some(WorkFolder::new(&beside).map_err(failed("make a folder in", &beside))?)
                    }
                    StoreChoice::Folder(_) => None,
                };
                let place = temporary.as_ref().map_or(folder, WorkFolder::path).join("parquet");
                Ok((Output::into((open.0)(&place, self.columns()?)), temporary))
            }
            SinkChoice::Postgres(choice) => {
                let run = match self.choice.store {
                    StoreChoice::Memory => fresh(),
                    StoreChoice::Folder(_) => run_of(folder).map_err(failed("write", &folder.join(RUN)))?,
                };
                Ok((Output::into(choice.open(self.role, run, self.columns()?)), None))
            }
        }
    }

    /// Returns what columns rows have: those that a job concludes that was given no record.
    fn columns(&self) -> Result<Vec<SinkColumn>, Error> {
        let mut version = self.trial.make(self.role);
        let concluded = version.finish(&self.trial.loaded.keys).ok().flatten().unwrap_or_default();
        let answer = &concluded.table;
        let key: Vec<&str> =
            answer.columns[..answer.key_columns].iter().map(|column| &*column.name).collect();
        columns(concluded.firings.as_ref().unwrap_or(answer), &key).map_err(|column| {
            Error::usage(format!(
                "[recovery] sink: the answer's column {} holds fields as they were written, for which the sink has no type",
                datasets::short_name(&column)
            ))
            .with_hint("sink = \"file\" takes any")
        })
    }
}

/// A name that no other run has.
pub(crate) fn fresh() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// The name of the run in this folder, which is given it if it has none.
fn run_of(folder: &Path) -> io::Result<String> {
    let path = folder.join(RUN);
    match fs::read_to_string(&path) {
        Ok(name) if !name.is_empty() => return Ok(name),
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let name = fresh();
    let draft = folder.join("sink-run.new");
    let mut file = fs::File::create(&draft)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)?;
    Ok(name)
}

/// Removes the tables that a run has made elsewhere, before the folder goes in which it says so. Those that couldn't be
/// removed are told of.
pub fn remove_sinks(choice: &RecoveryChoice) -> Vec<String> {
    let (SinkChoice::Postgres(postgres), Some(folder)) = (&choice.sink, &choice.folder) else {
        return Vec::new();
    };
    let remove = |role: Role| {
        let run = fs::read_to_string(folder.join(role.name()).join(RUN)).ok()?;
        let error = postgres.open(role, run, Vec::new()).remove().err()?;
        Some(format!("table {} stays: {}", postgres.name(role), datasets::shown(&error.to_string())))
    };
    Role::BOTH.into_iter().filter_map(remove).collect()
}
