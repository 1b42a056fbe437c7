//! What somebody at a terminal sees while a run goes on. Where stderr is no terminal, nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use replay::Control;

/// What goes along with any long piece of work: a way to stop it, and somebody who watches.
#[derive(Clone, Copy)]
pub(crate) struct Working<'a> {
    pub(crate) control: &'a Arc<Control>,
    pub(crate) progress: &'a Progress,
}

/// Often enough to look alive, rarely enough to cost nothing.
const TICK: Duration = Duration::from_millis(100);

/// A line on stderr: the present step, and a bar with rate and time left while records are replayed.
pub(crate) struct Progress {
    bar: ProgressBar,
    watcher: std::sync::Mutex<Option<Watcher>>,
}

/// The thread that carries the replay's count to the bar, so that the feed itself only adds to a number.
struct Watcher {
    done: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(style("{spinner} {msg}"));
        Self { bar, watcher: std::sync::Mutex::new(None) }
    }

    /// Names the step that begins.
    pub(crate) fn step(&self, name: &'static str) {
        self.bar.set_message(name);
        self.bar.tick();
    }

    /// Shows how far the latency comparison is: replicates so far, and what is left of its budget.
    pub(crate) fn comparing(&self, replicates: usize, left: Duration, needed: Option<Duration>) {
        if self.bar.is_hidden() {
            return;
        }
        let needed =
            needed.map_or(String::new(), |all| format!(", about {} s needed in all", all.as_secs().max(1)));
        let left = left.as_secs();
        self.bar
            .set_message(format!("latency: {replicates} replicates, {left} s of the budget left{needed}"));
        // One replicate may take seconds: the spinner turns meanwhile.
        self.bar.enable_steady_tick(TICK);
    }

    /// Ends what [`Progress::comparing`] shows.
    pub(crate) fn compared(&self) {
        self.bar.disable_steady_tick();
    }

    /// Shows `records` being replayed, until [`Progress::replayed`].
    pub(crate) fn replaying(&self, records: u64, control: &Arc<Control>) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_length(records);
        self.bar.set_style(style("replaying {wide_bar} {human_pos}/{human_len} {per_sec} {eta} left"));
        let (bar, control, done) = (self.bar.clone(), Arc::clone(control), Arc::new(AtomicBool::new(false)));
        let finished = Arc::clone(&done);
        let before = control.done();
        // Without a thread nothing moves, and nothing is lost.
        let thread = std::thread::Builder::new().spawn(move || {
            while !finished.load(Ordering::Relaxed) {
                bar.set_position(control.done() - before);
                std::thread::park_timeout(TICK);
            }
        });
        let watcher = thread.ok().map(|thread| Watcher { done, thread });
        *self.watcher.lock().expect("no holder of this lock can panic") = watcher;
    }

    /// Ends the bar.
    pub(crate) fn replayed(&self) {
        let watcher = self.watcher.lock().expect("no holder of this lock can panic").take();
        if let Some(Watcher { done, thread }) = watcher {
            done.store(true, Ordering::Relaxed);
            thread.thread().unpark();
            // It only moves a bar: if it failed, there is nothing to lose.
            let _ = thread.join();
            self.bar.set_style(style("{spinner} {msg}"));
        }
    }

    /// Clears the line.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants that parse")
}
