//! A job of an experiment: compiled in, or attached as a process.

use std::sync::Arc;

use compare::{EmittedTimings, Pair, Role};
use datasets::{ARRIVAL, ColumnKind, FieldType, Frozen, Keys, Record};
use replay::{
    Control, Latency,
    link::{
        Attached, Emissions, Emitted, Emitting, Input, JsonColumn, JsonLines, JsonValue, Link, LinkFault,
        Output, ThroughTopics, Wire,
    },
    process::{Launch, Process},
};
use stream::{Proven, Trigger, Version};

use crate::{
    attach::{Attach, InputForm, OutputForm},
    error::Error,
    events::Working,
    experiment::{Plan, Topics},
    problem::{Chosen, Params, Problem, Setup},
    topics_section::adapter,
};

/// Nothing is known of what a program outside may cost.
const UNPROVEN: Proven = Proven { asymptotic: None, absolute: None, constant: None, source: "" };

/// A job of an experiment.
pub(crate) enum Job<R: 'static> {
    Embedded(Chosen<R>),
    Process(Box<Outside<R>>),
}

/// A program outside, and how it is talked to.
pub(crate) struct Outside<R> {
    pub(super) launch: Launch,
    /// The way through topics, where it isn't reached by its pipes.
    pub(super) topics: Option<Topics>,
    pub(super) wire: Arc<Wire<R>>,
    pub(super) output: Output,
    /// Holds what the last of its processes has done that emitted rows.
    pub(super) emissions: Arc<Emissions>,
    pub(super) control: Arc<Control>,
}

impl<R: Record> Outside<R> {
    pub(super) fn start(&self, control: &Arc<Control>, is_served: bool) -> Started<R> {
        match &self.output {
            Output::Reply { window } => {
                let started = Process::start(&self.launch);
                Started::Replying(Box::new(Attached::new(&self.wire, control, started).within(*window)))
            }
            Output::Emit(emit) => {
                let emitting = Emitting::new(&self.wire, emit, &self.emissions, control, self.link());
                Started::Emitting(Box::new(if is_served { emitting.served() } else { emitting }))
            }
        }
    }
}

impl<R> Outside<R> {
    /// A fresh process with the way to it.
    fn link(&self) -> Result<Box<dyn Link>, LinkFault> {
        let Some((replay, job)) = self.topics.clone() else {
            return Ok(Box::new(Process::start(&self.launch)?));
        };
        match adapter() {
            Some(make) => make(&ThroughTopics { launch: self.launch.clone(), replay, job }),
            None => Err(LinkFault::Machine("this program is built without Kafka".to_owned())),
        }
    }
}

/// A fresh job that may not be ready yet.
pub(crate) enum Started<R: 'static> {
    Embedded(Box<dyn Version<R>>),
    Replying(Box<Attached<R, Process>>),
    Emitting(Box<Emitting<R, Box<dyn Link>>>),
}

impl<R: 'static> Started<R> {
    /// Doesn't wait: it waits before its first record.
    fn into_version(self) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(version) => version,
            Self::Replying(process) => process,
            Self::Emitting(process) => process,
        }
    }

    /// Waits until it is ready for its first record.
    pub(crate) fn ready(self) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(version) => version,
            Self::Replying(mut process) => {
                process.wait_until_ready();
                process
            }
            Self::Emitting(mut process) => {
                process.wait_until_ready();
                process
            }
        }
    }
}

/// Stable and the candidate.
pub(crate) fn jobs<R: Record>(
    problem: &Problem<R>,
    plan: &Plan,
    frozen: &Frozen,
    loaded: Loaded<'_>,
    work: &Working<'_>,
) -> Result<Pair<Job<R>>, Error> {
    // Both read the same texts.
    let has_process = plan.jobs.iter().any(|(_, job)| job.command.is_some());
    let keys = if has_process { Arc::new(loaded.keys.clone()) } else { Arc::default() };
    Pair::try_of(|role| match &plan.jobs[role].command {
        Some(attach) => {
            let launch = launch(role, attach, plan);
            let topics = plan.topics[role].clone();
            let form = if topics.is_some() { InputForm::Json } else { attach.keys.input.unwrap_or_default() };
            let header = frozen.header::<R>();
            let wire = Wire {
                role: role.name(),
                name: launch.shown_command(),
                line: problem.entry.line,
                whole: R::lines,
                keys: Arc::clone(&keys),
                input: input(form, &header, frozen, loaded.arrivals_ms),
                header,
            };
            let rows = match problem.answers() {
                OutputForm::Emit => plan.comparing.as_ref(),
                OutputForm::Reply => None,
            };
            Ok(Job::Process(Box::new(Outside {
                launch,
                wire: Arc::new(wire),
                output: attach.output(rows, topics.as_ref().map(|(_, job)| job)),
                topics,
                emissions: Arc::default(),
                control: Arc::clone(work.control),
            })))
        }
        None => problem.entry.version(plan.name(role)).map(Job::Embedded),
    })
}

/// Holds of the loaded records what a job outside is told.
#[derive(Clone, Copy)]
pub(crate) struct Loaded<'a> {
    /// The texts that they refer to.
    pub(crate) keys: &'a Keys,
    /// When they arrive, in the order of sending, where that is known.
    pub(crate) arrivals_ms: Option<&'a [i64]>,
}

fn input(form: InputForm, header: &str, frozen: &Frozen, arrivals_ms: Option<&[i64]>) -> Input {
    match form {
        InputForm::Lines => Input::Lines,
        InputForm::Json => Input::Json(JsonLines {
            columns: json_columns(header, frozen),
            arrivals_ms: arrivals_ms.map(Arc::from),
        }),
    }
}

/// The columns of a record: of a generic dataset as its schema has them, else as their names say.
fn json_columns(header: &str, frozen: &Frozen) -> Vec<JsonColumn> {
    let value = |is_text| if is_text { JsonValue::Text } else { JsonValue::AsWritten };
    let fields = &frozen.manifest.fields;
    if fields.is_empty() {
        let is_text = |name: &str| matches!(ColumnKind::of_column(name), ColumnKind::Text | ColumnKind::Side);
        let named =
            header.split(',').map(|name| JsonColumn { name: name.to_owned(), value: value(is_text(name)) });
        return named.collect();
    }
    let own = fields.iter().filter(|field| field.name != ARRIVAL.name);
    own.map(|field| JsonColumn { name: field.name.clone(), value: value(field.kind == FieldType::Text) })
        .collect()
}

fn launch(role: Role, attach: &Attach, plan: &Plan) -> Launch {
    let parameters = plan.params.0.iter().map(|(name, value)| (name.clone(), value.to_string()));
    Launch {
        role: role.name(),
        command: attach.command.clone(),
        cwd: attach.cwd(),
        env: attach.env.clone(),
        parameters: parameters.chain([("scale".to_owned(), plan.scale.to_string())]).collect(),
        limits: attach.limits(),
        peak_memory: Arc::default(),
    }
}

/// Returns what is told of the time of a job that emitted rows.
pub(crate) fn emitted_timings(emitted: &Emitted) -> EmittedTimings {
    let timed = emitted.latency.as_ref().filter(|latency| latency.count() > 0);
    EmittedTimings {
        records: emitted.records,
        rows: emitted.rows,
        rows_after_close: emitted.rows_after_close,
        seconds: emitted.took_ns as f64 / 1e9,
        timed_rows: timed.map_or(0, Latency::count),
        latency_p50_ns: timed.map(|latency| latency.percentile_ns(50.0)),
        latency_p99_ns: timed.map(|latency| latency.percentile_ns(99.0)),
        handover_seconds: emitted.handed_over.as_ref().map(|handed_over| handed_over.took.as_secs_f64()),
    }
}

impl<R: Record> Job<R> {
    /// A fresh job, ready for its first record.
    pub(crate) fn make(&self, params: &Params, trigger: Trigger) -> Box<dyn Version<R>> {
        self.start(params, trigger).ready()
    }

    /// A fresh job, ready for its first record, of which somebody serves what it gives.
    pub(crate) fn make_served(&self, params: &Params, trigger: Trigger) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(_) => self.make(params, trigger),
            Self::Process(outside) => outside.start(&outside.control, true).ready(),
        }
    }

    /// A fresh job whose failure is its own: it says so when it is asked to serve or to conclude, and stops nothing else.
    pub(crate) fn make_apart(
        &self,
        params: &Params,
        trigger: Trigger,
        is_served: bool,
    ) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(_) => self.make(params, trigger),
            Self::Process(outside) => outside.start(&Arc::default(), is_served).into_version(),
        }
    }

    /// A fresh job, whose process may still be loading.
    pub(crate) fn start(&self, params: &Params, trigger: Trigger) -> Started<R> {
        match self {
            Self::Embedded(Chosen { entry, argument }) => {
                let setup = Setup { params, argument: *argument, trigger };
                let made = (entry.make)(&setup);
                Started::Embedded(made.expect("the same job was made when the experiment was resolved"))
            }
            Self::Process(outside) => outside.start(&outside.control, false),
        }
    }

    /// The most memory that any of its processes has held, where it has processes and the system tells.
    pub(crate) fn peak_rss_bytes(&self) -> Option<u64> {
        match self {
            Self::Embedded(_) => None,
            Self::Process(outside) => outside.launch.peak_memory.bytes(),
        }
    }

    /// Returns where its processes that emit rows tell of themselves; of any other job nobody hears anything there.
    pub(crate) fn emissions(&self) -> Arc<Emissions> {
        match self {
            Self::Embedded(_) => Arc::default(),
            Self::Process(outside) => Arc::clone(&outside.emissions),
        }
    }

    /// Takes what the last of its processes has done, if it emitted rows.
    pub(crate) fn emitted(&self) -> Option<Emitted> {
        self.emissions().take()
    }

    /// Returns what is proved of it.
    pub(crate) fn proven(&self, params: &Params) -> Proven {
        match self {
            Self::Embedded(Chosen { entry, argument }) => {
                (entry.proven)(&Setup { params, argument: *argument, trigger: Trigger::Record })
            }
            Self::Process(_) => UNPROVEN,
        }
    }

    /// Returns whether it gives rows, whenever it likes.
    pub(crate) fn emits(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Process(outside) => matches!(outside.output, Output::Emit(_)),
        }
    }

    /// Returns whether it may not be deterministic, and can time a few records by itself.
    pub(crate) fn is_process(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Process(_) => true,
        }
    }
}
