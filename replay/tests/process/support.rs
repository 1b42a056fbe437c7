//! Jobs that reply, fed to the end.

use std::sync::Arc;

use datasets::{Item, Keys};
use replay::{
    Control,
    link::{Attached, Input, LinkError, Wire, WriteLine},
    process::{Environment, Launch, Process, ProcessLimits},
};
use stream::Version;

/// Describes how a job is started, and how records are written for it.
#[derive(Clone)]
pub(crate) struct Command {
    pub(crate) launch: Launch,
    pub(crate) line: WriteLine<Item>,
}

impl Command {
    /// Starts it.
    pub(crate) fn start(&self, control: &Arc<Control>) -> Attached<Item, Process> {
        crate::prepare();
        let wire = Wire {
            role: self.launch.role,
            name: self.launch.shown_command(),
            header: "size".to_owned(),
            line: self.line,
            keys: Arc::default(),
            input: Input::Lines,
            whole: |_, _| None,
        };
        Attached::new(&Arc::new(wire), control, Process::start(&self.launch))
    }
}

pub(crate) fn launch(command: &[&str], limits: ProcessLimits) -> Command {
    let launch = Launch {
        role: "candidate",
        command: command.iter().map(|&word| word.to_owned()).collect(),
        cwd: None,
        env: Environment::default(),
        parameters: vec![("capacity".to_owned(), "10".to_owned())],
        peak_memory: Arc::default(),
        limits,
    };
    Command { launch, line: |item, _, line| line.extend(item.size.to_string().bytes()) }
}

pub(crate) fn items(count: u64) -> Vec<Item> {
    (0..count).map(|size| Item { size }).collect()
}

/// Feeds `records` in chunks of `chunk` to the end: the decisions, or what went wrong.
pub(crate) fn feed(command: &Command, records: &[Item], chunk: usize) -> Result<Vec<u32>, Box<LinkError>> {
    let control = Arc::new(Control::default());
    let mut process = command.start(&control);
    let mut decisions = Vec::new();
    records.chunks(chunk).for_each(|chunk| process.push_chunk(chunk, &mut decisions));
    let finished = process.finish(&Keys::default());
    match control.failure() {
        None => {
            assert_eq!(finished, Ok(None));
            Ok(decisions)
        }
        Some(error) => {
            assert_eq!(finished.expect_err("it failed").message, error.to_string());
            assert!(control.check().is_err(), "a failure stops the replay");
            Err(Box::new(error.clone()))
        }
    }
}
