//! A few real kills; the example `store_crash` does them by the hundred.

use crate::driver::{self, kills};
use std::process::{Command, ExitCode};
use store::checkpoints::{Backend, Durability, Store};

const SEED: u64 = 3;
const FOLDER: &str = "COUNTERPOINT_STORE_CHILD_FOLDER";
const BACKEND: &str = "COUNTERPOINT_STORE_CHILD_BACKEND";

/// Not a test but the program that is killed, when the variables above say so.
#[test]
fn child() -> ExitCode {
    let (Some(folder), Ok(backend)) = (std::env::var_os(FOLDER), std::env::var(BACKEND)) else {
        return ExitCode::SUCCESS;
    };
    let backend = Backend::named(&backend).expect("the parent knows the same backends");
    // The harness may have begun a line.
    println!();
    driver::commit_until_killed(folder.as_ref(), backend, Durability::Process, SEED)
}

fn survives(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crash::child", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(BACKEND, backend.name());
        command
    };
    let tally = kills::run(&kills::Plan { kills: 10, seed: SEED, child: &child }).unwrap();
    let store = Store::open(folder.path(), backend, Durability::Process).unwrap();
    assert!(store.epoch() >= tally.acknowledged);
    driver::check(&store, SEED).unwrap();
}

#[test]
fn sled_survives_kills() {
    survives(Backend::Sled);
}

#[cfg(feature = "redb")]
#[test]
fn redb_survives_kills() {
    survives(Backend::Redb);
}
