//! A few real kills; the example `log_crash` does more of them.

use crate::driver::{self, Plan};
use std::process::{Command, ExitCode};
use store::Durability;
use store::log::Log;

const SEED: u64 = 3;
const FOLDER: &str = "COUNTERPOINT_LOG_CHILD_FOLDER";

/// Not a test but the program that is killed, when the variable above says so.
#[test]
fn child() -> ExitCode {
    let Some(folder) = std::env::var_os(FOLDER) else { return ExitCode::SUCCESS };
    // The harness may have begun a line.
    println!();
    driver::append_until_killed(folder.as_ref(), Durability::Process, SEED)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "kills::child", "--nocapture"]).env(FOLDER, folder.path());
        command
    };
    let tally = driver::run(&Plan { kills: 10, seed: SEED, child: &child }).unwrap();
    let (log, recovered) = Log::open(folder.path()).unwrap();
    assert!(recovered.end >= tally.acknowledged);
    driver::check(&log, SEED).unwrap();
}
