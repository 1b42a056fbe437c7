//! Jobs attached as processes: what a good one does, and every way in which one can be bad. The jobs are lines of `sh`.

mod faults;
mod good;
mod survivors;

use std::{sync::Arc, time::Duration};

use datasets::{Item, Keys};
use replay::{
    Control,
    process::{Launch, Process, ProcessError, ProcessLimits},
};
use stream::Version;

/// Sends the header back, as a job must that means to go on.
const READY: &str = "read header; echo \"$header\"; ";
/// Deadlines that are always reached.
const SHORT: ProcessLimits = ProcessLimits {
    stall: Duration::from_millis(500),
    drain: Duration::from_millis(200),
    terminate: Duration::from_millis(200),
    pipe_grace: Duration::from_millis(200),
    line_bytes: 1 << 20,
};

fn launch(command: &[&str], limits: ProcessLimits) -> Arc<Launch<Item>> {
    Arc::new(Launch {
        role: "candidate",
        command: command.iter().map(|&word| word.to_owned()).collect(),
        parameters: vec![("capacity".to_owned(), "10".to_owned())],
        header: "size".to_owned(),
        line: |item, _, line| line.extend(item.size.to_string().bytes()),
        keys: Arc::default(),
        peak_memory: Arc::default(),
        limits,
    })
}

fn shell(script: &str, limits: ProcessLimits) -> Arc<Launch<Item>> {
    launch(&["sh", "-c", script], limits)
}

fn items(count: u64) -> Vec<Item> {
    (0..count).map(|size| Item { size }).collect()
}

/// Feeds `records` in chunks of `chunk` to the end: the decisions, or what went wrong.
fn feed(launch: &Arc<Launch<Item>>, records: &[Item], chunk: usize) -> Result<Vec<u32>, Box<ProcessError>> {
    let control = Arc::new(Control::default());
    let mut process = Process::start(launch, &control);
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
