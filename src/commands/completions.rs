//! `completions`: what a shell has to know of the command line.

use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;

use crate::{cli::Cli, output::Output};

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    shell: String,
    script: String,
}

pub(super) fn completions(shell: Shell, output: &Output) {
    let script = script(shell);
    output.raw(&script);
    output.json(&Printed { schema: "counterpoint.completions/1", shell: shell.to_string(), script });
}

fn script(shell: Shell) -> String {
    let mut command = shown(&Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "counterpoint", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Takes out the commands by which the program starts itself: completions would show what help hides.
fn shown(command: &clap::Command) -> clap::Command {
    let arguments = command.get_arguments().cloned();
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    clap::Command::new("counterpoint")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .args(arguments)
        .subcommands(commands)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_completes_every_flag_of_every_command() {
        let program = Cli::command();
        let (hidden, commands): (Vec<_>, Vec<_>) =
            program.get_subcommands().partition(|command| command.is_hide_set());
        assert!(hidden.len() > 2 && commands.len() > 12);
        for &shell in Shell::value_variants() {
            let script = script(shell);
            for command in commands.iter().copied().flat_map(with_below).chain([&program]) {
                let name = command.get_name();
                assert!(script.contains(name), "{shell}: {name}");
                for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
                    // Fish writes it without hyphens, behind a letter of its own.
                    let ways = [format!("--{flag}"), format!("-l {flag}")];
                    assert!(ways.iter().any(|way| script.contains(way)), "{shell}: {name} --{flag}");
                }
            }
        }
        // The script for bash has no word of help in it.
        let bash = script(Shell::Bash);
        let is_part = |c: char| c.is_alphanumeric() || c == '-';
        for command in hidden {
            assert!(
                bash.split(|c| !is_part(c)).all(|word| word != command.get_name()),
                "{}",
                command.get_name()
            );
        }
    }

    /// A command and those below it.
    fn with_below(command: &clap::Command) -> Vec<&clap::Command> {
        [command].into_iter().chain(command.get_subcommands().flat_map(with_below)).collect()
    }
}
