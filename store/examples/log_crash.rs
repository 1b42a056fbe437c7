//! Kills a process that appends to a log, over and over, and checks what is left.
//!
//! `log_crash [KILLS] [SEED] [process|power]`, by default `50 1 process`. It ends with an error as soon as an
//! acknowledged entry is lost, an append is there by half, the log doesn't open, or too few kills fell into the work to
//! prove anything.

#[path = "../tests/log/driver.rs"]
mod driver;

use driver::{Plan, Tally};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use store::Durability;
use store::log::Log;

struct Arguments {
    kills: u32,
    seed: u64,
    durability: Durability,
    /// Given to children only.
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = match parse(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            eprintln!("error: {wrong}\nusage: log_crash [KILLS] [SEED] [process|power]");
            return ExitCode::from(2);
        }
    };
    if let Some(folder) = &arguments.folder {
        return driver::append_until_killed(folder, arguments.durability, arguments.seed);
    }
    match kill(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[String]) -> Result<Arguments, String> {
    let word = |n: usize, default: &'static str| words.get(n).map_or(default, String::as_str);
    let durability = match word(2, "process") {
        "process" => Durability::Process,
        "power" => Durability::Power,
        other => return Err(format!("durability '{other}' is neither 'process' nor 'power'")),
    };
    Ok(Arguments {
        kills: word(0, "50").parse().map_err(|error| format!("KILLS: {error}"))?,
        seed: word(1, "1").parse().map_err(|error| format!("SEED: {error}"))?,
        durability,
        folder: words.get(3).map(PathBuf::from),
    })
}

fn kill(arguments: &Arguments) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let child = || child(&program, arguments, folder.path());
    let begin = Instant::now();
    let tally = driver::run(&Plan { kills: arguments.kills, seed: arguments.seed, child: &child })?;
    let (log, recovered) = Log::open(folder.path()).map_err(|error| error.to_string())?;
    driver::check(&log, arguments.seed)?;
    let Tally { kills, while_opening, acknowledged, beyond, torn } = tally;
    if recovered.end < acknowledged {
        return Err(format!("{acknowledged} entries were acknowledged, {} are there", recovered.end));
    }
    println!(
        "{kills} kills in {:.0} s, {while_opening} of them while opening; {acknowledged} entries acknowledged ({} MiB), none \
         lost; {torn} torn tails cut off, {beyond} times the log was ahead of what had been heard",
        begin.elapsed().as_secs_f64(),
        log.bytes() >> 20
    );
    Ok(())
}

fn child(program: &Path, arguments: &Arguments, folder: &Path) -> Command {
    let durability = match arguments.durability {
        Durability::Process => "process",
        Durability::Power => "power",
    };
    let mut command = Command::new(program);
    command.args(["0", &arguments.seed.to_string(), durability]).arg(folder);
    command
}
