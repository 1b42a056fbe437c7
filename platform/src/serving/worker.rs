//! A job on a thread of its own, so that one that crashes or hangs takes nothing with it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel},
    thread,
    time::{Duration, Instant},
};

use datasets::Record;
use replay::{Control, Interrupted};
use stream::Concluded;

use super::runner::{Advanced, Failed, Runner};
use crate::{experiment::Plan, trial::said};

/// A job that says nothing for so long hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Returns how long the jobs of a plan are waited for: as long as any of them may be silent, where its section says so.
pub(crate) fn patience(plan: &Plan) -> Duration {
    let commands = plan.jobs.iter().filter_map(|(_, job)| job.command.as_ref());
    commands.map(|attach| attach.limits().stall).fold(PATIENCE, Duration::max)
}

/// How often somebody who waits looks whether the run is to stop.
const LOOKS: Duration = Duration::from_millis(50);

enum Command {
    Advance(u64),
    Finish,
}

/// A job on a thread of its own. It is asked, works while others do, and answers.
///
/// A job that hangs can't be ended, only left alone: its thread goes with the process.
pub(crate) struct Worker {
    commands: Sender<Command>,
    answers: Receiver<Result<Advanced, Failed>>,
    patience: Duration,
}

impl Worker {
    pub(crate) fn new<R: Record>(mut runner: Runner<R>, patience: Duration) -> Self {
        let (commands, asked) = channel();
        let (answer, answers) = channel();
        thread::spawn(move || {
            for command in asked {
                let work = AssertUnwindSafe(|| match command {
                    Command::Advance(to) => runner.advance(to),
                    Command::Finish => runner.finish(),
                });
                let done = catch_unwind(work).unwrap_or_else(|panic| Err(Failed::Panicked(said(&*panic))));
                let is_over = done.is_err();
                if answer.send(done).is_err() || is_over {
                    return;
                }
            }
        });
        Self { commands, answers, patience }
    }

    /// Asks it to read on; [`Worker::answer`] says what came of that.
    pub(crate) fn advance(&self, to: u64) {
        self.ask(Command::Advance(to));
    }

    /// Asks it to conclude.
    pub(crate) fn finish(&self) {
        self.ask(Command::Finish);
    }

    fn ask(&self, command: Command) {
        // Whoever isn't there any more doesn't answer, and that is noticed then.
        let _ = self.commands.send(command);
    }

    /// Returns what came of what was asked last, if it is there already.
    pub(crate) fn try_answer(&self) -> Option<Result<Advanced, Failed>> {
        match self.answers.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Failed::Panicked("its thread has ended".to_owned()))),
        }
    }

    /// Waits for what came of what was asked last.
    pub(crate) fn answer(&self) -> Result<Advanced, Failed> {
        self.answers.recv_timeout(self.patience).unwrap_or_else(|gone| {
            Err(match gone {
                RecvTimeoutError::Timeout => Failed::Hangs(self.patience.as_secs()),
                RecvTimeoutError::Disconnected => Failed::Panicked("its thread has ended".to_owned()),
            })
        })
    }
}

/// Has a job read so many records of the log and conclude there, on a thread of its own. One that says
/// nothing for longer than `patience` hangs; a job outside has deadlines of its own. The outer error is that of a run that is to
/// stop.
pub(crate) fn conclude<R: Record>(
    runner: Runner<R>,
    to: u64,
    patience: Option<Duration>,
    control: &Control,
) -> Result<Result<GivenAside, Failed>, Interrupted> {
    let (answer, answers) = channel();
    thread::spawn(move || {
        let work = AssertUnwindSafe(|| runner.conclude(to));
        let done = catch_unwind(work).unwrap_or_else(|panic| Err(Failed::Panicked(said(&*panic))));
        // Whoever has asked may have gone.
        let _ = answer.send(done);
    });
    let began = Instant::now();
    loop {
        match answers.recv_timeout(LOOKS) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Err(Failed::Panicked("its thread has ended".to_owned())));
            }
            Err(RecvTimeoutError::Timeout) => control.check()?,
        }
        if let Some(patience) = patience.filter(|patience| began.elapsed() > *patience) {
            return Ok(Err(Failed::Hangs(patience.as_secs())));
        }
    }
}

/// Holds what a job has concluded that was asked for it, and its decisions.
pub(crate) type GivenAside = (Option<Concluded>, Vec<u32>);
