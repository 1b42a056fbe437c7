//! Real kills: the replay runs in processes of its own, and each but the last is sent SIGKILL.

use std::{
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use datasets::SplitMix64;
use platform::Error;
use replay::Control;

use crate::exit;

/// The hidden command that replays in the folder of a stopped run until the end, and tells of each checkpoint.
pub(crate) const COMMAND: &str = "survive";
/// A kill comes up to so long after the checkpoint that it waits for: longer than a checkpoint takes.
const MOST_DELAY_US: u64 = 3000;
/// Between two looks at the stop signal.
const LOOK: Duration = Duration::from_millis(50);

/// Describes what the kills hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kills {
    /// Of a process that was at work.
    pub(crate) struck: u32,
    /// That came too late: the replay had ended.
    pub(crate) too_late: u32,
}

/// Describes how a process that was to be killed fared.
enum Struck {
    /// It was at work, and had told of the records up to here.
    At(u64),
    TooLate,
}

/// Kills the replay of `records` records in `folder` up to `times` times, spread by `seed` over its checkpoints, of which
/// there is one each `every` records.
pub(crate) fn kill(
    folder: &Path,
    times: u32,
    (records, every): (u64, u64),
    seed: u64,
    control: &Control,
) -> Result<Kills, Error> {
    let mut random = SplitMix64::new(seed);
    let mut kills = Kills::default();
    let mut position = 0;
    for left in (1..=times).rev() {
        control.check()?;
        // What is still to be done is shared out among the kills that are left, so that the last comes before the end.
        let checkpoints = (records - position) / every;
        let waits_for = random.uniform(0, 2 * checkpoints / (u64::from(left) + 1));
        let delay = Duration::from_micros(random.uniform(0, MOST_DELAY_US));
        match strike(folder, waits_for, delay, control)? {
            Struck::At(told) => {
                kills.struck += 1;
                position = told.clamp(position, records);
            }
            Struck::TooLate => {
                kills.too_late = left;
                break;
            }
        }
    }
    Ok(kills)
}

/// Starts the replay, waits for as many checkpoints, a moment longer, and kills it.
fn strike(folder: &Path, checkpoints: u64, delay: Duration, control: &Control) -> Result<Struck, Error> {
    let mut child = start(folder)?;
    let told = listen(child.stdout.take().expect("it was asked for"));
    let told = told.inspect_err(|_| end(&mut child)).map_err(failed)?;
    let seen = wait(&told, checkpoints, control);
    if seen.is_ok() {
        thread::sleep(delay);
    }
    // One that has ended by itself says how, whatever is sent to it.
    let killed = child.kill();
    let status = child.wait().map_err(failed)?;
    control.check()?;
    killed.map_err(failed)?;
    let position = told.iter().last().or(seen?);
    match (was_killed(status), position) {
        (true, Some(position)) => Ok(Struck::At(position)),
        (false, _) if status.success() => Ok(Struck::TooLate),
        // Ctrl-C goes to every process of the terminal.
        (false, _) if status.code() == Some(i32::from(exit::INTERRUPTED)) => Err(Error::Interrupted),
        // It failed, or didn't even begin.
        (true, None) | (false, _) => Err(own_failure(child, status)),
    }
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::KILL.as_raw())
}

#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

/// Ends a process that can't be listened to.
fn end(child: &mut Child) {
    // An error says that it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

/// Returns what a process tells, line by line. It is listened to until it ends, for it stops when nobody does.
fn listen(told: ChildStdout) -> io::Result<Receiver<u64>> {
    let (send, told_lines) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let lines = BufReader::new(told).lines().map_while(Result::ok);
        lines.filter_map(|line| line.parse().ok()).take_while(|&line| send.send(line).is_ok()).for_each(drop);
    })?;
    Ok(told_lines)
}

/// Waits for the beginning and as many checkpoints; the position that was told last, unless it ended before.
fn wait(told: &Receiver<u64>, checkpoints: u64, control: &Control) -> Result<Option<u64>, Error> {
    let mut last = None;
    let mut left = checkpoints + 1;
    while left > 0 {
        match told.recv_timeout(LOOK) {
            Ok(position) => (last, left) = (Some(position), left - 1),
            Err(RecvTimeoutError::Timeout) => control.check()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(last)
}

fn start(folder: &Path) -> Result<Child, Error> {
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg(COMMAND).arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)
}

/// A child that ended with an error has said why.
fn own_failure(child: Child, status: ExitStatus) -> Error {
    let words = match child.wait_with_output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(cause) => return failed(cause),
    };
    let words = words.trim_start_matches("error: ");
    if status.code() == Some(i32::from(exit::INPUT)) {
        return Error::input(format!("a killed replay could not go on: {}", datasets::shown(words)));
    }
    failed(std::io::Error::other(format!("{status}: {words}")))
}

fn failed(cause: std::io::Error) -> Error {
    Error::System { action: "run", path: "the replay that is to be killed".into(), cause }
}
