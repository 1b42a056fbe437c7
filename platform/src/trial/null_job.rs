//! A job that does nothing in the place of one that is attached: what the way there and back costs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use compare::{NullJobTimings, Role};
use datasets::{Keys, Record};
use replay::{
    CHUNK, Control, MaxFeed, RealClock,
    link::{Emissions, Output},
    process::{Environment, Launch, NullJob, ProcessLimits},
};

use super::{
    Trial,
    job::{Job, Outside},
};

/// Says how long it is timed at most: it says what the way costs, and judges nothing.
const ENOUGH: Duration = Duration::from_millis(200);
/// Small data are fed so often, to a fresh job each time.
const MOST_PASSES: usize = 5;
/// It does nothing, so it has no reason to be waited for any longer.
const STALL: Duration = Duration::from_secs(5);

/// Records that were timed, and the time a record in nanoseconds.
type Timed = (u64, f64);

impl<R: Record> Trial<'_, R> {
    /// Times the job that does nothing as the version in this role was timed, which took `version_ns` a record; `None`
    /// where that is no program outside.
    pub(crate) fn null_job(&self, role: Role, version_ns: f64) -> Option<NullJobTimings> {
        let Job::Process(outside) = &self.jobs[role] else { return None };
        let timed = outside.doing_nothing().and_then(|null| match &null.output {
            Output::Reply { .. } => self.replying(&null),
            Output::Emit(_) => self.emitting(&null),
        });
        let none = NullJobTimings { records: 0, ns: None, share: None, skipped: None };
        Some(match timed {
            Ok((records, ns)) => {
                let share = Some(ns / version_ns).filter(|share| share.is_finite());
                NullJobTimings { records, ns: Some(ns), share, ..none }
            }
            Err(why) => NullJobTimings { skipped: Some(why), ..none },
        })
    }

    /// So many records go out at once: as in the replay of the version.
    fn step(&self) -> usize {
        if self.schedule.is_some() { 1 } else { CHUNK }
    }

    fn replying(&self, null: &Outside<R>) -> Result<Timed, String> {
        let (records, control) = (&self.arranged.records, &*null.control);
        let (clock, start) = (RealClock::new(), Instant::now());
        let (mut chunks, mut all) = (0, None);
        for _ in 0..MOST_PASSES {
            if start.elapsed() >= ENOUGH {
                break;
            }
            let mut job = [null.start(&null.control, false).ready()];
            let mut feed = MaxFeed::new(&mut job, 0, &self.edges, &clock, control).after(chunks);
            for records in records.chunks(self.step()) {
                feed.push(records).map_err(|_| failure(control))?;
                chunks += 1;
                if start.elapsed() >= ENOUGH {
                    break;
                }
            }
            for pass in feed.end() {
                match &mut all {
                    None => all = Some(pass),
                    Some(all) => all.add_times_of(&pass),
                }
            }
        }
        control.check().map_err(|_| failure(control))?;
        let all = all.filter(|all| all.latency.count() > 0).ok_or("there are too few records")?;
        let paced = self.schedule.is_some();
        let ns = if paced { all.mean_ns() } else { all.latency.percentile_ns(50.0) };
        Ok((all.latency.count(), ns))
    }

    fn emitting(&self, null: &Outside<R>) -> Result<Timed, String> {
        let control = &*null.control;
        let mut job = null.start(&null.control, false).ready();
        let (start, mut sent) = (Instant::now(), 0);
        for records in self.arranged.records.chunks(self.step()) {
            job.push_chunk(records, &mut Vec::new());
            sent += records.len() as u64;
            if start.elapsed() >= ENOUGH || control.check().is_err() {
                break;
            }
        }
        let pushed = start.elapsed();
        job.finish(&Keys::default()).map_err(|error| error.message)?;
        let ended = null.emissions.take().map_or(Duration::ZERO, |emitted| emitted.ending);
        if sent == 0 {
            return Err("there are no records".to_owned());
        }
        Ok((sent, (pushed + ended).as_nanos() as f64 / sent as f64))
    }
}

/// Returns why it is of no use.
fn failure(control: &Control) -> String {
    control.failure().map_or_else(|| "it was stopped".to_owned(), ToString::to_string)
}

impl<R> Outside<R> {
    /// The job that does nothing and is talked to as this one is; its failure is its own.
    fn doing_nothing(&self) -> Result<Self, String> {
        if self.topics.is_some() {
            return Err("it is reached through topics, where nothing stands for a pipe".to_owned());
        }
        let null = match &self.output {
            Output::Reply { .. } => NullJob::Reply,
            Output::Emit(emit) => NullJob::Emit(emit.first_line()),
        };
        let command = null.command().ok_or("this program can't be started as one")?;
        Ok(Self {
            launch: Launch {
                role: self.launch.role,
                command,
                cwd: None,
                env: Environment::default(),
                parameters: Vec::new(),
                limits: ProcessLimits { stall: STALL, drain: STALL, ..ProcessLimits::default() },
                peak_memory: Arc::default(),
            },
            topics: None,
            wire: Arc::clone(&self.wire),
            output: self.output.clone(),
            emissions: Arc::<Emissions>::default(),
            control: Arc::default(),
        })
    }
}
