//! Counterpoint: is the new version of a streaming job still right, how far are both versions from the batch
//! answer, and is it slower?
//!
//! This is the program as a library, the command line and all, for those who compile jobs of their own into it. Their
//! `main` adds versions and problems to the catalogue, and runs it:
//!
//! ```no_run
//! use counterpoint::{Catalog, Deciding, Item, Job, NOTHING_PROVEN, VersionEntry};
//!
//! /// Puts each item into a bin of its own.
//! struct Alone(u32);
//!
//! impl Job<Item> for Alone {
//!     fn push(&mut self, _: &Item) -> u32 {
//!         self.0 += 1;
//!         self.0 - 1
//!     }
//! }
//!
//! const ALONE: VersionEntry<Item> = VersionEntry {
//!     name: "alone",
//!     argument: None,
//!     about: "a bin for each item",
//!     proven: NOTHING_PROVEN,
//!     make: |_| Ok(Box::new(Deciding(Alone(0)))),
//! };
//!
//! fn main() -> std::process::ExitCode {
//!     counterpoint::run(Catalog::shipped().with_version("bin-packing", ALONE))
//! }
//! ```
//!
//! `examples/own-rust-job` is such a program in full, with a problem of its own. All that such a program needs is
//! re-exported here; `docs/public-api.txt` lists it.

mod adapters;
mod annotations;
mod baseline;
mod browser;
mod cli;
mod commands;
mod defused;
mod ended;
mod exit;
mod history;
mod kill;
mod new_file;
mod output;
mod partial;
mod program;
mod progress;
mod read_back;
mod run_folder;
mod suite;
mod terminal;

use std::{io, process::ExitCode, sync::Arc, thread, time::Duration};

use clap::Parser;
use platform::Error;
use replay::{Control, process::NullJob};
use tokio::sync::oneshot;

// What a problem and its versions are, to those who add their own.
pub use platform::{
    catalog::{Catalog, lines},
    problem::{
        Argument, AtPrefixes, Checking, Computed, Decided, Entry, Made, Merging, NOTHING_PROVEN, Parameter,
        Params, Problem, Setup, Shape, VersionEntry, Work,
    },
};
// What a streaming version is, and of which parts one over event time is declared.
pub use stream::{
    Batching, Concluded, Counts, Deciding, Flavour, Job, JobError, Proven, Regime, Running, Settling, Source,
    State, Superseded, Trigger, Update, Version, WatermarkPolicy,
    operators::{Complete, Function, Pipeline},
};
// What a reference gives, and what is known of decisions and their cost.
pub use batch::{BatchError, Count, Growing, Merge};
pub use compare::{Checked, Divergence, Objective, Profile};
// Records, tables and texts.
pub use datasets::{
    Answer, Bound, Cell, Cells, Delivery, Event, Insertion, Item, Keys, NO_DECISION, Reference, Request,
    Side, Sided, Table, TableColumn, Value,
};

use crate::{cli::Cli, output::Output};

/// Says how long a command that was told to stop may take to clean up. It looks at the signal between chunks; only the
/// search for a reference and the reading of what is imported don't, and they have nothing on disk.
const STOPPING: Duration = Duration::from_secs(3);
/// tokio takes six files for its signals.
#[cfg(unix)]
const SPARE_PAIRS: u32 = 4;

/// Holds the hidden command that stands guard over a job, which must hold nothing else.
const GUARD: &str = "guard";
/// Holds the hidden command that is a job which does nothing, to show what the way to a job costs.
const NULL_JOB: &str = "null-job";

/// Runs the program over the problems of `catalog`, with the arguments of this process, and returns the code that it has to end with.
///
/// Some commands start this very program again, with hidden ones: call nothing else in `main`, neither before it nor after.
pub fn run(catalog: Catalog) -> ExitCode {
    if std::env::args_os().skip(1).eq([GUARD]) {
        return stand_guard();
    }
    if let Some(job) = null_job() {
        return job.run().map_or(ExitCode::from(exit::SYSTEM), |()| ExitCode::SUCCESS);
    }
    replay::process::guard_with(&[GUARD]);
    replay::process::null_jobs_with(&[NULL_JOB]);
    store::checkpoints::hush_engines();
    adapters::provide();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::wrong_use(&error),
    };
    let output = Output::new(cli.json, cli.color, cli.volume());
    let (result, signal) = match catalog.checked() {
        Ok(catalog) => run_until_signal(cli, catalog, output.clone()),
        Err(error) => (Err(error), None),
    };
    match result.and_then(|code| output.finish().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(match (exit::code(&error), signal) {
                (exit::INTERRUPTED, Some(Signal::Terminate)) => exit::TERMINATED,
                (code, _) => code,
            })
        }
    }
}

/// Returns the job that this program is to be, if it is: `null-job reply`, or `null-job emit` and the columns' line.
fn null_job() -> Option<NullJob> {
    let mut arguments = std::env::args_os().skip(1).filter_map(|argument| argument.into_string().ok());
    if arguments.next()? != NULL_JOB {
        return None;
    }
    NullJob::of(&arguments.collect::<Vec<_>>())
}

/// Stands guard over a job that this program has started elsewhere.
fn stand_guard() -> ExitCode {
    if replay::process::stand_guard().is_err() {
        eprintln!("error: only counterpoint itself starts a guard over a job");
        return ExitCode::from(exit::USAGE);
    }
    ExitCode::SUCCESS
}

/// Describes what asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Hears signals from the moment at which it is made.
struct Signals {
    #[cfg(unix)]
    heard: [Option<tokio::signal::unix::Signal>; 2],
}

#[cfg(unix)]
impl Signals {
    /// Must be called where a runtime has been entered. A signal that can't be heard does what it always does.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self { heard: [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()) }
    }

    /// Waits for a signal; where none can be waited for, for ever.
    async fn next(&mut self) -> Signal {
        async fn of(heard: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
            heard.as_mut()?.recv().await
        }
        let [interrupt, terminate] = &mut self.heard;
        tokio::select! {
            Some(()) = of(interrupt) => Signal::Interrupt,
            Some(()) = of(terminate) => Signal::Terminate,
            else => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self {}
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Runs the command on a thread of its own, and passes a signal on to it. A second one ends it at once.
fn run_until_signal(cli: Cli, catalog: Catalog, output: Output) -> (Result<u8, Error>, Option<Signal>) {
    let runtime = check_spare_files()
        .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build());
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(cause) => return (Err(not_started("the signal handler", cause)), None),
    };
    // Before the command begins: a signal that comes with its first step is heard.
    let mut signals = {
        let _entered = runtime.enter();
        Signals::listen()
    };
    let control = Arc::new(Control::default());
    let for_command = Arc::clone(&control);
    let (tell, mut command) = oneshot::channel();
    let work = move || {
        // Whoever waited for it may have given up.
        let _ = tell.send(commands::execute(cli.command, &catalog, &output, &for_command));
    };
    if let Err(cause) = thread::Builder::new().name("command".to_owned()).spawn(work) {
        return (Err(not_started("a thread", cause)), None);
    }
    let (result, signal) = runtime.block_on(async {
        tokio::select! {
            done = &mut command => (Some(done), None),
            first = signals.next() => {
                control.stop();
                let done = tokio::select! {
                    done = &mut command => Some(done),
                    () = tokio::time::sleep(STOPPING) => None,
                    _ = signals.next() => None,
                };
                (done, Some(first))
            }
        }
    });
    let result = match result {
        Some(Ok(done)) => done,
        // The thread has ended without a word of this kind: it panicked.
        Some(Err(_)) => Err(Error::Bug),
        // A search that didn't hear the signal must not hold the program back.
        None => Err(partial::left_behind()),
    };
    (result, signal)
}

/// Returns whether there is room for the files through which a signal is heard: tokio panics where there isn't.
#[cfg(unix)]
fn check_spare_files() -> io::Result<()> {
    let pairs = (0..SPARE_PAIRS).map(|_| std::os::unix::net::UnixStream::pair());
    pairs.collect::<io::Result<Vec<_>>>().map(drop)
}

#[cfg(not(unix))]
fn check_spare_files() -> io::Result<()> {
    Ok(())
}

fn not_started(what: &str, cause: io::Error) -> Error {
    Error::System { action: "start", path: what.into(), cause }
}
