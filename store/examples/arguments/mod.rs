//! The arguments of the programs that kill a store, for themselves and for their children.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use store::Durability;
use store::checkpoints::Backend;

pub(crate) struct Arguments {
    pub(crate) backend: Backend,
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    pub(crate) durability: Durability,
    /// Given to children only.
    pub(crate) folder: Option<PathBuf>,
}

/// Does with the program's arguments what it does: as a child, `work` in the folder; else `kill`.
pub(crate) fn run(
    program: &str,
    work: impl FnOnce(&Path, &Arguments) -> ExitCode,
    kill: impl FnOnce(&Arguments) -> Result<(), String>,
) -> ExitCode {
    let arguments = match parse(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            eprintln!("error: {wrong}\nusage: {program} [BACKEND] [KILLS] [SEED] [process|power]");
            return ExitCode::from(2);
        }
    };
    if let Some(folder) = &arguments.folder {
        return work(folder, &arguments);
    }
    match kill(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("error: {}: {wrong}", arguments.backend.name());
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

/// A child of the program that works in the folder.
pub(crate) fn child(program: &Path, arguments: &Arguments, folder: &Path) -> Command {
    let durability = match arguments.durability {
        Durability::Process => "process",
        Durability::Power => "power",
    };
    let mut command = Command::new(program);
    command.args([arguments.backend.name(), "0", &arguments.seed.to_string(), durability]).arg(folder);
    command
}
