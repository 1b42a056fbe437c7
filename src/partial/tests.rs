//! Tables elsewhere of a run that begins anew, or had ended, by a sink that only takes notes.

use platform::{
    recovery_section::RecoverySection,
    sinks_section::{PostgresAdapter, PostgresSection, Url, provide_postgres},
};
use replay::recovery::{Epoch, ServerTable, Sink, SinkError, Taken};

use super::*;

/// Notes of each removal the table, the run, and that rows were to be kept.
static REMOVED: Mutex<Vec<(String, String, bool)>> = Mutex::new(Vec::new());

struct Noted(ServerTable);

impl Sink for Noted {
    fn take_over(&mut self) -> Result<Taken, SinkError> {
        Ok(Taken::default())
    }

    fn deliver(&mut self, _: u64, _: &Epoch<'_>) -> Result<(), SinkError> {
        Ok(())
    }

    fn cut(&mut self, _: u64, _: u64) -> Result<(), SinkError> {
        Ok(())
    }

    fn read(&mut self, _: &mut dyn FnMut(u64, &csv::ByteRecord)) -> Result<(), SinkError> {
        Ok(())
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        let ServerTable { table, run, keep, .. } = &self.0;
        if table.starts_with("away") {
            return Err(SinkError::Failed("no server answers".to_owned()));
        }
        REMOVED.lock().unwrap().push((table.clone(), run.clone(), *keep));
        Ok(())
    }
}

/// A run that was stopped, with a table of each version.
fn stopped(folder: &Path, table: &str) -> (Partial, ExperimentFile) {
    provide_postgres(PostgresAdapter { check: |_, _| Ok(()), open: |table| Box::new(Noted(table.clone())) });
    for role in Role::BOTH {
        fs::create_dir(folder.join(role.name())).unwrap();
        fs::write(folder.join(role.name()).join("sink-run"), "mine").unwrap();
    }
    let recovery = RecoverySection {
        sink: Some("postgres".to_owned()),
        postgres: Some(PostgresSection {
            url: Some(Url::new("host=h")),
            table: Some(table.to_owned()),
            keep: Some(true),
        }),
        ..RecoverySection::default()
    };
    let choice = recovery.choice().unwrap().unwrap();
    let choice = Some(RecoveryChoice { folder: Some(folder.to_owned()), ..choice });
    let file = ExperimentFile { recovery, ..ExperimentFile::default() };
    (Partial { path: folder.to_owned(), is_old: true, choice, _lock: None }, file)
}

fn removed(table: &str) -> Vec<(String, bool)> {
    let removed = REMOVED.lock().unwrap();
    let of_table = removed.iter().filter(|(name, run, _)| name.starts_with(table) && run == "mine");
    of_table.map(|(name, _, keep)| (name.clone(), *keep)).collect()
}

#[test]
fn what_begins_anew_keeps_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let (partial, _) = stopped(folder.path(), "anew");
    partial.empty().unwrap();
    assert_eq!(removed("anew"), [("anew_stable".to_owned(), false), ("anew_candidate".to_owned(), false)]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn whose_tables_they_are_stays_known_while_they_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let (partial, _) = stopped(folder.path(), "away");
    let error = partial.empty().unwrap_err();
    assert!(matches!(error, Error::System { .. }), "{error}");
    assert!(error.to_string().contains("table away_stable stays: no server answers"), "{error}");
    assert!(Role::BOTH.iter().all(|role| folder.path().join(role.name()).join("sink-run").is_file()));
}

#[test]
fn of_a_run_that_had_ended_the_rows_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut partial, file) = stopped(folder.path(), "ended");
    partial.choice = None;
    partial.remove_sinks_of(
        &file,
        &Output::new(false, crate::cli::Color::Never, crate::terminal::Volume::Usual),
    );
    assert_eq!(removed("ended"), [("ended_stable".to_owned(), true), ("ended_candidate".to_owned(), true)]);
}
