//! Real kills: the replay runs in processes of its own, and each but the last is sent SIGKILL.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use datasets::SplitMix64;
use replay::Control;

use crate::error::Error;

/// The hidden command that replays in the folder of a stopped run until the end, and tells of each checkpoint.
pub(crate) const COMMAND: &str = "survive";
/// A kill comes up to so long after the checkpoint that it waits for: longer than a checkpoint takes.
const MOST_DELAY_US: u64 = 3000;

/// What the kills hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kills {
    /// Of a process that was at work.
    pub(crate) struck: u32,
    /// That came too late: the replay had ended.
    pub(crate) too_late: u32,
}

/// Kills the replay in `folder` up to `times` times. They are spread over its `checkpoints` by `seed`.
pub(crate) fn kill(
    folder: &Path,
    times: u32,
    checkpoints: u64,
    seed: u64,
    control: &Control,
) -> Result<Kills, Error> {
    let mut random = SplitMix64::new(seed);
    let mut kills = Kills::default();
    for _ in 0..times {
        control.check()?;
        // On average the kills get as far as the replay is long.
        let waits_for = random.uniform(0, 2 * (checkpoints / u64::from(times).max(1)));
        let delay = Duration::from_micros(random.uniform(0, MOST_DELAY_US));
        if !strike(folder, waits_for, delay)? {
            kills.too_late = times - kills.struck;
            break;
        }
        kills.struck += 1;
    }
    Ok(kills)
}

/// Starts the replay, waits for as many checkpoints, a moment longer, and kills it. Whether it was at work.
fn strike(folder: &Path, checkpoints: u64, delay: Duration) -> Result<bool, Error> {
    let mut child = start(folder)?;
    let told = child.stdout.take().expect("it was asked for");
    let lines = BufReader::new(told).lines().map_while(Result::ok);
    // The first line says that it has begun.
    let seen = lines.take(checkpoints as usize + 1).count() as u64;
    thread::sleep(delay);
    let ended = child.try_wait().map_err(failed)?;
    if let Some(status) = ended {
        return if status.success() { Ok(false) } else { Err(own_failure(child)) };
    }
    child.kill().map_err(failed)?;
    let status = child.wait().map_err(failed)?;
    // It may have ended by itself just before.
    Ok(seen > checkpoints && !status.success())
}

fn start(folder: &Path) -> Result<Child, Error> {
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg(COMMAND).arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)
}

/// A child that ended with an error has said why.
fn own_failure(child: Child) -> Error {
    match child.wait_with_output() {
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Error::input(format!("a killed replay could not go on: {}", datasets::shown(&words)))
        }
        Err(cause) => failed(cause),
    }
}

fn failed(cause: std::io::Error) -> Error {
    Error::System { action: "run", path: "the replay that is to be killed".into(), cause }
}
