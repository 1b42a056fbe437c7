//! Kills a process that upgrades a served job, over and over, and checks what is left.
//!
//! `serving_crash [BACKEND] [KILLS] [SEED] [process|power]`, by default `sled 300 1 process`. It ends with an
//! error as soon as an acknowledged step is lost or half there, the store doesn't open, or too few kills fell into
//! the work to prove anything.

#[path = "../tests/serving/driver.rs"]
mod driver;

use driver::kills::{self, Plan, Tally};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use store::serving::{Backend, Durability, Serving};

struct Arguments {
    backend: Backend,
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
            eprintln!("error: {wrong}\nusage: serving_crash [BACKEND] [KILLS] [SEED] [process|power]");
            return ExitCode::from(2);
        }
    };
    let Arguments { backend, seed, durability, ref folder, .. } = arguments;
    if let Some(folder) = folder {
        return driver::upgrade_until_killed(folder, backend, durability, seed);
    }
    match kill(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("error: {}: {wrong}", backend.name());
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[String]) -> Result<Arguments, String> {
    let word = |n: usize, default: &'static str| words.get(n).map_or(default, String::as_str);
    let name = word(0, "sled");
    let known = || Backend::ALL.iter().map(|backend| backend.name()).collect::<Vec<_>>().join(", ");
    let durability = match word(3, "process") {
        "process" => Durability::Process,
        "power" => Durability::Power,
        other => return Err(format!("durability '{other}' is neither 'process' nor 'power'")),
    };
    Ok(Arguments {
        backend: Backend::named(name)
            .ok_or_else(|| format!("no backend '{name}', there are: {}", known()))?,
        kills: word(1, "300").parse().map_err(|error| format!("KILLS: {error}"))?,
        seed: word(2, "1").parse().map_err(|error| format!("SEED: {error}"))?,
        durability,
        folder: words.get(4).map(PathBuf::from),
    })
}

fn kill(arguments: &Arguments) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let child = || child(&program, arguments, folder.path());
    let begin = Instant::now();
    let plan = Plan { kills: arguments.kills, seed: arguments.seed, child: &child };
    let tally = kills::run(&plan)?;
    let serving = Serving::open(folder.path(), arguments.backend, arguments.durability)
        .map_err(|error| error.to_string())?;
    let steps = driver::check(&serving, arguments.seed)?;
    let Tally { kills, while_committing, while_opening, acknowledged, one_ahead } = tally;
    println!(
        "{}: {kills} kills in {:.0} s, {while_committing} at work, {while_opening} while opening; {acknowledged} steps \
         acknowledged, a tenth of them switches, none lost, none half there; {one_ahead} times the store was one step ahead, at the end it has {steps}",
        arguments.backend.name(),
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn child(program: &Path, arguments: &Arguments, folder: &Path) -> Command {
    let durability = match arguments.durability {
        Durability::Process => "process",
        Durability::Power => "power",
    };
    let mut command = Command::new(program);
    command.args([arguments.backend.name(), "0", &arguments.seed.to_string(), durability]).arg(folder);
    command
}
