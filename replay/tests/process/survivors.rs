//! Nothing that a job started outlives it, however it ends.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::Keys;
use replay::{Control, process::ProcessLimits};
use stream::Version;

use crate::{READY, SHORT, items, shell};

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A job that leaves a child behind and writes both their numbers to a file, then is `script`.
fn with_child(folder: &Path, script: &str) -> String {
    let file = folder.join("pids").display().to_string();
    format!("{READY} sleep 300 & echo $$ $! > '{file}.tmp'; mv '{file}.tmp' '{file}'; {script}")
}

fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn pids(folder: &Path) -> Vec<String> {
    let text = wait_for("the pids", || fs::read_to_string(folder.join("pids")).ok());
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns whether it runs; a zombie that nobody reaps doesn't.
fn is_alive(pid: &str) -> bool {
    let ps = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().expect("there is a ps");
    let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

fn check_gone(folder: &Path) {
    for pid in pids(folder) {
        wait_for("a process to be gone", || (!is_alive(&pid)).then_some(()));
    }
}

fn check(script: &str, limits: ProcessLimits, finish: bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let control = Arc::new(Control::default());
    let mut process = shell(&with_child(folder.path(), script), limits).start(&control);
    process.push_chunk(&items(3), &mut Vec::new());
    let alive = pids(folder.path()).iter().filter(|pid| is_alive(pid)).count();
    assert!(control.failure().is_some() || alive == 2, "{script}: {alive} alive");
    if finish {
        // Whatever that says, nothing is left.
        let _ = process.finish(&Keys::default());
    }
    drop(process);
    check_gone(folder.path());
}

#[test]
fn after_a_good_end_nothing_is_left() {
    // Its child keeps the pipes open, and is not waited for.
    check("cat", ProcessLimits { pipe_grace: SHORT.pipe_grace, ..ProcessLimits::default() }, true);
}

#[test]
fn after_a_drop_nothing_is_left() {
    check("cat", ProcessLimits::default(), false);
    check("trap '' TERM; cat", ProcessLimits::default(), false);
}

#[test]
fn after_a_failure_nothing_is_left() {
    let short = ProcessLimits { stall: ProcessLimits::default().stall, ..SHORT };
    for script in ["exit 1", "echo x; cat", "kill -KILL $$", "trap '' TERM; cat; sleep 300"] {
        check(script, short, true);
    }
}

#[test]
fn a_stop_is_heard_while_a_job_says_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let control = Arc::new(Control::default());
    let launch = shell(&with_child(folder.path(), "while read x; do :; done"), ProcessLimits::default());
    let stopper = std::thread::spawn({
        let (control, path) = (Arc::clone(&control), folder.path().to_owned());
        move || {
            pids(&path);
            control.stop();
        }
    });
    let mut process = launch.start(&control);
    let mut decisions = Vec::new();
    process.push_chunk(&items(3), &mut decisions);
    stopper.join().expect("it only waits");
    assert!(decisions.is_empty() && control.check().is_err());
    assert_eq!(control.failure(), None, "a stop is no failure of the job");
    check_gone(folder.path());
}
