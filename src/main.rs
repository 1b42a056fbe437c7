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
mod listed;
mod machine;
mod output;
mod partial;
mod problem;
mod progress;
mod recovery_section;
mod replicate;
mod run_folder;
mod self_test;
mod size;

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use replay::Control;

use crate::{
    cli::Cli,
    error::{Error, exit},
    output::Output,
};

/// How long a command that was told to stop may take to clean up. It looks at the signal between chunks; only the
/// search for a reference doesn't, and that has nothing on disk.
const STOPPING: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json, cli.color);
    let (result, signal) = run_until_signal(cli, output.clone());
    match result.and_then(|code| output.finish().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(match (error.exit_code(), signal) {
                (exit::INTERRUPTED, Some(Signal::Terminate)) => exit::TERMINATED,
                (code, _) => code,
            })
        }
    }
}

/// What asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Waits for a signal; where none can be waited for, for ever.
async fn signal() -> Signal {
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => Signal::Interrupt,
        Some(()) = terminate() => Signal::Terminate,
        else => std::future::pending().await,
    }
}

#[cfg(unix)]
async fn terminate() -> Option<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate()).ok()?.recv().await
}

#[cfg(not(unix))]
async fn terminate() -> Option<()> {
    None
}

/// Runs the command on a thread of its own, and passes a signal on to it. A second one ends it at once.
fn run_until_signal(cli: Cli, output: Output) -> (Result<u8, Error>, Option<Signal>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            let path = "the signal handler".into();
            return (Err(Error::System { action: "start", path, cause }), None);
        }
    };
    let control = Arc::new(Control::default());
    let for_command = Arc::clone(&control);
    let (result, signal) = runtime.block_on(async {
        let mut command =
            tokio::task::spawn_blocking(move || commands::execute(cli.command, &output, &for_command));
        tokio::select! {
            done = &mut command => (Some(done), None),
            first = signal() => {
                control.stop();
                let done = tokio::select! {
                    done = &mut command => Some(done),
                    () = tokio::time::sleep(STOPPING) => None,
                    _ = signal() => None,
                };
                (done, Some(first))
            }
        }
    });
    // A search that didn't hear the signal must not hold the program back.
    runtime.shutdown_background();
    let result = match result {
        Some(Ok(done)) => done,
        Some(Err(join)) => std::panic::resume_unwind(join.into_panic()),
        None => Err(partial::kept().map_or(Error::Interrupted, Error::Stopped)),
    };
    (result, signal)
}
