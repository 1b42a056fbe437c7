//! Nothing that a job started outlives us, even where we are killed, and it has left its group, its session and its parent.

use std::{
    fs,
    path::Path,
    process::{Child, Command as Program, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::Keys;
use replay::{Control, process::ProcessLimits};
use stream::Version;

use crate::{Command, READY, SHORT, items, shell};

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Names the folder in which a process of ours has a job until it is killed.
const FOLDER: &str = "COUNTERPOINT_GUARDED_FOLDER";
/// The processes of a job that are to be killed.
const PROCESSES: usize = 7;

/// Children, orphans, and those in sessions of their own, deaf to whatever can be ignored; each writes its number.
const SCATTERS: &str = r#"
    trap '' TERM HUP INT
    echo $$ >> pids
    sleep 300 & echo $! >> pids
    (sleep 300 & echo $! >> pids)
    setsid sh -c 'trap "" TERM HUP; echo $$ >> pids; sleep 300 & echo $! >> pids; wait' &
    (setsid sh -c 'trap "" TERM; (sh -c "echo \$\$ >> pids; setsid sleep 300 & echo \$! >> pids; wait") & exit') &
"#;

fn scattering(folder: &Path, script: &str, limits: ProcessLimits) -> Command {
    let mut command = shell(&format!("{READY} {SCATTERS} {script}"), limits);
    command.launch.cwd = Some(folder.to_owned());
    command
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

/// The numbers of all of the job's processes, all of which are alive.
fn scattered(folder: &Path) -> Vec<String> {
    let pids = wait_for("the pids", || {
        let text = fs::read_to_string(folder.join("pids")).ok()?;
        let pids: Vec<String> = text.lines().map(str::to_owned).collect();
        (pids.len() == PROCESSES).then_some(pids)
    });
    assert!(pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
    pids
}

/// Returns whether it runs; a zombie that nobody reaps doesn't.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, tail)| !tail.starts_with(['Z', 'X']))
}

fn check_gone(pids: &[String]) {
    for pid in pids {
        wait_for("a process to be gone", || (!is_alive(pid)).then_some(()));
    }
}

#[test]
fn however_a_job_ends_nothing_is_left() {
    let short = ProcessLimits { stall: ProcessLimits::default().stall, ..SHORT };
    for script in ["cat", "echo x; cat", "exit 1", "kill -KILL $$", "cat; sleep 300"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let control = Arc::new(Control::default());
        // Some end before all of them have begun: a second is theirs.
        let script = format!("sleep 0.3; {script}");
        let mut process = scattering(folder.path(), &script, short).start(&control);
        process.wait_until_ready();
        let pids = scattered(folder.path());
        process.push_chunk(&items(3), &mut Vec::new());
        let finished = process.finish(&Keys::default());
        assert_eq!(
            finished.is_ok(),
            script.ends_with("; cat") && !script.contains('x'),
            "{script}: {finished:?}"
        );
        drop(process);
        assert!(pids.iter().all(|pid| !is_alive(pid)), "{script}: the guard waits for all of them");
    }
}

#[test]
fn after_a_drop_nothing_is_left() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process =
        scattering(folder.path(), "cat", ProcessLimits::default()).start(&Arc::new(Control::default()));
    process.wait_until_ready();
    let pids = scattered(folder.path());
    drop(process);
    assert!(pids.iter().all(|pid| !is_alive(pid)));
}

/// Is a process of ours that has a job, when it is told to be, and else no test.
#[test]
fn has_a_job() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut process = scattering(folder.as_ref(), "echo $HOME > home; cat", ProcessLimits::default())
        .start(&Arc::new(Control::default()));
    process.wait_until_ready();
    process.push_chunk(&items(3), &mut Vec::new());
    std::thread::sleep(PATIENCE);
}

fn ourselves(folder: &Path) -> Child {
    let program = std::env::current_exe().expect("a path");
    let mut command = Program::new(program);
    command.args(["orphans::has_a_job", "--exact", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
}

#[test]
fn after_our_own_death_nothing_is_left() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut ours = ourselves(folder.path());
        let pids = scattered(folder.path());
        let home = wait_for("the home", || {
            fs::read_to_string(folder.path().join("home")).ok().filter(|home| home.ends_with('\n'))
        });
        let guard = parent(&pids[0]);
        assert!(Path::new(home.trim()).is_dir() && is_alive(&guard));
        ours.kill().and_then(|()| ours.wait()).expect("SIGKILL");
        check_gone(&pids);
        check_gone(&[guard]);
        wait_for("its folder to be gone", || (!Path::new(home.trim()).exists()).then_some(()));
    }
}

fn parent(pid: &str) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let tail = stat.rsplit_once(") ").expect("a name in brackets").1;
    tail.split(' ').nth(1).expect("a parent").to_owned()
}

#[test]
fn a_guard_that_is_killed_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let control = Arc::new(Control::default());
    let job = format!("{READY} echo $$ >> pids; exec cat");
    let mut command = shell(&job, ProcessLimits { pipe_grace: SHORT.pipe_grace, ..ProcessLimits::default() });
    command.launch.cwd = Some(folder.path().to_owned());
    let mut process = command.start(&control);
    process.wait_until_ready();
    let pid = wait_for("the pid", || {
        let text = fs::read_to_string(folder.path().join("pids")).ok()?;
        Some(text.trim().to_owned()).filter(|pid| !pid.is_empty())
    });
    let killed = Program::new("kill").args(["-KILL", &parent(&pid)]).status().expect("there is a kill");
    assert!(killed.success());
    let error = process.finish(&Keys::default()).expect_err("nobody can tell how it ended");
    assert!(error.message.contains("guard"), "{error:?}");
    check_gone(&[pid]);
}
