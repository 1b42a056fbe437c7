//! Counterpoint: is the new version of a streaming job still right, how far are both versions from the batch
//! answer, and is it slower?

mod annotations;
mod baseline;
mod catalog;
mod cli;
mod commands;
mod erased;
mod error;
mod execute;
mod experiment;
mod job_section;
mod kill;
mod limits;
mod machine;
mod output;
mod partial;
mod problem;
mod progress;
mod recovery_section;
mod replicate;
mod run_folder;
mod self_test;

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use replay::Control;

use crate::{cli::Cli, error::Error, output::Output};

/// How long a command that was told to stop may take to clean up. It looks at the signal between chunks; only the
/// search for a reference doesn't, and that has nothing on disk.
const STOPPING: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json, cli.color);
    let result = run_until_signal(cli, output.clone());
    match result.and_then(|code| output.finish().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Runs the command on a thread of its own, and passes Ctrl-C on to it.
fn run_until_signal(cli: Cli, output: Output) -> Result<u8, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|cause| Error::System { action: "start", path: "the signal handler".into(), cause })?;
    let control = Arc::new(Control::default());
    let for_command = Arc::clone(&control);
    let result = runtime.block_on(async {
        let mut command =
            tokio::task::spawn_blocking(move || commands::execute(cli.command, &output, &for_command));
        tokio::select! {
            done = &mut command => Some(done),
            _ = tokio::signal::ctrl_c() => {
                control.stop();
                tokio::time::timeout(STOPPING, command).await.ok()
            }
        }
    });
    // A search that didn't hear the signal must not hold the program back.
    runtime.shutdown_background();
    match result {
        Some(Ok(done)) => done,
        Some(Err(join)) => std::panic::resume_unwind(join.into_panic()),
        None => Err(Error::Interrupted),
    }
}
