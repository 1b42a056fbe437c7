//! Describes what somebody at a terminal sees while a run goes on. Where stderr is no terminal, nothing but what
//! `--verbose` asks for.

use std::{
    io::{self, Write as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use compare::Estimate;
use datasets::{Meter, Metered};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use replay::Control;

use platform::events::{Event, Listen, Step};

use crate::terminal::Telling;

/// Often enough to look alive, rarely enough to cost nothing.
const TICK: Duration = Duration::from_millis(100);

/// A rate over less than this says nothing of the rest.
const STABLE: Duration = Duration::from_secs(1);

/// A line on stderr: the present step, and a bar with rate and time left while records are replayed.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Each step is told in a line of its own, with the time since this moment.
    lines_since: Option<Instant>,
    control: Arc<Control>,
    watcher: Mutex<Option<Watcher>>,
    notes: Mutex<Vec<String>>,
}

/// A thread that shows something now and then, until this is dropped: whoever does the work only adds to a number.
struct Watcher {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts it. Without a thread nothing moves, and nothing is lost.
    fn start(mut show: impl FnMut() + Send + 'static) -> Option<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let finished = Arc::clone(&done);
        let thread = std::thread::Builder::new().spawn(move || {
            while !finished.load(Ordering::Relaxed) {
                show();
                std::thread::park_timeout(TICK);
            }
        });
        Some(Self { done, thread: Some(thread.ok()?) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only shows something: if it failed, there is nothing to lose.
            let _ = thread.join();
        }
    }
}

impl Listen for Progress {
    fn hear(&self, event: Event) {
        if let Some(since) = self.lines_since {
            tell(since, event);
            return;
        }
        match event {
            Event::Began(step) => self.step(named(step)),
            Event::ReplayBegan { records } => self.replaying(records),
            Event::ReplayEnded => self.replayed(),
            Event::ReplicateBegan { .. } => self.comparing(event),
            Event::ComparisonEnded => self.bar.disable_steady_tick(),
        }
    }

    fn note(&self, text: &str) {
        self.notes.lock().expect("no holder of this lock can panic").push(text.to_owned());
    }
}

/// Writes an event as a line. With stderr gone there is nobody left to tell.
fn tell(since: Instant, event: Event) {
    let text = match event {
        Event::Began(step) => named(step).to_owned(),
        Event::ReplayBegan { records } => format!("replaying {}", datasets::counted(records, "records")),
        Event::ReplayEnded => "replayed".to_owned(),
        Event::ReplicateBegan { done, left, needed, so_far } => compared(done, left, needed, so_far),
        Event::ComparisonEnded => "times: compared".to_owned(),
    };
    let _ = writeln!(io::stderr(), "{:9.3} s  {text}", since.elapsed().as_secs_f64());
}

/// Says how far a comparison of times is: replicates and what they show, and what is left of its budget.
fn compared(done: usize, left: Duration, needed: Option<Duration>, so_far: Option<Estimate>) -> String {
    let replicates = datasets::counted(done as u64, "replicates");
    let so_far = so_far.map_or(String::new(), |Estimate { value, low, high }| {
        format!(", {value:.2} times stable's ({low:.2} to {high:.2})")
    });
    let needed =
        needed.map_or(String::new(), |all| format!(", about {} s needed in all", all.as_secs().max(1)));
    format!("times: {replicates}{so_far}, {} s of the budget left{needed}", left.as_secs())
}

/// A step as the line names it.
fn named(step: Step) -> &'static str {
    match step {
        Step::Reading => "reading",
        Step::Reference => "reference",
        Step::Prefixes => "prefixes",
        Step::Again => "again",
        Step::Orders => "orders",
        Step::Faults => "faults",
        Step::Triggers => "triggers",
        Step::Kappa => "kappa",
        Step::Lambda => "lambda",
        Step::Latency => "latency",
        Step::Throughput => "throughput",
        Step::Explaining => "explanation",
    }
}

impl Progress {
    pub(crate) fn new(control: &Arc<Control>, telling: Telling) -> Self {
        let bar = ProgressBar::new_spinner();
        if telling != Telling::Bar {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(style("{spinner} {msg}"));
        let lines_since = (telling == Telling::Lines).then(Instant::now);
        let (control, watcher, notes) = (Arc::clone(control), Mutex::new(None), Mutex::default());
        Self { bar, lines_since, control, watcher, notes }
    }

    /// Names the step that begins.
    fn step(&self, name: &'static str) {
        self.bar.set_message(name);
        self.bar.tick();
    }

    /// Shows how far a comparison of times is.
    fn comparing(&self, event: Event) {
        let Event::ReplicateBegan { done, left, needed, so_far } = event else { return };
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_message(compared(done, left, needed, so_far));
        // One replicate may take seconds: the spinner turns meanwhile.
        self.bar.enable_steady_tick(TICK);
    }

    /// Shows `records` being replayed, until [`Progress::replayed`].
    fn replaying(&self, records: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.reset();
        self.bar.set_length(records);
        self.bar.set_style(style("replaying {wide_bar} {human_pos}/{human_len} {rate} {left}"));
        let (bar, control) = (self.bar.clone(), Arc::clone(&self.control));
        let before = control.done();
        // Small datasets are replayed again for their times, which nobody waits for.
        let watcher = Watcher::start(move || bar.set_position((control.done() - before).min(records)));
        *self.watcher.lock().expect("no holder of this lock can panic") = watcher;
    }

    /// Ends the bar.
    fn replayed(&self) {
        let watcher = self.watcher.lock().expect("no holder of this lock can panic").take();
        if watcher.is_some() {
            drop(watcher);
            self.bar.set_style(style("{spinner} {msg}"));
        }
    }

    /// Returns what somebody should see to now that the run is over.
    pub(crate) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().expect("no holder of this lock can panic"))
    }

    /// Clears the line.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line that says how far the reading of a source is.
pub(crate) struct Waiting {
    bar: ProgressBar,
    /// Moves the bar.
    watcher: Option<Watcher>,
}

impl Waiting {
    pub(crate) fn new(telling: Telling, what: &'static str, meter: &Meter) -> Self {
        let bar = ProgressBar::new_spinner();
        if telling == Telling::Lines {
            let _ = writeln!(io::stderr(), "{:9.3} s  {what}", 0.0);
        }
        if telling != Telling::Bar {
            bar.set_draw_target(ProgressDrawTarget::hidden());
            return Self { bar, watcher: None };
        }
        bar.set_style(style("{spinner} {msg}"));
        let (shown, meter) = (bar.clone(), meter.clone());
        let mut began = (0, Instant::now());
        let watcher = Watcher::start(move || {
            let metered = meter.read();
            if metered.reading != began.0 {
                began = (metered.reading, Instant::now());
            }
            shown.set_message(how_far(what, metered, began.1.elapsed()));
            shown.tick();
        });
        Self { bar, watcher }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.watcher = None;
        self.bar.finish_and_clear();
    }
}

/// Says how much of a source has been read `elapsed` after the reading began.
fn how_far(what: &str, Metered { reading, bytes, all }: Metered, elapsed: Duration) -> String {
    let again = if reading > 1 { format!(", reading {reading}") } else { String::new() };
    let read = HumanBytes(bytes);
    match all {
        _ if reading == 0 => what.to_owned(),
        None => format!("{what}{again}: {read} read"),
        // What follows takes time, too: keys are sorted, files are written and flushed.
        Some(all) if bytes >= all => format!("{what}{again}: all {read} read"),
        Some(all) => {
            let percent = u128::from(bytes) * 100 / u128::from(all);
            let left = match left(bytes, all, elapsed) {
                left if left.is_empty() => left,
                left => format!(", {left}"),
            };
            format!("{what}{again}: {percent} %, {read} of {}{left}", HumanBytes(all))
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates are constants that parse")
        .with_key("rate", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            // Nobody hears of a failure to write into a string.
            let _ = write!(to, "{}", rate(state.pos(), state.elapsed()));
        })
        .with_key("left", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            let _ = write!(to, "{}", left(state.pos(), state.len().unwrap_or(0), state.elapsed()));
        })
}

/// Records a second so far, in whole numbers; nothing before there is any.
fn rate(done: u64, elapsed: Duration) -> String {
    let per_second = done as f64 / elapsed.as_secs_f64().max(1e-9);
    if done == 0 || elapsed < STABLE { String::new() } else { format!("{}/s", HumanCount(per_second as u64)) }
}

/// Returns how long the rest takes at the rate so far; nothing before that rate means anything.
fn left(done: u64, all: u64, elapsed: Duration) -> String {
    if done == 0 || done >= all || elapsed < STABLE {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() * (all - done) as f64 / done as f64;
    match seconds.ceil() as u64 {
        seconds @ 0..120 => format!("{seconds}s left"),
        seconds => format!("{}m left", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_no_decimals_and_the_rest_is_told_once_it_is_known() {
        let after = |ms| Duration::from_millis(ms);
        assert_eq!(rate(35_717, after(999)), "");
        assert_eq!(rate(0, after(5_000)), "");
        assert_eq!(rate(71_435, after(2_000)), "35,717/s");
        assert_eq!(left(500, 1_000, after(300)), "");
        assert_eq!(left(500, 1_000, after(2_000)), "2s left");
        assert_eq!(left(10, 1_000, after(2_000)), "4m left");
        assert_eq!(left(1_000, 1_000, after(2_000)), "");
    }

    #[test]
    fn a_reading_says_how_much_is_left() {
        let after = |ms| Duration::from_millis(ms);
        let said = |reading, bytes, all, ms| how_far("freezing", Metered { reading, bytes, all }, after(ms));
        let mib = |count: u64| count << 20;
        assert_eq!(said(0, 0, None, 0), "freezing");
        assert_eq!(said(1, mib(3), None, 5_000), "freezing: 3.00 MiB read");
        assert_eq!(said(1, mib(1), Some(mib(4)), 300), "freezing: 25 %, 1.00 MiB of 4.00 MiB");
        assert_eq!(said(1, mib(1), Some(mib(4)), 2_000), "freezing: 25 %, 1.00 MiB of 4.00 MiB, 6s left");
        assert_eq!(said(2, mib(4) - 1, Some(mib(4)), 0), "freezing, reading 2: 99 %, 4.00 MiB of 4.00 MiB");
        assert_eq!(said(2, mib(4), Some(mib(4)), 9_000), "freezing, reading 2: all 4.00 MiB read");
        assert_eq!(said(1, 0, Some(0), 0), "freezing: all 0 B read");
    }

    #[test]
    fn a_comparison_says_what_it_shows_so_far() {
        let seconds = Duration::from_secs;
        assert_eq!(compared(1, seconds(9), None, None), "times: 1 replicate, 9 s of the budget left");
        let so_far = Estimate { value: 1.034, low: 0.98, high: 1.1 };
        assert_eq!(
            compared(23, seconds(4), Some(seconds(30)), Some(so_far)),
            "times: 23 replicates, 1.03 times stable's (0.98 to 1.10), 4 s of the budget left, about 30 s needed in all"
        );
    }
}
