//! Kills a process that upgrades a served job, over and over, and checks what is left.
//!
//! `serving_crash [BACKEND] [KILLS] [SEED] [process|power]`, by default `sled 300 1 process`. It ends with an
//! error as soon as an acknowledged step is lost or half there, the store doesn't open, or too few kills fell into
//! the work to prove anything.

#[path = "../tests/serving/driver.rs"]
mod driver;

mod arguments;

use arguments::{Arguments, child};
use driver::kills::{self, Plan, Tally};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use store::serving::Serving;

fn main() -> ExitCode {
    let work = |folder: &Path, arguments: &Arguments| {
        driver::upgrade_until_killed(folder, arguments.backend, arguments.durability, arguments.seed)
    };
    arguments::run("serving_crash", work, kill)
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
