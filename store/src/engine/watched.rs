//! An engine on a thread of its own: its panics end there, and one that doesn't answer is given up.
//!
//! After a panic the engine is left as it is, neither asked nor dropped: what it holds is in no order that its own
//! code expects. The process has to end soon after, and a new one opens the folder.

use super::{Engine, EngineError};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// So long an engine may take for one thing: the kernel, too, calls a task hung after two minutes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

const THREAD: &str = "store";
/// The threads that sled starts by itself.
const THREADS_OF_ENGINES: [&str; 2] = ["sled-io-", "log flusher"];

/// Describes what an engine does next, and whether it can be asked again after that.
type Job = Box<dyn FnOnce(&dyn Engine) -> After + Send>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    GoOn,
    Leave,
}

/// The handle on an engine that works on another thread.
pub(crate) struct Watched {
    /// Taken when it closes.
    jobs: Option<Sender<Job>>,
    /// For reads on the caller's own thread; taken when it closes.
    engine: Option<Arc<dyn Engine>>,
    /// Nothing is ever sent; it ends when the thread does.
    thread: Mutex<Receiver<()>>,
    patience: Duration,
    /// The thread is still at something that took too long.
    is_stuck: AtomicBool,
}

impl Watched {
    /// Opens an engine on a new thread.
    pub(crate) fn open(
        open: impl FnOnce() -> Result<Box<dyn Engine>, EngineError> + Send + 'static,
        patience: Duration,
    ) -> Result<Watched, EngineError> {
        let (jobs, to_do) = channel();
        let (tell, opened) = sync_channel(1);
        let (lives, thread) = sync_channel(0);
        let serve = move || {
            serve(open, &tell, &to_do);
            drop(lives);
        };
        thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(serve)
            .map_err(|error| EngineError::Other(format!("a thread can't be started: {error}")))?;
        let engine = wait(&opened, patience)?;
        Ok(Watched {
            jobs: Some(jobs),
            engine: Some(engine),
            thread: Mutex::new(thread),
            patience,
            is_stuck: AtomicBool::new(false),
        })
    }

    /// Asks the engine and waits for its answer.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (tell, answer) = sync_channel(1);
        let job: Job = Box::new(move |engine| {
            let answer = catch_panic(|| ask(engine));
            let after = if answer.is_ok() { After::GoOn } else { After::Leave };
            // Whoever has asked may have given up.
            let _ = tell.send(answer.and_then(|answer| answer));
            after
        });
        // If the thread has ended, nobody answers either.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(job));
        let answer = wait(&answer, self.patience);
        if matches!(answer, Err(EngineError::Stuck(_))) {
            self.is_stuck.store(true, Ordering::Relaxed);
        }
        answer
    }

    /// Asks on the thread of the caller, for whom a hand-over would cost more than the answer: a panic is caught all
    /// the same, but nobody watches how long it takes.
    pub(crate) fn ask_here<T>(
        &self,
        ask: impl FnOnce(&dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let Some(engine) = &self.engine else {
            return Err(EngineError::Panicked("it was closed".to_owned()));
        };
        catch_panic(|| ask(engine.as_ref())).unwrap_or_else(|panicked| {
            // It stays as it is, for ever: see above.
            std::mem::forget(Arc::clone(engine));
            Err(panicked)
        })
    }
}

/// Waits until the engine is closed, so that nothing of it is at work when the folder's lock is given back.
impl Drop for Watched {
    fn drop(&mut self) {
        // First, so that it is the engine's own thread that closes it.
        self.engine = None;
        self.jobs = None;
        if !self.is_stuck.load(Ordering::Relaxed) {
            let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
            // One that doesn't close has acknowledged nothing that isn't written.
            let _ = thread.recv_timeout(self.patience);
        }
    }
}

/// Describes what an engine has to say once it is open or asked.
type Answer<T> = Result<T, EngineError>;

fn wait<T>(answer: &Receiver<Answer<T>>, patience: Duration) -> Answer<T> {
    answer.recv_timeout(patience).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(EngineError::Stuck(patience)),
        RecvTimeoutError::Disconnected => Err(EngineError::Panicked("its thread has ended".to_owned())),
    })
}

/// The thread's work, from opening to closing.
fn serve(
    open: impl FnOnce() -> Result<Box<dyn Engine>, EngineError>,
    tell: &SyncSender<Answer<Arc<dyn Engine>>>,
    to_do: &Receiver<Job>,
) {
    let engine: Arc<dyn Engine> = match catch_panic(open).and_then(|opened| opened) {
        Ok(engine) => Arc::from(engine),
        Err(error) => {
            let _ = tell.send(Err(error));
            return;
        }
    };
    let _ = tell.send(Ok(Arc::clone(&engine)));
    for job in to_do {
        if job(engine.as_ref()) == After::Leave {
            std::mem::forget(engine);
            return;
        }
    }
    // It may fail to write what it need not have written: all that was acknowledged is on the disk.
    let _ = catch_panic(|| drop(engine));
}

/// Runs code of an engine: a panic becomes an error.
fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        EngineError::Panicked(words.to_owned())
    })
}

/// Has panics of engines not printed, for they are caught and become errors; all others as before.
pub fn hush_engines() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let thread = thread::current();
        let name = thread.name().unwrap_or_default();
        if name != THREAD && !THREADS_OF_ENGINES.iter().any(|known| name.starts_with(known)) {
            usual(panic);
        }
    }));
}
