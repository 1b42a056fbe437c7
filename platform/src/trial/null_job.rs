//! A job that does nothing in the place of one that is attached: what the way there and back costs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use compare::{NullJobTimings, Pair};
use datasets::{Keys, Record, SplitMix64};
use replay::{
    CHUNK, Control, Latency, MaxFeed, Paced, RealClock, Schedule, feed_paced,
    link::{Emissions, Emit, MessageValue, Output, ReplayTopics},
    process::{Environment, Launch, NullJob, ProcessLimits},
};

use super::{
    Trial,
    job::{Job, Outside},
};

/// Says how long it is timed at most: it says what the way costs, and judges nothing.
const ENOUGH: Duration = Duration::from_millis(200);
/// Behind topics a commit or a fetch of the broker's alone may take as long.
const ENOUGH_BEHIND_TOPICS: Duration = Duration::from_secs(2);
/// Small data are fed so often, to a fresh job each time.
const MOST_PASSES: usize = 5;
/// It does nothing, so it has no reason to be waited for any longer.
const STALL: Duration = Duration::from_secs(5);

impl<R: Record> Trial<'_, R> {
    /// Times the job that does nothing as each version was timed, which took `version_ns` a record; `None` where that is no
    /// program outside.
    pub(crate) fn null_jobs(&self, version_ns: Pair<f64>) -> Pair<Option<NullJobTimings>> {
        let on_schedule = self.copying_on_schedule();
        Pair::of(|role| {
            let Job::Process(outside) = &self.jobs[role] else { return None };
            let timed = match &on_schedule {
                Some(timed) if outside.topics.is_some() => timed.clone().and_then(|timed| {
                    timed[role].clone().ok_or_else(|| "it was not timed beside the other".to_owned())
                }),
                _ => outside.doing_nothing(self.work.control).and_then(|null| match &null.output {
                    Output::Reply { .. } => self.replying(&null),
                    Output::Emit(_) => self.emitting(&null),
                }),
            };
            Some(match timed {
                Ok(timed) => {
                    let share = timed.ns.map(|ns| ns / version_ns[role]).filter(|share| share.is_finite());
                    NullJobTimings { share, ..timed }
                }
                Err(why) => NullJobTimings { skipped: Some(why), ..NullJobTimings::default() },
            })
        })
    }

    /// Times what stands for each version behind topics, side by side and on schedule as the versions were: the time of a row is
    /// counted from when its record was due. `None` where nothing is due, or nobody is behind topics.
    fn copying_on_schedule(&self) -> Option<Result<Pair<Option<NullJobTimings>>, String>> {
        let schedule = self.schedule.as_ref()?;
        let outside = self.jobs.as_ref().map(|job| match job {
            Job::Process(outside) if outside.topics.is_some() => Some(outside),
            Job::Process(_) | Job::Embedded(_) => None,
        });
        outside.iter().any(|(_, outside)| outside.is_some()).then(|| {
            let control = Arc::new(Control::within(self.work.control));
            let nulls = outside.map(|outside| outside.map(|outside| outside.doing_nothing(&control)));
            let nulls = nulls.into_iter().filter_map(|(_, null)| null);
            let nulls: Vec<_> = nulls.collect::<Result<_, _>>()?;
            let emissions: Vec<_> = nulls.iter().map(|null| Arc::clone(&null.emissions)).collect();
            let mut jobs: Vec<_> = nulls.iter().map(|null| null.start(&control, false).ready()).collect();
            let records = &self.arranged.records[..due_soon(schedule, self.arranged.records.len())];
            let input = Paced { records, edges: &self.edges, schedule, emissions: &emissions };
            let mut random = SplitMix64::new(self.plan.replay.seed);
            feed_paced(&mut jobs, &input, &mut random, &RealClock::new(), &control)
                .map_err(|_| failure(&control))?;
            for job in &mut jobs {
                job.finish(&Keys::default()).map_err(|error| error.message)?;
            }
            let mut timed = emissions.iter().map(|emissions| {
                let emitted = emissions.take().ok_or("it has given nothing")?;
                Ok::<_, String>(with_latency(records.len() as u64, None, emitted.latency.as_ref()))
            });
            Pair::try_of(|role| outside[role].and_then(|_| timed.next()).transpose())
        })
    }

    /// So many records go out at once: as in the replay of the version.
    fn step(&self) -> usize {
        if self.schedule.is_some() { 1 } else { CHUNK }
    }

    fn replying(&self, null: &Outside<R>) -> Result<NullJobTimings, String> {
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
        Ok(with_latency(all.latency.count(), Some(ns), None))
    }

    fn emitting(&self, null: &Outside<R>) -> Result<NullJobTimings, String> {
        let control = &*null.control;
        let enough = if null.topics.is_some() { ENOUGH_BEHIND_TOPICS } else { ENOUGH };
        let mut job = null.start(&null.control, false).ready();
        let (start, mut sent) = (Instant::now(), 0);
        for records in self.arranged.records.chunks(self.step()) {
            job.push_chunk(records, &mut Vec::new());
            sent += records.len() as u64;
            if start.elapsed() >= enough || control.check().is_err() {
                break;
            }
        }
        let pushed = start.elapsed();
        job.finish(&Keys::default()).map_err(|error| error.message)?;
        let emitted = null.emissions.take();
        let ended = emitted.as_ref().map_or(Duration::ZERO, |emitted| emitted.ending);
        if sent == 0 {
            return Err("there are no records".to_owned());
        }
        let ns = (pushed + ended).as_nanos() as f64 / sent as f64;
        let latency = emitted.as_ref().and_then(|emitted| emitted.latency.as_ref());
        Ok(with_latency(sent, Some(ns), latency))
    }
}

/// Returns how many records are due within the time that is enough, at least one where there are any.
fn due_soon(schedule: &Schedule<'_>, records: usize) -> usize {
    let mut schedule = schedule.clone();
    let last = schedule.due_ns(0).saturating_add(ENOUGH_BEHIND_TOPICS.as_nanos() as u64);
    (0..records).find(|&index| schedule.due_ns(index) > last).unwrap_or(records)
}

fn with_latency(records: u64, ns: Option<f64>, latency: Option<&Latency>) -> NullJobTimings {
    let at = |percentile| {
        let timed = latency.filter(|latency| latency.count() > 0);
        timed.map(|latency| latency.percentile_ns(percentile))
    };
    NullJobTimings {
        records,
        ns,
        latency_p50_ns: at(50.0),
        latency_p99_ns: at(99.0),
        ..NullJobTimings::default()
    }
}

/// Returns why it is of no use.
fn failure(control: &Control) -> String {
    control.failure().map_or_else(|| "it was stopped".to_owned(), ToString::to_string)
}

impl<R> Outside<R> {
    /// The job that does nothing and is talked to as this one is; its failure is its own, and what stops `above` stops it.
    fn doing_nothing(&self, above: &Arc<Control>) -> Result<Self, String> {
        let (launch, output, topics) = match &self.topics {
            // Nothing is started there: the link itself copies.
            Some((replay, job)) => {
                let replay = ReplayTopics { value: MessageValue::Envelope, ..replay.clone() };
                (self.launch.clone(), Output::Emit(Emit::of_copies()), Some((replay, job.copying())))
            }
            None => (self.launch_of_nothing()?, self.output.clone(), None),
        };
        Ok(Self {
            launch,
            topics,
            wire: Arc::clone(&self.wire),
            output,
            emissions: Arc::<Emissions>::default(),
            control: Arc::new(Control::within(above)),
        })
    }

    fn launch_of_nothing(&self) -> Result<Launch, String> {
        let null = match &self.output {
            Output::Reply { .. } => NullJob::Reply,
            Output::Emit(emit) => NullJob::Emit(emit.first_line()),
        };
        let command = null.command().ok_or("this program can't be started as one")?;
        Ok(Launch {
            role: self.launch.role,
            command,
            cwd: None,
            env: Environment::default(),
            parameters: Vec::new(),
            limits: ProcessLimits { stall: STALL, drain: STALL, ..ProcessLimits::default() },
            peak_memory: Arc::default(),
        })
    }
}
