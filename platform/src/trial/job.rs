//! A job of an experiment: compiled in, or attached as a process.

use std::sync::Arc;

use compare::{Pair, Role};
use datasets::{Frozen, Keys, Record};
use replay::{
    Control,
    link::{Attached, Input, Wire},
    process::{Environment, Launch, Process, ProcessLimits},
};
use stream::{Proven, Trigger, Version};

use crate::{
    error::Error,
    events::Working,
    experiment::Plan,
    problem::{Chosen, Entry, Params, Setup},
};

/// Nothing is known of what a program outside may cost.
const UNPROVEN: Proven = Proven { asymptotic: None, absolute: None, constant: None, source: "" };

/// A job of an experiment.
pub(crate) enum Job<R: 'static> {
    Embedded(Chosen<R>),
    Process { launch: Box<Launch>, wire: Arc<Wire<R>>, control: Arc<Control> },
}

/// A fresh job that may not be ready yet.
pub(crate) enum Started<R: 'static> {
    Embedded(Box<dyn Version<R>>),
    Process(Box<Attached<R, Process>>),
}

impl<R: 'static> Started<R> {
    /// Waits until it is ready for its first record.
    pub(crate) fn ready(self) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(version) => version,
            Self::Process(mut process) => {
                process.wait_until_ready();
                process
            }
        }
    }
}

/// Stable and the candidate.
pub(crate) fn jobs<R: Record>(
    entry: &Entry<R>,
    plan: &Plan,
    frozen: &Frozen,
    keys: &Keys,
    work: &Working<'_>,
) -> Result<Pair<Job<R>>, Error> {
    Pair::try_of(|role| match (&plan.jobs[role].command, entry.line) {
        (Some(command), Some(line)) => {
            let launch = Box::new(launch(role, command, plan));
            let wire = Wire {
                role: role.name(),
                name: launch.shown_command(),
                header: frozen.header::<R>(),
                line,
                keys: Arc::new(keys.clone()),
                input: Input::Lines,
            };
            Ok(Job::Process { launch, wire: Arc::new(wire), control: Arc::clone(work.control) })
        }
        _ => entry.version(plan.name(role)).map(Job::Embedded),
    })
}

fn launch(role: Role, command: &[String], plan: &Plan) -> Launch {
    let parameters = plan.params.0.iter().map(|(name, value)| (name.clone(), value.to_string()));
    Launch {
        role: role.name(),
        command: command.to_vec(),
        cwd: None,
        env: Environment::default(),
        parameters: parameters.chain([("scale".to_owned(), plan.scale.to_string())]).collect(),
        limits: ProcessLimits::default(),
        peak_memory: Arc::default(),
    }
}

impl<R: Record> Job<R> {
    /// A fresh job, ready for its first record.
    pub(crate) fn make(&self, params: &Params, trigger: Trigger) -> Box<dyn Version<R>> {
        self.start(params, trigger).ready()
    }

    /// A fresh job whose failure is its own: it says so when it is asked to serve, and stops nothing else.
    pub(crate) fn make_apart(&self, params: &Params, trigger: Trigger) -> Box<dyn Version<R>> {
        match self {
            Self::Embedded(_) => self.make(params, trigger),
            Self::Process { launch, wire, .. } => {
                Box::new(Attached::new(wire, &Arc::default(), Process::start(launch)))
            }
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
            Self::Process { launch, wire, control } => {
                Started::Process(Box::new(Attached::new(wire, control, Process::start(launch))))
            }
        }
    }

    /// The most memory that any of its processes has held, where it has processes and the system tells.
    pub(crate) fn peak_rss_bytes(&self) -> Option<u64> {
        match self {
            Self::Embedded(_) => None,
            Self::Process { launch, .. } => launch.peak_memory.bytes(),
        }
    }

    /// Returns what is proved of it.
    pub(crate) fn proven(&self, params: &Params) -> Proven {
        match self {
            Self::Embedded(Chosen { entry, argument }) => {
                (entry.proven)(&Setup { params, argument: *argument, trigger: Trigger::Record })
            }
            Self::Process { .. } => UNPROVEN,
        }
    }

    /// Returns whether it may not be deterministic, and can time a few records by itself.
    pub(crate) fn is_process(&self) -> bool {
        match self {
            Self::Embedded(_) => false,
            Self::Process { .. } => true,
        }
    }
}
