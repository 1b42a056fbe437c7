//! Kills an upgrade at random moments, over and over, goes on with it, and says what was served in the end.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use datasets::SplitMix64;
use serde_json::Value;

/// Describes what came of an upgrade that was killed.
#[derive(Debug)]
pub(crate) struct Killed {
    /// Kills of a process that was at work.
    pub(crate) struck: u32,
    /// Processes that had ended before they could be killed.
    pub(crate) too_late: u32,
    /// Holds what is served in the end: the last line of the process that came to it.
    pub(crate) served: Value,
}

/// The upgrade in `folder`, which holds an experiment.
fn start(program: &Path, folder: &Path) -> Child {
    let mut command = Command::new(program);
    command.arg("upgrade").arg(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Runs the upgrade to its end; what is served then, and how long it was at work.
pub(crate) fn undisturbed(program: &Path, folder: &Path) -> (Value, Duration) {
    let mut child = start(program, folder);
    let mut lines = BufReader::new(child.stdout.take().expect("asked for")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "begins");
    let began = Instant::now();
    let served = lines.next().expect("what is served").expect("text");
    let took = began.elapsed();
    assert!(child.wait().expect("our child").success());
    (serde_json::from_str(&served).expect("JSON"), took)
}

/// Kills the upgrade `times` times, each a random moment after it began to work, and then lets it go to its end.
pub(crate) fn killed(program: &Path, folder: &Path, (times, seed): (u32, u64), took: Duration) -> Killed {
    let mut random = SplitMix64::new(seed);
    let (mut struck, mut too_late) = (0, 0);
    for left in (1..=times).rev() {
        let mut child = start(program, folder);
        let mut lines = BufReader::new(child.stdout.take().expect("asked for")).lines();
        assert_eq!(lines.next().expect("a line").expect("text"), "begins");
        // Shared out among the kills that are left, so that some strike early and some late.
        let most = (took.as_micros() as u64 * 2 / u64::from(left + 1)).max(1000);
        thread::sleep(Duration::from_micros(random.uniform(0, most)));
        child.kill().expect("it is our child, ended or not");
        let status = child.wait().expect("our child");
        match status.success() {
            true => too_late += 1,
            false if status.code().is_none() => struck += 1,
            false => panic!("it failed by itself: {status}"),
        }
    }
    Killed { struck, too_late, served: undisturbed(program, folder).0 }
}

/// A folder with an experiment in it, on the dataset.
pub(crate) fn prepared(folder: &Path, dataset: &Path, more: &str) {
    fs::create_dir(folder).expect("a fresh folder");
    let text = format!("dataset = {:?}\narchitecture = 'kappa'\n{more}", dataset.to_string_lossy());
    fs::write(folder.join("experiment.toml"), text).expect("an experiment");
}
